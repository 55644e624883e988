import { afterAll, beforeAll, expect, test } from "vitest";
import { dump, harbourDocuments } from "../harbour.ts";
import { world, type World } from "../world.ts";

let here: World;
beforeAll(async () => {
  here = await world({ documents: harbourDocuments });
});
afterAll(() => here.close());

const post = (key: string, body: unknown = { name: "Argo" }) =>
  here.admin.post("/api/records/ship", body, { "idempotency-key": key });
const ships = async () => (await here.sql("select count(*)::int as n from {ws}.ship"))[0].n as number;

test("the same request again is answered the same, byte by byte, and done once", async () => {
  const first = await post("k1");
  const count = await ships();
  const again = await post("k1");
  expect([again.status, again.text]).toEqual([201, first.text]);
  for (const name of ["etag", "location", "trellis-operation", "content-type"])
    expect(again.headers.get(name)).toBe(first.headers.get(name));
  expect(await ships()).toBe(count);
});

test("another body under a used key is refused", async () => {
  await post("k2");
  const before = await dump(here);
  const other = await post("k2", { name: "Other" });
  expect([other.status, other.json.code]).toEqual([422, "idempotency.reused"]);
  expect(await dump(here)).toEqual(before);
});

test("of many at the same time one works", async () => {
  const count = await ships();
  const all = await Promise.all(Array.from({ length: 12 }, () => post("k3")));
  const made = all.filter(({ status }) => status === 201);
  expect(new Set(made.map(({ text }) => text)).size).toBe(1);
  expect(all.every(({ status }) => status === 201 || status === 409)).toBe(true);
  expect(await ships()).toBe(count + 1);
});

test("a refused request gives its key back", async () => {
  const before = await dump(here);
  expect((await post("k4", { name: 5 })).status).toBe(422);
  expect(await dump(here)).toEqual(before);
  expect((await post("k4")).status).toBe(201);
});

test("a key is one person's, one route's, and a day's", async () => {
  const sailor = await here.user("Sindbad", { roles: ["sailor"] });
  await post("k5");
  const count = await ships();
  expect((await sailor.post("/api/records/ship", { name: "Argo" }, { "idempotency-key": "k5" })).status).toBe(201);
  expect((await here.admin.post("/api/records/harbour", { name: "Argo" }, { "idempotency-key": "k5" })).status).toBe(
    201,
  );
  here.clock.advance(25 * 3_600_000);
  expect((await post("k5")).status).toBe(201);
  expect(await ships()).toBe(count + 2);
});

test("a deletion is answered again as well", async () => {
  const { json } = await post("k6");
  const send = () => here.admin.delete(`/api/records/ship/${json.id}`, { "if-match": '"1"', "idempotency-key": "k7" });
  expect((await send()).status).toBe(204);
  expect((await send()).status).toBe(204);
});

test("whoever died in the middle leaves a key that another takes over, or learns from what was done", async () => {
  await post("k8");
  await here.sql("update {ws}._idempotency set status = null, answer = null where key = 'k8'");
  expect((await post("k8")).json.code).toBe("idempotency.in_flight");
  here.clock.advance(11 * 60_000);
  const learnt = await post("k8");
  expect(learnt.status).toBe(200);
  expect(learnt.json.operation).toBe(learnt.headers.get("trellis-operation"));
  await here.sql("update {ws}._idempotency set headers = null, status = null where key = 'k8'");
  expect((await post("k8")).status).toBe(201);
});

test("a key that is none is refused", async () => {
  expect((await post("a b")).json.code).toBe("idempotency.malformed");
  expect((await post("x".repeat(201))).json.code).toBe("idempotency.malformed");
});
