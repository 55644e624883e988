import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyDocument } from "schemas";
import { guardedWorld, knowledge, readers, users, type Data, type Row } from "../fixtures/guarded.ts";
import type { Client, World } from "../world.ts";

const drink: AnyDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "drink",
  $anchor: "ent_drink",
  type: "object",
  title: "Drink",
  properties: {
    name: { $anchor: "fld_drink_name", field: "text", title: "Name" },
    tastes: {
      $anchor: "fld_tastes",
      field: "multi_select",
      title: "Tastes",
      choices: ["sweet", "sour", "bitter"].map((value) => ({ value, title: value })),
    },
  },
} as AnyDocument;

let w: World;
let boss: Client;
let data: Data;

beforeAll(async () => {
  ({ w, data, boss } = await guardedWorld([drink]));
});
afterAll(() => w.close());

const ask = async (body: object, who = boss, entity = "offer") => {
  const answer = await who.post(`/api/records/${entity}/facets`, body);
  expect(answer.status, answer.text).toBe(200);
  return answer.json as { facets: Record<string, { values: any[]; more: boolean }>; count: object };
};
const live = () => data.offer.filter((row) => row.deleted_at === null);
const counts = (rows: readonly Row[], of: (row: Row) => unknown) =>
  new Map([...Map.groupBy(rows, of)].map(([value, them]) => [value, them.length]));
const told = ({ values }: { values: any[] }) => new Map(values.map(({ value, count }) => [value?.id ?? value, count]));

test("the values of fields come with the number of records that have them, the most frequent first", async () => {
  const { facets, count } = await ask({ fields: ["stage", "firm", { field: "day", by: "month" }, "margin"] });
  expect(count).toEqual({ value: live().length, more: false });
  expect(told(facets.stage!)).toEqual(counts(live(), ({ stage }) => stage));
  expect(told(facets.firm!)).toEqual(counts(live(), ({ firm }) => firm));
  expect(told(facets.day!)).toEqual(counts(live(), ({ day }) => (day as string | null)?.slice(0, 7) ?? null));
  const numbers = facets.firm!.values.map((it) => it.count);
  expect(numbers).toEqual(numbers.toSorted((one, other) => other - one));
  for (const { value } of facets.firm!.values)
    if (value) expect(value.name).toBe(data.firm.find(({ id }) => id === value.id)!.name);
});

test("each facet counts what was chosen of the others, and not its own choice", async () => {
  const [firm] = live().flatMap((it) => it.firm ?? []);
  const { facets, count } = await ask({
    fields: ["stage", "firm"],
    filter: "day != null",
    chosen: { stage: ["won", null], firm: [firm], margin: [] },
  });
  const dated = live().filter(({ day }) => day !== null);
  const staged = (it: Row) => it.stage === "won" || it.stage === null;
  expect(told(facets.stage!)).toEqual(
    counts(
      dated.filter((it) => it.firm === firm),
      ({ stage }) => stage,
    ),
  );
  expect(told(facets.firm!)).toEqual(counts(dated.filter(staged), (it) => it.firm));
  expect(count).toEqual({ value: dated.filter((it) => it.firm === firm && staged(it)).length, more: false });
  const narrowed = await ask({ fields: ["stage"], chosen: { firm: [firm] } });
  expect(Object.keys(narrowed.facets)).toEqual(["stage"]);
  expect(told(narrowed.facets.stage!)).toEqual(
    counts(
      live().filter((it) => it.firm === firm),
      ({ stage }) => stage,
    ),
  );
});

test("a choice of several counts under each of them", async () => {
  const drinks = [{ tastes: ["sweet", "sour"] }, { tastes: ["sour"] }, { tastes: ["bitter", "sour"] }, {}];
  expect((await boss.post("/api/records/drink", drinks)).status).toBe(201);
  const { facets } = await ask({ fields: ["tastes"], chosen: { name: [null] } }, boss, "drink");
  expect([...told(facets.tastes!)]).toEqual([
    ["sour", 3],
    ["bitter", 1],
    ["sweet", 1],
    [null, 1],
  ]);
  const { count } = await ask({ fields: ["name"], chosen: { tastes: ["sweet", "bitter"] } }, boss, "drink");
  expect(count).toEqual({ value: 2, more: false });
});

test("values that begin with what was typed are found, whatever their case", async () => {
  const firms = data.firm.filter((it) => it.deleted_at === null);
  const [{ name }] = firms as any;
  const start = String(name).slice(0, 3);
  const typed = await boss.get(`/api/records/firm/facets?fields=name&prefix=${start.toUpperCase()}&limit=50`);
  const wanted = firms.filter((it) => String(it.name).toLowerCase().startsWith(start.toLowerCase()));
  expect(told(typed.json.facets.name)).toEqual(counts(wanted, (it) => it.name));
  const referred = await ask({ fields: [{ field: "firm", prefix: String(name) }] });
  for (const { value } of referred.facets.firm!.values) expect(value.name.startsWith(name)).toBe(true);
  const few = await boss.get("/api/records/firm/facets?fields=name&limit=1");
  expect([few.json.facets.name.values.length, few.json.facets.name.more]).toEqual([1, true]);
  expect((await boss.get("/api/records/firm/facets?fields=name&prefix=%25")).json.facets.name.values).toEqual([]);
  const chosen = encodeURIComponent(JSON.stringify({ name: [name] }));
  expect((await boss.get(`/api/records/firm/facets?fields=region&chosen=${chosen}`)).json.count.value).toBe(
    firms.filter((it) => it.name === name).length,
  );
});

describe.each(readers)("reader $at, who is $roles", (reader) => {
  test("counts what she may read", async () => {
    const client = await w.as(users[reader.at]!, "reader");
    const known = [...knowledge(reader, "offer", data).values()].filter((row) => row.deleted_at === null) as Row[];
    const { facets, count } = await ask({ fields: ["note", "margin"] }, client);
    expect(count).toEqual({ value: known.length, more: false });
    expect(told(facets.note!)).toEqual(counts(known, ({ note }) => note ?? null));
    expect(facets.margin!.values.find(({ value }) => value === null)?.count ?? 0).toBe(
      known.filter(({ margin }) => (margin ?? null) === null).length,
    );
  });
});

test("a field that its reader never sees is neither counted nor chosen", async () => {
  const [reader] = readers.filter(({ roles }) => roles.includes("narrow" as never));
  const client = await w.as(users[reader!.at]!, "reader");
  for (const body of [{ fields: ["rating"] }, { fields: ["name"], chosen: { rating: ["9"] } }]) {
    const answer = await client.post("/api/records/firm/facets", body);
    expect([answer.status, answer.json.code]).toEqual([400, "field.unknown"]);
  }
});

test.each([
  [{}, "/fields"],
  [{ fields: [] }, "/fields"],
  [{ fields: ["stage", "stage"] }, "/fields"],
  [{ fields: ["amount"] }, "/fields/0"],
  [{ fields: ["created_at"] }, "/fields/0"],
  [{ fields: [7] }, "/fields/0"],
  [{ fields: ["owner.memberships.team.name"] }, "/fields/0"],
  [{ fields: ["stage"], limit: 0 }, "/limit"],
  [{ fields: ["stage"], chosen: { stage: "won" } }, "/chosen/stage"],
  [{ fields: [{ field: "stage", prefix: 5 }] }, "/fields/0/prefix"],
])("refuses %j", async (body, path) => {
  const answer = await boss.post("/api/records/offer/facets", body);
  expect([answer.status, answer.json.problems?.[0]?.path ?? answer.json.path], answer.text).toEqual([400, path]);
});
