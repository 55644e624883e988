import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documents, furnish, knowledge, load, readers, rowsBy, users, type Data } from "../fixtures/guarded.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
let boss: Client;
let data: Data;

beforeAll(async () => {
  w = await world({ documents });
  await furnish(w);
  let at = 0;
  data = rowsBy(() => (at = (at * 7919 + 104_729) % 1_000_003) / 1_000_003);
  await load(w, data);
  await w.sql(`update {ws}."user" set roles = '{admin}' where id = $1`, [users[6]]);
  boss = await w.as(users[6]!, "Admin");
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
    ["week", ["2026-W01", "2026-W03", "2026-W09", null]],
  ])("by %s", async (by, wanted) => {
    expect((await ask({ group: [{ field: "day", by }] })).map(({ day }) => day)).toEqual(wanted);
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
  [{ measures: { "x'": "count()" } }, "report.malformed"],
])("refuses %j", async (body, code) => {
  const answer = await boss.post("/api/records/offer/aggregate", body);
  expect([answer.status, answer.json.code]).toEqual([400, code]);
});
