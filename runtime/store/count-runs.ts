import { movesOf, statesOf, type Model } from "engine";
import type { WorkflowDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import type { MailCount } from "./mail-tally.ts";
import { mailsCounted, readPassages, type Tally } from "./passages.ts";

/** What is known of the runs in a state, and of all that ever were. */
export interface StateCount {
  /** How many stand there now. */
  readonly count: number;
  readonly entered: number;
  readonly left: number;
  /** How long all runs together have been there, in milliseconds: those that are there still until now. Null of ends. */
  readonly spent_ms: number | null;
}

/** How often a transition was taken; and of a hundred runs that left its state, how many did so by it. */
export interface TransitionCount {
  readonly count: number;
  /** Null where it leaves no state, or none has left yet. */
  readonly percent: number | null;
}

/** How many runs there ever were, how many go on, and how the others ended. */
export interface WholeCount {
  readonly begun: number;
  readonly active: number;
  /** Came to their end by themselves. */
  readonly done: number;
  /** Reached the goal of the workflow, or ended in a state that is one. */
  readonly goal: number;
  /** Left before: by which event, null where a condition of the record was it, and as people call it. */
  readonly left: readonly { readonly event: string | null; readonly title: string | null; readonly count: number }[];
  readonly stopped: number;
  /** Of a hundred that began, how many have reached the goal, to a tenth; null where none has begun. */
  readonly conversion: number | null;
}

/** Taken by a server, kept back by a gate, refused, come back; opened and clicked by people, looked at by programs. */
export type MailCounts = Readonly<Record<MailCount, number>>;

/** How many runs stand in each state, how many have come through it and how they went on. */
export interface RunCounts {
  readonly runs: WholeCount;
  /** What became of the messages that its runs have sent, by the names of the messages: each mail counts once. */
  readonly mails: Readonly<Record<string, MailCounts>>;
  readonly states: Readonly<Record<string, StateCount>>;
  readonly transitions: Readonly<Record<string, TransitionCount>>;
}

/**
 * Tells of the runs of a workflow by state, the states around others and those of all regions among them. What it reads
 * are counters that every step keeps: it takes no longer for a million runs than for one.
 */
export async function countRuns(
  db: Queryable,
  schema: string,
  workflow: WorkflowDocument,
  { now, model }: { readonly now: Date; readonly model: Model },
): Promise<RunCounts> {
  return runCountsOf(workflow, await readPassages(db, schema, workflow.meta.id), { now, model });
}

/** What counters tell of the runs of a workflow, as of a moment. */
export function runCountsOf(
  workflow: WorkflowDocument,
  passages: ReadonlyMap<string, Tally>,
  { now, model }: { readonly now: Date; readonly model: Model },
): RunCounts {
  const states: Record<string, StateCount> = {};
  for (const { key, state } of statesOf(workflow)) {
    if (state.type === "history") continue;
    const { entered = 0, exited = 0, moments = 0n } = passages.get(state.meta.id) ?? {};
    const spent = Number(moments + BigInt(entered - exited) * BigInt(now.getTime()));
    states[key] = { count: entered - exited, entered, left: exited, spent_ms: state.type === "final" ? null : spent };
  }
  const transitions = movesOf(workflow).flatMap(({ transition, from }) => {
    const count = passages.get(transition.meta.id)?.entered ?? 0;
    const left = transition.target && from ? (passages.get(from.node.meta.id)?.exited ?? 0) : 0;
    const percent = left > 0 ? Math.round((count / left) * 100) : null;
    return count > 0 ? [[transition.meta.id, { count, percent }] as const] : [];
  });
  const mails = mailsOf(model, passages);
  return { runs: wholeOf(workflow, passages), mails, states, transitions: Object.fromEntries(transitions) };
}

function mailsOf(model: Model, passages: ReadonlyMap<string, Tally>): RunCounts["mails"] {
  const none: MailCounts = {
    ...{ accepted: 0, suppressed: 0, rejected: 0, bounced: 0 },
    ...{ opened: 0, clicked: 0, robots: 0, unsubscribed: 0 },
  };
  const names = new Map([...model.messages.values()].map(({ $anchor, $id }) => [$anchor, $id]));
  const mails: Record<string, MailCounts> = {};
  for (const [counted, { entered }] of passages) {
    if (!counted.startsWith(mailsCounted)) continue;
    const [what = "", anchor = ""] = counted.slice(mailsCounted.length).split(":");
    const name = names.get(anchor);
    if (name !== undefined) mails[name] = { ...none, ...mails[name], [what]: entered };
  }
  return mails;
}

const exits = "run.exit:";

function wholeOf(workflow: WorkflowDocument, passages: ReadonlyMap<string, Tally>): WholeCount {
  const of = (counted: string) => passages.get(counted)?.entered ?? 0;
  const { events } = workflow.meta;
  const left = [...passages]
    .filter(([counted, { entered }]) => counted.startsWith(exits) && entered > 0)
    .map(([counted, { entered: count }]) => {
      const event = counted.slice(exits.length) || null;
      return { event, title: (event && (events[event]?.title ?? event)) ?? null, count };
    })
    .sort((one, other) => ((one.event ?? "") < (other.event ?? "") ? -1 : 1));
  const aims = statesOf(workflow).filter(({ state }) => state.type === "final" && state.meta.goal);
  const inAims = aims.reduce((sum, { state }) => sum + of(state.meta.id), 0);
  const [begun, stopped] = [of("run.begun"), of("run.stopped")];
  const goal = of("run.goal") + inAims;
  const ended = of("run.done") + of("run.goal") + stopped + left.reduce((sum, { count }) => sum + count, 0);
  return {
    begun,
    active: begun - ended,
    done: of("run.done") - inAims,
    goal,
    left,
    stopped,
    conversion: begun > 0 ? Math.round((goal / begun) * 1000) / 10 : null,
  };
}
