import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createKey } from "../../runtime/auth/keys.ts";
import { world, type Answer, type Client, type World } from "../world.ts";

const plan: AnyDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "plan",
  $anchor: "ent_plan",
  type: "object",
  title: "Plan",
  name_field: "name",
  properties: { name: { $anchor: "fld_name", field: "text", title: "Name" } },
};
const role = (name: string, rights: object): AnyDocument => ({
  $schema: "urn:trellis:role:1",
  $id: name,
  $anchor: `role_${name}`,
  title: name,
  entities: { plan: rights },
});

const until = "2026-03-04T09:00:00.000Z";
let w: World;
let jane: Client;
let kenji: Client;
beforeAll(async () => {
  const documents = [
    plan,
    role("planner", { create: "own", read: "own", export: "own" }),
    role("reader", { read: "own" }),
  ];
  w = await world({ documents });
  await w.work();
  jane = await w.user("Jane", { roles: ["planner"] });
  kenji = await w.user("Kenji", { roles: ["reader"] });
});
afterAll(() => w.close());

const asJane = (method: string, path: string, body?: unknown) =>
  kenji.send(method, path, { ...(body === undefined ? {} : { body }), headers: { "trellis-for": jane.id } });
const lend = () => jane.post("/api/me/delegations", { to: kenji.id, until });
const operationOf = ({ headers }: Answer) => headers.get("trellis-operation")!;
const may = async () => (await asJane("GET", "/api/records/plan")).status;

async function done(ask: () => Promise<Answer>): Promise<any> {
  for (;;) {
    const { json } = await ask();
    if (!["queued", "running"].includes(json.status)) return json;
    await new Promise((again) => setTimeout(again, 20));
  }
}

function file(rows: readonly string[]): FormData {
  const form = new FormData();
  form.set("file", new File([["name", ...rows].join("\n")], "plans.csv"));
  form.set("plan", JSON.stringify({ entity: "plan", columns: { name: "name" } }));
  return form;
}

test("an import and an export of who acts for somebody are done by the other's rights, and kept for the two of them", async () => {
  const lent = (await lend()).json.id;
  const other = await jane.send("POST", "/api/imports", { body: file(["Hers"]) });
  const begun = await asJane("POST", "/api/imports", file(["By Kenji", "By Kenji too"]));
  expect(begun.status, begun.text).toBe(202);
  const told = await done(() => asJane("GET", `/api/imports/${begun.json.id}`));
  expect(told).toMatchObject({ status: "done", created: 2 });
  const [{ id, owner, created_by }] = (
    await jane.get(`/api/records/plan?filter=${encodeURIComponent("name == 'By Kenji'")}`)
  ).json.items;
  expect([owner, created_by]).toEqual([jane.id, kenji.id]);
  const [step] = (await jane.get(`/api/records/plan/${id}/history`)).json.items;
  expect(step).toMatchObject({ by: { name: "Kenji" }, for: { name: "Jane" } });
  await done(() => jane.get(`/api/imports/${other.json.id}`));
  expect((await asJane("GET", `/api/imports/${other.json.id}`)).json.code).toBe("import.missing");
  expect((await kenji.get(`/api/imports/${begun.json.id}`)).json.code).toBe("import.missing");
  expect((await jane.get(`/api/imports/${begun.json.id}`)).status).toBe(200);

  expect((await kenji.post("/api/exports", { entity: "plan" })).json.code).toBe("right.missing");
  const asked = await asJane("POST", "/api/exports", { entity: "plan", fields: ["name"] });
  const made = await done(() => asJane("GET", `/api/exports/${asked.json.id}`));
  const text = (await asJane("GET", made.file_url)).text;
  expect(text.trim().split("\r\n").slice(1).sort()).toEqual(["By Kenji", "By Kenji too", "Hers"]);
  expect((await kenji.get(`${made.file_url}?for=${jane.id}`)).text).toBe(text);
  expect((await kenji.get(made.file_url)).json.code).toBe("file.missing");
  const hers = (await jane.post("/api/exports", { entity: "plan" })).json.id;
  await done(() => jane.get(`/api/exports/${hers}`));
  expect((await asJane("GET", `/api/exports/${hers}`)).json.code).toBe("export.missing");

  expect((await asJane("POST", `/api/operations/${told.operation}/undo`)).json).toMatchObject({ removed: 2 });
  await jane.delete(`/api/me/delegations/${lent}`);
  expect((await asJane("GET", made.file_url)).json.code).toBe("delegation.none");
});

