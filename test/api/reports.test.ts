import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guardedWorld, readers, users } from "../fixtures/guarded.ts";
import { world, type Client, type World } from "../world.ts";

const run = async (who: Client, report: object, parameters?: object) => {
  const answer = await who.post("/api/reports/run", { report, parameters });
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
};

/** How many records a list has for somebody. */
const listed = async (who: Client, entity: string, filter: string) => {
  const query = new URLSearchParams({ count: "exact", limit: "500", ...(filter === "true" ? {} : { filter }) });
  const answer = await who.get(`/api/records/${entity}?${query}`);
  expect(answer.status, `${filter} ${answer.text}`).toBe(200);
  return answer.json;
};

describe("whoever runs a report", () => {
  let w: World;
  let boss: Client;
  beforeAll(async () => {
    ({ w, boss } = await guardedWorld());
  });
  afterAll(() => w.close());

  test("counts in each row and in all of them exactly what she can list, whatever the dimensions and the filter", async () => {
    const dimensions = [
      { id: "stage", path: "stage" },
      { id: "firm", path: "firm" },
      { id: "region", path: "firm.region" },
      { id: "month", path: "day", grain: "month" },
      { id: "week", path: "created_at", grain: "week", zone: "Asia/Tokyo" },
      { id: "year", path: "day", grain: "quarter", fiscal: { month: 4 } },
      { id: "margin", path: "margin" },
      { id: "note", path: "note" },
    ];
    const filters = [
      undefined,
      "margin > 10",
      "firm.rating == 9",
      "amount > 100 || stage == 'won'",
      "note != null",
      "firm.region != 'north'",
    ];
    const who = [boss, ...(await Promise.all(readers.map(({ at }) => w.as(users[at]!, `Person ${at}`))))];
    let rows = 0;
    let refused = 0;
    for (const [at, reader] of who.entries())
      for (let step = 0; step < 8; step++) {
        const one = dimensions[(at * 3 + step) % dimensions.length]!;
        const other = dimensions[(at + step * 5 + 1) % dimensions.length]!;
        const filter = filters[(at + step) % filters.length];
        const report = {
          source: "offer",
          dimensions: one === other || step % 3 === 0 ? [one] : [one, other],
          measures: [
            { id: "n", agg: "count" },
            { id: "won", agg: "count", where: { cel: "stage == 'won'" } },
            { id: "rate", agg: "ratio", over: "won", under: "n" },
          ],
          ...(filter ? { filter: { cel: filter } } : {}),
          layout: { kind: "table" },
        };
        const answer = await reader.post("/api/reports/run", { report });
        if (answer.status === 400) {
          refused++;
          expect(answer.text).toContain("rating");
          continue;
        }
        expect(answer.status, answer.text).toBe(200);
        const { rows: found, totals } = answer.json;
        const lists = await Promise.all(found.slice(0, 12).map((row: any) => listed(reader, "offer", row.drill[0])));
        expect(lists.map(({ count }) => count.value)).toEqual(found.slice(0, 12).map((row: any) => row.values.n));
        expect((await listed(reader, "offer", totals.drill[0])).count.value).toBe(totals.values.n);
        expect(found.reduce((sum: number, row: any) => sum + row.values.n, 0)).toBe(totals.values.n);
        const wonOf = await listed(reader, "offer", `(${totals.drill[0]}) && (stage == 'won')`);
        expect(wonOf.count.value).toBe(totals.values.won);
        const { n, won, rate } = totals.values;
        expect(rate === null ? null : Number(rate)).toBe(n === 0 ? null : Number((won / n).toFixed(12)));
        rows += found.length;
      }
    expect(rows).toBeGreaterThan(100);
    expect(refused).toBeLessThan(20);
  });

  test("is told what is wrong with a draft by its places, all at once", async () => {
    const report = {
      source: "offer",
      dimensions: [
        { id: "a", path: "stag" },
        { id: "when", path: "created_at" },
      ],
      measures: [
        { id: "n", agg: "sum", of: { cel: "stage" } },
        { id: "r", agg: "ratio", over: "n", under: "x" },
      ],
      layout: { kind: "bar", rows: ["b"] },
    };
    const answer = await boss.post("/api/reports/run", { report });
    expect(answer.status).toBe(400);
    expect(answer.json.problems.map(({ path }: any) => path)).toEqual(
      expect.arrayContaining(["/dimensions/0/path", "/measures/0", "/layout/rows"]),
    );
    expect((await boss.post("/api/reports/run", { report: { source: "offer" } })).status).toBe(400);
    expect((await boss.post("/api/reports/none/run", {})).status).toBe(404);
    expect((await boss.post("/api/reports/run", { report, parameters: { nothing: 1 } })).status).toBe(400);
  });
});

