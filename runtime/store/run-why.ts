import {
  compileMachine,
  covers,
  fromKept,
  mayTell,
  movesOf,
  placesOf,
  problem,
  reasonsOf,
  requiredAt,
  type EntityAccess,
  type Machine,
  type Reason,
  type Values,
} from "engine";
import type { Connection } from "../database/pool.ts";
import { documentThen } from "./kept.ts";
import type { Scene } from "./operation.ts";
import { lockRuns, snapshotOf, surroundings, type StoredRun } from "./run.ts";
import { lockSeen, plain, stageOf } from "./step.ts";

/** A run at one of its revisions: where it stood, what it and its record held, and why it could go where. */
export interface RunMoment {
  readonly revision: number;
  /** Whether it stands there now. */
  readonly present: boolean;
  readonly state: string;
  /** What the run remembers; for those alone who may change the workflow. */
  readonly context: Readonly<Record<string, unknown>> | null;
  /** The record as it was then, as far as the reader sees it. */
  readonly record: Values;
  /** The step that led on from there, with its cause, its moment and whose doing it was; null for the present. */
  readonly next: {
    readonly at: string;
    readonly by: string | null;
    readonly event: { readonly type: string; readonly data?: unknown };
  } | null;
  /** Every transition out of there; `taken` are those that the next step took. */
  readonly reasons: readonly (Reason & { readonly taken: boolean })[];
}

interface NextStep {
  readonly at: string;
  readonly by: string | null;
  readonly operation: string;
  readonly event: { readonly type: string; readonly data?: unknown };
  readonly transitions: readonly string[];
  readonly before: StoredRun;
  /** The version of the model in which the run stood after it. */
  readonly version: number;
}

/**
 * Explains where a run stands, or stood after the step whose revision is `at`: nothing of it is kept, it is worked out anew from the
 * journal and the history of the record. Values that the reader may not see are withheld.
 */
export async function explainRun(
  tx: Connection,
  scene: Scene,
  name: string,
  id: string,
  at: string | undefined,
): Promise<RunMoment> {
  const { access, machines } = stageOf(scene, name);
  const machine = machines[0]!;
  const seen = plain(await lockSeen(tx, scene, machine.entity, access, id, {}));
  if (access && !(machine.stateField && shows(access, machine.stateField))) throw problem("run.missing", {});
  const [run] = await lockRuns(tx, scene, id, [machine.id]);
  if (!run) throw problem("run.missing", {});
  const revision = at === undefined ? undefined : Number(/^\d{1,9}$/.test(at) ? at : 0);
  if (revision !== undefined && !(revision >= 1 && revision <= run.revision))
    throw problem("run.no_revision", { revision: at!.slice(0, 20), last: run.revision, path: "/at" });
  const next = revision === undefined ? undefined : await stepAfter(tx, scene, run.id, revision);
  const stood = next?.before ?? run;
  const by = next ? await machineThen(tx, scene, machine, next) : machine;
  const { record, asked } = next
    ? await recordBefore(tx, scene, by, { record: seen, id, next })
    : { record: seen, asked: seen };
  const around = await surroundings(tx, scene, by, [asked]);
  const now = next ? new Date(next.at).toISOString() : around.now;
  const user = next ? { id: next.by } : around.user;
  const told = {
    ...around,
    now,
    user,
    record: asked,
    tells: (path: Parameters<typeof mayTell>[1]) => mayTell(scene.access, path),
  };
  const taken = new Set(next?.transitions);
  return {
    revision: stood.revision,
    present: stood === run,
    state: stood.state,
    context: !scene.access || scene.access.admin ? stood.context : null,
    record: access ? Object.fromEntries(Object.entries(record).filter(([field]) => isShown(access, field))) : record,
    next: next ? { at: now, by: next.by, event: next.event } : null,
    reasons: reasonsOf(by, snapshotOf(stood), told, next?.event).map((it) => ({
      ...it,
      taken: taken.has(it.transition),
    })),
  };
}

const shows = (access: EntityAccess, field: Parameters<EntityAccess["readable"]>[0]): boolean =>
  covers(access.readable(field), access.rule("read"));

function isShown(access: EntityAccess, name: string): boolean {
  const field = access.entity.fields.get(name);
  return field !== undefined && shows(access, field);
}

/** The step that led on from a revision; none where the run still stands there. */
async function stepAfter(tx: Connection, { workspace }: Scene, run: string, revision: number) {
  const { rows } = await tx.query(
    `select j.at, j.by, j.operation, j.event, j.transitions, j.before,
       coalesce((n.before->>'version')::integer, r.version) as version
     from ${workspace.schema}._journal j join ${workspace.schema}._run r on r.id = j.run
       left join ${workspace.schema}._journal n on n.run = j.run and n.revision = j.revision + 1
     where j.run = $1 and j.revision > $2 and j.before is not null order by j.revision limit 1`,
    [run, revision],
  );
  return rows[0] as NextStep | undefined;
}

/** The machine by which a step was made; of one that a publish made, that by which the run had stood before. */
async function machineThen(
  tx: Connection,
  { workspace, model }: Scene,
  machine: Machine,
  { event, before, version }: NextStep,
): Promise<Machine> {
  const { schema } = workspace;
  const then = event.type === "publish" ? before.version : version;
  const document = await documentThen(tx, { schema, model }, machine.document, then);
  return document === machine.document ? machine : (compileMachine(model, document) ?? machine);
}

/**
 * The record as it stood before a step; `asked` with what the person gave along, which the guards of the step have read.
 */
async function recordBefore(
  tx: Connection,
  { workspace, model }: Scene,
  { entity, document }: Machine,
  { record, id, next }: { readonly record: Values; readonly id: string; readonly next: NextStep },
) {
  const { rows } = await tx.query(
    `select operation, before, after from ${workspace.schema}._history
     where record = $1 and before is not null and (at > $2
       or version >= (select min(version) from ${workspace.schema}._history where record = $1 and operation = $3))
     order by version desc, id desc`,
    [id, next.at, next.operation],
  );
  const back = rows.reduce<Values>((at, { before }) => ({ ...at, ...fromKept(model, entity, before) }), record);
  const own = rows.find(({ operation }) => operation === next.operation);
  const given = Object.entries((own && fromKept(model, entity, own.after)) ?? {});
  const asks = new Set(fieldsAsked(document, next.transitions));
  return { record: back, asked: { ...back, ...Object.fromEntries(given.filter(([field]) => asks.has(field))) } };
}

/** The fields that transitions ask for on the way, by their forms and for the states that they enter. */
function fieldsAsked(document: Machine["document"], taken: readonly string[]): readonly string[] {
  const places = placesOf(document);
  return movesOf(document, places)
    .filter(({ transition }) => taken.includes(transition.meta.id))
    .flatMap(({ transition: { meta }, target }) => [
      ...(meta.form ?? []).map(({ field }) => field),
      ...(target ? requiredAt({ places }, target) : []),
    ]);
}
