import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EntityDocument, Property } from "schemas";
import { world, type World } from "../world.ts";

let here: World;
beforeAll(async () => {
  here = await world();
});
afterAll(() => here.close());

const name: Property = { $anchor: "fld_name", field: "text", title: "Name" };
const ship = (more: Partial<EntityDocument> = {}): EntityDocument => ({
  $schema: "urn:trellis:entity:1",
  $id: "ship",
  $anchor: "ent_ship",
  type: "object",
  title: "Ship",
  properties: { name },
  ...more,
});

const begin = async (reason = "A test") => (await here.admin.post("/api/changes", { reason })).json.id as string;
const put = (change: string, kind: string, id: string, body: unknown) =>
  here.admin.send("PUT", `/api/documents/${kind}/${id}?change=${change}`, { body });
const publish = (change: string) => here.admin.post(`/api/changes/${change}/publish`, {});
const tables = async () =>
  (
    await here.sql("select table_name as name from information_schema.tables where table_schema = $1 order by 1", [
      here.workspace.schemaName,
    ])
  ).map(({ name }) => name as string);

/** Documents of one change, put and published; answers the codes and places of what stands against it. */
async function problemsOf(...documents: readonly (readonly [kind: string, id: string, body: unknown])[]) {
  const change = await begin();
  for (const [kind, id, body] of documents) {
    const answer = await put(change, kind, id, body);
    if (answer.status !== 200) return { status: answer.status, problems: told(answer.json) };
  }
  const { status, json } = await publish(change);
  return { status, problems: told(json) };
}
const told = (json: any) =>
  (json.problems ?? []).map(({ code, path }: { code: string; path: string }) => `${code} ${path}`);

describe("a change", () => {
  test("has one draft of a document whatever it is called, tells what is wrong with all of it, and is given up", async () => {
    const change = await begin();
    const raft = { $id: "raft", $anchor: "ent_raft", title: "Raft" };
    await put(change, "entity", "raft", ship(raft));
    await put(change, "entity", "float", ship({ ...raft, $id: "float", name_field: "nothing" }));
    const { drafts } = (await here.admin.get(`/api/changes/${change}`)).json;
    expect(Object.keys(drafts)).toEqual(["entity/float"]);
    const checked = await here.admin.post(`/api/changes/${change}/check`, {});
    expect(told(checked.json)).toEqual(["document.field_unknown /entity/float/name_field"]);
    expect((await here.admin.delete(`/api/changes/${change}`)).status).toBe(204);
    expect((await here.admin.delete(`/api/changes/${change}`)).json.code).toBe("change.closed");
    expect((await publish(change)).json.code).toBe("change.closed");
    expect((await here.admin.get("/api/documents/entity/float")).status).toBe(404);
  });

  test("is drafted, planned, published and taken back", async () => {
    const change = await begin("Ships");
    expect((await put(change, "entity", "ship", ship())).json).toMatchObject({ change, problems: [] });
    expect((await here.admin.get("/api/documents/entity/ship")).status).toBe(404);
    expect((await here.admin.get(`/api/documents/entity/ship?change=${change}`)).json.title).toBe("Ship");
    const planned = (await here.admin.post(`/api/changes/${change}/plan`, {})).json;
    expect(planned).toMatchObject({ problems: [], changes: [{ act: "entity.create", title: "Create Ship." }] });
    expect(await tables()).not.toContain("ship");
    const published = await publish(change);
    expect(published.status).toBe(200);
    expect(published.json.version).toBe(here.workspace.model.version);
    expect(await tables()).toContain("ship");
    expect((await here.admin.get("/api/documents/entity/ship")).json).toEqual(ship());
    expect((await publish(change)).json.code).toBe("change.closed");
    expect((await here.admin.post(`/api/changes/${change}/undo`, {})).status).toBe(200);
    expect(await tables()).toContain("_gone_ent_ship");
  });

  test("that somebody overtook is told so", async () => {
    const [mine, theirs] = [await begin(), await begin()];
    await put(mine, "entity", "ship", ship({ title: "Mine" }));
    await put(theirs, "entity", "ship", ship({ title: "Theirs" }));
    expect((await publish(theirs)).status).toBe(200);
    expect((await publish(mine)).json.code).toBe("publish.overtaken");
    expect((await here.admin.get("/api/documents/entity/ship")).json.title).toBe("Theirs");
  });

  test("that later versions build on is not undone", async () => {
    const first = await begin();
    await put(first, "entity", "boat", ship({ $id: "boat", $anchor: "ent_boat" }));
    await publish(first);
    const second = await begin();
    await put(second, "entity", "boat", ship({ $id: "boat", $anchor: "ent_boat", title: "Boat" }));
    await publish(second);
    const undone = await here.admin.post(`/api/changes/${first}/undo`, {});
    expect([undone.status, undone.json.code]).toEqual([409, "version.needed"]);
  });

  test("keeps the order of fields", async () => {
    const change = await begin();
    const properties = {
      zebra: { ...name, $anchor: "fld_z", title: "Z" },
      a_very_long_name: { ...name, $anchor: "fld_a", title: "A" },
      b: { ...name, $anchor: "fld_b", title: "B" },
    };
    await put(change, "entity", "list", ship({ $id: "list", $anchor: "ent_list", properties }));
    await publish(change);
    const described = (await here.admin.get("/api/model")).json.entities.find((it: any) => it.name === "list");
    expect(described.fields.slice(0, 3).map((it: any) => it.name)).toEqual(["zebra", "a_very_long_name", "b"]);
  });
});