const entity = (name: string, properties: object): AnyDocument =>
  ({
    $schema: "urn:trellis:entity:1",
    $id: name,
    $anchor: `ent_${name}`,
    type: "object",
    title: name,
    name_field: "name",
    properties: Object.fromEntries(
      Object.entries({ name: { field: "text" }, ...properties }).map(([key, it]) => [
        key,
        { $anchor: `fld_${key}`, title: key, ...it },
      ]),
    ),
  }) as AnyDocument;

/** Reads the plans of one team alone. */
const east: AnyDocument = {
  $schema: "urn:trellis:role:1",
  $id: "east",
  $anchor: "role_east",
  title: "East",
  entities: { plan: { read: { cel: "team == 'east'" } } },
} as AnyDocument;

const documents = [
  east,
  entity("letter", {
    sent_at: { field: "date_time" },
    due_on: { field: "date" },
    team: {
      field: "select",
      choices: ["east", "west", "north"].map((value) => ({ value, title: value.toUpperCase() })),
    },
    worth: { field: "money" },
    share: { field: "percent" },
  }),
  entity("reply", { letter: { field: "reference", to: "letter", inverse: "replies" } }),
  entity("plan", {
    team: { field: "select", choices: ["east", "west", "north"].map((value) => ({ value, title: value })) },
    month: { field: "date" },
    first: { field: "money" },
    current: { field: "money" },
  }),
];

