import { afterAll, beforeAll, expect, test } from "vitest";
import { fireDue } from "../../runtime/store/fire.ts";
import { voyageDocuments } from "../fixtures/voyage.ts";
import { world, type World } from "../world.ts";

let w: World;
beforeAll(async () => {
  w = await world({ documents: voyageDocuments });
  await w.work();
});
afterAll(() => w.close());

async function voyage(values: object = {}): Promise<string> {
  const answer = await w.admin.post("/api/records/voyage", { name: "Vega", cargo: 5, ...values });
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id;
}
const send = async (id: string, type: string, values?: object) => {
  const answer = await w.admin.post(`/api/records/voyage/${id}/events`, { type, ...(values ? { values } : {}) });
  expect(answer.status, answer.text).toBe(200);
  return answer;
};
const read = async (id: string) => (await w.admin.get(`/api/records/voyage/${id}`)).json;
const timers = (id: string) =>
  w.sql(
    "select name, due_at, held from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = $1 order by 1",
    [id],
  );
const told = (id: string) => w.sql("select title, for_user from {ws}._notification where record = $1", [id]);
const days = async (n: number) => {
  const now = new Date(w.clock.now().getTime() + n * 86_400_000).toISOString();
  expect((await w.admin.post("/api/test/clock", { now })).status).toBe(200);
};
const until = async (holds: () => Promise<boolean>) => {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 200) throw new Error("This did not come true.");
    await new Promise((done) => setTimeout(done, 25));
  }
};

test("a wait is written with the step that begins it and taken away by the one that ends it", async () => {
  const id = await voyage();
  expect(await timers(id)).toMatchObject([{ name: "xstate.after.idle.st_loading" }]);
  await send(id, "voyage.sail");
  expect(await read(id)).toMatchObject({ course: "sailing", customs: "declared" });
  expect(await timers(id)).toEqual([]);
});

test("a reminder comes once, in the bell, when the clock has gone on", async () => {
  const id = await voyage();
  await days(13);
  expect(await told(id)).toEqual([]);
  await days(1);
  await until(async () => (await told(id)).length > 0);
  await days(20);
  expect(await told(id)).toEqual([{ title: "Still loading", for_user: w.admin.id }]);
  const bell = (await w.admin.get("/api/notifications")).json;
  expect(bell.items[0]).toMatchObject({ title: "Still loading", entity: "voyage", record: id });
  const journal = await w.sql(
    `select j.event, j.by, j.transitions from {ws}._journal j join {ws}._run r on r.id = j.run
     where r.record = $1 order by j.revision`,
    [id],
  );
  expect(journal[1]).toEqual({
    event: { type: "timer", data: { delay: "idle", state: "st_loading" } },
    by: null,
    transitions: ["tr_idle"],
  });
  expect((await read(id)).version).toBe(1);
});

test("a wait that is over moves the record, with history and an operation of the engine's own", async () => {
  const today = w.clock.now().toISOString().slice(0, 10);
  const id = await voyage({ due_on: today });
  await send(id, "voyage.sail");
  expect(await timers(id)).toHaveLength(1);
  await days(2);
  await until(async () => (await read(id)).course === "late");
  const [history] = await w.sql(
    "select h.by, o.kind, o.title from {ws}._history h join {ws}._operation o on o.id = h.operation where h.record = $1 order by h.id desc limit 1",
    [id],
  );
  expect(history).toEqual({ by: null, kind: "timer", title: "Voyage: Past its day" });
});

test("undo of a move brings the wait back that the move had ended", async () => {
  const id = await voyage();
  const before = await timers(id);
  const moved = await send(id, "voyage.sail");
  const undone = await w.admin.post(`/api/operations/${moved.headers.get("trellis-operation")}/undo`);
  expect(undone.status, undone.text).toBeLessThan(300);
  expect(await timers(id)).toEqual(before);
  expect(await read(id)).toMatchObject({ course: "loading", customs: "none" });
});

test("a wait that hangs on a field follows it", async () => {
  const id = await voyage({ due_on: "2027-01-10" });
  await send(id, "voyage.sail");
  const change = async (due_on: string | null) => {
    const { version } = await read(id);
    const answer = await w.admin.patch(`/api/records/voyage/${id}`, { due_on }, { "if-match": `"${version}"` });
    expect(answer.status, answer.text).toBe(200);
    return answer;
  };
  const due = async () => (await timers(id)).map(({ due_at }) => due_at);
  expect(await due()).toEqual(["2027-01-11T00:00:00.000Z"]);
  const moved = await change("2027-02-10");
  expect(await due()).toEqual(["2027-02-11T00:00:00.000Z"]);
  await w.admin.post(`/api/operations/${moved.headers.get("trellis-operation")}/undo`);
  expect(await due()).toEqual(["2027-01-11T00:00:00.000Z"]);
  await change(null);
  expect(await due()).toEqual([]);
  await change("2027-03-10");
  expect(await due()).toEqual(["2027-03-11T00:00:00.000Z"]);
});

test("a record in the trash stops the clock until it comes back", async () => {
  const id = await voyage();
  const { version } = await read(id);
  const trashed = await w.admin.delete(`/api/records/voyage/${id}`, { "if-match": `"${version}"` });
  await days(15);
  await until(async () => (await timers(id))[0]?.held === true);
  expect(await told(id)).toEqual([]);
  await w.admin.post(`/api/operations/${trashed.headers.get("trellis-operation")}/undo`);
  await days(0);
  await until(async () => (await told(id)).length === 1);
});

test("two workers at once see to each timer once", async () => {
  await w.sql("delete from {ws}._timer");
  const ids = await Promise.all(Array.from({ length: 40 }, () => voyage()));
  const later = new Date(w.clock.now().getTime() + 15 * 86_400_000);
  const counts = await Promise.all([1, 2, 3].map(() => fireDue(w.workspace, later)));
  const rest = await fireDue(w.workspace, later);
  expect([...counts, rest].reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(40);
  const [{ n, records }] = await w.sql(
    "select count(*)::int as n, count(distinct record)::int as records from {ws}._notification where record = any($1)",
    [ids],
  );
  expect([n, records]).toEqual([40, 40]);
  expect(w.failures).toEqual([]);
});
