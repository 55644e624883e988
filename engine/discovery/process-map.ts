import type { Trace } from "./log.ts";

/** Times of one kind, in seconds; percentiles between two values lie where they divide the way between them. */
export interface Times {
  readonly mean: number;
  readonly median: number;
  readonly p90: number;
}

/** One thing that happens, how often, and in how many cases it is the first or the last. */
export interface MapNode {
  readonly name: string;
  readonly count: number;
  readonly cases: number;
  readonly starts: number;
  readonly ends: number;
}

/** One thing that directly follows another: how often, in how many cases, and the time between both. */
export interface MapEdge extends Times {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly cases: number;
}

/** One way that cases went, from their first to their last event. */
export interface Variant {
  readonly trace: readonly string[];
  readonly count: number;
}

/** What cases did: the directly-follows graph of a log, its variants and how long cases took from first to last. */
export interface ProcessMap {
  readonly cases: number;
  readonly events: number;
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  /** How many ways there were, and the most frequent of them. */
  readonly variants: number;
  readonly ways: readonly Variant[];
  readonly throughput:
    (Times & { readonly min: number; readonly p25: number; readonly p75: number; readonly max: number }) | null;
}

/** So many ways are told one by one. */
export const waysMax = 50;

/** The directly-follows graph of recorded cases. Nodes, edges and ways stand the most frequent first, then by name. */
export function discover(traces: readonly Trace[]): ProcessMap {
  const begun = traces.filter(({ events }) => events.length > 0);
  const nodes = new Map<string, { count: number; cases: Set<string>; starts: number; ends: number }>();
  const edges = new Map<string, { from: string; to: string; cases: Set<string>; seconds: number[] }>();
  const ways = new Map<string, { trace: readonly string[]; count: number }>();
  for (const trace of begun) {
    const { events } = trace;
    for (const [at, { activity }] of events.entries()) {
      const node = nodes.get(activity) ?? { count: 0, cases: new Set<string>(), starts: 0, ends: 0 };
      node.count++;
      node.cases.add(trace.case);
      if (at === 0) node.starts++;
      if (at === events.length - 1) node.ends++;
      nodes.set(activity, node);
      const before = events[at - 1];
      if (!before) continue;
      const key = JSON.stringify([before.activity, activity]);
      const edge = edges.get(key) ?? { from: before.activity, to: activity, cases: new Set<string>(), seconds: [] };
      edge.cases.add(trace.case);
      edge.seconds.push((events[at]!.at - before.at) / 1000);
      edges.set(key, edge);
    }
    const names = events.map(({ activity }) => activity);
    const way = ways.get(JSON.stringify(names)) ?? { trace: names, count: 0 };
    way.count++;
    ways.set(JSON.stringify(names), way);
  }
  return {
    cases: begun.length,
    events: begun.reduce((sum, { events }) => sum + events.length, 0),
    nodes: [...nodes]
      .map(([name, { count, cases, starts, ends }]) => ({ name, count, cases: cases.size, starts, ends }))
      .sort((one, other) => other.count - one.count || compare(one.name, other.name)),
    edges: [...edges.values()]
      .map(({ from, to, cases, seconds }) => ({
        from,
        to,
        count: seconds.length,
        cases: cases.size,
        ...timesOf(seconds),
      }))
      .sort((one, other) => other.count - one.count || compare(one.from, other.from) || compare(one.to, other.to)),
    variants: ways.size,
    ways: [...ways.values()]
      .sort((one, other) => other.count - one.count || compare(one.trace.join(" "), other.trace.join(" ")))
      .slice(0, waysMax),
    throughput: throughputOf(begun),
  };
}

function throughputOf(traces: readonly Trace[]): ProcessMap["throughput"] {
  if (traces.length === 0) return null;
  const seconds = traces
    .map(({ events }) => (events.at(-1)!.at - events[0]!.at) / 1000)
    .sort((one, other) => one - other);
  const at = (share: number) => percentile(seconds, share);
  return { ...timesOf(seconds), min: at(0), p25: at(0.25), p75: at(0.75), max: at(1) };
}

function timesOf(given: readonly number[]): Times {
  const seconds = given.toSorted((one, other) => one - other);
  const mean = seconds.reduce((sum, it) => sum + it, 0) / seconds.length;
  return { mean, median: percentile(seconds, 0.5), p90: percentile(seconds, 0.9) };
}

/** The value at a share of sorted values, between two of them where it lies so: PostgreSQL's `percentile_cont`. */
export function percentile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
  return low + (high - low) * (at - Math.floor(at));
}

/** By code point, as PostgreSQL's "C" collation compares names. */
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
