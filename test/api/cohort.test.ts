import { afterAll, beforeAll, expect, test } from "vitest";
import { moveSome, type Executor } from "../../runtime/store/due.ts";
import { fireDue, timers } from "../../runtime/store/fire.ts";
import { collectStatements } from "../fixtures/emitted.ts";
import { errands, parcelDocuments, plainErrandDocuments, storyOf } from "../fixtures/errands.ts";
import { voyageEntity, voyageWorkflow } from "../fixtures/voyage.ts";
import { world, type World } from "../world.ts";

/** Voyages that are promised to sail within twelve hours. */
const promised = structuredClone(voyageWorkflow) as any;
promised.meta.delays.idle = { title: "Idle", clock: "loading", budget: { cel: "duration('12h')" } };
promised.states.course.states.under_way.states.loading.meta.clock = { start: ["loading"] };

let w: World;
beforeAll(async () => {
  w = await world({ documents: [...plainErrandDocuments, ...parcelDocuments, voyageEntity, promised] });
});
afterAll(() => w.close());

const dayMs = 86_400_000;
const after = (days: number) => new Date(w.clock.now().getTime() + days * dayMs);
const isCohort = (sql: string) => sql.startsWith("with") && sql.includes("d as materialized");

/** What an executor makes of all that is due at a moment, and how many statements were a cohort's. */
async function made(ids: readonly string[], now: Date, by: Executor, holds: boolean) {
  const tx = await w.pool.connect();
  await tx.query("begin");
  const { emitted, stop } = collectStatements();
  try {
    const moving = { workspace: w.workspace, model: w.workspace.model, now };
    for (let count = 1; count > 0;) {
      const moved = await moveSome(tx, moving, timers, by);
      expect(moved.failures).toEqual([]);
      count = moved.count;
    }
    stop();
    return { story: await storyOf(w, ids, tx), cohorts: emitted.filter(({ sql }) => isCohort(sql)).length };
  } finally {
    stop();
    await tx.query(holds ? "commit" : "rollback");
    tx.release();
  }
}

test("a wave that one statement moves stands as if each run had been moved by itself", async () => {
  const ids = await errands(w, 150);
  let cohorts = 0;
  for (const day of [1, 3, 6]) {
    const single = await made(ids, after(day), "single", false);
    const cohort = await made(ids, after(day), "cohort", true);
    expect(cohort.story).toEqual(single.story);
    cohorts += cohort.cohorts;
  }
  expect(cohorts).toBeGreaterThan(0);
});

/** Fires all that is due at a moment; answers what failed and how many statements were a cohort's. */
async function fired(now: Date, by?: Executor) {
  const { emitted, stop } = collectStatements();
  const failures: unknown[] = [];
  for (let count = 1; count > 0;) {
    const moved = await fireDue(w.workspace, now, by);
    failures.push(...moved.failures);
    count = moved.count;
  }
  stop();
  return { failures, cohorts: emitted.filter(({ sql }) => isCohort(sql)).length };
}
const revisions = (ids: readonly string[]) =>
  w.sql("select revision, count(*)::int as n from {ws}._run where record = any($1) group by 1 order by 1", [ids]);

test("one of a wave whose move fails is found by batches, and those beside it go on", async () => {
  await w.sql("delete from {ws}._timer");
  const ids = await errands(w, 200);
  await w.sql(`alter table {ws}.errand add constraint ck_hindered check (id <> '${ids[77]}' or stage = 'fresh')`);
  const { failures, cohorts } = await fired(after(1));
  expect(cohorts).toBe(1);
  expect(failures).toHaveLength(1);
  expect(await revisions(ids)).toEqual([
    { revision: 1, n: 1 },
    { revision: 2, n: 199 },
  ]);
  const [timer] = await w.sql(
    "select attempts, held from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = $1",
    [ids[77]],
  );
  expect(timer).toEqual({ attempts: 1, held: false });
  await w.sql("alter table {ws}.errand drop constraint ck_hindered");
});

