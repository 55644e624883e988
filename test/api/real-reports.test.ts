import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataFolder, withoutData } from "../data.ts";
import { filled } from "../fixtures/filled.ts";
import { world, type World } from "../world.ts";

const read = (path: string) => readFile(join(dataFolder!, path));
const rowsOf = async (path: string, options: object = { columns: true }) =>
  parse(path.endsWith(".gz") ? gunzipSync(await read(path)) : await read(path), options) as unknown as Record<
    string,
    string
  >[];
const answersOf = async (set: string) => JSON.parse(String(await read(`${set}/reference.json`)));

const entity = (name: string, fields: Readonly<Record<string, object>>) =>
  ({
    $schema: "urn:trellis:entity:1",
    $id: name,
    $anchor: `ent_${name}`,
    type: "object",
    title: name,
    name_field: "name",
    properties: Object.fromEntries(
      Object.entries({ name: { field: "text" }, ...fields }).map(([key, it]) => [
        key,
        { $anchor: `fld_${key}`, title: key, ...it },
      ]),
    ),
  }) as unknown as AnyDocument;
const text = { field: "text" };

const documents = [
  entity("purchase", {
    buyer: { field: "reference", to: "buyer", inverse: "purchases" },
    on: { field: "date" },
    paid: { field: "decimal" },
  }),
  entity("buyer", {}),
  entity("position", {
    category: text,
    employee: text,
    order: text,
    day: { field: "date" },
    price: { field: "decimal" },
    quantity: { field: "integer" },
    discount: { field: "decimal" },
  }),
  entity("prospect", { source: text, origin: text, converted: { field: "boolean" } }),
  entity("call_in", { first: { field: "date_time" }, last: { field: "date_time" }, events: { field: "integer" } }),
  entity("ticket", {
    ...{ status: text, channel: text, priority: text, type: text, rating: { field: "integer" } },
    ...{ answered: { field: "date_time" }, solved: { field: "date_time" } },
  }),
];

