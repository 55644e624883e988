import type { WorkflowDocument } from "schemas";
import type { Effect } from "../effect.ts";
import { durationOf } from "../expression/literal.ts";
import type { Model } from "../model.ts";
import { Problem, problem, refuse } from "../problem.ts";
import { dayIn } from "../rules.ts";
import { normalValues, type Values } from "../values.ts";
import { unfilled } from "../workflow/asked.ts";
import {
  accept,
  begin,
  complete,
  fire,
  hear,
  place,
  report,
  running,
  step,
  type Ending,
  type Report,
  type Snapshot,
  type Step,
} from "../workflow/kernel.ts";
import { foresee } from "../workflow/foresee.ts";
import { fireForeseen } from "../workflow/foreseen.ts";
import { endedBy, heard, listens } from "../workflow/listening.ts";
import { endingOf, passageOf, stoodIn, type Passage } from "../workflow/passages.ts";
import { readTimerName, waits } from "../workflow/waits.ts";
import { transitionsIn, type Machine } from "../workflow/machine.ts";
import type { Timer } from "../workflow/queued.ts";
import type { RunScene } from "../workflow/reading.ts";
import { leafIn, valueAt } from "../workflow/states.ts";
import { endedAt, finish } from "../workflow/withdraw.ts";
import { reasonsOf, reasonsTaken, type Reason } from "../workflow/why.ts";
import { aroundCase, moveKnowing, type Known } from "./known.ts";
import { awaited, isReport, reportBy, timed, type Going } from "./sending.ts";

/** What is played: a workflow, and the model around it. */
export interface Playing {
  readonly model: Model;
  readonly machine: Machine;
  /** What is known of other records; without it there are none. */
  readonly known?: Known;
  /** Nobody asks why the cases go as they do: their steps tell no grounds. */
  readonly unexplained?: true;
}

/** What a case asks for. */
export type PlayedEffect = Effect & Going;

/** One move of a case that is played, or an event that it refused. */
export interface PlayedStep {
  readonly at: string;
  readonly cause: { readonly kind: "begin" | "event" | "wait" | "end"; readonly name: string; readonly title: string };
  readonly from: string | null;
  readonly to: string;
  readonly taken: readonly { readonly id: string; readonly title: string | null }[];
  /** The states that it has entered and left, and what it is for the case as a whole, as the counters of runs have it. */
  readonly passage: Passage & { readonly whole: readonly string[] };
  /** What would go out or be written; nothing of it does. */
  readonly effects: readonly PlayedEffect[];
  /** Why it was not taken. */
  readonly refused: string | null;
  /** The guards of the transitions that were taken, as they stood. */
  readonly why: readonly Reason[];
}

/** A case at one moment of its play. It never changes: what is played on makes another, so any of them can be branched. */
export interface PlayedCase {
  /** The virtual clock, ISO 8601 in UTC. */
  readonly now: string;
  readonly record: Values;
  readonly user: Values;
  readonly snapshot: Snapshot;
  readonly state: string;
  /** What it waits for, the next first. */
  readonly timers: readonly Timer[];
  readonly steps: readonly PlayedStep[];
}

/** How a case begins. `state` puts it into a state of its middle, as an import would; `given` is what it is begun with. */
export interface Beginning {
  readonly record: Values;
  readonly user: Values;
  readonly now: string;
  readonly state?: string | undefined;
  readonly given?: Values | undefined;
}

/**
 * Begins a case. Nothing is written and nothing is sent, now or later. One whose beginning hangs on what is not known
 * stands still in its first state.
 */
export function beginCase(playing: Playing, { record, user, now, state, given = {} }: Beginning): PlayedCase {
  const { machine } = playing;
  const { document, leaves } = machine;
  const bare = { now, record, user, steps: [] };
  const scene = sceneAt(playing, bare);
  const cause = { kind: "begin", name: "begin", title: document.meta.title } as const;
  const taken = (begun: Step) =>
    moved(playing, { ...bare, snapshot: begun.snapshot, state: begun.state, timers: [] }, begun, cause, null);
  if (state !== undefined) return taken(place(machine, state, scene));
  const begun = unlessRefused(() =>
    moveKnowing(playing, bare, (asked) => begin(machine, { ...scene, ...asked }, given)),
  );
  if (typeof begun !== "string") return taken(begun);
  const first = leafIn(document, valueAt(document, [])) || ([...leaves.keys()][0] ?? "");
  const stood = taken(place(machine, first, scene));
  const steps = stood.steps.map((it) => ({ ...it, refused: begun }));
  return { ...stood, steps, timers: [], snapshot: { ...stood.snapshot, status: "stopped" } };
}

