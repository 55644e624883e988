import { Webhook } from "standardwebhooks";
import type { AnyDocument, ConnectionDocument, Subject } from "schemas";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { openGate } from "../../runtime/outbound.ts";
import { carrySome } from "../../runtime/store/carry.ts";
import { dump, harbourDocuments } from "../harbour.ts";
import { receiver, type Receiver } from "../fixtures/receiver.ts";
import { world, type Client, type World } from "../world.ts";

vi.setConfig({ testTimeout: 120_000 });

let w: World;
let there: Receiver;
let sailor: Client;
let secret: string;

beforeAll(async () => {
  w = await world({ documents: harbourDocuments, templates: ["core", "sales"] });
  there = await receiver();
  sailor = await w.user("Sindbad", { roles: ["sailor"] });
  await publish(connection("port", { ship: {} }));
  secret = (await bound("port", { owner: sailor.id })).secret;
  await w.work();
});
afterEach(() => {
  there.answer = (_, response) => void response.end();
});
afterAll(async () => {
  await there.close();
  await w.close();
});

function connection(name: string, entities: Record<string, Subject>, url = there.url): ConnectionDocument {
  return {
    $schema: "urn:trellis:connection:1",
    $id: name,
    $anchor: `con_${name}`,
    title: `To ${name}`,
    channel: "webhook",
    url: `${url}/${name}`,
    entities,
  };
}

async function draft(...documents: readonly AnyDocument[]) {
  const change = (await w.admin.post("/api/changes", { reason: "Test" })).json.id;
  for (const document of documents) {
    const [, kind] = /^urn:trellis:([a-z]+):1$/.exec(document.$schema ?? "") ?? [];
    const name = (document as { $id: string }).$id;
    const path = `/api/documents/${kind}/${name}?change=${change}`;
    const answer = await w.admin.send("PUT", path, { body: document });
    if (answer.status !== 200) return answer;
  }
  return w.admin.post(`/api/changes/${change}/publish`);
}

async function publish(...documents: readonly AnyDocument[]) {
  const answer = await draft(...documents);
  expect(answer.status, answer.text).toBe(200);
}

async function bound(name: string, body: object = {}) {
  const answer = await w.admin.send("PUT", `/api/connections/${name}`, { body });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.json;
}

async function made(client: Client, entity: string, values: object): Promise<{ id: string; version: number }> {
  const { status, text, json } = await client.post(`/api/records/${entity}`, values);
  expect(status, text).toBe(201);
  return json;
}

const patched = (client: Client, entity: string, { id, version }: { id: string; version: number }, values: object) =>
  client.patch(`/api/records/${entity}/${id}`, values, { "if-match": `"${version}"` });

/** What a receiver was told at a path, in the order in which it came. */
const told = (name: string) =>
  there.received
    .filter(({ path }) => path === `/${name}`)
    .map(({ body, headers }) => ({ ...JSON.parse(body), headers }));
const toldOf = (name: string, id: string) => told(name).filter(({ data }) => data.id === id);
const types = (name: string, id: string) => toldOf(name, id).map(({ type }) => type);
const hears = (name: string, id: string, ...expected: string[]) =>
  expect.poll(() => types(name, id), { timeout: 100_000 }).toEqual(expected);

const deliveries = async (name: string, id: string) =>
  (await w.admin.get(`/api/connections/${name}/deliveries`)).json.items
    .filter(({ record }: any) => record === id)
    .reverse();
const fares = (name: string, id: string, ...expected: string[]) =>
  expect
    .poll(async () => (await deliveries(name, id)).map(({ status, error }: any) => error ?? status), {
      timeout: 100_000,
    })
    .toEqual(expected);

