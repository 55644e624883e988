import {
  endClock,
  isRunning,
  moveClock,
  pauseClock,
  readClock,
  resumeClock,
  startClock,
  type ClockReading,
  type ClockRecord,
  type Target,
  type Warning,
} from "./clock.ts";
import type { Schedule } from "./hours.ts";

/** Something that happened: an event, and what it says. */
export interface EventPattern {
  readonly type: string;
  /** Values that the data of the event must have. */
  readonly with?: Readonly<Record<string, unknown>>;
}

/** What moves a clock: one of these events, or a state with one of these tags. */
export interface Trigger {
  readonly events?: readonly EventPattern[];
  readonly tags?: readonly string[];
}

/** A clock of an SLA policy: what moves it, and what happens to it when things change. */
export interface ClockDefinition {
  readonly start: Trigger;
  /** It stands in states with one of these tags. */
  readonly pause?: readonly string[];
  readonly stop?: Trigger;
  readonly cancel?: Trigger;
  /** Begins it anew while it goes. */
  readonly reset?: Trigger;
  /** It does not begin while this one goes, which stands before it in the policy. */
  readonly after?: string;
  /** What begins it does so again when it has ended, each time as a new one. */
  readonly each?: true;
  /** What leaving a state that stopped it does; without it, nothing. */
  readonly onReopen?: "resume" | "restart" | "new_cycle";
  /** Whether a new target counts from the beginning, which is the rule, or from its change. */
  readonly onPolicyChange?: "retroactive" | "from_change";
  readonly warn?: readonly Warning[];
}

/** An entry of the log that clocks are worked out from. */
export interface ClockEvent {
  readonly at: number;
  readonly event?: { readonly type: string; readonly data?: Readonly<Record<string, unknown>> };
  /** The tags of the states in which it stands from here on. */
  readonly tags?: readonly string[];
  /** Targets that hold from here on, by the clock. */
  readonly targets?: Readonly<Record<string, Target>>;
  /** The calendar that counts from here on, where it is another than before. */
  readonly schedule?: Schedule;
}

/** A clock of a policy and what it showed before it began anew or got another target. */
export interface FollowedClock extends ClockReading {
  readonly record: ClockRecord;
  readonly past: readonly ClockReading[];
  /** It was over already when it got its target: nobody is to be told as if it had just happened. */
  readonly late: boolean;
}

const message = (from: string): EventPattern => ({ type: "message", with: { from, public: true } });
const answered: EventPattern = { type: "call.answered", with: { direction: "out" } };
const done = { tags: ["sla.done"] } as const;
const waiting = ["sla.waiting_customer", "sla.waiting_third_party"] as const;

/**
 * The clocks of a service desk. A first response is a public message of a person or an answered call, never a robot's
 * acknowledgement. The next response is owed from the oldest unanswered message on, and not while the first is.
 */
export const standardClocks = {
  first_response: { start: { events: [message("customer")] }, stop: { events: [message("agent"), answered], ...done } },
  next_response: {
    start: { events: [message("customer")] },
    stop: { events: [message("agent"), answered], ...done },
    after: "first_response",
    each: true,
  },
  update: {
    start: { events: [message("agent")] },
    reset: { events: [message("agent")] },
    pause: waiting,
    stop: done,
    each: true,
  },
  resolution: { start: { events: [{ type: "opened" }] }, pause: waiting, stop: done, onReopen: "resume" },
} as const satisfies Readonly<Record<string, ClockDefinition>>;

/** A clock under way. */
interface Following {
  readonly record?: ClockRecord;
  readonly past: readonly ClockReading[];
  readonly target?: Target;
  readonly targetAt: number;
}

/** What an entry of the log finds and leaves behind. */
interface Scene extends ClockEvent {
  readonly tags: readonly string[];
  readonly before: readonly string[];
  readonly schedule: Schedule;
}

/**
 * Works the clocks of a policy out from a log, the earliest entry first: the same log, policy and calendar always give
 * the same. A clock that begins after another stands behind it in the policy. Those that have not begun or have no
 * target are left out.
 */
