import { invokedAt, invokedNow, isTask, machineOf, newInvocations, statesOf } from "engine";
import type { WorkflowDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import { takingUp } from "./inbox.ts";
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
     from ${schema}._run r where t.run = r.id and ${standingIn(move)} and t.status in ('open', 'claimed')
       and not (t.invocation = any($4::text[]))`,
    [...which(move), kept, at],
  );
  const fresh = newInvocations(old, workflow, group.value, to.value);
  if (fresh.length === 0) return;
  const scene = { workspace: { schema }, now: at, operation, principal: { ...engineItself, id: author ?? "" } };
  await eachBatch(tx, move, async (batch) => {
    const moved = batch.map((run) => {
      const asked = invokedNow(machine, to.value, environmentOf(next, run, at));
      const started = asked.filter(({ id }) => fresh.includes(id));
      const { id: record, owner } = run.record;
      const step = { invocations: { started, stopped: [] } };
      return { run: run.id, record: String(record), revision: run.revision + 1, owner, step };
    });
    for (const { sql, parameters } of await taskParts(tx, scene, machine.entity.name, moved))
      await tx.query(sql, [...parameters]);
  });
}

/**
 * The processes of runs that a publish moves: those that it begins and those that nothing asks for any more. Each is a
 * step of its own, with all that follows from it; the runs are told to take it.
 */
export async function moveProcesses(tx: Queryable, move: TaskMove): Promise<void> {
  const { schema, next, old, workflow, group, to, at } = move;
  const started = newInvocations(old, workflow, group.value, to.value).filter((id) => isProcess(workflow, id));
  const stopped = newInvocations(workflow, old, to.value, group.value).filter((id) => isProcess(old, id));
  if (started.length + stopped.length === 0) return;
  const event = { type: takingUp, data: { name: null, started, stopped }, effect: "", keep: {} };
  await tx.query(
    `insert into ${schema}._inbox (id, run, event, at, due_at)
     select r.id::text || $4::text, r.id, $5::jsonb, $6::timestamptz, $6::timestamptz from ${schema}._run r
     where ${standingIn(move)}`,
    [...which(move), publishedTo("", next.version), JSON.stringify(event), at],
  );
}

/** The id of what a run is told by a publish. */
export const publishedTo = (run: string, version: number) => `${run}:publish:${version}`;

function isProcess(document: WorkflowDocument, invocation: string): boolean {
  const invoke = statesOf(document).find(({ state }) => state.invoke?.id === invocation)?.state.invoke;
  return invoke !== undefined && !isTask(invoke.src);
}
