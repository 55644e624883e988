import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { moveDue } from "../../runtime/store/due.ts";
import { fireDue } from "../../runtime/store/fire.ts";
import { heard } from "../../runtime/store/heard.ts";
import { inbox } from "../../runtime/store/inbox.ts";
import { journeyDocuments, journey } from "../fixtures/journeys.ts";
import { exampleDocuments } from "../fixtures/worked-examples.ts";
import { world, type World } from "../world.ts";

const secrets = new Map<string, string>();
let w: World;
beforeAll(async () => {
  w = await world({ documents: [...exampleDocuments(), ...journeyDocuments] });
  for (const intake of ["payments", "opens"]) {
    const bound = await w.admin.send("PUT", `/api/intakes/${intake}`, { body: { owner: w.admin.id } });
    secrets.set(intake, bound.json.secret);
  }
});
afterAll(() => w.close());

async function made(values: object): Promise<string> {
  const answer = await w.admin.post("/api/records/contact", values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id as string;
}
async function written(id: string, values: object) {
  const { version } = (await w.admin.get(`/api/records/contact/${id}`)).json;
  return w.admin.patch(`/api/records/contact/${id}`, values, { "if-match": `"${version}"` });
}
async function change(id: string, values: object) {
  const answer = await written(id, values);
  expect(answer.status, answer.text).toBe(200);
  return answer;
}
const runs = (id: string) =>
  w.sql("select workflow, state, status from {ws}._run where record = $1 order by started_at, id", [id]);
async function days(n: number) {
  w.clock.advance(n * 86_400_000);
  await fireDue(w.workspace, w.clock.now());
}

test("a record begins a journey when its condition becomes true, goes through it, and begins again after its window alone", async () => {
  const id = await made({ name: "Ann" });
  expect(await runs(id)).toEqual([]);
  await change(id, { lifecycle: "trial" });
  const [begun] = await runs(id);
  expect(begun).toEqual({ workflow: "trial", state: "hello", status: "active" });
  // What stays true begins nothing.
  await change(id, { score: 3 });
  expect(await runs(id)).toHaveLength(1);
  await days(3);
  expect(await runs(id)).toEqual([{ workflow: "trial", state: "over", status: "done" }]);
  await change(id, { lifecycle: "lead" });
  await change(id, { lifecycle: "trial" });
  expect(await runs(id), "its window is not over").toHaveLength(1);
  await days(30);
  await change(id, { lifecycle: "lead" });
  await change(id, { lifecycle: "trial" });
  expect((await runs(id)).map(({ status }: any) => status)).toEqual(["done", "active"]);
  const told = (await w.admin.get("/api/notifications")).json.items.map(({ title }: any) => title);
  expect(told.filter((it: string) => it.startsWith("trial:"))).toEqual([
    "trial: hello",
    "trial: goodbye",
    "trial: hello",
  ]);
});

test("who reaches the goal or leaves is out at once, and who has it already does not begin", async () => {
  const [goal, exit, already] = [
    await made({ name: "G", lifecycle: "trial" }),
    await made({ name: "E", lifecycle: "trial" }),
    await made({ name: "A", email_opt_in: false }),
  ];
  await change(goal, { lifecycle: "customer" });
  await change(exit, { email_opt_in: false });
  await change(already, { lifecycle: "trial" });
  expect(await runs(goal)).toEqual([{ workflow: "trial", state: "hello", status: "done" }]);
  expect(await runs(exit)).toEqual([{ workflow: "trial", state: "hello", status: "done" }]);
  expect(await runs(already)).toEqual([]);
  const why = await w.sql(
    "select j.event->>'type' as type from {ws}._journal j join {ws}._run r on r.id = j.run where r.record = any($1) and j.revision = 2 order by 1",
    [[goal, exit]],
  );
  expect(why).toEqual([{ type: "exit" }, { type: "goal" }]);
  const waits = await w.sql("select 1 from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = any($1)", [
    [goal, exit],
  ]);
  expect(waits).toEqual([]);
});

test("a record that is made begins, and one act undone takes the run away with it", async () => {
  const id = await made({ name: "Newcomer" });
  expect(await runs(id)).toEqual([{ workflow: "greeting", state: "hello", status: "active" }]);
  const answer = await change(id, { lifecycle: "trial" });
  expect(await runs(id)).toHaveLength(2);
  const undone = await w.admin.post(`/api/operations/${answer.headers.get("trellis-operation")}/undo`);
  expect(undone.status, undone.text).toBe(200);
  expect(await runs(id)).toEqual([{ workflow: "greeting", state: "hello", status: "active" }]);
});

test("an event begins a run with what it brings along, a change of the record moves it, and it changes the record", async () => {
  const id = await made({ name: "F" });
  const sent = () =>
    w.admin.post(`/api/records/contact/${id}/events`, { type: "form.filled", data: { topic: "Pumps" } });
  const wrong = await w.admin.post(`/api/records/contact/${id}/events`, { type: "form.filled", data: { topic: 7 } });
  expect(wrong.json.problems?.[0] ?? wrong.json).toMatchObject({ code: "event.malformed", path: "/data/topic" });
  const data = { topic: "Nothing" };
  const without = await w.admin.post(`/api/records/contact/${id}/events`, { type: "form.filled", data });
  expect(without.json.code, "its condition sees what comes along").toBe("run.missing");
  const answer = await sent();
  expect(answer.status, answer.text).toBe(200);
  const [{ context }] = await w.sql("select context from {ws}._run where record = $1", [id]);
  expect(context).toEqual({ topic: "Pumps" });
  expect((await sent()).json.code ?? "event.refused").toBe("event.refused");
  await change(id, { score: 80 });
  expect(await runs(id)).toEqual([{ workflow: "answer", state: "over", status: "done" }]);
  expect((await w.admin.get(`/api/records/contact/${id}`)).json.time_zone).toBe("Asia/Tokyo");
  expect((await sent()).status).toBe(200);
  expect(await runs(id)).toHaveLength(2);
  const draft: any = structuredClone(w.workspace.model.workflows.get("answer"));
  const pumps = { type: "expr", params: { cel: "context.topic == 'Pumps'" } };
  draft.states.hello.always = [{ target: "over", guard: pumps, meta: { id: "tr_pumps" } }];
  const past = await w.admin.post("/api/workflows/answer/backtest", { since: "P1D", document: draft });
  expect(past.json, past.text).toMatchObject({
    live: { standing: { hello: 1, over: 1 }, refused: {} },
    draft: { standing: { over: 2 }, refused: {} },
  });
});

test("the past is played as it was before what the run itself has written", async () => {
  const id = await made({ name: "G" });
  const begin = await w.admin.post(`/api/records/contact/${id}/runs`, { workflow: "marks" });
  expect(begin.status, begin.text).toBe(201);
  expect((await w.admin.post(`/api/records/contact/${id}/events`, { type: "marks.sign" })).status).toBe(200);
  const { score, time_zone } = (await w.admin.get(`/api/records/contact/${id}`)).json;
  expect([score, time_zone, (await runs(id))[0].state]).toEqual([1, "Europe/Oslo", "signed"]);
  const draft: any = structuredClone(w.workspace.model.workflows.get("marks"));
  delete draft.states.hello.always[0].actions;
  const zoned = { type: "expr", params: { cel: "record.time_zone != null" } };
  draft.states.fresh.on["marks.sign"].unshift({ target: "stale", guard: zoned, meta: { id: "tr_marks_zoned" } });
  const past = await w.admin.post("/api/workflows/marks/backtest", { since: "P1D", document: draft });
  expect(past.json, past.text).toMatchObject({
    live: { standing: { signed: 1 }, refused: {} },
    draft: { standing: { signed: 1 }, refused: {} },
  });
});

test("a person begins a journey by hand, once where it is for once", async () => {
  const id = await made({ name: "H" });
  const begin = () => w.admin.post(`/api/records/contact/${id}/runs`, { workflow: "by_hand" });
  expect((await begin()).status).toBe(201);
  expect((await begin()).json).toMatchObject({ code: "run.running" });
  await days(3);
  expect((await begin()).json).toMatchObject({ code: "run.again", status: 409 });
  expect(await runs(id)).toEqual([{ workflow: "by_hand", state: "over", status: "done" }]);
});

test("many records that change at once begin in one operation", async () => {
  const ids = await Promise.all(["B1", "B2", "B3"].map((name) => made({ name })));
  const answer = await w.admin.post("/api/records/contact/bulk", { ids, set: { lifecycle: "trial" } });
  expect(answer.status, answer.text).toBe(200);
  const begun = await w.sql("select record from {ws}._run where record = any($1) and workflow = 'trial'", [ids]);
  expect(begun).toHaveLength(3);
});

test("what a person may begin on a record is told with why not, and begun on all that a filter finds as one operation", async () => {
  const ids = await Promise.all(["M1", "M2", "M3"].map((name) => made({ name, score: 77 })));
  const [first] = ids as [string];
  const may = async (id: string) =>
    (await w.admin.get(`/api/records/contact/${id}/runs`)).json.filter(({ workflow }: any) => workflow === "by_hand");
  expect(await may(first)).toEqual([
    { workflow: "by_hand", title: "by_hand", kind: "journey", allowed: true, why: null },
  ]);
  expect((await w.admin.post(`/api/records/contact/${first}/runs`, { workflow: "by_hand" })).status).toBe(201);
  expect(await may(first)).toMatchObject([{ allowed: false, why: expect.stringContaining("by_hand") }]);
  const many = { filter: "score == 77", begin: "by_hand" };
  const preview = await w.admin.post("/api/records/contact/bulk", { ...many, preview: true });
  expect(preview.json).toMatchObject({ matched: 3, changed: 2, refused: 1, refusals: [{ id: first }] });
  const answer = await w.admin.post("/api/records/contact/bulk", { ...many, expect: 3 });
  expect(answer.json, answer.text).toMatchObject({ matched: 3, changed: 2, refused: 1 });
  for (const id of ids) expect(await runs(id)).toEqual([{ workflow: "by_hand", state: "hello", status: "active" }]);
  const undone = await w.admin.post(`/api/operations/${answer.json.operation}/undo`, {});
  expect(undone.status, undone.text).toBe(200);
  expect((await Promise.all(ids.map(runs))).map((them) => them.length)).toEqual([1, 0, 0]);
  const unknown = await w.admin.post("/api/records/contact/bulk", { ids, begin: "deal_pipeline" });
  expect(unknown.json.code).toBe("workflow.unknown");
});

test("a record of one entity begins what a record of another goes through, in one operation", async () => {
  const id = await made({ name: "W" });
  const answer = await w.admin.post("/api/records/deal", { title: "Handover", contact: id });
  expect(answer.status, answer.text).toBe(201);
  expect(await runs(answer.json.id)).toContainEqual({ workflow: "handover", state: "over", status: "done" });
  expect(await runs(id)).toEqual([{ workflow: "welcomed", state: "hello", status: "active" }]);
  const [{ context }] = await w.sql("select context from {ws}._run where record = $1", [id]);
  expect(context).toEqual({ deal: answer.json.id });
  const again = await w.admin.post("/api/records/deal", { title: "Handover", contact: id });
  expect([again.status, (await runs(id)).length]).toEqual([201, 1]);
  const undone = await w.admin.post(`/api/operations/${answer.headers.get("trellis-operation")}/undo`, {});
  expect(undone.status, undone.text).toBe(200);
  expect(await runs(id)).toEqual([]);
});

const incidents = async (id: string) =>
  (await w.admin.get("/api/incidents")).json.items.filter(({ record }: any) => record.id === id);
async function mended(id: string, act: "retry" | "skip") {
  const [{ id: incident }] = await incidents(id);
  const answer = await w.admin.post(`/api/incidents/${incident}/${act}`, {});
  expect(answer.status, answer.text).toBeLessThan(300);
  return (await moveDue(w.workspace, w.clock.now(), inbox)).failures;
}

test("a journey that fails is parked with what it was told, and what set it off stands with all others", async () => {
  const ids = await Promise.all([5, 1, 6].map((score) => made({ name: `K${score}`, score })));
  const [first, second, third] = ids as [string, string, string];
  const set = { time_zone: "clumsy", lifecycle: "trial" };
  const answer = await w.admin.post("/api/records/contact/bulk", { ids, set });
  expect(answer.status, answer.text).toBe(200);
  for (const id of ids) expect((await w.admin.get(`/api/records/contact/${id}`)).json).toMatchObject(set);
  const of = async (id: string) => (await runs(id)).map(({ workflow, status }: any) => `${workflow} ${status}`).sort();
  expect(await of(second)).toEqual(["clumsy done", "trial active"]);
  expect(await of(first)).toEqual(["clumsy parked", "trial active"]);
  expect(await incidents(first)).toMatchObject([{ kind: "told", title: "clumsy", workflow: { id: "clumsy" } }]);
  expect(await mended(first, "retry"), "it is no other than before").toHaveLength(1);
  await change(first, { score: 1 });
  w.clock.advance(60_000);
  expect((await moveDue(w.workspace, w.clock.now(), inbox)).failures).toEqual([]);
  expect(await of(first)).toEqual(["clumsy done", "trial active"]);
  await mended(third, "skip");
  expect(await of(third)).toEqual(["clumsy stopped", "trial active"]);
  expect(await incidents(third)).toEqual([]);
});

test("journeys that set each other off for ever are stopped by name", async () => {
  const id = await made({ name: "P" });
  expect((await written(id, { time_zone: "ping" })).status).toBe(200);
  const [incident, ...more] = await incidents(id);
  expect([incident.kind, more]).toEqual(["told", []]);
  expect(incident.error).toContain("16");
  expect((await runs(id)).filter(({ status }: any) => status === "done")).toHaveLength(16);
});

async function byHand(id: string, workflow: string) {
  const answer = await w.admin.post(`/api/records/contact/${id}/runs`, { workflow });
  expect(answer.status, answer.text).toBe(201);
}
const bell = async (id: string): Promise<readonly string[]> =>
  (await w.admin.get("/api/notifications")).json.items
    .filter(({ record }: any) => record === id)
    .map(({ title }: any) => title)
    .reverse();

test("in quiet hours of the person's own zone nothing is sent and no wait is over", async () => {
  // 23:00 in Tokyo; what is sent and what waits for three days goes on at 08:00 there, which is 23:00 in UTC.
  w.clock.set(new Date("2026-06-01T14:00:00.000Z"));
  const [tokyo, nowhere] = [await made({ name: "T", time_zone: "Asia/Tokyo" }), await made({ name: "N" })];
  await byHand(tokyo, "night");
  await byHand(nowhere, "night");
  expect(await bell(tokyo)).toEqual([]);
  expect(await bell(nowhere), "it is day in the zone of the workspace").toEqual(["night: hello"]);
  const due = async (id: string) =>
    (await w.sql("select t.due_at from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = $1", [id])).map(
      ({ due_at }) => new Date(due_at).toISOString(),
    );
  expect(await due(tokyo)).toEqual(["2026-06-04T23:00:00.000Z"]);
  expect(await due(nowhere)).toEqual(["2026-06-04T14:00:00.000Z"]);
  w.clock.set(new Date("2026-06-01T22:59:59.000Z"));
  expect(await bell(tokyo)).toEqual([]);
  w.clock.set(new Date("2026-06-01T23:00:00.000Z"));
  expect(await bell(tokyo)).toEqual(["night: hello"]);
});

test("no more is sent to a record than its caps allow, whoever sends it: the rest waits for room or is left out", async () => {
  w.clock.set(new Date("2026-06-10T10:00:00.000Z"));
  const id = await made({ name: "C" });
  await byHand(id, "patient");
  await days(3);
  expect(await bell(id)).toEqual(["patient: hello", "patient: goodbye"]);
  await byHand(id, "sparing");
  await byHand(id, "patient");
  expect(await bell(id)).toHaveLength(2);
  w.clock.set(new Date("2026-06-17T10:00:00.000Z"));
  expect(await bell(id), "seven days after the first").toEqual([
    "patient: hello",
    "patient: goodbye",
    "patient: hello",
  ]);
  expect(await w.sql("select count(*)::int as n from {ws}._sent where record = $1", [id])).toEqual([{ n: 3 }]);
});

test("what nothing would ever come of is refused when it is published, at its place", async () => {
  const faulty = journey("faulty", {
    enrol: { on: "event", window: "P0D" },
    goal: { event: "nobody.knows" },
    quiet_hours: { from: "08:00", to: "08:00" },
    caps: [{ channel: "pigeon", max: 1, per: "P1M" }],
    events: {
      "faulty.none": { title: "None", source: "record" },
      "faulty.other": { title: "Other", source: "user", when: { cel: "true" } },
    },
  });
  const change = (await w.admin.post("/api/changes", {})).json;
  const checked = { kind: "workflow", name: "faulty", document: faulty };
  const answer = await w.admin.post(`/api/changes/${change.id}/check`, checked);
  const told = answer.json.problems.map(({ path }: any) => path.slice("/workflow/faulty".length));
  expect(told, answer.text).toEqual(
    expect.arrayContaining([
      "/meta/enrol",
      "/meta/enrol/window",
      "/meta/goal/event",
      "/meta/quiet_hours/to",
      "/meta/caps/0/channel",
      "/meta/caps/0/per",
      "/meta/events/faulty.none",
      "/meta/events/faulty.other/when",
    ]),
  );
});

let messages = 0;
const paid = (message: object) => posted("payments", message);
async function posted(intake: string, message: object) {
  const [id, at, body] = [`msg_${++messages}`, w.clock.now(), JSON.stringify(message)];
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(secrets.get(intake)!).sign(id, at, body),
  };
  return w.nobody.send("POST", `/api/hooks/${intake}`, { body: message, headers });
}
/** Lets runs hear of what has come for them. */
async function hearing() {
  const { failures } = await moveDue(w.workspace, w.clock.now(), heard);
  expect(failures).toEqual([]);
}
const event = async (id: string, type: string) =>
  expect((await w.admin.post(`/api/records/contact/${id}/events`, { type })).status).toBe(200);

