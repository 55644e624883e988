import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dataFolder, withoutData } from "../data.ts";
import { publish } from "../../runtime/store/publish.ts";
import { filled } from "../fixtures/filled.ts";
import { world, type World } from "../world.ts";

const to = (id: string, target: string) => [{ target, meta: { id, title: id } }];
const property = (name: string, given: object) => ({ [name]: { $anchor: `fld_${name}`, title: name, ...given } });

/** Opportunities with four stages, of which the second can be gone back from. */
const documents = [
  {
    $schema: "urn:trellis:entity:1",
    $id: "chance",
    $anchor: "ent_chance",
    type: "object",
    title: "Chance",
    name_field: "name",
    properties: {
      ...property("name", { field: "text" }),
      ...property("stage", { field: "state", workflow: "chance" }),
      ...property("closed_on", { field: "date" }),
      ...property("worth", { field: "money" }),
      ...property("end", { field: "select", choices: ["Won", "Lost"].map((value) => ({ value, title: value })) }),
      ...property("engaged_on", { field: "date" }),
    },
  },
  {
    $schema: "urn:trellis:workflow:1",
    id: "chance",
    initial: "qualify",
    states: {
      qualify: { on: { "chance.propose": to("tr_propose", "propose") }, meta: { id: "st_q", title: "Qualify" } },
      propose: {
        on: { "chance.negotiate": to("tr_negotiate", "negotiate"), "chance.back": to("tr_back", "qualify") },
        meta: { id: "st_p", title: "Propose" },
      },
      negotiate: { on: { "chance.win": to("tr_win", "won") }, meta: { id: "st_n", title: "Negotiate" } },
      won: { tags: ["end"], meta: { id: "st_w", title: "Won", outcome: "won" } },
    },
    meta: {
      id: "wf_chance",
      title: "Chance",
      format: "wf/1",
      kind: "pipeline",
      entity: "chance",
      events: Object.fromEntries(
        ["propose", "negotiate", "win", "back"].map((it) => [`chance.${it}`, { title: it, source: "user" }]),
      ),
    },
  },
  {
    $schema: "urn:trellis:calendar:1",
    $id: "half",
    $anchor: "cal_half",
    title: "Mornings",
    time_zone: "UTC",
    hours: {
      mon: ["00:00-12:00"],
      tue: ["00:00-12:00"],
      wed: ["00:00-12:00"],
      thu: ["00:00-12:00"],
      fri: ["00:00-12:00"],
    },
  },
] as unknown as AnyDocument[];

let w: World;
beforeAll(async () => {
  w = await world({ documents, templates: ["core", "sales"] });
});
afterAll(() => w.close());

const run = async (report: string | object, parameters?: object) => {
  const path = typeof report === "string" ? `/api/reports/${report}/run` : "/api/reports/run";
  const answer = await w.admin.post(path, typeof report === "string" ? { parameters } : { report, parameters });
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
};
const cel = (text: string) => ({ cel: text });

test("every report of the template runs, for an admin and for a seller, and the dashboard shows them", async () => {
  const seller = await w.user("Sella", { roles: ["seller"] });
  const names = await readdir(fileURLToPath(new URL("../../templates/sales/reports", import.meta.url)));
  for (const file of names)
    for (const who of [w.admin, seller]) {
      const answer = await who.post(`/api/reports/${file.replace(".json", "")}/run`, {});
      expect(answer.status, answer.text).toBe(200);
    }
  const { reports, dashboards } = (await seller.get("/api/model")).json;
  expect(reports).toHaveLength(names.length);
  expect(dashboards.find(({ $id }: any) => $id === "sales").cards.length).toBeGreaterThan(5);
});

