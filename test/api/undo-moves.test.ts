import { afterAll, beforeAll, expect, test } from "vitest";
import { dump, memory } from "../harbour.ts";
import { world, type World } from "../world.ts";

let here: World;
beforeAll(async () => {
  here = await world({ templates: ["core", "sales"] });
});
afterAll(() => here.close());

const records = () => dump(here, [...memory, "_counter"]);
const undo = (answer: { headers: Headers }) =>
  here.admin.post(`/api/operations/${answer.headers.get("trellis-operation") ?? ""}/undo`);

test("a new record goes with its run, its journal and what was begun along with it", async () => {
  const before = await records();
  const made = await here.admin.post("/api/records/deal", { title: "Ore" });
  expect(made.status, made.text).toBe(201);
  expect(made.json.stage).toBe("prospecting");
  expect(await here.sql("select state, status from {ws}._run where record = $1", [made.json.id])).toHaveLength(1);
  expect((await undo(made)).json).toMatchObject({ removed: 1, conflicts: [] });
  expect(await records()).toEqual(before);
});

test("a move goes back: state, run and follow-up, as they were", async () => {
  const company = (await here.admin.post("/api/records/company", { name: "Aoba" })).json.id;
  const { json } = await here.admin.post("/api/records/deal", { title: "Ore", company });
  const send = (body: object) => here.admin.post(`/api/records/deal/${json.id}/events`, body);
  expect((await send({ type: "deal.advance" })).status).toBe(200);
  const before = await records();
  here.clock.advance(3_600_000);
  const won = await send({ type: "deal.win", values: { close_date: "2026-03-02", amount: 900 } });
  expect(won.status, won.text).toBe(200);
  const tasks = async () => (await here.sql("select count(*)::int as n from {ws}.task"))[0].n;
  expect(await tasks()).toBe(1);
  expect((await undo(won)).json).toMatchObject({ restored: 1, removed: 1, conflicts: [] });
  expect(await tasks()).toBe(0);
  expect(await records()).toEqual(before);
  expect((await send({ type: "deal.win", values: { close_date: "2026-03-02", amount: 900 } })).status).toBe(200);
});

test("what the API says of a move stands in its history as a move", async () => {
  const { json } = await here.admin.post("/api/records/deal", { title: "Ore" });
  const offers = (await here.admin.get(`/api/records/deal/${json.id}/events`)).json;
  const [offer] = offers.filter(({ allowed }: any) => allowed);
  await here.admin.post(`/api/records/deal/${json.id}/events`, { type: offer.type });
  const { items } = (await here.admin.get(`/api/records/deal/${json.id}/timeline`)).json;
  const move = items.find(({ act }: any) => act === "move");
  expect(move.before.stage).toBe("prospecting");
  expect(move.after.stage).not.toBe("prospecting");
});

test("the state of a record is not written by hand", async () => {
  const { json } = await here.admin.post("/api/records/deal", { title: "Ore" });
  const before = await dump(here);
  const patched = await here.admin.patch(`/api/records/deal/${json.id}`, { stage: "won" }, { "if-match": '"1"' });
  expect(patched.json.problems).toMatchObject([{ code: "field.read_only", path: "/stage" }]);
  expect(await dump(here)).toEqual(before);
});