describe("a bad document is told whole, and nothing of it stays", () => {
  test("a duplicate anchor", async () =>
    expect(
      await problemsOf(["entity", "tug", ship({ $id: "tug", $anchor: "ent_tug", properties: { name, other: name } })]),
    ).toEqual({
      status: 422,
      problems: ["anchor.taken /entity/tug/properties/other/$anchor"],
    }));

  test("an unknown target, a name of the system's and an unknown field type, all at once", async () => {
    const properties = {
      port: { $anchor: "fld_port", field: "reference", to: "harbour", title: "Port" },
      version: { $anchor: "fld_v", field: "text", title: "V" },
      size: { $anchor: "fld_s", field: "size", title: "S" },
    };
    expect(await problemsOf(["entity", "tug", ship({ $id: "tug", $anchor: "ent_tug", properties })])).toEqual({
      status: 422,
      problems: [
        "name.reserved /entity/tug/properties/version",
        "document.entity_unknown /entity/tug/properties/port/to",
        "field_type.unknown /entity/tug/properties/size/field",
      ],
    });
    expect(await tables()).not.toContain("tug");
  });

  test("a document that is none", async () => {
    const change = await begin();
    expect((await put(change, "entity", "tug", { $schema: "urn:trellis:entity:1", $id: "tug" })).status).toBe(422);
    expect((await put(change, "entity", "other", ship())).json.code).toBe("document.misplaced");
    expect((await put(change, "nothing", "tug", ship())).status).toBe(422);
    expect((await here.admin.get(`/api/changes/${change}`)).json.drafts).toEqual({});
  });

  test("a document without a change, a change that is not there", async () => {
    expect((await here.admin.send("PUT", "/api/documents/entity/ship", { body: ship() })).json.code).toBe(
      "change.needed",
    );
    expect((await put("nothing", "entity", "ship", ship())).json.code).toBe("change.missing");
    expect((await here.admin.get("/api/documents/none/ship")).json.code).toBe("document.kind_unknown");
  });
});

test("documents are for admins", async () => {
  const seller = await here.user("Sam");
  expect((await seller.get("/api/documents")).status).toBe(403);
  expect((await seller.post("/api/changes", {})).status).toBe(403);
});

test("the model tells each reader what she may know", async () => {
  const seller = await here.user("Sue");
  const own = (await seller.get("/api/model")).json;
  expect(own.user).toMatchObject({ name: "Sue", admin: false });
  expect(own.entities.map((it: any) => it.name)).toEqual(["user", "team", "user_team"]);
  expect(own.entities[0].fields.map((it: any) => it.name)).not.toContain("account_id");
  const admin = (await here.admin.get("/api/model")).json;
  expect(admin.user.admin).toBe(true);
  expect(admin.entities.map((it: any) => it.name)).toContain("ship");
});
