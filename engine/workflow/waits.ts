import type { Snapshot, Step } from "./kernel.ts";
import type { Machine } from "./machine.ts";
import type { Timer } from "./queued.ts";
import type { RunScene } from "./reading.ts";
import { activeStates } from "./states.ts";

/** The timers of a run that stands somewhere, as if all its states were entered now. */
export function waits(machine: Machine, at: Snapshot, scene: RunScene): readonly Timer[] {
  const environment = { ...scene, context: at.context, event: {} };
  return activeStates(machine.document, at.value).flatMap(({ state }) =>
    Object.keys(state.after ?? {}).flatMap((delay) => {
      const due = machine.ringsAt(delay, environment);
      return due === null ? [] : [{ name: timerName(delay, state.meta.id), due }];
    }),
  );
}

/** The name of the timer by which a state waits. */
export const timerName = (delay: string, stateId: string) => `xstate.after.${delay}.${stateId}`;

/** The delay and the `meta.id` of the state that a timer's name tells. */
export function readTimerName(name: string): { readonly delay: string; readonly state: string } {
  const [, , delay = "", state = ""] = name.split(".");
  return { delay, state };
}

/** A move that a wait has made, which goes on where the move has put off the day that it waits for. */
export function goingOn(machine: Machine, fired: Step, timer: string, scene: RunScene): Step {
  const anew = movedWait(machine, fired, timer, scene);
  if (!anew) return fired;
  const { set, cancelled: ended } = fired.timers;
  return { ...fired, timers: { set: [...set, anew], cancelled: ended.filter((name) => name !== timer) } };
}

/** A wait that is over and has itself moved the day that it waits for: it goes on, where that day is still to come. */
function movedWait(machine: Machine, { snapshot, patch }: Step, timer: string, scene: RunScene): Timer | undefined {
  const { delay, state } = readTimerName(timer);
  const until = machine.document.meta.delays?.[delay]?.until;
  if (until === undefined || !Object.hasOwn(patch, until) || snapshot.status !== "active") return undefined;
  const { value, context } = snapshot;
  if (!activeStates(machine.document, value).some(({ state: it }) => it.meta.id === state)) return undefined;
  const environment = { ...scene, record: { ...scene.record, ...patch }, context, event: {} };
  const due = machine.ringsAt(delay, environment);
  return due !== null && due > scene.now ? { name: timer, due } : undefined;
}
