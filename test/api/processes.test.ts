import type { AnyDocument, WorkflowDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Webhook } from "standardwebhooks";
import { moveDue } from "../../runtime/store/due.ts";
import { fireDue } from "../../runtime/store/fire.ts";
import { inbox } from "../../runtime/store/inbox.ts";
import { publish } from "../../runtime/store/publish.ts";
import { exampleDocuments } from "../fixtures/worked-examples.ts";
import { world, type Client, type World } from "../world.ts";

const to = (id: string, target: string, more: object = {}) => ({ target, meta: { id, title: id }, ...more });
const process = (id: string, states: object, more: object = {}): WorkflowDocument =>
  ({
    $schema: "urn:trellis:workflow:1",
    id,
    initial: "start",
    states,
    ...more,
    meta: {
      id: `wf_${id}`,
      title: id,
      format: "wf/1",
      kind: "process",
      entity: "case",
      events: {},
      ...(more as any).meta,
    },
  }) as unknown as WorkflowDocument;
const final = (id: string, output?: object) => ({
  type: "final",
  ...(output ? { output } : {}),
  meta: { id, title: id },
});

/** Counts pieces, one process each: done when all are, or as many as are wanted. */
const batch = (id: string, complete: unknown) =>
  process(
    id,
    {
      start: {
        invoke: {
          id: `${id}_each`,
          src: "each:piece",
          input: { items: { cel: "context.parts" }, values: { lot: id }, complete },
          onDone: [
            to(`tr_${id}`, "over", {
              actions: [{ type: "set", params: { values: { found: { cel: "event.output" } } } }],
            }),
          ],
        },
        meta: { id: `st_${id}_start`, title: "Start" },
      },
      over: final(`st_${id}_over`),
    },
    { context: { parts: [], found: null } },
  );
/** Waits and asks nothing of anybody, until a later version does. */
const adopting = process(
  "adopting",
  {
    start: {
      after: { month: [to("tr_adopting", "over")] },
      meta: { id: "st_adopting", title: "Start" },
    },
    over: final("st_adopting_over"),
  },
  { context: { parts: [] }, meta: { delays: { month: { title: "A month", duration: "P30D" } } } },
);
const own: readonly AnyDocument[] = [
  process(
    "piece",
    {
      start: {
        invoke: {
          id: "piece_task",
          src: "human.task",
          input: {
            title: { cel: "context.lot + ' ' + context.item" },
            form: { type: "object", properties: { n: { type: "integer" } } },
          },
          onDone: [to("tr_piece", "over")],
        },
        meta: { id: "st_piece_start", title: "Start" },
      },
      over: final("st_piece_over", { n: { cel: "event.output.n" }, item: { cel: "context.item" } }),
    },
    { context: { lot: null, item: null } },
  ),
  process(
    "sized",
    {
      start: {
        always: [
          to("tr_big", "big", { guard: { type: "expr", params: { cel: "context.item > 3" } } }),
          to("tr_small", "small"),
        ],
        meta: { id: "st_sized", title: "Start" },
      },
      big: final("st_big"),
      small: final("st_small"),
    },
    { context: { item: 0 } },
  ),
  process("sizing", {
    start: {
      invoke: { id: "sizing_each", src: "each:sized", input: { items: [1, 9] }, onDone: [to("tr_sizing", "over")] },
      meta: { id: "st_sizing", title: "Start" },
    },
    over: final("st_sizing_over"),
  }),
  batch("all_of_them", "all"),
  batch("two_of_them", 2),
  {
    $schema: "urn:trellis:intake:1",
    $id: "replies",
    $anchor: "int_replies",
    title: "Replies",
    entity: "case",
    does: "event",
    event: "case.customer_replied",
    match: "number",
    values: { number: { from: "/number" } },
  } as AnyDocument,
  process(
    "finding",
    {
      start: {
        entry: [{ type: "lookup", params: { entity: "case", match: { number: "R-9" }, into: "found" } }],
        invoke: { id: "finding_task", src: "human.task", input: { title: "Look" }, onDone: [to("tr_finding", "over")] },
        meta: { id: "st_finding", title: "Start" },
      },
      over: final("st_finding_over"),
    },
    { context: { found: null } },
  ),
  // Fails after a day: its record cannot have the number of another.
  process(
    "brittle",
    {
      start: {
        after: {
          day: [
            to("tr_brittle", "over", { actions: [{ type: "record.update", params: { set: { number: "TAKEN" } } }] }),
          ],
        },
        meta: { id: "st_brittle", title: "Start" },
      },
      over: final("st_brittle_over"),
    },
    { context: { item: null }, meta: { delays: { day: { title: "A day", duration: "P1D" } } } },
  ),
  ...[
    ["careful", "process:brittle", {}],
    ["careful_of_each", "each:brittle", { items: [1, 2] }],
  ].map(([name, src, input]) =>
    process(
      String(name),
      {
        start: {
          invoke: {
            id: `${String(name)}_run`,
            src,
            input,
            onDone: [to(`tr_${String(name)}`, "over")],
            onError: [
              to(`tr_${String(name)}_wrong`, "wrong", {
                actions: [{ type: "set", params: { values: { why: { cel: "event.error.detail" } } } }],
              }),
            ],
          },
          meta: { id: `st_${String(name)}`, title: "Start" },
        },
        wrong: final(`st_${String(name)}_wrong`),
        over: final(`st_${String(name)}_over`),
      } as object,
      { context: { why: null } },
    ),
  ),
  adopting,
  process("round", {
    start: {
      invoke: { id: "round_again", src: "process:round", onDone: [to("tr_round", "over")] },
      meta: { id: "st_round", title: "Round" },
    },
    over: final("st_round_over"),
  }),
];