test("an event from outside finds the runs that wait for it by their key, each once, and those that come a little late", async () => {
  const [early, late, other] = [await made({ name: "O-1" }), await made({ name: "O-1" }), await made({ name: "O-2" })];
  for (const id of [early, late, other]) await byHand(id, "waiting");
  for (const id of [early, other]) await event(id, "order.begun");
  expect((await paid({})).json).toMatchObject({ code: "intake.keyless", problems: [{ path: "/order" }] });
  expect((await paid({ order: "O-1", amount: "7" })).json.problems).toMatchObject([{ path: "/amount" }]);
  const answer = await paid({ order: "O-1", amount: 7 });
  expect(answer.json).toEqual({ id: null, repeated: false });
  const states = async () => (await Promise.all([early, late, other].map(runs))).map(([run]) => run.state);
  await hearing();
  expect(await states()).toEqual(["unsent", "new", "unpaid"]);
  await event(late, "order.begun");
  await hearing();
  expect(await states()).toEqual(["unsent", "unsent", "unpaid"]);
  // What came for the second order is forgotten before somebody waits for it.
  const third = await made({ name: "O-3" });
  await byHand(third, "waiting");
  await paid({ order: "O-3" });
  await hearing();
  w.clock.advance(10 * 60_000 + 1);
  await hearing();
  await event(third, "order.begun");
  await hearing();
  expect((await runs(third))[0].state).toBe("unpaid");
  const open = await w.sql("select count(*)::int as n from {ws}._heard where not settled");
  expect(open).toEqual([{ n: 0 }]);
});