/** What is sent to a case: an event with its data, and values that its record is given along. */
export interface SentToCase {
  readonly type: string;
  readonly data?: unknown;
  readonly values?: Values;
}

/** Sends an event, or answers the case with the reason for which it is not taken. */
export function sendToCase(playing: Playing, at: PlayedCase, { type, data, values = {} }: SentToCase): PlayedCase {
  const { machine } = playing;
  const declared = machine.document.meta.events[type];
  const cause = { kind: "event", name: type, title: declared?.title ?? type } as const;
  const record = { ...at.record, ...values };
  const event = { type, source: declared?.source ?? "user", ...(data === undefined ? {} : { data }) };
  const move = (scene: RunScene) => {
    const { snapshot } = at;
    const asked = { ...scene, may: () => true };
    const ends = endedAt(machine, snapshot, event, asked);
    if (!ends) return step(machine, snapshot, event, asked);
    accept(machine, event);
    return finished(machine, at, ends, type);
  };
  return attempted(playing, { ...at, record }, cause, move, event, at);
}

/**
 * Gives the record of a case values without an event: waits that hang on them follow, events of the record that have come
 * true are heard, and the case ends where its goal is reached or its record leaves.
 */
export function changeCase(playing: Playing, at: PlayedCase, values: Values): PlayedCase {
  const changed = { ...at, record: { ...at.record, ...values } };
  return hearing(playing, at, { ...changed, timers: followed(playing, changed, at.timers) });
}

/** What a case makes of a change of its record: events that have come true by it, its goal, what it leaves by. */
function hearing(playing: Playing, was: Standing, next: PlayedCase): PlayedCase {
  const { machine } = playing;
  const title = machine.document.meta.title;
  const asked = () => heard(machine, { was: sceneAt(playing, was), is: sceneAt(playing, next) });
  const said = unlessRefused(() => moveKnowing(playing, next, asked));
  if (typeof said === "string") return refusedStep(next, next, { kind: "event", name: "change", title }, said);
  const told = said.events.reduce<PlayedCase>((here, type) => {
    const cause = { kind: "event", name: type, title: machine.document.meta.events[type]?.title ?? type } as const;
    const event = { type, source: "record" } as const;
    const move = (scene: RunScene) => {
      const moved = hear(machine, here.snapshot, event, scene);
      if (moved || here.snapshot.status !== "active") return moved;
      const ends = endedBy(machine, type, { ...scene, context: here.snapshot.context });
      return ends && finished(machine, here, ends, type);
    };
    return attempted(playing, here, cause, move, event, here);
  }, next);
  const { ends } = said;
  if (!ends || told.snapshot.status !== "active") return told;
  const cause = { kind: "event", name: ends, title: ends } as const;
  return attempted(playing, told, cause, () => finished(machine, told, ends), {}, told);
}

/** A step that ends its run where it stands tells by what. */
interface Made extends Step {
  readonly ended?: { readonly type: "goal" | "exit"; readonly data?: { readonly event: string } };
}

const finished = (machine: Machine, at: PlayedCase, type: "goal" | "exit", event?: string): Made => ({
  ...finish(machine, at.snapshot, namesOf(at)),
  ended: { type, ...(event === undefined ? {} : { data: { event } }) },
});

const namesOf = ({ timers }: PlayedCase) => timers.map(({ name }) => name);

/** Ends what a case has invoked and waits for. */
export function endForCase(playing: Playing, at: PlayedCase, invocation: string, ending: Ending): PlayedCase {
  const cause = { kind: "end", name: invocation, title: invocation } as const;
  const move = (scene: RunScene) => complete(playing.machine, at.snapshot, invocation, ending, scene);
  return attempted(playing, at, cause, move, ending, at);
}

/** A case of so many steps is moved by no further wait (a daily one for ten years fits): a short one that leads round would take minutes. */
const stepsMax = 4000;
/** After so many steps others have a turn. */
const stepsInOneGo = 50;

/** Lets the clock go on to a moment; waits that are over by then move the case on the way, each at its own moment. */
export function advanceCase(playing: Playing, at: PlayedCase, to: string): PlayedCase {
  for (const turns = advanceInTurns(playing, at, to); ;) {
    const { done, value } = turns.next();
    if (done) return value;
  }
}

