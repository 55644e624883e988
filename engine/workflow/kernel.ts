import type { EventDeclaration, Transition } from "schemas";
import type { AnyEventObject, AnyMachineSnapshot } from "xstate";
import { wanted } from "../ajv.ts";
import type { Effect } from "../effect.ts";
import type { Environment } from "../expression/evaluate.ts";
import { explain, pathsIn } from "../expression/explain.ts";
import { nearest } from "../nearest.ts";
import { Problem, problem } from "../problem.ts";
import { Unanswered } from "./ask.ts";
import { listeningIn, withListening } from "./correlation.ts";
import { actOnClocks, clocksIn, settleClocks, type Clocks } from "./clocks.ts";
import { celOf, guardHolds, guardText } from "./guards.ts";
import { invokedAt, invokedNow, withDues } from "./invoked.ts";
import type { Machine } from "./machine.ts";
import { initialTransition, transition } from "./moving.ts";
import { changesOf, type Invocations, type TimerChanges } from "./queued.ts";
import type { RunScene, Working } from "./reading.ts";
import { sceneInput } from "./setup.ts";
import { activeStates, inOrder, standing, valueAt } from "./states.ts";
import { goingOn, timerName, waits } from "./waits.ts";

/** Where a run stands, as it is written down: JSON and nothing else. */
export interface Snapshot {
  readonly value: unknown;
  readonly context: Readonly<Record<string, unknown>>;
  readonly status: string;
  /** What history states remember: `meta.id` of the states, by the history state that asks. */
  readonly history?: Readonly<Record<string, readonly string[]>>;
}

/** What happens to a run. */
export interface RunEvent {
  readonly type: string;
  readonly data?: unknown;
  /** Who sends it; a person, where nothing is said. */
  readonly source?: EventDeclaration["source"];
}

/** How what a run has invoked came to its end. */
export type Ending = { readonly output: unknown } | { readonly error: unknown };

/** One move of a run: where it stands now, and what the move asks for. */
export interface Step {
  readonly snapshot: Snapshot;
  /** The key of the leaf; where no region is the main one, the keys of all leaves with commas between. */
  readonly state: string;
  readonly effects: readonly Effect[];
  readonly timers: TimerChanges;
  readonly invocations: Invocations;
  /** What the run gives back, once it has ended. */
  readonly output?: unknown;
  /** What the move changes in its record, without the state itself. */
  readonly patch: Readonly<Record<string, unknown>>;
  /** `meta.id` of the transitions taken. */
  readonly taken: readonly string[];
  /** The fields that the states want filled which the move enters, inner ones among them. */
  readonly requires: readonly string[];
  /** The zone of the quiet hours for its record, where there are such. */
  readonly zone?: string;
}

/**
 * Begins a run in its first state, entry actions included; what a process is given stands in its context. Performs
 * nothing.
 */
export function begin(machine: Machine, scene: RunScene, given: Readonly<Record<string, unknown>> = {}): Step {
  const input = { ...given, ...sceneInput(scene) };
  const [snapshot, queued] = settled(machine, () => initialTransition(machine.compiled, input));
  return stepOf(machine, snapshot, changesOf(queued, scene), undefined);
}

/** Puts a run into a state without doing what entering it would do: an import brings records in mid-life. */
export function place(machine: Machine, state: string, scene: RunScene): Step {
  const leaf = machine.leaves.get(state);
  if (!leaf)
    throw problem("state.unknown", {
      state: state.slice(0, 80),
      path: "/state",
      ...hinted(nearest(state, machine.leaves.keys())),
    });
  const value = valueAt(machine.document, [leaf]);
  const placed = { value, context: placedContext(machine, value, scene), status: "active" };
  const context = withListening(machine, placed, {}, { ...scene, event: {} });
  const snapshot = { ...placed, context, history: {} };
  const timers = { set: waits(machine, snapshot, scene), cancelled: [] };
  const environment = { ...scene, context: snapshot.context, event: {} };
  const invocations = { started: invokedNow(machine, value, environment), stopped: [] };
  const requires = activeStates(machine.document, value).flatMap(({ state: { meta } }) => meta.requires ?? []);
  return { snapshot: jsonOf(snapshot), state, effects: [], timers, invocations, patch: {}, taken: [], requires };
}

/** What a run remembers that is put into states; the clocks that they start begin with it. */
function placedContext({ document }: Machine, value: unknown, { now }: RunScene): Snapshot["context"] {
  const active = activeStates(document, value).map(({ state }) => state);
  const at = Date.parse(now);
  const clocks = active.reduce<Clocks>((sofar, { meta }) => actOnClocks(sofar, meta.clock ?? {}, at), {});
  if (Object.keys(clocks).length === 0) return document.context ?? {};
  return { ...document.context, $clocks: settleClocks(clocks, active, false, at) };
}

