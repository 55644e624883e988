import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import {
  begin,
  begunKey,
  compileMachine,
  conform,
  discover,
  keysOf,
  proposeWorkflow,
  readLogEvents,
  readLogFile,
  readModel,
  resourcesOf,
  step,
  suggestLogColumns,
  tracesOf,
  type LogEvent,
  type Machine,
  type ProcessMap,
  type RunStep,
  type Trace,
} from "engine";
import type { AnyDocument, EntityDocument, RoleDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../runtime/id.ts";
import { dataFolder, withoutData } from "../data.ts";
import { world, type World } from "../world.ts";

const ticket = {
  $schema: "urn:trellis:entity:1",
  $id: "ticket",
  $anchor: "ent_ticket",
  type: "object",
  title: "Ticket",
  name_field: "name",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    stage: { $anchor: "fld_stage", field: "state", title: "Stage", workflow: "ticket" },
  },
  required: ["name"],
} as unknown as EntityDocument;

const agent = {
  $schema: "urn:trellis:role:1",
  $id: "agent",
  $anchor: "role_agent",
  title: "Agent",
  entities: { ticket: { create: "own", read: "own", update: "own" } },
} as RoleDocument;

const asProcess = (map: ProcessMap, least = 1) =>
  proposeWorkflow(map, { id: "ticket", title: "Ticket", entity: "ticket", least });

function machineFor(map: ProcessMap, least = 1): Machine {
  const document = asProcess(map, least);
  return compileMachine(readModel([ticket, document] as AnyDocument[]), document)!;
}

const scene = { record: { id: "x" }, user: { id: "u" }, now: "2010-01-01T00:00:00.000Z", today: "2010-01-01" };

/** The activities of a machine by its states, and the events that they are. */
function wordsOf(map: ProcessMap) {
  const keys = keysOf(map.nodes.map(({ name }) => name));
  return {
    event: (activity: string) => (keys.has(activity) ? `ticket.${keys.get(activity)}` : undefined),
    title: new Map([...keys].map(([name, key]) => [key, name])),
  };
}

/** Cases that go through the machine step by step, as its runs would: each move with the moment at which it happened. */
function replayed(machine: Machine, traces: readonly Trace[], event: (activity: string) => string | undefined) {
  return traces.map(({ case: name, events }) => {
    const at = (moment: number) => ({ ...scene, now: new Date(moment).toISOString() });
    const moves: { readonly at: number; readonly type: string; readonly step: RunStep }[] = [
      { at: events[0]!.at, type: "begin", step: begin(machine, at(events[0]!.at)) },
    ];
    for (const { activity, at: moment } of events) {
      const type = event(activity)!;
      const taken = step(machine, moves.at(-1)!.step.snapshot, { type }, at(moment));
      moves.push({ at: moment, type, step: taken });
    }
    return { name, moves };
  });
}

/** A map as it stands in the journal: without the state in which cases begin, its states by the activities' names. */
function withoutBeginning(map: ProcessMap, titles: ReadonlyMap<string, string>): ProcessMap {
  const named = (key: string) => titles.get(key) ?? key;
  const starts = new Map(map.edges.filter(({ from }) => from === begunKey).map(({ to, count }) => [to, count]));
  const order = <Item extends { readonly count: number }>(items: readonly Item[], name: (it: Item) => string) =>
    items.toSorted((one, other) => other.count - one.count || (name(one) < name(other) ? -1 : 1));
  return {
    ...map,
    events: map.events - map.cases,
    nodes: order(
      map.nodes
        .filter(({ name }) => name !== begunKey)
        .map((it) => ({ ...it, name: named(it.name), starts: starts.get(it.name) ?? 0 })),
      ({ name }) => name,
    ),
    edges: order(
      map.edges
        .filter(({ from }) => from !== begunKey)
        .map((it) => ({ ...it, from: named(it.from), to: named(it.to) })),
      ({ from, to }) => `${from}\0${to}`,
    ),
    ways: order(
      map.ways.map(({ trace, count }) => ({ trace: trace.slice(1).map(named), count })),
      ({ trace }) => trace.join(" "),
    ),
  };
}

/** Two maps are alike: counts exactly, times to the microsecond at which a database keeps moments. */
function expectAlike(found: ProcessMap, wanted: ProcessMap): void {
  const near = (value: unknown): unknown =>
    typeof value === "number"
      ? Math.round(value * 1000) / 1000
      : Array.isArray(value)
        ? value.map(near)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, it]) => [key, near(it)]))
          : value;
  const ordered = ({ ways, ...rest }: ProcessMap) => near({ ...rest, ways: ways.filter(({ count }) => count > 1) });
  expect(ordered(found)).toEqual(ordered(wanted));
}

