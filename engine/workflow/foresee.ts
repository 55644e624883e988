import type { Action, Guard, WorkflowDocument } from "schemas";
import { assign, enqueueActions, type AnyStateMachine } from "xstate";
import { isAsking } from "../actions/action-type.ts";
import { Cache } from "../cache.ts";
import type { Machine } from "./machine.ts";
import { restored, type Snapshot } from "./kernel.ts";
import { transition } from "./moving.ts";
import type { ResolvedAction } from "./params.ts";
import { movesOf, placesOf } from "./places.ts";
import { standing } from "./states.ts";

/** Something that a move does, and the event that it sees: an action of the document, or the beginning of a wait. */
export type Act =
  | { readonly act: "action"; readonly action: ResolvedAction; readonly event: EventSeen }
  | { readonly act: "wait"; readonly delay: string; readonly event: EventSeen };

interface EventSeen {
  readonly type: string;
}

/** A guard on the way, asked after what was done before it. */
export interface Question {
  readonly guard: Guard;
  readonly event: EventSeen;
  /** What is done between the question before and this one. */
  readonly acts: readonly Act[];
  readonly yes: Foreseen;
  readonly no: Foreseen;
}

/** Where a move ends, whoever makes it. */
export interface Outcome {
  /** Its number among the outcomes of its tree. */
  readonly number: number;
  /** What is done after the last question. */
  readonly acts: readonly Act[];
  readonly value: unknown;
  readonly state: string;
  readonly status: string;
  readonly history: Readonly<Record<string, readonly string[]>>;
  /** `meta.id` of the transitions taken. */
  readonly taken: readonly string[];
  /** The fields that the states want filled which are entered on the way. */
  readonly requires: readonly string[];
  /** Waits that have begun, each by the place of its beginning among all that is done on the way. */
  readonly set: readonly { readonly name: string; readonly at: number }[];
  readonly cancelled: readonly string[];
}

/** All that may come of an event where runs stand: guards to ask in turn, and where each answer leads. */
export type Foreseen = Question | Outcome;

export const isOutcome = (it: Foreseen): it is Outcome => "value" in it;

/** A tree that holds more outcomes is no help. */
const outcomesMost = 48;
const treesMost = 500;

interface Known {
  readonly traced: AnyStateMachine | undefined;
  readonly trees: Cache<Foreseen | null>;
}

const known = new WeakMap<Machine, Known>();

/**
 * All that may come of a timer where runs stand, whatever their records and contexts hold: the kernel is asked once for
 * each way through the guards, and never again for this machine. Nothing where that cannot be said of many runs at once:
 * what is invoked, asked of the database, counted by a clock or sent along with an event is each run's own.
 */
export function foresee(machine: Machine, { value, history }: Snapshot, timer: string): Foreseen | undefined {
  const { traced, trees } = knownOf(machine);
  if (!traced) return undefined;
  const key = JSON.stringify([value, history ?? {}, timer]);
  return trees.get(key, () => grow(machine, traced, { value, history: history ?? {} }, timer) ?? null) ?? undefined;
}

/** The outcomes of a tree, in the order of their numbers. */
export function outcomesOf(tree: Foreseen): readonly Outcome[] {
  return isOutcome(tree) ? [tree] : [...outcomesOf(tree.yes), ...outcomesOf(tree.no)];
}

function knownOf(machine: Machine): Known {
  const before = known.get(machine);
  if (before) return before;
  const traced = isForeseeable(machine.document) ? tracedOf(machine) : undefined;
  const fresh = { traced, trees: new Cache<Foreseen | null>(treesMost) };
  known.set(machine, fresh);
  return fresh;
}

/** Clocks and what states give back hang on each run's own moments and values. */
function isForeseeable(document: WorkflowDocument): boolean {
  const clocks = Object.values(document.meta.delays ?? {}).some(({ clock }) => clock !== undefined);
  const places = placesOf(document);
  return !clocks && !document.output && places.every(({ node }) => !node.meta.clock && !node.output);
}

interface Asked {
  readonly guard: Guard;
  readonly event: EventSeen;
  /** How much was done when it was asked. */
  readonly at: number;
}

/** Writes down, instead of performing it, what a machine does on one way through its guards. */
class Trace {
  readonly #answers: readonly boolean[];
  readonly acts: Act[] = [];
  readonly asked: Asked[] = [];
  readonly answers: boolean[] = [];
  readonly taken: string[] = [];
  readonly requires: string[] = [];
  own = false;

  constructor(answers: readonly boolean[]) {
    this.#answers = answers;
  }

  /** What is asked anew holds; the same question at the same place has the same answer. */
  ask(guard: Guard, event: EventSeen): boolean {
    const text = JSON.stringify([guard, event]);
    const at = this.acts.length;
    const before = this.asked.findIndex((it) => it.at === at && JSON.stringify([it.guard, it.event]) === text);
    if (before >= 0) return this.answers[before]!;
    const answer = this.#answers[this.asked.length] ?? true;
    this.asked.push({ guard, event, at });
    this.answers.push(answer);
    return answer;
  }

  wait(delay: string, event: EventSeen): number {
    return this.acts.push({ act: "wait", delay, event });
  }
}

const traceIn = (context: unknown) => (context as { readonly $trace: Trace }).$trace;
const seen = (event: unknown): EventSeen => ({ type: (event as EventSeen).type });

