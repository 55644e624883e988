import { afterAll, beforeEach, afterEach, expect, test } from "vitest";
import type { AnyDocument, WorkflowDocument } from "schemas";
import { publish } from "../../runtime/store/publish.ts";
import { measureRuns } from "../../runtime/store/measure-runs.ts";
import { passageDrift, waitingPassages, workOnPassages } from "../../runtime/store/passages.ts";
import { readModel } from "engine";
import { voyageEntity, voyageWorkflow } from "../fixtures/voyage.ts";
import { world, type World } from "../world.ts";

/** The voyage before it had regions: its course alone. */
const flat = (() => {
  const document = structuredClone(voyageWorkflow) as any;
  document.states = document.states.course.states;
  document.initial = "under_way";
  delete document.type;
  delete document.states.under_way.states.sailing.entry;
  delete document.meta.events["voyage.clear"];
  return document as WorkflowDocument;
})();
const flatEntity = (() => {
  const { customs: _, ...properties } = voyageEntity.properties;
  return { ...voyageEntity, properties } as typeof voyageEntity;
})();

let w: World;
beforeEach(async () => {
  w = await world({ documents: [flatEntity, flat] });
});
afterEach(async () => {
  const drift = await passageDrift(w.pool, w.workspace);
  await w.close();
  expect(drift, "counters say what the journal does").toEqual([]);
});
afterAll(() => undefined);

async function voyage(...events: string[]): Promise<string> {
  const { json } = await w.admin.post("/api/records/voyage", { name: "Vega", cargo: 5, due_on: "2026-05-01" });
  for (const type of events) {
    const answer = await w.admin.post(`/api/records/voyage/${json.id}/events`, { type });
    expect(answer.status, answer.text).toBe(200);
  }
  return json.id;
}
const read = async (id: string) => (await w.admin.get(`/api/records/voyage/${id}`)).json;
const run = async (id: string) =>
  (await w.sql("select state, value, history, revision, version from {ws}._run where record = $1", [id]))[0];
const timers = async (id: string) =>
  (
    await w.sql("select t.name from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = $1 order by 1", [
      id,
    ])
  ).map(({ name }) => name);
const wholes = (changed: readonly AnyDocument[]) => {
  const anchors = new Set(changed.map((it: any) => it.$anchor ?? it.meta.id));
  return [...w.workspace.model.documents.filter((it: any) => !anchors.has(it.$anchor ?? it.meta.id)), ...changed];
};
const go = (changed: readonly AnyDocument[], more: object = {}) =>
  publish(w.workspace, { documents: wholes(changed), reason: "Test", author: w.admin.id, now: w.clock.now(), ...more });

test("runs go on in the new version, by the identity of their states, with regions that begin", async () => {
  const sailing = await voyage("voyage.sail");
  const sheltered = await voyage("voyage.sail", "voyage.shelter");
  const before = await read(sailing);
  await go([voyageEntity, voyageWorkflow]);
  expect(await read(sailing)).toMatchObject({ course: "sailing", customs: "none", version: before.version });
  expect(await run(sailing)).toMatchObject({
    value: { course: { under_way: "sailing" }, customs: "none" },
    revision: 3,
  });
  const resumed = await w.admin.post(`/api/records/voyage/${sheltered}/events`, { type: "voyage.resume" });
  expect(resumed.json, "the history state still knows").toMatchObject({ course: "sailing" });
});

test("undo of the version brings runs back to where they stood, and what has gone on since by its state", async () => {
  const still = await voyage("voyage.sail");
  const moved = await voyage("voyage.sail");
  const [stood, waited] = [await run(still), await timers(still)];
  const { version } = await go([voyageEntity, voyageWorkflow]);
  await w.admin.post(`/api/records/voyage/${moved}/events`, { type: "voyage.land" });
  await go([flatEntity, flat], { undoes: version });
  expect(await run(still)).toEqual({ ...stood, version: version + 1 });
  expect(await timers(still)).toEqual(waited);
  expect(await run(moved)).toMatchObject({ state: "landed", value: "landed" });
  expect(await read(moved)).toMatchObject({ course: "landed" });
});

