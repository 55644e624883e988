import type { AnyDocument, EntityDocument, ReportDocument, RoleDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dailyDrift, newestDrift } from "../../runtime/store/daily-check.ts";
import { keepDailies } from "../../runtime/store/daily-work.ts";
import { checkSums } from "../../runtime/store/rollup-check.ts";
import { collectStatements } from "../fixtures/emitted.ts";
import { world, type Client, type World } from "../world.ts";

const choices = (...values: string[]) => values.map((value) => ({ value, title: value }));
const entity = (name: string, properties: Record<string, object>): EntityDocument => ({
  $schema: "urn:trellis:entity:1",
  $id: name,
  $anchor: `ent_${name}`,
  type: "object",
  title: name,
  name_field: "name",
  properties: Object.fromEntries(
    Object.entries({ name: { field: "text" }, ...properties }).map(([field, property]) => [
      field,
      { $anchor: `fld_${field}`, title: field, ...property } as EntityDocument["properties"][string],
    ]),
  ),
});
const role = (
  name: string,
  visit: RoleDocument["entities"][string],
  town: RoleDocument["entities"][string],
): RoleDocument => ({
  $schema: "urn:trellis:role:1",
  $id: name,
  $anchor: `role_${name}`,
  title: name,
  entities: { visit, town },
});

const zone = "America/New_York";
const measures: ReportDocument["measures"] = [
  { id: "n", agg: "count" },
  { id: "spent", agg: "sum", of: { cel: "amount" } },
  { id: "points", agg: "sum", of: { cel: "points * 2" } },
  { id: "mean", agg: "avg", of: { cel: "points" } },
  { id: "least", agg: "min", of: { cel: "points" } },
  { id: "last", agg: "max", of: { cel: "at" } },
  { id: "kinds", agg: "count_distinct", of: { cel: "kind" } },
  { id: "calls", agg: "count", where: { cel: "kind == 'call'" } },
  { id: "share", agg: "ratio", over: "calls", under: "n" },
];
const report = (name: string, more: Partial<ReportDocument>): ReportDocument => ({
  $schema: "urn:trellis:report:1",
  $id: name,
  $anchor: `rep_${name}`,
  title: name,
  source: "visit",
  kept: "day",
  dimensions: [
    { id: "week", path: "at", grain: "week", zone },
    { id: "kind", path: "kind" },
    { id: "town", path: "town" },
  ],
  measures,
  layout: { kind: "table" },
  ...more,
});

const documents: readonly AnyDocument[] = [
  entity("town", {
    region: { field: "select", choices: choices("north", "south") },
    gained: { field: "rollup", of: "visits", measure: "sum", value: { cel: "points" } },
    come: { field: "rollup", of: "visits", measure: "count" },
  }),
  entity("visit", {
    kind: { field: "select", choices: choices("call", "mail", "visit") },
    town: { field: "reference", to: "town", inverse: "visits" },
    at: { field: "date_time" },
    due: { field: "date" },
    amount: { field: "money" },
    points: { field: "integer" },
  }),
  role("own", { read: "own" }, { read: "all" }),
  role("calls", { read: { cel: "kind == 'call' || owner.manager == user" } }, { read: { cel: "region == 'north'" } }),
  role("masked", { read: "all", fields: { amount: { read: "own" } } }, { read: "all" }),
  role("named", { read: { cel: "name == 'Visit'" } }, { read: "all" }),
  report("towns", {
    source: "town",
    dimensions: [{ id: "month", path: "created_at", grain: "month", zone }],
    measures: [
      { id: "gained", agg: "sum", of: { cel: "gained" } },
      { id: "come", agg: "sum", of: { cel: "come" } },
    ],
  }),
  report("busy", {
    source: "town",
    dimensions: [{ id: "day", path: "created_at", grain: "day", zone }],
    measures: [{ id: "n", agg: "count" }],
    filter: { cel: "come > 0" },
  }),
  report("visits", { period: { path: "at", zone, unit: "month", from: -4, to: 0 } }),
  report("due", {
    dimensions: [
      { id: "due", path: "due", grain: "month" },
      { id: "kind", path: "kind" },
    ],
    period: { path: "due", unit: "year", from: -1, to: 0 },
    measures: measures.slice(0, 4),
  }),
];

/** Numbers between 0 and 1, the same in every run. */
const chances = (seed: number) => () => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
};