test("what waits for its turn is not done when who asked acts for somebody no longer", async () => {
  const lent = (await lend()).json.id;
  const begun = await asJane("POST", "/api/imports", file(["Once"]));
  await done(() => asJane("GET", `/api/imports/${begun.json.id}`));
  await jane.delete(`/api/me/delegations/${lent}`);
  await w.sql(`update {ws}._import set status = 'queued', progress = jsonb_set(progress, '{row}', '0') where id = $1`, [
    begun.json.id,
  ]);
  expect(await done(() => jane.get(`/api/imports/${begun.json.id}`))).toMatchObject({
    status: "failed",
    fault: "Whoever asked for this is not active any more, or acts for somebody no longer.",
  });
  expect(await w.sql("select name from {ws}.plan where name = 'Once'")).toHaveLength(1);
});

test("a key that leaves its user fewer roles leaves what is done later no more", async () => {
  await jane.post("/api/records/plan", { name: "Jane's own" });
  const key = async (roles: readonly string[]) => {
    const made = { workspace: "main", user: w.admin.id, name: "narrow", roles, expiresAt: null, by: w.admin.id };
    const { key } = await createKey(w.pool, made, w.clock.now());
    return { authorization: `Bearer ${key}` };
  };
  const narrow = await key(["planner"]);
  const asked = await w.nobody.send("POST", "/api/exports", {
    body: { entity: "plan", fields: ["name"] },
    headers: narrow,
  });
  expect(asked.status, asked.text).toBe(202);
  const made = await done(() => w.nobody.send("GET", `/api/exports/${asked.json.id}`, { headers: narrow }));
  expect(made).toMatchObject({ status: "done", rows: 0 });
});

test("giving a delegation and ending it are operations, and are undone", async () => {
  const given = await lend();
  expect(await may()).toBe(200);
  const { items } = (await jane.get("/api/operations")).json;
  expect(items).toContainEqual(expect.objectContaining({ id: operationOf(given), kind: "delegation" }));
  const undo = (operation: string) => jane.post(`/api/operations/${operation}/undo`);
  const undone = await undo(operationOf(given));
  expect(undone.json).toMatchObject({ removed: 1, conflicts: [] });
  expect(await may()).toBe(403);
  expect((await undo(undone.json.operation)).json).toMatchObject({ restored: 1 });
  expect(await may()).toBe(200);
  const ended = await jane.delete(`/api/me/delegations/${given.json.id}`);
  expect(await may()).toBe(403);
  expect((await undo(operationOf(ended))).json).toMatchObject({ restored: 1, conflicts: [] });
  expect(await may()).toBe(200);
  const again = await jane.delete(`/api/me/delegations/${given.json.id}`);
  const begun = w.clock.now();
  w.clock.set(new Date(until));
  expect((await undo(operationOf(again))).json).toMatchObject({
    restored: 0,
    conflicts: [{ entity: "user", id: jane.id, why: "changed" }],
  });
  w.clock.set(begun);
  expect((await kenji.post(`/api/operations/${operationOf(given)}/undo`)).json.code).toBe("operation.missing");
});

test("who may act for somebody is told by a code, so that her screen says it in her language", async () => {
  const given = await lend();
  const heard = async () => (await kenji.get("/api/notifications")).json.items;
  const before = await heard();
  expect(before[0]).toMatchObject({ told: { code: "delegation", by: "Jane" }, title: "Jane lets you act for her" });
  await jane.post(`/api/operations/${operationOf(given)}/undo`);
  expect(await heard()).toHaveLength(before.length - 1);
});

test("saved views of the other are looked at and stay hers to change", async () => {
  const given = await lend();
  const view = { entity: "plan", title: "All", type: "table" };
  expect((await asJane("GET", "/api/views?entity=plan")).status).toBe(200);
  expect((await asJane("POST", "/api/views", view)).json.code).toBe("delegation.records_only");
  await jane.delete(`/api/me/delegations/${given.json.id}`);
});
