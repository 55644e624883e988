import { dateReached } from "../segment/entry.ts";
import type { Values } from "../values.ts";
import { beginsBy, endingEvents, heard } from "../workflow/listening.ts";
import type { Machine } from "../workflow/machine.ts";
import { actionsIn, movesOf, placesOf } from "../workflow/places.ts";
import { noticed, type Counts, type Window } from "./backtest.ts";
import {
  advanceInTurns,
  beginCase,
  endlessCase,
  sceneAt,
  wentRound,
  type PlayedCase,
  type PlayedEffect,
  type Playing,
} from "./case.ts";
import { Spans, type SpansTold } from "./spans.ts";

export type { SpansTold, Window };

/** What a record would do at the moment from which it is played. */
export type DryCase =
  | { readonly played: PlayedCase; readonly barred?: undefined }
  /** It would begin, but has what the workflow is for already, or is of those who leave it. */
  | { readonly barred: "goal" | "exit"; readonly played?: undefined };

/** Whether a record begins because it was named, or only where the workflow itself would begin on it. */
export type Enrolling = "named" | "enrolled";

/**
 * Plays a workflow on a record as if it began there at `since`, by a virtual clock until `until`. Waits are over as they
 * would be and chance falls as it would; what people, other programs and other workflows do does not happen. Nothing
 * where the workflow would not begin on it. Nothing is written and nothing is sent. Yields every few steps, so that others
 * have a turn; throws where the case would go round for ever.
 */
export function* playDry(
  playing: Playing,
  record: Values,
  { since, until }: Window,
  enrolling: Enrolling,
): Generator<undefined, DryCase | undefined> {
  const { stateField, regionFields } = playing.machine;
  const shown = [...(stateField ? [stateField] : []), ...regionFields.values()].map(({ name }) => [name, null]);
  const beginning = { record: { ...record, ...Object.fromEntries(shown) }, user: {}, now: since };
  if (enrolling === "enrolled") {
    const said = enrols(playing, beginning);
    if (said !== true) return said ? { barred: said } : undefined;
  }
  const played = yield* advanceInTurns(playing, beginCase(playing, beginning), until);
  if (wentRound(played)) throw endlessCase();
  return { played };
}

/**
 * Whether a workflow would begin on a record that came to be as it is now; every one, where a person or an event begins
 * it. Where a date begins it, as if its moment had come.
 */
function enrols(
  playing: Playing,
  { record, user, now }: Pick<PlayedCase, "record" | "user" | "now">,
): boolean | "goal" | "exit" {
  const { machine } = playing;
  const { enrol } = machine.document.meta;
  const scene = sceneAt(playing, { record, user, now, steps: [] });
  if (enrol?.on === "segment") return beginsBy(machine, "segment.entered", scene, { segment: enrol.segment });
  if (enrol?.on === "date") return beginsBy(machine, dateReached, scene, { workflow: machine.document.meta.id });
  if (!enrol || enrol.on === "hand" || enrol.on === "event") return true;
  const { enrols: begins, barred } = heard(machine, { was: undefined, is: scene });
  return begins || (barred ?? false);
}

/** What moves wait for and a dry run takes as not happening: events by their types, ends of what is invoked by its id. */
export interface Assumed {
  readonly events: readonly string[];
  readonly invocations: readonly string[];
}

/** What may move or end runs of a workflow, and happens in no dry run because nobody knows it beforehand. */
export function assumedIn({ document }: Machine): Assumed {
  const places = placesOf(document);
  // Changes that a run itself makes are heard, what it raises is taken, and its mails are sent when they would go.
  const happens = actionsIn(document).flatMap(({ type, params }) => {
    if (type === "raise") return [String(params?.event)];
    return type === "message.send" ? ["done", "failed"].map((it) => `${String(params?.name ?? type)}.${it}`) : [];
  });
  const waited = [...movesOf(document, places).flatMap(({ event }) => event ?? []), ...endingEvents(document)];
  const never = waited.filter((it) => document.meta.events[it]?.source !== "record" && !happens.includes(it));
  return {
    events: [...new Set(never)],
    invocations: [...new Set(places.flatMap(({ node }) => node.invoke?.id ?? []))],
  };
}

/** How often something was entered and left; the moments of leaving less those of entering, in milliseconds since 1970. */
interface DryPassed {
  readonly entered: number;
  readonly exited: number;
  readonly moments: bigint;
}

/** What gates would make of the mails that are sent at a state. */
export interface DryGates {
  /** How many would go, at once or later. */
  readonly sent: number;
  /** How many of these would wait, and how many would never go, by the gates that say so. */
  readonly later: Counts;
  readonly never: Counts;
}

/** What all cases of a dry run came to. */
export interface DryTally {
  /** Records that were looked at; cases that began; how many did not because they were there already or would leave. */
  readonly records: number;
  readonly cases: number;
  readonly barred: Counts;
  /** Of states, of transitions and of cases as a whole, by the names of the counters of runs. */
  readonly passed: ReadonlyMap<string, DryPassed>;
  /** How long those stayed in each state, by its key, that have left it; null where nobody has. */
  readonly stays: Readonly<Record<string, SpansTold | null>>;
  /** What would have gone out or been made: `notify`, `record.create task`, `message.send welcome` and the like. */
  readonly effects: Counts;
  /** What caps would have left out, by the same names. */
  readonly capped: Counts;
  /** Of mails, by the keys of the states at which they are sent. */
  readonly gates: Readonly<Record<string, DryGates>>;
  /** Waits that were over. */
  readonly waits: Counts;
  /** Moves that could not be made: a field was missing, or they hang on what is not known. */
  readonly refused: Counts;
}

