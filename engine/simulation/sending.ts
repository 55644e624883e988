import type { MessageDocument } from "schemas";
import { zoneNamed } from "../calendar/zone.ts";
import type { Effect } from "../effect.ts";
import type { Checked } from "../expression/check.ts";
import { evaluate } from "../expression/evaluate.ts";
import { zoneReading } from "../message.ts";
import type { Model } from "../model.ts";
import { candidates, type Snapshot, type Step } from "../workflow/kernel.ts";
import type { Machine } from "../workflow/machine.ts";
import type { Timer } from "../workflow/queued.ts";
import type { RunScene } from "../workflow/reading.ts";
import { capsOn, sendAt, sendingActions, sendingRules } from "../workflow/sending.ts";
import type { PlayedCase, PlayedEffect, PlayedStep, Playing } from "./case.ts";

/** When something would be sent, where anything says so, and why not at once. */
export interface Going {
  /** Null where it is left out. */
  readonly at?: string | null;
  /** The gate that has it wait or leaves it out, by its reason: `quiet`, `cap`, `consent.none` and the like. */
  readonly gate?: string;
}

/** What a case that makes a move has asked for before, and what surrounds it. */
interface Sender extends Pick<PlayedCase, "now" | "record" | "steps"> {
  readonly scene: () => RunScene;
}

/**
 * When what a move asks for would be sent: by the hours and caps of the workflow and of a mail's purpose, with regard to
 * what the case has sent before, and by what is known of the receiver.
 */
export function timed(playing: Playing, at: Sender, step: Step): readonly PlayedEffect[] {
  if (!step.effects.some(isSent)) return step.effects;
  return step.effects.reduce<readonly PlayedEffect[]>(
    (sofar, effect) => [
      ...sofar,
      isSent(effect) ? { ...effect, ...goingOf(playing, at, step, sofar, effect) } : effect,
    ],
    [],
  );
}

const isSent = ({ do: way }: Effect): boolean => sendingActions.includes(way);

function goingOf(playing: Playing, at: Sender, step: Step, sofar: readonly PlayedEffect[], effect: Effect): Going {
  const { model, machine, known } = playing;
  const message = messageOf(playing, effect);
  const { id } = at.record;
  const stopped = message && typeof id === "string" ? known?.stops(message.$id, id) : undefined;
  if (stopped !== undefined) return { at: null, gate: stopped };
  const rules = sendingRules(machine.document, effect.do, model.purposes.get(message?.purpose ?? ""));
  if (rules.hours.length === 0 && rules.caps.length === 0) return {};
  const zone = zoneFor(model, message, at) ?? step.zone ?? model.workspace.time_zone;
  const sending = { ...rules, zone, now: at.now, calendar: (name: string) => model.calendars.get(name) };
  const goes = sendAt({ ...sending, sent: rules.caps.length === 0 ? [] : sentBefore(playing, at, sofar, effect.do) });
  if (goes === at.now) return { at: goes };
  const opens = sendAt({ ...sending, caps: [], sent: [] });
  return { at: goes, gate: goes === opens ? "quiet" : "cap" };
}

const zones = new WeakMap<Model, Map<MessageDocument, Checked | undefined>>();

/** The zone of the receiver of a message, as its record names it now. */
function zoneFor(model: Model, message: MessageDocument | undefined, { scene }: Sender): string | undefined {
  if (!message) return undefined;
  const known = zones.get(model) ?? new Map<MessageDocument, Checked | undefined>();
  zones.set(model, known);
  if (!known.has(message)) known.set(message, zoneReading(model, message));
  const checked = known.get(message);
  return checked && zoneNamed(evaluate(checked, scene()));
}

const messageOf = ({ model }: Playing, effect: Effect) =>
  effect.do === "message.send" ? model.messages.get(String(effect.params.message)) : undefined;

/** When a case has sent or will send by a way what its caps count. */
function sentBefore(
  playing: Playing,
  { now, steps }: Pick<Sender, "now" | "steps">,
  sofar: readonly PlayedEffect[],
  way: string,
): readonly string[] {
  const all = capsOn(way, playing.machine.document).length > 0;
  const told = [...steps, { at: now, effects: sofar }];
  return told.flatMap(({ at, effects }) =>
    effects.flatMap((it) => {
      const counts = it.do === way && it.at !== null && (all || messageOf(playing, it)?.purpose !== undefined);
      return counts ? [it.at ?? at] : [];
    }),
  );
}

/** Before the name of the event by which a case is told what became of a message. */
const reports = "sent.";

/** The event by which a case is told what became of an effect; nothing while a person is waited for, or none is told. */
function reportOf(effect: PlayedEffect): string | undefined {
  if (effect.do !== "message.send" || effect.gate?.startsWith("missing.")) return undefined;
  return `${effect.name ?? effect.do}.${effect.at === null ? "failed" : "done"}`;
}

/**
 * Messages of which a case wants to hear: each is taken by its server at the moment at which it would go, and of one that
 * never goes it is told at once.
 */
export function awaited(machine: Machine, at: Snapshot, { at: now, effects }: PlayedStep): readonly Timer[] {
  return effects.flatMap((effect) => {
    const type = reportOf(effect);
    if (type === undefined || at.status !== "active" || candidates(machine, at, type).length === 0) return [];
    return [{ name: `${reports}${type}`, due: effect.at ?? now }];
  });
}

/** Whether it is no wait that is over, but news of a message. */
export const isReport = ({ name }: Timer): boolean => name.startsWith(reports);

/** What a case is told of a message. */
export function reportBy({ name }: Timer, { steps }: Pick<PlayedCase, "steps">) {
  const type = name.slice(reports.length);
  const gate = steps.flatMap(({ effects }) => effects).findLast((it) => reportOf(it) === type)?.gate;
  return { type, data: type.endsWith(".failed") ? { error: gate ?? null } : { sent: true }, keep: {} };
}