test("two workers at a wave move each run once, and a record in the trash waits until it comes back", async () => {
  await w.sql("delete from {ws}._timer");
  const ids = await errands(w, 300);
  await w.admin.delete(`/api/records/errand/${ids[5]}`, { "if-match": '"1"' });
  await Promise.all([fired(after(1)), fired(after(1))]);
  await fired(after(1));
  expect(await revisions(ids)).toEqual([
    { revision: 1, n: 1 },
    { revision: 2, n: 299 },
  ]);
  const numbers = await w.sql(
    "select count(*)::int as n from {ws}._journal j join {ws}._run r on r.id = j.run where r.record = any($1)",
    [ids],
  );
  expect(numbers).toEqual([{ n: 599 }]);
});

test("what a clock has promised goes before a wave that has waited longer", async () => {
  await w.sql("delete from {ws}._timer");
  const ids = await errands(w, 150);
  const { id } = (await w.admin.post("/api/records/voyage", { name: "Vega", cargo: 5 })).json;
  await w.sql("update {ws}._timer set due_at = $1 where name like '%soon%'", [w.clock.now()]);
  await w.sql(
    "update {ws}._timer set held = true where name not like '%soon%' and run not in (select id from {ws}._run where record = $1)",
    [id],
  );
  const told = () => w.sql("select title from {ws}._notification where record = $1", [id]);
  expect(await told()).toEqual([]);
  await fireDue(w.workspace, after(1));
  expect(await told()).toEqual([{ title: "Still loading" }]);
  await fired(after(1));
  expect((await revisions(ids)).every(({ revision }) => revision > 1)).toBe(true);
});

test("a wait that leads where a field is asked for moves those that have filled it; a person hears of the others and mends them", async () => {
  await w.sql("delete from {ws}._timer");
  const parcels = ["A", "B", "C", "D", "E"].map((name, n) => ({
    name,
    weight: n === 1 ? null : n,
    mark: n === 3 ? null : name,
  }));
  const made = await w.admin.post("/api/records/parcel", parcels);
  const ids: readonly string[] = made.json.items.map(({ id }: { id: string }) => id);
  const [, unweighed] = ids;
  const { json } = await w.admin.post(`/api/records/parcel/${unweighed}/events`, { type: "parcel.send" });
  expect(json.problems.map(({ code, path }: any) => [code, path])).toEqual([["value.missing", "/values/weight"]]);

  const stories = new Map<Executor, unknown>();
  for (const by of ["single", "batch", "cohort"] as const) {
    const tx = await w.pool.connect();
    await tx.query("begin");
    const { emitted, stop } = collectStatements();
    const failures: unknown[] = [];
    const moving = { workspace: w.workspace, model: w.workspace.model, now: after(1), waveFrom: 2 };
    for (let count = 1; count > 0;) {
      const moved = await moveSome(tx, moving, timers, by);
      failures.push(...moved.failures.map(String));
      count = moved.count;
    }
    stop();
    expect(emitted.filter(({ sql }) => isCohort(sql))).toHaveLength(by === "cohort" ? 1 : 0);
    stories.set(by, [failures.toSorted(), await storyOf(w, ids, tx, "parcel")]);
    await tx.query("rollback");
    tx.release();
  }
  expect(stories.get("batch")).toEqual(stories.get("single"));
  expect(stories.get("cohort")).toEqual(stories.get("single"));

  for (let tries = 0; tries < 5; tries++) await fired(new Date(after(1).getTime() + tries * 60_000));
  const stages = () => w.sql("select name, stage, label from {ws}.parcel order by name");
  expect(await stages()).toEqual(
    parcels.map(({ name }, n) =>
      n === 1 || n === 3 ? { name, stage: "packed", label: null } : { name, stage: "handed", label: name },
    ),
  );
  const { items } = (await w.admin.get("/api/incidents?entity=parcel")).json;
  expect(items.map((it: any) => [it.record.name, it.title, it.error]).toSorted()).toEqual([
    ["B", "Day", '"Weight" must not be empty.'],
    ["D", "Day", '"Label" must not be empty.'],
  ]);
  await w.admin.patch(`/api/records/parcel/${unweighed}`, { weight: 7 }, { "if-match": '"1"' });
  const mended = items.find((it: any) => it.record.name === "B");
  expect((await w.admin.post(`/api/incidents/${mended.id}/retry`)).status).toBe(204);
  await fired(after(2));
  expect((await stages())[1]).toEqual({ name: "B", stage: "handed", label: "B" });
});
