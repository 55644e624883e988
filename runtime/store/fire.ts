import {
  documentsIn,
  fire,
  fireForeseen,
  foresee,
  machineOf,
  readTimerName,
  type Machine,
  type Model,
  statesOf,
  timerName,
} from "engine";
import { noFurther } from "../asks/further.ts";
import { answered } from "../asks/index.ts";
import { inTurn } from "../database/begin.ts";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { moveCohort } from "./cohort.ts";
import { againAfterMs, attemptsMost, engineScene, moveDue, type Due, type DueKind, type Executor } from "./due.ts";
import { gaveUp } from "./failing.ts";
import { incidentPart } from "./incidents.ts";
import { keepOperation, type Scene } from "./operation.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { settle } from "./settle.ts";
import { lockRunById, snapshotOf, surroundings, type Moved, type StoredRun } from "./run.ts";
import { carryOut, plain } from "./step.ts";
import { turnOf } from "./timers.ts";
import { moveTogether, unlessFailing, type Waving } from "./together.ts";

/** A timer whose moment has come. */
interface Timer extends Due {
  readonly name: string;
}

/** Timers, each of which rings once; one whose move has failed five times is held for a person to look at. */
export const timers: DueKind<Timer> = {
  isDue: async ({ pool, schema }, now) => {
    const { rows } = await pool.query(
      `select exists (select from ${schema}._timer where due_at <= $1 and not held) as due`,
      [now],
    );
    return rows[0].due;
  },
  waiting: async (tx, workspace, now, most) => {
    const urgent = await clocksDue(tx, workspace, now, most);
    const { rows } = await tx.query(`${waitingTimers(workspace.schema)} order by ${turnOf("t")} limit ${most}`, [now]);
    const first = new Set(urgent.map(({ run, name }) => `${run} ${name}`));
    return [...urgent, ...(rows as Timer[]).filter(({ run, name }) => !first.has(`${run} ${name}`))];
  },
  move: fireOne,
  moveTogether: (tx, moving, dues) => moveTogether(tx, moving, dues, waving),
  // What a clock has promised goes before any wave.
  moveCohort: async (tx, moving) => {
    const urgent = await clocksDue(tx, moving.workspace, moving.now, 1);
    return urgent.length > 0 ? 0 : moveCohort(tx, moving, causeOf);
  },
  putOff,
};

const waitingTimers = (schema: string) =>
  `select t.run, t.name, r.workflow, r.version, r.entity, r.record from ${schema}._timer t join ${schema}._run r on r.id = t.run
   where t.due_at <= $1 and not t.held`;

/** Timers by which clocks run out, the longest first: they go before others, but not before those of their own records. */
async function clocksDue(
  tx: Connection,
  { schema, model }: Workspace,
  now: Date,
  most: number,
): Promise<readonly Timer[]> {
  const names = clockTimers(model);
  if (names.length === 0) return [];
  const { rows } = await tx.query(
    `${waitingTimers(schema)} and t.name = any($2::text[])
       and not exists (select from ${schema}._run o join ${schema}._timer e on e.run = o.id
         where o.record = r.record and not e.held and (${turnOf("e")}) < (${turnOf("t")}))
     order by ${turnOf("t")} limit ${most}`,
    [now, names],
  );
  return rows as Timer[];
}

const namesOfClocks = new WeakMap<Model, readonly string[]>();

/** The names of all timers that hang on a clock; found once for each model. */
function clockTimers(model: Model): readonly string[] {
  const found =
    namesOfClocks.get(model) ??
    documentsIn(model).flatMap((document) =>
      statesOf(document).flatMap(({ state }) =>
        Object.keys(state.after ?? {}).flatMap((delay) =>
          document.meta.delays?.[delay]?.clock === undefined ? [] : [timerName(delay, state.meta.id)],
        ),
      ),
    );
  namesOfClocks.set(model, found);
  return found;
}

/** Takes some of the timers that are due and moves their runs, by the quickest executor that can unless another is wanted. */
export const fireDue = (workspace: Workspace, now: Date, by?: Executor) => moveDue(workspace, now, timers, by);

/** So many waits are over in one go of a test at most. */
const inTurnMax = 1000;

/**
 * Fires what is due up to a moment, one after the other and each at its own moment, inside a transaction that somebody
 * else holds: tests that are played let their clock go on so.
 */
export async function fireInTurn(tx: Connection, workspace: Workspace, model: Model, until: Date): Promise<void> {
  for (let fired = 0; fired < inTurnMax; fired++) {
    const { rows } = await tx.query(
      `select t.run, t.name, t.due_at, r.workflow, r.version, r.entity, r.record from ${workspace.schema}._timer t
       join ${workspace.schema}._run r on r.id = t.run where t.due_at <= $1 and not t.held order by ${turnOf("t")} limit 1`,
      [until],
    );
    const due = rows[0] as (Timer & { readonly due_at: string }) | undefined;
    if (!due) return;
    const scene = engineScene(workspace, model, new Date(due.due_at));
    await fireOne(tx, scene, due);
    await settle(tx, scene);
  }
}