/** The same with pauses: it yields every few steps, so that others have a turn. */
export function* advanceInTurns(playing: Playing, at: PlayedCase, to: string): Generator<undefined, PlayedCase> {
  let here = at;
  for (let steps = 1; ; steps++) {
    const [next] = here.timers;
    if (!next || next.due > to) break;
    const now = next.due > here.now ? next.due : here.now;
    here = isReport(next)
      ? reported(playing, { ...here, now }, next)
      : waitedFor(playing, { ...here, now, timers: here.timers.slice(1) }, next);
    if (wentRound(here)) break;
    if (steps % stepsInOneGo === 0) yield;
  }
  return { ...here, now: to > here.now ? to : here.now };
}

/** Whether a case was not played on because it has made very many steps. */
export const wentRound = ({ steps }: Pick<PlayedCase, "steps">): boolean => steps.length > stepsMax;

/** Why a case of very many steps is not played on. */
export const endlessCase = () => problem("case.endless", { steps: stepsMax });

/** Moves a case by a wait that is over. */
function waitedFor(playing: Playing, at: PlayedCase, { name }: Timer): PlayedCase {
  const { machine } = playing;
  const { delay } = readTimerName(name);
  const title = machine.document.meta.delays?.[delay]?.title ?? delay;
  const cause = { kind: "wait", name: delay, title } as const;
  if (at.steps.length >= stepsMax) return refusedStep(at, at, cause, endlessCase().message);
  const move = (scene: RunScene) => {
    const tree = foresee(machine, at.snapshot, name);
    return tree ? fireForeseen(machine, tree, at.snapshot, name, scene) : fire(machine, at.snapshot, name, scene);
  };
  return attempted(playing, at, cause, move, {}, at);
}

/** The moment so long after a case's clock; `span` is an ISO 8601 duration. Undefined where it is none. */
export function later(now: string, span: string): string | undefined {
  const seconds = Number(durationOf(span) ?? NaN);
  const at = new Date(Date.parse(now) + seconds * 1000);
  return seconds >= 0 && at.getUTCFullYear() <= 9999 ? at.toISOString() : undefined;
}

/** Where a case could go from here, and why it could not: every transition with its guard, part by part. */
export const whyOfCase = (playing: Playing, at: PlayedCase): readonly Reason[] =>
  reasonsOf(playing.machine, at.snapshot, { ...sceneAt(playing, at), may: () => true });

/** What a case has invoked and waits for. */
export const runningIn = ({ machine }: Playing, { snapshot }: PlayedCase) => running(machine, snapshot);

type Standing = Pick<PlayedCase, "record" | "user" | "now" | "steps">;

/** What surrounds a case at its moment. Nobody's rights are in it: people bring theirs with the events that they send. */
export function sceneAt(playing: Playing, { record, user, now, steps }: Standing): RunScene {
  const today = dayIn(playing.model.workspace.time_zone, new Date(now));
  return { ...aroundCase(playing, { record, steps }), record, user, now, today };
}

/** Makes a move, or notes why it is not made; then the case stays what it was before. */
function attempted(
  playing: Playing,
  at: PlayedCase,
  cause: PlayedStep["cause"],
  move: (scene: RunScene) => Made | undefined,
  event: object,
  before: PlayedCase,
): PlayedCase {
  const made = unlessRefused(() => {
    const scene = sceneAt(playing, at);
    const step = moveKnowing(playing, at, (asked) => move({ ...scene, ...asked }));
    if (!step || (step.taken.length === 0 && step.snapshot.status === "active")) return undefined;
    const { model, machine } = playing;
    const after = { ...at.record, ...normalValues(model, machine.entity, step.patch) };
    const given = cause.kind === "event" ? { given: at.record } : {};
    refuse(unfilled(machine, step, { ...given, after }));
    return step;
  });
  if (typeof made === "string") return refusedStep(at, before, cause, made);
  return made ? moved(playing, at, made, cause, event) : at;
}

