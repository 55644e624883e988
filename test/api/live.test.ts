import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createKey } from "../../runtime/auth/keys.ts";
import { newId } from "../../runtime/id.ts";
import { Live } from "../../runtime/live.ts";
import { Workspace } from "../../runtime/workspace.ts";
import { listen, type Listening } from "../fixtures/listening.ts";
import { world, type Client, type World } from "../world.ts";

// Events are told when no older transaction of the server runs any more, those of other tests among them.
vi.setConfig({ testTimeout: 120_000 });

let w: World;
let seller: Client;
let sellers: { headers: Record<string, string>; id: string };
let admins: { headers: Record<string, string>; id: string };
const open: Listening[] = [];

beforeAll(async () => {
  w = await world({ templates: ["core", "sales"] });
  seller = await w.user("Ken", { roles: ["seller"] });
  sellers = await keyOf(seller.id);
  admins = await keyOf(w.admin.id);
});
afterEach(async () => {
  for (const it of open.splice(0)) await it.close();
});
afterAll(() => w.close());

async function keyOf(user: string, roles: readonly string[] | null = null) {
  const made = { workspace: "main", user, name: "live", roles, expiresAt: null, by: user };
  const { key, id } = await createKey(w.pool, made, w.clock.now());
  return { headers: { authorization: `Bearer ${key}` }, id };
}

async function listening(headers: Record<string, string>): Promise<Listening> {
  const opened = await listen(w.fetch, headers);
  open.push(opened);
  return opened;
}

async function deal(owner: string, title = "A deal") {
  const { json, status, text } = await w.admin.post("/api/records/deal", { title, owner });
  expect(status, text).toBe(201);
  return json as { id: string; version: number };
}

/** The admin listens at another process. */
async function elsewhere() {
  const other = new Workspace("main", w.workspace.schemaName, w.pool);
  await other.refresh();
  const live = new Live(new Map([["main", other]]), w.clock, (error) => expect(error).toBeUndefined());
  const heard: string[] = [];
  const away = await live.of(other).add({
    watcher: { user: w.admin.id, key: admins.id, session: undefined, narrowed: undefined },
    roles: ["admin"],
    since: undefined,
    send: (message) => void heard.push(JSON.stringify(message)),
    close: () => undefined,
  });
  const leave = async () => {
    away();
    await live.stop();
  };
  return { heard, leave };
}