describe.skipIf(dataFolder === undefined)(`real data through reports (${withoutData})`, () => {
  let w: World;
  beforeAll(async () => {
    w = await world({ documents });
  });
  afterAll(() => w.close());

  const make = (name: string, records: readonly object[]) => filled(w, name, records);
  const run = async (report: object) => {
    const answer = await w.admin.post("/api/reports/run", { report: { layout: { kind: "table" }, ...report } });
    expect(answer.status, answer.text).toBe(200);
    return answer.json;
  };
  const cel = (text: string) => ({ cel: text });
  const count = { id: "n", agg: "count" };

  test("CDNOW: who bought again, and the parameters of BG/NBD and gamma-gamma", async () => {
    const known = await answersOf("cdnow-sample");
    const lines = String(await read("cdnow-sample/CDNOW_sample.txt"))
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/));
    const names = [...new Set(lines.map(([, name]) => name!))];
    const ids = await make(
      "buyer",
      names.map((name) => ({ name })),
    );
    const idOf = new Map(names.map((name, at) => [name, ids[at]!]));
    const dated = (it: string) => `${it.slice(0, 4)}-${it.slice(4, 6)}-${it.slice(6)}`;
    await make(
      "purchase",
      lines.map(([, name, day, , paid], at) => ({ name: String(at), buyer: idOf.get(name!), on: dated(day!), paid })),
    );
    const report = {
      source: "purchase",
      measures: [],
      customers: { path: "buyer", date: "on", amount: cel("paid"), ahead: 39 },
      period: { path: "on", first: "1997-01-01", last: "1997-09-30" },
      layout: { kind: "customers" },
    };
    const answer = await run(report);
    const figures = Object.fromEntries(answer.figures.map(({ id, value }: any) => [id, value]));
    const { customers, with_repeat } = known.calibration_rfm_from_raw;
    expect([figures.customers, figures.repeat]).toEqual([customers, with_repeat / customers]);
    const { r, alpha, a, b } = known.bg_nbd.recomputed;
    for (const [id, value] of Object.entries({ bg_r: r, bg_alpha: alpha, bg_a: a, bg_b: b }))
      expect(Math.abs(figures[id] - (value as number)), id).toBeLessThan(0.001);
    const { p, q, v } = known.gamma_gamma.recomputed;
    for (const [id, value] of Object.entries({ gg_p: p, gg_q: q, gg_gamma: v }))
      expect(Math.abs(figures[id] / (value as number) - 1), id).toBeLessThan(0.002);
    await sameBuyers(known.calibration_rfm_from_raw, report, names);
    const [best] = answer.rows;
    const list = await w.admin.get(
      `/api/records/purchase?${new URLSearchParams({ filter: best.drill[0], count: "exact" })}`,
    );
    expect(list.json.count.value).toBeGreaterThanOrEqual(best.values.orders);
  }, 90_000);

  /** Every buyer's frequency, recency and age are those of the reference; a report shows a thousand buyers at most. */
  async function sameBuyers(known: any, report: object, names: readonly string[]) {
    const sorted = names.toSorted();
    const rows: { frequency: number; recency: number; age: number }[] = [];
    for (let at = 0; at < sorted.length; at += 800) {
      const [from, to] = [sorted[at], sorted.slice(at, at + 800).at(-1)];
      const filter = cel(`buyer.name >= '${from}' && buyer.name <= '${to}'`);
      const first = await run({
        ...{ source: "purchase", filter, limit: 1000, period: { path: "on", first: "1997-01-01", last: "1997-09-30" } },
        dimensions: [{ id: "buyer", path: "buyer" }],
        measures: [{ id: "first", agg: "min", of: cel("on") }],
      });
      const since = new Map<string, string>(first.rows.map((it: any) => [it.keys.buyer, it.values.first]));
      for (const { keys, values } of (await run({ ...report, filter })).rows) {
        const age = (Date.parse("1997-09-30") - Date.parse(since.get(keys.customer)!)) / 86_400_000;
        rows.push({ frequency: values.orders - 1, recency: (age - values.recency) / 7, age: age / 7 });
      }
    }
    for (const [key, wanted] of [
      ["frequency", known.frequency],
      ["recency", known.recency_weeks],
      ["age", known.T_weeks],
    ] as const)
      expect(spreadOf(rows.map((it) => it[key])), key).toEqual(wanted);
    const histogram = Object.groupBy(rows, ({ frequency }) => Math.min(frequency, 7));
    const counts = Object.entries(histogram).map(([frequency, them]) => [frequency, them!.length]);
    expect(Object.fromEntries(counts)).toEqual(known.frequency_histogram);
    expect(rows.reduce((sum, { frequency }) => sum + frequency, 0)).toBe(known.repeat_transactions);
  }

  /** What the references say of many numbers. */
  function spreadOf(numbers: readonly number[]) {
    const sorted = numbers.toSorted((one, other) => one - other);
    const at = (share: number) => {
      const place = share * (sorted.length - 1);
      const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
      return low + (high - low) * (place % 1);
    };
    const mean = sorted.reduce((sum, it) => sum + it, 0) / sorted.length;
    const [min, p25, median, p75, p90, max] = [0, 0.25, 0.5, 0.75, 0.9, 1].map(at);
    const told = Object.entries({ min, p25, median, p75, p90, max, mean });
    return { n: sorted.length, ...Object.fromEntries(told.map(([name, it]) => [name, Number(it!.toFixed(4))])) };
  }

  test("Northwind: sales by category and by employee, and what orders come to", async () => {
    const known = await answersOf("northwind");
    const [orders, details, products, categories, employees] = await Promise.all(
      ["orders", "order_details", "products", "categories", "employees"].map((it) => rowsOf(`northwind/${it}.csv`)),
    );
    const by = (rows: Record<string, string>[], key: string) => new Map(rows.map((row) => [row[key]!, row]));
    const [order, product, category, employee] = [
      by(orders!, "order_id"),
      by(products!, "product_id"),
      by(categories!, "category_id"),
      by(employees!, "employee_id"),
    ];
    await make(
      "position",
      details!.map((it, at) => {
        const [own, seller] = [order.get(it.order_id!)!, employee.get(order.get(it.order_id!)!.employee_id!)!];
        return {
          name: String(at),
          order: it.order_id,
          day: own.order_date,
          category: category.get(product.get(it.product_id!)!.category_id!)!.category_name,
          employee: `${seller.first_name} ${seller.last_name}`,
          price: it.unit_price,
          quantity: Number(it.quantity),
          discount: it.discount,
        };
      }),
    );
    const sales = { id: "sales", agg: "sum", of: cel("price * quantity * (1 - discount)") };
    const placed = { id: "orders", agg: "count_distinct", of: cel("order") };
    const of = async (path: string, more: object = {}) =>
      (
        await run({
          source: "position",
          dimensions: [{ id: "by", path, ...more }],
          measures: [sales, placed],
          sort: "-sales",
        })
      ).rows.map(({ keys, values }: any) => [keys.by, Number(Number(values.sales).toFixed(2)), values.orders]);
    // Half a cent may be rounded up or down: what is added here is exact, and the answers were added in binary.
    const near = (told: any[], wanted: any[]) => {
      expect(told.map(([name]) => name)).toEqual(wanted.map(([name]) => name));
      for (const [at, [name, sum]] of told.entries()) expect(Math.abs(sum - wanted[at][1]), name).toBeLessThan(0.011);
    };
    near(await of("category"), known.by_category);
    near(await of("employee"), known.by_employee);
    near((await of("day", { grain: "year" })).toSorted(), known.revenue_by_year);
    const { totals } = await run({ source: "position", measures: [sales, placed] });
    expect([Number(Number(totals.values.sales).toFixed(2)), totals.values.orders]).toEqual([
      known.total_revenue,
      known.rows.orders,
    ]);
  });

  test("X Education: conversion by source and by origin", async () => {
    const known = await answersOf("x-education-leads");
    const leads = await rowsOf("x-education-leads/leads-repaired.csv");
    await make(
      "prospect",
      leads.map((it) => ({
        name: it["Lead Number"],
        source: it["Lead Source"] || null,
        origin: it["Lead Origin"],
        converted: it.Converted === "1",
      })),
    );
    const measures = [
      count,
      { id: "converted", agg: "count", where: cel("converted") },
      { id: "rate", agg: "ratio", over: "converted", under: "n" },
    ];
    for (const [path, column] of [
      ["source", "Lead Source"],
      ["origin", "Lead Origin"],
    ] as const) {
      const { rows } = await run({ source: "prospect", dimensions: [{ id: "by", path }], measures });
      const told = Object.fromEntries(
        rows.map(({ keys, values }: any) => [
          keys.by ?? "(blank)",
          [values.n, values.converted, Number(Number(values.rate).toFixed(4))],
        ]),
      );
      const wanted = Object.entries<any>(known.conversion_by[column]).map(([name, it]) => [
        name,
        [it.leads, it.converted, it.rate],
      ]);
      expect(told).toEqual(Object.fromEntries(wanted));
    }
  });

  test("helpdesk: volumes and throughput; tickets by status and channel, and how they were rated", async () => {
    const known = await answersOf("helpdesk-log");
    const events = await rowsOf("helpdesk-log/helpdesk.csv.gz", {
      columns: (names: string[]) => names.map((it, at) => `${it} ${at}`),
    });
    const cases = Map.groupBy(events, (it) => it["Case ID 0"]!);
    const moment = (it: string) => `${it.replaceAll("/", "-").replace(" ", "T")}Z`;
    await make(
      "call_in",
      [...cases].map(([name, them]) => {
        const times = them.map((it) => moment(it["Complete Timestamp 3"]!)).toSorted();
        return { name, first: times[0], last: times.at(-1), events: them.length };
      }),
    );
    const spread = ["p25", "median", "p75", "p90"] as const;
    const { totals } = await run({
      source: "call_in",
      measures: [
        count,
        { id: "events", agg: "sum", of: cel("events") },
        ...spread.map((id, at) => ({ id, agg: "percentile", p: [0.25, 0.5, 0.75, 0.9][at], of: cel("last - first") })),
        { id: "mean", agg: "avg", of: cel("last - first") },
      ],
    });
    const { values } = totals;
    expect([values.n, Number(values.events)]).toEqual([known.cases, known.events]);
    for (const id of [...spread, "mean"])
      expect(Math.abs(Number(values[id]) / 86_400 - known.throughput_days[id]), id).toBeLessThan(0.01);

    const asked = await answersOf("support-tickets");
    const tickets = await rowsOf("support-tickets/customer_support_tickets.csv.gz");
    await make(
      "ticket",
      tickets.map((it) => ({
        name: it["Ticket ID"],
        status: it["Ticket Status"],
        channel: it["Ticket Channel"],
        priority: it["Ticket Priority"],
        type: it["Ticket Type"],
        rating: it["Customer Satisfaction Rating"] ? Number(it["Customer Satisfaction Rating"]) : null,
        answered: it["First Response Time"] ? moment(it["First Response Time"]) : null,
        solved: it["Time to Resolution"] ? moment(it["Time to Resolution"]) : null,
      })),
    );
    for (const path of ["status", "channel", "priority", "type"] as const) {
      const { rows } = await run({ source: "ticket", dimensions: [{ id: "by", path }], measures: [count] });
      expect(Object.fromEntries(rows.map(({ keys, values }: any) => [keys.by, values.n]))).toEqual(asked[path]);
    }
    const rated = await run({
      source: "ticket",
      measures: [
        { id: "mean", agg: "avg", of: cel("rating") },
        { id: "n", agg: "count", where: cel("rating != null") },
      ],
    });
    expect([Number(Number(rated.totals.values.mean).toFixed(4)), rated.totals.values.n]).toEqual([
      asked.mean_rating,
      asked.with_rating,
    ]);
    const { min, max, n, ...waited } = asked.hours_first_response_to_resolution;
    const solved = { of: cel("solved - answered"), where: cel("solved != null && answered != null") };
    const response = await run({
      source: "ticket",
      measures: [
        { id: "n", agg: "count", where: solved.where },
        { id: "early", agg: "count", where: cel("solved < answered") },
        { id: "mean", agg: "avg", ...solved },
        { id: "min", agg: "min", ...solved },
        { id: "max", agg: "max", ...solved },
        ...spread.map((id, at) => ({ id, agg: "percentile", p: [0.25, 0.5, 0.75, 0.9][at], ...solved })),
      ],
    });
    const told = response.totals.values;
    expect([told.n, told.early]).toEqual([n, asked.closed_with_resolution_before_first_response]);
    // Between two tickets the reference takes the earlier one.
    for (const [id, hours] of Object.entries<number>({ min, max, ...waited }))
      expect(Math.abs(Number(told[id]) / 3600 - hours), id).toBeLessThan(0.01);
  }, 60_000);
});
