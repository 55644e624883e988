import { afterAll, beforeAll, expect, test } from "vitest";
import type { RoleDocument, TestDocument } from "schemas";
import { machineOf, testOf } from "engine";
import { playTests } from "../../runtime/store/package-tests.ts";
import { voyageDocuments, voyageWorkflow } from "../fixtures/voyage.ts";
import { world, type World } from "../world.ts";

const sailor: RoleDocument = {
  $schema: "urn:trellis:role:1",
  $id: "sailor",
  $anchor: "role_sailor",
  title: "Sailor",
  entities: { voyage: { create: "own", read: "own", update: "own", fields: { cargo: { read: "none" } } } },
};

let w: World;
beforeAll(async () => {
  w = await world({ documents: [...voyageDocuments, sailor] });
});
afterAll(() => w.close());

const play = (body: object) => w.admin.post("/api/workflows/voyage/simulate", body);

test("a case is played without anything being written", async () => {
  const { status, json, text } = await play({
    record: { name: "Vega", due_on: "2026-04-01" },
    script: [{ wait: "P15D" }, { send: "voyage.sail", values: { cargo: 500 } }, { send: "voyage.clear" }],
  });
  expect(status, text).toBe(200);
  expect(json).toMatchObject({ state: "sailing", value: { customs: "declared" }, now: "2026-03-17T09:00:00.000Z" });
  expect(json.steps.map((it: any) => [it.cause.name, it.to, it.refused === null])).toEqual([
    ["begin", "loading", true],
    ["idle", "loading", true],
    ["voyage.sail", "sailing", true],
    ["voyage.clear", "sailing", false],
  ]);
  expect(json.reasons.find((it: any) => it.transition === "tr_clear")).toMatchObject({ open: false });
  expect(await w.sql("select 1 from {ws}.voyage")).toEqual([]);
});

test("a draft is played as it is sent, if it is sound", async () => {
  const draft = structuredClone(voyageWorkflow) as any;
  draft.meta.delays.idle.duration = "P1D";
  const { json } = await play({ document: draft, record: { name: "Vega" }, script: [{ wait: "P2D" }] });
  expect(json.steps).toHaveLength(2);
  draft.states.course.states.sheltered.on["voyage.resume"][0].target = "#st_nowhere";
  const refused = await play({ document: draft });
  expect([refused.status, refused.json.code, refused.json.problems?.[0]?.path ?? refused.json.path]).toEqual([
    422,
    "workflow.target",
    "/document/states/course/states/sheltered/on/voyage.resume/0/target",
  ]);
});

test.each([
  [{ script: [{ wait: "soon" }] }, "report.malformed"],
  [{ script: [{ send: "voyage.sail", wait: "P1D" }] }, "report.malformed"],
  [{ record: { nmae: "Vega" } }, "field.unknown"],
  [{ document: { id: "voyage" } }, "document.malformed"],
  [{ fast: true }, "query.unknown"],
])("%j is refused", async (body, code) => {
  const { status, json } = await play(body);
  expect([status >= 400 && status < 500, json.code]).toEqual([true, code]);
});

test("what was played is kept as a test that goes as the play went", async () => {
  const { model } = w.workspace;
  const playing = { model, machine: machineOf(model, "voyage")! };
  const empty = { cargo: null, remark: null };
  const beginning = {
    record: { ...empty, name: "Vega", due_on: "2026-03-20" },
    user: {},
    now: w.clock.now().toISOString(),
  };
  const scripts = [
    [{ wait: "P15D" }, { send: "voyage.sail", values: { cargo: 5 } }, { wait: "P30D" }],
    [
      { send: "voyage.sail", values: { cargo: 5 } },
      { send: "voyage.shelter" },
      { wait: "P30D" },
      { send: "voyage.resume" },
    ],
    [{ send: "voyage.sail", values: { cargo: 5 } }, { change: { due_on: "2026-05-01" } }, { wait: "P30D" }],
    [{ send: "voyage.sail", values: { cargo: 5 } }, { wait: "P60D" }, { send: "voyage.land" }],
  ];
  const tests = scripts.map((script, at) =>
    testOf(playing, beginning, script, { id: `kept_${at}x`, anchor: `test_kept_${at}x`, title: `Kept ${at}` }),
  );
  expect(tests.map(({ then }) => then[0].values?.course)).toEqual(["late", "sailing", "sailing", "landed"]);
  const kept = { ...model, tests: new Map(tests.map((it) => [it.$id, it])) };
  expect(await playTests(w.workspace, kept, w.clock.now())).toEqual([]);
  const wrong = tests.map((it): TestDocument => ({ ...it, then: [{ record: "it", values: { course: "loading" } }] }));
  const faults = await playTests(
    w.workspace,
    { ...model, tests: new Map(wrong.map((it) => [it.$id, it])) },
    w.clock.now(),
  );
  expect(faults).toHaveLength(4);
});

