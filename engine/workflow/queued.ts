import type { RunScene } from "./reading.ts";

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

/** What a run has others do: a task, a process, one for each item. */
export interface Invoked {
  /** Unique in the workflow. */
  readonly id: string;
  readonly src: string;
  readonly input: unknown;
  /** When it wants to be done, in UTC, where its input says so. */
  readonly due?: string | null;
}

/** What a move does to the invocations of its run; what is stopped is stopped before others are started. */
export interface Invocations {
  readonly started: readonly Invoked[];
  readonly stopped: readonly string[];
  /** What goes on and wants to be done at another moment than before: its clock stands, or goes on. */
  readonly moved?: readonly Pick<Invoked, "id" | "due">[];
}

interface Queued {
  readonly type: string;
  readonly params?: unknown;
}

/**
 * What the actions that XState asks for come to, as rows: a raise that waits begins a timer and a cancel ends one, each
 * name once; a child that is spawned is an invocation. Nothing that lives is kept, and an action that we do not know is
 * an error of ours: it would be lost.
 */
export function changesOf(queued: readonly Queued[], { now }: RunScene) {
  const due = new Map<string, string | null>();
  const calls = new Map<string, Invoked>();
  const stopped = new Set<string>();
  const known: Readonly<Record<string, (params: any) => void>> = {
    "xstate.raise": ({ id, delay }: { id?: string; delay?: number }) => {
      if (id === undefined || delay === undefined) return;
      // Deleted first, so that waits stand in the order in which they began.
      due.delete(id);
      due.set(id, Number.isFinite(delay) ? new Date(Date.parse(now) + delay).toISOString() : null);
    },
    "xstate.cancel": ({ sendId }: { sendId: string }) => {
      due.delete(sendId);
      due.set(sendId, null);
    },
    "xstate.spawnChild": ({ id, src, input }: Invoked) => {
      calls.set(id, { id, src, input: JSON.parse(JSON.stringify(input ?? {})) });
    },
    "xstate.stopChild": ({ id }: { id: string }) => {
      // Begun and left within the same move, it never was.
      if (!calls.delete(id)) stopped.add(id);
    },
  };
  for (const { type, params } of queued) {
    const take = known[type];
    if (!take) throw new Error(`XState asks for "${type}", which has no row.`);
    take(params);
  }
  const set = [...due].flatMap(([name, at]): readonly Timer[] => (at === null ? [] : [{ name, due: at }]));
  const cancelled = [...due].flatMap(([name, at]) => (at === null ? [name] : []));
  return {
    timers: { set, cancelled } satisfies TimerChanges,
    invocations: { started: [...calls.values()], stopped: [...stopped] } satisfies Invocations,
  };
}
