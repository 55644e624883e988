import { afterAll, beforeAll, expect, test } from "vitest";
import type { EntityDocument } from "schemas";
import { harbourDocuments } from "../harbour.ts";
import { world, type Client, type World } from "../world.ts";

let here: World;
let admin: Client;
let sailor: Client;
beforeAll(async () => {
  here = await world({ documents: harbourDocuments });
  admin = here.admin;
  sailor = await here.user("Sindbad", { roles: ["sailor"] });
});
afterAll(() => here.close());

const mine = {
  entity: "ship",
  title: "Large crews",
  type: "table",
  columns: ["name", "home.name", "crew"],
  filter: { cel: "crew > 20" },
  sort: "-crew",
};
const matching = (version: number) => ({ "if-match": `"${version}"` });
const titles = async (who: Client, entity = "ship") =>
  (await who.get(`/api/views?entity=${entity}`)).json.items.map(({ title }: any) => title);

test("a view is kept for whoever saved it, and shared with those who may read all of it", async () => {
  const saved = await admin.post("/api/views", mine);
  expect(saved.status).toBe(201);
  expect(saved.json).toMatchObject({ ...mine, shared: false, owner: admin.id, version: 1, problems: [] });
  expect(await titles(admin)).toEqual(["Large crews"]);
  expect(await titles(admin, "harbour")).toEqual([]);
  expect(await titles(sailor)).toEqual([]);
  expect((await sailor.patch(`/api/views/${saved.json.id}`, { title: "x" }, matching(1))).status).toBe(404);
  const shared = await admin.patch(`/api/views/${saved.json.id}`, { shared: true, sort: null }, matching(1));
  expect(shared.json).toMatchObject({ shared: true, version: 2, title: "Large crews" });
  expect(shared.json).not.toHaveProperty("sort");
  expect(await titles(sailor)).toEqual(["Large crews"]);
  expect((await sailor.patch(`/api/views/${saved.json.id}`, { title: "x" }, matching(2))).json.code).toBe(
    "view.not_yours",
  );
  expect((await sailor.delete(`/api/views/${saved.json.id}`)).status).toBe(403);
  const secret = await admin.post("/api/views", {
    ...mine,
    title: "Gold",
    filter: { cel: "secret == 'gold'" },
    shared: true,
  });
  expect(secret.status).toBe(201);
  expect(await titles(sailor)).toEqual(["Large crews"]);
  expect((await sailor.get(`/api/views`)).text).not.toContain("gold");
  expect((await sailor.delete(`/api/views/${secret.json.id}`)).status).toBe(404);
  expect((await admin.delete(`/api/views/${secret.json.id}`)).status).toBe(204);
  expect((await admin.patch(`/api/views/${saved.json.id}`, { title: "x" }, matching(1))).status).toBe(412);
  expect((await admin.patch(`/api/views/${saved.json.id}`, { title: "x" })).status).toBe(428);
});

test("what is wrong with a view is told by its place, and a hidden field is like none", async () => {
  const cases: [Client, object, string[]][] = [
    [admin, { ...mine, columns: ["nmae"] }, ["/columns/0"]],
    [admin, { ...mine, columns: ["name; drop"], group: "1 + 1" }, ["/columns/0", "/group"]],
    [admin, { ...mine, filter: { cel: "crew >" }, sort: "wind" }, ["/filter", "/sort"]],
    [admin, { ...mine, entity: "fleet" }, ["/entity"]],
    [admin, { ...mine, $id: "x" }, ["/$id"]],
    [admin, { ...mine, colour: "red" }, ["/colour"]],
    [admin, { ...mine, shared: "yes" }, ["/shared"]],
    [admin, { entity: "ship" }, ["", ""]],
    [sailor, { ...mine, columns: ["name", "secret"] }, ["/columns/1"]],
    [sailor, { ...mine, group: "secret" }, ["/group"]],
  ];
  for (const [who, body, places] of cases) {
    const answer = await who.post("/api/views", body);
    expect([
      answer.status >= 400 && answer.status < 500,
      answer.json.problems.map(({ path }: any) => path).sort(),
    ]).toEqual([true, places]);
  }
  const hidden = await sailor.post("/api/views", { ...mine, columns: ["secret"] });
  const absent = await sailor.post("/api/views", { ...mine, columns: ["sekret"] });
  expect(hidden.text.replaceAll("secret", "sekret")).toBe(absent.text);
});

test("views follow what is renamed, and tell what has gone", async () => {
  const saved = (await admin.post("/api/views", { ...mine, title: "Follows", group: "sails", measure: "crew" })).json;
  const ship = (name: string) =>
    (here.workspace.model.documents as EntityDocument[]).find((it) => it.$id === name && "properties" in it)!;
  const publish = async (document: EntityDocument, was = "ship") => {
    const change = (await admin.post("/api/changes", { reason: "rename" })).json.id;
    if (document.$id !== was) await admin.delete(`/api/documents/entity/${was}?change=${change}`);
    const put = await admin.send("PUT", `/api/documents/entity/${document.$id}?change=${change}`, { body: document });
    expect(put.json.problems).toEqual([]);
    const done = await admin.post(`/api/changes/${change}/publish`);
    expect(done.status).toBe(200);
    return done.json.version as number;
  };
  const { crew, sails, ...rest } = ship("ship").properties;
  const version = await publish({
    ...ship("ship"),
    $id: "vessel",
    properties: { ...rest, hands: crew!, sails: sails! },
  });
  const found = async () => (await admin.get("/api/views")).json.items.find(({ id }: any) => id === saved.id);
  expect(await found()).toMatchObject({
    entity: "vessel",
    columns: ["name", "home.name", "hands"],
    filter: { cel: "hands > 20" },
    sort: "-hands",
    measure: "hands",
    problems: [],
  });
  await publish({ ...ship("vessel"), properties: { ...rest, hands: crew! } }, "vessel");
  expect((await found()).problems.map(({ path }: any) => path)).toEqual(["/group"]);
  expect(version).toBeGreaterThan(0);
});

test("a person keeps so many views and no more", async () => {
  const hoarder = await here.user("Hoarder", { roles: ["admin"] });
  await here.sql(
    `insert into {ws}._view (id, owner, entity, shared, body, version, created_at, updated_at)
     select gen_random_uuid(), $1, 'ent_harbour', false, '{"entity":"harbour","title":"H","type":"table"}', 1, now(), now()
     from generate_series(1, 200)`,
    [hoarder.id],
  );
  const more = await hoarder.post("/api/views", { entity: "harbour", title: "H", type: "table" });
  expect(more.json.code).toBe("view.too_many");
});
