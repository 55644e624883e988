import { afterAll, beforeAll, expect, test } from "vitest";
import { fireDue } from "../../runtime/store/fire.ts";
import { publish } from "../../runtime/store/publish.ts";
import { purchaseDocuments, purchaseWorkflow } from "../fixtures/purchase.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
let asker: Client;
let boss: Client;
let buyers: readonly [Client, Client];
let stranger: Client;
beforeAll(async () => {
  w = await world({ documents: purchaseDocuments });
  boss = await w.user("Bea", { roles: ["asker"] });
  asker = await w.user("Ash", { roles: ["asker"] });
  await w.sql(`update {ws}."user" set manager = $1 where id = $2`, [boss.id, asker.id]);
  buyers = [await w.user("Bo", { roles: ["buyer"] }), await w.user("Bix", { roles: ["buyer"] })];
  stranger = await w.user("Sam", { roles: ["stranger"] });
});
afterAll(() => w.close());

/** A purchase that waits to be reviewed, and its task. */
async function submitted(values: object = {}): Promise<{ id: string; task: string }> {
  const made = await asker.post("/api/records/purchase", { title: "Chairs", amount: "400", ...values });
  expect(made.status, made.text).toBe(201);
  await send(made.json.id, "purchase.submit");
  const [task] = await tasksOf(made.json.id);
  return { id: made.json.id, task: task.id };
}
async function send(id: string, type: string) {
  const sent = await asker.post(`/api/records/purchase/${id}/events`, { type });
  expect(sent.status, sent.text).toBe(200);
  return sent;
}
const tasksOf = async (record: string, query = "") => {
  const answer = await w.admin.get(`/api/tasks?of=all&record=${record}${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json.items;
};
const act = (client: Client, task: string, what: string, body: object = {}, headers?: Record<string, string>) =>
  client.post(`/api/tasks/${task}/${what}`, body, headers);
const approve = (client: Client, task: string) =>
  act(client, task, "complete", { values: { decision: "approve", note: "Fine" } });
const stageOf = async (id: string) => (await w.admin.get(`/api/records/purchase/${id}`)).json.stage;
const listed = async (client: Client, of: string, record: string) =>
  (await client.get(`/api/tasks?of=${of}&record=${record}`)).json.items.length;

test("a state that invokes a person's task gives it to the role, with its form, its day and how pressing it is", async () => {
  const { id, task } = await submitted();
  const due = new Date(w.clock.now().getTime() + 2 * 86_400_000).toISOString();
  expect((await buyers[0].get(`/api/tasks/${task}`)).json).toMatchObject({
    title: "Review Chairs",
    kind: "approval",
    priority: "high",
    status: "open",
    role: "buyer",
    assignee: null,
    due_at: due,
    entity: "purchase",
    record: id,
    record_name: "Chairs",
    form: { required: ["decision"] },
    may: ["claim", "complete", "reassign"],
  });
  expect(await listed(buyers[1], "todo", id)).toBe(1);
  expect(await listed(buyers[1], "mine", id)).toBe(0);
  expect(await listed(asker, "todo", id)).toBe(0);
  expect(await listed(asker, "all", id)).toBe(1);
});

test("doing a task takes the run on in the same step, and history says who did it", async () => {
  const { id, task } = await submitted();
  const done = await approve(buyers[0], task);
  expect(done.status, done.text).toBe(200);
  expect(done.json).toMatchObject({ status: "done", output: { decision: "approve", by: buyers[0].id }, may: [] });
  expect(done.json.done_by).toEqual({ id: buyers[0].id, name: "Bo" });
  expect(await stageOf(id)).toBe("approved");
  const [history] = await w.sql(
    "select h.by, h.act, o.kind from {ws}._history h join {ws}._operation o on o.id = h.operation where h.record = $1 order by h.id desc limit 1",
    [id],
  );
  expect(history).toEqual({ by: buyers[0].id, act: "move", kind: "human_task" });
  const [step] = await w.sql(
    "select j.event, j.by from {ws}._journal j join {ws}._run r on r.id = j.run where r.record = $1 order by j.revision desc limit 1",
    [id],
  );
  expect(step.event).toMatchObject({ type: "task.done", data: { task: "review_task" } });
  expect((await approve(buyers[1], task)).json.code).toBe("task.closed");
});

test("all that is wrong with an answer is told at once, and nothing is stored", async () => {
  const { id, task } = await submitted();
  const refused = await act(buyers[0], task, "complete", { values: { note: "x".repeat(201), other: 1 } });
  expect(refused.status).toBe(422);
  expect(refused.json.problems.map(({ code, path }: any) => [code, path])).toEqual(
    expect.arrayContaining([
      ["value.missing", "/values/decision"],
      ["value.invalid", "/values/note"],
    ]),
  );
  expect(refused.json.problems).toHaveLength(3);
  expect((await act(buyers[0], task, "complete", { more: 1 })).json.code).toBe("task.value");
  expect((await act(buyers[0], task, "complete", { values: "x" })).status).toBe(422);
  expect(await stageOf(id)).toBe("review");
  expect((await tasksOf(id))[0].status).toBe("open");
});

test("what is asked amiss is refused at its place, and what one cannot know of is not there", async () => {
  const { id, task } = await submitted();
  const places = async (query: string) => {
    const answer = await buyers[0].get(`/api/tasks?${query}`);
    return [answer.status, answer.json.problems.map(({ path }: any) => path)];
  };
  for (const day of ["2026-02-31", "0000-01-01"])
    expect(await places(`cursor=${day}T00:00:00Z~${task}`)).toEqual([410, ["/cursor"]]);
  expect(await places("record=x")).toEqual([400, ["/record"]]);
  for (const entity of ["nothing", "__proto__"]) expect(await places(`entity=${entity}`)).toEqual([404, ["/entity"]]);
  const event = (body: object) => asker.post(`/api/records/purchase/${id}/events`, body);
  expect((await event({ type: "__proto__" })).json.code).toBe("event.unknown");
  for (const run of ["x", 5, task])
    expect((await event({ type: "purchase.withdraw", run })).json.problems).toMatchObject([
      { code: "run.missing", path: "/run" },
    ]);
  expect((await event({ type: "xstate.done.actor.review_task", data: {} })).json.code).toBe("event.unknown");
  const huge = { decision: "approve", note: "x".repeat(1_000_000) };
  expect((await act(buyers[0], task, "complete", { values: huge })).json.code).toBe("value.invalid");
  expect(await tasksOf(id)).toMatchObject([{ id: task, status: "open", claimed_by: null }]);
  expect(await stageOf(id)).toBe("review");
});

test("above a thousand the manager decides as well, within two working days, and is told", async () => {
  w.clock.set(new Date("2027-01-07T12:00:00Z"));
  const { id, task } = await submitted({ title: "Lorry", amount: "40000" });
  expect((await approve(buyers[0], task)).status).toBe(200);
  expect(await stageOf(id)).toBe("decision");
  const [second] = await tasksOf(id);
  expect(second).toMatchObject({
    title: "Decide on Lorry",
    assignee: { id: boss.id },
    due_at: "2027-01-11T12:00:00.000Z",
  });
  const bell = (await boss.get("/api/notifications")).json;
  expect(bell.items[0]).toMatchObject({ title: "Decide on Lorry", entity: "purchase", record: id });
  expect((await approve(buyers[0], second.id)).json.code).toBe("task.not_yours");
  expect((await approve(asker, second.id)).status).toBe(403);
  expect((await w.admin.get(`/api/tasks?of=all&record=${id}&due=overdue`)).json.items).toEqual([]);
  w.clock.set(new Date("2027-01-11T12:00:00Z"));
  expect(await tasksOf(id, "&due=overdue")).toHaveLength(1);
  expect(await fireDue(w.workspace, w.clock.now())).toEqual({ count: 1, failures: [] });
  const reminded = await w.sql("select title from {ws}._notification where record = $1 and for_user = $2", [
    id,
    asker.id,
  ]);
  expect(reminded).toEqual([{ title: "Nobody has decided yet" }]);
  expect((await approve(boss, second.id)).status).toBe(200);
  expect(await stageOf(id)).toBe("approved");
  const draft = structuredClone(purchaseWorkflow) as any;
  draft.states.review.invoke.onDone[0].guard.params.cel = "event.output.decision == 'approve' && record.amount > 50000";
  const past = await w.admin.post("/api/workflows/purchase/backtest", { since: "P5D", document: draft });
  const approved = { cases: 1, standing: { approved: 1 } };
  expect(past.json.live, past.text).toMatchObject({ ...approved, waits: { two_days: 1 }, refused: {} });
  expect(past.json.draft, "its own task is no question any more").toMatchObject({
    ...approved,
    entered: { review: 1, approved: 1 },
    refused: { decision_task: 1 },
  });
});

test("of two who take a task at once one has it, and who lets it go leaves it to the other", async () => {
  const { id, task } = await submitted();
  const answers = await Promise.all(buyers.map((buyer) => act(buyer, task, "claim")));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  const at = answers.findIndex(({ status }) => status === 200);
  const [winner, loser] = [buyers[at]!, buyers[1 - at]!];
  expect(answers[1 - at]!.json).toMatchObject({ code: "task.taken", detail: `${winner.name} has taken this task.` });
  expect(await listed(winner, "mine", id)).toBe(1);
  expect(await listed(loser, "todo", id)).toBe(0);
  expect((await approve(loser, task)).json.code).toBe("task.taken");
  expect((await act(loser, task, "release")).status).toBe(409);
  expect((await act(winner, task, "release")).json).toMatchObject({ status: "open", claimed_by: null });
  expect((await act(loser, task, "claim")).status).toBe(200);
  expect((await approve(loser, task)).status).toBe(200);
});

test("who may do a task may give it to another, an admin too, and nobody else", async () => {
  const { task } = await submitted();
  expect((await act(asker, task, "reassign", { assignee: asker.id })).json.code).toBe("task.not_yours");
  const wrong = await act(buyers[0], task, "reassign", { assignee: "x", role: "none", more: 1 });
  expect(wrong.status).toBe(422);
  expect(wrong.json.problems).toHaveLength(3);
  expect((await act(buyers[0], task, "reassign", { role: "none" })).json.code).toBe("role.unknown");
  expect((await act(buyers[0], task, "reassign", { queue: boss.id })).json.code).toBe("task.value");
  const given = await act(buyers[0], task, "reassign", { assignee: boss.id });
  expect(given.json).toMatchObject({ assignee: { id: boss.id, name: "Bea" }, role: null, may: [] });
  expect((await boss.get("/api/notifications")).json.items[0].title).toBe("Review Chairs");
  expect((await act(w.admin, task, "reassign", { role: "buyer" })).json).toMatchObject({
    role: "buyer",
    assignee: null,
  });
});

test("a task in a queue waits for its team", async () => {
  const team = (await w.admin.post("/api/records/team", { name: "Desk" })).json;
  await w.admin.post("/api/records/user_team", { user: boss.id, team: team.id });
  const queue = (await w.admin.post("/api/records/user", { name: "Desk queue", queue_of: team.id })).json;
  const { id, task } = await submitted();
  const given = await act(w.admin, task, "reassign", { queue: queue.id });
  expect(given.json).toMatchObject({ queue: { id: queue.id, name: "Desk queue" } });
  expect(await listed(boss, "open", id)).toBe(1);
  expect(await listed(buyers[0], "todo", id)).toBe(0);
  expect((await act(boss, task, "claim")).status).toBe(200);
});

test("whoever does not see a record sees none of its tasks and acts on none", async () => {
  const { id, task } = await submitted();
  expect((await stranger.get(`/api/tasks/${task}`)).json.code).toBe("task.missing");
  expect((await stranger.post(`/api/records/purchase/${id}/events`, { type: "purchase.withdraw" })).status).toBe(404);
  const notHers = { "trellis-for": buyers[0].id };
  expect((await act(stranger, task, "complete", { values: { decision: "approve" } }, notHers)).status).toBe(403);
  expect((await stranger.get(`/api/tasks?of=all&record=${id}`)).json.items).toEqual([]);
  for (const what of ["claim", "release", "complete"])
    expect((await act(stranger, task, what)).json.code, what).toBe("task.missing");
  const { version } = (await w.admin.get(`/api/records/purchase/${id}`)).json;
  await w.admin.delete(`/api/records/purchase/${id}`, { "if-match": `"${version}"` });
  expect((await approve(buyers[0], task)).json.code).toBe("task.missing");
});

test("who acts for somebody away does her task, written down as by the one for the other", async () => {
  const { task } = await submitted();
  const until = new Date(w.clock.now().getTime() + 86_400_000).toISOString();
  expect((await buyers[0].post("/api/me/delegations", { to: stranger.id, until })).status).toBe(201);
  const instead = { "trellis-for": buyers[0].id };
  const list = await stranger.send("GET", "/api/tasks?of=open", { headers: instead });
  expect(list.json.items.map(({ id }: any) => id)).toContain(task);
  const done = await act(stranger, task, "complete", { values: { decision: "approve" } }, instead);
  expect(done.json).toMatchObject({
    status: "done",
    done_by: { name: "Sam" },
    done_for: { name: "Bo" },
    output: { by: stranger.id, for: buyers[0].id },
  });
});

test("leaving the state withdraws its task, and undoing that brings it back with whoever had it", async () => {
  const { id, task } = await submitted();
  await act(buyers[0], task, "claim");
  const withdrawn = await send(id, "purchase.withdraw");
  expect((await tasksOf(id, "&status=all")).map(({ status }: any) => status)).toEqual(["cancelled"]);
  await w.admin.post(`/api/operations/${withdrawn.headers.get("trellis-operation")}/undo`);
  expect(await tasksOf(id, "&status=all")).toMatchObject([
    { id: task, status: "claimed", claimed_by: { id: buyers[0].id }, ended_at: null },
  ]);
});

test("undoing what somebody did opens the task again, and what followed from it is gone", async () => {
  const { id, task } = await submitted({ amount: "5000" });
  const done = await approve(buyers[0], task);
  expect(await tasksOf(id)).toMatchObject([{ title: "Decide on Chairs" }]);
  const undone = await w.admin.post(`/api/operations/${done.headers.get("trellis-operation")}/undo`);
  expect(undone.json.conflicts).toEqual([]);
  expect(await tasksOf(id, "&status=all")).toMatchObject([{ id: task, status: "open", output: null, done_by: null }]);
  expect(await stageOf(id)).toBe("review");
  expect((await approve(buyers[1], task)).status).toBe(200);
  expect(await stageOf(id)).toBe("decision");
});

test("the list goes on behind its page, what is due soonest first", async () => {
  await Promise.all([1, 2, 3].map(() => submitted()));
  const first = (await buyers[0].get("/api/tasks?of=open&limit=2")).json;
  expect(first.items).toHaveLength(2);
  const second = (await buyers[0].get(`/api/tasks?of=open&limit=2&cursor=${first.next}`)).json;
  const ids = [...first.items, ...second.items].map(({ id }: any) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const dues = [...first.items, ...second.items].map(({ due_at }: any) => due_at ?? "9");
  expect(dues).toEqual([...dues].sort());
  const wrong = await buyers[0].get("/api/tasks?of=x&status=y&due=z&limit=0&cursor=q&more=1");
  expect([wrong.status, wrong.json.problems.length]).toEqual([400, 6]);
});

test("a task that a workflow asks for in a way that nobody could do is refused when it is published", async () => {
  const broken = structuredClone(purchaseWorkflow) as any;
  Object.assign(broken.states.review.invoke.input, {
    role: "buyers",
    queue: "Desk",
    form: { type: "object", properties: { x: { type: "wish" } } },
    due: { delay: "two_day" },
  });
  const change = (await w.admin.post("/api/changes", {})).json.id;
  await w.admin.send("PUT", `/api/documents/workflow/purchase?change=${change}`, { body: broken });
  const plan = (await w.admin.post(`/api/changes/${change}/check`, {})).json;
  const at = "/workflow/purchase/states/review/invoke/input";
  expect(JSON.stringify(plan)).toContain(`${at}/role`);
  for (const place of ["queue", "form", "due/delay"]) expect(JSON.stringify(plan)).toContain(`${at}/${place}`);
});

test("a task moves along with its run when the workflow changes, and back when that is undone", async () => {
  const { id, task } = await submitted();
  const { documents, version } = w.workspace.model;
  const next = structuredClone(purchaseWorkflow) as any;
  Object.assign(next.states.review.invoke, { id: "second_look" });
  const others = documents.filter((it) => it !== purchaseWorkflow && (it as any).id !== "purchase");
  const told = { reason: "Test", author: w.admin.id, now: w.clock.now() };
  const change = (await w.admin.post("/api/changes", {})).json.id;
  await w.admin.send("PUT", `/api/documents/workflow/purchase?change=${change}`, { body: next });
  const { runs } = (await w.admin.post(`/api/changes/${change}/plan`, {})).json;
  const { runs: n, ...tried } = runs.find((it: any) => it.state === "review").tried;
  expect(tried).toEqual({ waits_begun: 0, waits_ended: 0, tasks_begun: n, tasks_ended: n });
  expect(await tasksOf(id)).toMatchObject([{ id: task, status: "open" }]);
  await publish(w.workspace, { documents: [...others, next], ...told });
  const moved = await tasksOf(id, "&status=all");
  expect(moved.map(({ invocation, status }: any) => `${invocation} ${status}`).sort()).toEqual([
    "review_task cancelled",
    "second_look open",
  ]);
  await publish(w.workspace, { documents, undoes: version + 1, ...told });
  expect(await tasksOf(id, "&status=all")).toMatchObject([{ id: task, status: "open" }]);
  expect((await approve(buyers[0], task)).status).toBe(200);
});

test("a task that is due in office hours is due by the new ones when they change", async () => {
  w.clock.set(new Date("2027-02-04T12:00:00Z"));
  const { id, task } = await submitted({ title: "Van", amount: "9000" });
  await approve(buyers[0], task);
  expect(await tasksOf(id)).toMatchObject([{ due_at: "2027-02-08T12:00:00.000Z" }]);
  const documents = w.workspace.model.documents.map((it: any) =>
    it.$id === "office" ? { ...it, exceptions: { "2027-02-05": { title: "Closed" } } } : it,
  );
  await publish(w.workspace, { documents, reason: "Test", author: w.admin.id, now: w.clock.now() });
  expect(await tasksOf(id)).toMatchObject([{ due_at: "2027-02-09T12:00:00.000Z" }]);
});