test("the funnel counts who reached a stage, and a deal that came back counts once with the days of both visits", async () => {
  const january = (day: number) => new Date(Date.UTC(2026, 0, day, 9));
  w.clock.set(january(1));
  const made = await w.admin.post(
    "/api/records/chance",
    Array.from({ length: 10 }, (_, at) => ({ name: `Chance ${at}` })),
  );
  const ids: string[] = made.json.items.map(({ id }: any) => id);
  const script: [day: number, chance: number, event: string][] = [
    ...[0, 1, 2, 3, 4, 5].map((at): [number, number, string] => [1, at, "propose"]),
    [3, 0, "negotiate"],
    [5, 1, "negotiate"],
    [4, 2, "back"],
    [10, 2, "propose"],
    [12, 2, "negotiate"],
    [9, 3, "negotiate"],
    [20, 0, "win"],
    [20, 1, "win"],
  ];
  for (const [day, at, event] of script.toSorted(([one], [other]) => one - other)) {
    w.clock.set(january(day));
    const answer = await w.admin.post(`/api/records/chance/${ids[at]}/events`, { type: `chance.${event}` });
    expect(answer.status, answer.text).toBe(200);
  }
  w.clock.set(january(32));
  const reached = (state: string) => ({ id: state, agg: "time_in_state", path: "stage", state, as: "count" });
  const filter = cel("closed_on == null");
  const share = (under: string, over: string) => ({ id: `${over}_of_${under}`, agg: "ratio", over, under });
  const funnel = await run({
    source: "chance",
    dimensions: [{ id: "month", path: "created_at", grain: "month" }],
    measures: [
      ...["qualify", "propose", "negotiate", "won"].map(reached),
      share("qualify", "propose"),
      share("propose", "negotiate"),
      share("negotiate", "won"),
      { id: "overall", agg: "ratio", over: "won", under: "qualify", show: "percent" },
      { id: "median", agg: "time_in_state", path: "stage", state: "propose", as: "percentile", p: 0.5 },
      { id: "most", agg: "time_in_state", path: "stage", state: "propose", as: "max" },
      {
        id: "mornings",
        agg: "time_in_state",
        path: "stage",
        state: "propose",
        as: "sum",
        calendar: "half",
        where: cel("name == 'Chance 2'"),
      },
      {
        id: "twice",
        agg: "time_in_state",
        path: "stage",
        state: "propose",
        as: "sum",
        where: cel("name == 'Chance 2'"),
      },
      { id: "open", agg: "count", where: cel("stage == 'propose'") },
      { id: "back", agg: "back_moves", path: "stage" },
    ],
    filter,
    layout: { kind: "funnel" },
  });
  const [{ keys, values }] = funnel.rows;
  expect(keys.month).toBe("2026-01");
  expect([values.qualify, values.propose, values.negotiate, values.won]).toEqual([10, 6, 4, 2]);
  const shares = [values.propose_of_qualify, values.negotiate_of_propose, values.won_of_negotiate];
  expect(shares.map((it) => (Number(it) * 100).toFixed(1))).toEqual(["60.0", "66.7", "50.0"]);
  expect(Number(values.overall)).toBe(0.2);
  const days = (seconds: string) => Number(seconds) / 86_400;
  // 2, 4, 5 (3 + 2) and 8 days, and 31 and 31 of those that are there yet.
  expect(days(values.median)).toBe(6.5);
  expect([days(values.most), days(values.twice), values.open, values.back]).toEqual([31, 5, 2, "1"]);
  // 1 January 2026 is a Thursday: 3 + 12 hours until Saturday, none until Sunday 9:00; 10 January is a Saturday, 12 a Monday.
  expect(Number(values.mornings) / 3600).toBe(3 + 12 + 9);

  // The stage goes, and who stands there stands in the next one: what was is told still.
  const without = w.workspace.model.documents.map((it): AnyDocument => {
    if (!("id" in it) || it.id !== "chance") return it;
    const { propose: _, qualify, negotiate, ...states } = structuredClone(it.states) as Record<string, any>;
    qualify.on["chance.propose"][0].target = "negotiate";
    return { ...it, states: { qualify, negotiate, ...states } } as AnyDocument;
  });
  const change = { reason: "Shorter", author: w.admin.id, now: w.clock.now() };
  await publish(w.workspace, { documents: without, mappings: { wf_chance: { propose: "negotiate" } }, ...change });
  const was = (it: object) => ({ ...it, path: "stage", state: "propose", gone: true });
  const later = {
    source: "chance",
    dimensions: [{ id: "month", path: "created_at", grain: "month" }],
    measures: [
      was({ id: "propose", agg: "time_in_state", as: "count" }),
      was({ id: "median", agg: "time_in_state", as: "percentile", p: 0.5 }),
    ],
    filter,
    layout: { kind: "table" },
  };
  const [month] = (await run(later)).rows;
  expect([month.keys.month, month.values.propose, days(month.values.median)]).toEqual(["2026-01", 6, 6.5]);
  const measures = later.measures.map(({ gone: _, ...it }) => it);
  const refused = await w.admin.post("/api/reports/run", { report: { ...later, measures } });
  expect(refused.json.problems.map(({ path }: any) => path)).toContain("/measures/0/state");
  w.clock.set(new Date("2026-03-02T09:00:00Z"));
});