describe("sums that are kept by day", () => {
  let w: World;
  let readers: readonly Client[];
  const chance = chances(20_260_302);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(chance() * items.length)]!;
  let towns: readonly string[] = [];

  /** Clocks of New York are put back on 2 November and of Berlin on 26 October. */
  const moment = () => new Date(Date.UTC(2025, 9, 24) + Math.floor(chance() * 132 * 96) * 900_000).toISOString();
  const visit = () => ({
    name: "Visit",
    kind: pick(["call", "mail", "visit", null]),
    town: pick([...towns, null]),
    at: pick([moment(), moment(), moment(), "2025-11-02T04:00:00Z", "2025-11-03T04:59:59.999Z", null]),
    due: pick(["2025-12-31", "2026-01-01", "2026-02-28", "2026-04-01", null]),
    amount: pick([
      { amount: "10.25", currency: "EUR" },
      { amount: "7", currency: "EUR" },
      { amount: "3", currency: "JPY" },
      null,
    ]),
    points: pick([0, 1, 5, null]),
    owner: pick(readers).id,
  });

  beforeAll(async () => {
    w = await world({ documents });
    const boss = await w.user("Boss", { roles: ["own"] });
    readers = [
      w.admin,
      boss,
      await w.user("Calls", { roles: ["calls"], manager: boss.id }),
      await w.user("Masked", { roles: ["masked"] }),
      await w.user("Named", { roles: ["named"] }),
    ];
    const made = await w.admin.post("/api/records/town", [
      { name: "Aoba", region: "north" },
      { name: "Kestrel", region: "south" },
    ]);
    towns = made.json.items.map(({ id }: { id: string }) => id);
    await w.admin.post("/api/records/visit", Array.from({ length: 120 }, visit));
  });
  afterAll(() => w.close());

  const keep = async () => {
    while ((await keepDailies(w.workspace, w.clock.now())).count > 0);
  };

  /** What a reader is told, and whether it was read from sums. */
  const asked = async (who: Client, asking: object, parameters?: object) => {
    const { emitted, stop } = collectStatements();
    const answer = await who.post("/api/reports/run", { report: asking, parameters }).finally(stop);
    expect(answer.status, answer.text).toBe(200);
    const { rows, totals, other } = answer.json;
    return { told: { rows, totals, other }, sums: emitted.some(({ sql }) => sql.includes('"_daily_')) };
  };
  const fromRecords = async (who: Client, asking: object, parameters?: object) => {
    await w.sql("update {ws}._daily set whole = false");
    const found = await asked(who, asking, parameters);
    await w.sql("update {ws}._daily set whole = true");
    expect(found.sums).toBe(false);
    return found.told;
  };

  const questions: readonly { readonly asking: object; readonly parameters?: object }[] = [
    { asking: documents.at(-2)! },
    {
      asking: report("x", {
        dimensions: [{ id: "m", path: "at", grain: "month", zone }],
        compare: { shift: -1, unit: "month" },
        period: { path: "at", zone, unit: "month", from: -2, to: -1 },
      }),
    },
    {
      asking: report("x", {
        dimensions: [
          { id: "q", path: "at", grain: "quarter", zone, fiscal: { month: 12 } },
          { id: "region", path: "town.region" },
        ],
      }),
    },
    {
      asking: report("x", {
        dimensions: [{ id: "town", path: "town" }],
        limit: 1,
        other: true,
        sort: "-n",
        filter: { cel: "kind != 'mail' && town.region == 'north'" },
      }),
    },
    {
      asking: report("x", {
        dimensions: [{ id: "day", path: "at", grain: "day", zone }],
        period: { path: "at", zone, first: "2025-11-01", last: "2025-11-03" },
      }),
    },
    { asking: report("x", { dimensions: [] }) },
    { asking: documents.at(-1)! },
  ];

  /** Every reader, every question: from sums and from records. Answers how many were read from sums. */
  const compared = async (): Promise<number> => {
    let sums = 0;
    for (const who of readers)
      for (const { asking, parameters } of questions) {
        const found = await asked(who, asking, parameters);
        if (found.sums) sums++;
        expect(found.told, `${who.name} ${JSON.stringify(asking)}`).toEqual(await fromRecords(who, asking, parameters));
      }
    return sums;
  };

  test("answer what the records do, to each reader by her rights, whatever is written, before and after they are renewed", async () => {
    await keep();
    // Those whose rights hang on nothing, on the owner, and on the kind; the others are told by the records.
    expect(await compared()).toBe(3 * questions.length);
    for (let round = 0; round < 2; round++) {
      const { json } = await w.admin.get("/api/records/visit?limit=200");
      const operations: string[] = [];
      for (let at = 0; at < 16; at++) {
        const { id, version } = pick(json.items as { id: string; version: number }[]);
        const { name: _name, ...values } = visit();
        const [field, value] = pick(Object.entries(values));
        const match = { "if-match": `"${version}"` };
        const answer =
          chance() < 0.2
            ? await w.admin.delete(`/api/records/visit/${id}`, match)
            : chance() < 0.3
              ? await w.admin.post("/api/records/visit", visit())
              : await w.admin.patch(`/api/records/visit/${id}`, { [field]: value }, match);
        const operation = answer.headers.get("trellis-operation");
        if (answer.status < 300 && operation) operations.push(operation);
      }
      await w.admin.post(`/api/operations/${pick(operations)}/undo`, {});
      expect(await compared()).toBe(3 * questions.length);
      if (round === 1) w.clock.advance(86_400_000);
      await keep();
      expect(await w.sql("select 1 from {ws}._daily_mark")).toEqual([]);
      if (round === 1) expect(await compared()).toBe(3 * questions.length);
    }
  });

  test("do not answer what reads more of a record than they hold", async () => {
    const more = [
      report("x", { measures: [{ id: "m", agg: "percentile", p: 0.5, of: { cel: "points" } }] }),
      report("x", { filter: { cel: "name == 'Visit'" } }),
      report("x", { filter: { cel: 'at > timestamp("2025-11-03T12:00:00Z")' } }),
      report("x", { dimensions: [{ id: "hour", path: "at", grain: "hour", zone }] }),
      report("x", { dimensions: [{ id: "day", path: "at", grain: "day", zone: "Europe/Berlin" }] }),
      report("x", { measures: [{ id: "n", agg: "sum", of: { cel: "points * 3" } }] }),
    ].map(({ kept: _kept, ...it }) => it);
    for (const asking of more) expect((await asked(w.admin, asking)).sums, JSON.stringify(asking)).toBe(false);
    const [, , , masked] = readers;
    expect((await asked(masked!, questions[0]!.asking)).sums).toBe(false);
  });

  test("follow the roll-ups of their records, which nobody writes", async () => {
    w.clock.advance(86_400_000);
    await keep();
    const asking = documents.filter((it): it is ReportDocument => "source" in it && it.source === "town");
    const visited = { ...visit(), town: towns[0], points: 5 };
    expect((await w.admin.post("/api/records/visit", visited)).status).toBe(201);
    expect(await w.sql("select daily from {ws}._daily_mark m where m.daily ~ 'rep_(towns|busy)' order by 1")).toEqual([
      { daily: "rep_busy/0" },
      { daily: "rep_towns/0" },
    ]);
    for (const renewed of [false, true]) {
      if (renewed) await keep();
      for (const it of asking) {
        const found = await asked(w.admin, it);
        expect(found.sums, it.title).toBe(true);
        expect(found.told).toEqual(await fromRecords(w.admin, it));
      }
    }
  });

  test("that are not what the records come to are found, named and told, and made anew", async () => {
    w.clock.advance(86_400_000);
    await keep();
    const doctor = async () => (await w.admin.get("/api/doctor")).json.findings;
    expect(await doctor()).toEqual([]);
    expect(await dailyDrift(w.pool, w.workspace, 10)).toEqual([]);

    const key = "rep_visits/0";
    const [{ relation }] = await w.sql("select relation from {ws}._daily where daily = $1", [key]);
    const sums = `{ws}."${relation}"`;
    const days = (await w.sql(`select distinct _day::text as day from ${sums} order by 1`)).map(({ day }) =>
      String(day),
    );
    const [gone, fewer, marked] = [days[1]!, days[5]!, days.at(-2)!];
    await w.sql(`delete from ${sums} where _day = $1`, [gone]);
    await w.sql(`update ${sums} set _s1 = _s1 + 1 where _day = $1`, [fewer]);
    await w.sql(`update ${sums} set _n = _n + 1 where _day = any($1)`, [[days[0], marked]]);
    await w.sql("insert into {ws}._daily_mark (id, daily, day) values ($1, $2, $3)", [
      crypto.randomUUID(),
      key,
      marked,
    ]);
    await w.sql(
      `insert into ${sums} (_day, _ordinal, _n) select '1999-12-31', 1, 1 where not exists (select from ${sums} where _day = '1999-12-31')`,
    );
    const wrong = ["-infinity", "1999-12-31", gone, fewer];
    const named = "without a date, 1999-12-31";
    expect(await doctor()).toEqual([
      {
        ...{ kind: "daily", name: "visits", fix: true },
        title: `The sums by day of "visits" are not what the records come to: ${named}, ${gone}, ${fewer}.`,
      },
    ]);
    const all = await dailyDrift(w.pool, w.workspace, 10);
    expect(all.map((it) => ({ ...it, days: it.days.toSorted() }))).toEqual([
      { daily: key, report: "visits", days: wrong },
    ]);
    expect(await newestDrift(w.pool, w.workspace, [], 10)).toEqual([]);
    const known = await newestDrift(w.pool, w.workspace, [...all, { daily: "other", report: "x", days: [gone] }], 10);
    expect(known).toEqual([{ daily: key, report: "visits", days: wrong }]);

    await checkSums(w.workspace, w.clock.now());
    const [bell] = (await w.admin.get("/api/notifications")).json.items;
    expect(bell).toMatchObject({
      title: "Some sums are not what they count",
      body: expect.stringContaining("visits: "),
    });
    const mended = await w.admin.post("/api/doctor/mend");
    expect(mended.json.done).toEqual(['The sums by day of "visits" are made anew.']);
    expect((await asked(w.admin, documents.at(-2)!)).sums).toBe(false);
    await keep();
    expect(await doctor()).toEqual([]);
    const found = await asked(w.admin, documents.at(-2)!);
    expect(found).toEqual({ told: await fromRecords(w.admin, documents.at(-2)!), sums: true });
  });
});
