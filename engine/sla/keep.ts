import type { Target } from "../calendar/clock.ts";
import { isRunning } from "../calendar/clock.ts";
import {
  advanceClocks,
  readFollowing,
  type ClockEvent,
  type FollowedClock,
  type Following,
} from "../calendar/policy.ts";
import type { Environment } from "../expression/evaluate.ts";
import type { Model } from "../model.ts";
import type { Values } from "../values.ts";
import { madeEvent, policiesOn, promisedIn, scheduleOf, tagsOf, type SlaPolicy } from "./policy.ts";

/** Something that a clock will tell when its moment comes: a warning by its place, or that it is over. */
export interface Alarm {
  readonly key: string;
  readonly at: number;
  readonly kind: "warned" | "breached";
  readonly rung: boolean;
}

/** A clock of a record as it is written down. */
export interface KeptClock {
  /** Anchors. */
  readonly policy: string;
  readonly clock: string;
  readonly calendar: string | null;
  /** The target that was chosen; null where none was. */
  readonly target: string | null;
  readonly kept: Following;
  readonly alarms: readonly Alarm[];
}

/** What happens to a record: as it was, nothing where it is new, and as it is. */
export interface Happening {
  readonly was: Environment | undefined;
  readonly is: Environment;
  readonly event?: { readonly type: string; readonly data?: unknown } | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What the target that holds promises now counts, too, where it promised something else when it was chosen. */
  readonly anew?: boolean;
}

/**
 * Where the clocks of a record stand after something has happened to it, and the values of the fields that show them.
 * What was over before its target held has been told already.
 */
export function keepClocks(
  model: Model,
  entity: string,
  standing: readonly KeptClock[],
  happening: Happening,
): { readonly clocks: readonly KeptClock[]; readonly values: Values } {
  const clocks: KeptClock[] = [];
  let values: Values = {};
  for (const policy of policiesOn(model, entity)) {
    const own = standing.filter((it) => it.policy === policy.document.$anchor);
    const kept = keepOne(model, policy, own, happening);
    clocks.push(...kept);
    values = { ...values, ...shownValues(model, policy, kept, happening.at) };
  }
  return { clocks, values };
}

function keepOne(
  model: Model,
  policy: SlaPolicy,
  standing: readonly KeptClock[],
  { was, is, event, at, anew = false }: Happening,
): readonly KeptClock[] {
  const [first] = standing;
  const chosen = promisedIn(model, policy, is);
  const same = first !== undefined && first.target === chosen.target && !anew;
  const promised = same ? { ...chosen, calendar: first.calendar ?? undefined } : chosen;
  const before = was ? tagsOf(model, policy, was) : [];
  const stood = {
    clocks: new Map(standing.map(({ clock, kept }) => [clock, kept])),
    tags: before,
    schedule: scheduleOf(model, first ? first.calendar : promised.calendar),
  };
  const entry: ClockEvent = {
    at,
    event: (was ? event : { type: madeEvent }) as NonNullable<ClockEvent["event"]>,
    tags: tagsOf(model, policy, is),
    targets: changedTargets(policy, standing, promised.promises, same),
    schedule: scheduleOf(model, promised.calendar),
  };
  const { clocks, schedule } = advanceClocks(policy.clocks, stood, entry);
  return [...clocks].flatMap(([clock, kept]): KeptClock[] => {
    const old = standing.find((it) => it.clock === clock);
    if (!kept.record && !old) return [];
    const reading = policy.clocks[clock] && readFollowing(policy.clocks[clock], kept, schedule, at);
    const alarms = reading ? alarmsOf(reading, old?.alarms ?? [], at) : [];
    const { calendar = null, target } = promised;
    return [{ policy: policy.document.$anchor, clock, calendar, target, kept, alarms }];
  });
}