let w: World;
let technician: Client;
let secret: string;
beforeAll(async () => {
  w = await world({ documents: [...exampleDocuments().filter((it: any) => it.id !== "trial_nurture"), ...own] });
  technician = await w.user("Tess", { roles: ["technician"] });
  const team = (await w.admin.post("/api/records/team", { name: "Desk" })).json;
  await w.admin.post("/api/records/user_team", { user: w.admin.id, team: team.id });
  await w.admin.post("/api/records/user", { name: "service_desk", queue_of: team.id });
  const bound = await w.admin.send("PUT", "/api/intakes/replies", { body: { owner: w.admin.id } });
  expect(bound.status, bound.text).toBe(201);
  ({ secret } = bound.json);
});
afterAll(() => w.close());

let cases = 0;
async function begun(
  workflow: string,
  values: object = {},
): Promise<{ id: string; number: string; operation: string }> {
  const number = `C-${++cases}`;
  const made = (await w.admin.post("/api/records/case", { number, serial: "S1", priority: "p1" })).json;
  const answer = await w.admin.post(`/api/records/case/${made.id}/runs`, { workflow, values });
  expect(answer.status, answer.text).toBe(201);
  return { id: made.id, number, operation: answer.headers.get("trellis-operation")! };
}
const tasksOf = async (id: string, status = "active") =>
  (await w.admin.get(`/api/tasks?of=all&record=${id}&status=${status}`)).json.items;
const runs = (id: string) =>
  w.sql("select workflow, state, status, output from {ws}._run where record = $1 order by depth, item, id", [id]);
async function done(by: Client, id: string, title: string, values: object): Promise<string> {
  const task = (await tasksOf(id)).find((it: any) => it.title === title);
  const answer = await by.post(`/api/tasks/${task?.id}/complete`, { values });
  expect(answer.status, answer.text).toBe(200);
  return answer.headers.get("trellis-operation")!;
}
async function send(id: string, type: string) {
  const answer = await w.admin.post(`/api/records/case/${id}/events`, { type });
  expect(answer.status, answer.text).toBe(200);
}

/** The customer's answer comes in from outside, signed as is agreed. */
async function reply(number: string) {
  const now = w.clock.now();
  const body = JSON.stringify({ number });
  const id = `reply-${number}`;
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, now, body),
  };
  const answer = await w.fetch(new Request("http://localhost/api/hooks/replies", { method: "POST", body, headers }));
  expect(answer.status, await answer.text()).toBe(200);
}

test("a repair goes from triage over a return and its promise to its end, by the interface alone", async () => {
  const { id, number } = await begun("repair_case");
  const [triage] = await tasksOf(id);
  expect(triage).toMatchObject({ title: `Triage ${number}`, queue: { name: "service_desk" } });
  const outcome = { title: "Outcome", enum: ["return_device", "remote"] };
  expect(triage.form).toMatchObject({ properties: { outcome } });
  await done(w.admin, id, `Triage ${number}`, { outcome: "return_device" });
  expect(await runs(id)).toMatchObject([
    { workflow: "repair_case", state: "rma,running", status: "active" },
    { workflow: "rma", state: "waiting", status: "active" },
  ]);
  const offers = (await w.admin.get(`/api/records/case/${id}/events`)).json;
  expect(offers.map(({ type }: any) => type).sort()).toEqual(["case.ask_customer", "rma.arrived"]);
  await send(id, "case.ask_customer");
  const timers =
    "select name from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = $1 and r.workflow = 'repair_case'";
  expect(await w.sql(timers, [id])).toEqual([]);
  expect((await w.admin.post(`/api/records/case/${id}/events`, { type: "case.customer_replied" })).json.code).toBe(
    "event.unknown",
  );
  await reply(number);
  expect(await w.sql(timers, [id])).toHaveLength(2);
  await send(id, "rma.arrived");
  expect(await runs(id)).toMatchObject([
    { state: "diagnose,running", status: "active" },
    { state: "received", status: "done", output: { received: true, rma_no: `RMA-${number}` } },
  ]);
  await done(technician, id, "Diagnose", { repairable: true });
  await done(technician, id, "Repair", {});
  expect(await runs(id)).toMatchObject([
    { status: "done", output: { rma_no: `RMA-${number}`, breaches: expect.anything() } },
    { status: "done" },
  ]);
  expect(await w.sql("select 1 from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = $1", [id])).toEqual(
    [],
  );
  expect((await w.admin.post(`/api/records/case/${id}/runs`, { workflow: "repair_case" })).status).toBe(201);
});