/** The machine of the product itself, in which guards are asked of a trace and actions are noted there. */
function tracedOf({ document, compiled, resolved }: Machine): AnyStateMachine {
  const noted = (type: string) =>
    enqueueActions(({ context, event, enqueue }: any, params: unknown) => {
      const trace = traceIn(context);
      const action = resolved({ type, params } as Action);
      if (!action) return;
      const { event: raised, data } = action.params;
      if (isAsking(action.type, action.params)) trace.own = true;
      else if (action.type.name !== "raise") trace.acts.push({ act: "action", action, event: seen(event) });
      else if (typeof raised !== "string" || data !== undefined) trace.own = true;
      else enqueue.raise({ type: raised });
    });
  const delays = new Set(movesOf(document).flatMap(({ delay }) => delay ?? []));
  const { actions } = compiled.implementations;
  return compiled.provide({
    guards: Object.fromEntries(
      Object.keys(compiled.implementations.guards).map((type) => [
        type,
        ({ context, event }: any, params: unknown) =>
          type !== "can" && traceIn(context).ask({ type, params } as Guard, seen(event)),
      ]),
    ),
    delays: Object.fromEntries(
      [...delays].map((name) => [name, ({ context, event }: any) => traceIn(context).wait(name, seen(event))]),
    ),
    actions: {
      ...Object.fromEntries(Object.keys(actions).map((type) => [type, noted(type)])),
      $take: assign(({ context }: any, params: any) => {
        traceIn(context).taken.push(params.id);
        return {};
      }),
      $require: assign(({ context }: any, params: any) => {
        traceIn(context).requires.push(...params.fields);
        return {};
      }),
    } as Record<string, any>,
  });
}

type Standing = Required<Pick<Snapshot, "value" | "history">>;

/** Goes every way: first all guards hold, then the last one that was asked does not, and so on. */
function grow(machine: Machine, traced: AnyStateMachine, at: Standing, timer: string): Foreseen | undefined {
  const ways: Way[] = [];
  for (let answers: readonly boolean[] | undefined = []; answers;) {
    if (ways.length >= outcomesMost) return undefined;
    const way = goneBy(machine, traced, at, timer, answers);
    if (!way) return undefined;
    ways.push(way);
    const last = way.trace.answers.lastIndexOf(true);
    answers = last < 0 ? undefined : [...way.trace.answers.slice(0, last), false];
  }
  return treeOf(ways, 0, 0, { number: 0 });
}

interface Way {
  readonly trace: Trace;
  readonly end: Omit<Outcome, "acts" | "number">;
}

function goneBy(
  machine: Machine,
  traced: AnyStateMachine,
  at: Standing,
  timer: string,
  answers: readonly boolean[],
): Way | undefined {
  const trace = new Trace(answers);
  const standsAt = { ...at, status: "active", context: {} };
  const before = restored({ ...machine, compiled: traced }, standsAt, { $trace: trace });
  const made = rested(() => transition(traced, before, { type: timer }));
  if (!made || made[0].status === "error" || trace.own) return undefined;
  const [next, queued] = made;
  const waits = waitsIn(queued);
  if (!waits) return undefined;
  const remembered = Object.entries(next.historyValue as Record<string, readonly { readonly id: string }[]>);
  const value: unknown = JSON.parse(JSON.stringify(next.value));
  return {
    trace,
    end: {
      value,
      state: standing(machine.document, value),
      status: next.status,
      history: Object.fromEntries(remembered.map(([key, nodes]) => [key, nodes.map(({ id }) => id)])),
      taken: trace.taken,
      requires: trace.requires,
      ...waits,
    },
  };
}

/** A machine that goes round where all its guards hold says nothing: whether it does is each run's own. */
function rested<Made>(move: () => Made): Made | undefined {
  try {
    return move();
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Infinite loop")) return undefined;
    throw error;
  }
}

/** What XState asks for, where that is waits alone; each is told by the number that its delay was given. */
function waitsIn(queued: readonly { readonly type: string; readonly params?: any }[]) {
  const waits = new Map<string, number | null>();
  for (const { type, params } of queued) {
    if (type === "xstate.cancel") {
      waits.delete(params.sendId);
      waits.set(params.sendId, null);
    } else if (type !== "xstate.raise") return undefined;
    else if (params.id !== undefined && params.delay !== undefined) {
      waits.delete(params.id);
      waits.set(params.id, params.delay - 1);
    }
  }
  return {
    set: [...waits].flatMap(([name, at]) => (at === null ? [] : [{ name, at }])),
    cancelled: [...waits].flatMap(([name, at]) => (at === null ? [name] : [])),
  };
}

/** Ways that were gone as one tree: those that agree up to a question, then by its answer. */
function treeOf(ways: readonly Way[], depth: number, from: number, count: { number: number }): Foreseen {
  const { trace, end } = ways[0]!;
  const question = trace.asked[depth];
  if (!question) return { ...end, number: count.number++, acts: trace.acts.slice(from) };
  const { guard, event, at } = question;
  const by = (answer: boolean) =>
    treeOf(
      ways.filter((way) => way.trace.answers[depth] === answer),
      depth + 1,
      at,
      count,
    );
  return { guard, event, acts: trace.acts.slice(from, at), yes: by(true), no: by(false) };
}