describe("dates, comparisons and joined measures", () => {
  let w: World;
  beforeAll(async () => {
    w = await world({ documents });
  });
  afterAll(() => w.close());
  const make = async (name: string, records: readonly object[]) => {
    const answer = await w.admin.post(
      `/api/records/${name}`,
      records.map((it, at) => ({ name: `${name} ${at}`, ...it })),
    );
    expect(answer.status, answer.text).toBe(201);
    return answer.json.items as any[];
  };
  const count = { id: "n", agg: "count" };
  const change = async ({ id }: { id: string }, values: object) => {
    const { headers } = await w.admin.get(`/api/records/letter/${id}`);
    const answer = await w.admin.patch(`/api/records/letter/${id}`, values, { "if-match": headers.get("etag")! });
    expect(answer.status, answer.text).toBe(200);
  };

  test("Q1, Q2, Q3: a moment is of the day that clocks show, the day opens its own rows, and a plain date never shifts", async () => {
    await make("letter", [{ sent_at: "2026-03-29T00:30:00Z", due_on: "2026-01-01" }]);
    for (const [zone, day] of [
      ["Europe/Berlin", "2026-03-29"],
      ["America/Los_Angeles", "2026-03-28"],
    ] as const) {
      const dimensions = [
        { id: "day", path: "sent_at", grain: "day", zone },
        { id: "year", path: "due_on", grain: "year", zone },
      ];
      const { rows } = await run(w.admin, {
        source: "letter",
        dimensions,
        measures: [count],
        filter: { cel: "sent_at != null" },
        layout: { kind: "table" },
      });
      expect(rows.map(({ keys, values }: any) => [keys.day, keys.year, values.n])).toEqual([[day, "2026", 1]]);
      expect((await listed(w.admin, "letter", rows[0].drill[0])).count.value).toBe(1);
    }
  });

  test("Q4: a letter with three replies counts once, in groups and in totals", async () => {
    const [letter] = await make("letter", [{ team: "north", due_on: "2030-01-01" }]);
    await make("reply", [{ letter: letter.id }, { letter: letter.id }, { letter: letter.id }]);
    const filter = { cel: "due_on == date('2030-01-01') && replies.any(it, it.name != null)" };
    const { rows, totals } = await run(w.admin, {
      source: "letter",
      dimensions: [{ id: "team", path: "team" }],
      measures: [count],
      filter,
      layout: { kind: "bar" },
    });
    expect(totals.values.n).toBe(1);
    expect(rows.map(({ keys, labels, values }: any) => [keys.team, labels.team, values.n])).toEqual([
      ["east", "EAST", 0],
      ["west", "WEST", 0],
      ["north", "NORTH", 1],
    ]);
  });

  test("Q5: who sees two of five plans has in the total what she can list, and two in what a filter offers", async () => {
    const reader = await w.user("Reader", { roles: ["east"] });
    const plans = ["east", "east", "west", "west", "north"].map((team, at) => ({
      team,
      month: "2031-01-01",
      first: { amount: String(10 ** at), currency: "EUR" },
    }));
    await make("plan", plans);
    const report = {
      source: "plan",
      dimensions: [{ id: "name", path: "name" }],
      measures: [count, { id: "first", agg: "sum", of: { cel: "first" } }],
      filter: { cel: "month == date('2031-01-01')" },
      layout: { kind: "table" },
    };
    for (const [who, names, first] of [
      [reader, ["plan 0", "plan 1"], "11"],
      [w.admin, ["plan 0", "plan 1", "plan 2", "plan 3", "plan 4"], "11111"],
    ] as const) {
      const { rows, totals } = await run(who, report);
      expect(totals.values).toEqual({ n: names.length, first: { amount: first, currency: "EUR" } });
      const lists = await Promise.all(rows.map((row: any) => listed(who, "plan", row.drill[0])));
      expect(lists.flatMap(({ items }) => items.map(({ name }: any) => name)).sort()).toEqual(names);
      const asked = { fields: ["name"], filter: report.filter.cel };
      const { facets } = (await who.post("/api/records/plan/facets", asked)).json;
      expect(facets.name.values.map(({ value }: any) => value).sort()).toEqual(names);
    }
  });

  test("empty months between are there, what has no date is a group, and last year stands beside", async () => {
    await make("letter", [
      ...["2024-02-10", "2024-04-01"].map((due_on) => ({ due_on, worth: { amount: "10", currency: "EUR" } })),
      ...["2025-02-11", "2025-02-12", "2025-05-05"].map((due_on) => ({
        due_on,
        worth: { amount: "4.5", currency: "EUR" },
      })),
      { due_on: "2025-05-06", worth: { amount: "700", currency: "JPY" } },
      { team: "east" },
    ]);
    const report = {
      source: "letter",
      dimensions: [{ id: "month", path: "due_on", grain: "month" }],
      measures: [count, { id: "worth", agg: "sum", of: { cel: "worth" } }],
      period: { path: "due_on", first: "2025-02-01", last: "2025-05-31" },
      compare: { shift: -1, unit: "year" },
      layout: { kind: "line" },
    };
    const { rows, totals, period } = await run(w.admin, report);
    expect(rows.map(({ keys, values, before }: any) => [keys.month, values.n, before.n])).toEqual([
      ["2025-02", 2, 1],
      ["2025-03", 0, 0],
      ["2025-04", 0, 1],
      ["2025-05", 2, 0],
    ]);
    expect([totals.values.n, totals.before.n, period]).toEqual([4, 2, { first: "2025-02-01", last: "2025-05-31" }]);
    expect(rows[3].values.worth).toEqual([
      { amount: "4.5", currency: "EUR" },
      { amount: "700", currency: "JPY" },
    ]);
    const open = await run(w.admin, {
      source: "letter",
      dimensions: report.dimensions,
      measures: [count],
      layout: { kind: "bar" },
    });
    const undated = open.rows.at(-1);
    expect([undated.keys.month, undated.labels.month]).toEqual([null, null]);
    w.clock.set(new Date("2025-06-15T12:00:00Z"));
    const relative = await run(w.admin, report, { period: { unit: "month", from: -4, to: -1 } });
    expect(relative.period).toEqual(period);
    w.clock.set(new Date("2026-03-02T09:00:00Z"));
  });

  test("plan against actual: each is measured by itself, and rate, expected and gap are worked out for rows and totals", async () => {
    const yen = (amount: number) => ({ amount: String(amount), currency: "JPY" });
    const months = ["2026-04-01", "2026-05-01", "2026-06-01"];
    const plans = months.flatMap((month) => [
      { team: "east", month, first: yen(3_000_000), current: yen(month === "2026-06-01" ? 3_500_000 : 3_000_000) },
      { team: "west", month, first: yen(2_000_000), current: yen(2_000_000) },
    ]);
    await make("plan", plans);
    await make("letter", [
      ...[
        ["east", "2026-04-10", 2_400_000],
        ["east", "2026-05-10", 3_300_000],
        ["west", "2026-04-30", 2_500_000],
        ["west", "2026-05-01", 1_000_000],
      ].map(([team, due_on, worth]) => ({ team, due_on, worth: yen(Number(worth)), share: "100" })),
      { team: "east", due_on: "2026-06-30", worth: yen(4_000_000), share: "70" },
      { team: "west", due_on: "2026-06-05", worth: yen(1_000_000), share: "40" },
    ]);
    const report = (version: string) => ({
      source: "letter",
      dimensions: [
        { id: "team", path: "team" },
        { id: "month", path: "due_on", grain: "month" },
      ],
      measures: [
        { id: "won", agg: "sum", of: { cel: "worth" }, where: { cel: "share == 100" } },
        { id: "expected", agg: "sum", of: { cel: "worth * share / 100" } },
        { id: "rate", agg: "ratio", over: "won", under: "plan", show: "percent" },
        { id: "gap", agg: "formula", value: { cel: "expected - plan" } },
      ],
      period: { path: "due_on", first: "2026-04-01", last: "2026-06-30" },
      joined: [
        {
          source: "plan",
          paths: { team: "team", month: "month" },
          period: "month",
          measures: [{ id: "plan", agg: "sum", of: { cel: version } }],
        },
      ],
      layout: { kind: "matrix", rows: ["team"], columns: ["month"], totals: true },
    });
    const amount = (value: any) => (value === null ? null : Number(value.amount));
    const cells = ({ rows }: any) =>
      Object.fromEntries(
        rows
          .filter(({ keys }: any) => keys.team !== "north")
          .map(({ keys, values: { rate, expected, gap } }: any) => [
            `${keys.team} ${keys.month}`,
            [rate && Number(rate), amount(expected), amount(gap)],
          ]),
      );
    const current = await run(w.admin, report("current"));
    expect(cells(current)).toEqual({
      "east 2026-04": [0.8, 2_400_000, -600_000],
      "east 2026-05": [1.1, 3_300_000, 300_000],
      "east 2026-06": [null, 2_800_000, -700_000],
      "west 2026-04": [1.25, 2_500_000, 500_000],
      "west 2026-05": [0.5, 1_000_000, -1_000_000],
      "west 2026-06": [null, 400_000, -1_600_000],
    });
    const { won, plan, expected } = current.totals.values;
    expect([won, plan, expected].map(amount)).toEqual([9_200_000, 15_500_000, 12_400_000]);
    const first = await run(w.admin, report("first"));
    expect(cells(first)["east 2026-06"]).toEqual([null, 2_800_000, -200_000]);
    const east = current.rows.find(({ keys }: any) => keys.team === "east" && keys.month === "2026-06");
    expect((await listed(w.admin, "plan", east.drill[1])).items.map(({ current }: any) => current.amount)).toEqual([
      "3500000",
    ]);
  });

  test("as of a day, records are what they were then", async () => {
    w.clock.set(new Date("2026-05-01T10:00:00Z"));
    const [one, other] = await make("letter", [
      { team: "east", due_on: "2031-01-01", worth: { amount: "100", currency: "EUR" } },
      { team: "west", due_on: "2031-01-01", worth: { amount: "50", currency: "EUR" } },
    ]);
    w.clock.set(new Date("2026-05-10T10:00:00Z"));
    await change(one, { worth: { amount: "150", currency: "EUR" }, team: "west" });
    w.clock.set(new Date("2026-05-12T10:00:00Z"));
    await change(one, { worth: null });
    await make("letter", [{ team: "east", due_on: "2031-01-01", worth: { amount: "7", currency: "EUR" } }]);
    await change(other, { worth: { amount: "50.5", currency: "EUR" } });
    const report = {
      source: "letter",
      dimensions: [{ id: "team", path: "team" }],
      measures: [count, { id: "worth", agg: "sum", of: { cel: "worth" } }],
      filter: { cel: "due_on == date('2031-01-01')" },
      having: { cel: "n > 0" },
      layout: { kind: "table" },
    };
    const at = async (as_of: string | null) =>
      (await run(w.admin, report, { as_of })).rows.map(({ keys, values }: any) => [
        keys.team,
        values.n,
        values.worth?.amount ?? null,
      ]);
    expect(await at("2026-04-30")).toEqual([]);
    expect(await at("2026-05-01")).toEqual([
      ["east", 1, "100"],
      ["west", 1, "50"],
    ]);
    expect(await at("2026-05-10")).toEqual([["west", 2, "200"]]);
    expect(await at(null)).toEqual([
      ["east", 1, "7"],
      ["west", 2, "50.5"],
    ]);
    expect(await at("2026-05-12")).toEqual(await at(null));
    w.clock.set(new Date("2026-03-02T09:00:00Z"));
  });
});
