import type { Cap, DelayWindow, PurposeDocument, QuietHours, WorkflowDocument } from "schemas";
import { dayMs, minuteMs, readClock, type Schedule } from "../calendar/hours.ts";
import { actions } from "../actions/index.ts";
import type { ActionType } from "../actions/action-type.ts";
import { zoneNamed, zoneOf } from "../calendar/zone.ts";
import { durationMs } from "../duration.ts";
import type { Checked } from "../expression/check.ts";
import { evaluate, type Environment } from "../expression/evaluate.ts";
import { windowMoment } from "./window.ts";

/** The ways out that quiet hours and caps speak of: the kinds of actions by which somebody is reached. */
export const sendingActions: readonly string[] = Object.values<ActionType<any>>(actions).flatMap(({ name, sends }) =>
  sends ? [name] : [],
);

/** The zone in which hours are counted for a record: its own where it has one that is known, else the workspace's. */
export function quietZone(
  { zone }: Pick<QuietHours, "zone">,
  expression: (cel: string) => Checked | undefined,
  environment: Environment,
  workspace: string,
): string {
  const checked = zone && expression(zone.cel);
  return zoneNamed(checked && evaluate(checked, environment)) ?? workspace;
}

/** A moment, or where it falls into quiet hours, their end; both ISO 8601 in UTC. */
export function openMoment({ from, to }: Pick<QuietHours, "from" | "to">, zone: string, moment: string): string {
  const { shown, moment: momentOf } = zoneOf(zone);
  const local = shown(Date.parse(moment));
  const day = Math.floor(local / dayMs) * dayMs;
  const [begins, ends, at] = [readClock(from) * minuteMs, readClock(to) * minuteMs, local - day];
  const quiet = begins <= ends ? at >= begins && at < ends : at >= begins || at < ends;
  if (!quiet) return moment;
  return new Date(momentOf(day + ends + (at >= ends ? dayMs : 0))).toISOString();
}

/** Hours in which something is sent: none of the quiet ones, and where it has a window, those of it. */
export interface SendingHours {
  readonly quiet_hours?: Pick<QuietHours, "from" | "to"> | undefined;
  readonly send_window?: DelayWindow | undefined;
}

/**
 * A moment, or the next one at which hours let something go; ISO 8601 in UTC. A window that lies within quiet hours
 * altogether does not open: then it holds by itself.
 */
export function openAt(
  { quiet_hours: quiet, send_window: window }: SendingHours,
  { zone, calendar }: Pick<Sending, "zone" | "calendar">,
  moment: string,
): string {
  const inWindow = (at: string) => (window ? windowMoment(window, zone, at, calendar(window.calendar ?? "")) : at);
  const first = inWindow(quiet ? openMoment(quiet, zone, moment) : moment);
  return inWindow(quiet ? openMoment(quiet, zone, first) : first);
}

/** What says when something is sent. */
export interface SendingRules {
  readonly hours: readonly SendingHours[];
  readonly caps: readonly Pick<Cap, "max" | "per" | "over">[];
}

/** What decides when something is sent. */
export interface Sending extends SendingRules {
  readonly zone: string;
  /** The calendar of a name, whose holidays are no days to send. */
  readonly calendar: (name: string) => Schedule | undefined;
  /** ISO 8601 in UTC, as all moments here. */
  readonly now: string;
  /** When others were or will be sent to the same record by the same way. */
  readonly sent: readonly string[];
}

/** Whether a workflow says when something is sent: at any time where it does not. */
export const timesSending = ({ meta }: Pick<WorkflowDocument, "meta">): boolean =>
  (meta.quiet_hours ?? meta.caps ?? meta.send_window) !== undefined;

/** The caps of a workflow on a way out. */
export const capsOn = (channel: string, { meta }: Pick<WorkflowDocument, "meta">): readonly Cap[] =>
  (meta.caps ?? []).filter((cap) => cap.channel === channel);

/** What a workflow, and of a mail its purpose, say of when something is sent by a way out. */
export function sendingRules(
  document: Pick<WorkflowDocument, "meta"> | undefined,
  channel: string,
  purpose?: Pick<PurposeDocument, "quiet_hours" | "caps">,
): SendingRules {
  return {
    hours: [document && timesSending(document) ? document.meta : undefined, purpose].filter((it) => it !== undefined),
    caps: [...(document ? capsOn(channel, document) : []), ...(purpose?.caps ?? [])],
  };
}

/** So often a moment is looked for at which several hours are open; there may be none. */
const openingsMost = 20;

/** A moment, or the next one at which all of these hours let something go. */
export function openInAll(
  { hours, zone, calendar }: Pick<Sending, "hours" | "zone" | "calendar">,
  moment: string,
): string {
  const open = (at: string) =>
    hours.map((it) => openAt(it, { zone, calendar }, at)).reduce((one, other) => (one > other ? one : other), at);
  let at = open(moment);
  for (let times = 1; hours.length > 1 && times < openingsMost && open(at) !== at; times++) at = open(at);
  return at;
}

/**
 * When something is sent: now, at the end of quiet hours, when its window opens, or when caps leave room for it; null where
 * a cap says that what is too much is left out.
 */
export function sendAt(sending: Sending): string | null {
  const { caps, now, sent } = sending;
  const open = (moment: string) => openInAll(sending, moment);
  let at = open(now);
  for (let before = ""; before !== at;) {
    before = at;
    for (const cap of caps) {
      const from = roomFrom(cap, sent, at);
      if (from !== at && cap.over === "skip") return null;
      at = open(from);
    }
  }
  return at;
}

/** The first moment from `at` on that has fewer than `max` sendings in the span before it; those after it count too. */
export function roomFrom({ max, per }: Pick<Cap, "max" | "per">, sent: readonly string[], at: string): string {
  const spanMs = durationMs(per) ?? 0;
  const counted = sent.map((it) => Date.parse(it)).filter((it) => it > Date.parse(at) - spanMs);
  if (counted.length < max) return at;
  const nth = counted.sort((one, other) => one - other)[counted.length - max]!;
  return new Date(nth + spanMs).toISOString();
}
