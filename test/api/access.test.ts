import type { AnyDocument, EntityDocument, RoleDocument } from "schemas";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createKey } from "../../runtime/auth/keys.ts";
import { listen, type Listening } from "../fixtures/listening.ts";
import { world, type Client, type World } from "../world.ts";

// Events are told when no older transaction of the server runs any more, those of other tests among them.
vi.setConfig({ testTimeout: 120_000 });

let w: World;
let people: Record<"jane" | "kenji" | "boss" | "mate" | "other" | "auditor" | "reader", Client>;
let keys: Record<string, Record<string, string>>;
let east: string;
let record: string;
const open: Listening[] = [];

const entity = (name: string, properties: EntityDocument["properties"], more: object = {}): AnyDocument => ({
  $schema: "urn:trellis:entity:1",
  $id: name,
  $anchor: `ent_${name}`,
  type: "object",
  title: name,
  name_field: "name",
  properties: { name: { $anchor: "fld_name", field: "text", title: "Name" }, ...properties },
  ...more,
});
const role = (name: string, entities: RoleDocument["entities"]): AnyDocument => ({
  $schema: "urn:trellis:role:1",
  $id: name,
  $anchor: `role_${name}`,
  title: `The ${name}`,
  entities,
});

beforeAll(async () => {
  w = await world({
    documents: [
      entity(
        "plan",
        { cost: { $anchor: "fld_cost", field: "integer", title: "Cost" } },
        { sharing: true, queues: true },
      ),
      entity("page", {
        plan: {
          $anchor: "fld_plan",
          field: "reference",
          to: "plan",
          inverse: "pages",
          title: "Plan",
          owned: true,
          on_delete: "cascade",
        },
      }),
      role("planner", {
        plan: { create: "own", read: "own", update: "own", fields: { cost: { read: { cel: "name != 'Secret'" } } } },
        page: { create: "own", read: "own", update: "own" },
      }),
      role("reader", {
        page: { read: { cel: "plan.cost > 100" } },
        plan: { read: { cel: "pages.any(it, it.name == 'Open')" } },
      }),
      role("lead", { plan: { read: "team" } }),
      role("auditor", {
        plan: { read: { cel: "cost > 100" } },
        user: { read: "all", fields: { roles: { read: "all" } } },
      }),
    ],
  });
  east = (await w.admin.post("/api/records/team", { name: "East" })).json.id;
  const boss = await w.user("Boss", { roles: ["lead"] });
  people = {
    boss,
    jane: await w.user("Jane", { roles: ["planner"], manager: boss.id, teams: ["East"] }),
    kenji: await w.user("Kenji", { roles: ["planner"] }),
    mate: await w.user("Mate", { roles: ["lead"], teams: ["East"] }),
    other: await w.user("Other", { roles: ["planner"] }),
    auditor: await w.user("Rita", { roles: ["auditor"] }),
    reader: await w.user("Rea", { roles: ["reader"] }),
  };
  const keyOf = async (user: string) => {
    const made = { workspace: "main", user, name: "test", roles: null, expiresAt: null, by: user };
    return { authorization: `Bearer ${(await createKey(w.pool, made, w.clock.now())).key}` };
  };
  keys = Object.fromEntries(
    await Promise.all(Object.entries(people).map(async ([name, { id }]) => [name, await keyOf(id)] as const)),
  );
  record = (await people.jane.post("/api/records/plan", { name: "Plan", cost: 500 })).json.id;
});
afterEach(async () => {
  for (const it of open.splice(0)) await it.close();
});
afterAll(() => w.close());

const listening = async (headers: Record<string, string>) => {
  const opened = await listen(w.fetch, headers);
  open.push(opened);
  return opened;
};
const share = (id: string, grantee: string, level = "read", who = people.jane) =>
  who.send("PUT", `/api/records/plan/${id}/shares/${grantee}`, { body: { level } });
const acting = (giver: Client) => ({ "trellis-for": giver.id });