describe("who listens", () => {
  test("hears of records that she sees, and of no others", async () => {
    const [hers, all] = [await listening(sellers.headers), await listening(admins.headers)];
    const hidden = await deal(w.admin.id, "Not hers");
    const own = await deal(seller.id, "Hers");
    await all.hears({ type: "changed", entity: "deal", id: hidden.id });
    const heard = await hers.hears({ type: "changed", entity: "deal", id: own.id });
    expect(Object.keys(heard).sort()).toEqual(["entity", "id", "operation", "type", "version"]);
    expect(hers.heard.map(({ id }) => id)).not.toContain(hidden.id);
  });

  test("hears that a record is gone when it is trashed, or leaves what she sees", async () => {
    const hers = await listening(sellers.headers);
    const [lost, trashed, never] = [await deal(seller.id), await deal(seller.id), await deal(w.admin.id)];
    await hers.hears({ type: "changed", id: lost.id });
    await hers.hears({ type: "changed", id: trashed.id });
    const moved = await w.admin.patch(`/api/records/deal/${lost.id}`, { owner: w.admin.id }, { "if-match": '"1"' });
    expect(moved.status, moved.text).toBe(200);
    expect((await w.admin.delete(`/api/records/deal/${trashed.id}`, { "if-match": '"1"' })).status).toBe(204);
    expect((await w.admin.delete(`/api/records/deal/${never.id}`, { "if-match": '"1"' })).status).toBe(204);
    await hers.hears({ type: "gone", id: lost.id });
    await hers.hears({ type: "gone", id: trashed.id });
    const before = hers.heard.length;
    await w.admin.patch(`/api/records/deal/${lost.id}`, { title: "Out of sight" }, { "if-match": '"2"' });
    await hers.hears({ type: "changed", id: (await deal(seller.id)).id });
    expect(hers.heard.slice(before).map(({ id }) => id)).not.toContain(lost.id);
    expect(hers.heard.map(({ id }) => id)).not.toContain(never.id);
  });

  test("goes on behind the last message that she had", async () => {
    const once = await listening(admins.headers);
    const first = await deal(w.admin.id);
    await once.hears({ type: "changed", id: first.id });
    const { last } = once;
    await once.close();
    const missed = await deal(w.admin.id);
    const again = await listening({ ...admins.headers, "last-event-id": last! });
    await again.hears({ type: "changed", id: missed.id });
    expect(again.heard.map(({ id }) => id)).not.toContain(first.id);
  });

  test("goes on behind what she has read, from the place that the model names", async () => {
    const live = (await w.admin.get("/api/model")).headers.get("trellis-live") ?? "";
    const missed = await deal(w.admin.id);
    const later = await listen(w.fetch, admins.headers, live);
    open.push(later);
    await later.hears({ type: "changed", id: missed.id });
  });

  test("hears of many changes at once as of one", async () => {
    const all = await listening(admins.headers);
    const many = Array.from({ length: 150 }, (_, at) => ({ title: `Many ${at}` }));
    expect((await w.admin.post("/api/records/note", many)).status).toBe(201);
    await all.hears({ type: "reset", entity: "note" });
    expect(all.heard.filter(({ entity, type }) => entity === "note" && type === "changed")).toEqual([]);
  });

  test("hears of a new model and of a notification", async () => {
    const all = await listening(admins.headers);
    await all.hears({ type: "changed", id: (await deal(w.admin.id)).id });
    await w.sql(`insert into {ws}._notification (id, at, title, for_user) values ($1, $2, 'Something to see', $3)`, [
      newId(w.clock.now()),
      w.clock.now(),
      w.admin.id,
    ]);
    await all.hears({ type: "notified" });
    const { json } = await w.admin.post("/api/changes", { reason: "A set of values" });
    await w.admin.send("PUT", `/api/documents/value-set/size?change=${json.id}`, {
      body: {
        $schema: "urn:trellis:value-set:1",
        $id: "size",
        $anchor: "vs_size",
        title: "Size",
        choices: [{ value: "s", title: "Small" }],
      },
    });
    const published = await w.admin.post(`/api/changes/${json.id}/publish`, {});
    expect(published.status, published.text).toBe(200);
    await all.hears({ type: "model", version: published.json.version });
  });

  test("by another process, hears it too", async () => {
    const { heard, leave } = await elsewhere();
    const { id } = await deal(w.admin.id);
    await expect.poll(() => heard.join(), { timeout: 100_000 }).toContain(id);
    await leave();
  });
});

describe("rights that change while somebody listens", () => {
  test("count from then on: what she shows is to be read again", async () => {
    const mio = await w.user("Mio", { roles: ["seller"] });
    const hers = await listening((await keyOf(mio.id)).headers);
    const shown = await deal(mio.id);
    await hers.hears({ type: "changed", id: shown.id });
    expect((await w.admin.send("PATCH", `/api/users/${mio.id}`, { body: { roles: [] } })).status).toBe(200);
    await hers.hears({ type: "reset" });
    const later = await deal(mio.id);
    const all = await listening(admins.headers);
    await all.hears({ type: "changed", id: (await deal(w.admin.id)).id });
    expect(hers.heard.map(({ id }) => id)).not.toContain(later.id);
  });

  test("end the stream with the key, and with the person", async () => {
    const leo = await w.user("Leo", { roles: ["seller"] });
    const [one, other] = [await keyOf(leo.id), await keyOf(leo.id)];
    const [byOne, byOther] = [await listening(one.headers), await listening(other.headers)];
    expect((await w.admin.delete(`/api/keys/${one.id}`)).status).toBe(204);
    await byOne.ended;
    expect((await w.admin.send("PATCH", `/api/users/${leo.id}`, { body: { active: false } })).status).toBe(200);
    await byOther.ended;
  });

  test("reach a key no further than its roles", async () => {
    const narrow = await listening((await keyOf(w.admin.id, ["seller"])).headers);
    const own = await deal(w.admin.id);
    const foreign = await deal(seller.id);
    const last = await deal(w.admin.id);
    await narrow.hears({ type: "changed", id: own.id });
    await narrow.hears({ type: "changed", id: last.id });
    expect(narrow.heard.map(({ id }) => id)).not.toContain(foreign.id);
  });
});