/**
 * Moves a run whose wait is over. Only for whoever holds the timer: nobody outside can send its event. Where no
 * transition is open any more, nothing is taken and only the timer goes.
 */
export function fire(machine: Machine, at: Snapshot, timer: string, scene: RunScene): Step {
  const [next, queued] = moved(machine, at, { type: timer }, scene);
  const { timers, ...others } = changesOf(queued, scene);
  const again = timers.set.some(({ name }) => name === timer);
  const cancelled = again ? timers.cancelled : [...new Set([...timers.cancelled, timer])];
  const fired = stepOf(machine, next, { ...others, timers: { ...timers, cancelled } }, at);
  return again ? fired : goingOn(machine, fired, timer, scene);
}

/** What a run that stands somewhere has invoked and waits for. */
export function running(machine: Machine, at: Pick<Snapshot, "value" | "status">) {
  return at.status === "active" ? invokedAt(machine, at.value) : [];
}

/**
 * Moves a run by the end of what it has invoked. Only for whoever holds the row of it: nobody outside can send its
 * event. Throws where the run does not wait for it, and where an error comes back that the document does not handle.
 */
export function complete(machine: Machine, at: Snapshot, invocation: string, ending: Ending, scene: RunScene): Step {
  const invoked = running(machine, at).find(({ id }) => id === invocation);
  if (!invoked)
    throw problem("event.refused", { event: invocation, why: `The run does not wait for "${invocation}".` });
  const type = `xstate.${"error" in ending ? "error" : "done"}.actor.${invocation}`;
  const [next, queued] = moved(machine, at, { type, ...ending, actorId: invocation }, scene);
  const { invocations, ...others } = changesOf(queued, scene);
  const stopped = invocations.stopped.filter((id) => id !== invocation);
  const ended = stepOf(machine, next, { ...others, invocations: { ...invocations, stopped } }, at);
  const open = ("error" in ending ? invoked.onError : invoked.onDone) ?? [];
  if (open.length > 0 && ended.taken.length === 0) {
    const environment = { ...scene, context: at.context, event: { type, ...ending } };
    const why = open.map((it) => refusalOf(machine, it, environment)).join(" · ");
    throw problem("event.refused", { event: invocation, why });
  }
  return ended;
}

/** What has come of an effect that left the database: the engine's own event, and what the run keeps of it. */
export interface Report {
  readonly type: string;
  readonly data: unknown;
  readonly keep: Readonly<Record<string, unknown>>;
}

/**
 * Tells a run what has come of an effect. Only for whoever holds the row of it: nobody outside can send its event.
 * Where no transition waits for it nothing is taken, and the run keeps what it is to keep all the same.
 */
export function report(machine: Machine, at: Snapshot, { type, data, keep }: Report, scene: RunScene): Step {
  const told = { ...at, context: { ...at.context, ...keep } };
  const [next, queued] = moved(machine, told, { type, data }, scene);
  return stepOf(machine, next, changesOf(queued, scene), at);
}

/** Moves a run by one event. Throws a problem where the event is unknown, or refused where the run stands. */
export function step(machine: Machine, at: Snapshot, event: RunEvent, scene: RunScene): Step {
  const { type, data } = event;
  accept(machine, event);
  if (at.status !== "active") throw problem("event.refused", { event: type, why: "The run has ended.", path: "/type" });
  const [next, queued] = moved(machine, at, data === undefined ? { type } : { type, data }, scene);
  const taken = stepOf(machine, next, changesOf(queued, scene), at);
  if (taken.taken.length === 0)
    throw problem("event.refused", { event: type, why: whyNot(machine, at, event, scene), path: "/type" });
  return taken;
}

/**
 * Where an event of any kind would lead, whoever it comes from: for whoever wants to know it, not to make the move. Nothing
 * where the machine does not come to rest.
 */
