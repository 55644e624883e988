import { problem, Problem } from "../problem.ts";
import { begin, step, type Snapshot } from "../workflow/kernel.ts";
import type { Machine } from "../workflow/machine.ts";
import type { RunScene } from "../workflow/reading.ts";
import type { Trace } from "./log.ts";

/** The first event of a case that its machine does not take. */
export interface Deviation {
  readonly case: string;
  /** The place of the event in its case, from 0. */
  readonly at: number;
  readonly activity: string;
  /** Where the case stood by then. */
  readonly state: string;
  readonly why: string;
}

/** Cases that part with their machine alike. */
export interface Parting extends Pick<Deviation, "state" | "activity" | "why"> {
  readonly cases: number;
}

/** How a recorded log goes with a machine. */
export interface Conformance {
  readonly cases: number;
  readonly fitting: number;
  /** Events that the machine took, of all that were recorded. */
  readonly taken: number;
  readonly events: number;
  readonly deviations: readonly Deviation[];
}

/** What a log is held against: the machine, which of its events an activity is, and what surrounds the runs. */
export interface Against {
  readonly machine: Machine;
  /** The type of the event that an activity is; nothing where the machine knows none. */
  readonly eventOf: (activity: string) => string | undefined;
  readonly scene: RunScene;
}

/**
 * Plays each case through the machine, event by event, until one is refused. A case fits that is taken to its end.
 * Guards are asked with the record and the person of the scene.
 */
export function conform(traces: readonly Trace[], against: Against): Conformance {
  const played = traces.map((trace) => playTrace(trace, against));
  return {
    cases: traces.length,
    fitting: played.filter(({ deviation }) => !deviation).length,
    taken: played.reduce((sum, { taken }) => sum + taken, 0),
    events: traces.reduce((sum, { events }) => sum + events.length, 0),
    deviations: played.flatMap(({ deviation }) => deviation ?? []),
  };
}

/** What two parts of a log came to, together. */
export function addConformance(one: Conformance, other: Conformance): Conformance {
  return {
    cases: one.cases + other.cases,
    fitting: one.fitting + other.fitting,
    taken: one.taken + other.taken,
    events: one.events + other.events,
    deviations: [...one.deviations, ...other.deviations],
  };
}

/** Where cases part with their machine, the most frequent first. */
export function partingsOf({ deviations }: Pick<Conformance, "deviations">): readonly Parting[] {
  const alike = Map.groupBy(deviations, ({ state, activity, why }) => JSON.stringify([state, activity, why]));
  return [...alike.values()]
    .map((them) => ({ state: them[0]!.state, activity: them[0]!.activity, why: them[0]!.why, cases: them.length }))
    .sort((one, other) => other.cases - one.cases);
}

function playTrace({ case: name, events }: Trace, { machine, eventOf, scene }: Against) {
  const first = events[0]?.at ?? Date.parse(scene.now);
  const begun = begin(machine, at(scene, first));
  let [standing, state]: readonly [Snapshot, string] = [begun.snapshot, begun.state];
  for (const [place, { activity, at: moment }] of events.entries()) {
    const refused = (why: string) => ({ taken: place, deviation: { case: name, at: place, activity, state, why } });
    const type = eventOf(activity);
    try {
      if (type === undefined) throw problem("event.unknown", { event: activity });
      const source = machine.document.meta.events[type]?.source ?? "user";
      ({ snapshot: standing, state } = step(machine, standing, { type, source }, at(scene, moment)));
    } catch (error) {
      if (error instanceof Problem) return refused(error.message);
      throw error;
    }
  }
  return { taken: events.length, deviation: undefined };
}

function at(scene: RunScene, moment: number): RunScene {
  const now = new Date(moment).toISOString();
  return { ...scene, now, today: now.slice(0, 10) };
}
