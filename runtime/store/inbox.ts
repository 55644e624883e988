import { machineOf, report, standsAt, takeUp, type Machine, type Report, type RunScene, type TakenUp } from "engine";
import { noFurther } from "../asks/further.ts";
import { answered } from "../asks/index.ts";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { againAfterMs, attemptsMost, type Due, type DueKind } from "./due.ts";
import { failed, gaveUp } from "./failing.ts";
import type { Noted } from "./heed.ts";
import { heedAgain } from "./heeded.ts";
import { incidentPart } from "./incidents.ts";
import { keepOperation, type Scene } from "./operation.ts";
import { heeding, toldAgain, unpark } from "./parked.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { lockChildren, lockRunById, snapshotOf, surroundings, type Moved, type StoredRun } from "./run.ts";
import { carryOut, plain } from "./step.ts";
import { moveTogether, unlessFailing, type Waving } from "./together.ts";

/** Something that a run is told by the engine. */
interface Told extends Due {
  readonly id: string;
  readonly event: {
    readonly type: string;
    readonly data: Partial<TakenUp> & {
      /** What a workflow was told and could not take. */
      readonly noted?: Noted;
      readonly name: string | null;
      readonly output?: unknown;
      readonly error?: string | null;
    };
    /** The row of the effect that it is about, and what the run keeps of its output. */
    readonly effect: string;
    readonly keep: Readonly<Record<string, string>>;
  };
}

/** The event by which runs that a publish has moved take up what they invoke where they stand now. */
export const takingUp = "publish.processes";

/** What is more than one move of the run that is told. */
const runsAlone: ReadonlySet<string> = new Set([takingUp, heeding]);

const open = "done_at is null and not held and due_at <= $1";

/** What runs are told of their effects, each once; one that cannot be told has five tries, then a person looks at it. */
export const inbox: DueKind<Told> = {
  isDue: async ({ pool, schema }, now) => {
    const { rows } = await pool.query(`select exists (select from ${schema}._inbox where ${open}) as due`, [now]);
    return rows[0].due;
  },
  waiting: async (tx, { schema }, now, most) => {
    const { rows } = await tx.query(
      `select i.id, i.event, i.run, r.workflow, r.version, r.entity, r.record from ${schema}._inbox i join ${schema}._run r on r.id = i.run
       where ${open} order by i.due_at, i.id limit ${most}`,
      [now],
    );
    return rows as Told[];
  },
  move: tellOne,
  moveTogether: (tx, moving, dues) => moveTogether(tx, moving, dues, waving),
  putOff,
};

async function tellOne(tx: Connection, scene: Scene, told: Told): Promise<void> {
  const { id, run: of, event, entity, record } = told;
  const { schema } = scene.workspace;
  const run = await lockRunById(tx, scene, of);
  const { rows } = await tx.query(`select 1 from ${schema}._inbox where id = $1 and done_at is null for update`, [id]);
  if (!run || rows.length === 0) return;
  const machine = machineOf(scene.model, run.workflow, run.status === "parked" ? undefined : run.version);
  const standing = await lockRecords(tx, scene, entityOf(scene, entity), { ids: [record], trash: "without" });
  const before = standing.get(record);
  if (!before || !machine) return waving.hold(tx, scene, [told]);
  await waving.drop(tx, scene, [told]);
  const { type, data } = event;
  const values = plain(before);
  if (type === heeding && data.noted) {
    await heedAgain(tx, scene, toldAgain(data.noted, values), machine);
    if (run.status === "parked") await unpark(tx, scene, run.id);
    return keepOperation(tx, scene, { kind: "effect", title: titleOf(machine, told) });
  }
  const around = await surroundings(tx, scene, machine, [values]);
  const step =
    run.status === "active"
      ? await moveOf(tx, scene, machine, { told, run, around: { ...around, record: values } })
      : undefined;
  const taken = step !== undefined && (step.taken.length > 0 || type === takingUp);
  if (!taken && type.endsWith(".failed")) {
    const title = data.name ?? type.slice(0, -".failed".length);
    if (await failed(tx, scene, told, data.error ?? title)) return;
    const incident = { kind: "effect", source: event.effect, run: run.id, title, error: data.error ?? "" } as const;
    const part = incidentPart(schema, incident, scene.now);
    await tx.query(part.sql, [...part.parameters]);
  }
  if (!step || (!taken && !keepsAny(told))) return;
  const move: Moved = {
    run: run.id,
    record,
    revision: run.revision + 1,
    event: { type, data },
    before: run,
    step,
  };
  await carryOut(tx, scene, machine, { move, before, given: {} });
  await keepOperation(tx, scene, { kind: "effect", title: titleOf(machine, told) });
}

