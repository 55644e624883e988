import { businessTime, clockTerms, machineOf, readTimerName, sameDocument, statesOf, type Model } from "engine";
import { identifier } from "engine/sql";
import type { CalendarDocument, Delay, WorkflowDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import { environmentOf, type Waiting } from "./move-timers.ts";

/** A publish that may change calendars: the model before it and after it, and when. */
export interface Recounting {
  readonly schema: string;
  readonly now: Model;
  readonly next: Model;
  readonly at: Date;
}

/** A wait that is counted by other hours than before. */
interface Recounted {
  readonly workflow: WorkflowDocument;
  readonly name: string;
  /** What is counted; a clock has used some of it before, so what is left of it is. */
  readonly span: businessTime.BusinessSpan | undefined;
  readonly old: CalendarDocument;
  readonly calendar: CalendarDocument;
}

const batchRows = 1000;
const first = "00000000-0000-0000-0000-000000000000";

/**
 * Counts the waits that have begun, and the tasks that are due by them, anew where a publish changes the hours that they are counted by. What was due before
 * the publish stays due; what its calendar never ends any more keeps its moment.
 */
export async function recountTimers(tx: Queryable, recounting: Recounting): Promise<void> {
  const changed = waitsOf(recounting);
  for (const [workflow, waits] of Map.groupBy(changed, (it) => it.workflow.id)) {
    for (let after = ["", ""]; after.length > 0;) after = await recountBatch(tx, recounting, workflow, waits, after);
    for (let after = first; after !== "";) after = await recountTasks(tx, recounting, waits, after);
  }
}

function waitsOf({ now, next }: Recounting): readonly Recounted[] {
  const before = new Map([...now.calendars.values()].map((it) => [it.$anchor, it]));
  return [...next.workflows.values()].flatMap((workflow) =>
    Object.entries(workflow.meta.delays ?? {}).flatMap(
      ([name, { duration, clock, calendar: own }]: [string, Delay]) => {
        const by = own ?? (clock === undefined ? undefined : clockTerms(workflow, clock).calendar);
        const calendar = by === undefined ? undefined : next.calendars.get(by);
        const old = calendar && before.get(calendar.$anchor);
        const span = duration === undefined ? undefined : businessTime.readBusinessSpan(duration);
        const counted = span !== undefined || clock !== undefined;
        return calendar && old && counted && !sameDocument(old, calendar)
          ? [{ workflow, name, span, old, calendar }]
          : [];
      },
    ),
  );
}

/** Counts the next waits of a workflow behind a run and a name, and answers the last of them; nothing after all. */
async function recountBatch(
  tx: Queryable,
  recounting: Recounting,
  workflow: string,
  waits: readonly Recounted[],
  after: readonly string[],
): Promise<string[]> {
  const { schema, next, at } = recounting;
  const entity = machineOf(next, workflow)?.entity;
  if (!entity) return [];
  const { rows } = await tx.query(
    `select r.id, r.revision, r.context, to_json(e) as record, t.name, t.due_at, t.set_at
     from ${schema}._timer t join ${schema}._run r on r.id = t.run
       join ${schema}.${identifier(entity.name)} e on e.id = r.record
     where r.workflow = $1 and t.due_at > $2 and (t.run::text, t.name) > ($3, $4)
       and split_part(t.name, '.', 3) = any($5::text[])
     order by t.run::text, t.name limit ${batchRows}`,
    [workflow, at, after[0], after[1], waits.map(({ name }) => name)],
  );
  const dues = (rows as Timer[]).flatMap((timer) => {
    const wait = waits.find((it) => it.name === readTimerName(timer.name).delay);
    const due = wait && dueOf(recounting, wait, timer);
    return due ? [{ run: timer.id, name: timer.name, due }] : [];
  });
  await tx.query(
    `update ${schema}._timer t set due_at = r.due_at
     from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as r(run, name, due_at)
     where t.run = r.run and t.name = r.name`,
    [dues.map(({ run }) => run), dues.map(({ name }) => name), dues.map(({ due }) => due)],
  );
  const last = rows.length < batchRows ? undefined : (rows.at(-1) as Timer);
  return last ? [last.id, last.name] : [];
}

/** A wait that has begun, with its run. */
interface Timer extends Waiting {
  readonly name: string;
  readonly due_at: string;
  readonly set_at: string;
}

/** When a wait is over by the new hours: what a clock has left from now on, any other from where it began. */
function dueOf({ next, at }: Recounting, wait: Recounted, timer: Timer): string | null | undefined {
  if (!wait.span) {
    const due = recounted(wait, new Date(timer.due_at).getTime(), at.getTime());
    return due === undefined ? undefined : new Date(due).toISOString();
  }
  const begun = environmentOf(next, timer, new Date(timer.set_at));
  return machineOf(next, wait.workflow.id)?.ringsAt(wait.name, begun);
}

/**
 * Counts the next open tasks anew that are due when one of these waits would be over, and answers the last of them;
 * nothing after all.
 */
async function recountTasks(
  tx: Queryable,
  { schema, at }: Recounting,
  waits: readonly Recounted[],
  after: string,
): Promise<string> {
  const workflow = waits[0]!.workflow;
  const invoked = statesOf(workflow).flatMap(({ state: { invoke } }) => {
    const { delay } = (invoke?.input?.due ?? {}) as { readonly delay?: string };
    const wait = waits.find(({ name }) => name === delay);
    return invoke && wait ? [[invoke.id, wait] as const] : [];
  });
  if (invoked.length === 0) return "";
  const { rows } = await tx.query(
    `select t.id, t.invocation, t.due_at from ${schema}._task t join ${schema}._run r on r.id = t.run
     where r.workflow = $1 and t.status in ('open', 'claimed') and t.due_at > $2 and t.id > $3
       and t.invocation = any($4::text[])
     order by t.id limit ${batchRows}`,
    [workflow.id, at, after, invoked.map(([id]) => id)],
  );
  const dues = (rows as { id: string; invocation: string; due_at: string }[]).flatMap(({ id, invocation, due_at }) => {
    const wait = invoked.find(([it]) => it === invocation)?.[1];
    const due = wait && recounted(wait, new Date(due_at).getTime(), at.getTime());
    return due === undefined ? [] : [{ id, due: new Date(due).toISOString() }];
  });
  await tx.query(
    `update ${schema}._task t set due_at = r.due_at from unnest($1::uuid[], $2::timestamptz[]) as r(id, due_at)
     where t.id = r.id`,
    [dues.map(({ id }) => id), dues.map(({ due }) => due)],
  );
  return rows.length < batchRows ? "" : String(rows.at(-1)?.id);
}

function recounted({ old, calendar, span }: Recounted, due: number, at: number): number | undefined {
  if (span) return businessTime.recounted(old, calendar, due, span);
  return businessTime.add(calendar, at, businessTime.between(old, at, due));
}
