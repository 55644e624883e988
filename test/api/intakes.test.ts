import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Webhook } from "standardwebhooks";
import type { AnyDocument, IntakeDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dump, harbourDocuments } from "../harbour.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
let server: Server;
let url: string;
let sailor: Client;
const secrets = new Map<string, string>();

beforeAll(async () => {
  w = await world({ documents: harbourDocuments, templates: ["core", "sales"] });
  server = createServer(getRequestListener(w.fetch));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/hooks`;
  sailor = await w.user("Sindbad", { roles: ["sailor"] });
  await stands("arrivals", sailor.id);
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
  await w.close();
});

const ships = { name: { from: "/ship/name" }, code: { from: "/ship/code" }, crew: { from: "/ship/hands", value: 1 } };

function intake(name: string, given: Partial<IntakeDocument> = {}): IntakeDocument {
  return {
    $schema: "urn:trellis:intake:1",
    $id: name,
    $anchor: `int_${name}`,
    title: `From ${name}`,
    entity: "ship",
    does: "upsert",
    match: "code",
    values: ships,
    ...given,
  };
}

async function draft(document: AnyDocument & { $id: string }) {
  const change = (await w.admin.post("/api/changes", { reason: "Test" })).json.id;
  const path = `/api/documents/intake/${document.$id}?change=${change}`;
  const answer = await w.admin.send("PUT", path, { body: document });
  return answer.status === 200 ? w.admin.post(`/api/changes/${change}/publish`) : answer;
}

async function stands(name: string, owner: string, given: Partial<IntakeDocument> = {}) {
  const published = await draft(intake(name, given));
  expect(published.status, published.text).toBe(200);
  const bound = await w.admin.send("PUT", `/api/intakes/${name}`, { body: { owner } });
  expect(bound.status, bound.text).toBe(201);
  secrets.set(name, bound.json.secret);
}

let messages = 0;

interface Sent {
  readonly id?: string;
  readonly secret?: string;
  readonly at?: Date;
  readonly headers?: Record<string, string>;
}

/** Posts as a sender outside does, signed by the library that such senders use. */
async function post(name: string, payload: unknown, { id = `m${++messages}`, secret, at, headers }: Sent = {}) {
  const body = typeof payload === "string" ? payload : JSON.stringify(payload);
  const now = at ?? w.clock.now();
  const key = secret ?? secrets.get(name) ?? `whsec_${Buffer.alloc(32).toString("base64")}`;
  const answer = await fetch(`${url}/${name}`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": new Webhook(key).sign(id, now, body),
      ...headers,
    },
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: JSON.parse(text) };
}

const shipsBy = async (code: string) =>
  (await w.admin.get(`/api/records/ship?filter=${encodeURIComponent(`code == '${code}'`)}`)).json.items;
const received = async (name: string, id: string) =>
  (await w.admin.get(`/api/intakes/${name}/received`)).json.items.find(({ message }: any) => message === id);

describe("a message", () => {
  test("becomes a record in its owner's name, as an operation that can be undone, and then changes it", async () => {
    const made = await post("arrivals", { ship: { name: "Argo", code: "A1", hands: 50 } });
    expect(made.status, made.text).toBe(200);
    const [ship] = await shipsBy("A1");
    expect(ship).toMatchObject({ id: made.json.id, name: "Argo", crew: 50, created_by: sailor.id, owner: sailor.id });
    const changed = await post("arrivals", { ship: { name: "Argo II", code: "A1" }, more: "of no interest" });
    expect(changed.json).toEqual({ id: ship.id, repeated: false });
    expect(await shipsBy("A1")).toMatchObject([{ name: "Argo II", crew: 1, version: 2 }]);
    const undone = await w.admin.post(`/api/operations/${changed.headers.get("trellis-operation")}/undo`);
    expect(undone.status, undone.text).toBe(200);
    expect(await shipsBy("A1")).toMatchObject([{ name: "Argo", crew: 50 }]);
  });

  test("is an event of the record that it names, with the values of its form", async () => {
    const external = { external_id: { from: "/deal" } };
    const values = { ...external, lost_reason: { value: "price" } };
    await stands("losses", w.admin.id, {
      entity: "deal",
      does: "event",
      match: "external_id",
      event: "deal.lose",
      values,
    });
    const { id } = (await w.admin.post("/api/records/deal", { title: "Lost", external_id: "D-7" })).json;
    const moved = await post("losses", { deal: "D-7" });
    expect(moved.json).toEqual({ id, repeated: false });
    expect((await w.admin.get(`/api/records/deal/${id}`)).json).toMatchObject({ stage: "lost", lost_reason: "price" });
    const again = await post("losses", { deal: "D-7" });
    expect([again.status, again.json.code]).toEqual([409, "event.refused"]);
    const none = await post("losses", { deal: "D-8" });
    expect([none.status, none.json.problems[0]]).toMatchObject([404, { code: "record.missing", path: "/deal" }]);
  });

  test("that is only to change, or only to make, does no other thing", async () => {
    await stands("news", sailor.id, { does: "update" });
    expect((await post("news", { ship: { name: "New", code: "N1" } })).json.code).toBe("record.missing");
    const { match: _, ...plain } = intake("plain", { does: "create" });
    await stands("plain", sailor.id, { ...plain, match: undefined } as never);
    const one = { ship: { name: "Plain", code: "P1" } };
    expect((await post("plain", one)).status).toBe(200);
    expect((await post("plain", one)).json.code).toBe("record.duplicate");
    expect((await post("news", { ship: { name: "Fancy", code: "P1" } })).status).toBe(200);
    expect(await shipsBy("P1")).toMatchObject([{ name: "Fancy" }]);
  });
});

describe("case 104: what is not signed as is agreed is refused, always in the same words", () => {
  const payload = { ship: { name: "Forged", code: "F1" } };
  const far = (seconds: number) => new Date(w.clock.now().getTime() + seconds * 1000);

  test.each<[string, string, () => Sent]>([
    ["with another secret", "arrivals", () => ({ secret: `whsec_${Buffer.alloc(32, 9).toString("base64")}` })],
    ["too long ago", "arrivals", () => ({ at: far(-301) })],
    ["in times to come", "arrivals", () => ({ at: far(301) })],
    ["without a signature", "arrivals", () => ({ headers: { "webhook-signature": "" } })],
    ["with garbage as signature", "arrivals", () => ({ headers: { "webhook-signature": "v1,AAAA v1a,x v1," } })],
    ["without a time", "arrivals", () => ({ headers: { "webhook-timestamp": "" } })],
    ["with a time of another form", "arrivals", () => ({ headers: { "webhook-timestamp": "1e9" } })],
    ["without an id", "arrivals", () => ({ headers: { "webhook-id": "" } })],
    ["with an id that it was not signed for", "arrivals", () => ({ headers: { "webhook-id": "other" } })],
    ["to an intake that nobody knows", "nowhere", () => ({})],
    ["to a name of JavaScript's", "constructor", () => ({})],
  ])("%s", async (_, name, sent) => {
    const before = await dump(w);
    const answer = await post(name, payload, sent());
    expect(answer.json).toMatchObject({ status: 401, code: "intake.unsigned", problems: [{ path: "" }] });
    expect(await dump(w)).toEqual(before);
  });

  test("with a body that was changed by one byte", async () => {
    const body = JSON.stringify(payload);
    const headers = { "webhook-signature": new Webhook(secrets.get("arrivals")!).sign("x", w.clock.now(), body) };
    const answer = await post("arrivals", body.replace("F1", "F2"), { id: "x", headers });
    expect(answer.json.code).toBe("intake.unsigned");
    expect(await shipsBy("F2")).toEqual([]);
  });

  test("where nobody is its owner any more, or it was switched off, until it is on again", async () => {
    const owner = await w.user("Nemo", { roles: ["sailor"] });
    await stands("nautilus", owner.id);
    const send = () => post("nautilus", { ship: { name: "Nautilus", code: "NA" } });
    expect((await send()).status).toBe(200);
    expect((await w.admin.send("PATCH", `/api/users/${owner.id}`, { body: { active: false } })).status).toBe(200);
    expect((await send()).json.code).toBe("intake.unsigned");
    const bind = (body: object) => w.admin.send("PUT", "/api/intakes/nautilus", { body });
    await bind({ owner: w.admin.id, active: false });
    expect((await send()).json.code).toBe("intake.unsigned");
    await bind({ active: true });
    expect((await send()).status).toBe(200);
  });

  test("by a former secret only as long as both hold", async () => {
    await stands("turning", sailor.id);
    const former = secrets.get("turning")!;
    const { secret } = (await w.admin.post("/api/intakes/turning/secret")).json;
    const send = (key: string) => post("turning", { ship: { name: "Turning", code: "T1" } }, { secret: key });
    expect([(await send(former)).status, (await send(secret)).status]).toEqual([200, 200]);
    w.clock.advance(25 * 3_600_000);
    expect([(await send(former)).status, (await send(secret)).status]).toEqual([401, 200]);
  });
});

describe("a message works once", () => {
  test("whoever sends it again, then or later, and however many at once", async () => {
    const payload = { ship: { name: "Once", code: "O1", hands: 7 } };
    const many = await Promise.all(Array.from({ length: 8 }, () => post("arrivals", payload, { id: "once" })));
    expect(many.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(many.filter(({ json }) => !json.repeated)).toHaveLength(1);
    expect(new Set(many.map(({ json }) => json.id)).size).toBe(1);
    const before = await dump(w);
    w.clock.advance(3_600_000);
    const later = await post("arrivals", payload, { id: "once" });
    expect(later.json).toEqual({ id: many[0]!.json.id, repeated: true });
    expect(later.headers.get("trellis-operation")).toBe(many[0]!.headers.get("trellis-operation"));
    expect(await dump(w)).toEqual(before);
    expect(await shipsBy("O1")).toMatchObject([{ version: 1 }]);
  });

  test("and its id is no other message's", async () => {
    const answer = await post("arrivals", { ship: { name: "Another", code: "O2" } }, { id: "once" });
    expect([answer.status, answer.json.code]).toEqual([409, "intake.reused"]);
    expect(await shipsBy("O2")).toEqual([]);
  });

  test("of two senders who make the same record at once, the second changes it", async () => {
    const send = (at: number) => post("arrivals", { ship: { name: `Twin ${at}`, code: "TW" } });
    const answers = await Promise.all([1, 2, 3, 4].map(send));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await shipsBy("TW")).toMatchObject([{ version: 4 }]);
  });
});

describe("the rights are its owner's", () => {
  test("case 22: what she may not write is not written, and fields that nobody writes have no place in an intake", async () => {
    for (const name of ["id", "created_at", "created_by", "deleted_at", "version", "number"]) {
      const values = { ...ships, [name]: { from: "/x" } };
      const refused = await draft(intake("bad", { values }));
      expect([name, refused.json.problems.map(({ code }: any) => code)]).toEqual([name, ["field.read_only"]]);
    }
    const foreign = { ...ships, owner: { from: "/owner" } };
    await stands("owners", sailor.id, { values: foreign });
    const hers = { ship: { name: "Mine", code: "MI" }, owner: w.admin.id };
    const refused = await post("owners", hers);
    expect([refused.status, refused.json.code]).toEqual([403, "right.missing"]);
    await stands("gold", sailor.id, { values: { ...ships, secret: { from: "/secret" } } });
    const gold = await post("gold", { ship: { name: "Gold", code: "GO" }, secret: "gold" });
    expect([gold.status >= 400, gold.json.problems[0].path]).toEqual([true, "/secret"]);
    expect([...(await shipsBy("MI")), ...(await shipsBy("GO"))]).toEqual([]);
  });

  test("a record that she does not see is not found, and not told of", async () => {
    await w.admin.post("/api/records/ship", { name: "Admin's", code: "AD" });
    const answer = await post("arrivals", { ship: { name: "Grab", code: "AD" } });
    expect([answer.status, answer.json.code]).toEqual([409, "record.duplicate"]);
    expect(answer.text).not.toContain("Admin's");
    expect(await shipsBy("AD")).toMatchObject([{ name: "Admin's" }]);
  });
});

describe("what does not fit", () => {
  test("is refused with its places in the message, noted without its values, and may come again mended", async () => {
    const bad = { ship: { name: "", code: "B1", hands: "many" } };
    const refused = await post("arrivals", bad, { id: "mend" });
    expect(refused.status).toBe(422);
    expect(refused.json.problems.map(({ path }: any) => path).sort()).toEqual(["/ship/hands", "/ship/name"]);
    const noted = await received("arrivals", "mend");
    expect(noted).toMatchObject({ status: "refused", record: null });
    expect(noted.problems).toHaveLength(2);
    expect(await shipsBy("B1")).toEqual([]);
    const mended = { ship: { name: "Mended", code: "B1" } };
    expect((await post("arrivals", mended, { id: "mend" })).status).toBe(200);
    expect(await received("arrivals", "mend")).toMatchObject({ status: "done", problems: null });
  });

  test.each<[string, unknown, number, string]>([
    ["no JSON", "{", 400, "body.malformed"],
    ["nothing that says which", { ship: { name: "x" } }, 422, "intake.unmatched"],
    ["another kind of thing that says which", { ship: { name: "x", code: { $ne: null } } }, 422, "intake.unmatched"],
    ["a list", [1, 2], 422, "intake.unmatched"],
    ["no object at all", null, 422, "intake.unmatched"],
    ["a name of JavaScript's", '{"__proto__": {"ship": {"code": "x"}}}', 400, "body.name"],
    ["NUL", { ship: { name: "a\u0000b", code: "NUL" } }, 422, "value.not_text"],
    ["a rule that it breaks", { ship: { name: "S".repeat(100), code: "LONG" } }, 422, "value.invalid"],
  ])("%s", async (_, payload, status, code) => {
    const before = await dump(w, ["_received"]);
    const answer = await post("arrivals", payload);
    expect([answer.status, answer.json.code], answer.text).toEqual([status, code]);
    expect(await dump(w, ["_received"])).toEqual(before);
  });

  test("words of the filter language stay words", async () => {
    for (const code of ["' == '", "x' || true || '", '" || 1 == 1', "\\", "\\u0027", "a\nb", "\u2028"]) {
      const answer = await post("arrivals", { ship: { name: "Quoted", code } });
      expect([code, answer.status]).toEqual([code, 200]);
      expect((await w.sql("select code from {ws}.ship where id = $1", [answer.json.id]))[0].code).toBe(code);
    }
  });

  test("case 93: more than a megabyte, whatever it says of its length, and another type", async () => {
    const large = JSON.stringify({ ship: { name: "x".repeat(1_100_000), code: "BIG" } });
    expect((await post("arrivals", large)).status).toBe(413);
    const lying = new Request(`http://localhost/api/hooks/arrivals`, {
      method: "POST",
      body: new Blob([large]).stream(),
      duplex: "half",
      headers: { "content-type": "application/json" },
    } as RequestInit);
    expect((await w.fetch(lying)).status).toBe(413);
    const typed = await post(
      "arrivals",
      { ship: { name: "T", code: "T" } },
      { headers: { "content-type": "text/plain" } },
    );
    expect(typed.status).toBe(415);
    expect((await fetch(`${url}/arrivals`)).status).toBe(401);
  });

  test("cannot be published", async () => {
    const codes = async (given: Partial<IntakeDocument>) =>
      (await draft(intake("bad", given))).json.problems.map(({ code }: any) => code);
    expect(await codes({ entity: "shop" })).toEqual(["document.entity_unknown"]);
    expect(await codes({ values: { ...ships, colour: { value: 1 } } })).toEqual(["document.field_unknown"]);
    expect(await codes({ match: "name" })).toEqual(["intake.match"]);
    expect(await codes({ match: "secret" })).toEqual(["intake.match"]);
    expect(await codes({ values: { ...ships, code: { value: "same" } } })).toEqual(["intake.match"]);
    expect(await codes({ event: "deal.win" })).toContain("intake.event");
    expect(await codes({ does: "event" })).toEqual(["intake.event"]);
    expect(await codes({ values: { ...ships, name: { from: "ship.name" } } })).toEqual(["document.malformed"]);
    const { match: _, ...plain } = intake("bad");
    expect((await draft(plain as IntakeDocument)).json.problems[0].code).toBe("intake.match_needed");
  });
});

