import { afterAll, beforeAll, expect, test } from "vitest";
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

const matching = (version: number) => ({ "if-match": `"${version}"` });
const step = () => here.clock.advance(60_000);

/** A ship of the sailor's, with a life. */
async function lived() {
  const home = (await admin.post("/api/records/harbour", { name: `Port ${here.clock.now().getTime()}` })).json;
  step();
  const { id } = (await admin.post("/api/records/ship", { name: "Argo", secret: "gold", owner: sailor.id })).json;
  step();
  await admin.patch(`/api/records/ship/${id}`, { home: home.id, secret: "silver" }, matching(1));
  step();
  await admin.patch(`/api/records/ship/${id}`, { secret: "lead" }, matching(2));
  step();
  return { id: id as string, home };
}

test("a history tells each step with its person, newest first, with names for references", async () => {
  const { id, home } = await lived();
  const { json } = await admin.get(`/api/records/ship/${id}/history`);
  expect(json.items.map(({ act, version }: any) => [act, version])).toEqual([
    ["update", 3],
    ["update", 2],
    ["create", 1],
  ]);
  expect(json.items[1]).toMatchObject({
    by: { id: admin.id, name: "Ada" },
    before: { home: null, secret: "gold" },
    after: { home: home.id, secret: "silver" },
  });
  expect(json.names).toEqual({ [home.id]: home.name, [sailor.id]: "Sindbad" });
  expect(json.next).toBeNull();
});

test("fields that the reader does not see never appear, and a change of those alone is none", async () => {
  const { id } = await lived();
  const answer = await sailor.get(`/api/records/ship/${id}/history`);
  expect(answer.status).toBe(200);
  expect(answer.json.items.map(({ version }: any) => version)).toEqual([2, 1]);
  for (const path of ["history", "timeline"]) {
    const { text } = await sailor.get(`/api/records/ship/${id}/${path}`);
    for (const word of ["secret", "gold", "silver", "lead"]) expect(text).not.toContain(word);
  }
});

test("the history of a record that the reader does not see is not there", async () => {
  const hidden = (await admin.post("/api/records/ship", { name: "Hidden" })).json.id;
  for (const path of ["history", "timeline"]) {
    expect((await sailor.get(`/api/records/ship/${hidden}/${path}`)).json.code).toBe("record.missing");
    expect((await sailor.get(`/api/records/ship/nonsense/${path}`)).json.code).toBe("record.missing");
    expect((await sailor.get(`/api/records/shop/${hidden}/${path}`)).json.code).toBe("entity.unknown");
  }
});

test("a timeline merges steps and activities, and is read page by page without gaps", async () => {
  const { id } = await lived();
  const about = { entity: "ship", id };
  const early = (
    await admin.post("/api/records/entry", {
      text: "Launched",
      about,
      held: "2026-01-01T00:00:00Z",
      owner: sailor.id,
      whisper: "ssh",
    })
  ).json;
  const late = (await admin.post("/api/records/entry", { text: "Now", about })).json;
  const all = (await admin.get(`/api/records/ship/${id}/timeline`)).json.items;
  expect(all.map(({ type, act, record }: any) => act ?? `${type} ${record.text}`)).toEqual([
    "activity Now",
    "update",
    "update",
    "create",
    "activity Launched",
  ]);
  expect(all.at(-1)).toMatchObject({
    entity: "entry",
    id: early.id,
    at: "2026-01-01T00:00:00.000Z",
    record: { whisper: "ssh" },
  });
  const paged: any[] = [];
  for (let next: string | null = ""; next !== null;) {
    const { json } = await admin.get(`/api/records/ship/${id}/timeline?limit=2&cursor=${next}`);
    paged.push(...json.items);
    next = json.next;
  }
  expect(paged).toEqual(all);
  const hers = await sailor.get(`/api/records/ship/${id}/timeline`);
  expect(hers.json.items.filter(({ type }: any) => type === "activity").map(({ record }: any) => record.text)).toEqual([
    "Launched",
  ]);
  expect(hers.text).not.toContain("ssh");
  await admin.delete(`/api/records/entry/${late.id}`, matching(1));
  expect((await admin.get(`/api/records/ship/${id}/timeline`)).json.items[0].type).toBe("history");
});

test("a cursor or a limit that is none is refused", async () => {
  const { id } = await lived();
  expect((await admin.get(`/api/records/ship/${id}/history?cursor=abc`)).status).toBe(410);
  expect((await admin.get(`/api/records/ship/${id}/history?limit=0`)).json.code).toBe("query.limit");
});
