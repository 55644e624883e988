import { afterAll, beforeAll, expect, test } from "vitest";
import type { EntityDocument, Property } from "schemas";
import { drafted, published, settled, stone } from "../fixtures/stones.ts";
import { world, type World } from "../world.ts";

const employees: Property = { $anchor: "fld_employees", field: "text", title: "Employees" };
const rules = (cel: string): Partial<EntityDocument> => ({
  rules: [{ $anchor: "rule_size", require: { cel }, message: "Nobody has none." }],
});

let here: World;
beforeAll(async () => {
  here = await world({ documents: [stone({ employees }, rules("employees != '0'"))] });
  const written = [
    ...Array.from({ length: 90 }, (_, n) => (n === 0 ? "1,200" : n % 2 === 0 ? `${n},000` : String(n + 10))),
    ...["約50", "約50", "約50", "10-20", "10-20", "10-20"],
    ...[null, null, null, null],
  ];
  const rows = written.map((it, n) => ({ name: `Account ${n}`, ...(it === null ? {} : { employees: it }) }));
  expect((await here.admin.post("/api/records/stone", rows)).status).toBe(201);
});
afterAll(() => here.close());

const plan = async (change: string) => (await here.admin.post(`/api/changes/${change}/plan`, {})).json;
const held = async () => {
  const [row] = await here.sql("select count(employees)::int as n, count(*)::int as all from {ws}.stone");
  return [row.n, row.all];
};
const whole = stone({ employees: { ...employees, field: "integer" } }, rules("employees != 0"));
let version: number;

test("a rule that compared the text is told before anything else", async () => {
  const change = await drafted(here, [
    stone({ employees: { ...employees, field: "integer" } }, rules("employees != '0'")),
  ]);
  const { problems, reads, changes } = await plan(change);
  const path = "/rules/0/require/cel";
  expect(problems).toMatchObject([{ code: "expression.type", path: `/entity/stone${path}` }]);
  expect(reads).toMatchObject([{ of: "ent_stone#fld_employees", kind: "entity", name: "stone", path }]);
  expect(changes).toEqual([]);
});

test("a preview shows that 90 convert, 6 need a decision and 4 stay empty, before anything changes", async () => {
  const { changes, problems, reads } = await plan(await drafted(here, [whole]));
  expect(problems).toEqual([]);
  expect(reads).toHaveLength(1);
  expect(changes[0].conversion).toEqual({
    converts: 90,
    doubtful: 6,
    empty: 4,
    values: [
      { value: "10-20", records: 3 },
      { value: "約50", records: 3 },
    ],
  });
  expect(changes[0].samples[0]).toMatchObject({ after: null });
  expect(await held()).toEqual([96, 100]);
});

test("what a person decided of the doubtful values is what they become, and lists, sums and filters work at once", async () => {
  const change = await drafted(here, [whole], { "ent_stone#fld_employees": { 約50: "50", "10-20": "15" } });
  expect((await plan(change)).changes[0].conversion).toMatchObject({ converts: 96, doubtful: 0, empty: 4, values: [] });
  const done = await published(here, change);
  expect(done.status, done.text).toBe(200);
  version = done.json.version;
  expect(await held()).toEqual([96, 100]);
  const list = async (query: Record<string, string>) =>
    (await here.admin.get(`/api/records/stone?${new URLSearchParams({ limit: "100", ...query })}`)).json.items;
  expect((await list({ filter: "name == 'Account 0'" }))[0].employees).toBe(1200);
  const large = await list({ filter: "employees > 1000", sort: "-employees" });
  expect(large[0].employees).toBe(88_000);
  expect(large.every((it: any) => it.employees > 1000)).toBe(true);
  const { rows } = (
    await here.admin.post("/api/records/stone/aggregate", {
      measures: { all: "sum(employees)", n: "count()" },
      filter: "employees == 50 || employees == 15",
    })
  ).json;
  const odd = await here.sql(
    "select count(*)::int as n, sum(employees)::int as all from {ws}.stone where employees in (50, 15)",
  );
  expect([Number(rows[0].all), rows[0].n]).toEqual([odd[0].all, odd[0].n]);
  expect(odd[0].n).toBeGreaterThanOrEqual(6);
});

test("the old texts are seen in the history of each record, and undo brings them back", async () => {
  const [{ id }] = await here.sql("select id from {ws}.stone where name = 'Account 90'");
  const history = (await here.admin.get(`/api/records/stone/${id}/history`)).json.items;
  expect(history.at(-1).after.employees).toBe("約50");
  expect((await settled(here, await here.admin.post(`/api/versions/${version}/undo`, {}))).status).toBe(200);
  const texts = await here.sql(
    "select employees from {ws}.stone where name in ('Account 0', 'Account 90', 'Account 93') order by name",
  );
  expect(texts.map((it) => it.employees)).toEqual(["1,200", "約50", "10-20"]);
});
