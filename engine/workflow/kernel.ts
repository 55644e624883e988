import type { Transition } from "schemas";
import { initialTransition, transition, type AnyMachineSnapshot } from "xstate";
import type { Effect } from "../effect.ts";
import { holds, type Environment } from "../expression/evaluate.ts";
import { explain, pathsIn } from "../expression/explain.ts";
import { nearest } from "../nearest.ts";
import { problem } from "../problem.ts";
import type { Machine, RunScene, Working } from "./machine.ts";
import { activeStates, inOrder, leafIn, valueAt } from "./states.ts";

/** Where a run stands, as it is written down: JSON and nothing else. */
export interface Snapshot {
  readonly value: unknown;
  readonly context: Readonly<Record<string, unknown>>;
  readonly status: string;
  /** What history states remember: `meta.id` of the states, by the history state that asks. */
  readonly history?: Readonly<Record<string, readonly string[]>>;
}

/** A wait that has begun: the engine's own event at a moment. */
export interface Timer {
  /** Its name: the delay and `meta.id` of the state that waits. */
  readonly name: string;
  readonly due: string;
}

/** What a move does to the timers of its run. */
export interface TimerChanges {
  readonly set: readonly Timer[];
  readonly cancelled: readonly string[];
}

/** What happens to a run. */
export interface RunEvent {
  readonly type: string;
  readonly data?: unknown;
}

/** One move of a run: where it stands now, and what the move asks for. */
export interface Step {
  readonly snapshot: Snapshot;
  /** The key of the leaf. */
  readonly state: string;
  readonly effects: readonly Effect[];
  readonly timers: TimerChanges;
  /** What the move changes in its record, without the state itself. */
  readonly patch: Readonly<Record<string, unknown>>;
  /** `meta.id` of the transitions taken. */
  readonly taken: readonly string[];
}

/** Begins a run in its first state, entry actions included. Performs nothing. */
export function begin(machine: Machine, scene: RunScene): Step {
  const [snapshot, queued] = initialTransition(machine.compiled, workingIn(scene));
  return stepOf(machine, snapshot, timersOf(queued, scene));
}

/** Puts a run into a state without doing what entering it would do: an import brings records in mid-life. */
export function place(machine: Machine, state: string, scene: RunScene): Step {
  const leaf = machine.leaves.get(state);
  if (!leaf) throw problem("state.unknown", { state, ...hinted(nearest(state, machine.leaves.keys())) });
  const value = valueAt(machine.document, [leaf]);
  const snapshot = { value, context: machine.document.context ?? {}, status: "active", history: {} };
  const timers = { set: waits(machine, snapshot, scene), cancelled: [] };
  return { snapshot: jsonOf(snapshot), state, effects: [], timers, patch: {}, taken: [] };
}

/** The timers of a run that stands somewhere, as if all its states were entered now. */
export function waits(machine: Machine, at: Snapshot, scene: RunScene): readonly Timer[] {
  const environment = { ...scene, context: at.context, event: {} };
  return activeStates(machine.document, at.value).flatMap(({ state }) =>
    Object.keys(state.after ?? {}).flatMap((delay) => {
      const due = machine.dueAt(delay, environment);
      return due === null ? [] : [{ name: timerName(delay, state.meta.id), due }];
    }),
  );
}

/** The name of the timer by which a state waits. */
export const timerName = (delay: string, stateId: string) => `xstate.after.${delay}.${stateId}`;

/** The delay and the `meta.id` of the state that a timer's name tells. */
export function readTimerName(name: string): { readonly delay: string; readonly state: string } {
  const [, , delay = "", state = ""] = name.split(".");
  return { delay, state };
}

/**
 * Moves a run whose wait is over. Only for whoever holds the timer: nobody outside can send its event. Where no
 * transition is open any more, nothing is taken and only the timer goes.
 */
export function fire(machine: Machine, at: Snapshot, timer: string, scene: RunScene): Step {
  const [next, queued] = transition(machine.compiled, restored(machine, at, scene), { type: timer });
  const { set, cancelled } = timersOf(queued, scene);
  const again = set.some(({ name }) => name === timer);
  return stepOf(machine, next, { set, cancelled: again ? cancelled : [...new Set([...cancelled, timer])] });
}

/** Moves a run by one event. Throws a problem where the event is unknown, or refused where the run stands. */
export function step(machine: Machine, at: Snapshot, event: RunEvent, scene: RunScene): Step {
  const known = machine.document.meta.events;
  if (!Object.hasOwn(known, event.type) || event.type.startsWith("xstate."))
    throw problem("event.unknown", {
      event: event.type.slice(0, 80),
      ...hinted(nearest(event.type, Object.keys(known))),
      path: "/type",
    });
  if (at.status !== "active")
    throw problem("event.refused", { event: event.type, why: "The run has ended.", path: "/type" });
  const [next, queued] = transition(
    machine.compiled,
    restored(machine, at, scene),
    event.data === undefined ? { type: event.type } : { ...event },
  );
  const moved = stepOf(machine, next, timersOf(queued, scene));
  if (moved.taken.length === 0)
    throw problem("event.refused", { event: event.type, why: whyNot(machine, at, event, scene), path: "/type" });
  return moved;
}

/** The transitions that an event could take from where a run stands, the innermost states' first, in every region. */
export function candidates(machine: Machine, at: Snapshot, event: string): readonly Transition[] {
  const active = [...activeStates(machine.document, at.value)];
  const inner = active.sort((one, other) => other.within.length - one.within.length);
  const of = (on: unknown) => ((on as Record<string, unknown> | undefined)?.[event] ?? []) as readonly Transition[];
  return [...inner.flatMap(({ state }) => of(state.on)), ...of(machine.document.on)];
}