/** The targets that are others than before; null where nothing is promised any more. */
function changedTargets(
  policy: SlaPolicy,
  standing: readonly KeptClock[],
  promises: Readonly<Record<string, Target>>,
  same: boolean,
): Readonly<Record<string, Target | null>> {
  return Object.fromEntries(
    Object.keys(policy.clocks).flatMap((clock): [string, Target | null][] => {
      const old = standing.find((it) => it.clock === clock)?.kept;
      const next = promises[clock];
      if (same && old?.target && old.record && !old.record.ended) return [];
      if (!next) return old?.target && !old.record?.ended ? [[clock, null]] : [];
      return isSameTarget(old?.target, next) && !old?.record?.ended ? [] : [[clock, next]];
    }),
  );
}

const isSameTarget = (one: Target | undefined, other: Target) =>
  one !== undefined &&
  ("days" in one ? "days" in other && one.days === other.days : "ms" in other && one.ms === other.ms);

/** What a running clock will tell. What is new here and lies in the past is nobody's news. */
function alarmsOf(reading: FollowedClock, before: readonly Alarm[], at: number): readonly Alarm[] {
  const { dueAt, warnsAt, record } = reading;
  if (record.ended || !isRunning(record)) return before.filter(({ rung }) => rung);
  const moments: Omit<Alarm, "rung">[] = warnsAt.flatMap((moment, index) =>
    moment === null ? [] : [{ key: `warn ${String(index)} ${String(moment)}`, at: moment, kind: "warned" }],
  );
  // What ends at the very moment at which it is due is met.
  if (dueAt !== null) moments.push({ key: `due ${String(dueAt)}`, at: dueAt + 1, kind: "breached" });
  return moments.map((alarm) => {
    const old = before.find(({ key }) => key === alarm.key);
    return { ...alarm, rung: old ? old.rung : alarm.at <= at };
  });
}

/** The next moment at which a clock has something to tell; nothing where it has not. */
export function nextAlarm({ alarms }: Pick<KeptClock, "alarms">): number | null {
  const open = alarms.filter(({ rung }) => !rung).map(({ at }) => at);
  return open.length === 0 ? null : Math.min(...open);
}

/** The part of a target behind which a clock is late: its last fifth. */
const lateFrom = 0.8;

/** A clock as it shows at a moment, with its policy and its own document; nothing where it has no target. */
export function readKept(model: Model, entity: string, { policy, clock, calendar, kept }: KeptClock, now: number) {
  const found = policiesOn(model, entity).find(({ document }) => document.$anchor === policy);
  const document = found?.document.clocks.find(({ $anchor }) => $anchor === clock);
  if (!found || !document) return undefined;
  const reading = readFollowing(found.clocks[clock]!, kept, scheduleOf(model, calendar), now);
  if (!reading) return undefined;
  const last = readFollowing({ warn: [{ fraction: lateFrom }] }, kept, scheduleOf(model, calendar), now);
  return { policy: found.document, clock: document, reading, target: kept.target!, lateAt: last?.warnsAt[0] ?? null };
}

/** The values of the fields that show the clocks of a policy at a moment. */
export function shownValues(model: Model, policy: SlaPolicy, kept: readonly KeptClock[], now: number): Values {
  const { document } = policy;
  const read = kept.flatMap((it) => readKept(model, document.entity, it, now) ?? []);
  const going = read.filter(({ reading }) => !reading.record.ended);
  const due = going.flatMap(({ reading: { dueAt } }) => dueAt ?? []);
  const states = (going.length > 0 ? going : read).map(({ reading }) => reading.state);
  const worst = (["breached", "running", "paused", "met", "cancelled"] as const).find((it) => states.includes(it));
  const values: [string | undefined, unknown][] = [
    [document.due, due.length === 0 ? null : moment(Math.min(...due))],
    [document.status, worst ?? null],
    ...document.clocks.flatMap(({ $anchor, due, ended, status }): [string | undefined, unknown][] => {
      const reading = read.find(({ clock }) => clock.$anchor === $anchor)?.reading;
      const end = reading?.record.ended;
      return [
        [due, reading?.dueAt ? moment(reading.dueAt) : null],
        [ended, end?.how === "stopped" ? moment(end.at) : null],
        [status, reading?.state ?? null],
      ];
    }),
  ];
  return Object.fromEntries(values.filter(([name]) => name !== undefined));
}

const moment = (at: number) => new Date(at).toISOString();
