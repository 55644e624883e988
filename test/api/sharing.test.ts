import type { AnyDocument, EntityDocument, RoleDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { world, type Client, type World } from "../world.ts";

let w: World;
const people: Record<string, Client> = {};
let night: string;

const entity = (
  name: string,
  properties: EntityDocument["properties"],
  more: Partial<EntityDocument> = {},
): AnyDocument => ({
  $schema: "urn:trellis:entity:1",
  $id: name,
  $anchor: `ent_${name}`,
  type: "object",
  title: name,
  plural: `${name}s`,
  name_field: "name",
  properties: { name: { $anchor: "fld_name", field: "text", title: "Name" }, ...properties },
  ...more,
});
const part = (to: string) => ({
  $anchor: `fld_${to}`,
  field: "reference",
  to,
  title: to,
  owned: true,
  on_delete: "cascade",
});
const role = (name: string, entities: RoleDocument["entities"]): AnyDocument => ({
  $schema: "urn:trellis:role:1",
  $id: name,
  $anchor: `role_${name}`,
  title: name,
  entities,
});

const own = { create: "own", read: "own", update: "own", delete: "own" } as const;

beforeAll(async () => {
  w = await world({
    documents: [
      entity(
        "project",
        {
          cost: { $anchor: "fld_cost", field: "integer", title: "Cost" },
          note: { $anchor: "fld_note", field: "text", title: "Note" },
        },
        { sharing: true },
      ),
      entity("step", { project: part("project") }),
      entity("substep", { step: part("step") }),
      entity("ticket", {}, { queues: true }),
      entity("diary", {}),
      role("worker", {
        project: { ...own, fields: { cost: { read: "own" }, note: { write: "own" } } },
        step: own,
        substep: own,
        ticket: own,
        diary: own,
      }),
      role("looker", { project: { read: "own" } }),
    ],
  });
  night = (await w.admin.post("/api/records/team", { name: "Night" })).json.id;
  people.ada = await w.user("Anna", { roles: ["worker"] });
  people.ben = await w.user("Ben", { roles: ["worker"] });
  people.eva = await w.user("Eva", { roles: ["worker"], teams: ["Night"] });
  people.lou = await w.user("Lou", { roles: ["looker"] });
  people.zoe = await w.user("Zoe", { roles: [] });
});
afterAll(() => w.close());

const made = async (who: Client, entity: string, values: object) => {
  const answer = await who.post(`/api/records/${entity}`, values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id as string;
};
const at = (id: string) => `/api/records/project/${id}`;
const shared = (who: Client, id: string, grantee: string, level: "read" | "write") =>
  who.send("PUT", `${at(id)}/shares/${grantee}`, { body: { level } });
const status = async (who: Client, path: string) => (await who.get(path)).status;
const change = async (who: Client, path: string, values: object) => {
  const version = (await w.admin.get(path)).json.version;
  return (await who.patch(path, values, { "if-match": `"${version}"` })).status;
};

describe("a record that is shared", () => {
  test("is seen and not changed by whom it was shared with to read, everywhere that records are read", async () => {
    const { ada, ben } = people as Record<string, Client>;
    const id = await made(ada!, "project", { name: "Bridge", cost: 5 });
    await made(ada!, "project", { name: "Tunnel" });
    expect(await status(ben!, at(id))).toBe(404);
    expect((await shared(ada!, id, ben!.id, "read")).status).toBe(200);
    expect(await status(ben!, at(id))).toBe(200);
    const names = async (query: string) =>
      (await ben!.get(`/api/records/project?${query}`)).json.items.map(({ name }: any) => name);
    expect(await names("sort=name")).toEqual(["Bridge"]);
    expect(await names("search=bridg")).toEqual(["Bridge"]);
    expect((await ben!.post("/api/records/project/aggregate", {})).json.rows).toEqual([{ n: 1 }]);
    expect((await ben!.get("/api/search?q=Bridge")).json.items).toHaveLength(1);
    expect(await change(ben!, at(id), { name: "x" })).toBe(403);
    expect((await ben!.delete(at(id), { "if-match": '"1"' })).status).toBe(403);
  });

  test("to be changed, is changed; it is not moved to the trash, and a field for owners stays theirs", async () => {
    const { ada, ben } = people as Record<string, Client>;
    const id = await made(ada!, "project", { name: "Road", cost: 7, note: "dry" });
    await shared(ada!, id, ben!.id, "write");
    const { json } = await ben!.get(at(id));
    expect([json.cost, json._masked]).toEqual([null, ["cost"]]);
    expect(await change(ben!, at(id), { name: "Road 2" })).toBe(200);
    expect(await change(ben!, at(id), { note: "wet" })).toBe(403);
    expect((await ben!.delete(at(id), { "if-match": '"2"' })).status).toBe(403);
    expect((await shared(ben!, id, people.eva!.id, "read")).status).toBe(200);
    expect(await status(people.eva!, at(id))).toBe(200);
  });

  test("gives nobody what her roles give on no record", async () => {
    const { ada, lou, zoe } = people as Record<string, Client>;
    const id = await made(ada!, "project", { name: "Dam" });
    await shared(ada!, id, lou!.id, "write");
    await shared(ada!, id, zoe!.id, "write");
    expect(await status(lou!, at(id))).toBe(200);
    expect(await change(lou!, at(id), { name: "x" })).toBe(403);
    expect(await status(zoe!, at(id))).toBe(404);
  });

  test("with a team, is seen by whoever is in it, for as long as she is", async () => {
    const { ada, ben, eva } = people as Record<string, Client>;
    const id = await made(ada!, "project", { name: "Harbour" });
    await shared(ada!, id, night, "read");
    expect([await status(eva!, at(id)), await status(ben!, at(id))]).toEqual([200, 404]);
    await w.admin.patch(`/api/users/${ben!.id}`, { teams: ["Night"] });
    expect(await status(ben!, at(id))).toBe(200);
    await w.admin.patch(`/api/users/${ben!.id}`, { teams: [] });
    expect(await status(ben!, at(id))).toBe(404);
  });

  test("takes along what is part of it, and the parts of that; what is part of something else stays away", async () => {
    const { ada, ben } = people as Record<string, Client>;
    const id = await made(ada!, "project", { name: "Canal" });
    const step = await made(ada!, "step", { name: "Dig", project: id });
    const substep = await made(ada!, "substep", { name: "Buy a spade", step });
    const other = await made(ada!, "step", { name: "Alone" });
    const seen = async () =>
      Promise.all([
        status(ben!, `/api/records/step/${step}`),
        status(ben!, `/api/records/substep/${substep}`),
        status(ben!, `/api/records/step/${other}`),
      ]);
    expect(await seen()).toEqual([404, 404, 404]);
    await shared(ada!, id, ben!.id, "read");
    expect(await seen()).toEqual([200, 200, 404]);
    expect(await change(ben!, `/api/records/substep/${substep}`, { name: "x" })).toBe(403);
    await shared(ada!, id, ben!.id, "write");
    expect(await change(ben!, `/api/records/substep/${substep}`, { name: "Rent a spade" })).toBe(200);
    await ada!.delete(`${at(id)}/shares/${ben!.id}`);
    expect(await seen()).toEqual([404, 404, 404]);
  });

  test("is shared by whoever may change it alone, with people and teams that there are", async () => {
    const { ada, ben, lou, eva } = people as Record<string, Client>;
    const id = await made(ada!, "project", { name: "Lock" });
    const diary = await made(ada!, "diary", { name: "Mine" });
    const codes = async (answer: Promise<any>) => [(await answer).status, (await answer).json?.code];
    expect(await codes(shared(ben!, id, ben!.id, "read"))).toEqual([404, "record.missing"]);
    await shared(ada!, id, lou!.id, "read");
    expect(await codes(shared(lou!, id, eva!.id, "read"))).toEqual([403, "right.missing"]);
    expect(await codes(lou!.delete(`${at(id)}/shares/${lou!.id}`))).toEqual([403, "right.missing"]);
    expect(await codes(shared(ada!, id, id, "read"))).toEqual([422, "sharing.value"]);
    expect(await codes(shared(ada!, id, "everybody", "read"))).toEqual([422, "sharing.value"]);
    expect(await codes(shared(ada!, id, ben!.id, "own" as "read"))).toEqual([422, "sharing.value"]);
    expect(await codes(ada!.delete(`${at(id)}/shares/${ben!.id}`))).toEqual([409, "sharing.missing"]);
    expect(
      await codes(ada!.send("PUT", `/api/records/diary/${diary}/shares/${ben!.id}`, { body: { level: "read" } })),
    ).toEqual([422, "sharing.off"]);
  });

  test("lists with whom, how and by whom, and whether one may change that", async () => {
    const { ada, ben, lou } = people as Record<string, Client>;
    const id = await made(ada!, "project", { name: "Weir" });
    await shared(ada!, id, ben!.id, "write");
    await shared(ben!, id, night, "read");
    await shared(ada!, id, lou!.id, "read");
    const told = async (who: Client) => {
      const { json } = await who.get(`${at(id)}/shares`);
      return [json.may, json.items.map((it: any) => [it.with.kind, it.with.name, it.level, it.by.name])];
    };
    const items = [
      ["team", "Night", "read", "Ben"],
      ["user", "Ben", "write", "Anna"],
      ["user", "Lou", "read", "Anna"],
    ];
    expect(await told(ada!)).toEqual([true, items]);
    expect(await told(lou!)).toEqual([false, items]);
    expect((await people.zoe!.get(`${at(id)}/shares`)).status).toBe(404);
  });

  test("is so by one operation that stands in its history, is undone as one, and done again", async () => {
    const { ada, ben } = people as Record<string, Client>;
    const id = await made(ada!, "project", { name: "Pier" });
    const { headers } = await shared(ada!, id, ben!.id, "read");
    const undo = async (operation: string | null) => (await ada!.post(`/api/operations/${operation}/undo`)).json;
    const { items } = (await ada!.get(`${at(id)}/history`)).json;
    expect(items[0]).toMatchObject({
      act: "share",
      by: { name: "Anna" },
      shared: { with: { kind: "user", name: "Ben" }, before: null, after: "read" },
    });
    const undone = await undo(headers.get("trellis-operation"));
    expect(undone).toMatchObject({ restored: 1, conflicts: [] });
    expect(await status(ben!, at(id))).toBe(404);
    expect(await undo(undone.operation)).toMatchObject({ restored: 1, conflicts: [] });
    expect(await status(ben!, at(id))).toBe(200);
    const { headers: later } = await shared(ada!, id, ben!.id, "write");
    await ada!.delete(`${at(id)}/shares/${ben!.id}`);
    expect((await undo(later.get("trellis-operation"))).conflicts).toEqual([{ entity: "project", id, why: "changed" }]);
    expect(await status(ben!, at(id))).toBe(404);
    expect((await ada!.get(at(id))).json.version).toBe(1);
  });
});

describe("a queue", () => {
  test("owns records that whoever is in its team sees and takes, and nobody else", async () => {
    const { ada, ben, eva } = people as Record<string, Client>;
    const queue = (await w.admin.post("/api/records/user", { name: "Night desk", queue_of: night })).json.id;
    const ticket = await made(w.admin, "ticket", { name: "It smokes", owner: queue });
    const path = `/api/records/ticket/${ticket}`;
    expect(await Promise.all([ada!, ben!, eva!].map((who) => status(who, path)))).toEqual([404, 404, 200]);
    expect((await eva!.get("/api/records/ticket")).json.items).toHaveLength(1);
    expect(await change(eva!, path, { owner: eva!.id })).toBe(200);
    await w.admin.patch(`/api/users/${ben!.id}`, { teams: ["Night"] });
    expect(await status(ben!, path)).toBe(404);
    expect(await change(eva!, path, { owner: queue })).toBe(200);
    expect(await status(ben!, path)).toBe(200);
    await w.admin.patch(`/api/users/${ben!.id}`, { teams: [] });
    expect(await status(ben!, path)).toBe(404);
    const diary = await made(w.admin, "diary", { name: "Not for queues", owner: queue });
    expect(await status(eva!, `/api/records/diary/${diary}`)).toBe(404);
  });
});

test("nothing is part of itself, and of one other alone", async () => {
  const change = (await w.admin.post("/api/changes", { reason: "circles" })).json.id;
  const standing = w.workspace.model.entities.get("project")!.document;
  const put = async (properties: object) => {
    const body = { ...standing, properties: { ...standing.properties, ...properties } };
    await w.admin.send("PUT", `/api/documents/entity/project?change=${change}`, { body });
    const { json } = await w.admin.post(`/api/changes/${change}/check`, {});
    return json.problems.map(({ code }: { code: string }) => code);
  };
  expect(await put({ substep: part("substep") })).toContain("owned.circle");
  expect(await put({ project: part("project") })).toContain("owned.circle");
  expect(await put({ about: { ...part("diary"), to: ["diary", "ticket"] } })).toContain("owned.several");
  await w.admin.delete(`/api/changes/${change}`);
});