describe("a connection is told", () => {
  test("what happens to records, signed so that others can prove it, in the order of each record", async () => {
    const ship = await made(sailor, "ship", { name: "Argo", crew: 50 });
    expect((await patched(sailor, "ship", ship, { crew: 51 })).status).toBe(200);
    expect((await sailor.delete(`/api/records/ship/${ship.id}`, { "if-match": '"2"' })).status).toBe(204);
    expect((await sailor.post(`/api/records/ship/${ship.id}/restore`)).status).toBe(200);
    await hears("port", ship.id, "record.created", "record.updated", "record.trashed", "record.restored");
    const [created, updated] = toldOf("port", ship.id);
    expect(created).toMatchObject({
      timestamp: w.clock.now().toISOString(),
      data: { entity: "ship", id: ship.id, version: 1, record: { name: "Argo", owner: sailor.id } },
    });
    expect(updated.data.fields).toEqual(["crew"]);
    const { body, headers } = there.received.find((it) => it.body.includes(ship.id))!;
    const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
    expect(new Webhook(secret).sign(String(headers["webhook-id"]), at, body)).toBe(headers["webhook-signature"]);
    expect(headers["content-type"]).toBe("application/json");
  });

  test("of an operation as a whole, also of its being undone, and nothing of what was refused", async () => {
    const many = await w.admin.post(
      "/api/records/ship",
      [1, 2, 3].map((at) => ({ name: `S${at}`, owner: sailor.id })),
    );
    const ids = many.json.items.map(({ id }: any) => id);
    for (const id of ids) await hears("port", id, "record.created");
    const undone = await w.admin.post(`/api/operations/${many.json.operation}/undo`);
    expect(undone.status, undone.text).toBe(200);
    for (const id of ids) await hears("port", id, "record.created", "record.gone");
    const before = await w.sql("select count(*)::int as n from {ws}._effect");
    expect((await w.admin.post("/api/records/ship", [{ name: "Fine" }, { name: "Bad", crew: -1 }])).status).toBe(422);
    expect(await w.sql("select count(*)::int as n from {ws}._effect")).toEqual(before);
  });

  test("of the entities and events that its document names, and of those records that fulfil its condition", async () => {
    await publish(
      connection("sales", {
        deal: { events: ["deal.advance", "record.created"], filter: { cel: "amount.amount > 100" } },
      }),
    );
    await bound("sales");
    const [small, large] = [
      await made(w.admin, "deal", { title: "Small", amount: { amount: "5", currency: "USD" } }),
      await made(w.admin, "deal", { title: "Large", amount: { amount: "500", currency: "USD" } }),
    ];
    await patched(w.admin, "deal", large, { title: "Larger" });
    for (const { id } of [small, large])
      expect((await w.admin.post(`/api/records/deal/${id}/events`, { type: "deal.advance" })).status).toBe(200);
    await hears("sales", large.id, "record.created", "deal.advance");
    await fares("sales", small.id, "unseen", "unseen");
    expect(toldOf("sales", large.id)[1].data).toMatchObject({ record: { stage: "engaging", title: "Larger" } });
    expect(types("sales", small.id)).toEqual([]);
  });

  test("by the names that things have now: a rename is followed by its document", async () => {
    const { documents } = w.workspace.model;
    const ship = documents.find((it) => "$id" in it && it.$id === "ship") as AnyDocument & { $id: string };
    await publish(connection("renamed", { ship: { filter: { cel: "crew > 3" } } }));
    await bound("renamed");
    const change = (await w.admin.post("/api/changes", { reason: "Rename" })).json.id;
    const renamed = JSON.parse(JSON.stringify(ship).replaceAll('"crew"', '"hands"'));
    await w.admin.send("PUT", `/api/documents/entity/ship?change=${change}`, { body: renamed });
    const published = await w.admin.post(`/api/changes/${change}/publish`);
    expect(published.status, published.text).toBe(200);
    expect(w.workspace.model.connections.get("renamed")?.entities.ship?.filter).toEqual({ cel: "hands > 3" });
    const { id } = await made(w.admin, "ship", { name: "Tall", hands: 9 });
    await hears("renamed", id, "record.created");
    expect((await w.admin.post(`/api/versions/${published.json.version}/undo`, {})).status).toBeLessThan(300);
  });
});

