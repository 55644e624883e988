import { readdir, readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { activeStates } from "engine";
import type { EntityDocument } from "schemas";
import { fireDue } from "../../runtime/store/fire.ts";
import { dataFolder, withoutData } from "../data.ts";
import { world, type World } from "../world.ts";
import { publishable } from "./scxml-publishable.ts";
import { Inexpressible } from "./scxml-reason.ts";
import { leftOut } from "./scxml-left-out.ts";
import { eventOf, keyOf } from "./scxml-words.ts";
import { readXml } from "./scxml-xml.ts";
import { workflowOf } from "./scxml.ts";

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

/** What the processes are about. */
const chart = {
  $schema: "urn:trellis:entity:1",
  $id: "chart",
  $anchor: "ent_chart",
  type: "object",
  title: "Chart",
  name_field: "name",
  properties: { name: { $anchor: "fld_name", field: "text", title: "Name" } },
  required: ["name"],
} as unknown as EntityDocument;

const folder = dataFolder && join(dataFolder, "scxml-tests");
const all = folder && existsSync(folder) ? await readCases(folder) : [];
const told = new Map<string, string[]>();
const cases = all.flatMap((it, at) => {
  try {
    const names = it.expected.events.map(({ event }) => event.name);
    return [{ ...it, document: publishable(workflowOf(readXml(it.text), `c${at}`, "chart", names), chart) }];
  } catch (error) {
    if (!(error instanceof Inexpressible)) throw error;
    told.set(error.message, [...(told.get(error.message) ?? []), nameOf(it)]);
    return [];
  }
});

/** The name of a case without what all names end in. */
function nameOf({ name }: Case): string {
  return name.replace(/(\.txml)?\.scxml$/, "");
}

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
 * Where the engine, whose kernel is XState's, and SCXML part: the reason stands beside the name of the case, and the
 * case is run nonetheless, so that the list cannot outlive its truth.
 */
const parted: Readonly<Record<string, string>> = {
  "w3c-ecma/test307": "it is expected to stand in a state that its document does not have",
  "more-parallel/test10":
    "the W3C's algorithm leaves a parallel state by a transition from region to region, as we do; the case calls that legacy",
};

test.skipIf(all.length > 0)(`the conformance cases: ${withoutData}`, () => undefined);

describe.skipIf(all.length === 0)(`SCXML: ${cases.length} of ${all.length} documents say what the format can`, () => {
  let w: World;
  beforeAll(async () => {
    w = await world({ documents: [chart, ...cases.map(({ document }) => document)] });
  });
  afterAll(() => w.close());

  /** The next moment at which something is due, in milliseconds. */
  const nextDue = async (): Promise<number> => {
    const [{ due }] = await w.sql("select min(due_at) as due from {ws}._timer where not held");
    return due === null ? Infinity : Date.parse(due);
  };

  /** Lets time go by, and every wait end at its own moment. */
  const until = async (then: number) => {
    for (let due = await nextDue(); due <= then; due = await nextDue()) {
      w.clock.set(new Date(Math.max(due, w.clock.now().getTime())));
      expect((await fireDue(w.workspace, w.clock.now())).failures).toEqual([]);
    }
    w.clock.set(new Date(then));
  };
  const now = () => w.clock.now().getTime();

  test.each(cases)("$name", async (it) => {
    const { name, document, expected } = it;
    const ask = async (path: string, body: object) => (await w.admin.post(`/api/records/chart${path}`, body)).json;
    const { id } = await ask("", { name });
    const { id: begun } = await ask(`/${id}/runs`, { workflow: document.id });
    expect(begun).toBe(id);
    const standing = async () => {
      const [{ value }] = await w.sql("select value from {ws}._run where record = $1", [id]);
      const leaves = activeStates(document, value).filter(({ state }) => !state.states);
      return leaves.flatMap(({ key }) => (key.startsWith("s_") ? [key] : [])).sort();
    };
    // A script that begins with a pause is looked at before what was sent has arrived.
    if (!expected.events[0]?.after) await until(now());
    const seen = [await standing()];
    for (const { event, after = 0 } of expected.events) {
      await until(now() + after * 1000);
      const { code = "taken" } = await ask(`/${id}/events`, { type: eventOf(document.id, event.name) });
      expect(["taken", "event.refused", "run.missing"]).toContain(code);
      await until(now());
      seen.push(await standing());
    }
    const wanted = [expected.initialConfiguration, ...expected.events.map((it) => it.nextConfiguration)].map((them) =>
      them.map(keyOf).sort(),
    );
    if (parted[nameOf(it)] === undefined) expect(seen).toEqual(wanted);
    else expect(seen, parted[nameOf(it)]).not.toEqual(wanted);
  });

  test("what the format does not say is told with its reason", () => {
    expect(Object.fromEntries(told)).toEqual(leftOut);
    expect(cases).toHaveLength(86);
  });

  test("each macrostep is a row of the journal", async () => {
    const runs = await w.sql(
      `select r.revision, array_agg(j.revision order by j.revision) as written
       from {ws}._run r join {ws}._journal j on j.run = r.id group by r.id`,
    );
    expect(runs).toHaveLength(cases.length);
    for (const { revision, written } of runs)
      expect(written).toEqual(Array.from({ length: revision }, (_, at) => at + 1));
  });
});