/** Why a guard does not hold, in the words of the document or clause by clause as far as it may be told. */
export function refusalOf(
  machine: Machine,
  { guard, meta }: Transition,
  environment: Environment & Pick<RunScene, "tells">,
): string {
  if (meta.refused !== undefined) return meta.refused;
  const checked = guard && machine.expression(guard.params.cel);
  if (!checked) return "";
  const { tells = () => true } = environment;
  const failing = explain(checked, environment).clauses.filter((clause) => !clause.holds);
  const said = failing.map(({ text, values }) => {
    if (!values.every(({ path }) => tells(path))) return "What stands against it is not shown to you";
    const told = values.map(({ title, value }) => `${title} is ${value === null ? "empty" : JSON.stringify(value)}`);
    return told.length > 0 ? `${text} (${told.join(", ")})` : text;
  });
  return [...new Set(said)].join("; ");
}

/** The condition of a transition, for those who may be told all that it reads. */
export function guardTold(machine: Machine, { guard }: Transition, { tells = () => true }: RunScene): string | null {
  const checked = guard && machine.expression(guard.params.cel);
  return guard && (!checked || pathsIn(checked).every(tells)) ? guard.params.cel : null;
}

/** The transition that an event would take, its guard holding. */
export function chosen(
  machine: Machine,
  at: Snapshot,
  event: string,
  environment: Environment,
): Transition | undefined {
  return candidates(machine, at, event).find(({ guard }) => {
    const checked = guard && machine.expression(guard.params.cel);
    return !guard || (checked !== undefined && holds(checked, environment));
  });
}

function whyNot(machine: Machine, at: Snapshot, event: RunEvent, scene: RunScene): string {
  const open = candidates(machine, at, event.type);
  const state = machine.leaves.get(leafIn(machine.document, at.value))?.state.meta.title ?? "this state";
  if (open.length === 0)
    return `"${machine.document.meta.events[event.type]?.title ?? event.type}" leads nowhere from ${state}.`;
  const environment = { ...scene, context: at.context, event };
  return open.map((it) => refusalOf(machine, it, environment)).join(" · ");
}

/** The scene as it hangs in the context while the kernel works. */
function workingIn(scene: RunScene): { readonly $scene: Working } {
  return { $scene: { record: scene.record, scene, effects: [], taken: [] } };
}

/**
 * The snapshot as XState wants it back. What history states remember becomes living states again: XState's own
 * `resolveState` takes names and then fails at the first transition into a history state.
 */
function restored(machine: Machine, at: Snapshot, scene: RunScene): AnyMachineSnapshot {
  const { compiled } = machine;
  const revive = (ids: readonly string[]) => ids.map((id) => compiled.getStateNodeById(id));
  return compiled.resolveState({
    value: inOrder(machine.document, at.value) as any,
    context: { ...at.context, ...workingIn(scene) },
    status: "active",
    historyValue: Object.fromEntries(Object.entries(at.history ?? {}).map(([key, ids]) => [key, revive(ids)])),
  });
}

/**
 * What the actions that XState asks for come to in timers, each name once: a raise that waits begins one, a cancel ends
 * one. What has no end gets none.
 */
function timersOf(queued: readonly { readonly type: string; readonly params?: unknown }[], { now }: RunScene) {
  const changes = new Map<string, string | null>();
  for (const { type, params } of queued) {
    const { id, delay, sendId } = (params ?? {}) as { id?: string; delay?: number; sendId?: string };
    // Deleted first, so that waits stand in the order in which they began.
    changes.delete(id ?? sendId ?? "");
    if (type === "xstate.cancel" && sendId !== undefined) changes.set(sendId, null);
    else if (type === "xstate.raise" && id !== undefined && delay !== undefined)
      changes.set(id, Number.isFinite(delay) ? new Date(Date.parse(now) + delay).toISOString() : null);
  }
  const set = [...changes].flatMap(([name, due]) => (due === null ? [] : [{ name, due }]));
  return { set, cancelled: [...changes].flatMap(([name, due]) => (due === null ? [name] : [])) };
}

function stepOf(machine: Machine, snapshot: AnyMachineSnapshot, timers: TimerChanges): Step {
  if (snapshot.status === "error") throw problem("run.failed", { workflow: machine.id });
  const { $scene, ...context } = snapshot.context as { $scene: Working };
  const patch = Object.assign(
    {},
    ...$scene.effects.map((effect) => (effect.do === "record.update" ? effect.values : {})),
  );
  const remembered = Object.entries(snapshot.historyValue as Record<string, readonly { readonly id: string }[]>);
  const history = Object.fromEntries(remembered.map(([key, nodes]) => [key, nodes.map(({ id }) => id)]));
  return {
    snapshot: jsonOf({ value: snapshot.value, context, status: snapshot.status, history }),
    state: leafIn(machine.document, snapshot.value),
    effects: $scene.effects,
    timers,
    patch,
    taken: $scene.taken,
  };
}

/** What is written down holds no undefined and shares nothing with the living. */
function jsonOf(snapshot: Snapshot): Snapshot {
  return JSON.parse(JSON.stringify(snapshot)) as Snapshot;
}

const hinted = (hint: string | undefined) => (hint === undefined ? {} : { hint });