/** The keys of the states that send messages when they are entered, by the messages and by `meta.id`. */
type Senders = ReadonlyMap<string, ReadonlyMap<string, string>>;

function sendersIn({ document }: Machine): Senders {
  const senders = placesOf(document).flatMap(({ key, node }) =>
    (node.entry ?? []).flatMap(({ type, params }) =>
      type === "message.send" ? [{ message: String(params?.message), id: node.meta.id, key }] : [],
    ),
  );
  const byMessage = Map.groupBy(senders, ({ message }) => message);
  return new Map([...byMessage].map(([message, them]) => [message, new Map(them.map(({ id, key }) => [id, key]))]));
}

/** Counts the cases of a dry run as they come. What it keeps does not grow with their number. */
export class DryCounts {
  readonly #playing: Playing;
  readonly #sinceMs: number;
  readonly #senders: Senders;
  #records = 0;
  #cases = 0;
  readonly #barred = new Map<string, number>();
  readonly #entered = new Map<string, number>();
  readonly #exited = new Map<string, number>();
  /** Counted from the beginning on, so that the sum of very many is exact. */
  readonly #moments = new Map<string, number>();
  readonly #stays = new Map<string, Spans>();
  readonly #effects = new Map<string, number>();
  readonly #capped = new Map<string, number>();
  readonly #gates = new Map<string, { sent: number; later: Map<string, number>; never: Map<string, number> }>();
  readonly #waits = new Map<string, number>();
  readonly #refused = new Map<string, number>();

  constructor(playing: Playing, { since }: Window) {
    this.#playing = playing;
    this.#sinceMs = Date.parse(since);
    this.#senders = sendersIn(playing.machine);
  }

  get records(): number {
    return this.#records;
  }

  /** Adds a record that was looked at, and what came of it. */
  add(one: DryCase | undefined): void {
    this.#records++;
    if (!one) return;
    if (!one.played) return raise(this.#barred, one.barred);
    this.#cases++;
    const enteredAt = new Map<string, number>();
    for (const { at, cause, passage, taken, effects, refused, to } of one.played.steps) {
      if (refused !== null) raise(this.#refused, cause.name);
      else if (cause.kind === "wait") raise(this.#waits, cause.name);
      const ms = Date.parse(at);
      for (const id of passage.entered) {
        raise(this.#entered, id);
        raise(this.#moments, id, this.#sinceMs - ms);
        enteredAt.set(id, ms);
      }
      for (const id of passage.left) {
        raise(this.#exited, id);
        raise(this.#moments, id, ms - this.#sinceMs);
        this.#stayed(id, ms - (enteredAt.get(id) ?? ms));
      }
      for (const { id } of taken) raise(this.#entered, id);
      for (const name of passage.whole) raise(this.#entered, name);
      for (const effect of effects) this.#noted(effect, passage.entered, to);
    }
  }

  told(): DryTally {
    const { document } = this.#playing.machine;
    const names = new Set([...this.#entered.keys(), ...this.#exited.keys()]);
    const states = placesOf(document).filter(({ node }) => node.type !== "history");
    return {
      records: this.#records,
      cases: this.#cases,
      barred: Object.fromEntries(this.#barred),
      passed: new Map([...names].map((name) => [name, this.#passed(name)])),
      stays: Object.fromEntries(states.map(({ key, node }) => [key, this.#stays.get(node.meta.id)?.told() ?? null])),
      effects: Object.fromEntries(this.#effects),
      capped: Object.fromEntries(this.#capped),
      gates: Object.fromEntries(
        [...this.#gates].map(([state, { sent, later, never }]) => [
          state,
          { sent, later: Object.fromEntries(later), never: Object.fromEntries(never) },
        ]),
      ),
      waits: Object.fromEntries(this.#waits),
      refused: Object.fromEntries(this.#refused),
    };
  }

  #noted(effect: PlayedEffect, entered: readonly string[], to: string): void {
    const left = effect.at === null;
    if (!left || effect.gate === "cap")
      for (const name of noticed(effect)) raise(left ? this.#capped : this.#effects, name);
    if (effect.do !== "message.send") return;
    const senders = this.#senders.get(String(effect.params.message));
    const state = entered.flatMap((id) => senders?.get(id) ?? [])[0] ?? to;
    const gates = this.#gates.get(state) ?? { sent: 0, later: new Map(), never: new Map() };
    this.#gates.set(state, gates);
    if (!left) gates.sent++;
    // What is missing is told with its fields: they all wait for a person at one gate.
    if (effect.gate !== undefined)
      raise(left ? gates.never : gates.later, effect.gate.replace(/^missing\..*$/s, "missing"));
  }

  #stayed(state: string, ms: number): void {
    const spans = this.#stays.get(state) ?? new Spans();
    this.#stays.set(state, spans);
    spans.add(ms);
  }

  #passed(name: string): DryPassed {
    const [entered, exited] = [this.#entered.get(name) ?? 0, this.#exited.get(name) ?? 0];
    const moments = this.#moments.get(name);
    if (moments === undefined) return { entered, exited, moments: 0n };
    return { entered, exited, moments: BigInt(moments) + BigInt(exited - entered) * BigInt(this.#sinceMs) };
  }
}

function raise(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