describe("who sees a record is told with every reason", () => {
  const told = async (who: Client, entity = "plan", id = record) => {
    const { json, text } = await who.get(`/api/records/${entity}/${id}/access`);
    expect(json?.items, text).toBeDefined();
    return Object.fromEntries(json.items.map(({ user, because }: any) => [user.name, because]));
  };

  test("the owner, the manager, the team and a condition by their roles, where these may be named", async () => {
    expect(await told(w.admin)).toEqual({
      Ada: [{ by: "role", role: "Admin", name: "admin", standing: "all" }],
      Boss: [{ by: "role", role: "The lead", name: "lead", standing: "manager" }],
      Jane: [{ by: "role", role: "The planner", name: "planner", standing: "owner" }],
      Mate: [{ by: "role", role: "The lead", name: "lead", standing: "team" }],
      Rita: [{ by: "role", role: "The auditor", name: "auditor", standing: "condition", condition: "cost > 100" }],
    });
    expect((await told(people.jane)).Boss).toEqual([{ by: "role", standing: "manager" }]);
  });

  test("a share by who gave it, to a person or through a team; a part by what it is part of; who acts by for whom", async () => {
    const page = (await people.jane.post("/api/records/page", { name: "Page", plan: record })).json.id;
    await share(record, people.other.id, "write");
    const from = { id: people.jane.id, name: "Jane" };
    const theirs = { kind: "user", id: people.other.id, name: "Other" };
    expect((await told(people.jane)).Other).toEqual([{ by: "share", level: "write", with: theirs, from }]);
    expect((await told(people.other, "page", page)).Other).toEqual([
      { by: "share", level: "write", with: theirs, from, through: { entity: "plan", id: record, name: "Plan" } },
    ]);
    const until = "2026-03-03T09:00:00.000Z";
    const { json } = await people.jane.post("/api/me/delegations", { to: people.kenji.id, until });
    expect((await told(people.jane)).Kenji).toEqual([{ by: "delegation", for: from, until }]);
    await people.jane.delete(`/api/me/delegations/${json.id}`);
    expect((await told(people.jane)).Kenji).toBeUndefined();
    await people.jane.delete(`/api/records/plan/${record}/shares/${people.other.id}`);
  });

  test("one person's rights, fields and refusals are explained to herself, and to who may read roles of everybody", async () => {
    const secret = (await w.admin.post("/api/records/plan", { name: "Secret", owner: people.jane.id })).json.id;
    const of = (who: Client, id: string, user: Client) => who.get(`/api/records/plan/${id}/access?of=${user.id}`);
    const own = (await of(people.jane, secret, people.jane)).json;
    expect(own).toMatchObject({
      sees: true,
      because: [{ by: "role", standing: "owner" }],
      rights: {
        update: { given: true },
        delete: {
          given: false,
          by: [{ role: "The planner", name: "planner", on: "none", scopes: ["none"], conditions: [], both: [] }],
        },
      },
      fields: {
        cost: {
          read: {
            given: false,
            by: [{ both: [[{ scopes: ["own", "queue"] }, { conditions: ["name != 'Secret'"] }]] }],
          },
          write: { given: true },
        },
      },
    });
    const missing = (await of(w.admin, secret, people.kenji)).json;
    expect(missing).toMatchObject({
      sees: false,
      because: [],
      rights: { read: { given: false, by: [{ role: "The planner", on: "own, queue", scopes: ["own", "queue"] }] } },
    });
    expect((await of(people.jane, secret, people.kenji)).status).toBe(403);
    expect((await of(people.kenji, secret, people.kenji)).status).toBe(404);
    expect((await of(w.admin, secret, { ...people.jane, id: "nobody" })).status).toBe(404);
  });
});