test("a wait of a process that another has begun moves both when it is over", async () => {
  const { id, number } = await begun("repair_case");
  await done(w.admin, id, `Triage ${number}`, { outcome: "return_device" });
  const later = new Date(w.clock.now().getTime() + 31 * 86_400_000);
  while ((await fireDue(w.workspace, later)).count > 0);
  expect(await runs(id)).toMatchObject([{ state: "remote,breached" }, { state: "kept", output: { received: false } }]);
});

test("what a step did in several runs is undone together: the process is gone, its task is open again", async () => {
  const { id, number, operation } = await begun("repair_case");
  const triaged = await done(w.admin, id, `Triage ${number}`, { outcome: "return_device" });
  const undo = (it: string) => w.admin.post(`/api/operations/${it}/undo`);
  expect((await undo(operation)).json.conflicts).toMatchObject([{ id, why: "changed" }]);
  const undone = await undo(triaged);
  expect(undone.json, undone.text).toMatchObject({ conflicts: [] });
  expect(await runs(id)).toMatchObject([{ workflow: "repair_case", state: "triage,running", status: "active" }]);
  expect(await tasksOf(id)).toMatchObject([{ title: `Triage ${number}`, status: "open" }]);
  expect((await undo(operation)).json).toMatchObject({ conflicts: [] });
  expect([await runs(id), await tasksOf(id, "all")]).toEqual([[], []]);
});

test("a list has a process for each item; all must end, and their outputs come back in its order", async () => {
  const { id } = await begun("all_of_them", { parts: ["a", "b", "c"] });
  expect((await tasksOf(id)).map(({ title }: any) => title).sort()).toEqual([
    "all_of_them a",
    "all_of_them b",
    "all_of_them c",
  ]);
  for (const [n, item] of ["c", "a", "b"].entries()) {
    expect((await runs(id))[0]).toMatchObject({ state: "start", status: "active" });
    await done(w.admin, id, `all_of_them ${item}`, { n });
  }
  const [{ context, status }] = await w.sql("select context, status from {ws}._run where record = $1 and depth = 0", [
    id,
  ]);
  expect([status, context.found.map(({ item, n }: any) => `${item}${n}`)]).toEqual(["done", ["a1", "b2", "c0"]]);
  const past = await w.admin.post("/api/workflows/all_of_them/backtest", { since: "P1D" });
  expect(past.json.live, past.text).toMatchObject({ standing: { over: 1 }, refused: {} });
});

test("the past is played with what runs were begun with, by a person or by another run", async () => {
  await begun("sized", { item: 5 });
  await begun("sizing");
  const past = await w.admin.post("/api/workflows/sized/backtest", { since: "P1D" });
  expect(past.json.live, past.text).toMatchObject({ cases: 3, standing: { big: 2, small: 1 } });
});

test("where two of them are enough the rest is withdrawn with its tasks; a list of none is done at once", async () => {
  const { id } = await begun("two_of_them", { parts: ["a", "b", "c"] });
  await done(w.admin, id, "two_of_them c", { n: 1 });
  await done(w.admin, id, "two_of_them b", { n: 1 });
  expect((await runs(id)).map(({ status }: any) => status)).toEqual(["done", "stopped", "done", "done"]);
  expect(await tasksOf(id)).toEqual([]);
  expect((await tasksOf(id, "cancelled")).map(({ title }: any) => title)).toEqual(["two_of_them a"]);
  const none = await begun("all_of_them");
  expect(await runs(none.id)).toMatchObject([{ status: "done" }]);
});