describe("the rights are its owner's", () => {
  test("hidden fields are not there, a change of them is none, and unseen records are not spoken of", async () => {
    const ship = await made(w.admin, "ship", { name: "Hers", secret: "gold", owner: sailor.id });
    const hidden = await made(w.admin, "ship", { name: "Not hers", secret: "gold" });
    expect((await patched(w.admin, "ship", ship, { secret: "silver" })).status).toBe(200);
    expect((await patched(w.admin, "ship", { ...ship, version: 2 }, { secret: "lead", crew: 3 })).status).toBe(200);
    await fares("port", ship.id, "delivered", "hidden", "delivered");
    await fares("port", hidden.id, "unseen");
    const [created, updated] = toldOf("port", ship.id);
    expect(updated.data.fields).toEqual(["crew"]);
    for (const it of [created, updated]) expect(Object.keys(it.data.record)).not.toContain("secret");
    expect(there.received.filter(({ body }) => body.includes(hidden.id) || /gold|silver|lead/.test(body))).toEqual([]);
  });

  test("who was shown a record hears once that it is gone, and nothing more", async () => {
    const ship = await made(sailor, "ship", { name: "Leaves" });
    await hears("port", ship.id, "record.created");
    expect((await patched(w.admin, "ship", ship, { owner: w.admin.id, name: "Left" })).status).toBe(200);
    expect((await patched(w.admin, "ship", { ...ship, version: 2 }, { name: "Farther" })).status).toBe(200);
    await fares("port", ship.id, "delivered", "delivered", "unseen");
    expect(types("port", ship.id)).toEqual(["record.created", "record.gone"]);
    expect(Object.keys(toldOf("port", ship.id)[1].data).sort()).toEqual(["entity", "id", "operation", "version"]);
  });

  test("a right that is taken counts for what waits, and without its owner nothing is told", async () => {
    const owner = await w.user("Nemo", { roles: ["sailor"] });
    await publish(connection("nautilus", { ship: {} }));
    await bound("nautilus", { owner: owner.id, active: false });
    const first = await made(owner, "ship", { name: "Waits" });
    expect((await w.admin.send("PATCH", `/api/users/${owner.id}`, { body: { roles: [] } })).status).toBe(200);
    await bound("nautilus", { active: true });
    await fares("nautilus", first.id, "unseen");
    const second = await made(w.admin, "ship", { name: "Waits too", owner: owner.id });
    expect((await w.admin.send("PATCH", `/api/users/${owner.id}`, { body: { active: false } })).status).toBe(200);
    const third = await made(w.admin, "ship", { name: "Waits as well", owner: owner.id });
    const stopped = async () =>
      (await w.admin.get("/api/connections")).json.items.find(({ name }: any) => name === "nautilus").stopped;
    await expect.poll(stopped, { timeout: 100_000 }).toBe("owner");
    await bound("nautilus", { owner: w.admin.id, active: true });
    await fares("nautilus", third.id, "delivered");
    expect(["unseen", "delivered"]).toContain((await deliveries("nautilus", second.id))[0].error ?? "delivered");
    await bound("nautilus", { active: false });
  });

  test("a condition over what the owner may not read tells nothing", async () => {
    await publish(connection("curious", { ship: { filter: { cel: "secret == 'gold'" } } }));
    await bound("curious", { owner: sailor.id });
    const { id } = await made(w.admin, "ship", { name: "Rich", secret: "gold", owner: sailor.id });
    await expect
      .poll(async () => (await deliveries("curious", id)).map(({ status }: any) => status), { timeout: 100_000 })
      .toEqual(["failed"]);
    expect(told("curious")).toEqual([]);
    await bound("curious", { active: false });
  });
});

