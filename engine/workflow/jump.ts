import { clocksIn, settleClocks } from "./clocks.ts";
import { place, running, type Snapshot, type Step } from "./kernel.ts";
import { waits } from "./waits.ts";
import type { Machine } from "./machine.ts";
import type { RunScene } from "./reading.ts";
import { activeStates } from "./states.ts";

/**
 * Puts a run that stands somewhere into another state, by a person's word: nothing is done on the way, what it remembers
 * stays, and its waits and what it has invoked are those of where it stands then.
 */
export function jump(machine: Machine, at: Snapshot, state: string, scene: RunScene): Step {
  const { snapshot, timers, invocations, ...placed } = place(machine, state, scene);
  const active = activeStates(machine.document, snapshot.value).map((it) => it.state);
  const clocks = settleClocks(clocksIn(at.context), active, false, Date.parse(scene.now));
  const context = {
    ...snapshot.context,
    ...at.context,
    ...(Object.keys(clocks).length > 0 ? { $clocks: clocks } : {}),
  };
  const names = new Set(timers.set.map(({ name }) => name));
  const cancelled = waits(machine, at, scene).flatMap(({ name }) => (names.has(name) ? [] : [name]));
  const invoked = new Set(running(machine, at).map(({ id }) => id));
  const now = new Set(invocations.started.map(({ id }) => id));
  const stood = new Set(activeStates(machine.document, at.value).map((it) => it.state));
  const entered = active.filter((state) => !stood.has(state));
  return {
    ...placed,
    requires: entered.flatMap(({ meta }) => meta.requires ?? []),
    snapshot: { ...snapshot, context, history: at.history ?? {} },
    timers: { set: timers.set, cancelled },
    invocations: {
      started: invocations.started.filter(({ id }) => !invoked.has(id)),
      stopped: [...invoked].filter((id) => !now.has(id)),
    },
  };
}