export function followClocks(
  policy: Readonly<Record<string, ClockDefinition>>,
  log: readonly ClockEvent[],
  given: Schedule,
  now: number,
): ReadonlyMap<string, FollowedClock> {
  const clocks = new Map<string, Following>(Object.keys(policy).map((name) => [name, { past: [], targetAt: 0 }]));
  let [before, schedule]: [readonly string[], Schedule] = [[], given];
  for (const entry of log.filter(({ at }) => at <= now)) {
    const scene = { ...entry, before, tags: entry.tags ?? before, schedule: entry.schedule ?? schedule };
    for (const [name, definition] of Object.entries(policy)) {
      const first = clocks.get(definition.after ?? "")?.record;
      const clock = withTarget(definition, moved(clocks.get(name)!, schedule, scene), entry.targets?.[name], scene);
      clocks.set(name, follow(definition, clock, scene, first !== undefined && !first.ended));
    }
    [before, schedule] = [scene.tags, scene.schedule];
  }
  return new Map(
    [...clocks].flatMap(([name, { record, past, target, targetAt }]): [string, FollowedClock][] => {
      if (!record || !target) return [];
      const reading = readClock(record, { schedule, target, warn: policy[name]?.warn ?? [] }, now);
      const late = reading.dueAt !== null && reading.dueAt <= targetAt && targetAt > record.startedAt;
      return [[name, { ...reading, record, past, late }]];
    }),
  );
}

/** A clock that goes is counted by another calendar from here on. */
function moved(clock: Following, schedule: Schedule, scene: Scene): Following {
  if (!clock.record || clock.record.ended || scene.schedule === schedule) return clock;
  return { ...clock, record: moveClock(clock.record, schedule, scene.at) };
}

/** A new target: the old one is kept as one that was given up, or missed before. */
function withTarget(
  { onPolicyChange, warn = [] }: ClockDefinition,
  clock: Following,
  target: Target | undefined,
  { at, schedule }: Scene,
): Following {
  if (!target) return clock;
  const { record, past, target: old } = clock;
  if (!record || record.ended || !old) return { ...clock, target, targetAt: at };
  const given = readClock(endClock(record, at, "cancelled"), { schedule, target: old, warn }, at);
  const missed = readClock(record, { schedule, target: old }, at).state === "breached";
  const kept = [...past, missed ? { ...given, state: "breached" as const } : given];
  return { record: onPolicyChange === "from_change" ? again(record, at) : record, past: kept, target, targetAt: at };
}

function follow(definition: ClockDefinition, clock: Following, scene: Scene, held: boolean): Following {
  const { record } = clock;
  const { at, tags, before } = scene;
  const stands = tags.some((tag) => definition.pause?.includes(tag));
  const begun = (): ClockRecord => (stands ? pauseClock(startClock(at), at) : startClock(at));
  const starts = !held && hit(definition.start, scene) && !tags.some((tag) => definition.stop?.tags?.includes(tag));
  if (!record) return starts ? { ...clock, record: begun() } : clock;
  if (!record.ended) return { ...clock, record: going(definition, record, scene, stands) };
  const left = (tag: string) => before.includes(tag) && !tags.includes(tag);
  const reopened = record.ended.how === "stopped" && definition.stop?.tags?.some(left) === true;
  if (reopened && definition.onReopen === "resume")
    return { ...clock, record: stands ? resumed(record, at) : resumeClock(record, at) };
  if (reopened && definition.onReopen === "restart") return { ...clock, record: begun() };
  const anew = (reopened && definition.onReopen === "new_cycle") || (starts && definition.each === true);
  return anew ? { ...clock, record: begun(), past: [...clock.past, ...told(definition, clock, scene)] } : clock;
}

/** A clock that goes, after an entry of the log. */
function going(definition: ClockDefinition, record: ClockRecord, scene: Scene, stands: boolean): ClockRecord {
  if (hit(definition.cancel, scene)) return endClock(record, scene.at, "cancelled");
  if (hit(definition.stop, scene)) return endClock(record, scene.at, "stopped");
  const clock = hit(definition.reset, scene) ? again(record, scene.at) : record;
  return stands ? pauseClock(clock, scene.at) : resumeClock(clock, scene.at);
}

/** Begins a clock anew; one that stands goes on standing. */
const again = (record: ClockRecord, at: number): ClockRecord =>
  isRunning(record) ? startClock(at) : pauseClock(startClock(at), at);

/** Takes the end of a clock back and lets it stand. */
const resumed = (record: ClockRecord, at: number): ClockRecord => pauseClock(resumeClock(record, at), at);

const told = ({ warn = [] }: ClockDefinition, { record, target }: Following, { at, schedule }: Scene) =>
  record && target ? [readClock(record, { schedule, target, warn }, at)] : [];

/** Whether an entry of the log moves a clock: by its event, or by a tag that stands from now on. */
function hit(trigger: Trigger | undefined, { event, tags, before }: Scene): boolean {
  const entered = trigger?.tags?.some((tag) => tags.includes(tag) && !before.includes(tag)) === true;
  const fits = ({ type, with: values = {} }: EventPattern) =>
    event?.type === type && Object.entries(values).every(([key, value]) => event.data?.[key] === value);
  return entered || trigger?.events?.some(fits) === true;
}
