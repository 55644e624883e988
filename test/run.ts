/**
 * All tests, in the order of what fails soonest: types, style, logic with real databases, screens with a real browser.
 * The last line counts them: `N passed, N failed, N skipped`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { constants, setPriority } from "node:os";

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const root = new URL("../", import.meta.url);
const total: Count = { passed: 0, failed: 0, skipped: 0 };

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
  else total.failed++;
}

/** A runner of many tests; it counts them itself and writes them down. A runner without a report has failed. */
async function suite(
  report: string,
  read: (report: any) => Count,
  command: string,
  ...args: readonly string[]
): Promise<void> {
  await rm(new URL(report, root), { force: true });
  const well = await run(command, args);
  const text = await readFile(new URL(report, root), "utf8").catch(() => undefined);
  const count = text === undefined ? { passed: 0, failed: 1, skipped: 0 } : read(JSON.parse(text));
  total.passed += count.passed;
  total.skipped += count.skipped;
  total.failed += Math.max(count.failed, well ? 0 : 1);
}

await Promise.all([
  check("tsc", "-p", "tsconfig.json"),
  check("pnpm", "--silent", "--filter", "studio", "run", "check"),
]);
// Processes of the product run from it, as they do for users.
await check("node", "runtime/build-runtime.ts", "--must");
// Tests wait a lot: what they leave of the machine the checks of style use.
await Promise.all([
  check("eslint", ".").then(() => check("prettier", "--check", "--log-level", "warn", ".")),
  suite(
    "test-results/logic.json",
    (it) => ({ passed: it.numPassedTests, failed: it.numFailedTests, skipped: it.numPendingTests + it.numTodoTests }),
    "vitest",
    "run",
    "--reporter=default",
    "--reporter=json",
    "--outputFile.json=test-results/logic.json",
  ),
]);
await check("node", "runtime/build-studio.ts");
await suite(
  "test-results/screens.json",
  ({ stats }) => ({ passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped }),
  "playwright",
  "test",
);

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
