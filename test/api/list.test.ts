import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { world, type World } from "../world.ts";

let w: World;
const ids: Record<string, string> = {};

beforeAll(async () => {
  w = await world({ templates: ["core", "sales"] });
  const companies = [
    { name: "Aoba Instruments", industry: "electronics", employees: 420, country: "Japan" },
    { name: "Brightwater", industry: "retail", employees: 3100, country: "United Kingdom" },
    { name: "禾光百貨", industry: "retail", country: "Taiwan" },
    { name: "100% Sure_", industry: "retail", employees: 5 },
  ];
  for (const company of companies) ids[company.name] = (await w.admin.post("/api/records/company", company)).json.id;
  for (let n = 0; n < 7; n++)
    await w.admin.post("/api/records/deal", {
      title: `Deal ${n}`,
      company: n % 2 === 0 ? ids.Brightwater : ids["Aoba Instruments"],
      amount: { amount: `${100 * n}.50`, currency: "USD" },
      ...(n < 5 ? { close_date: `2026-0${1 + (n % 3)}-15` } : {}),
    });
});
afterAll(() => w.close());

const list = async (entity: string, query: Record<string, string> = {}, who = w.admin) =>
  who.get(`/api/records/${entity}?${new URLSearchParams(query)}`);
const names = async (query: Record<string, string>) => {
  const answer = await list("company", { sort: "name", ...query });
  expect(answer.text, JSON.stringify(query)).toContain('"items"');
  return answer.json.items.map(({ name }: { name: string }) => name);
};

describe("a list", () => {
  test.each([
    ["industry == 'retail' && employees > 100", ["Brightwater"]],
    ["employees == null", ["禾光百貨"]],
    ["!(employees > 100)", ["100% Sure_", "禾光百貨"]],
    ["name.contains('光')", ["禾光百貨"]],
    ["deals.any(d, d.amount > 500)", ["Aoba Instruments", "Brightwater"]],
    ["deals.none(d, d.amount != null)", ["100% Sure_", "禾光百貨"]],
    ["owner == user && country == 'Japan'", ["Aoba Instruments"]],
  ])("filters by %s", async (filter, expected) => expect(await names({ filter })).toEqual(expected));

  test.each([
    ["bright", ["Brightwater"]],
    ["光百", ["禾光百貨"]],
    ["100%", ["100% Sure_"]],
    ["sure_", ["100% Sure_"]],
    ["%", ["100% Sure_"]],
  ])("searches for %j", async (search, expected) => expect(await names({ search })).toEqual(expected));

  test("filters and sorts over references", async () => {
    const answer = await list("deal", {
      filter: "company.industry == 'retail'",
      sort: "-amount",
      fields: "title,amount",
    });
    expect(answer.json.items.map(({ title }: any) => title)).toEqual(["Deal 6", "Deal 4", "Deal 2", "Deal 0"]);
    const byCompany = await list("deal", { sort: "company,-title" });
    expect(byCompany.json.items.map(({ title }: any) => title)).toEqual([
      "Deal 5",
      "Deal 3",
      "Deal 1",
      "Deal 6",
      "Deal 4",
      "Deal 2",
      "Deal 0",
    ]);
  });

  test.each(["close_date,amount", "-close_date", "company,-amount", "weighted", "-created_at"])(
    "pages through the order %s without losing or doubling a record, empty values last",
    async (sort) => {
      const whole = (await list("deal", { sort })).json.items.map(({ id }: any) => id);
      const paged: string[] = [];
      let cursor: string | null = null;
      do {
        const answer = await list("deal", { sort, limit: "2", ...(cursor ? { cursor } : {}) });
        paged.push(...answer.json.items.map(({ id }: any) => id));
        cursor = answer.json.next;
      } while (cursor !== null);
      expect(paged).toEqual(whole);
      expect(new Set(paged).size).toBe(7);
    },
  );

  test("names what references point at, and expands them", async () => {
    const [deal] = (await list("deal", { sort: "title", expand: "company.owner" })).json.items;
    expect(deal._names).toMatchObject({ company: "Brightwater", owner: "Ada" });
    expect(deal.company).toMatchObject({ id: ids.Brightwater, name: "Brightwater", owner: { name: "Ada" } });
    expect(deal.stage).toBe("prospecting");
    expect(deal.weighted).toEqual({ amount: "0.05", currency: "USD" });
  });

  test("counts exactly, up to a cap, by estimate, or not at all", async () => {
    expect((await list("deal", { count: "exact", limit: "1" })).json.count).toEqual({ value: 7, more: false });
    expect((await list("deal", { count: "capped", limit: "1" })).json.count).toEqual({ value: 7, more: false });
    expect((await list("deal", { count: "estimate" })).json.count.value).toBeGreaterThan(0);
    expect((await list("deal")).json.count).toBeUndefined();
  });

  test("takes no cursor of another list, reader or making", async () => {
    const { next } = (await list("deal", { limit: "2" })).json;
    const other = await w.user("Otto", { roles: ["sales_manager"] });
    for (const answer of [
      await list("deal", { limit: "2", sort: "title", cursor: next }),
      await list("deal", { limit: "2", cursor: next }, other),
      await list("deal", { limit: "2", cursor: "AAAA" }),
    ]) {
      expect(answer.status).toBe(410);
      expect(answer.json.code).toBe("cursor.stale");
    }
  });
});

