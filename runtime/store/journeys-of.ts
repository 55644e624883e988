import { documentOf, movesOf, problem } from "engine";
import type { WorkflowDocument } from "schemas";
import { readBack } from "./read-back.ts";
import { isId } from "./records.ts";
import type { ReadScene } from "./read.ts";
import { stepColumns, stepsMax, storyOf, type RunStory, type StoryRun, type StoryStep } from "./run-story.ts";
import { timersOf } from "./timers.ts";
import { readAwaited, readUnbegun, type NotBegun } from "./unbegun.ts";

/** How a run goes on, or how it ended: by itself, because its goal was reached, because its record left, or by others. */
export type JourneyStatus = "active" | "done" | "goal" | "left" | "stopped" | "parked";

/** One message of a run: planned, on its way, or how it came to its end. */
export interface JourneyMail {
  readonly id: string;
  readonly title: string;
  /** Of the ledger: `queued` until `due_at`, `accepted` by its server, `suppressed` by a gate. */
  readonly status: string;
  readonly reason: string | null;
  readonly due_at: string;
  readonly ended_at: string | null;
}

/** A record's way through a journey or a process. */
export interface Journey extends RunStory {
  readonly run: string;
  readonly kind: "journey" | "process";
  readonly status: JourneyStatus;
  /** What ended it before its way was over, as people call it. */
  readonly reason: string | null;
  readonly begun_at: string;
  readonly mails: readonly JourneyMail[];
  /** `meta.id` of the states that it has come through and of the transitions that it has taken, for the canvas. */
  readonly way: readonly string[];
}

/** The ways of a record, and those that did not begin. */
export interface JourneysOf {
  readonly runs: readonly Journey[];
  readonly unbegun: readonly (NotBegun & { readonly title: string })[];
}

const runsMost = 30;

/** Tells all ways of a record through journeys and processes to who may read it, the newest first. */
export async function readJourneys(scene: ReadScene, name: string, id: string): Promise<JourneysOf> {
  const { workspace } = scene;
  const [record] = await readBack(scene, name, isId(id) ? [id] : []);
  if (!record) throw problem("record.missing", { entity: name });
  const { schema, pool, model } = workspace;
  const own = [...model.workflows.values()].filter(({ meta }) => meta.kind !== "pipeline" && meta.entity === name);
  const { rows } = await pool.query(
    `select r.id, r.version, r.workflow, r.value, r.status, r.entered_at, r.started_at,
       ${timersOf(schema, ", 'held', t.held, 'error', t.error")}, s.steps, m.mails
     from (select * from ${schema}._run where record = $1 and workflow = any($2::text[])
       order by started_at desc, id desc limit ${runsMost}) r
     left join lateral (select coalesce(json_agg(j order by j.revision desc), '[]') as steps from (
       select ${stepColumns} from ${schema}._journal
       where run = r.id order by revision desc limit ${stepsMax}) j) s on true
     left join lateral (select coalesce(json_agg(json_build_object('id', d.id, 'message', d.message, 'status', d.status,
         'reason', d.reason, 'due_at', d.due_at, 'ended_at', d.ended_at) order by d.at, d.id), '[]') as mails
       from ${schema}._sending d where d.run = r.id) m on true
     order by r.started_at desc, r.id desc`,
    [id, own.map((it) => it.id)],
  );
  const titles = new Map([...model.messages.values()].map(({ $anchor, title }) => [$anchor, title]));
  const begun = new Set((rows as Row[]).map(({ workflow }) => workflow));
  const awaiting = own.filter(({ meta: { enrol } }) => enrol?.on === "date" && mayKnow(scene, name, enrol.field));
  const awaited = await readAwaited(
    workspace,
    id,
    awaiting.map(({ meta }) => meta.id),
  );
  const ahead = awaited.filter(
    ({ workflow, why }) =>
      why === "ahead" || !awaiting.some(({ id: of, meta }) => meta.id === workflow && begun.has(of)),
  );
  const unbegun = [...(await readUnbegun(workspace, id)), ...ahead];
  return {
    runs: (rows as Row[]).map((row) => journeyOf(documentOf(model, row.workflow, row.version)!, row, titles)),
    unbegun: unbegun.flatMap((it) => {
      const document = own.find(({ meta }) => meta.id === it.workflow);
      return document ? [{ ...it, workflow: document.id, title: document.meta.title }] : [];
    }),
  };
}

/** Whether a reader may know what stands in a field of every record: from a moment that is told its value is worked out. */
const mayKnow = ({ access }: ReadScene, entity: string, name = ""): boolean => {
  const own = access.entity(entity);
  const field = own?.entity.fields.get(name);
  return field !== undefined && own?.readable(field).kind === "all";
};

interface Row extends StoryRun {
  readonly workflow: string;
  readonly status: string;
  readonly started_at: string;
  readonly steps: readonly StoryStep[];
  readonly mails: readonly (Omit<JourneyMail, "title"> & { readonly message: string })[];
}

const iso = (moment: string) => new Date(moment).toISOString();

function journeyOf(document: WorkflowDocument, row: Row, titles: ReadonlyMap<string, string>): Journey {
  const steps = row.steps.map((it) => ({ ...it, at: iso(it.at) }));
  const [last] = steps;
  const story = storyOf(document, row, steps);
  const { events } = document.meta;
  const by = (last?.event.data as { readonly event?: string } | undefined)?.event;
  const early = row.status === "done" && (last?.event.type === "goal" || last?.event.type === "exit");
  const status = !early ? row.status : last.event.type === "goal" ? "goal" : "left";
  const taken = new Set(steps.flatMap(({ transitions }) => transitions));
  const targets = movesOf(document).flatMap(({ transition, from, target }) =>
    taken.has(transition.meta.id) ? [transition.meta.id, from?.node.meta.id, target?.node.meta.id] : [],
  );
  return {
    ...story,
    run: row.id,
    kind: document.meta.kind as Journey["kind"],
    status: status as JourneyStatus,
    reason: early && by !== undefined ? (events[by]?.title ?? by) : null,
    begun_at: iso(row.started_at),
    mails: row.mails.map(({ message, due_at, ended_at, ...mail }) => ({
      ...mail,
      title: titles.get(message) ?? "",
      due_at: iso(due_at),
      ended_at: ended_at && iso(ended_at),
    })),
    way: [...new Set(targets.flatMap((it) => it ?? []))],
  };
}
