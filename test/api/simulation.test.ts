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

test("a wait that leads where a field is asked for is refused while that is empty", async () => {
  const draft = structuredClone(voyageWorkflow) as any;
  draft.states.course.states.under_way.states.loading.after.idle[0].target = "sailing";
  const waited = async (record: object) =>
    (await play({ document: draft, record, script: [{ wait: "P15D" }] })).json.steps.at(-1);
  expect(await waited({ name: "Vega" })).toMatchObject({ to: "loading", refused: '"Cargo" must not be empty.' });
  expect(await waited({ name: "Vega", cargo: 1 })).toMatchObject({ to: "sailing", refused: null });
});

test.each([
  [{ script: [{ wait: "soon" }] }, "report.malformed", "/script/0/wait"],
  [{ script: [{ send: "voyage.sail", wait: "P1D" }] }, "report.malformed", "/script/0"],
  [{ record: { nmae: "Vega" } }, "field.unknown", "/record/nmae"],
  [{ record: { cargo: "much" } }, "value.invalid", "/record/cargo"],
  [{ script: [{ change: [] }] }, "record.malformed", "/script/0/change"],
  [{ script: [{ change: { nmae: "Vega" } }] }, "field.unknown", "/script/0/change/nmae"],
  [{ script: [{ send: "voyage.sail", values: { due_on: "soon" } }] }, "value.invalid", "/script/0/values/due_on"],
  [{ document: { id: "voyage" } }, "document.malformed", "/document"],
  [{ document: null }, "document.malformed", "/document"],
  [{ state: 5 }, "report.malformed", "/state"],
  [{ now: 5 }, "report.malformed", "/now"],
  [{ fast: true }, "query.unknown", "/fast"],
])("%j is refused", async (body, code, path) => {
  const { status, json } = await play(body);
  expect([status >= 400 && status < 500, json.code, json.problems[0].path]).toEqual([true, code, path]);
});

test("a case goes round no longer than somebody would wait for", async () => {
  const draft = structuredClone(voyageWorkflow) as any;
  draft.meta.delays.idle.duration = "PT1H";
  draft.states.course.states.under_way.states.loading.after.idle[0].target = "loading";
  draft.states.course.states.under_way.states.loading.after.idle[0].reenter = true;
  const { status, json } = await play({
    document: draft,
    record: { name: "Vega" },
    script: Array.from({ length: 20 }, () => ({ wait: "P365D" })),
  });
  expect(json.steps.pop().refused).toMatch(/^A case makes more than 4000 moves here/);
  expect([status, json.steps.length, json.now]).toEqual([200, 4000, "2046-02-25T09:00:00.000Z"]);
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
    .poll(async () => (await w.admin.get(`/api/operations/${queued.json.operation}`)).json, { timeout: 20_000 })
    .toMatchObject({ status: "done", done: 2, detail: { result: { live: json.live, draft: json.draft } } });
  const bad = await w.admin.post("/api/workflows/voyage/backtest", { since: "soon" });
  expect([bad.status, bad.json.code]).toEqual([400, "report.malformed"]);
  const odd = await w.admin.post("/api/workflows/voyage/backtest", { background: "yes", fast: true });
  expect([odd.status, odd.json.problems.map((it: any) => it.path)]).toEqual([400, ["/fast", "/background"]]);
  const mia = await w.user("Mia, who may not", { roles: ["sailor"] });
  for (const what of ["simulate", "backtest", "conformance"])
    expect((await mia.post(`/api/workflows/voyage/${what}`, {})).status).toBe(403);
  expect(await w.sql("select 1 from {ws}._operation where kind = 'backtest'")).toHaveLength(1);
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
  for (const at of ["", "0", "1.5", "0x1", "1e0", "%201", "-1", "x".repeat(3000)])
    expect((await w.admin.get(`${path}/run/why?at=${at}`)).json.code, at).toBe("run.no_revision");
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
    { case: "a", activity: "Sail", at: at(1), resource: "Mia" },
    { case: "a", activity: "Land", at: at(3), resource: "Mia" },
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
  expect(json.resources).toEqual([{ name: "Mia", events: 2, cases: 1 }]);
  expect(json.map.edges).toMatchObject([
    { from: "Sail", to: "Land", count: 1, median: 172_800 },
    { from: "Sail", to: "Sink", count: 1 },
  ]);
  const bad = await w.admin.post("/api/workflows/voyage/conformance", { events: [{ case: "a" }] });
  expect([bad.status, bad.json.code, bad.json.problems[0].path]).toEqual([400, "report.malformed", "/events/0"]);
});

test("all cases of a log are counted, and the first of many that part with the workflow are told", async () => {
  const at = "2026-01-01T09:00:00Z";
  const sunk = Array.from({ length: 300 }, (_, n) => ({ case: `s${n}`, activity: "Sink", at }));
  const odd = Array.from({ length: 210 }, (_, n) => ({ case: `o${n}`, activity: `Odd ${n}`, at }));
  const { conformance } = (await w.admin.post("/api/workflows/voyage/conformance", { events: [...odd, ...sunk] })).json;
  expect(conformance).toMatchObject({ cases: 510, fitting: 0, ways: 211 });
  expect([conformance.deviations.length, conformance.partings.length]).toEqual([200, 200]);
  expect(conformance.partings.slice(0, 2)).toMatchObject([
    { state: "loading", activity: "Sink", cases: 300 },
    { state: "loading", activity: "Odd 0", cases: 1 },
  ]);
});

const told = { case: "a", activity: "Sail", at: "2026-01-01" };
test.each([
  ["no list", "x", "/events"],
  ["50,001 events", Array.from({ length: 50_001 }, () => told), "/events"],
  ["1,001 events of one case", Array.from({ length: 1001 }, () => told), "/events"],
  ["nothing", [null], "/events/0"],
  ["a year that no clock shows", [{ ...told, at: "+275760-01-01T00:00:00Z" }], "/events/0"],
])("a log of %s is refused", async (_, events, path) => {
  const { status, json } = await w.admin.post("/api/workflows/voyage/conformance", { events });
  expect([status, json.code, json.problems[0].path]).toEqual([400, "report.malformed", path]);
});

test("activities that share no letter with a name are told apart however many there are", async () => {
  const events = Array.from({ length: 1000 }, (_, at) => ({
    ...told,
    case: `c${at}`,
    activity: String.fromCodePoint(0x4e00 + at),
  }));
  const { status, json } = await w.admin.post("/api/workflows/voyage/conformance", { events });
  expect([status, Object.keys(json.proposal.states).length, json.conformance.cases]).toEqual([200, 1001, 1000]);
});