/** What something comes to, or in words why it cannot be. */
function unlessRefused<Result>(make: () => Result): Result | string {
  try {
    return make();
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

/** The case as it was before, with a note of what was not taken. */
function refusedStep(at: PlayedCase, before: PlayedCase, cause: PlayedStep["cause"], refused: string): PlayedCase {
  const passage = { entered: [], left: [], whole: [] };
  const stays = { from: before.state, to: before.state, taken: [], passage, effects: [], why: [] };
  const step: PlayedStep = { at: at.now, cause, ...stays, refused };
  return { ...before, now: at.now, timers: at.timers, steps: [...before.steps, step] };
}

/** The case after a move: its record with what the move writes, its waits, its step. */
function moved(
  playing: Playing,
  at: PlayedCase,
  step: Made,
  cause: PlayedStep["cause"],
  event: object | null,
): PlayedCase {
  const { model, machine } = playing;
  const { document, stateField, regionFields, entity } = machine;
  const { value, status } = step.snapshot;
  const record = {
    ...at.record,
    ...normalValues(model, entity, step.patch),
    ...(stateField ? { [stateField.name]: leafIn(document, value) } : {}),
    ...Object.fromEntries([...regionFields].map(([region, { name }]) => [name, leafIn(document, value, region)])),
  };
  const before = event === null ? undefined : at.snapshot;
  const why =
    event === null || playing.unexplained
      ? []
      : reasonsTaken(machine, at.snapshot, { ...sceneAt(playing, at), may: () => true }, { event, taken: step.taken });
  const played: PlayedStep = {
    at: at.now,
    cause,
    from: event === null ? null : at.state,
    to: step.state,
    taken: step.taken.map((id) => ({ id, title: titlesOf(document).get(id) ?? null })),
    passage: {
      ...passageOf(document, stoodIn(document, before), stoodIn(document, step.snapshot), step.taken),
      whole: endingOf(before?.status, status, step.ended ?? { type: "" }),
    },
    effects: timed(playing, { ...at, scene: () => sceneAt(playing, at) }, step),
    refused: null,
    why,
  };
  const ended = new Set([...step.timers.cancelled, ...step.timers.set.map(({ name }) => name)]);
  const sent = awaited(machine, step.snapshot, played);
  const timers = sorted([...at.timers.filter(({ name }) => !ended.has(name)), ...step.timers.set, ...sent]);
  const next = { ...at, record, snapshot: step.snapshot, state: step.state, steps: [...at.steps, played] };
  const stands = { ...next, timers: status === "active" ? followed(playing, next, timers) : [] };
  const here = changes(playing, step) && !goesRound(stands) ? hearing(playing, at, stands) : stands;
  const [now] = here.timers.filter((it) => isReport(it) && it.due <= here.now);
  return now && !goesRound(here) ? reported(playing, here, now) : here;
}

/** Whether a move changes what the workflow listens to. */
const changes = ({ machine: { document, stateField } }: Playing, { patch }: Step): boolean =>
  listens(document) && (stateField !== undefined || Object.keys(patch).length > 0);

/** Moves at one moment that set each other off; more than these are a circle. */
const atOnceMost = 100;

function goesRound({ steps, now }: PlayedCase): boolean {
  return steps.length >= atOnceMost && steps.at(-atOnceMost)?.at === now;
}

const titles = new WeakMap<WorkflowDocument, ReadonlyMap<string, string | undefined>>();

/** The titles of a document's transitions, by their `meta.id`. */
function titlesOf(document: WorkflowDocument): ReadonlyMap<string, string | undefined> {
  const known = titles.get(document) ?? new Map(transitionsIn(document).map(({ meta }) => [meta.id, meta.title]));
  titles.set(document, known);
  return known;
}

/** Tells a case what became of a message of its. */
function reported(playing: Playing, at: PlayedCase, timer: Timer): PlayedCase {
  const rest = { ...at, timers: at.timers.filter((it) => it !== timer) };
  return reportToCase(playing, rest, reportBy(timer, at));
}

/** Tells a case what has come of something that it has asked for. */
export function reportToCase(playing: Playing, at: PlayedCase, told: Report): PlayedCase {
  const cause = { kind: "event", name: told.type, title: told.type } as const;
  return attempted(playing, at, cause, (scene) => report(playing.machine, at.snapshot, told, scene), told, at);
}

/** Waits for a field of the record follow its changes; those that had been over before do not come back. */
function followed(playing: Playing, at: Omit<PlayedCase, "timers">, timers: readonly Timer[]): readonly Timer[] {
  const { machine } = playing;
  const bound = ({ name }: Timer) => machine.document.meta.delays?.[readTimerName(name).delay]?.until !== undefined;
  if (!timers.some(bound)) return timers;
  const anew = new Map(waits(machine, at.snapshot, sceneAt(playing, at)).map((it) => [it.name, it]));
  return sorted(timers.flatMap((it) => (bound(it) ? (anew.get(it.name) ?? []) : [it])));
}

const sorted = (timers: readonly Timer[]) =>
  timers.toSorted((one, other) => (one.due < other.due ? -1 : one.due > other.due ? 1 : 0));
