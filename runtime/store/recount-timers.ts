import { businessTime, clockTerms, readTimerName, sameDocument, type Model } from "engine";
import type { CalendarDocument, Delay, WorkflowDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";

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

/**
 * Counts the waits that have begun anew where a publish changes the hours that they are counted by. What was due before
 * the publish stays due; what its calendar never ends any more keeps its moment.
 */
export async function recountTimers(tx: Queryable, recounting: Recounting): Promise<void> {
  const changed = waitsOf(recounting);
  for (const [workflow, waits] of Map.groupBy(changed, (it) => it.workflow.id))
    for (let after = ["", ""]; after.length > 0;) after = await recountBatch(tx, recounting, workflow, waits, after);
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
  { schema, at }: Recounting,
  workflow: string,
  waits: readonly Recounted[],
  after: readonly string[],
): Promise<string[]> {
  const { rows } = await tx.query(
    `select t.run, t.name, t.due_at from ${schema}._timer t join ${schema}._run r on r.id = t.run
     where r.workflow = $1 and t.due_at > $2 and (t.run::text, t.name) > ($3, $4)
       and split_part(t.name, '.', 3) = any($5::text[])
     order by t.run::text, t.name limit ${batchRows}`,
    [workflow, at, after[0], after[1], waits.map(({ name }) => name)],
  );
  const dues = (rows as { run: string; name: string; due_at: string }[]).flatMap(({ run, name, due_at }) => {
    const wait = waits.find((it) => it.name === readTimerName(name).delay);
    const due = wait && recounted(wait, new Date(due_at).getTime(), at.getTime());
    return due === undefined ? [] : [{ run, name, due: new Date(due).toISOString() }];
  });
  await tx.query(
    `update ${schema}._timer t set due_at = r.due_at
     from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as r(run, name, due_at)
     where t.run = r.run and t.name = r.name`,
    [dues.map(({ run }) => run), dues.map(({ name }) => name), dues.map(({ due }) => due)],
  );
  const last = rows.length < batchRows ? undefined : rows.at(-1);
  return last ? [last.run, last.name] : [];
}

function recounted({ old, calendar, span }: Recounted, due: number, at: number): number | undefined {
  if (span) return businessTime.recounted(old, calendar, due, span);
  return businessTime.add(calendar, at, businessTime.between(old, at, due));
}