test("one workspace tells another: what goes out by a connection comes in by an intake", async () => {
  const out = {
    $schema: "urn:trellis:connection:1",
    $id: "home",
    $anchor: "con_home",
    title: "Home",
    channel: "webhook",
    url: `${url}/echo`,
    entities: { harbour: {} },
  };
  const values = { name: { from: "/data/record/name" } };
  const change = (await w.admin.post("/api/changes", { reason: "Loop" })).json.id;
  await w.admin.send("PUT", `/api/documents/connection/home?change=${change}`, { body: out });
  await w.admin.send("PUT", `/api/documents/intake/echo?change=${change}`, {
    body: intake("echo", { does: "create", values, match: undefined } as never),
  });
  expect((await w.admin.post(`/api/changes/${change}/publish`)).status).toBe(200);
  const { secret } = (await w.admin.send("PUT", "/api/connections/home", { body: {} })).json;
  await w.admin.send("PUT", "/api/intakes/echo", { body: { secret } });
  await w.work();
  await w.admin.post("/api/records/harbour", { name: "Ithaca" });
  const echoed = async () =>
    (await w.admin.get(`/api/records/ship?filter=${encodeURIComponent("name == 'Ithaca'")}`)).json.items.length;
  await expect.poll(echoed, { timeout: 50_000 }).toBe(1);
});