test("a run tells others that wait for it, and an undone wait is waited again", async () => {
  const [waits, tells] = [await made({ name: "O-9" }), await made({ name: "O-9" })];
  await byHand(waits, "waiting");
  await event(waits, "order.begun");
  const key = () =>
    w.sql("select l.event, l.key from {ws}._listening l join {ws}._run r on r.id = l.run where r.record = $1", [waits]);
  expect(await key()).toEqual([{ event: "order.paid", key: "O-9" }]);
  await paid({ order: "O-9" });
  await hearing();
  expect(await key()).toEqual([{ event: "order.sent", key: "sent O-9" }]);
  await byHand(tells, "telling");
  await hearing();
  expect((await runs(waits))[0]).toMatchObject({ state: "over", status: "done" });
  expect(await key()).toEqual([]);
  const [{ operation }] = await w.sql(
    "select j.operation from {ws}._journal j join {ws}._run r on r.id = j.run where r.record = $1 order by j.revision desc limit 1",
    [waits],
  );
  expect((await w.admin.post(`/api/operations/${operation}/undo`)).status).toBe(200);
  expect(await key()).toEqual([{ event: "order.sent", key: "sent O-9" }]);
});

test("a trial is welcomed, nudged, led to its end by a draw that stays, and is over the moment it becomes a customer", async () => {
  w.clock.set(new Date("2026-09-01T10:00:00.000Z"));
  const trial = { lifecycle: "trial", email_opt_in: true, trial_ends_at: "2026-09-30T12:00:00Z", score: 10 };
  const [silent, opens, hot, leaves] = [
    await made({ name: "Silent", ...trial }),
    await made({ name: "Opens", ...trial, time_zone: "Asia/Tokyo" }),
    await made({ name: "Hot", ...trial, score: 70 }),
    await made({ name: "Leaves", ...trial }),
  ];
  const stands = async (id: string) =>
    (await runs(id)).flatMap(({ workflow, ...it }: any) => (workflow === "trial_nurture" ? [it] : []))[0];
  const mail = async (id: string) => (await bell(id)).filter((it) => !it.startsWith("trial"));
  expect(await stands(silent)).toEqual({ state: "welcome", status: "active" });
  expect(await mail(silent)).toEqual(["welcome"]);
  // Opened: it goes on at once, by a draw that is the same for ever.
  expect((await posted("opens", { contact: opens })).status).toBe(200);
  await hearing();
  const drawn = await stands(opens);
  expect(["study", "tips"]).toContain(drawn.state);
  await days(3);
  expect(await stands(silent)).toEqual({ state: "nudge", status: "active" });
  expect(await stands(hot)).toEqual({ state: "nudge", status: "active" });
  await change(leaves, { email_opt_in: false });
  expect(await stands(leaves)).toEqual({ state: "exited", status: "done" });
  await days(5);
  const split = await stands(silent);
  expect(["study", "tips"]).toContain(split.state);
  expect(await stands(hot)).toEqual({ state: "demo", status: "active" });
  const todos = (await w.admin.get("/api/records/todo")).json.items.map(({ title }: any) => title);
  expect(todos).toContain("Call a hot trial");
  // Two days before its end; that of Tokyo falls into its night and waits for its morning.
  w.clock.set(new Date("2026-09-28T12:00:00.000Z"));
  await days(0);
  expect(await stands(silent)).toEqual({ state: "last_call", status: "active" });
  expect(await stands(opens)).toEqual(drawn);
  w.clock.set(new Date("2026-09-28T23:00:00.000Z"));
  await days(0);
  expect(await stands(opens)).toEqual({ state: "last_call", status: "active" });
  await change(silent, { lifecycle: "customer" });
  expect(await stands(silent)).toEqual({ state: "converted", status: "done" });
  await days(3);
  expect(await stands(opens)).toEqual({ state: "exited", status: "done" });
  expect((await mail(silent)).map((it) => (it === "tips" ? "case_study" : it))).toEqual([
    "welcome",
    "nudge",
    "case_study",
    "last_call",
  ]);
  // Once is once.
  await change(opens, { lifecycle: "lead" });
  await change(opens, { lifecycle: "trial" });
  expect(await stands(opens)).toEqual({ state: "exited", status: "done" });
});