test("a state with runs goes only when the change says where they go, and runs are told by the plan", async () => {
  const id = await voyage("voyage.sail");
  await voyage();
  const without = structuredClone(flat) as any;
  delete without.states.under_way.states.sailing;
  without.states.under_way.states.loading.on["voyage.sail"][0].target = "late";
  await expect(go([without])).rejects.toMatchObject({ faults: [{ code: "publish.runs_stand" }] });
  const measure = (mappings?: object) =>
    measureRuns(w.pool, {
      schema: w.workspace.schema,
      now: w.workspace.model,
      next: readModel(wholes([without]), w.workspace.model.version + 1),
      at: w.clock.now(),
      ...(mappings ? { mappings: mappings as never } : {}),
    });
  expect(await measure()).toMatchObject([
    { state: "loading", title: "Loading", count: 1, to: "loading", needs_mapping: false },
    { state: "sailing", title: "Sailing", count: 1, to: null, needs_mapping: true },
  ]);
  const mappings = { wf_voyage: { sailing: "late" } };
  const { late, ...others } = without.states.under_way.states;
  const overdue = {
    initial: "late",
    states: { late },
    meta: { id: "st_overdue", title: "Overdue", requires: ["remark"] },
  };
  without.states.under_way.states = { ...others, overdue };
  without.states.under_way.states.loading.on["voyage.sail"][0].target = "overdue";
  expect(await measure(mappings)).toMatchObject([{ missing: 0 }, { to: "late", missing: 1 }]);
  without.states.under_way.states = { ...others, late };
  without.states.under_way.states.loading.on["voyage.sail"][0].target = "late";
  expect(await measure(mappings)).toMatchObject([{}, { state: "sailing", to: "late", needs_mapping: false, unmet: 0 }]);
  const [sail] = without.states.under_way.states.loading.on["voyage.sail"];
  for (const [cel, unmet] of [
    ["record.cargo > 5", 1],
    ["record.cargo == 5 && context.never == null", 0],
  ]) {
    sail.guard = { type: "expr", params: { cel } };
    expect(await measure(mappings), String(cel)).toMatchObject([{ unmet: 0 }, { to: "late", unmet }]);
  }
  delete sail.guard;
  const { version } = await go([without], { mappings });
  expect(await read(id)).toMatchObject({ course: "late" });
  expect(await timers(id)).toEqual([]);
  await go([flat], { undoes: version });
  expect(await read(id)).toMatchObject({ course: "sailing" });
  expect(await timers(id)).toEqual(["xstate.after.overdue.st_sailing"]);
});

test("a run tells why it was where it stood in a state that is gone, by the version of then", async () => {
  const guarded = structuredClone(flat) as any;
  const when = (cel: string) => ({ type: "expr", params: { cel } });
  guarded.states.under_way.states.sailing.on["voyage.land"][0].guard = when("record.cargo > 9");
  guarded.states.under_way.on["voyage.shelter"][0].guard = when("record.remark == null");
  await go([guarded]);
  const id = await voyage("voyage.sail");
  const { remark: _, cargo, ...properties } = flatEntity.properties as any;
  const without = structuredClone(flat) as any;
  const { loading, late, back } = without.states.under_way.states;
  without.states.under_way.states = { loading, late, back };
  loading.on["voyage.sail"][0].target = "late";
  await go([{ ...flatEntity, properties: { ...properties, freight: cargo } }, without], {
    mappings: { wf_voyage: { sailing: "late" } },
  });
  const { status, json, text } = await w.admin.get(`/api/records/voyage/${id}/run/why?at=2`);
  expect(status, text).toBe(200);
  expect(json).toMatchObject({ revision: 2, state: "sailing", next: { event: { type: "publish" } } });
  const cargoes = { text: "record.freight > 9", holds: false, values: [{ title: "Cargo", value: "5" }] };
  expect(json.reasons).toMatchObject([
    { transition: "tr_land", open: false, from: "Sailing", grounds: [cargoes] },
    { transition: "tr_overdue", open: true },
    { transition: "tr_shelter", open: false, grounds: [{ text: null, holds: false, values: [] }] },
  ]);
  expect((await w.admin.get(`/api/records/voyage/${id}/run/why?at=1`)).json.next.event.type).toBe("voyage.sail");
});

test("a move out of a state that is gone is not undone: the record stays where it is, and it is said why", async () => {
  const [there, back] = [await voyage(), await voyage()];
  const sail = async (id: string) =>
    (await w.admin.post(`/api/records/voyage/${id}/events`, { type: "voyage.sail" })).headers.get("trellis-operation");
  const sailed = await sail(there);
  const without = structuredClone(flat) as any;
  const { sailing, late } = without.states.under_way.states;
  Object.assign(without.states.under_way, { initial: "sailing", states: { sailing, late } });
  delete without.states.under_way.on;
  delete without.states.sheltered;
  const again = await sail(back);
  const { version } = await go([without]);
  const stood = [await run(there), await read(there)];
  for (const force of ["", "?force=true"]) {
    const undone = await w.admin.post(`/api/operations/${sailed}/undo${force}`, {});
    const conflicts = [{ entity: "voyage", id: there, why: "stranded" }];
    expect(undone.json, undone.text).toMatchObject({ restored: 0, conflicts });
    expect([await run(there), await read(there)]).toEqual(stood);
  }
  await go([flat], { undoes: version });
  const undone = await w.admin.post(`/api/operations/${again}/undo`, {});
  expect(undone.json, undone.text).toMatchObject({ restored: 1, conflicts: [] });
  expect(await run(back)).toMatchObject({ state: "loading" });
});