describe("a stream is refused", () => {
  test("at a place that is none", async () => {
    const { status } = await w.admin.send("GET", "/api/live", { headers: { "last-event-id": "yesterday" } });
    expect(status).toBe(400);
    expect((await w.nobody.get("/api/live")).status).toBe(401);
  });

  test("to one person more than twenty times at once", async () => {
    const nao = await keyOf((await w.user("Nao", { roles: ["seller"] })).id);
    for (let at = 0; at < 20; at++) expect((await listening(nao.headers)).status).toBe(200);
    const answer = await w.fetch(new Request("http://localhost/api/live", { headers: nao.headers }));
    expect(answer.status).toBe(429);
    expect((await answer.json()).code).toBe("live.too_many");
  });
});

describe("who looks at a record", () => {
  const tab = (name: string) => `tab-of-${name}`;
  const look = (who: Client, id: string, more: object = {}) =>
    who.post(`/api/records/deal/${id}/presence`, { tab: tab(who.name), ...more });

  test("hears who else is there, what she edits, and that she has gone", async () => {
    const { id } = await deal(seller.id);
    const hers = await listening(sellers.headers);
    expect((await look(seller, id)).json).toEqual({ there: [] });
    await hers.hears({ type: "presence", entity: "deal", id });
    expect((await look(w.admin, id, { editing: "amount" })).json.there).toEqual([
      { user: { id: seller.id, name: "Ken" }, editing: [] },
    ]);
    const count = () => hers.heard.filter((it) => it.type === "presence" && it.id === id).length;
    await expect.poll(count, { timeout: 100_000 }).toBe(2);
    expect((await look(seller, id)).json.there).toEqual([
      { user: { id: w.admin.id, name: w.admin.name }, editing: ["amount"] },
    ]);
    const away = await w.admin.delete(`/api/records/deal/${id}/presence?tab=${tab(w.admin.name)}`);
    expect(away.status).toBe(204);
    await expect.poll(count, { timeout: 100_000 }).toBe(3);
    expect((await look(seller, id)).json.there).toEqual([]);
  });

  test("is gone when she says nothing any more, and nothing of it stays", async () => {
    const { id } = await deal(seller.id);
    await look(w.admin, id);
    w.clock.advance(13_000);
    expect((await look(seller, id)).json.there).toEqual([]);
    const rows = await w.sql(`select "user" from {ws}._presence`);
    expect(rows).toEqual([{ user: seller.id }]);
  });

  test("sees the record, and tells of fields that the other knows", async () => {
    const { id } = await deal(w.admin.id, "Not hers");
    expect((await look(seller, id)).status).toBe(404);
    expect((await w.nobody.post(`/api/records/deal/${id}/presence`, { tab: "tab-of-nobody" })).status).toBe(401);
    expect((await look(w.admin, id, { editing: "amuont" })).json.problems[0]).toMatchObject({
      code: "field.unknown",
      path: "/editing",
      hint: "amount",
    });
    expect((await look(w.admin, id, { tab: "x" })).json.code).toBe("presence.tab");
  });

  test("is told by another process", async () => {
    const { id } = await deal(seller.id);
    const { heard, leave } = await elsewhere();
    await look(w.admin, id);
    await look(seller, id, { editing: "title" });
    await expect
      .poll(() => heard.join(), { timeout: 100_000 })
      .toContain(JSON.stringify({ type: "presence", entity: "deal", id }));
    await leave();
  });
});
