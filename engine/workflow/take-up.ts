import type { Snapshot, Step } from "./kernel.ts";
import { invokedAt, invokedNow } from "./invoked.ts";
import type { Machine } from "./machine.ts";
import type { RunScene } from "./reading.ts";
import { standing } from "./states.ts";

/** What runs invoke in the next version of their workflow and did not before, and the other way round; by their ids. */
export interface TakenUp {
  readonly started: readonly string[];
  readonly stopped: readonly string[];
}

/**
 * Begins what a run invokes where a publish has put it, and ends what it invokes no more: the run itself stays where it
 * stands. What has changed since it was asked for is left out.
 */
export function takeUp(machine: Machine, at: Snapshot, { started, stopped }: TakenUp, scene: RunScene): Step {
  const here = at.status === "active" ? invokedAt(machine, at.value).map(({ id }) => id) : [];
  const wanted = started.filter((id) => here.includes(id));
  const environment = { ...scene, context: at.context, event: {} };
  const begun = wanted.length === 0 ? [] : invokedNow(machine, at.value, environment);
  return {
    snapshot: at,
    state: standing(machine.document, at.value),
    effects: [],
    timers: { set: [], cancelled: [] },
    invocations: {
      started: begun.filter(({ id }) => wanted.includes(id)),
      stopped: stopped.filter((id) => !here.includes(id)),
    },
    patch: {},
    taken: [],
    requires: [],
  };
}
