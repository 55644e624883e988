import type { EntityDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operate } from "../../runtime/store/operation.ts";
import { statements as undoneTables } from "../../runtime/store/migrations/workspace-7-undone.ts";
import { writeRecords } from "../../runtime/store/write.ts";
import { newId } from "../../runtime/id.ts";
import { dump, harbourDocuments, memory } from "../harbour.ts";
import { world, type Client, type World } from "../world.ts";

/** What lies in ships, and on each other. */
const crate: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "crate",
  $anchor: "ent_crate",
  type: "object",
  title: "Crate",
  name_field: "name",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    ship: { $anchor: "fld_ship", field: "reference", to: "ship", title: "Ship", inverse: "crates" },
    onto: { $anchor: "fld_onto", field: "reference", to: "crate", title: "Onto" },
  },
};

let here: World;
let admin: Client;
beforeAll(async () => {
  here = await world({ documents: [...harbourDocuments, crate] });
  admin = here.admin;
});
afterAll(() => here.close());

const matching = (version: number) => ({ "if-match": `"${version}"` });
const records = () => dump(here, memory);
const operation = (answer: { headers: Headers }) => answer.headers.get("trellis-operation") ?? "";
const undo = (id: string, how = "") => admin.post(`/api/operations/${id}/undo${how}`);

test("what was made is gone, numbers excepted, and the memory stays", async () => {
  await admin.post("/api/records/ship", { name: "First" });
  const before = await dump(here, [...memory, "_counter"]);
  const made = await admin.post("/api/records/ship", [{ name: "A" }, { name: "B" }]);
  const undone = await undo(operation(made));
  expect(undone.json).toMatchObject({ removed: 2, restored: 0, conflicts: [] });
  expect(await dump(here, [...memory, "_counter"])).toEqual(before);
  expect(
    await here.sql("select act from {ws}._history where record = $1 order by id", [made.json.items[0].id]),
  ).toEqual([{ act: "create" }, { act: "remove" }]);
  expect((await undo(operation(made))).json.code).toBe("operation.undone");
  expect((await admin.get(`/api/operations/${operation(made)}`)).json).toMatchObject({
    kind: "create",
    undone_by: undone.json.operation,
  });
});

test("what was changed is as it was, and no version is ever used twice", async () => {
  const { json } = await admin.post("/api/records/ship", { name: "Argo", crew: 1 });
  const before = await records();
  here.clock.advance(60_000);
  const changed = await admin.patch(`/api/records/ship/${json.id}`, { crew: 2, name: "Argos" }, matching(1));
  expect((await undo(operation(changed))).json).toMatchObject({ restored: 1, conflicts: [] });
  expect(await records()).toEqual(before);
  const again = await admin.patch(`/api/records/ship/${json.id}`, { crew: 3 }, matching(1));
  expect(again.json.version).toBe(3);
  expect((await admin.patch(`/api/records/ship/${json.id}`, { crew: 4 }, matching(2))).status).toBe(412);
});

test("an installation from before learns from its history which versions are used", async () => {
  const { json } = await admin.post("/api/records/ship", { name: "Argo" });
  const changed = await admin.patch(`/api/records/ship/${json.id}`, { name: "Argos" }, matching(1));
  await undo(operation(changed));
  await here.sql("drop table {ws}._undone");
  for (const statement of undoneTables) await here.sql(statement);
  const again = await admin.patch(`/api/records/ship/${json.id}`, { name: "Argo II" }, matching(1));
  expect(again.json.version).toBe(3);
});

test("an undo is undone like everything else", async () => {
  const { json } = await admin.post("/api/records/ship", { name: "Argo", crew: 1 });
  const changed = await admin.patch(`/api/records/ship/${json.id}`, { crew: 2 }, matching(1));
  const after = await records();
  const undone = await undo(operation(changed));
  expect((await undo(undone.json.operation)).json).toMatchObject({ restored: 1, conflicts: [] });
  expect(await records()).toEqual(after);
});

test("what others have changed since stays, is told, and goes back by force", async () => {
  const { json } = await admin.post("/api/records/ship", { name: "Argo", crew: 1 });
  const changed = await admin.patch(`/api/records/ship/${json.id}`, { crew: 2 }, matching(1));
  await admin.patch(`/api/records/ship/${json.id}`, { name: "Argos" }, matching(2));
  const before = await records();
  const undone = await undo(operation(changed));
  expect(undone.json).toMatchObject({ restored: 0, conflicts: [{ entity: "ship", id: json.id, why: "changed" }] });
  expect(await records()).toEqual(before);
  expect((await undo(operation(changed), "?force=true")).json).toMatchObject({ restored: 1, conflicts: [] });
  expect(await here.sql("select name, crew, version from {ws}.ship where id = $1", [json.id])).toEqual([
    { name: "Argos", crew: 1, version: 4 },
  ]);
});

test("a record that others point at by now stays", async () => {
  const made = await admin.post("/api/records/harbour", { name: "Late" });
  await admin.post("/api/records/ship", { name: "Guest", berth: made.json.id });
  expect((await undo(operation(made))).json).toMatchObject({ removed: 0, conflicts: [{ why: "needed" }] });
});