describe("who acts for somebody", () => {
  const until = "2026-03-04T09:00:00.000Z";
  const lend = async (given: object = {}) => {
    const answer = await people.jane.post("/api/me/delegations", { to: people.kenji.id, until, ...given });
    expect(answer.status, answer.text).toBe(201);
    return answer.json.id as string;
  };
  const asJane = (method: string, path: string, body?: unknown, headers = {}) =>
    people.kenji.send(method, path, { ...(body ? { body } : {}), headers: { ...acting(people.jane), ...headers } });

  test("works with her records by her rights, and the history says who did it for whom", async () => {
    expect((await asJane("GET", `/api/records/plan/${record}`)).status).toBe(403);
    const id = await lend();
    expect((await people.kenji.get(`/api/records/plan/${record}`)).status).toBe(404);
    expect((await asJane("GET", `/api/records/plan/${record}`)).status).toBe(200);
    const { version } = (await people.jane.get(`/api/records/plan/${record}`)).json;
    const changed = await asJane("PATCH", `/api/records/plan/${record}`, { cost: 600 }, { "if-match": `"${version}"` });
    expect(changed.status, changed.text).toBe(200);
    const made = (await asJane("POST", "/api/records/plan", { name: "For Jane" })).json;
    expect([made.owner, made.created_by]).toEqual([people.jane.id, people.kenji.id]);
    const [step] = (await people.jane.get(`/api/records/plan/${record}/history`)).json.items;
    expect(step).toMatchObject({ by: { name: "Kenji" }, for: { name: "Jane" }, after: { cost: 600 } });
    const undo = `/api/operations/${changed.headers.get("trellis-operation")}/undo`;
    expect((await people.kenji.post(undo)).status).toBe(404);
    expect((await asJane("POST", undo)).json).toMatchObject({ restored: 1 });
    await people.jane.delete(`/api/me/delegations/${id}`);
    expect((await asJane("GET", `/api/records/plan/${record}`)).status).toBe(403);
  });

  test("does so between its beginning and its end alone, and while both are active", async () => {
    const seen = async () => (await asJane("GET", `/api/records/plan/${record}`)).status;
    const id = await lend({ from: "2026-03-03T09:00:00Z" });
    expect(await seen()).toBe(403);
    const begun = w.clock.now();
    w.clock.set(new Date("2026-03-03T09:00:00Z"));
    expect(await seen()).toBe(200);
    await w.admin.patch(`/api/users/${people.jane.id}`, { active: false });
    expect(await seen()).toBe(403);
    await w.admin.patch(`/api/users/${people.jane.id}`, { active: true });
    w.clock.set(new Date(until));
    expect(await seen()).toBe(403);
    w.clock.set(begun);
    await people.jane.delete(`/api/me/delegations/${id}`);
  });

  test("may not pass her rights on, nor touch what is hers alone or what rights are made of, even for an admin", async () => {
    const answer = await w.admin.post("/api/me/delegations", { to: people.kenji.id, until });
    const asAdmin = (method: string, path: string, body?: unknown) =>
      people.kenji.send(method, path, { ...(body ? { body } : {}), headers: acting(w.admin) });
    const { version } = (await w.admin.get(`/api/records/user/${people.kenji.id}`)).json;
    const refused = [
      await asAdmin("PUT", `/api/records/plan/${record}/shares/${people.kenji.id}`, { level: "write" }),
      await asAdmin("POST", "/api/me/delegations", { to: people.other.id, until }),
      await asAdmin("POST", "/api/records/user_team", { user: people.kenji.id, team: east }),
      await asAdmin("GET", "/api/users"),
      await asAdmin("PATCH", `/api/users/${people.kenji.id}`, { roles: ["admin"] }),
      await asAdmin("POST", "/api/keys", { name: "mine" }),
      await asAdmin("GET", "/api/documents"),
      await asAdmin("GET", "/api/notifications"),
      await people.kenji.patch(
        `/api/records/user/${people.kenji.id}`,
        { manager: w.admin.id },
        { ...acting(w.admin), "if-match": `"${version}"` },
      ),
    ];
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 403));
    expect((await asAdmin("GET", "/api/records/plan")).status).toBe(200);
    expect((await asAdmin("GET", "/api/model")).json).toMatchObject({
      actor: { name: "Kenji" },
      user: { admin: false },
    });
    await w.admin.delete(`/api/me/delegations/${answer.json.id}`);
  });

  test("is one other, for a time that ends; whoever lends sees to whom, and who acts sees for whom", async () => {
    const post = async (body: object) => (await people.jane.post("/api/me/delegations", body)).status;
    const to = people.kenji.id;
    expect(await post({ to: people.jane.id, until })).toBe(422);
    expect(await post({ to: "somebody", until })).toBe(422);
    expect(await post({ to })).toBe(422);
    expect(await post({ to, until: "2026-03-02T08:00:00Z" })).toBe(422);
    expect(await post({ to, until: "2028-03-02T08:00:00Z" })).toBe(422);
    expect(await post({ to, until, roles: ["admin"] })).toBe(400);
    const id = await lend();
    const { given } = (await people.jane.get("/api/me/delegations")).json;
    const { received } = (await people.kenji.get("/api/me/delegations")).json;
    expect(given).toMatchObject([{ id, to: { name: "Kenji" }, until, now: true }]);
    expect(received).toMatchObject([{ id, by: { name: "Jane" }, until, now: true }]);
    expect((await people.kenji.delete(`/api/me/delegations/${id}`)).status).toBe(409);
    expect((await people.jane.delete(`/api/me/delegations/${id}`)).status).toBe(204);
  });
});