/** The delay that a timer ends, as its document has it. */
function delayOf({ document }: Machine, { name }: Pick<Timer, "name">) {
  const { delay, state } = readTimerName(name);
  return { delay, state, told: document.meta.delays?.[delay] };
}

const laneIn = (machine: Machine, timer: Timer) =>
  delayOf(machine, timer).told?.clock === undefined ? "normal" : "sla";

function titleOf(machine: Machine, timer: Pick<Timer, "name">): string {
  const { delay, told } = delayOf(machine, timer);
  return `${machine.document.meta.title}: ${told?.title ?? delay}`;
}

function eventOf({ name }: Pick<Timer, "name">) {
  const { delay, state } = readTimerName(name);
  return { type: "timer", data: { delay, state } };
}

const causeOf = (machine: Machine, name: string) => {
  const timer = { name };
  return { timer: name, event: eventOf(timer), title: titleOf(machine, timer), kind: "timer" };
};

const isDue = ({ timers: theirs }: StoredRun, { name }: Timer, now: Date) =>
  theirs.some((it) => it.name === name && new Date(it.due_at) <= now);

/** Runs that stand alike and wait for the same are moved along what was foreseen for them once. */
const waving: Waving<Timer> = {
  kind: "timer",
  cause: ({ name }) => readTimerName(name).delay,
  lane: laneIn,
  title: titleOf,
  isDue,
  step: (machine, { due, run, record, around }) => {
    const [at, scene] = [snapshotOf(run), { ...noFurther(around), record }];
    const tree = foresee(machine, at, due.name);
    const step = unlessFailing(() =>
      tree ? fireForeseen(machine, tree, at, due.name, scene) : fire(machine, at, due.name, { ...scene, answers: [] }),
    );
    return step && { step, event: eventOf(due), spent: step.taken.length === 0 };
  },
  // A record in the trash stops the clock; it goes on when the record comes back.
  hold: (tx, { workspace }, dues) => onAll(tx, dues, `update ${workspace.schema}._timer t set held = true from`),
  drop: (tx, { workspace }, dues) => onAll(tx, dues, `delete from ${workspace.schema}._timer t using`),
};

async function onAll(tx: Connection, dues: readonly Timer[], act: string): Promise<void> {
  await tx.query(`${act} unnest($1::uuid[], $2::text[]) as u(run, name) where t.run = u.run and t.name = u.name`, [
    dues.map(({ run }) => run),
    dues.map(({ name }) => name),
  ]);
}

async function fireOne(tx: Connection, scene: Scene, timer: Timer): Promise<void> {
  const { run: id, name, entity, record } = timer;
  const [run, rows] = await inTurn([
    lockRunById(tx, scene, id),
    lockRecords(tx, scene, entityOf(scene, entity), { ids: [record], trash: "without" }),
  ]);
  if (!run || !isDue(run, timer, scene.now)) return;
  const machine = machineOf(scene.model, run.workflow, run.version);
  const before = rows.get(record);
  if (!before || !machine) return waving.hold(tx, scene, [timer]);
  const values = plain(before);
  const around = await surroundings(tx, scene, machine, [values]);
  const timed: Scene = { ...scene, lane: laneIn(machine, timer) };
  const moved = await answered(tx, timed, { ...around, record: values }, (asked) =>
    fire(machine, snapshotOf(run), name, asked),
  );
  if (moved.taken.length === 0) return waving.drop(tx, scene, [timer]);
  const revision = run.revision + 1;
  const move: Moved = { run: id, record, revision, event: eventOf(timer), before: run, step: moved };
  await carryOut(tx, timed, machine, { move, before, given: {} });
  await keepOperation(tx, scene, { kind: "timer", title: titleOf(machine, timer) });
}

async function putOff(
  tx: Connection,
  workspace: Workspace,
  timer: Timer,
  { now, error: thrown }: { readonly now: Date; readonly error: unknown },
): Promise<void> {
  const { schema, model } = workspace;
  const { run, name } = timer;
  const error = thrown instanceof Error ? thrown.message : String(thrown);
  const { rows } = await tx.query(
    `update ${schema}._timer set attempts = attempts + 1, error = $3, held = attempts + 1 >= ${attemptsMost},
       due_at = $4 where run = $1 and name = $2 returning held`,
    [run, name, error, new Date(now.getTime() + againAfterMs)],
  );
  if (!rows[0]?.held || (await gaveUp(tx, workspace, timer, { now, error }))) return;
  const { delay } = readTimerName(name);
  const titles = [...model.workflows.values()].flatMap(({ meta }) => meta.delays?.[delay]?.title ?? []);
  const part = incidentPart(schema, { kind: "timer", source: name, run, title: titles[0] ?? delay, error }, now);
  await tx.query(part.sql, [...part.parameters]);
}
