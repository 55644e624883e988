import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyDocument, EntityDocument, Property, Transition, WorkflowDocument } from "schemas";
import { systemTables } from "engine/sql";
import { createWorkspace, migrate } from "../../runtime/database/migrate.ts";
import { openPool, type Pool } from "../../runtime/database/pool.ts";
import { newId } from "../../runtime/id.ts";
import { publish } from "../../runtime/store/publish.ts";
import { rehearse } from "../../runtime/store/switch.ts";
import { Workspace } from "../../runtime/workspace.ts";
import { freshDatabase } from "../world.ts";

const now = new Date("2026-03-02T09:00:00.000Z");
const name: Property = { $anchor: "fld_name", field: "text", title: "Name" };
const price: Property = { $anchor: "fld_price", field: "money", title: "Price" };

function entity(id: string, properties: Record<string, Property>, more: Partial<EntityDocument> = {}): EntityDocument {
  return {
    $schema: "urn:trellis:entity:1",
    $id: id,
    $anchor: "ent_ship",
    type: "object",
    title: id,
    properties,
    ...more,
  };
}

let pool: Pool;
let drop: () => Promise<void>;
let workspace: Workspace;

beforeAll(async () => {
  const database = await freshDatabase();
  drop = database.drop;
  pool = openPool(database.url, () => undefined);
  await migrate(pool, now);
  workspace = new Workspace("main", await createWorkspace(pool, "main", systemTables, now), pool);
  await workspace.refresh();
});
afterAll(async () => {
  await pool.end();
  await drop();
});

const live = (...documents: AnyDocument[]) => publish(workspace, { documents, reason: "", author: null, now });
const sql = async (text: string, values: unknown[] = []) =>
  (await pool.query(text.replaceAll("{ws}", workspace.schema), values)).rows;
const add = (table: string, values: Record<string, unknown>) => {
  const all = { id: newId(now), created_at: now, updated_at: now, version: 1, ...values };
  const columns = Object.keys(all).map((column) => `"${column}"`);
  const places = columns.map((_, index) => `$${index + 1}`);
  return sql(`insert into {ws}."${table}" (${columns.join()}) values (${places.join()})`, Object.values(all));
};
const columns = async (table: string) =>
  (
    await sql(
      `select column_name as name, is_nullable = 'NO' as held from information_schema.columns
       where table_schema = $1 and table_name = $2 order by ordinal_position`,
      [workspace.schemaName, table],
    )
  ).map(({ name, held }) => (held ? `${name}!` : name));
const refused = async (work: Promise<unknown>) =>
  work.then(
    () => [],
    (error) => error.faults.map(({ code, detail }: { code: string; detail: string }) => `${code} ${detail}`),
  );

describe("a published entity", () => {
  test("has a table with its fields and those of the system", async () => {
    const { version, changes } = await live(entity("ship", { name, price }, { required: ["name"] }));
    expect(version).toBe(1);
    expect(changes.map(({ title }) => title)).toEqual(["Create ship."]);
    expect(await columns("ship")).toEqual([
      "name!",
      "price",
      "price_currency",
      "id!",
      "created_at!",
      "created_by",
      "updated_at!",
      "updated_by",
      "owner",
      "version!",
      "deleted_at",
    ]);
    expect(workspace.model.entities.has("ship")).toBe(true);
    expect((await live(entity("ship", { name, price }, { required: ["name"] }))).version).toBe(1);
  });

  test("keeps its rows through renames of itself and its fields", async () => {
    await add("ship", { name: "Argo", price: "1.50", price_currency: "EUR" });
    await live(entity("vessel", { label: name, cost: price }, { required: ["label"] }));
    expect(await sql(`select label, cost, cost_currency from {ws}.vessel`)).toEqual([
      { label: "Argo", cost: "1.50", cost_currency: "EUR" },
    ]);
  });

  test("may change the names of two fields with each other", async () => {
    const other: Property = { $anchor: "fld_other", field: "text", title: "Other" };
    await live(entity("vessel", { label: name, other }));
    await sql(`update {ws}.vessel set other = 'second'`);
    await live(entity("vessel", { other: name, label: other }));
    expect(await sql(`select label, other from {ws}.vessel`)).toEqual([{ label: "second", other: "Argo" }]);
    await live(entity("ship", { name, price }));
  });

  test("hides what is removed and brings it back with its values", async () => {
    await live(entity("ship", { name }));
    expect(await columns("ship")).toContain("_gone_fld_price");
    await live(entity("ship", { name, cost: price }));
    const [row] = await sql(`select name, cost, cost_currency from {ws}.ship`);
    expect(row.name).toBe("Argo");
    await live();
    expect(await columns("ship")).toEqual([]);
    await live(entity("ship", { name }));
    expect(await sql(`select name from {ws}.ship`)).toEqual([{ name: "Argo" }]);
    await live(entity("ship", { name, dear: price }));
    expect(await sql(`select dear, dear_currency from {ws}.ship`)).toEqual([
      { dear: row.cost, dear_currency: row.cost_currency },
    ]);
    await live(entity("ship", { name }));
  });

  test("asks for a field only when all records have it, and fills it by the default", async () => {
    const flag: Property = { $anchor: "fld_flag", field: "text", title: "Flag" };
    expect(await refused(live(entity("ship", { name, flag }, { required: ["flag"] })))).toEqual([
      'publish.empty "flag" of "ship" cannot be asked for: 1 records leave it empty.',
    ]);
    expect(await columns("ship")).not.toContain("flag");
    await live(entity("ship", { name, flag: { ...flag, default: "red" } }, { required: ["flag"] }));
    expect(await sql(`select flag from {ws}.ship`)).toEqual([{ flag: "red" }]);
    await live(entity("ship", { name, flag }));
    expect(await columns("ship")).toContain("flag");
  });

  test("lets no value stand twice only where none does, and ignores the trash", async () => {
    await add("ship", { name: "Argo" });
    const unique = entity("ship", { name: { ...name, unique: true } });
    expect(await refused(live(unique))).toEqual([
      'publish.doubles "name" of "ship" cannot be unique: 1 values stand more than once.',
    ]);
    await sql(`update {ws}.ship set deleted_at = $1 where flag is null`, [now]);
    await live(unique);
    await expect(add("ship", { name: "Argo" })).rejects.toThrow(/uq_/);
    await live(entity("ship", { name }));
    await add("ship", { name: "Argo" });
  });

  test("turns a field into another type and keeps what can be kept", async () => {
    const size: Property = { $anchor: "fld_size", field: "text", title: "Size" };
    await live(entity("ship", { name, size }));
    await sql(`update {ws}.ship set size = '12.5' where deleted_at is null`);
    await live(entity("ship", { name, size: { ...size, field: "decimal" } }));
    expect((await sql(`select distinct size from {ws}.ship where deleted_at is null`))[0].size).toBe("12.5");
  });

  test("points at its targets by foreign keys inside the workspace", async () => {
    const sister: Property = {
      $anchor: "fld_sister",
      field: "reference",
      to: "ship",
      title: "Sister",
      inverse: "sisters",
    };
    await live(entity("ship", { name, sister }));
    await expect(add("ship", { name: "Ghost", sister: newId(now) })).rejects.toThrow(/fk_/);
  });
});