test("a state that another takes the key of is left for that one, as the change says", async () => {
  const id = await voyage("voyage.sail", "voyage.shelter");
  const next = structuredClone(flat) as any;
  next.states.sheltered.meta = { id: "st_harboured", title: "Harboured" };
  await expect(go([next])).rejects.toMatchObject({ faults: [{ code: "publish.runs_stand" }] });
  const stood = await run(id);
  w.clock.advance(3_600_000);
  const { version } = await go([next], { mappings: { wf_voyage: { sheltered: "sheltered" } } });
  expect(await run(id)).toMatchObject({ state: "sheltered", revision: stood.revision + 1, version });
  const entered = await w.sql("select entered_at from {ws}._run where record = $1", [id]);
  expect(entered).toEqual([{ entered_at: w.clock.now().toISOString() }]);
  const counts = (await w.admin.get("/api/workflows/voyage/counts")).json;
  expect(counts.states.sheltered).toMatchObject({ count: 1, entered: 1 });
  const resumed = await w.admin.post(`/api/records/voyage/${id}/events`, { type: "voyage.resume" });
  expect(resumed.json, "the counters of both states hold").toMatchObject({ course: "sailing" });
});

test("two states that change places do not take each other's runs", async () => {
  const [first, second] = [await voyage("voyage.sail", "voyage.shelter"), await voyage("voyage.sail", "voyage.land")];
  const swapped = structuredClone(flat) as any;
  [swapped.states.sheltered, swapped.states.landed] = [swapped.states.landed, swapped.states.sheltered];
  swapped.states.under_way.on["voyage.shelter"][0].target = "#st_sheltered";
  await go([swapped]);
  expect([(await read(first)).course, (await read(second)).course]).toEqual(["landed", "sheltered"]);
});

test("a wait that a change adds begins for the runs that stand there, once", async () => {
  const id = await voyage("voyage.sail");
  const added = structuredClone(flat) as any;
  added.meta.delays.slow = { duration: "P30D" };
  added.states.under_way.states.sailing.after.slow = [{ meta: { id: "tr_slow" } }];
  await go([added]);
  expect(await timers(id)).toEqual(["xstate.after.overdue.st_sailing", "xstate.after.slow.st_sailing"]);
  await w.sql("delete from {ws}._timer where name like '%slow%'");
  const row = () => w.sql("select xmin::text, version from {ws}._run where record = $1", [id]);
  const stood = await row();
  await go([{ ...added, description: "Told better." }]);
  expect(await row(), "who stays where she stands is not touched").toEqual(stood);
  expect(await timers(id), "one that has rung does not begin again").toEqual(["xstate.after.overdue.st_sailing"]);
  await w.admin.post(`/api/records/voyage/${id}/events`, { type: "voyage.land" });
  expect((await run(id)).version, "her next step is made by the new version").toBe(w.workspace.model.version);
});

