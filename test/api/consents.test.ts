import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { consentsOf } from "../../runtime/store/consents.ts";
import { release, suppress, suppressed } from "../../runtime/store/suppressions.ts";
import { brokenRules, collectStatements } from "../fixtures/emitted.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
let marketer: Client;
let stranger: Client;
let person: string;

const purpose = (name: string, double_opt_in: boolean): AnyDocument => ({
  $schema: "urn:trellis:purpose:1",
  $id: name,
  $anchor: `pur_${name}`,
  title: name,
  basis: "consent",
  double_opt_in,
});
const documents: readonly AnyDocument[] = [
  purpose("news", true),
  purpose("offers", false),
  {
    $schema: "urn:trellis:entity:1",
    $id: "person",
    $anchor: "ent_person",
    type: "object",
    title: "Person",
    name_field: "name",
    properties: {
      name: { $anchor: "fld_name", field: "text", title: "Name" },
      email: { $anchor: "fld_email", field: "email", title: "E-mail" },
      phone: { $anchor: "fld_phone", field: "phone", title: "Phone" },
    },
  },
  {
    $schema: "urn:trellis:role:1",
    $id: "marketer",
    $anchor: "role_marketer",
    title: "Marketer",
    entities: {
      person: { create: "all", read: "all", update: "own", fields: { phone: { read: "none", write: "none" } } },
    },
  },
];

const collected = collectStatements();
beforeAll(async () => {
  w = await world({ documents });
  marketer = await w.user("Emi", { roles: ["marketer"] });
  stranger = await w.user("Sam", { roles: [] });
  const made = await marketer.post("/api/records/person", { name: "Ada", email: "Ada@Example.com" });
  person = made.json.id;
});
afterAll(() => w.close());

const say = (who: Client, more: object) => who.post("/api/consents", { entity: "person", record: person, ...more });
const listed = async (who: Client = marketer) =>
  (await who.get(`/api/consents?entity=person&record=${person}`)).json.items as {
    channel: string;
    address: string;
    purpose: { name: string };
    state: string;
    history: { action: string; by: { name: string } | null; proof: unknown }[];
  }[];
const stateOf = async (name: string) => (await listed()).find((it) => it.purpose.name === name)?.state;
const scene = () => ({ workspace: w.workspace, model: w.workspace.model, now: w.clock.now() });

test("consent is given by an address for a purpose; by double opt-in it counts once it is confirmed", async () => {
  expect((await listed()).map(({ address, purpose: of, state }) => [address, of.name, state])).toEqual([
    ["ada@example.com", "news", "none"],
    ["ada@example.com", "offers", "none"],
  ]);
  const proof = "Said so by telephone on Monday, to Emi.";
  const made = await say(marketer, { purpose: "news", action: "grant", wording: "Our news, monthly", proof });
  expect(made.status, made.text).toBe(201);
  expect(made.json.items).toEqual([
    { channel: "email", address: "ada@example.com", purpose: "news", state: "unconfirmed" },
  ]);
  await say(marketer, { purpose: "offers", action: "grant", proof });
  expect([await stateOf("news"), await stateOf("offers")]).toEqual(["unconfirmed", "granted"]);
  await say(marketer, { purpose: "news", action: "confirm", proof: "Answered the mail." });
  const [news] = await listed();
  expect([news?.state, news?.history.map(({ action, by }) => [action, by?.name])]).toEqual([
    "granted",
    [
      ["confirm", "Emi"],
      ["grant", "Emi"],
    ],
  ]);
  const stand = await consentsOf(w.pool, scene(), {
    channel: "email",
    purpose: "news",
    addresses: ["ADA@example.com", "bob@example.com"],
  });
  expect([...stand]).toEqual([
    ["ADA@example.com", "granted"],
    ["bob@example.com", "none"],
  ]);
});

test("a withdrawal wins over what is imported later, and consent ends when it says so", async () => {
  await say(marketer, { purpose: "offers", action: "withdraw" });
  const past = { purpose: "offers", action: "grant", source: "import" };
  await say(marketer, past);
  expect(await stateOf("offers")).toBe("withdrawn");
  w.clock.set(new Date(w.clock.now().getTime() + 1000));
  const expires_at = new Date(w.clock.now().getTime() + 60_000).toISOString();
  await say(marketer, { ...past, proof: "Signed on paper.", expires_at });
  expect(await stateOf("offers")).toBe("granted");
  w.clock.set(new Date(Date.parse(expires_at)));
  expect(await stateOf("offers")).toBe("none");
});