async function moveOf(tx: Connection, scene: Scene, machine: Machine, { told, run, around }: Telling) {
  const at = snapshotOf(run);
  const { type, data } = told.event;
  if (type !== takingUp) return answered(tx, scene, around, (asked) => report(machine, at, reportOf(told), asked));
  const { started = [], stopped = [] } = data;
  const going = await Promise.all(started.map((id) => lockChildren(tx, scene, run.id, id)));
  const missing = started.filter((_, place) => going[place]!.length === 0);
  const step = takeUp(machine, at, { started: missing, stopped }, around);
  return step.invocations.started.length + step.invocations.stopped.length > 0 ? step : undefined;
}

/** Somebody is told something, and what surrounds it. */
interface Telling {
  readonly told: Told;
  readonly run: StoredRun;
  readonly around: RunScene;
}

const causeOf = ({ event: { type, data } }: Told) => data.name ?? type;
const titleOf = ({ document }: Machine, told: Told) => `${document.meta.title}: ${causeOf(told)}`;
const reportOf = ({ event }: Told): Report => ({ type: event.type, data: event.data, keep: keptOf(event) });
const keepsAny = ({ event }: Told) => Object.keys(keptOf(event)).length > 0;

/** What runs are told of their effects by one action. What has failed and nobody waits for is seen to by itself. */
const waving: Waving<Told> = {
  kind: "effect",
  cause: causeOf,
  lane: () => undefined,
  title: titleOf,
  isDue: () => true,
  standing: async (tx, { workspace }, dues) => {
    const { rows } = await tx.query(
      `select id from ${workspace.schema}._inbox where id = any($1::text[]) and done_at is null order by id for update`,
      [dues.map(({ id }) => id)],
    );
    const open = new Set(rows.map(({ id }) => id as string));
    return dues.filter(({ id }) => open.has(id));
  },
  step: (machine, { due, run, record, around }) => {
    if (run.status !== "active" || runsAlone.has(due.event.type)) return undefined;
    const step = unlessFailing(() =>
      report(machine, snapshotOf(run), reportOf(due), { ...noFurther(around), record, answers: [] }),
    );
    const { type, data } = due.event;
    if (!step || (step.taken.length === 0 && type.endsWith(".failed"))) return undefined;
    return { step, event: { type, data }, spent: step.taken.length === 0 && !keepsAny(due) };
  },
  hold: (tx, { workspace }, dues) => onAll(tx, `update ${workspace.schema}._inbox set held = true`, dues),
  drop: seen,
  done: seen,
};

function seen(tx: Connection, { workspace, now }: Scene, dues: readonly Told[]): Promise<void> {
  return onAll(tx, `update ${workspace.schema}._inbox set done_at = $2, error = null`, dues, now);
}

async function onAll(tx: Connection, act: string, dues: readonly Told[], ...more: readonly unknown[]): Promise<void> {
  await tx.query(`${act} where id = any($1::text[])`, [dues.map(({ id }) => id), ...more]);
}

/** What a run keeps of an output: values at their places, null where nothing stands. */
function keptOf({ data, keep }: Told["event"]): Readonly<Record<string, unknown>> {
  if (data.output === undefined) return {};
  return Object.fromEntries(Object.entries(keep).map(([name, place]) => [name, standsAt(data.output, place) ?? null]));
}

async function putOff(
  tx: Connection,
  workspace: Workspace,
  told: Told,
  { now, error: thrown }: { readonly now: Date; readonly error: unknown },
): Promise<void> {
  const { schema } = workspace;
  const { id, run, event } = told;
  const error = thrown instanceof Error ? thrown.message : String(thrown);
  const { rows } = await tx.query(
    `update ${schema}._inbox set attempts = attempts + 1, error = $2, held = attempts + 1 >= ${attemptsMost},
       due_at = $3 where id = $1 returning held`,
    [id, error, new Date(now.getTime() + againAfterMs)],
  );
  if (!rows[0]?.held || (await gaveUp(tx, workspace, told, { now, error }))) return;
  const part = incidentPart(schema, { kind: "told", source: id, run, title: event.type, error }, now);
  await tx.query(part.sql, [...part.parameters]);
}
