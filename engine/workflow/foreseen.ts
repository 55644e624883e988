import type { Effect } from "../effect.ts";
import type { Environment } from "../expression/evaluate.ts";
import { listeningIn, withListening } from "./correlation.ts";
import { isOutcome, type Act, type Foreseen, type Outcome } from "./foresee.ts";
import { guardHolds } from "./guards.ts";
import { jsonOf, type Snapshot, type Step } from "./kernel.ts";
import type { Machine } from "./machine.ts";
import type { Timer } from "./queued.ts";
import type { RunScene } from "./reading.ts";
import { worked } from "./setup.ts";
import { goingOn } from "./waits.ts";

/** A run on its way through what is foreseen. */
interface Way {
  readonly context: Snapshot["context"];
  readonly record: RunScene["record"];
  readonly effects: readonly Effect[];
  /** When each wait that has begun is over, by the place of its beginning; null for what is no wait, or has no end. */
  readonly dues: readonly (string | null)[];
}

/**
 * Moves a run by a timer along what was foreseen for where it stands: the same move that `fire` makes, without asking
 * the kernel again.
 */
export function fireForeseen(machine: Machine, tree: Foreseen, at: Snapshot, timer: string, scene: RunScene): Step {
  let way: Way = { context: at.context, record: scene.record, effects: [], dues: [] };
  let here = tree;
  while (!isOutcome(here)) {
    way = done(machine, scene, way, here.acts);
    const environment = environmentOf(scene, way, here.event);
    const holds = guardHolds(here.guard, { expression: machine.expression, environment, may: undefined });
    here = holds ? here.yes : here.no;
  }
  const end = done(machine, scene, way, here.acts);
  const fired = stepOf(machine, here, end, timer, scene);
  return fired.timers.set.some(({ name }) => name === timer) ? fired : goingOn(machine, fired, timer, scene);
}

function environmentOf({ record: _, ...scene }: RunScene, { context, record }: Way, event: unknown): Environment {
  return { ...scene, record, context, event };
}

function done(machine: Machine, scene: RunScene, begun: Way, acts: readonly Act[]): Way {
  let way = begun;
  for (const it of acts) {
    const environment = environmentOf(scene, way, it.event);
    if (it.act === "wait") {
      way = { ...way, dues: [...way.dues, machine.ringsAt(it.delay, environment)] };
      continue;
    }
    const { type, params } = it.action;
    const { id: workflow, entity } = machine;
    const asked = { now: scene.now, record: way.record, entity: entity.name, workflow };
    const effects = type.effects(worked(params, machine.expression, environment), asked);
    for (const effect of effects) way = after(way, effect);
    way = { ...way, dues: [...way.dues, null] };
  }
  return way;
}

function after(way: Way, effect: Effect): Way {
  if (effect.do === "context.set") return { ...way, context: { ...way.context, ...effect.values } };
  const record = effect.do === "record.update" ? { ...way.record, ...effect.values } : way.record;
  return { ...way, record, effects: [...way.effects, effect] };
}

function stepOf(machine: Machine, outcome: Outcome, way: Way, timer: string, scene: RunScene): Step {
  const { effects, dues } = way;
  const environment = environmentOf(scene, way, {});
  const zone = machine.quietIn(environment);
  const { value, state, status, history, taken, requires } = outcome;
  const reached = { value, context: way.context, status };
  const context = withListening(machine, reached, listeningIn(way.context), environment);
  const begun = outcome.set.map(({ name, at }) => ({ name, due: dues[at] ?? null }));
  const endless = begun.filter(({ due }) => due === null).map(({ name }) => name);
  const set = begun.flatMap(({ name, due }): readonly Timer[] =>
    due === null ? [] : [{ name, due: new Date(due).toISOString() }],
  );
  const again = set.some(({ name }) => name === timer);
  const cancelled = [...outcome.cancelled, ...endless];
  return {
    snapshot: jsonOf({ value, context, status, history }),
    state,
    effects,
    timers: { set, cancelled: again || cancelled.includes(timer) ? cancelled : [...cancelled, timer] },
    invocations: { started: [], stopped: [] },
    ...(status === "done" ? { output: null } : {}),
    patch: Object.assign({}, ...effects.map((effect) => (effect.do === "record.update" ? effect.values : {}))),
    taken,
    requires,
    ...(zone === undefined ? {} : { zone }),
  };
}
