/**
 * Takes each defence of `fixtures/defences.ts` out of the source by itself and sees that models by chance, or the tests
 * that it names, find it missing: `node test/defences.ts`, or with the names of some. `TRELLIS_CASES` says how many cases
 * each gets.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { openTestServer } from "./database.ts";
import { defences } from "./fixtures/defences.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/**
 * How many differences are found without a defence, until a few are: of two worlds, and from what was worked out, or was
 * expected by the tests that it names.
 */
export interface Found {
  readonly alike: number;
  readonly told: number;
}

/** Runs the comparison without a defence on a database server. Throws where it did not come to an end. */
export function differencesWithout(name: string, databaseUrl: string, cases: number): Promise<Found> {
  const { missedBy } = defences.find((it) => it.name === name)!;
  const tests = missedBy ?? "test/conformance/random-rights.test.ts";
  const args = ["run", "--config", "test/defences.config.ts", "--bail=1", tests];
  const env = { ...process.env, TRELLIS_WITHOUT: name, DATABASE_URL: databaseUrl, TRELLIS_CASES: String(cases) };
  const child = spawn("vitest", args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => (output += piece.toString()));
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("exit", () => {
      if (missedBy !== undefined && /Test Files .*\d/.test(output))
        return done({ alike: 0, told: Number(output.includes("AssertionError")) });
      const worlds = [...output.matchAll(/S1: \d+ requests, (\d+) differ; S2: \d+ requests, (\d+) differ/g)];
      if (worlds.length === 0) failed(new Error(`Without "${name}": ${output}`));
      const sum = (at: number) => worlds.reduce((sofar, it) => sofar + Number(it[at]), 0);
      done({ alike: sum(1), told: sum(2) });
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const chosen = process.argv.slice(2);
  const server = await openTestServer();
  const missed: string[] = [];
  for (const { name } of defences.filter((it) => chosen.length === 0 || chosen.includes(it.name))) {
    const { alike, told } = await differencesWithout(name, server.url, Number(process.env.TRELLIS_CASES ?? 2000));
    console.log(`${alike + told > 0 ? "missed at once" : "NOT MISSED   "}  S1 ${alike}  S2 ${told}  ${name}`);
    if (alike + told === 0) missed.push(name);
  }
  await server.close();
  process.exitCode = missed.length === 0 ? 0 : 1;
}