test("a process that begins itself ends somewhere, one that runs is not begun again, and others are refused", async () => {
  const made = (await w.admin.post("/api/records/case", { number: "R-8" })).json;
  const start = (by: Client, body: object) => by.post(`/api/records/case/${made.id}/runs`, body);
  expect((await start(w.admin, { workflow: "round" })).json.code).toBe("run.too_deep");
  expect(await runs(made.id)).toEqual([]);
  expect((await start(w.admin, { workflow: "deal_pipeline" })).json.code).toBe("workflow.unknown");
  expect((await start(w.admin, { values: 1, more: 2 })).json.problems).toHaveLength(3);
  const unknown = await start(w.admin, { workflow: "rma", values: { nothing: 1 } });
  expect([unknown.status, unknown.json.problems[0].path]).toEqual([422, "/values/nothing"]);
  expect((await start(technician, { workflow: "rma" })).status).toBe(201);
  expect((await start(w.admin, { workflow: "rma" })).json.code).toBe("run.running");
  const stranger = await w.user("Sam");
  expect((await start(stranger, { workflow: "rma" })).status).toBe(404);
});

test("a process that somebody begins is told what its first state asks", async () => {
  const made = (await w.admin.post("/api/records/case", { number: "R-9" })).json;
  const begins = await w.admin.post(`/api/records/case/${made.id}/runs`, { workflow: "finding" });
  expect(begins.status, begins.text).toBe(201);
  const [run] = await w.sql("select context from {ws}._run where record = $1", [made.id]);
  expect(run.context.found).toEqual({ id: made.id });
});

test("what somebody may do with a record names the events of its processes", async () => {
  const { id } = await begun("repair_case");
  const { events } = (await w.admin.get(`/api/records/case/${id}/access?of=${technician.id}`)).json;
  expect(JSON.stringify(events)).toContain("rma.arrived");
});

test("a process that cannot go on ends, and whoever began it hears of the error, with no more of those begun beside it", async () => {
  await w.admin.post("/api/records/case", { number: "TAKEN" });
  for (const workflow of ["careful", "careful_of_each"]) {
    const { id } = await begun(workflow);
    w.clock.advance(86_400_000);
    // Tried five times, each a while after the other.
    for (let tried = 0; tried < 10; tried++) {
      await fireDue(w.workspace, w.clock.now());
      w.clock.advance(30_000);
    }
    const [parent, ...children] = await runs(id);
    expect(parent).toMatchObject({ state: "wrong", status: "done" });
    const [{ why }] = await w.sql("select context->>'why' as why from {ws}._run where record = $1 and parent is null", [
      id,
    ]);
    expect(why).toContain("number");
    expect(children.map(({ status }: any) => status)).toEqual(
      workflow === "careful" ? ["stopped"] : ["stopped", "stopped"],
    );
    const incidents = await w.sql("select 1 from {ws}._incident where record = $1", [id]);
    expect(incidents).toEqual([]);
    expect(
      await w.sql("select 1 from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = $1", [id]),
    ).toEqual([]);
  }
});

test("runs that a publish moves begin the processes that their state now asks for, and end those that it asks for no more", async () => {
  const { id } = await begun("adopting", { parts: ["x", "y"] });
  const others = w.workspace.model.documents.filter((it) => !("id" in it) || it.id !== "adopting");
  const alone = async (document: WorkflowDocument, more: object = {}) => {
    const mappings = { [document.meta.id]: { "runs/": "move" } };
    const given = { documents: [...others, document], mappings, author: w.admin.id, now: w.clock.now() };
    return (await publish(w.workspace, { ...given, reason: "Test", ...more })).version;
  };
  const publishes = async (document: WorkflowDocument, more: object = {}) => {
    const version = await alone(document, more);
    const { failures } = await moveDue(w.workspace, w.clock.now(), inbox);
    expect(failures).toEqual([]);
    return version;
  };
  const invoke = {
    id: "adopting_each",
    src: "each:piece",
    input: { items: { cel: "context.parts" }, values: { lot: "adopted" }, complete: "all" },
    onDone: [to("tr_adopted", "over")],
  };
  const asking = structuredClone(adopting) as any;
  asking.states.start.invoke = invoke;
  const version = await publishes(asking);
  const open = async () =>
    (await runs(id)).filter(({ status }: any) => status === "active").map((it: any) => it.workflow);
  expect(await open()).toEqual(["adopting", "piece", "piece"]);
  await publishes({ ...asking, description: "The same, told better." });
  expect(await open(), "nothing begins twice").toEqual(["adopting", "piece", "piece"]);
  await done(w.admin, id, "adopted x", { n: 1 });
  await publishes(adopting, { undoes: version });
  expect([await open(), await tasksOf(id)]).toEqual([["adopting"], []]);
  await alone(adopting, { undoes: await alone(asking) });
  const told = await w.sql(
    "select 1 from {ws}._inbox where run = (select id from {ws}._run where record = $1 and depth = 0) and done_at is null",
    [id],
  );
  expect(told, "what the publish would have begun").toEqual([]);
  await publishes(asking);
  await done(w.admin, id, "adopted x", { n: 1 });
  await done(w.admin, id, "adopted y", { n: 1 });
  expect((await runs(id))[0]).toMatchObject({ workflow: "adopting", status: "done" });
});
