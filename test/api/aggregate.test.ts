import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guardedWorld, knowledge, readers, users, type Data } from "../fixtures/guarded.ts";
import type { Client, World } from "../world.ts";

let w: World;
let boss: Client;
let data: Data;

beforeAll(async () => {
  ({ w, data, boss } = await guardedWorld());
});
afterAll(() => w.close());

const ask = async (body: object, who = boss, entity = "offer") => {
  const answer = await who.post(`/api/records/${entity}/aggregate`, body);
  expect(answer.status, answer.text).toBe(200);
  return answer.json.rows as Record<string, any>[];
};
const live = () => data.offer.filter((row) => row.deleted_at === null);
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + Math.round(one * 10), 0) / 10;

describe("measures", () => {
  test("are exact, and money of several currencies is added one by one", async () => {
    const [row] = await ask({ measures: { n: "count()", total: "sum(amount)", firms: "count_distinct(firm)" } });
    const totals = ["EUR", "JPY"].map((currency) => ({
      amount: String(sum(live().flatMap((it) => (it.amount_currency === currency ? [Number(it.amount)] : [])))),
      currency,
    }));
    expect(row).toEqual({
      n: live().length,
      total: totals,
      firms: new Set(live().flatMap(({ firm }) => firm ?? [])).size,
    });
  });

  test("of one currency are one amount, whatever the other groups hold", async () => {
    const rows = await ask({ group: ["stage", "firm"], measures: { total: "sum(amount)" }, sort: "-total" });
    for (const { stage, firm, total } of rows) {
      const own = live().filter((it) => it.stage === stage && it.firm === (firm?.id ?? null) && it.amount !== null);
      const currencies = [...new Set(own.map((it) => it.amount_currency))].sort();
      const amounts = currencies.map((currency) => ({
        amount: String(sum(own.filter((it) => it.amount_currency === currency).map(({ amount }) => Number(amount)))),
        currency,
      }));
      expect(total).toEqual(amounts.length > 1 ? amounts : (amounts[0] ?? null));
    }
  });

  test("keep to the groups that are answered", async () => {
    const rows = await ask({ group: ["firm"], measures: { n: "count()", total: "sum(amount)" }, sort: "-n", limit: 2 });
    expect(rows).toHaveLength(2);
    expect(rows[0]!.n).toBeGreaterThanOrEqual(rows[1]!.n);
  });

  test("round an average to twelve places, and count days between dates", async () => {
    const rows = await ask({ measures: { third: "avg(margin / 3)", days: "max(day - date('2025-12-31'))" } });
    expect(rows[0]!.third).toMatch(/^\d+(\.\d{1,12})?$/);
    expect(rows[0]!.days).toBe("59");
  });
});

describe("measures of some of the records", () => {
  test("count and add up those that fulfil their filter", async () => {
    const measures = {
      n: "count()",
      early: { of: "count()", filter: "day < date('2026-01-15')" },
      margin: { of: "sum(margin)", filter: "stage == 'won'" },
      total: { of: "sum(amount)", filter: "amount.currency == 'JPY'" },
    };
    const rows = await ask({ group: ["stage"], measures });
    expect(rows.length).toBeGreaterThan(2);
    for (const { stage, n, early, margin, total } of rows) {
      const own = live().filter((it) => it.stage === stage);
      const won = stage === "won" ? own.flatMap((it) => it.margin ?? []) : [];
      const yen = own.flatMap((it) => (it.amount_currency === "JPY" ? [Number(it.amount)] : []));
      expect([n, early]).toEqual([own.length, own.filter(({ day }) => String(day ?? "9") < "2026-01-15").length]);
      expect(margin).toBe(won.length === 0 ? null : String(sum(won.map(Number))));
      expect(total).toEqual(yen.length === 0 ? null : { amount: String(sum(yen)), currency: "JPY" });
    }
  });

  test("keep groups whose measures fulfil `having`, and no others", async () => {
    const all = await ask({ group: ["firm"], measures: { n: "count()", days: "count_distinct(day)" } });
    const wanted = all.filter(({ n, days }) => n > 2 && n / days > 1);
    const rows = await ask({
      group: ["firm"],
      measures: { n: "count()", days: "count_distinct(day)" },
      having: "n > 2 && n / days > 1",
    });
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.length).toBeLessThan(all.length);
    expect(rows).toEqual(wanted);
    const euros = { measures: { total: { of: "sum(amount)", filter: "amount.currency == 'EUR'" } } };
    const [row] = await ask(euros);
    const above = async (limit: string) => (await ask({ ...euros, having: `total > ${limit}` })).length;
    expect([await above("0"), await above(row!.total.amount)]).toEqual([1, 0]);
  });

  test("are told of all records, and of those that are in none of the groups", async () => {
    const measures = { n: "count()", total: "sum(amount)", firms: "count_distinct(firm)", mean: "avg(margin)" };
    const filter = "firm != null";
    const body = { group: ["firm"], measures, filter, sort: "-n", limit: 2, totals: true, other: true };
    const answer = await boss.post("/api/records/offer/aggregate", body);
    expect(answer.status, answer.text).toBe(200);
    const { rows, totals, other } = answer.json;
    expect(rows).toEqual(await ask({ group: ["firm"], measures, filter, sort: "-n", limit: 2 }));
    expect([totals]).toEqual(await ask({ measures, filter }));
    const named = rows.map(({ firm }: any) => ` && firm != '${firm.id}'`).join("");
    expect([other]).toEqual(await ask({ measures, filter: `${filter}${named}` }));
    const whole = await boss.post("/api/records/offer/aggregate", { ...body, limit: 1000, totals: false });
    expect(whole.json.other).toBeNull();
    expect(Object.keys(whole.json).sort()).toEqual(["other", "rows"]);
  });
});

