import { readdir, readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { activeStates, begin, compileMachine, Problem, readModel, step, type RunScene, type Snapshot } from "engine";
import { openPool, type Pool } from "../../runtime/database/pool.ts";
import { dataFolder, withoutData } from "../data.ts";
import { voyageEntity } from "../fixtures/voyage.ts";
import { Inexpressible, keyOf, readXml, workflowOf } from "./scxml.ts";

interface Case {
  readonly name: string;
  readonly text: string;
  readonly expected: {
    readonly initialConfiguration: readonly string[];
    readonly events: readonly {
      readonly event: { readonly name: string };
      readonly nextConfiguration: readonly string[];
    }[];
  };
}

const folder = dataFolder && join(dataFolder, "scxml-tests");
const all = folder && existsSync(folder) ? await readCases(folder) : [];
const told = new Map<string, number>();
const cases = all.flatMap((it) => {
  try {
    return [{ ...it, document: workflowOf(readXml(it.text)) }];
  } catch (error) {
    if (!(error instanceof Inexpressible)) throw error;
    told.set(error.message, (told.get(error.message) ?? 0) + 1);
    return [];
  }
});

async function readCases(home: string): Promise<readonly Case[]> {
  const files = (await readdir(home, { recursive: true })).filter((file) => file.endsWith(".scxml")).sort();
  const read = async (file: string): Promise<readonly Case[]> => {
    const expected = join(home, file.replace(/\.scxml$/, ".json"));
    if (!existsSync(expected)) return [];
    const [text, json] = await Promise.all([readFile(join(home, file), "utf8"), readFile(expected, "utf8")]);
    return [{ name: file, text, expected: JSON.parse(json) }];
  };
  return (await Promise.all(files.map(read))).flat();
}

/**
 * Where our kernel, which is XState's, and SCXML part: the reason stands beside the name of the case, and the case is
 * run nonetheless, so that the list cannot outlive its truth.
 */
const parted: Readonly<Record<string, string>> = {
  "scxml-prefix-event-name-matching/test0.scxml": "events of a workflow are declared, and match by their whole name",
};

test.skipIf(all.length > 0)(`the conformance cases: ${withoutData}`, () => undefined);

describe.skipIf(all.length === 0)(`SCXML: ${cases.length} of ${all.length} documents say what the format can`, () => {
  const model = readModel([voyageEntity]);
  const now = "2026-03-02T09:00:00.000Z";
  const scene: RunScene = { record: {}, user: {}, now, today: now.slice(0, 10) };
  let pool: Pool;
  beforeAll(() => {
    pool = openPool(inject("databaseUrl"), () => undefined, 2);
    console.log(`not expressible: ${JSON.stringify(Object.fromEntries([...told].sort(([, a], [, b]) => b - a)))}`);
  });
  afterAll(() => pool.end());

  /** The snapshot as PostgreSQL gives it back. */
  const kept = async (snapshot: Snapshot): Promise<Snapshot> =>
    (await pool.query("select $1::jsonb as at", [JSON.stringify(snapshot)])).rows[0].at;

  test.each(cases)("$name", async ({ name, document, expected }) => {
    const machine = compileMachine(model, document)!;
    const standing = ({ value }: Snapshot) =>
      activeStates(document, value)
        .filter(({ state }) => !state.states)
        .map(({ key }) => key)
        .sort();
    let at = await kept(begin(machine, scene).snapshot);
    const seen = [standing(at)];
    for (const { event } of expected.events) {
      try {
        at = await kept(step(machine, at, { type: event.name }, scene).snapshot);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
      }
      seen.push(standing(at));
    }
    const wanted = [expected.initialConfiguration, ...expected.events.map((it) => it.nextConfiguration)].map((them) =>
      them.map(keyOf).sort(),
    );
    if (parted[name] === undefined) expect(seen).toEqual(wanted);
    else expect(seen, parted[name]).not.toEqual(wanted);
  });
});