test("the past is played by a draft, and compared with what is live", async () => {
  for (const name of ["Vega", "Deneb"]) {
    const { json } = await w.admin.post("/api/records/voyage", { name, cargo: 5, due_on: "2026-03-20" });
    await w.admin.post(`/api/records/voyage/${json.id}/events`, { type: "voyage.sail" });
    if (name === "Deneb") await w.admin.post(`/api/records/voyage/${json.id}/events`, { type: "voyage.land" });
  }
  await w.admin.post("/api/test/clock", { now: "2026-04-20T09:00:00.000Z" });
  const document = structuredClone(voyageWorkflow) as any;
  document.meta.delays.overdue.after = "P60D";
  const { status, json, text } = await w.admin.post("/api/workflows/voyage/backtest", { since: "P90D", document });
  expect(status, text).toBe(200);
  expect(json.live).toMatchObject({ cases: 2, standing: { late: 1, landed: 1 }, effects: { notify: 1 }, refused: {} });
  expect(json.draft).toMatchObject({ cases: 2, standing: { sailing: 1, landed: 1 }, effects: {}, refused: {} });
  await w.work();
  const queued = await w.admin.post("/api/workflows/voyage/backtest", { since: "P90D", document, background: true });
  expect([queued.status, queued.json.runs]).toEqual([202, 2]);
  await expect
    .poll(async () => (await w.admin.get(`/api/operations/${queued.json.operation}`)).json)
    .toMatchObject({ status: "done", done: 2, detail: { result: { live: json.live, draft: json.draft } } });
  const bad = await w.admin.post("/api/workflows/voyage/backtest", { since: "soon" });
  expect([bad.status, bad.json.code]).toEqual([400, "report.malformed"]);
});

test("a run tells why it is where it is, now and at each of its revisions", async () => {
  const { json: made } = await w.admin.post("/api/records/voyage", {
    name: "Altair",
    cargo: 500,
    due_on: "2026-06-01",
  });
  const path = `/api/records/voyage/${made.id}`;
  await w.admin.post(`${path}/events`, { type: "voyage.sail" });
  const now = (await w.admin.get(`${path}/run/why`)).json;
  expect(now).toMatchObject({ revision: 2, present: true, state: "sailing", context: { storms: 0 }, next: null });
  expect(now.reasons.find((it: any) => it.transition === "tr_clear")).toMatchObject({
    open: false,
    grounds: [{ text: "record.cargo < 100", holds: false, values: [{ title: "Cargo", value: "500" }] }],
  });
  await w.admin.patch(path, { cargo: 50 }, { "if-match": '"2"' });
  await w.admin.post(`${path}/events`, { type: "voyage.clear" });
  const then = (await w.admin.get(`${path}/run/why?at=2`)).json;
  expect(then).toMatchObject({
    revision: 2,
    present: false,
    state: "sailing",
    next: { event: { type: "voyage.clear" } },
  });
  expect(then.reasons.filter((it: any) => it.taken)).toMatchObject([
    { transition: "tr_clear", open: true, grounds: [{ holds: true, values: [{ value: "50" }] }] },
  ]);
  expect((await w.admin.get(`${path}/run/why?at=1`)).json).toMatchObject({
    state: "loading",
    record: { cargo: 500, course: "loading" },
    next: { event: { type: "voyage.sail" } },
  });
  const missing = await w.admin.get(`${path}/run/why?at=9`);
  expect([missing.status, missing.json.code]).toEqual([404, "run.no_revision"]);
});

test("what a reader may not see is withheld from why she may not", async () => {
  const mia = await w.user("Mia", { roles: ["sailor"] });
  const { json: made } = await mia.post("/api/records/voyage", { name: "Mira" });
  await w.admin.patch(`/api/records/voyage/${made.id}`, { cargo: 500 }, { "if-match": '"1"' });
  await w.admin.post(`/api/records/voyage/${made.id}/events`, { type: "voyage.sail" });
  const { status, json, text } = await mia.get(`/api/records/voyage/${made.id}/run/why`);
  expect(status, text).toBe(200);
  expect(text).not.toContain("500");
  expect(json.context).toBe(null);
  expect(json.record.cargo).toBeUndefined();
  expect(json.reasons.find((it: any) => it.transition === "tr_clear").grounds).toEqual([
    { text: null, holds: false, values: [] },
  ]);
  const ben = await w.user("Ben", { roles: ["sailor"] });
  expect((await ben.get(`/api/records/voyage/${made.id}/run/why`)).status).toBe(404);
});

test("a log from elsewhere is held against the workflow", async () => {
  const at = (day: number) => `2026-01-0${day}T09:00:00Z`;
  const events = [
    { case: "a", activity: "Sail", at: at(1) },
    { case: "a", activity: "Land", at: at(3) },
    { case: "b", activity: "Sail", at: at(1) },
    { case: "b", activity: "Sink", at: at(2) },
    { case: "c", activity: "voyage.land", at: at(2) },
  ];
  const { status, json, text } = await w.admin.post("/api/workflows/voyage/conformance", { events });
  expect(status, text).toBe(200);
  expect(json.conformance).toMatchObject({ cases: 3, fitting: 1, taken: 3, events: 5 });
  expect(json.conformance.deviations).toMatchObject([
    { case: "b", at: 1, activity: "Sink", state: "sailing" },
    { case: "c", at: 0, activity: "voyage.land", state: "loading" },
  ]);
  expect(json.map.edges).toMatchObject([
    { from: "Sail", to: "Land", count: 1, median: 172_800 },
    { from: "Sail", to: "Sink", count: 1 },
  ]);
  const bad = await w.admin.post("/api/workflows/voyage/conformance", { events: [{ case: "a" }] });
  expect([bad.status, bad.json.code, bad.json.problems[0].path]).toEqual([400, "report.malformed", "/events/0"]);
});