describe("cases that go through the server", () => {
  let w: World;
  const log: LogEvent[] = [];
  const activities = ["Open", "Look", "Wait", "Close"];
  beforeAll(async () => {
    let seed = 7;
    const chance = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
    for (let number = 0; number < 12; number++) {
      let at = Date.parse("2026-03-02T09:00:00.000Z") + number * 3_600_000;
      const way = ["Open", ...Array.from({ length: 1 + chance(4) }, () => activities[1 + chance(2)]!), "Close"];
      for (const activity of way)
        log.push({ case: `Case ${number}`, activity, at: (at += (1 + chance(500)) * 60_000) });
    }
    const map = discover(tracesOf(log));
    w = await world({ documents: [ticket, asProcess(map), agent] });
  });
  afterAll(() => w.close());

  test("are mapped from their journal as their log says, and as far as the reader sees them", async () => {
    const map = discover(tracesOf(log));
    const { event, title } = wordsOf(map);
    const ids = new Map<string, string>();
    const mia = await w.user("Mia", { roles: ["agent"] });
    const ordered = log.toSorted((one, other) => one.at - other.at);
    for (const { case: name, activity, at } of ordered) {
      await w.admin.post("/api/test/clock", { now: new Date(at).toISOString() });
      if (!ids.has(name)) {
        const { json, text } = await (name === "Case 3" ? mia : w.admin).post("/api/records/ticket", { name });
        ids.set(name, json.id);
        expect(json.id, text).toBeDefined();
      }
      const { status, text } = await w.admin.post(`/api/records/ticket/${ids.get(name)}/events`, {
        type: event(activity),
      });
      expect(status, text).toBe(200);
    }
    const { json } = await w.admin.get("/api/workflows/ticket/map");
    expectAlike(withoutBeginning(json, title), map);
    const own = (await mia.get("/api/workflows/ticket/map")).json;
    expectAlike(withoutBeginning(own, title), discover(tracesOf(log.filter((it) => it.case === "Case 3"))));
    const nobody = await w.user("Ben");
    expect((await nobody.get("/api/workflows/ticket/map")).status).toBe(404);
  });

  test("are asked for in spans alone", async () => {
    const asked = async (query: string) => {
      const { status, json } = await w.admin.get(`/api/workflows/ticket/map?${query}`);
      return [status, json.code ?? json.cases];
    };
    expect(await asked("since=P90D")).toEqual([200, 12]);
    expect(await asked("since=soon")).toEqual([400, "report.malformed"]);
    expect(await asked("until=P90D")).toEqual([400, "query.unknown"]);
  });
});

describe.skipIf(dataFolder === undefined)(
  `the log of a help desk${dataFolder === undefined ? `: ${withoutData}` : ""}`,
  () => {
    const folder = join(dataFolder ?? "", "helpdesk-log");
    let w: World;
    let reference: any;
    let traces: readonly Trace[];
    let map: ProcessMap;

    beforeAll(() => {
      reference = JSON.parse(readFileSync(join(folder, "reference.json"), "utf8"));
      const rows: string[][] = parse(gunzipSync(readFileSync(join(folder, "helpdesk.csv.gz"))), { from_line: 2 });
      const moment = (text: string) => Date.parse(`${text.replaceAll("/", "-").replace(" ", "T")}Z`);
      const log = rows.map(([name, activity, , at]) => ({ case: name!, activity: activity!, at: moment(at!) }));
      traces = tracesOf(log);
      map = discover(traces);
    });
    afterAll(() => w?.close());

    const rounded = (seconds: number, per: number) => Number((seconds / per).toFixed(4));

    test("is read as a person brings it, by the names of its columns", () => {
      const file = readLogFile(gunzipSync(readFileSync(join(folder, "helpdesk.csv.gz"))).toString())!;
      const { events, unread } = readLogEvents(file, suggestLogColumns(file), "UTC");
      const read = events.map((it) => ({ ...it, at: Date.parse(it.at) }));
      expect([discover(tracesOf(read)), unread, resourcesOf(read).length]).toEqual([map, 0, 22]);
    });

    test("is mapped as its reference says", () => {
      const { cases, events, activities, variants, throughput_days: days } = reference;
      expect([map.cases, map.events, map.nodes.length, map.variants]).toEqual([cases, events, activities, variants]);
      const { min, p25, median, p75, p90, max, mean } = map.throughput!;
      expect({ n: map.cases, ...inDays({ min, p25, median, p75, p90, max, mean }) }).toEqual(days);
      expect(byName(map.nodes, ({ count }) => count)).toEqual(reference.activity_counts);
      expect(byName(map.nodes, ({ starts }) => starts)).toEqual(reference.start_activities);
      expect(byName(map.nodes, ({ ends }) => ends)).toEqual(reference.end_activities);
      expect(followsOf(map)).toEqual(reference.directly_follows);
      for (const { frm, to, n, mean_hours } of reference.slowest_transitions_mean_hours) {
        const edge = map.edges.find((it) => it.from === frm && it.to === to)!;
        expect([edge.count, rounded(edge.mean, 3600)]).toEqual([n, mean_hours]);
      }
      const ways = map.ways.slice(0, 10).map(({ trace, count }) => [trace.join(" > "), count]);
      expect(ways).toEqual(reference.top10_variants.map(({ trace, n }: any) => [trace, n]));
    });

    const inDays = (times: Readonly<Record<string, number>>) =>
      Object.fromEntries(Object.entries(times).map(([name, seconds]) => [name, rounded(seconds, 86_400)]));
    const byName = (nodes: ProcessMap["nodes"], of: (node: ProcessMap["nodes"][number]) => number) =>
      Object.fromEntries(nodes.flatMap((it) => (of(it) > 0 ? [[it.name, of(it)]] : [])));
    const followsOf = ({ edges }: ProcessMap) => {
      const follows: Record<string, Record<string, number>> = {};
      for (const { from, to, count } of edges) (follows[from] ??= {})[to] = count;
      return follows;
    };

    test("goes through the process that is proposed from it, and parts with one of its most frequent way", () => {
      const { event } = wordsOf(map);
      const some = traces.filter((_, at) => at % 20 === 0);
      const all = conform(some, { machine: machineFor(map), eventOf: event, scene });
      expect([all.fitting, all.deviations]).toEqual([some.length, []]);
      const [first] = map.ways;
      const common = discover(
        traces.filter(({ events }) => events.map(({ activity }) => activity).join(" > ") === first!.trace.join(" > ")),
      );
      const strict = conform(traces, { machine: machineFor(common), eventOf: wordsOf(common).event, scene });
      // A case that stops on the way of the most frequent ones has not left it.
      const prefixes = traces.filter(({ events }) =>
        events.every(({ activity }, at) => first!.trace[at] === activity),
      ).length;
      expect([strict.fitting, strict.deviations.length]).toEqual([prefixes, reference.cases - prefixes]);
      const repeated = strict.deviations.find(({ at, activity }) => at === 1 && activity === "Assign seriousness");
      expect(repeated).toMatchObject({ state: "assign_seriousness" });
    });

    test("is mapped from the journal of its replay as from itself", async () => {
      const { event, title } = wordsOf(map);
      w = await world({ documents: [ticket, asProcess(map)] });
      const machine = machineFor(map);
      const played = replayed(machine, traces, event);
      const begun = performance.now();
      await writeRuns(w, played);
      const written = performance.now();
      const { json, status, text } = await w.admin.get("/api/workflows/ticket/map");
      expect(status, text).toBe(200);
      console.log(
        `written in ${Math.round(written - begun)} ms, mapped in ${Math.round(performance.now() - written)} ms`,
      );
      const found = withoutBeginning(json, title);
      expectAlike(found, map);
      expect(followsOf(found)).toEqual(reference.directly_follows);
    });
  },
);

