import type { Step } from "./kernel.ts";
import type { Invoked } from "./queued.ts";

/** Several moves of one run in a row as one: where it stands at the end, and what is left of what they asked for. */
export function folded(steps: readonly Step[]): Step {
  const last = steps.at(-1);
  if (!last) throw new Error("There is no move.");
  if (steps.length === 1) return last;
  const set = new Map<string, string>();
  const cancelled = new Set<string>();
  const started = new Map<string, Invoked>();
  const stopped = new Set<string>();
  const dues = new Map<string, string | null>();
  for (const { timers, invocations } of steps) {
    for (const name of timers.cancelled) {
      set.delete(name);
      cancelled.add(name);
    }
    for (const { name, due } of timers.set) {
      set.set(name, due);
      cancelled.delete(name);
    }
    for (const id of invocations.stopped) if (!started.delete(id)) stopped.add(id);
    for (const it of invocations.started) started.set(it.id, it);
    for (const { id, due = null } of invocations.moved ?? []) {
      const fresh = started.get(id);
      if (fresh) started.set(id, { ...fresh, due });
      else dues.set(id, due);
    }
  }
  return {
    ...last,
    effects: steps.flatMap(({ effects }) => effects),
    timers: { set: [...set].map(([name, due]) => ({ name, due })), cancelled: [...cancelled] },
    invocations: {
      started: [...started.values()],
      stopped: [...stopped],
      ...(dues.size > 0 ? { moved: [...dues].map(([id, due]) => ({ id, due })) } : {}),
    },
    patch: Object.assign({}, ...steps.map(({ patch }) => patch)),
    taken: steps.flatMap(({ taken }) => taken),
    requires: steps.flatMap(({ requires }) => requires),
  };
}
