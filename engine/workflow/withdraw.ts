import { chosen, running, type RunEvent, type Snapshot, type Step } from "./kernel.ts";
import { endedBy } from "./listening.ts";
import type { Machine } from "./machine.ts";
import type { RunScene } from "./reading.ts";
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
    requires: [],
  };
}

/** Ends a run where it stands, for its goal is reached or its record leaves: nothing that it waits for comes any more. */
export function finish(machine: Machine, at: Snapshot, timers: readonly string[]): Step {
  const ended = withdraw(machine, at, timers);
  return { ...ended, snapshot: { ...ended.snapshot, status: "done" }, output: null };
}

/** What an event ends where a run stands: its goal is reached by it, or its record leaves. What a transition takes ends nothing. */
export function endedAt(
  machine: Machine,
  at: Snapshot,
  event: Pick<RunEvent, "type" | "data">,
  scene: RunScene,
): "goal" | "exit" | undefined {
  if (at.status !== "active" || chosen(machine, at, event, scene) !== undefined) return undefined;
  return endedBy(machine, event.type, { ...scene, context: at.context }, event.data);
}
