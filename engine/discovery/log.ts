/** One thing that happened to one case, as a log has it. */
export interface LogEvent {
  readonly case: string;
  readonly activity: string;
  /** Milliseconds since 1970 in UTC. */
  readonly at: number;
  /** Whose doing it was, where the log says it. */
  readonly resource?: string;
}

/** All that happened to one case, in order. */
export interface Trace {
  readonly case: string;
  readonly events: readonly LogEvent[];
}

/** The cases of a log in the order in which they begin in it; what happened at one moment stays in the order of the log. */
export function tracesOf(log: readonly LogEvent[]): readonly Trace[] {
  return [...Map.groupBy(log, (it) => it.case)].map(([name, events]) => ({
    case: name,
    events: events.toSorted((one, other) => one.at - other.at),
  }));
}

/** Somebody, or something, whose doing a log says events were. */
export interface LogResource {
  readonly name: string;
  readonly events: number;
  readonly cases: number;
}

/** Whose doing the events of a log were, the most frequent first. */
export function resourcesOf(log: readonly LogEvent[]): readonly LogResource[] {
  const told = log.filter((it) => it.resource !== undefined);
  return [...Map.groupBy(told, (it) => it.resource!)]
    .map(([name, events]) => ({ name, events: events.length, cases: new Set(events.map((it) => it.case)).size }))
    .sort((one, other) => other.events - one.events || (one.name < other.name ? -1 : 1));
}
