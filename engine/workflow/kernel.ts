import type { Transition } from "schemas";
import { initialTransition, transition, type AnyMachineSnapshot } from "xstate";
import type { Effect } from "../effect.ts";
import { holds, type Environment } from "../expression/evaluate.ts";
import { explain } from "../expression/explain.ts";
import { nearest } from "../nearest.ts";
import { problem } from "../problem.ts";
import type { Machine, RunScene, Working } from "./machine.ts";

/** Where a run stands, as it is written down: JSON and nothing else. */
export interface Snapshot {
  readonly value: unknown;
  readonly context: Readonly<Record<string, unknown>>;
  readonly status: string;
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
  /** What the move changes in its record, without the state itself. */
  readonly patch: Readonly<Record<string, unknown>>;
  /** `meta.id` of the transitions taken. */
  readonly taken: readonly string[];
}

/** Begins a run in its first state, entry actions included. Performs nothing. */
export function begin(machine: Machine, scene: RunScene): Step {
  const [snapshot] = initialTransition(machine.compiled, workingIn(scene));
  return stepOf(machine, snapshot);
}

/** Puts a run into a state without doing what entering it would do: an import brings records in mid-life. */
export function place(machine: Machine, state: string): Step {
  const leaf = machine.leaves.get(state);
  if (!leaf) throw problem("state.unknown", { state, ...hinted(nearest(state, machine.leaves.keys())) });
  const value = [...leaf.within].reduceRight<unknown>((inner, key) => ({ [key]: inner }), leaf.key);
  const snapshot = { value, context: machine.document.context ?? {}, status: "active" };
  return { snapshot: jsonOf(snapshot), state, effects: [], patch: {}, taken: [] };
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
  const [next] = transition(
    machine.compiled,
    restored(machine, at, scene),
    event.data === undefined ? { type: event.type } : { ...event },
  );
  const moved = stepOf(machine, next);
  if (moved.taken.length === 0)
    throw problem("event.refused", { event: event.type, why: whyNot(machine, at, event, scene), path: "/type" });
  return moved;
}

/** The transitions that an event could take from where a run stands, the innermost state's first. */
export function candidates(machine: Machine, at: Snapshot, event: string): readonly Transition[] {
  const path = pathOf(at.value);
  const found: Transition[] = [];
  for (let depth = path.length; depth > 0; depth--) {
    let states = machine.document.states;
    let on: Record<string, unknown> | undefined;
    for (const key of path.slice(0, depth)) {
      on = states[key]?.on as Record<string, unknown> | undefined;
      states = states[key]?.states ?? {};
    }
    found.push(...((on?.[event] ?? []) as Transition[]));
  }
  return [...found, ...((machine.document.on?.[event] ?? []) as Transition[])];
}

/** Why a guard does not hold, in the words of the document or clause by clause. */
export function refusalOf(machine: Machine, { guard, meta }: Transition, environment: Environment): string {
  if (meta.refused !== undefined) return meta.refused;
  const checked = guard && machine.expression(guard.params.cel);
  if (!checked) return "";
  const failing = explain(checked, environment).clauses.filter((clause) => !clause.holds);
  return failing
    .map(({ text, values }) => {
      const told = values.map(({ title, value }) => `${title} is ${value === null ? "empty" : JSON.stringify(value)}`);
      return told.length > 0 ? `${text} (${told.join(", ")})` : text;
    })
    .join("; ");
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
  const state = machine.leaves.get(pathOf(at.value).at(-1) ?? "")?.state.meta.title ?? "this state";
  if (open.length === 0)
    return `"${machine.document.meta.events[event.type]?.title ?? event.type}" leads nowhere from ${state}.`;
  const environment = { ...scene, context: at.context, event };
  return open.map((it) => refusalOf(machine, it, environment)).join(" · ");
}

/** The keys of the states that a value names, from the outside in. */
export function pathOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  const [[key, inner] = []] = Object.entries((value ?? {}) as Record<string, unknown>);
  return key === undefined ? [] : [key, ...pathOf(inner)];
}

/** The scene as it hangs in the context while the kernel works. */
function workingIn(scene: RunScene): { readonly $scene: Working } {
  return { $scene: { record: scene.record, scene, effects: [], taken: [] } };
}

function restored(machine: Machine, at: Snapshot, scene: RunScene): AnyMachineSnapshot {
  return machine.compiled.resolveState({
    value: at.value as any,
    context: { ...at.context, ...workingIn(scene) },
    status: "active",
  });
}

function stepOf(machine: Machine, snapshot: AnyMachineSnapshot): Step {
  if (snapshot.status === "error") throw problem("run.failed", { workflow: machine.id });
  const { $scene, ...context } = snapshot.context as { $scene: Working };
  const patch = Object.assign(
    {},
    ...$scene.effects.map((effect) => (effect.do === "record.update" ? effect.values : {})),
  );
  return {
    snapshot: jsonOf({ value: snapshot.value, context, status: snapshot.status }),
    state: pathOf(snapshot.value).at(-1) ?? "",
    effects: $scene.effects,
    patch,
    taken: $scene.taken,
  };
}

/** What is written down holds no undefined and shares nothing with the living. */
function jsonOf(snapshot: Snapshot): Snapshot {
  return JSON.parse(JSON.stringify(snapshot)) as Snapshot;
}

const hinted = (hint: string | undefined) => (hint === undefined ? {} : { hint });
