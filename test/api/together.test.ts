import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { moveSome, type Executor } from "../../runtime/store/due.ts";
import { fireDue, timers } from "../../runtime/store/fire.ts";
import { collectStatements } from "../fixtures/emitted.ts";
import { errandDocuments, errands, storyOf } from "../fixtures/errands.ts";
import { world, type World } from "../world.ts";

let w: World;
beforeAll(async () => {
  w = await world({ documents: errandDocuments });
});
afterAll(() => w.close());

const dayMs = 86_400_000;
const after = (days: number) => new Date(w.clock.now().getTime() + days * dayMs);

/** Only these records' waits can ring. */
const alone = (ids: readonly string[]) =>
  w.sql("update {ws}._timer t set held = r.record <> all($1::uuid[]) from {ws}._run r where r.id = t.run", [ids]);

/** Fires all that is due at a moment. Answers what failed, and what was sent to the database where runs were moved. */
async function fired(now: Date, by?: Executor) {
  const { emitted, stop } = collectStatements();
  const failures: unknown[] = [];
  for (;;) {
    const moved = await fireDue(w.workspace, now, by);
    failures.push(...moved.failures);
    if (moved.count === 0) break;
  }
  stop();
  const own = new Set(emitted.flatMap(({ sql, connection }) => (sql.includes("._timer") ? [connection] : [])));
  return { failures, statements: emitted.filter(({ connection }) => own.has(connection)).map(({ sql }) => sql) };
}

/** What an executor makes of all that is due at a moment; unless it is to hold, it is undone. */
async function made(ids: readonly string[], now: Date, by: Executor, holds: boolean) {
  const tx = await w.pool.connect();
  await tx.query("begin");
  try {
    const moving = { workspace: w.workspace, model: w.workspace.model, now };
    const failures: unknown[] = [];
    for (let count = 1; count > 0;) {
      const moved = await moveSome(tx, moving, timers, by);
      failures.push(...moved.failures);
      count = moved.count;
    }
    expect(failures).toEqual([]);
    return await storyOf(w, ids, tx);
  } finally {
    await tx.query(holds ? "commit" : "rollback");
    tx.release();
  }
}

test("runs that are moved together stand as if each had been moved by itself, whatever day it is", async () => {
  const ids = await errands(w, 60);
  await alone(ids);
  for (const day of [1, 3, 5, 9, 30]) {
    const single = await made(ids, after(day), "single", false);
    expect(await made(ids, after(day), "batch", true)).toEqual(single);
  }
  const states = await w.sql("select state from {ws}._run where record = any($1) group by 1", [ids]);
  expect(states.length).toBeGreaterThan(1);
});

test("many runs take as many statements as few, and are one operation", async () => {
  const count = async (ids: readonly string[]) => {
    await alone(ids);
    const { statements } = await fired(after(1), "batch");
    const operations = await w.sql(
      "select distinct o.title, o.rows from {ws}._journal j join {ws}._run r on r.id = j.run join {ws}._operation o on o.id = j.operation where r.record = any($1) and j.revision = 2",
      [ids],
    );
    return { statements: statements.length, operations };
  };
  const few = await count(await errands(w, 20));
  const many = await count(await errands(w, 100));
  expect(many.statements).toBe(few.statements);
  expect(many.operations).toEqual([{ title: "Errand: Soon", rows: 100 }]);
});

describe("one among many whose move fails", () => {
  test("is tried five times and then held with an incident, while those beside it go on", async () => {
    const [first, wrong, last] = [await errands(w, 30), await errands(w, 1, { worth: "600" }), await errands(w, 30)];
    const all = [...first, ...wrong, ...last];
    await alone(all);
    const { failures } = await fired(after(1), "batch");
    expect(failures).toHaveLength(1);
    const standing = (ids: readonly string[]) =>
      w.sql("select distinct revision from {ws}._run where record = any($1) and state <> 'fresh'", [ids]);
    expect(await standing([...first, ...last])).toEqual([{ revision: 2 }]);
    expect(await standing(wrong)).toEqual([]);
    for (let tries = 2; tries <= 5; tries++) await fired(new Date(after(1).getTime() + tries * 60_000), "batch");
    const [timer] = await w.sql(
      "select attempts, held, error from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = any($1)",
      [wrong],
    );
    expect(timer).toEqual({ attempts: 5, held: true, error: "Too dear." });
    const incidents = await w.sql(
      "select i.error from {ws}._incident i join {ws}._run r on r.id = i.run where r.record = any($1)",
      [wrong],
    );
    expect(incidents).toEqual([{ error: "Too dear." }]);
  });
});

test("two workers at once move each run once, and a record in the trash waits", async () => {
  const ids = await errands(w, 150);
  const gone = ids.slice(0, 3);
  for (const id of gone) await w.admin.delete(`/api/records/errand/${id}`, { "if-match": '"1"' });
  await alone(ids);
  await Promise.all([fired(after(1), "batch"), fired(after(1), "batch")]);
  await fired(after(1), "batch");
  const revisions = await w.sql(
    "select revision, count(*)::int as n from {ws}._run where record = any($1) group by 1 order by 1",
    [ids],
  );
  expect(revisions).toEqual([
    { revision: 1, n: 3 },
    { revision: 2, n: 147 },
  ]);
  const held = await w.sql(
    "select count(*)::int as n from {ws}._timer t join {ws}._run r on r.id = t.run where t.held and r.record = any($1)",
    [gone],
  );
  expect(held).toEqual([{ n: 3 }]);
});