/** Records, runs and journal of cases that were played, each table in one statement. */
async function writeRuns(w: World, played: ReturnType<typeof replayed>): Promise<void> {
  const rows = played.map(({ name, moves }) => ({ name, record: newId(new Date()), run: newId(new Date()), moves }));
  const by = w.admin.id;
  await w.sql(
    `insert into {ws}.ticket (id, name, stage, created_at, created_by, updated_at, updated_by, owner, version)
     select r.id, r.name, r.stage, now(), $4, now(), $4, $4, 1
     from unnest($1::uuid[], $2::text[], $3::text[]) as r(id, name, stage)`,
    [
      rows.map(({ record }) => record),
      rows.map(({ name }) => name),
      rows.map(({ moves }) => moves.at(-1)!.step.state),
      by,
    ],
  );
  await w.sql(
    `insert into {ws}._run (id, workflow, version, entity, record, state, value, context, status, revision, started_at, entered_at)
     select r.id, 'ticket', 1, 'ticket', r.record, r.state, to_jsonb(r.state), '{}', 'active', r.revision, now(), now()
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[]) as r(id, record, state, revision)`,
    [
      rows.map(({ run }) => run),
      rows.map(({ record }) => record),
      rows.map(({ moves }) => moves.at(-1)!.step.state),
      rows.map(({ moves }) => moves.length),
    ],
  );
  const steps = rows.flatMap(({ run, moves }) =>
    moves.map(({ at, type, step: it }, index) => ({
      run,
      revision: index + 1,
      at: new Date(at).toISOString(),
      type,
      from: moves[index - 1]?.step.state ?? null,
      to: it.state,
      transitions: JSON.stringify(it.taken),
    })),
  );
  await w.sql(
    `insert into {ws}._journal (run, revision, operation, at, by, event, from_state, to_state, transitions, effects)
     select r.run, r.revision, r.run, r.at, null, jsonb_build_object('type', r.type), r.from_state, r.to_state, r.transitions::jsonb, '[]'
     from unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[])
       as r(run, revision, at, type, from_state, to_state, transitions)`,
    [
      steps.map(({ run }) => run),
      steps.map(({ revision }) => revision),
      steps.map(({ at }) => at),
      steps.map(({ type }) => type),
      steps.map(({ from }) => from),
      steps.map(({ to }) => to),
      steps.map(({ transitions }) => transitions),
    ],
  );
}