export function tried(machine: Machine, at: Snapshot, event: AnyEventObject, scene: RunScene): Step | undefined {
  try {
    const [next, queued] = moved(machine, at, event, scene);
    return stepOf(machine, next, changesOf(queued, scene), at);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/** Tells a run what has happened; nothing where no transition is open to it. */
export function hear(machine: Machine, at: Snapshot, event: RunEvent, scene: RunScene): Step | undefined {
  accept(machine, event);
  const { type, data } = event;
  if (at.status !== "active" || candidates(machine, at, type).length === 0) return undefined;
  const [next, queued] = moved(machine, at, data === undefined ? { type } : { type, data }, scene);
  const taken = stepOf(machine, next, changesOf(queued, scene), at);
  return taken.taken.length > 0 ? taken : undefined;
}

/** Throws where an event is none of the document's, or comes from elsewhere or with other data than the document says. */
export function accept(machine: Machine, { type, data, source = "user" }: RunEvent): void {
  const known = machine.document.meta.events;
  const declared = Object.hasOwn(known, type) ? known[type] : undefined;
  if (!declared || type.startsWith("xstate.") || declared.source !== source)
    throw problem("event.unknown", {
      event: type.slice(0, 80),
      ...(declared ? {} : hinted(nearest(type, Object.keys(known)))),
      path: "/type",
    });
  const validate = machine.payload(type);
  if (!validate || validate(data ?? {})) return;
  const [first] = validate.errors ?? [];
  throw problem("event.malformed", {
    wanted: first ? `data that ${wanted(first)}` : "other data",
    path: `/data${first?.instancePath ?? ""}`,
  });
}

/** The transitions that an event could take from where a run stands, the innermost states' first, in every region. */
export function candidates(machine: Machine, at: Snapshot, event: string): readonly Transition[] {
  const active = [...activeStates(machine.document, at.value)];
  const inner = active.sort((one, other) => other.within.length - one.within.length);
  const of = (on: unknown = {}) =>
    (Object.hasOwn(on as object, event) ? (on as Record<string, unknown>)[event] : []) as readonly Transition[];
  return [...inner.flatMap(({ state }) => of(state.on)), ...of(machine.document.on)];
}

/** Why a guard does not hold, in the words of the document or clause by clause as far as it may be told. */
export function refusalOf(
  machine: Machine,
  { guard, meta }: Transition,
  environment: Environment & Pick<RunScene, "tells">,
): string {
  if (meta.refused !== undefined) return meta.refused;
  if (!guard) return "";
  const cel = celOf(guard);
  const checked = cel === undefined ? undefined : machine.expression(cel);
  if (!checked) return guardText(guard);
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
  if (!guard) return null;
  const cel = celOf(guard);
  const checked = cel === undefined ? undefined : machine.expression(cel);
  return !checked || pathsIn(checked).every(tells) ? guardText(guard) : null;
}

/** The transition that an event would take, its guard holding. */
export function chosen(
  machine: Machine,
  at: Snapshot,
  event: Pick<RunEvent, "type" | "data">,
  scene: RunScene,
): Transition | undefined {
  const environment = { ...scene, context: at.context, event };
  const asked = { expression: machine.expression, environment, may: scene.may };
  return candidates(machine, at, event.type).find(({ guard }) => guardHolds(guard, asked));
}

function whyNot(machine: Machine, at: Snapshot, event: RunEvent, scene: RunScene): string {
  const open = candidates(machine, at, event.type);
  const { stateField: field } = machine;
  const isTold = !field || scene.tells?.([{ name: field.name, field }]) !== false;
  const leaf = isTold ? machine.leaves.get(standing(machine.document, at.value)) : undefined;
  const state = leaf?.state.meta.title ?? "where this stands";
  if (open.length === 0)
    return `"${machine.document.meta.events[event.type]?.title ?? event.type}" leads nowhere from ${state}.`;
  const environment = { ...scene, context: at.context, event };
  return open.map((it) => refusalOf(machine, it, environment)).join(" · ");
}

/** Where an event leads, and what XState asks for on the way. */
function moved(machine: Machine, at: Snapshot, event: AnyEventObject, scene: RunScene) {
  return settled(machine, () => transition(machine.compiled, restored(machine, at, sceneInput(scene)), event));
}

/** A machine that does not come to rest is a problem of its document. */
function settled<Moved extends readonly [{ readonly error?: unknown }, ...unknown[]]>(
  machine: Machine,
  move: () => Moved,
): Moved {
  try {
    const made = move();
    if (made[0].error instanceof Unanswered) throw made[0].error;
    return made;
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("Infinite loop")) throw error;
    throw problem("run.failed", { workflow: machine.id });
  }
}

/**
 * The snapshot as XState wants it back. What history states remember becomes living states again: XState's own
 * `resolveState` takes names and then fails at the first transition into a history state. What the run has invoked
 * stands there by name alone, so that leaving its state withdraws it. `hung` hangs in the context while it works.
 */
export function restored(machine: Machine, at: Snapshot, hung: object): AnyMachineSnapshot {
  const { compiled } = machine;
  const revive = (ids: readonly string[]) => ids.map((id) => compiled.getStateNodeById(id));
  const snapshot = compiled.resolveState({
    value: inOrder(machine.document, at.value) as any,
    context: { ...at.context, ...hung },
    status: "active",
    historyValue: Object.fromEntries(Object.entries(at.history ?? {}).map(([key, ids]) => [key, revive(ids)])),
  });
  const children = Object.fromEntries(running(machine, at).map(({ id, src }) => [id, { id, src }]));
  return Object.assign(snapshot, { children }) as AnyMachineSnapshot;
}

function stepOf(
  machine: Machine,
  snapshot: AnyMachineSnapshot,
  { timers, invocations }: ReturnType<typeof changesOf>,
  before: Snapshot | undefined,
): Step {
  if (snapshot.status === "error") throw problem("run.failed", { workflow: machine.id });
  const { $scene, ...reached } = snapshot.context as { $scene: Working } & Snapshot["context"];
  const clocked = withClocks(machine, snapshot, reached, $scene);
  const { scene, record } = $scene;
  const at = { value: snapshot.value, context: clocked, status: snapshot.status };
  const context = withListening(machine, at, listeningIn(before?.context), { ...scene, record, event: {} });
  const patch = Object.assign(
    {},
    ...$scene.effects.map((effect) => (effect.do === "record.update" ? effect.values : {})),
  );
  const remembered = Object.entries(snapshot.historyValue as Record<string, readonly { readonly id: string }[]>);
  const history = Object.fromEntries(remembered.map(([key, nodes]) => [key, nodes.map(({ id }) => id)]));
  const next = jsonOf({ value: snapshot.value, context, status: snapshot.status, history });
  const environment = { ...scene, record, context: next.context, event: {}, value: next.value };
  const zone = machine.quietIn(environment);
  return {
    snapshot: next,
    state: standing(machine.document, snapshot.value),
    effects: $scene.effects,
    timers: clockTimers(machine, before, next, $scene, timers),
    invocations: withDues(machine, invocations, [before?.context, next.context], environment),
    ...(snapshot.status === "done" ? { output: jsonOf(snapshot.output ?? null) } : {}),
    patch,
    taken: $scene.taken,
    requires: $scene.requires,
    ...(zone === undefined ? {} : { zone }),
  };
}

/** The context of a run with its clocks as they are where it stands now. */
function withClocks(
  { document }: Machine,
  { value, status }: AnyMachineSnapshot,
  context: Snapshot["context"],
  { scene }: Working,
) {
  const clocks = clocksIn(context);
  if (Object.keys(clocks).length === 0) return context;
  const active = activeStates(document, value).map(({ state }) => state);
  return { ...context, $clocks: settleClocks(clocks, active, status !== "active", Date.parse(scene.now)) };
}

/**
 * The timers of a move, with those of waits by a clock: they begin where their state is entered, and anew where the
 * clock has begun, stood or gone on, whatever moved it. What a clock had used up before is not told again.
 */
function clockTimers(
  { document, dueAt }: Machine,
  before: Snapshot | undefined,
  { value, context }: Snapshot,
  { scene, record }: Working,
  timers: TimerChanges,
): TimerChanges {
  const [was, is] = [clocksIn(before?.context ?? {}), clocksIn(context)];
  const changed = (clock: string) => JSON.stringify(was[clock]) !== JSON.stringify(is[clock]);
  const entered = new Set([...timers.set.map(({ name }) => name), ...timers.cancelled]);
  const environment = { ...scene, record, context, event: {} };
  const waiting = activeStates(document, value).flatMap(({ state }) =>
    Object.keys(state.after ?? {}).flatMap((delay) => {
      const clock = document.meta.delays?.[delay]?.clock;
      const name = timerName(delay, state.meta.id);
      return clock !== undefined && (entered.has(name) || changed(clock))
        ? [{ name, due: dueAt(delay, environment) }]
        : [];
    }),
  );
  if (waiting.length === 0) return timers;
  const names = new Set(waiting.map(({ name }) => name));
  const coming = waiting.flatMap(({ name, due }) => (due !== null && due >= scene.now ? [{ name, due }] : []));
  const gone = waiting.filter(({ name }) => !coming.some((it) => it.name === name)).map(({ name }) => name);
  return {
    set: [...timers.set.filter(({ name }) => !names.has(name)), ...coming],
    cancelled: [...timers.cancelled.filter((name) => !names.has(name)), ...gone],
  };
}

/** What is written down holds no undefined and shares nothing with the living. */
export function jsonOf<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

const hinted = (hint: string | undefined) => (hint === undefined ? {} : { hint });
