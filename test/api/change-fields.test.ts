import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Property } from "schemas";
import { drafted, published, quarry, settled, stone } from "../fixtures/stones.ts";
import { world, type World } from "../world.ts";

const size: Property = { $anchor: "fld_size", field: "text", title: "Size" };
const choices = (...values: string[]) => values.map((value) => ({ value, title: value.toUpperCase() }));
const kind = (...values: string[]): Property => ({
  $anchor: "fld_kind",
  field: "select",
  title: "Kind",
  choices: choices(...values),
});

/** The same acts on a table that changes in one switch, and on one that is prepared and finished online. */
describe.each([
  ["few rows", 12],
  ["many rows", 5200],
])("on a table with %s", (_, rows) => {
  let here: World;
  beforeAll(async () => {
    here = await world();
  });
  afterAll(() => here.close());
  beforeEach(async () => {
    await published(here, await drafted(here, [stone({ size, kind: kind("hard", "soft") })]));
    await here.sql("delete from {ws}.stone");
    await quarry(here, rows, {
      size: "case when n % 6 = 0 then 'big' else (n % 7)::text end",
      kind: "case when n % 2 = 0 then 'hard' else 'soft' end",
    });
    await here.sql("analyze {ws}.stone");
  });

  const all = (columns: string) => here.sql(`select ${columns} from {ws}.stone order by id`);
  const rowsOf = (n: number) => Math.floor(rows / n);
  const plan = async (change: string) => (await here.admin.post(`/api/changes/${change}/plan`, {})).json;
  const undo = async (version: number, body: object = {}) =>
    settled(here, await here.admin.post(`/api/changes/versions/${version}/undo`, body));

  test("a field is turned into another type: the plan shows what converts, and undo brings back what was typed", async () => {
    const before = await all("id, size");
    const change = await drafted(here, [stone({ size: { ...size, field: "integer" }, kind: kind("hard", "soft") })]);
    const [move] = (await plan(change)).changes;
    expect(move).toMatchObject({ act: "field.retype", breaks: { count: rowsOf(6), entity: "stone" } });
    expect(move.samples[0]).toMatchObject({ before: "big", after: null });
    expect(move.phase).toBe(rows > 5000 ? "prepare" : "switch");
    const { json } = await published(here, change);
    expect((await all("size"))[0].size).toBe(1);
    expect((await all("size"))[5].size).toBeNull();
    await here.sql("update {ws}.stone set size = 77 where name = 'Stone 1'");
    expect((await undo(json.version)).status).toBe(200);
    const after = await all("id, size");
    expect(after[0].size).toBe("77");
    expect(after.slice(1)).toEqual(before.slice(1));
  });

  test("values that do not convert go where their mapping says", async () => {
    const change = await drafted(here, [stone({ size: { ...size, field: "integer" }, kind: kind("hard", "soft") })], {
      "ent_stone#fld_size": { big: "100" },
    });
    expect((await plan(change)).changes[0].breaks).toBeNull();
    const { json } = await published(here, change);
    expect((await all("size"))[5].size).toBe(100);
    expect((await undo(json.version)).status).toBe(200);
    expect((await all("size"))[5].size).toBe("big");
  });

  test("a choice in which records stand goes with a mapping only, and comes back by undo", async () => {
    const before = await all("kind");
    const retired = [stone({ size, kind: kind("hard", "middling") })];
    const open = await drafted(here, retired);
    expect((await plan(open)).changes[0]).toMatchObject({
      act: "choices.change",
      breaks: { count: Math.ceil(rows / 2), filter: 'kind in ["soft"]' },
    });
    const refused = await published(here, open);
    expect([refused.status, refused.json.problems[0].code]).toEqual([422, "publish.choices_stand"]);
    expect(await all("kind")).toEqual(before);
    const { json } = await published(
      here,
      await drafted(here, retired, { "ent_stone#fld_kind": { soft: "middling" } }),
    );
    expect((await all("kind")).filter((row) => row.kind === "middling")).toHaveLength(Math.ceil(rows / 2));
    await here.sql("update {ws}.stone set kind = 'middling' where name = 'Stone 2'");
    expect((await undo(json.version)).status).toBe(200);
    const after = await all("kind");
    expect(after[1].kind).toBe("soft");
    expect(after.filter((_, at) => at !== 1)).toEqual(before.filter((_, at) => at !== 1));
  });

  test("a choice that has come and is held goes by undo with a mapping only", async () => {
    const before = await all("kind");
    const { json } = await published(here, await drafted(here, [stone({ size, kind: kind("hard", "soft", "dusty") })]));
    await here.sql("update {ws}.stone set kind = 'dusty' where name = 'Stone 2'");
    const needs = await undo(json.version);
    expect([needs.status, needs.json.code]).toEqual([409, "undo.needs_mapping"]);
    expect((await undo(json.version, { mapping: { dusty: before[1].kind } })).status).toBe(200);
    expect(await all("kind")).toEqual(before);
  });

  test("a new unique field, an index and a default are there at once, and go again", async () => {
    const code: Property = { $anchor: "fld_code", field: "text", title: "Code", unique: true };
    const colour: Property = { $anchor: "fld_colour", field: "text", title: "Colour", default: "it's grey" };
    const { json, status } = await published(
      here,
      await drafted(here, [stone({ size, kind: kind("hard", "soft"), code, colour }, { required: ["colour"] })]),
    );
    expect([status, json.problems]).toEqual([200, undefined]);
    expect(await here.sql("select distinct colour from {ws}.stone")).toEqual([{ colour: "it's grey" }]);
    const indexes = await here.sql(
      `select count(*)::int as n from pg_indexes where schemaname = $1 and indexdef like '%(code)%'`,
      [here.workspace.schemaName],
    );
    expect(indexes[0].n).toBeGreaterThan(0);
    const [held] = await here.sql(
      `select is_nullable from information_schema.columns where table_schema = $1 and column_name = 'colour'`,
      [here.workspace.schemaName],
    );
    expect(held.is_nullable).toBe("NO");
    expect((await undo(json.version)).status).toBe(200);
    expect((await here.admin.get("/api/records/stone?limit=1")).json.items[0]).not.toHaveProperty("colour");
  });

  test("what would break is told with its records, and nothing is changed", async () => {
    await here.sql("update {ws}.stone set size = null where name in ('Stone 1', 'Stone 3')");
    const change = await drafted(here, [stone({ size, kind: kind("hard", "soft") }, { required: ["size"] })]);
    expect((await plan(change)).changes[0]).toMatchObject({ breaks: { count: 2, filter: "size == null" } });
    const filter = encodeURIComponent((await plan(change)).changes[0].breaks.filter);
    expect((await here.admin.get(`/api/records/stone?filter=${filter}`)).json.items).toHaveLength(2);
    const refused = await published(here, change);
    expect([refused.status, refused.json.problems[0].code]).toEqual([422, "publish.empty"]);
    const doubles = await drafted(here, [stone({ size: { ...size, unique: true }, kind: kind("hard", "soft") })]);
    expect((await plan(doubles)).changes[0].breaks.count).toBeGreaterThan(0);
    const again = await published(here, doubles);
    expect([again.status, again.json.problems[0].code]).toEqual([422, "publish.doubles"]);
    expect(await here.sql("select 1 from {ws}._publish")).toEqual([]);
    const left = await here.sql(
      `select column_name from information_schema.columns where table_schema = $1 and column_name like '\\_new%'`,
      [here.workspace.schemaName],
    );
    expect(left).toEqual([]);
  });

  test("a hidden field comes back with its values, and is dropped after 30 days", async () => {
    const before = await all("size");
    await published(here, await drafted(here, [stone({ kind: kind("hard", "soft") })]));
    await published(here, await drafted(here, [stone({ size, kind: kind("hard", "soft") })]));
    expect(await all("size")).toEqual(before);
    await published(here, await drafted(here, [stone({ kind: kind("hard", "soft") })]));
    const hidden = () =>
      here.sql(
        `select 1 from information_schema.columns where table_schema = $1 and table_name = 'stone' and column_name = '_gone_fld_size'`,
        [here.workspace.schemaName],
      );
    const { sweepGone } = await import("../../runtime/store/gone.ts");
    here.clock.advance(29 * 86_400_000);
    await sweepGone(here.workspace, here.clock.now());
    expect(await hidden()).toHaveLength(1);
    here.clock.advance(2 * 86_400_000);
    await sweepGone(here.workspace, here.clock.now());
    expect(await hidden()).toHaveLength(0);
  });
});
