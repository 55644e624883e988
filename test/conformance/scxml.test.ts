import { readdir, readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  activeStates,
  begin,
  compileMachine,
  fire,
  Problem,
  readModel,
  shapeFaults,
  step,
  type RunScene,
  type RunStep,
  type Snapshot,
  type Timer,
} from "engine";
import { openPool, type Pool } from "../../runtime/database/pool.ts";
import { dataFolder, withoutData } from "../data.ts";
import { voyageEntity } from "../fixtures/voyage.ts";
import { eventOf, Inexpressible, isSender, keyOf, readXml, workflowOf } from "./scxml.ts";

interface Case {
  readonly name: string;
  readonly text: string;
  readonly expected: {
    readonly initialConfiguration: readonly string[];
    readonly events: readonly {
      readonly event: { readonly name: string };
      /** Milliseconds that go by before it. */
      readonly after?: number;
      readonly nextConfiguration: readonly string[];
    }[];
  };
}

const folder = dataFolder && join(dataFolder, "scxml-tests");
const all = folder && existsSync(folder) ? await readCases(folder) : [];
const told = new Map<string, number>();
const cases = all.flatMap((it) => {
  try {
    const names = it.expected.events.map(({ event }) => event.name);
    return [{ ...it, document: workflowOf(readXml(it.text), names) }];
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
  "w3c-ecma/test307.txml.scxml": "it is expected to stand in a state that its document does not have",
  "w3c-ecma/test533.txml.scxml": "XState leaves no parallel state by a transition that leads inside it",
};

test.skipIf(all.length > 0)(`the conformance cases: ${withoutData}`, () => undefined);

describe.skipIf(all.length === 0)(`SCXML: ${cases.length} of ${all.length} documents say what the format can`, () => {
  const model = readModel([voyageEntity]);
  const start = Date.parse("2026-03-02T09:00:00.000Z");
  const sceneAt = (now: number): RunScene => ({
    record: {},
    user: {},
    now: new Date(now).toISOString(),
    today: new Date(now).toISOString().slice(0, 10),
  });
  let pool: Pool;
  beforeAll(() => {
    pool = openPool(inject("databaseUrl"), () => undefined, 2);
    console.log(`not expressible: ${JSON.stringify(Object.fromEntries([...told].sort(([, a], [, b]) => b - a)))}`);
  });
  afterAll(() => pool.end());

  /** A run and its timers as PostgreSQL gives them back. */
  const kept = async (snapshot: Snapshot, timers: readonly Timer[]) => {
    const { rows } = await pool.query(
      `select $1::jsonb as at, array(select name from rows from (jsonb_to_recordset($2::jsonb) as (name text, due timestamptz))
         with ordinality as t(name, due, nth) order by due, nth) as names`,
      [JSON.stringify(snapshot), JSON.stringify(timers)],
    );
    const { at, names } = rows[0] as { at: Snapshot; names: readonly string[] };
    return { at, timers: names.map((name) => timers.find((it) => it.name === name)!) };
  };

  test.each(cases)("$name", async ({ name, document, expected }) => {
    expect(shapeFaults({ $schema: "urn:trellis:workflow:1", ...document })).toEqual([]);
    const machine = compileMachine(model, document)!;
    const standing = ({ value }: Snapshot) =>
      activeStates(document, value)
        .filter(({ key, state }) => !state.states && !isSender(key))
        .map(({ key }) => key)
        .sort();
    let now = start;
    let run: Awaited<ReturnType<typeof kept>>;
    const take = async ({ snapshot, timers: { set, cancelled } }: RunStep, before: readonly Timer[] = []) => {
      const gone = new Set([...cancelled, ...set.map((it) => it.name)]);
      run = await kept(snapshot, [...before.filter((it) => !gone.has(it.name)), ...set]);
    };
    /** Every wait that is over by then, one after the other. */
    const until = async (then: number) => {
      for (let due = run.timers[0]; due && Date.parse(due.due) <= then; due = run.timers[0]) {
        now = Date.parse(due.due);
        await take(fire(machine, run.at, due.name, sceneAt(now)), run.timers);
      }
      now = then;
    };
    await take(begin(machine, sceneAt(now)));
    // A script that begins with a pause is looked at before what was sent has arrived.
    if (!expected.events[0]?.after) await until(now);
    const seen = [standing(run!.at)];
    for (const { event, after = 0 } of expected.events) {
      await until(now + after * 1000);
      try {
        await take(step(machine, run!.at, { type: eventOf(event.name) }, sceneAt(now)), run!.timers);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
      }
      await until(now);
      seen.push(standing(run!.at));
    }
    const wanted = [expected.initialConfiguration, ...expected.events.map((it) => it.nextConfiguration)].map((them) =>
      them.map(keyOf).sort(),
    );
    if (parted[name] === undefined) expect(seen).toEqual(wanted);
    else expect(seen, parted[name]).not.toEqual(wanted);
  });
});