test("velocity, win rate, figures, lost reasons and what each one won are what a handful of deals come to", async () => {
  w.clock.set(new Date("2030-05-15T09:00:00Z"));
  const made = async (entity: string, values: object): Promise<string> => {
    const answer = await w.admin.post(`/api/records/${entity}`, values);
    expect(answer.status, answer.text).toBe(201);
    return answer.json.id;
  };
  const company = await made("company", { name: "Figures" });
  const [ken, leo] = [await w.user("Ken", { roles: ["seller"] }), await w.user("Leo", { roles: ["seller"] })];
  const usd = (amount: string) => ({ amount, currency: "USD" });
  const deal = async (title: string, values: object, ...events: readonly object[]) => {
    const id = await made("deal", { title, company, ...values });
    for (const event of events) {
      const answer = await w.admin.post(`/api/records/deal/${id}/events`, event);
      expect(answer.status, answer.text).toBe(200);
    }
  };
  const win = [{ type: "deal.advance" }, { type: "deal.win" }];
  const lose = (lost_reason: string) => ({ type: "deal.lose", values: { lost_reason } });
  const won = (owner: string, amount: string, engage_date: string, close_date: string) =>
    deal("Won", { owner, amount: usd(amount), engage_date, close_date }, ...win);
  await won(ken.id, "1000", "2030-04-01", "2030-04-11");
  await won(leo.id, "3000", "2030-04-01", "2030-05-01");
  await won(ken.id, "2000", "2030-01-01", "2030-02-10");
  await won(ken.id, "600", "2029-05-10", "2029-05-20");
  await deal("Lost", { amount: usd("500"), close_date: "2030-05-02" }, lose("price"));
  await deal("Lost", { amount: usd("700"), close_date: "2030-03-01" }, lose("no_budget"));
  await deal("Lost", { amount: usd("800"), close_date: "2030-03-05" }, lose("price"));
  await deal("Lost", { close_date: "2030-03-06" }, lose("price"));
  // Whatever was foreseen, or nothing: they are lost today.
  for (const values of [{}, { close_date: "2030-09-01" }]) await deal("Lost", values, lose("timing"));
  for (const title of ["Open", "Open too"]) await deal(title, { amount: usd("9999"), close_date: "2030-05-20" });

  const plain = (value: any) => (value === null ? null : Number(Number(value.amount ?? value).toFixed(4)));
  const told = (values: any, ...ids: string[]) => ids.map((id) => plain(values[id]));
  const velocity = (await run("sales_velocity")).totals.values;
  // Three of nine were won, in 10, 30 and 40 days, for 2,000 each on average: 2 × 1/3 × 2,000 ÷ 26.67 a day.
  expect(told(velocity, "won", "closed", "rate", "amount", "days", "open", "velocity")).toEqual([
    ...[3, 9, 0.3333, 2000, 26.6667, 2, 50],
  ]);
  const rates = (await run("win_rate")).rows.filter(({ values }: any) => values.closed > 0);
  expect(rates.map(({ keys, values }: any) => [keys.quarter, ...told(values, "won", "closed", "rate")])).toEqual([
    ["2029-Q2", 1, 1, 1],
    ["2030-Q1", 1, 4, 0.25],
    ["2030-Q2", 2, 5, 0.4],
  ]);
  const { totals } = await run("sales_figures");
  expect(told(totals.values, "won", "rate", "days")).toEqual([4000, 0.4, 20]);
  expect(told(totals.before, "won", "rate", "days")).toEqual([2000, 0.25, 40]);
  const lost = (await run("lost_reasons")).rows.filter(({ values }: any) => values.n > 0);
  expect(lost.map(({ keys, values }: any) => [keys.reason, ...told(values, "n", "amount")])).toEqual([
    ["price", 3, 1300],
    ["timing", 2, null],
    ["no_budget", 1, 700],
  ]);
  const { rows } = await run("won_by_owner");
  const both = ({ values, before }: any) => [values, before].flatMap((it) => told(it, "won", "n"));
  expect(rows.map((it: any) => [it.labels.owner, ...both(it)])).toEqual([
    ["Leo", 3000, 1, null, 0],
    ["Ken", 1000, 1, 600, 1],
  ]);
  w.clock.set(new Date("2026-03-02T09:00:00Z"));
});