describe("a receiver that is not there", () => {
  const stand = async (name: string) => {
    await publish(connection(name, { harbour: {} }));
    await bound(name);
  };
  const later = (ms: number) => w.clock.advance(ms);

  test("is tried again, later each time, with the same message; what follows for the record waits, for others not", async () => {
    await stand("later");
    const down = new Set<string>();
    there.answer = ({ body }, response) => {
      if (down.has(JSON.parse(body).data.id)) response.statusCode = 503;
      response.end();
    };
    const blocked = await made(w.admin, "harbour", { name: "Blocked" });
    await fares("later", blocked.id, "delivered");
    down.add(blocked.id);
    await patched(w.admin, "harbour", blocked, { name: "Blocked twice" });
    await patched(w.admin, "harbour", { ...blocked, version: 2 }, { name: "Blocked thrice" });
    const other = await made(w.admin, "harbour", { name: "Open" });
    await hears("later", other.id, "record.created");
    await fares("later", blocked.id, "delivered", "refused", "waiting");
    const [, waiting] = await deliveries("later", blocked.id);
    expect(waiting).toMatchObject({ status: "waiting", attempts: 1, answer: 503 });
    expect(new Date(waiting.due_at).getTime() - w.clock.now().getTime()).toBeLessThanOrEqual(5000);
    down.clear();
    later(5000);
    await fares("later", blocked.id, "delivered", "delivered", "delivered");
    const [, first, second, third] = toldOf("later", blocked.id);
    expect(second.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(second.headers["webhook-signature"]).not.toBe(first.headers["webhook-signature"]);
    expect(third.data.version).toBe(3);
  });

  test("is given up after ten tries, shown, and told again when somebody asks for it", async () => {
    await stand("dead");
    there.answer = (_, response) => void response.writeHead(500).end("do not show this");
    const { id } = await made(w.admin, "harbour", { name: "Dead" });
    const failures = async () =>
      (await w.admin.get("/api/connections")).json.items.find(({ name }: any) => name === "dead").circuit.failures;
    const state = async () => {
      const [{ attempts, tried_at }] = await deliveries("dead", id);
      return [attempts, tried_at, await failures()];
    };
    for (let tries = 1; tries <= 10; tries++) {
      await expect.poll(state, { timeout: 100_000 }).toEqual([tries, w.clock.now().toISOString(), tries]);
      later(90_000_000);
    }
    const [failed] = await deliveries("dead", id);
    expect(failed).toMatchObject({ status: "failed", attempts: 10, answer: 500, error: "refused" });
    expect(JSON.stringify(failed)).not.toContain("do not show");
    const codes = (await w.admin.get("/api/notifications")).json.items.map((it: any) => [it.told?.code, it.told?.by]);
    expect(codes.filter(([, by]: string[]) => by === "To dead")).toEqual([["connection_failed", "To dead"]]);
    there.answer = (_, response) => void response.end();
    const replayed = await w.admin.post(`/api/connections/dead/deliveries/${failed.id}/replay`);
    expect(replayed.status, replayed.text).toBe(204);
    await fares("dead", id, "delivered");
    const ids = toldOf("dead", id).map(({ headers }) => headers["webhook-id"]);
    expect([ids.length, new Set(ids).size]).toEqual([11, 1]);
    const again = await w.admin.post("/api/connections/dead/replay", { status: "delivered", since: failed.at });
    expect(again.json).toEqual({ count: 1 });
    await hears("dead", id, ...Array<string>(12).fill("record.created"));
  });

  test("says by its answer whether it is worth another try, and 410 ends it", async () => {
    await stand("final");
    const answers: [number, Record<string, string>, string][] = [
      [400, {}, "failed"],
      [302, { location: "/elsewhere" }, "failed"],
      [429, { "retry-after": "60" }, "waiting"],
    ];
    for (const [status, headers, expected] of answers) {
      there.answer = (_, response) => void response.writeHead(status, headers).end();
      const { id } = await made(w.admin, "harbour", { name: `Answers ${status}` });
      await expect.poll(async () => (await deliveries("final", id))[0].answer, { timeout: 100_000 }).toBe(status);
      const [delivery] = await deliveries("final", id);
      expect([status, delivery.status]).toEqual([status, expected]);
      if (expected === "waiting") expect(new Date(delivery.due_at).getTime() - w.clock.now().getTime()).toBe(60_000);
    }
    there.answer = (_, response) => void response.writeHead(410).end();
    await made(w.admin, "harbour", { name: "Gone" });
    const state = async () =>
      (await w.admin.get("/api/connections")).json.items.find(({ name }: any) => name === "final");
    await expect.poll(async () => (await state()).stopped, { timeout: 100_000 }).toBe("gone");
    expect((await state()).active).toBe(false);
    expect((await w.admin.get("/api/notifications")).json.items.map(({ title }: any) => title)).toContain(
      "Nothing goes to To final any more",
    );
  });

  test("cases 55 and 59: stands at a private address, where nothing goes and nothing is told of what is there", async () => {
    const canary = await receiver("127.0.0.2");
    await publish(connection("inside", { harbour: {} }, canary.url));
    await bound("inside");
    const { id } = await made(w.admin, "harbour", { name: "Inside" });
    await fares("inside", id, "closed");
    const [failed] = await deliveries("inside", id);
    expect(failed).toMatchObject({ status: "failed", answer: null });
    await w.admin.post(`/api/connections/inside/deliveries/${failed.id}/replay`);
    await fares("inside", id, "closed");
    const tested = await w.admin.post("/api/connections/inside/test");
    expect(tested.json).toEqual({ delivered: false, error: "closed" });
    for (const url of ["http://169.254.169.254", "http://[::1]:5432", "http://10.0.0.1:5432"]) {
      await publish(connection("inside", { harbour: {} }, url));
      expect((await w.admin.post("/api/connections/inside/test")).json.error).toBe("closed");
    }
    expect(canary.received).toEqual([]);
    await canary.close();
  });

  test("two workers tell each event once", async () => {
    await stand("shared");
    await bound("shared", { active: false });
    const names = Array.from({ length: 40 }, (_, at) => ({ name: `Twin ${at}` }));
    expect((await w.admin.post("/api/records/harbour", names)).status).toBe(201);
    await w.sql("update {ws}._connection set active = true where anchor = 'con_shared'");
    const { signal: stopping } = new AbortController();
    const gate = openGate({ open: { check: () => true } });
    const origin = () => "http://localhost";
    const courier = { workspace: w.workspace, gate, origin, now: () => w.clock.now(), stopping };
    const line = { wire: "con_shared", lane: "bulk", failures: 0, opened: 0, probe: false } as const;
    const drain = async () => {
      while ((await carrySome(courier, line)) > 0);
    };
    await Promise.all([drain(), drain(), drain()]);
    await expect.poll(() => told("shared").length, { timeout: 100_000 }).toBe(40);
    expect(new Set(told("shared").map(({ headers }) => headers["webhook-id"])).size).toBe(40);
  });
});

describe("whoever manages connections", () => {
  test("sees the secret once, may give one, and change it while both hold", async () => {
    await publish(connection("keys", { entry: {} }));
    const own = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;
    expect((await bound("keys", { secret: own })).secret).toBe(own);
    expect(await bound("keys")).not.toHaveProperty("secret");
    const next = (await w.admin.post("/api/connections/keys/secret")).json.secret;
    expect(next).toMatch(/^whsec_/);
    expect((await w.admin.post("/api/connections/keys/test")).json).toEqual({ delivered: true, answer: 200 });
    const signatures = () => {
      const { headers, body } = there.received.filter(({ path }) => path === "/keys").at(-1)!;
      const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
      const by = (key: string) => new Webhook(key).sign(String(headers["webhook-id"]), at, body);
      return { given: String(headers["webhook-signature"]).split(" "), old: by(own), new: by(next) };
    };
    const both = signatures();
    expect(both.given).toEqual([both.new, both.old]);
    w.clock.advance(25 * 3_600_000);
    await w.admin.post("/api/connections/keys/test");
    expect(signatures().given).toHaveLength(1);
    const rows = JSON.stringify(await w.sql("select * from {ws}._connection"));
    expect(rows).not.toContain(Buffer.alloc(32, 3).toString("base64").slice(0, 20));
    expect((await w.admin.get("/api/connections")).text).not.toContain("whsec_");
  });

  test("is an administrator", async () => {
    const asked = [
      ["GET", "/api/connections"],
      ["PUT", "/api/connections/port"],
      ["POST", "/api/connections/port/secret"],
      ["POST", "/api/connections/port/test"],
      ["POST", "/api/connections/port/replay"],
      ["GET", "/api/connections/port/deliveries"],
      ["PUT", "/api/intakes/port"],
      ["GET", "/api/intakes/port/received"],
    ] as const;
    for (const [method, path] of asked) {
      const body = method === "GET" ? {} : { body: {} };
      expect([path, (await sailor.send(method, path, body)).status]).toEqual([path, 403]);
      expect([path, (await w.nobody.send(method, path, body)).status]).toEqual([path, 401]);
    }
  });

  test("is told what is wrong with what she asks, and nothing changes by it", async () => {
    await bound("port");
    const put = (body: object) => w.admin.send("PUT", "/api/connections/port", { body });
    const faults = (await put({ owner: "me", active: "yes", secret: "x", colour: 1 })).json.problems;
    expect(faults.map(({ path, code }: any) => `${path} ${code}`).sort()).toEqual([
      "/active connection.value",
      "/colour connection.value",
      "/owner connection.owner",
      "/secret connection.secret",
    ]);
    const nobody = "00000000-0000-7000-8000-000000000000";
    const refused: [string, string, object | undefined, number, string][] = [
      ["PUT", "/api/connections/constructor", {}, 404, "connection.missing"],
      ["POST", "/api/connections/nowhere/secret", {}, 404, "connection.missing"],
      ["GET", "/api/connections/port/deliveries?status=lost", undefined, 422, "connection.value"],
      ["GET", "/api/connections/port/deliveries?cursor=x", undefined, 422, "connection.value"],
      ["POST", `/api/connections/port/deliveries/${nobody}/replay`, {}, 404, "delivery.missing"],
      ["POST", "/api/connections/port/deliveries/x/replay", {}, 404, "delivery.missing"],
      ["POST", "/api/connections/port/replay", { since: "yesterday" }, 422, "connection.value"],
      ["POST", "/api/connections/port/replay", { status: "waiting" }, 422, "connection.value"],
      ["POST", "/api/connections/port/replay", { all: true }, 422, "connection.value"],
    ];
    // What went out before may come to its end just now: then it is asked again.
    await vi.waitFor(async () => {
      const before = await dump(w, ["_effect"]);
      for (const [method, path, body, status, code] of refused) {
        const answer = await w.admin.send(method, path, body ? { body } : {});
        expect([path, answer.status, answer.json.code]).toEqual([path, status, code]);
      }
      expect(await dump(w, ["_effect"])).toEqual(before);
    }, 60_000);
  });

  test("cannot publish a document that does not hold", async () => {
    const codes = async (document: object) =>
      (await draft(document as AnyDocument)).json.problems.map(({ code }: any) => code);
    expect(await codes(connection("bad", { shop: {} }))).toEqual(["document.entity_unknown"]);
    expect(await codes(connection("bad", { ship: { events: ["ship.sunk"] } }))).toEqual(["document.event_unknown"]);
    expect(await codes(connection("bad", { ship: { filter: { cel: "colour == 1" } } }))).toEqual(["field.unknown"]);
    for (const url of ["ftp://a.example", "http://user:key@a.example", "file:///etc/passwd", "a.example"])
      expect([url, await codes({ ...connection("bad", { ship: {} }), url })]).toEqual([url, ["document.malformed"]]);
    expect(await codes({ ...connection("bad", { ship: {} }), url: "http://[" })).toEqual(["connection.url"]);
  });
});
