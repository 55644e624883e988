/**
 * All tests: logic with real databases, screens with a real browser, and beside them types and style. The last line
 * counts them: `N passed, N failed, N skipped`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { countScreens, logicReport, type Counted } from "./counted.ts";

const root = new URL("../", import.meta.url);
// Dozens of processes read the same files: what one has compiled is there for the next.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("node_modules/.cache/compiled", root));
const total = { passed: 0, skipped: 0 };
const faults: string[] = [];

/** Runs one command to its end, its output passed through. Answers whether it ended well. */
function run(command: string, args: readonly string[]): Promise<boolean> {
  console.log(`\n▸ ${[command, ...args].join(" ")}`);
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit" });
    child.on("error", () => resolve(false));
    child.on("exit", (code) => resolve(code === 0));
  });
}

/**
 * A check that either holds or does not counts as one test. Checks run beside each other and yield to the tests beside
 * them; each tells its own at its end.
 */
async function check(command: string, ...args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  const ended = once(child, "close").catch(() => [1]);
  const pieces: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => pieces.push(piece));
  const [code] = await ended;
  console.log(`\n▸ ${[command, ...args].join(" ")}\n${Buffer.concat(pieces).toString()}`);
  if (code === 0) total.passed++;
  else faults.push([command, ...args].join(" "));
}

/** A runner of many tests, which counts them itself and writes them down. One that ends badly and tells nothing has failed. */
async function suite<Report>(
  report: URL,
  read: (report: Report) => Counted,
  command: string,
  ...args: readonly string[]
): Promise<void> {
  await rm(report, { force: true });
  const well = await run(command, args);
  const text = await readFile(report, "utf8").catch(() => undefined);
  const counted = text === undefined ? undefined : read(JSON.parse(text) as Report);
  total.passed += counted?.passed ?? 0;
  total.skipped += counted?.skipped ?? 0;
  const told = counted?.faults ?? [];
  faults.push(...told, ...(well || told.length > 0 ? [] : [`${command} ended badly`]));
}

const types = check("tsc", "-p", "tsconfig.json");
// Processes of the product run from what is built here, and browsers, as they do for users.
await Promise.all([check("node", "runtime/build-runtime.ts", "--must"), check("node", "runtime/build-studio.ts")]);
// Tests wait a lot: those of logic and those of screens run beside each other, as many of the ones as of the others, so
// that neither are left alone on the machine for long. What they leave of it the checks of types and of style use.
await Promise.all([
  suite(new URL("test-results/screens.json", root), countScreens, "playwright", "test"),
  suite<Counted>(
    logicReport,
    (counted) => counted,
    "vitest",
    "run",
    "--reporter=default",
    `--reporter=${fileURLToPath(new URL("counted.ts", import.meta.url))}`,
  ),
  types
    .then(() => check("pnpm", "--silent", "--filter", "studio", "run", "check"))
    .then(() => check("eslint", "."))
    .then(() => check("prettier", "--check", "--log-level", "warn", ".")),
]);

if (faults.length > 0) console.log(`\nWhat failed:\n${faults.map((it) => `  ${it}`).join("\n")}`);
console.log(`\n${total.passed} passed, ${faults.length} failed, ${total.skipped} skipped`);
process.exitCode = faults.length === 0 ? 0 : 1;