test("runs that go on together begin to wait for what has their own keys", async () => {
  const ids = [await made({ name: "P-1" }), await made({ name: "P-2" }), await made({ name: "P-3" })];
  for (const id of ids) await byHand(id, "patiently");
  await days(3);
  const keys = await w.sql(
    "select l.key from {ws}._listening l join {ws}._run r on r.id = l.run where r.record = any($1) order by 1",
    [ids],
  );
  expect(keys.map(({ key }) => key)).toEqual(["P-1", "P-2", "P-3"]);
});

test("a wait is over in the hours of its days alone, in the zone of whoever is waited for", async () => {
  // A Monday; three days later it is Thursday, one o'clock at noon: too late for the morning.
  w.clock.set(new Date("2027-03-01T13:00:00.000Z"));
  const [here, tokyo, york] = [
    await made({ name: "W" }),
    await made({ name: "T", time_zone: "Asia/Tokyo" }),
    await made({ name: "Y", time_zone: "America/New_York" }),
  ];
  for (const id of [here, tokyo, york]) await byHand(id, "office");
  const due = async (id: string) => {
    const rows = await w.sql(
      "select t.due_at from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = $1",
      [id],
    );
    return new Date(rows[0].due_at).toISOString();
  };
  expect(await due(here)).toBe("2027-03-09T09:00:00.000Z");
  expect(await due(tokyo)).toBe("2027-03-09T00:00:00.000Z");
  expect(await due(york), "eight in the morning there").toBe("2027-03-04T14:00:00.000Z");
});

test("a journey that waits for a day of its record goes with it when that day is moved; one that is over waits no more", async () => {
  w.clock.set(new Date("2027-04-01T10:00:00.000Z"));
  const id = await made({ name: "E", trial_ends_at: "2027-04-05T10:00:00Z" });
  await byHand(id, "ending");
  await days(3);
  expect((await runs(id)).map(({ status }: any) => status)).toEqual(["done"]);
  await byHand(id, "ending");
  await change(id, { trial_ends_at: "2027-04-20T10:00:00Z" });
  const waits = await w.sql("select t.due_at from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = $1", [
    id,
  ]);
  expect(waits.map(({ due_at }) => new Date(due_at).toISOString())).toEqual(["2027-04-18T10:00:00.000Z"]);
});
