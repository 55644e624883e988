import { afterAll, beforeAll, expect, test } from "vitest";
import { moveSome, type Executor } from "../../runtime/store/due.ts";
import { timers } from "../../runtime/store/fire.ts";
import { collectStatements } from "../fixtures/emitted.ts";
import { errands, plainErrandDocuments, storyOf } from "../fixtures/errands.ts";
import { world, type World } from "../world.ts";

let w: World;
beforeAll(async () => {
  w = await world({ documents: plainErrandDocuments });
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
