import { running, type Snapshot, type Step } from "./kernel.ts";
import type { Machine } from "./machine.ts";
import { standing } from "./states.ts";

/** Withdraws a run where it stands: nothing that it waits for comes any more, and nothing follows. */
export function withdraw(machine: Machine, at: Snapshot, timers: readonly string[]): Step {
  const { $listens: _, ...context } = at.context;
  return {
    snapshot: { ...at, context, status: "stopped" },
    state: standing(machine.document, at.value),
    effects: [],
    timers: { set: [], cancelled: timers },
    invocations: { started: [], stopped: running(machine, at).map(({ id }) => id) },
    patch: {},
    taken: [],
  };
}

/** Ends a run where it stands, for its goal is reached or its record leaves: nothing that it waits for comes any more. */
export function finish(machine: Machine, at: Snapshot, timers: readonly string[]): Step {
  const ended = withdraw(machine, at, timers);
  return { ...ended, snapshot: { ...ended.snapshot, status: "done" }, output: null };
}