test("the counts say how many stand where, how long they stayed, and how they went on", async () => {
  const hourMs = 3_600_000;
  const counts = async () => (await w.admin.get("/api/workflows/voyage/counts")).json;
  const first = await voyage("voyage.sail");
  w.clock.set(new Date(w.clock.now().getTime() + hourMs));
  await voyage("voyage.sail", "voyage.land");
  w.clock.set(new Date(w.clock.now().getTime() + hourMs));
  const counted = await counts();
  expect(counted.states).toMatchObject({
    under_way: { count: 1, entered: 2, left: 1, spent_ms: 2 * hourMs },
    sailing: { count: 1, entered: 2, left: 1 },
    landed: { count: 1 },
    loading: { count: 0, entered: 2, left: 2, spent_ms: 0 },
  });
  expect(counted.transitions).toEqual({ tr_sail: { count: 2, percent: 100 }, tr_land: { count: 1, percent: 100 } });
  const landed = await w.admin.post(`/api/records/voyage/${first}/events`, { type: "voyage.land" });
  expect((await counts()).states.sailing).toMatchObject({ entered: 2, left: 2 });
  const undone = await w.admin.post(`/api/operations/${landed.headers.get("trellis-operation")}/undo`, {});
  expect(undone.status, undone.text).toBe(200);
  expect(await counts(), "what was undone is not counted").toEqual(counted);
  await w.sql(
    `insert into {ws}._passage select gen_random_uuid(), 'wf_voyage', 'tr_none', 0, 0, 0 from generate_series(1, 2001)`,
  );
  expect(await waitingPassages(w.workspace)).toEqual(["fold"]);
  await workOnPassages(w.workspace, w.clock.now(), "fold");
  expect(await waitingPassages(w.workspace)).toEqual([]);
  expect(await counts(), "added up they say the same").toEqual(counted);
  await w.sql("delete from {ws}._passage where counted = 'st_sailing'");
  const passages = async () =>
    (await w.admin.get("/api/doctor")).json.findings.filter(({ kind }: { kind: string }) => kind === "passage");
  expect(await passages()).toMatchObject([{ name: "voyage", fix: true }]);
  expect((await w.admin.post("/api/doctor/mend", {})).json.done).toEqual([
    'The counters of "voyage" are counted again.',
  ]);
  expect([await passages(), await counts()]).toEqual([[], counted]);
});

test("an admin reads in the plan who stands in a state that goes, says where to, publishes, and takes it back", async () => {
  const id = await voyage("voyage.sail");
  const without = structuredClone(flat) as any;
  delete without.states.under_way.states.sailing;
  without.states.under_way.states.loading.on["voyage.sail"][0].target = "late";
  const { json: change } = await w.admin.post("/api/changes", { reason: "Fewer states" });
  const put = await w.admin.send("PUT", `/api/documents/workflow/voyage?change=${change.id}`, { body: without });
  expect(put.status, put.text).toBe(200);
  const plan = async () => (await w.admin.post(`/api/changes/${change.id}/plan`, {})).json;
  expect((await plan()).runs).toMatchObject([
    { workflow: "voyage", state: "sailing", count: 1, to: null, needs_mapping: true },
  ]);
  const refused = await w.admin.post(`/api/changes/${change.id}/publish`, {});
  expect([refused.status, refused.json.code]).toEqual([422, "publish.runs_stand"]);
  const told = await w.admin.patch(`/api/changes/${change.id}`, { mappings: { wf_voyage: { sailing: "late" } } });
  expect(told.status, told.text).toBe(200);
  const stood = [await run(id), await timers(id)];
  const tried = { runs: 1, waits_begun: 0, waits_ended: 1, tasks_begun: 0, tasks_ended: 0 };
  expect((await plan()).runs).toMatchObject([{ state: "sailing", to: "late", needs_mapping: false, tried }]);
  expect([await run(id), await timers(id)], "nothing of it stays").toEqual(stood);
  const published = await w.admin.post(`/api/changes/${change.id}/publish`, {});
  expect(published.status, published.text).toBe(200);
  expect(await read(id)).toMatchObject({ course: "late" });
  const undone = await w.admin.post(`/api/changes/versions/${published.json.version}/undo`, {});
  expect(undone.status, undone.text).toBe(200);
  expect(await read(id)).toMatchObject({ course: "sailing" });
});

test("undo of a version that brought a state asks where those go who have come there since", async () => {
  const id = await voyage("voyage.sail");
  const added = structuredClone(flat) as any;
  added.states.moored = {
    on: { "voyage.sail": [{ target: "under_way", meta: { id: "tr_unmoor" } }] },
    meta: { id: "st_moored", title: "Moored" },
  };
  added.states.under_way.on["voyage.land"] = [{ target: "moored", meta: { id: "tr_moor" } }];
  delete added.states.under_way.states.sailing.on;
  const { version } = await go([added]);
  const sent = await w.admin.post(`/api/records/voyage/${id}/events`, { type: "voyage.land" });
  expect(sent.json, sent.text).toMatchObject({ course: "moored" });
  const refused = await w.admin.post(`/api/changes/versions/${version}/undo`, {});
  expect([refused.status, refused.json.code], refused.text).toEqual([409, "undo.needs_mapping"]);
  expect(refused.json.problems[0].detail).toContain('1 records stand at "moored"');
  const mapping = { wf_voyage: { moored: "landed" } };
  const undone = await w.admin.post(`/api/changes/versions/${version}/undo`, { mapping });
  expect(undone.status, undone.text).toBe(200);
  expect(await read(id)).toMatchObject({ course: "landed" });
});
