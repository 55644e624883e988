import {
  businessTime,
  clockTerms,
  documentsFor,
  dueBy,
  followed,
  machinesFor,
  readTimerName,
  sameDocument,
  type Machine,
  type Model,
  type StateMapping,
} from "engine";
import { identifier } from "engine/sql";
import type { CalendarDocument, Delay, WorkflowDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import { goingBy, workflowBefore, type GoingBy } from "./kept.ts";
import { environmentOf, type Waiting } from "./move-timers.ts";

/** A publish that may change hours and waits: the model before it and after it, what is said of waits, and when. */
export interface Recounting {
  readonly schema: string;
  readonly now: Model;
  readonly next: Model;
  readonly mappings?: Readonly<Record<string, StateMapping>>;
  readonly at: Date;
}

/** A wait that is counted otherwise than before. */
interface Recounted {
  readonly workflow: WorkflowDocument;
  readonly name: string;
  /** Of one whose hours alone are others: those before and now. One that follows its new terms is counted by them. */
  readonly hours?: Hours;
}

interface Hours {
  /** What is counted; a clock has used some of it before, so what is left of it is. */
  readonly span: businessTime.BusinessSpan | undefined;
  readonly old: CalendarDocument;
  readonly calendar: CalendarDocument;
}

const batchRows = 1000;
const first = "00000000-0000-0000-0000-000000000000";

/**
 * Counts the waits that have begun, and the tasks that are due by them, anew where a publish changes the hours that they
 * are counted by, or where they are to follow their new terms. What was due before the publish stays due; what never
 * ends any more keeps its moment.
 */
export async function recountTimers(tx: Queryable, recounting: Recounting): Promise<void> {
  const { schema, next } = recounting;
  const following = followingWaits(recounting);
  const told = new Set(following.map(({ workflow, name }) => `${workflow.id} ${name}`));
  for (const { id } of next.workflows.values()) {
    const all = documentsFor(next, id).map((document) => waitsOf(recounting, document));
    if (all.every((waits) => waits.length === 0) && !following.some(({ workflow }) => workflow.id === id)) continue;
    for (const going of await goingBy(tx, { schema, model: next }, next.workflows.get(id)!)) {
      const isLive = going.document === next.workflows.get(id);
      const others = waitsOf(recounting, going.document).filter((it) => !isLive || !told.has(`${id} ${it.name}`));
      const waits = [...(isLive ? following.filter(({ workflow }) => workflow.id === id) : []), ...others];
      if (waits.length === 0) continue;
      for (let after = ["", ""]; after.length > 0;) after = await recountBatch(tx, recounting, going, waits, after);
      for (let after = first; after !== "";) after = await recountTasks(tx, recounting, going, waits, after);
    }
  }
}

function followingWaits({ now, next, mappings }: Recounting): readonly Recounted[] {
  return [...next.workflows.values()].flatMap((workflow) => {
    const old = workflowBefore(now, workflow);
    return old ? followed(old, workflow, mappings?.[workflow.meta.id]).map((name) => ({ workflow, name })) : [];
  });
}

/** Those of a workflow that are counted by other hours. */
function waitsOf({ now, next }: Recounting, workflow: WorkflowDocument): readonly Recounted[] {
  const before = new Map([...now.calendars.values()].map((it) => [it.$anchor, it]));
  return Object.entries(workflow.meta.delays ?? {}).flatMap(
    ([name, { duration, clock, calendar: own }]: [string, Delay]) => {
      const by = own ?? (clock === undefined ? undefined : clockTerms(workflow, clock).calendar);
      const calendar = by === undefined ? undefined : next.calendars.get(by);
      const old = calendar && before.get(calendar.$anchor);
      const span = duration === undefined ? undefined : businessTime.readBusinessSpan(duration);
      const counted = span !== undefined || clock !== undefined;
      return calendar && old && counted && !sameDocument(old, calendar)
        ? [{ workflow, name, hours: { span, old, calendar } }]
        : [];
    },
  );
}

/** The machine by which runs go. */
const machineBy = (model: Model, { document }: GoingBy): Machine | undefined =>
  machinesFor(model, document.id).find((machine) => machine.document === document);

/** Counts the next waits of a workflow behind a run and a name, and answers the last of them; nothing after all. */
async function recountBatch(
  tx: Queryable,
  recounting: Recounting,
  going: GoingBy,
  waits: readonly Recounted[],
  after: readonly string[],
): Promise<string[]> {
  const { schema, next, at } = recounting;
  const machine = machineBy(next, going);
  if (!machine) return [];
  const { rows } = await tx.query(
    `select r.id, r.revision, r.context, to_json(e) as record, t.name, t.due_at, t.set_at
     from ${schema}._timer t join ${schema}._run r on r.id = t.run
       join ${schema}.${identifier(machine.entity.name)} e on e.id = r.record
     where r.workflow = $1 and t.due_at > $2 and (t.run::text, t.name) > ($3, $4)
       and split_part(t.name, '.', 3) = any($5::text[]) and ($6::integer[] is null or r.version = any($6))
     order by t.run::text, t.name limit ${batchRows}`,
    [machine.id, at, after[0], after[1], waits.map(({ name }) => name), going.versions ?? null],
  );
  const dues = (rows as Timer[]).flatMap((timer) => {
    const wait = waits.find((it) => it.name === readTimerName(timer.name).delay);
    const due = wait && dueOf(recounting, machine, wait, timer);
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

/** When a wait is over now: by other hours what a clock has left from now on, any other from where it began. */
function dueOf({ next, at }: Recounting, machine: Machine, { name, hours }: Recounted, timer: Timer) {
  if (hours && !hours.span) return recounted(hours, timer.due_at, at);
  const begun = environmentOf(next, timer, new Date(timer.set_at));
  return machine.ringsAt(name, begun);
}

/**
 * Counts the next open tasks anew that are due when one of these waits would be over, and answers the last of them;
 * nothing after all.
 */
async function recountTasks(
  tx: Queryable,
  { schema, next, at }: Recounting,
  going: GoingBy,
  waits: readonly Recounted[],
  after: string,
): Promise<string> {
  const machine = machineBy(next, going);
  const invoked = new Map(waits.flatMap((wait) => dueBy(going.document, wait.name).map((id) => [id, wait] as const)));
  if (!machine || invoked.size === 0) return "";
  const { rows } = await tx.query(
    `select t.id as task, t.invocation, t.due_at, t.at, r.id, r.revision, r.context, to_json(e) as record
     from ${schema}._task t join ${schema}._run r on r.id = t.run
       join ${schema}.${identifier(machine.entity.name)} e on e.id = r.record
     where r.workflow = $1 and t.status in ('open', 'claimed') and t.due_at > $2 and t.id > $3
       and t.invocation = any($4::text[]) and ($5::integer[] is null or r.version = any($5))
     order by t.id limit ${batchRows}`,
    [machine.id, at, after, [...invoked.keys()], going.versions ?? null],
  );
  const dues = (rows as Task[]).flatMap((it) => {
    const { name, hours } = invoked.get(it.invocation)!;
    const due = hours ? recounted(hours, it.due_at, at) : machine.dueAt(name, environmentOf(next, it, new Date(it.at)));
    return due ? [{ id: it.task, due }] : [];
  });
  await tx.query(
    `update ${schema}._task t set due_at = r.due_at from unnest($1::uuid[], $2::timestamptz[]) as r(id, due_at)
     where t.id = r.id`,
    [dues.map(({ id }) => id), dues.map(({ due }) => due)],
  );
  return rows.length < batchRows ? "" : String(rows.at(-1)?.task);
}

/** An open task, with the run that waits for it. */
interface Task extends Waiting {
  readonly task: string;
  readonly invocation: string;
  readonly due_at: string;
  readonly at: string;
}

function recounted({ old, calendar, span }: Hours, dueAt: string, at: Date): string | undefined {
  const [before, now] = [new Date(dueAt).getTime(), at.getTime()];
  const due = span
    ? businessTime.recounted(old, calendar, before, span)
    : businessTime.add(calendar, now, businessTime.between(old, now, before));
  return due === undefined ? undefined : new Date(due).toISOString();
}
