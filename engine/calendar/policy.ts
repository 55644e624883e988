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
  /** Targets that hold from here on, by the clock; null where nothing is promised any more. */
  readonly targets?: Readonly<Record<string, Target | null>>;
  /** The calendar that counts from here on, where it is another than before. */
  readonly schedule?: Schedule;
}

/** A clock of a policy and what it showed before it began anew or got another target. */
export interface FollowedClock extends ClockReading {
  readonly record: ClockRecord;
  readonly past: readonly EarlierClock[];
  /** It was over already when it got its target: nobody is to be told as if it had just happened. */
  readonly late: boolean;
}

/** What a clock showed when it began anew or got another target, and when that was. */
export interface EarlierClock extends ClockReading {
  readonly target: Target;
  readonly startedAt: number;
  readonly until: number;
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

/** A clock under way, as it is written down: JSON, and nothing that could be worked out from it. */
export interface Following {
  readonly record?: ClockRecord;
  readonly past: readonly EarlierClock[];
  readonly target?: Target;
  readonly targetAt: number;
}

/** Where the clocks of a policy stand between two entries of the log. */
export interface Standing {
  readonly clocks: ReadonlyMap<string, Following>;
  /** The tags of the states in which it stands. */
  readonly tags: readonly string[];
  readonly schedule: Schedule;
}

/** What an entry of the log finds and leaves behind. */
interface Scene extends ClockEvent {
  readonly tags: readonly string[];
  readonly before: readonly string[];
  readonly schedule: Schedule;
}

/** Where no clock has begun. */
export const noClocks = (schedule: Schedule): Standing => ({ clocks: new Map(), tags: [], schedule });

/** Where clocks stand after an entry of the log. One that begins after another stands behind it in the policy. */
export function advanceClocks(
  policy: Readonly<Record<string, ClockDefinition>>,
  stood: Standing,
  entry: ClockEvent,
): Standing {
  const scene: Scene = {
    ...entry,
    before: stood.tags,
    tags: entry.tags ?? stood.tags,
    schedule: entry.schedule ?? stood.schedule,
  };
  const clocks = new Map(stood.clocks);
  for (const [name, definition] of Object.entries(policy)) {
    const first = clocks.get(definition.after ?? "")?.record;
    const standing = moved(clocks.get(name) ?? { past: [], targetAt: 0 }, stood.schedule, scene);
    const clock = withTarget(definition, standing, entry.targets?.[name], scene);
    clocks.set(name, follow(definition, clock, scene, first !== undefined && !first.ended));
  }
  return { clocks, tags: scene.tags, schedule: scene.schedule };
}

/** What a clock shows; nothing where it has not begun or has no target. */
export function readFollowing(
  { warn = [] }: Pick<ClockDefinition, "warn">,
  { record, past, target, targetAt }: Following,
  schedule: Schedule,
  now: number,
): FollowedClock | undefined {
  if (!record || !target) return undefined;
  const reading = readClock(record, { schedule, target, warn }, now);
  const late = reading.dueAt !== null && reading.dueAt <= targetAt && targetAt > record.startedAt;
  return { ...reading, record, past, late };
}

/**
 * Works the clocks of a policy out from a log, the earliest entry first: the same log, policy and calendar always give
 * the same. Those that have not begun or have no target are left out.
 */
export function followClocks(
  policy: Readonly<Record<string, ClockDefinition>>,
  log: readonly ClockEvent[],
  given: Schedule,
  now: number,
): ReadonlyMap<string, FollowedClock> {
  const { clocks, schedule } = log
    .filter(({ at }) => at <= now)
    .reduce((stood, entry) => advanceClocks(policy, stood, entry), noClocks(given));
  return new Map(
    [...clocks].flatMap(([name, clock]): [string, FollowedClock][] => {
      const followed = readFollowing(policy[name]!, clock, schedule, now);
      return followed ? [[name, followed]] : [];
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
  target: Target | null | undefined,
  { at, schedule }: Scene,
): Following {
  if (target === undefined) return clock;
  const { record, past, target: old } = clock;
  if (target === null) return record && old ? { ...clock, record: endClock(record, at, "cancelled") } : clock;
  if (!record || record.ended || !old) return { ...clock, target, targetAt: at };
  const given = readClock(endClock(record, at, "cancelled"), { schedule, target: old, warn }, at);
  const missed = readClock(record, { schedule, target: old }, at).state === "breached";
  const told = { ...given, target: old, startedAt: record.startedAt, until: at };
  const kept = [...past, missed ? { ...told, state: "breached" as const } : told];
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
  record && target
    ? [
        {
          ...readClock(record, { schedule, target, warn }, at),
          target,
          startedAt: record.startedAt,
          until: record.ended?.at ?? at,
        },
      ]
    : [];

/** Whether an entry of the log moves a clock: by its event, or by a tag that stands from now on. */
function hit(trigger: Trigger | undefined, { event, tags, before }: Scene): boolean {
  const entered = trigger?.tags?.some((tag) => tags.includes(tag) && !before.includes(tag)) === true;
  const fits = ({ type, with: values = {} }: EventPattern) =>
    event?.type === type && Object.entries(values).every(([key, value]) => event.data?.[key] === value);
  return entered || trigger?.events?.some(fits) === true;
}