describe("bad questions get a clear answer", () => {
  test.each<[string, Record<string, string>, string]>([
    ["an unknown field in a filter", { filter: "amout > 3" }, "field.unknown"],
    ["an unknown field in an order", { sort: "amout" }, "field.unknown"],
    ["an unknown field to answer", { fields: "amout" }, "field.unknown"],
    ["an unknown reference to expand", { expand: "compny" }, "field.unknown"],
    ["an unknown operator", { filter: "amount ~ 3" }, "expression.syntax"],
    ["a wrong type", { filter: "title > 3" }, "expression.type"],
    ["a filter of depth 100", { filter: `${"(".repeat(100)}true${")".repeat(100)}` }, "expression.too_deep"],
    [
      "a filter of many parts",
      { filter: Array.from({ length: 600 }, () => "true").join(" && ") },
      "expression.too_large",
    ],
    ["SQL for an order", { sort: "title; drop table deal" }, "query.sort"],
    ["limit -1", { limit: "-1" }, "query.limit"],
    ["limit 0", { limit: "0" }, "query.limit"],
    ["limit 1e9", { limit: "1e9" }, "query.limit"],
    ["limit NaN", { limit: "NaN" }, "query.limit"],
    ["an unknown parameter", { offset: "3" }, "query.unknown"],
    ["NUL in an address", { search: "a\0b" }, "address.not_text"],
    ["another count", { count: "all" }, "query.choice"],
  ])("%s", async (_, query, code) => {
    const answer = await list("deal", query);
    expect(answer.status).toBe(code === "field.unknown" || answer.status === 400 ? 400 : 422);
    expect(answer.json.code).toBe(code);
    expect(answer.headers.get("content-type")).toContain("problem+json");
  });

  test("all faults at once", async () => {
    const answer = await list("deal", { filter: "amout > 3", sort: "titel", limit: "0" });
    expect(answer.json.problems.map(({ path }: any) => path)).toEqual(["/filter", "/sort", "/limit"]);
    expect(answer.json.problems.map(({ hint }: any) => hint)).toEqual(["amount", "title", undefined]);
  });

  test("an unknown entity, with a hint; a record that is none", async () => {
    expect((await list("deel")).json).toMatchObject({
      status: 404,
      code: "entity.unknown",
      problems: [{ hint: "deal" }],
    });
    expect((await w.admin.get("/api/records/deal/nonsense")).status).toBe(404);
  });
});

describe("an aggregate", () => {
  const aggregate = async (body: object, who = w.admin) => who.post("/api/records/deal/aggregate", body);

  test("groups, measures, filters and sorts", async () => {
    const answer = await aggregate({
      group: ["company"],
      measures: { n: "count()", total: "sum(amount)", mean: "avg(amount)" },
      sort: "-total",
    });
    expect(answer.json.rows).toEqual([
      {
        company: { id: ids.Brightwater, name: "Brightwater" },
        n: 4,
        total: { amount: "1202", currency: "USD" },
        mean: { amount: "300.5", currency: "USD" },
      },
      {
        company: { id: ids["Aoba Instruments"], name: "Aoba Instruments" },
        n: 3,
        total: { amount: "901.5", currency: "USD" },
        mean: { amount: "300.5", currency: "USD" },
      },
    ]);
  });

  test("takes parts of dates, and days between dates", async () => {
    const answer = await aggregate({
      group: [{ field: "close_date", by: "quarter" }],
      measures: { n: "count()", days: "avg(today - close_date)" },
    });
    expect(answer.json.rows).toEqual([
      { close_date: "2026-Q1", n: 5, days: "21.8" },
      { close_date: null, n: 2, days: null },
    ]);
  });

  test("answers money of several currencies one by one", async () => {
    const { json } = await w.admin.post("/api/records/deal", {
      title: "Yen",
      amount: { amount: "7", currency: "JPY" },
    });
    const answer = await aggregate({ measures: { total: "sum(amount)" } });
    expect(answer.json.rows).toEqual([
      {
        total: [
          { amount: "7", currency: "JPY" },
          { amount: "2103.5", currency: "USD" },
        ],
      },
    ]);
    await w.admin.delete(`/api/records/deal/${json.id}`, { "if-match": '"1"' });
  });

  test.each([
    [{ group: ["nothing"] }, "field.unknown"],
    [{ measures: { x: "median(amount)" } }, "report.measure"],
    [{ measures: { x: "sum(title)" } }, "report.malformed"],
    [{ group: [{ field: "title", by: "month" }] }, "report.malformed"],
    [{ group: [{ field: "close_date", by: "month", zone: "Mars/Base" }] }, "report.malformed"],
    [{ sort: "-nothing" }, "report.malformed"],
    [{ limit: 0 }, "report.malformed"],
    [{ having: "x" }, "field.unknown"],
    [{ halving: "x" }, "query.unknown"],
  ])("refuses %j", async (body, code) => {
    const answer = await aggregate(body);
    expect([answer.status, answer.json.code]).toEqual([400, code]);
  });
});