describe("open streams", () => {
  test("hear what to read again when something is shared with their reader or not any more, and nobody else does", async () => {
    const id = (await people.jane.post("/api/records/plan", { name: "Heard" })).json.id;
    const [hers, others] = [await listening(keys.other!), await listening(keys.kenji!)];
    const told = async () => {
      const seen = (await people.kenji.post("/api/records/plan", { name: "His" })).json.id;
      await others.hears({ type: "changed", id: seen });
      return others.heard.filter(({ type, id: of }) => type === "reset" || of === id).length;
    };
    const before = await told();
    await share(id, people.other.id);
    await hers.hears({ type: "reset" });
    await hers.hears({ type: "changed", entity: "plan", id });
    const later = await listening(keys.other!);
    await people.jane.delete(`/api/records/plan/${id}/shares/${people.other.id}`);
    await later.hears({ type: "reset" });
    expect(await told()).toBe(before);
  });

  test("hear what to read again when a share with their reader comes to its end", async () => {
    const begun = w.clock.now();
    const id = (await people.jane.post("/api/records/plan", { name: "For a day" })).json.id;
    const until = new Date(begun.getTime() + 86_400_000).toISOString();
    const body = { level: "read", until };
    const given = await people.jane.send("PUT", `/api/records/plan/${id}/shares/${people.other.id}`, { body });
    expect(given.status, given.text).toBe(200);
    const [hers, his] = [await listening(keys.other!), await listening(keys.kenji!)];
    const seen = (await people.other.post("/api/records/plan", { name: "Hers" })).json.id;
    await hers.hears({ type: "changed", id: seen });
    const before = hers.heard.filter(({ type }) => type === "reset").length;
    w.clock.set(new Date(until));
    await expect
      .poll(() => hers.heard.filter(({ type }) => type === "reset").length, { timeout: 100_000 })
      .toBe(before + 1);
    expect((await people.other.get(`/api/records/plan/${id}`)).status).toBe(404);
    expect(his.heard.filter(({ type }) => type === "reset")).toEqual([]);
    w.clock.set(begun);
  });

  test("hear of records that others show or hide, and that one is gone which was only ever read", async () => {
    const plan = (await w.admin.post("/api/records/plan", { name: "Shown", cost: 500, owner: people.kenji.id })).json
      .id;
    const page = (await w.admin.post("/api/records/page", { name: "Open", plan })).json.id;
    const hidden = (await w.admin.post("/api/records/plan", { name: "Hidden", cost: 500 })).json.id;
    expect((await people.kenji.get(`/api/records/plan/${plan}`)).status).toBe(200);
    const [hers, his] = [await listening(keys.reader!), await listening(keys.kenji!)];
    const change = async (of: string, id: string, values: object) => {
      const { version } = (await w.admin.get(`/api/records/${of}/${id}`)).json;
      const answer = await w.admin.patch(`/api/records/${of}/${id}`, values, { "if-match": `"${version}"` });
      expect(answer.status, answer.text).toBe(200);
    };
    await change("plan", plan, { cost: 50 });
    await hers.hears({ type: "gone", entity: "page", id: page });
    await change("plan", plan, { cost: 600 });
    await hers.hears({ type: "changed", entity: "page", id: page });
    await change("page", page, { name: "Closed" });
    await hers.hears({ type: "gone", entity: "plan", id: plan });
    await change("plan", plan, { owner: people.other.id });
    await his.hears({ type: "gone", entity: "plan", id: plan });
    await change("plan", hidden, { cost: 700 });
    const seen = (await people.kenji.post("/api/records/plan", { name: "His" })).json.id;
    await his.hears({ type: "changed", id: seen });
    for (const { heard } of [hers, his])
      expect(heard.map(({ id, type }) => [id, type])).not.toContainEqual([hidden, expect.anything()]);
  });

  test("hear that a record is gone which an undo takes away, and one that was seen because of it", async () => {
    const plan = (await w.admin.post("/api/records/plan", { name: "With a page", cost: 500 })).json.id;
    const made = await w.admin.post("/api/records/page", { name: "Open", plan });
    const hers = await listening(keys.reader!);
    await w.admin.post(`/api/operations/${made.headers.get("trellis-operation")}/undo`);
    await hers.hears({ type: "gone", entity: "page", id: made.json.id });
    await hers.hears({ type: "gone", entity: "plan", id: plan });
  });

  test("hear that a record is gone which was made before they began, and told of after", async () => {
    const older = await w.pool.connect();
    await older.query("begin; select pg_current_xact_id()");
    const plan = (await w.admin.post("/api/records/plan", { name: "Before", cost: 500 })).json;
    const page = (await w.admin.post("/api/records/page", { name: "Open", plan: plan.id })).json.id;
    const hers = await listening(keys.reader!);
    await w.admin.patch(`/api/records/plan/${plan.id}`, { cost: 50 }, { "if-match": `"${plan.version}"` });
    await older.query("commit");
    older.release();
    await hers.hears({ type: "gone", entity: "page", id: page });
  });

  test("hear that a record is gone which was made and hidden while they waited for an older transaction", async () => {
    const hers = await listening(keys.reader!);
    const older = await w.pool.connect();
    await older.query("begin; select pg_current_xact_id()");
    const plan = (await w.admin.post("/api/records/plan", { name: "Between", cost: 500 })).json;
    const page = (await w.admin.post("/api/records/page", { name: "Open", plan: plan.id })).json;
    const other = (await w.admin.post("/api/records/page", { name: "Open", plan: plan.id })).json.id;
    const never = (await w.admin.post("/api/records/page", { name: "Shut" })).json.id;
    await w.admin.patch(`/api/records/page/${page.id}`, { plan: null }, { "if-match": `"${page.version}"` });
    await w.admin.patch(`/api/records/plan/${plan.id}`, { cost: 50 }, { "if-match": `"${plan.version}"` });
    await older.query("commit");
    older.release();
    for (const id of [page.id, other]) await hers.hears({ type: "gone", entity: "page", id });
    expect(hers.heard.map(({ id }) => id)).not.toContain(never);
  });

  test("hear that a record is gone though what hid it, and what hid that, are told one after the other", async () => {
    const hers = await listening(keys.reader!);
    const plan = (await w.admin.post("/api/records/plan", { name: "Apart", cost: 500 })).json;
    const page = (await w.admin.post("/api/records/page", { name: "Open", plan: plan.id })).json;
    await hers.hears({ type: "changed", entity: "plan", id: plan.id });
    const later = await listening(keys.reader!);
    const [first, second] = [await w.pool.connect(), await w.pool.connect()];
    await first.query("begin; select pg_current_xact_id()");
    await w.admin.patch(`/api/records/page/${page.id}`, { plan: null }, { "if-match": `"${page.version}"` });
    await second.query("begin; select pg_current_xact_id()");
    await w.admin.patch(`/api/records/plan/${plan.id}`, { cost: 50 }, { "if-match": `"${plan.version}"` });
    for (const held of [first, second]) {
      await held.query("commit");
      held.release();
      if (held === first) await later.hears({ type: "gone", entity: "page", id: page.id });
    }
    await later.hears({ type: "gone", entity: "plan", id: plan.id });
  });

  test("of who acts for somebody hear what she would, and end when she takes it back", async () => {
    const until = "2026-03-04T09:00:00.000Z";
    const { json } = await people.jane.post("/api/me/delegations", { to: people.kenji.id, until });
    const stream = await listening({ ...keys.kenji!, ...acting(people.jane) });
    const id = (await people.jane.post("/api/records/plan", { name: "Jane's" })).json.id;
    await stream.hears({ type: "changed", entity: "plan", id });
    await people.jane.delete(`/api/me/delegations/${json.id}`);
    await stream.ended;
  });
});
