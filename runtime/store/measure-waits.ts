import { dueBy, followed, retimed, type Model, type StateMapping } from "engine";
import type { WorkflowDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import { movedBy, workflowBefore } from "./kept.ts";

/** A wait that a publish times otherwise, where some have begun. */
export interface MeasuredWait {
  readonly workflow: string;
  readonly delay: string;
  readonly title: string;
  /** How many wait by it, people with a task that is due by it included. */
  readonly count: number;
  /** Whether they are counted by the new terms; else they keep their moments. */
  readonly follows: boolean;
}

/** Between which models, what is said of waits, and when. */
interface MeasuringWaits {
  readonly schema: string;
  readonly now: Model;
  readonly next: Model;
  readonly mappings?: Readonly<Record<string, StateMapping>>;
  readonly at: Date;
}

/** The waits under way of which a change has to say whether they follow its terms. */
export async function measureWaits(db: Queryable, measuring: MeasuringWaits): Promise<readonly MeasuredWait[]> {
  const { now, next, mappings } = measuring;
  const measured: MeasuredWait[] = [];
  for (const workflow of next.workflows.values()) {
    const old = workflowBefore(now, workflow);
    if (!old || !movedBy(measuring, old, workflow)) continue;
    const follows = followed(old, workflow, mappings?.[workflow.meta.id]);
    for (const delay of retimed(old, workflow)) {
      const title = workflow.meta.delays?.[delay]?.title ?? delay;
      const count = await countWaits(db, measuring, old, delay);
      if (count > 0) measured.push({ workflow: workflow.id, delay, title, count, follows: follows.includes(delay) });
    }
  }
  return measured;
}

async function countWaits(db: Queryable, { schema, at }: MeasuringWaits, workflow: WorkflowDocument, delay: string) {
  const { rows } = await db.query(
    `select (select count(*) from ${schema}._timer t join ${schema}._run r on r.id = t.run
         where r.workflow = $1 and split_part(t.name, '.', 3) = $2 and t.due_at > $4)::int
       + (select count(*) from ${schema}._task t join ${schema}._run r on r.id = t.run
         where r.workflow = $1 and t.invocation = any($3::text[]) and t.status in ('open', 'claimed') and t.due_at > $4)::int as n`,
    [workflow.id, delay, dueBy(workflow, delay), at],
  );
  return rows[0].n as number;
}