test("two who speak at the same time are both heard", async () => {
  const words = Array.from({ length: 8 }, (_, at) => ({
    ...{ address: "both@example.com", purpose: "offers", source: "import" },
    action: at === 7 ? "withdraw" : "grant",
  }));
  const answers = await Promise.all(words.map((it) => w.admin.post("/api/consents", it)));
  expect(answers.map(({ status }) => status)).toEqual(words.map(() => 201));
  const [{ history, state }] = (await w.admin.get("/api/consents?address=both@example.com")).json.items.filter(
    (it: { purpose: { name: string } }) => it.purpose.name === "offers",
  );
  expect([history.length, state]).toEqual([8, "withdrawn"]);
});

test("only who may change the record speaks for it, of addresses that she sees; what is wrong stores nothing", async () => {
  const other = (await w.admin.post("/api/records/person", { name: "Bob", email: "bob@example.com" })).json.id;
  const phoned = (await marketer.post("/api/records/person", { name: "Eve" })).json;
  await w.sql(`update {ws}.person set phone = '+49 30 123' where id = $1`, [phoned.id]);
  const count = async () => (await w.sql("select count(*)::int as n from {ws}._consent"))[0].n;
  const before = await count();
  const grant = { purpose: "news", action: "grant", proof: "So she said." };
  const asked: [Client, object, number, string][] = [
    [stranger, grant, 404, "entity.unknown"],
    [marketer, { ...grant, record: other }, 403, "right.missing"],
    [marketer, { ...grant, record: phoned.id, channel: "phone" }, 422, "consent.address"],
    [marketer, { ...grant, address: "other@example.com" }, 422, "consent.address"],
    [marketer, { ...grant, purpose: "nothing" }, 422, "purpose.unknown"],
    [marketer, { purpose: "news", action: "grant" }, 422, "consent.value"],
    [marketer, { ...grant, at: "2099-01-01T00:00:00Z" }, 422, "consent.value"],
    [marketer, { ...grant, state: "granted" }, 422, "consent.value"],
    [marketer, { ...grant, record: "x" }, 422, "consent.value"],
  ];
  for (const [who, more, status, code] of asked) {
    const answer = await say(who, more);
    expect([answer.status, answer.json.code], JSON.stringify(more)).toEqual([status, code]);
  }
  const alone = await marketer.post("/api/consents", { ...grant, address: "eve@example.com" });
  expect([alone.status, alone.json.code]).toEqual([403, "right.missing"]);
  const looked = await marketer.get("/api/consents?address=ada@example.com");
  expect([looked.status, looked.json.code]).toEqual([403, "right.missing"]);
  expect((await stranger.get(`/api/consents?entity=person&record=${person}`)).status).toBe(404);
  expect((await marketer.get(`/api/consents?entity=person&record=${phoned.id}`)).json.items).toEqual([]);
  expect(await count()).toBe(before);
});

test("what is suppressed is known by its hash alone, an address or a whole domain", async () => {
  const now = w.clock.now();
  await suppress(w.pool, w.workspace, {
    channel: "email",
    addresses: ["Ada@example.com", "@bad.test"],
    reason: "complaint",
    now,
  });
  const asked = ["ada@EXAMPLE.com", "bob@example.com", "x@bad.test", "x@sub.bad.test"];
  expect([...(await suppressed(w.pool, w.workspace, "email", asked))]).toEqual(["ada@EXAMPLE.com", "x@bad.test"]);
  expect(
    JSON.stringify(await w.sql("select encode(address_hash, 'escape') as h from {ws}._suppression")),
  ).not.toContain("ada");
  await release(w.pool, w.workspace, "email", ["ada@example.com"]);
  expect([...(await suppressed(w.pool, w.workspace, "email", asked))]).toEqual(["x@bad.test"]);
});

test("its statements keep to the style of the house", () => {
  collected.stop();
  const own = [...new Set(collected.emitted.map(({ sql }) => sql))].filter((sql) => /_consent|_suppression/.test(sql));
  expect(own.length).toBeGreaterThan(8);
  expect(own.flatMap((sql) => brokenRules(sql).map((rule) => `${rule}: ${sql.slice(0, 200)}`))).toEqual([]);
});
