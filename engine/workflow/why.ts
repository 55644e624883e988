import type { Transition } from "schemas";
import { explain } from "../expression/explain.ts";
import { emptyIn } from "./asked.ts";
import { celOf, guardHolds, guardText } from "./guards.ts";
import { tried, type Snapshot } from "./kernel.ts";
import type { Machine } from "./machine.ts";
import { movesOf, type Move } from "./places.ts";
import type { RunScene } from "./reading.ts";
import { activeStates } from "./states.ts";
import { timerName } from "./waits.ts";

/** One part of a guard: its text and the values that it reads; both are withheld where the reader may not know one. */
export interface Ground {
  readonly text: string | null;
  readonly holds: boolean;
  readonly values: readonly { readonly title: string; readonly value: unknown }[];
}

/** A transition out of where a run stands: what takes it, where it leads, and why it is open or not. */
export interface Reason {
  /** `meta.id` of the transition. */
  readonly transition: string;
  readonly title: string | null;
  readonly by: "event" | "wait" | "end" | "itself";
  /** The event, the wait or the invocation that takes it; empty where it is taken by itself. */
  readonly key: string;
  /** The title of the event or the wait; of an invocation its id. */
  readonly name: string;
  /** The title of the state from which it leads; null where it is of the whole workflow. */
  readonly from: string | null;
  readonly to: string | null;
  /** Whether its guard holds, and no field is empty that the states want filled which it enters. */
  readonly open: boolean;
  /** The parts of its guard, and each such field. */
  readonly grounds: readonly Ground[];
}

/**
 * Why a run is where it is and not elsewhere: every transition out of the states that it stands in, the innermost first,
 * each guard part by part, and the fields that would be missing. `event` is what a guard reads as the event.
 */
export function reasonsOf(machine: Machine, at: Snapshot, scene: RunScene, event: object = {}): readonly Reason[] {
  return movesFrom(machine, at).map((move) => {
    const reason = reasonOf(machine, move, { ...scene, context: at.context, event });
    const missing = reason.open ? missingGrounds(machine, at, { move, scene, event }) : [];
    return { ...reason, open: reason.open && missing.length === 0, grounds: [...reason.grounds, ...missing] };
  });
}

/** A step that was made: the event by which, and `meta.id` of the transitions that it took. */
export interface MadeStep {
  readonly event: object;
  readonly taken: readonly string[];
}

/** Why the transitions of a step out of where a run stood were taken. */
export function reasonsTaken(
  machine: Machine,
  at: Snapshot,
  scene: RunScene,
  { event, taken }: MadeStep,
): readonly Reason[] {
  return movesFrom(machine, at)
    .filter(({ transition }) => taken.includes(transition.meta.id))
    .map((move) => reasonOf(machine, move, { ...scene, context: at.context, event }));
}

/** The transitions out of where a run stands, those of the innermost states first. */
function movesFrom(machine: Machine, at: Snapshot): readonly Move[] {
  const active = new Map(activeStates(machine.document, at.value).map((it) => [it.state.meta.id, it.within.length]));
  const depth = ({ from }: Move) => (from ? (active.get(from.node.meta.id) ?? -1) : 0);
  return movesOf(machine.document)
    .filter(({ from }) => !from || active.has(from.node.meta.id))
    .toSorted((one, other) => depth(other) - depth(one));
}

interface Missing {
  readonly move: Move;
  readonly scene: RunScene;
  readonly event: object;
}

/** What the states want filled that a transition enters, inner ones and all that follows by itself, and would find empty. */
function missingGrounds(machine: Machine, at: Snapshot, { move, scene, event }: Missing): readonly Ground[] {
  const type = eventOf(move);
  const step = type === undefined ? undefined : tried(machine, at, { ...event, type }, scene);
  if (!step?.taken.includes(move.transition.meta.id)) return [];
  const { tells = () => true } = scene;
  return emptyIn({ ...scene.record, ...step.patch }, [...new Set(step.requires)]).map((name) => {
    const field = machine.entity.fields.get(name);
    if (!field || !tells([{ name, field }])) return { text: null, holds: false, values: [] };
    return { text: `record.${name} != null`, holds: false, values: [{ title: field.title, value: null }] };
  });
}

/** The event by which XState takes a transition; nothing where it is taken by itself. */
function eventOf({ event, delay, invoked, from }: Move): string | undefined {
  if (event !== undefined || !from) return event;
  if (delay !== undefined) return timerName(delay, from.node.meta.id);
  return invoked && `xstate.${invoked}.actor.${from.node.invoke?.id}`;
}

function reasonOf(
  machine: Machine,
  move: Move,
  scene: RunScene & { readonly context: unknown; readonly event: unknown },
): Reason {
  const { transition, event, delay, invoked, from, target } = move;
  const { meta } = machine.document;
  const by = event !== undefined ? "event" : delay !== undefined ? "wait" : invoked ? "end" : "itself";
  const name =
    event !== undefined
      ? (meta.events[event]?.title ?? event)
      : delay !== undefined
        ? (meta.delays?.[delay]?.title ?? delay)
        : (from?.node.invoke?.id ?? "");
  return {
    transition: transition.meta.id,
    title: transition.meta.title ?? null,
    by,
    key: event ?? delay ?? (invoked ? (from?.node.invoke?.id ?? "") : ""),
    name,
    from: from?.node.meta.title ?? null,
    to: transition.target === undefined ? null : (target?.node.meta.title ?? null),
    open: guardHolds(transition.guard, { expression: machine.expression, environment: scene, may: scene.may }),
    grounds: groundsOf(machine, transition, scene),
  };
}

function groundsOf(
  machine: Machine,
  { guard }: Transition,
  scene: RunScene & { readonly context: unknown },
): readonly Ground[] {
  if (!guard) return [];
  const cel = celOf(guard);
  const checked = machine.expression(cel ?? "");
  if (!checked) {
    const asked = { expression: machine.expression, environment: scene, may: scene.may };
    // Nobody can say what an expression reads that speaks of what is gone.
    return [{ text: cel === undefined ? guardText(guard) : null, holds: guardHolds(guard, asked), values: [] }];
  }
  const { tells = () => true } = scene;
  return explain(checked, scene).clauses.map(({ text, holds, values }) =>
    values.every(({ path }) => tells(path))
      ? { text, holds, values: values.map(({ title, value }) => ({ title, value: value ?? null })) }
      : { text: null, holds, values: [] },
  );
}