describe("a workflow", () => {
  const voyage = (states: WorkflowDocument["states"]): WorkflowDocument => ({
    $schema: "urn:trellis:workflow:1",
    id: "voyage",
    initial: "out",
    states,
    meta: {
      id: "wf_voyage",
      title: "Voyage",
      format: "wf/1",
      kind: "pipeline",
      entity: "ship",
      events: { "ship.land": { title: "Land", source: "user" } },
    },
  });
  const home = { tags: ["end"], meta: { id: "st_home", title: "Home" } };
  const landing: [Transition] = [{ target: "home", meta: { id: "tr_land" } }];
  const out = { on: { "ship.land": landing }, meta: { id: "st_out", title: "Out" } };
  const sailing = entity("ship", {
    name,
    stage: { $anchor: "fld_stage", field: "state", workflow: "voyage", title: "Stage" },
  });

  test("takes up the records that stood before it, in its first state", async () => {
    await live(entity("ship", { name }));
    const { version } = await live(sailing, voyage({ out, home }));
    const rows = await sql(
      `select count(*)::int as n, count(distinct stage)::int as stages, max(stage) as stage from {ws}.ship`,
    );
    const runs = await sql(`select count(*)::int as n, max(state) as state, max(version) as version from {ws}._run`);
    expect(rows[0]).toMatchObject({ stages: 1, stage: "out" });
    expect(runs[0]).toEqual({ n: rows[0].n, state: "out", version });
  });

  test("keeps a state in which records stand, and touches none where they stay", async () => {
    const sea = { ...out, meta: { id: "st_sea", title: "Sea" } };
    const document = { ...voyage({ sea, home }), initial: "sea" };
    const [told] = await refused(live(sailing, document));
    expect(told).toContain("publish.runs_stand");
    const rows = () => sql("select xmin::text, id, version from {ws}._run order by id");
    const before = await rows();
    await live(sailing, voyage({ out: { ...out, meta: { id: "st_out", title: "Away" } }, home }));
    expect(await rows()).toEqual(before);
  });
});

describe("a publish", () => {
  test("is all or nothing, and tells all faults", async () => {
    const before = await sql("select * from {ws}._document order by anchor");
    const twice = entity("ship", {
      name,
      other: name,
      sister: { $anchor: "fld_s", field: "reference", to: "sea", title: "S" },
    });
    expect((await refused(live(twice))).map((it: string) => it.split(" ")[0])).toEqual([
      "anchor.taken",
      "document.entity_unknown",
    ]);
    expect(await sql("select * from {ws}._document order by anchor")).toEqual(before);
  });

  test("is written down with its plan and its difference", async () => {
    await live(entity("ship", { name, price }));
    const { version } = await live(entity("ship", { name }, { title: "Schiff" }));
    const [row] = await sql("select documents, plan from {ws}._version where number = $1", [version]);
    expect(row.documents[0].after.title).toBe("Schiff");
    expect(row.plan.map(({ act }: { act: string }) => act)).toEqual(["field.hide", "document.change"]);
  });

  test("can be rehearsed without doing anything", async () => {
    const rehearsed = await rehearse(pool, workspace, workspace.model, []);
    expect(rehearsed.changes.map(({ act }) => act)).toEqual(["entity.hide"]);
    expect(await columns("ship")).not.toEqual([]);
  });

  test("of several processes at a time comes one after the other", async () => {
    const titles = ["A", "B", "C", "D"];
    const versions = await Promise.all(titles.map((title) => live(entity("ship", { name }, { title }))));
    expect(new Set(versions.map(({ version }) => version)).size).toBe(4);
    expect(titles).toContain(workspace.model.entities.get("ship")?.title);
  });
});