test.skipIf(dataFolder === undefined)(
  `business years from April on (${withoutData})`,
  async () => {
    const csv = await readFile(join(dataFolder!, "crm-sales-opportunities/sales_pipeline.csv"), "utf8");
    const rows = (parse(csv, { columns: true }) as Record<string, string>[]).filter(
      ({ close_date }) => close_date !== "",
    );
    const records = rows.map((row) => ({
      name: row.opportunity_id,
      end: row.deal_stage,
      closed_on: row.close_date,
      engaged_on: row.engage_date,
      worth: row.close_value,
      worth_currency: "USD",
    }));
    await filled(w, "chance", records);
    const report = (fiscal: object | undefined, more: object = {}) => ({
      source: "chance",
      dimensions: [{ id: "quarter", path: "closed_on", grain: "quarter", ...(fiscal ? { fiscal } : {}) }],
      measures: [
        { id: "worth", agg: "sum", of: cel("worth") },
        { id: "n", agg: "count" },
      ],
      filter: cel("end == 'Won'"),
      layout: { kind: "table" },
      ...more,
    });
    const told = (answer: any) =>
      answer.rows.map(({ keys, values }: any) => [keys.quarter, Number(values.worth.amount), values.n]);
    const quarters: [number, number][] = [
      [1_134_672, 531],
      [3_086_111, 1254],
      [2_982_255, 1257],
      [2_802_496, 1196],
    ];
    const named = (names: readonly string[]) => names.map((name, at) => [name, ...quarters[at]!]);
    expect(told(await run(report({ month: 4 })))).toEqual(named(["FY2016-Q4", "FY2017-Q1", "FY2017-Q2", "FY2017-Q3"]));
    const last = named(["FY2017-Q4", "FY2018-Q1", "FY2018-Q2", "FY2018-Q3"]);
    expect(told(await run(report({ month: 4, named: "last" })))).toEqual(last);
    expect(told(await run(report(undefined)))).toEqual(named(["2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4"]));
    w.clock.set(new Date("2017-04-01T09:00:00Z"));
    const period = { path: "closed_on", unit: "quarter", from: 0, to: 0, fiscal: { month: 4 } };
    const now = await run(report({ month: 4 }, { period }));
    expect([told(now), now.period]).toEqual([
      [["FY2017-Q1", ...quarters[1]!]],
      { first: "2017-04-01", last: "2017-06-30" },
    ]);
    const year = await run(report({ month: 4 }, { period: { ...period, unit: "year", from: -1, to: -1 } }));
    expect(year.period).toEqual({ first: "2016-04-01", last: "2017-03-31" });
    w.clock.set(new Date("2026-03-02T09:00:00Z"));
    const closed = await run({
      source: "chance",
      measures: [
        { id: "won", agg: "count", where: cel("end == 'Won'") },
        { id: "n", agg: "count" },
        { id: "rate", agg: "ratio", over: "won", under: "n" },
        ...[0.25, 0.5, 0.75, 0.9].map((p) => ({
          id: `p${p * 100}`,
          agg: "percentile",
          p,
          of: cel("closed_on - engaged_on"),
          where: cel("end == 'Won'"),
        })),
      ],
      filter: cel("closed_on != null"),
      layout: { kind: "kpi" },
    });
    const { rate, p25, p50, p75, p90 } = closed.totals.values;
    expect([Number(rate).toFixed(4), ...[p25, p50, p75, p90].map(Number)]).toEqual(["0.6315", 9, 57, 88, 106]);
  },
  60_000,
);