describe("groups", () => {
  test("by a part of a moment follow the zone", async () => {
    const by = (zone: string) => ask({ group: [{ field: "created_at", by: "day", zone }], filter: "id != null" });
    expect((await by("UTC"))[0]!.created_at).toBe("2026-01-02");
    expect((await by("America/Los_Angeles"))[0]!.created_at).toBe("2026-01-01");
  });

  test.each([
    ["year", ["2025", "2026", null]],
    ["quarter", ["2025-Q4", "2026-Q1", null]],
    ["month", ["2025-12", "2026-01", "2026-02", null]],
    ["weekday", ["3", "4", "6", null]],
    ["week", ["2026-W01", "2026-W03", "2026-W09", null]],
  ])("by %s", async (by, wanted) => {
    expect((await ask({ group: [{ field: "day", by }] })).map(({ day }) => day)).toEqual(wanted);
  });

  test("by the hour of a moment follow the zone", async () => {
    const by = (zone: string) => ask({ group: [{ field: "created_at", by: "hour", zone }] });
    const [utc, tokyo] = [await by("UTC"), await by("Asia/Tokyo")];
    expect(utc[0]!.created_at).toMatch(/^2026-01-02T\d\d$/);
    const hours = (row: Record<string, any>) => Date.parse(`${row.created_at}:00:00Z`) / 3_600_000;
    expect(hours(tokyo[0]!) - hours(utc[0]!)).toBe(9);
  });

  test("over a list count a record once under each of its values", async () => {
    const rows = await ask({ group: ["owner.memberships.team.name"] });
    const teams: Readonly<Record<string, readonly number[]>> = { "Team 0": [1, 4], "Team 1": [2, 5] };
    const owners = live().map(({ owner }) => users.indexOf(owner));
    const inTeam = Object.entries(teams).map(([name, them]) => [name, owners.filter((it) => them.includes(it)).length]);
    const outside = owners.filter((it) => !Object.values(teams).flat().includes(it)).length;
    expect(rows.map((row) => [row["owner.memberships.team.name"], row.n])).toEqual([...inTeam, [null, outside]]);
  });

  test("by a reference bear its name", async () => {
    for (const { firm } of await ask({ group: ["firm"] }))
      if (firm) expect(firm.name).toBe(data.firm.find(({ id }) => id === firm.id)!.name);
  });
});

describe.each(readers)("reader $at, who is $roles", (reader) => {
  test("adds up what she may read, and groups by it", async () => {
    const client = await w.as(users[reader.at]!, "reader");
    const known = [...knowledge(reader, "offer", data).values()].filter((row) => row.deleted_at === null);
    const [row] = await ask({ measures: { n: "count()", margin: "sum(margin)" } }, client);
    const margins = known.flatMap(({ margin }) => (typeof margin === "string" ? [Number(margin)] : []));
    expect(row).toEqual({ n: known.length, margin: margins.length === 0 ? null : String(sum(margins)) });
    const groups = await ask({ group: ["note"], sort: "note" }, client);
    const notes = Map.groupBy(known, (it) => (it.note as string | undefined) ?? null);
    expect(new Map(groups.map(({ note, n }) => [note, n]))).toEqual(
      new Map([...notes].map(([note, them]) => [note, them.length])),
    );
  });
});

test.each([
  [{ group: [{ field: "created_at", by: "day", zone: "+09:00" }] }, "report.malformed"],
  [{ search: 7 }, "report.malformed"],
  [{ group: ["amount"] }, "report.malformed"],
  [{ group: ["title", "note", "stage", "day", "margin"] }, "report.malformed"],
  [{ limit: 1001 }, "report.malformed"],
  [{ group: [{ field: "day", by: "hour" }] }, "report.malformed"],
  [{ totals: "yes" }, "report.malformed"],
  [{ having: 7 }, "report.malformed"],
  [{ having: "m > 1" }, "field.unknown"],
  [{ having: "title == 'x'" }, "field.unknown"],
  [{ measures: { n: { of: "count()" } } }, "report.malformed"],
  [{ measures: { n: { of: "count()", filter: "nothing == 1" } } }, "field.unknown"],
  [{ measures: { "x'": "count()" } }, "report.malformed"],
])("refuses %j", async (body, code) => {
  const answer = await boss.post("/api/records/offer/aggregate", body);
  expect([answer.status, answer.json.code]).toEqual([400, code]);
});
