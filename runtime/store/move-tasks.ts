import { invokedAt, invokedNow, machineOf, newInvocations } from "engine";
import type { Queryable } from "../database/pool.ts";
import { standingIn } from "./move-runs.ts";
import { eachBatch, environmentOf, which, type TimerMove } from "./move-timers.ts";
import { engineItself } from "./operation.ts";
import { taskParts } from "./tasks.ts";

/** A publish that moves runs with their tasks, as the operation under which it does so. */
export interface TaskMove extends TimerMove {
  readonly operation: string;
}

/**
 * The tasks of runs that a publish moves: one whose state still asks for it stays as it is, one that nothing asks for
 * any more is withdrawn, one that is new begins with the publish.
 */
export async function moveTasks(tx: Queryable, move: TaskMove): Promise<void> {
  const { schema, next, old, workflow, group, to, at, operation, author } = move;
  const machine = machineOf(next, workflow.id);
  if (!machine) return;
  const kept = invokedAt(machine, to.value).map(({ id }) => id);
  await tx.query(
    `update ${schema}._task t set status = 'cancelled', ended_at = $5, ended_revision = r.revision + 1
     from ${schema}._run r where t.run = r.id and ${standingIn(next.version)} and t.status in ('open', 'claimed')
       and not (t.invocation = any($4::text[]))`,
    [...which(move), kept, at],
  );
  const fresh = newInvocations(old, workflow, group.value, to.value);
  if (fresh.length === 0) return;
  const scene = { workspace: { schema }, now: at, operation, principal: { ...engineItself, id: author ?? "" } };
  await eachBatch(tx, move, async (batch) => {
    const moved = batch.map((run) => {
      const asked = invokedNow(machine, to.value, environmentOf(run, at));
      const started = asked.filter(({ id }) => fresh.includes(id));
      const { id: record, owner } = run.record;
      const step = { invocations: { started, stopped: [] } };
      return { run: run.id, record: String(record), revision: run.revision + 1, owner, step };
    });
    for (const { sql, parameters } of await taskParts(tx, scene, machine.entity.name, moved))
      await tx.query(sql, [...parameters]);
  });
}