test("the trash gives back what went along, but not a value that is taken", async () => {
  const root = (await admin.post("/api/records/harbour", { name: "Root" })).json.id;
  await admin.post("/api/records/harbour", { name: "Part", parent: root });
  const before = await records();
  const gone = await admin.delete(`/api/records/harbour/${root}`, matching(1));
  expect((await undo(operation(gone))).json).toMatchObject({ restored: 2, conflicts: [] });
  expect(await records()).toEqual(before);
  const again = await admin.delete(`/api/records/harbour/${root}`, matching(1));
  await admin.post("/api/records/harbour", { name: "Root" });
  expect((await undo(operation(again))).json).toMatchObject({ restored: 1, conflicts: [{ id: root, why: "taken" }] });
});

test("what went along hidden is not told: neither how many, nor that it stays", async () => {
  const sailor = await here.user("Popeye", { roles: ["sailor"] });
  const ship = (await sailor.post("/api/records/ship", { name: "Hers" })).json.id as string;
  const about = { entity: "ship", id: ship };
  const made = await admin.post("/api/records/entry", [
    { text: "Leaks", about },
    { text: "Rusts", about },
  ]);
  const gone = await sailor.delete(`/api/records/ship/${ship}`, matching(1));
  expect((await sailor.get(`/api/operations/${operation(gone)}`)).json).toMatchObject({ rows: 1, done: 1 });
  const [{ id }] = made.json.items;
  await admin.post(`/api/records/entry/${id}/restore`);
  const again = `/api/operations/${operation(gone)}/undo`;
  const told = { restored: 1, removed: 0, conflicts: [] };
  expect((await sailor.post(`${again}?preview=true`)).json).toEqual(told);
  const undone = await sailor.post(again);
  expect(undone.json).toMatchObject(told);
  expect((await sailor.get(`/api/operations/${operation(undone)}`)).json).toMatchObject({ rows: 1, done: 1 });
  expect(await here.sql("select text from {ws}.entry where deleted_at is null order by text")).toEqual([
    { text: "Leaks" },
    { text: "Rusts" },
  ]);
});

test("what comes back hidden, or leads to another record since, is not counted for who does not see it", async () => {
  const sailor = await here.user("Wendy", { roles: ["sailor"] });
  const [one, other] = (await sailor.post("/api/records/ship", [{ name: "One" }, { name: "Other" }])).json.items;
  const about = { entity: "ship", id: one.id };
  await admin.post("/api/records/entry", { text: "Creaks", about });
  await sailor.delete(`/api/records/ship/${one.id}`, matching(1));
  const rows = async (done: { headers: Headers }) =>
    (await sailor.get(`/api/operations/${operation(done)}`)).json.rows as number;
  expect(await rows(await sailor.post(`/api/records/ship/${one.id}/restore`))).toBe(1);
  const joined = await sailor.post(`/api/records/ship/${one.id}/merge`, { into: other.id });
  expect([joined.status, await rows(joined)]).toEqual([200, 1]);
  expect(await here.sql("select about_id from {ws}.entry where text = 'Creaks' and deleted_at is null")).toEqual([
    { about_id: other.id },
  ]);
});

test("what stays because others point at it keeps what it points at itself", async () => {
  const made = await admin.post("/api/records/ship", { name: "Barge", crates: [{ name: "Bottom" }] });
  const [{ id: bottom }] = await here.sql("select id from {ws}.crate where name = 'Bottom'");
  await admin.post("/api/records/crate", { name: "Top", onto: bottom });
  const { removed, conflicts } = (await undo(operation(made))).json;
  expect([removed, conflicts.map(({ id, why }: { id: string; why: string }) => `${id} ${why}`).sort()]).toEqual([
    0,
    [`${made.json.id} needed`, `${bottom} needed`].sort(),
  ]);
});

test("one's own operations are nobody else's", async () => {
  const sailor = await here.user("Sindbad", { roles: ["sailor"] });
  const made = await admin.post("/api/records/ship", { name: "Hers" });
  expect((await sailor.get(`/api/operations/${operation(made)}`)).status).toBe(404);
  expect((await sailor.post(`/api/operations/${operation(made)}/undo`)).json.code).toBe("operation.missing");
  expect((await sailor.post("/api/operations/nonsense/undo")).json.code).toBe("operation.missing");
  expect((await sailor.get("/api/operations")).json).toEqual({ items: [], next: null });
  expect((await admin.get("/api/operations")).json.items[0].id).toBe(operation(made));
});

test("ten thousand records go back in as many statements as one", async () => {
  const { workspace } = here;
  const principal = { id: admin.id, name: "Ada", roles: ["admin"], via: "engine" } as const;
  const before = await dump(here, [...memory, "_counter"]);
  const now = here.clock.now();
  const { operation: id } = await operate(
    workspace,
    principal,
    { kind: "create", title: "Many", now, bulk: true },
    (tx, scene) =>
      writeRecords(
        tx,
        scene,
        Array.from({ length: 10_000 }, (_, at) => ({
          act: "create",
          entity: "ship",
          id: newId(now),
          after: { name: `S${at}`, code: `M${at}` },
        })),
      ),
  );
  const undone = await undo(id);
  expect(undone.json).toMatchObject({ removed: 10_000, conflicts: [] });
  expect(await dump(here, [...memory, "_counter"])).toEqual(before);
});
