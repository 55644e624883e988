import type { Values } from "../values.ts";
import { durationOf } from "../expression/literal.ts";
import { beginsOf } from "../invocations/index.ts";
import { stateInvoking } from "../workflow/invoked.ts";
import type { Ending } from "../workflow/kernel.ts";
import { broughtBy } from "../workflow/listening.ts";
import {
  advanceCase,
  beginCase,
  changeCase,
  endForCase,
  reportToCase,
  sendToCase,
  type PlayedCase,
  type PlayedEffect,
  type PlayedStep,
  type Playing,
} from "./case.ts";

/** Something that happened to a case in the past. */
export interface Happened {
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** The event that was sent; nothing for a change of the record alone. */
  readonly type?: string;
  readonly data?: unknown;
  readonly values?: Values;
  /** What the case's own actions wrote then: taken as far as they do here too and come to nothing, for want of what they read. */
  readonly own?: Values;
  /** What the case waited for has ended. */
  readonly ended?: EndedBefore;
  /** `type` tells what came of something that the case had asked for. */
  readonly reports?: true;
}

/** A task that was done, with its answer; or processes, with what each gave back, or the error of one. */
export interface EndedBefore {
  readonly invocation: string;
  readonly outputs: readonly unknown[];
  readonly failed?: true;
}

/** A case as it is known to have gone: its record as it began, the state that it was put into, and what happened. */
export interface History {
  readonly run: string;
  readonly begunAt: string;
  readonly record: Values;
  readonly state?: string;
  /** What it was begun with; names that the workflow played does not know are left out. */
  readonly given?: unknown;
  readonly events: readonly Happened[];
}

/** What cases came to: counts by name. Those of two parts of the cases may be added. */
export interface Tally {
  readonly cases: number;
  /** How often each state was entered, and in which one cases stand at the end. */
  readonly entered: Counts;
  readonly standing: Counts;
  /** What would have gone out or been made: `notify`, `record.create task` and the like. */
  readonly effects: Counts;
  /** Waits that were over. */
  readonly waits: Counts;
  /** Whole budgets of clocks that were used up. */
  readonly breaches: number;
  /** Events of the past that were not taken. */
  readonly refused: Counts;
}

export type Counts = Readonly<Record<string, number>>;

const nothing: Tally = { cases: 0, entered: {}, standing: {}, effects: {}, waits: {}, breaches: 0, refused: {} };

/** Over which time cases are counted: what happened before `since` leads them there and is not told. */
export interface Window {
  readonly since: string;
  readonly until: string;
}

/** Plays the past of cases through a workflow: its events as they came, its waits by a virtual clock. */
export function backtest(playing: Playing, histories: readonly History[], window: Window): Tally {
  return histories.reduce(
    (sofar, history) => addTally(sofar, tallyOf(playing, played(playing, history, window), window)),
    nothing,
  );
}

function played(playing: Playing, { begunAt, record, state, given, events }: History, { until }: Window): PlayedCase {
  const known = state !== undefined && playing.machine.leaves.has(state) ? state : undefined;
  const told = { user: {}, now: begunAt, state: known, given: broughtBy(playing.machine, given) };
  const begun = beginCase(playing, { record, ...told });
  const last = events.reduce((at, it) => happened(playing, advanceCase(playing, at, it.at), it), begun);
  return advanceCase(playing, last, until);
}

function happened(playing: Playing, at: PlayedCase, told: Happened): PlayedCase {
  const { type, data, values = {}, own, ended, reports } = told;
  if (own) return changeCase(playing, at, unknownTo(at, own));
  if (ended) return endForCase(playing, at, ended.invocation, endingOf(playing, ended));
  if (type === undefined) return changeCase(playing, at, values);
  if (reports) return reportToCase(playing, at, { type, data, keep: {} });
  return sendToCase(playing, at, { type, data, values });
}

/** Of what actions wrote in the past that which they have written here as well, but did not come to anything. */
function unknownTo({ record, steps }: PlayedCase, own: Values): Values {
  const written = new Set(steps.flatMap(({ effects }) => effects.flatMap(writtenBy)));
  return Object.fromEntries(Object.entries(own).filter(([name]) => written.has(name) && record[name] === null));
}

const writtenBy = (effect: PlayedEffect) => (effect.do === "record.update" ? Object.keys(effect.values) : []);

/** What a case is told where something ends, by how its workflow has it done. */
function endingOf({ machine }: Playing, { invocation, outputs, failed }: EndedBefore): Ending {
  if (failed) return { error: null };
  const invoke = stateInvoking(machine, invocation)?.invoke;
  const done = invoke && beginsOf(invoke.src)?.done({}, { outputs, open: false });
  return done ?? { output: outputs[0] ?? null };
}

function tallyOf({ machine }: Playing, at: PlayedCase, { since }: Window): Tally {
  const steps = at.steps.filter((it) => it.at >= since);
  const taken = steps.filter(({ refused }) => refused === null);
  const waited = taken.filter(({ cause }) => cause.kind === "wait").map(({ cause }) => cause.name);
  const breached = waited.filter((name) => {
    const delay = machine.document.meta.delays?.[name];
    return delay?.clock !== undefined && (delay.fraction ?? 1) === 1;
  });
  return {
    cases: 1,
    entered: counted(taken.flatMap(({ from, to }) => (from === to ? [] : [to]))),
    standing: counted([at.state]),
    effects: counted(taken.flatMap(effectsOf)),
    waits: counted(waited),
    breaches: breached.length,
    refused: counted(steps.flatMap(({ refused, cause }) => (refused === null ? [] : [cause.name]))),
  };
}

/** What of a step's effects somebody would have noticed. */
function effectsOf({ effects }: PlayedStep): readonly string[] {
  return effects.flatMap((effect) => (effect.at === null ? [] : noticed(effect)));
}

/** What an effect is counted as: what it does, and of which entity or message. Nothing where nobody notices it. */
export function noticed(effect: PlayedEffect): readonly string[] {
  if (effect.do === "context.set" || effect.do === "raise" || effect.do === "record.update") return [];
  if (effect.do === "message.send") return [`${effect.do} ${String(effect.params.message)}`];
  return "entity" in effect ? [`${effect.do} ${effect.entity}`] : [effect.do];
}

const counted = (names: readonly string[]): Counts =>
  Object.fromEntries([...Map.groupBy(names, (it) => it)].map(([name, them]) => [name, them.length]));

/** The counts of two parts of the cases together. */
export function addTally(one: Tally, other: Tally): Tally {
  const sum = (a: Counts, b: Counts): Counts =>
    Object.fromEntries(
      [...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]),
    );
  return {
    cases: one.cases + other.cases,
    entered: sum(one.entered, other.entered),
    standing: sum(one.standing, other.standing),
    effects: sum(one.effects, other.effects),
    waits: sum(one.waits, other.waits),
    breaches: one.breaches + other.breaches,
    refused: sum(one.refused, other.refused),
  };
}

export const emptyTally = nothing;

const daysMax = 3660;

/** The days of a span that a backtest may look back over; nothing where it is none, or too long. */
export function daysOf(span: unknown): number | undefined {
  const days = typeof span === "string" ? Number(durationOf(span) ?? NaN) / 86_400 : NaN;
  return days > 0 && days <= daysMax ? days : undefined;
}
