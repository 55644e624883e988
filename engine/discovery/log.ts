/** One thing that happened to one case, as a log has it. */
export interface LogEvent {
  readonly case: string;
  readonly activity: string;
  /** Milliseconds since 1970 in UTC. */
  readonly at: number;
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
