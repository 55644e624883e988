import type { ClockTrigger, PolicyClock, SlaPolicyDocument } from "schemas";
import type { Target, Warning } from "../calendar/clock.ts";
import type { Schedule } from "../calendar/hours.ts";
import type { ClockDefinition, Trigger } from "../calendar/policy.ts";
import { readBusinessSpan } from "../calendar/span.ts";
import { durationMs } from "../duration.ts";
import { checkExpression, type Checked } from "../expression/check.ts";
import { holds, type Environment } from "../expression/evaluate.ts";
import { recordScope } from "../expression/scope.ts";
import type { Path } from "../expression/tree.ts";
import { withFormulas } from "../formulas.ts";
import type { Entity, Model } from "../model.ts";
import { isExpression } from "../values.ts";
import { always } from "../workflow/clocks.ts";
import { allLeavesOf, statesOf } from "../workflow/states.ts";

/** The event that a record's making is, for clocks. No workflow can declare it: its name has two dots. */
export const madeEvent = "record..created";

/** A policy made ready: its clocks as the arithmetic takes them, its conditions checked. */
export interface SlaPolicy {
  readonly document: SlaPolicyDocument;
  readonly entity: Entity;
  /** By the anchors of the clocks, in their order. */
  readonly clocks: Readonly<Record<string, ClockDefinition>>;
  /** Conditions that move clocks: each is a tag that stands while it holds. */
  readonly conditions: readonly (readonly [tag: string, condition: Checked])[];
  readonly targets: readonly ReadTarget[];
  /** What its conditions read. */
  readonly paths: readonly Path[];
}

interface ReadTarget {
  readonly anchor: string;
  readonly when: Checked | undefined;
  /** The anchor of its calendar; nothing where all time counts. */
  readonly calendar: string | undefined;
  /** By the anchors of the clocks. */
  readonly promises: Readonly<Record<string, Target>>;
}

/** What is promised about a record: by which calendar, and how long each clock may run. */
export interface Promised {
  /** The anchor of the target; null where none holds. */
  readonly target: string | null;
  readonly calendar: string | undefined;
  readonly promises: Readonly<Record<string, Target>>;
}

const known = new WeakMap<Model, ReadonlyMap<string, readonly SlaPolicy[]>>();

/** The policies about an entity's records; read once for each model. */
export function policiesOn(model: Model, entity: string): readonly SlaPolicy[] {
  const found =
    known.get(model) ??
    Map.groupBy(
      [...model.slaPolicies.values()].flatMap((document) => readPolicy(model, document) ?? []),
      (policy) => policy.entity.name,
    );
  known.set(model, found);
  return found.get(entity) ?? [];
}

/** What the policies about an entity's records read beyond the records themselves. */
export const slaPaths = (model: Model, entity: string): readonly Path[] =>
  policiesOn(model, entity).flatMap(({ paths }) => paths);

/** Whether an event of a type moves a clock of an entity's records. */
export const movesClocks = (model: Model, entity: string, type: string): boolean =>
  policiesOn(model, entity).some(({ clocks }) =>
    Object.values(clocks).some(({ start, stop, cancel, reset }) =>
      [start, stop, cancel, reset].some((trigger) => trigger?.events?.some((it) => it.type === type)),
    ),
  );

/** A promise as it is written: open hours or working days; nothing where it is neither, or both. */
export function readTarget(text: string): Target | undefined {
  const span = readBusinessSpan(text);
  if (!span || (span.days > 0 && span.ms > 0) || span.days + span.ms === 0) return undefined;
  return span.days > 0 ? { days: span.days } : { ms: span.ms };
}

/** A target as documents have it. */
export const targetText = (target: Target): string =>
  "days" in target ? `P${String(target.days)}D` : `PT${String(target.ms / 1000)}S`;

/** The hours of a calendar by its anchor. What is counted by none, or by one that is gone, is counted by all time. */
export function scheduleOf(model: Model, calendar: string | null | undefined): Schedule {
  return [...model.calendars.values()].find(({ $anchor }) => $anchor === calendar) ?? always;
}

/** The tags of a record: those of the states in which it stands, and a tag for each condition that holds. */
export function tagsOf(model: Model, { entity, conditions }: SlaPolicy, environment: Environment): readonly string[] {
  const within = withFormulas(model, entity, environment);
  return [
    ...stateTags(model, entity, environment.record ?? {}),
    ...conditions.flatMap(([tag, condition]) => (holds(condition, within) ? [tag] : [])),
  ];
}

/** What is promised about a record: the first target whose condition holds. */
export function promisedIn(model: Model, { entity, targets }: SlaPolicy, environment: Environment): Promised {
  const within = withFormulas(model, entity, environment);
  const found = targets.find(({ when }) => !when || holds(when, within));
  return { target: found?.anchor ?? null, calendar: found?.calendar, promises: found?.promises ?? {} };
}

function readPolicy(model: Model, document: SlaPolicyDocument): SlaPolicy | undefined {
  const entity = model.entities.get(document.entity);
  if (!entity) return undefined;
  const conditions: [string, Checked][] = [];
  const scope = recordScope(model, entity.name);
  const checked = (given: unknown) => (isExpression(given) ? checkExpression(given.cel, scope).expression : undefined);
  const tagFor = (given: unknown): readonly string[] => {
    const condition = checked(given);
    if (!condition) return [];
    const tag = `when ${String(conditions.length)}`;
    conditions.push([tag, condition]);
    return [tag];
  };
  const anchors = new Map<string, string>(document.clocks.map(({ name, $anchor }) => [name, $anchor]));
  const clocks = Object.fromEntries(
    document.clocks.map((clock) => [clock.$anchor, definitionOf(clock, { anchors, tagFor })]),
  );
  const calendars = (name: string | undefined) => model.calendars.get(name ?? "")?.$anchor;
  const targets = document.targets.map(({ $anchor, when, calendar = document.calendar, promises }): ReadTarget => {
    const read = Object.entries(promises).flatMap(([name, text]): [string, Target][] => {
      const [anchor, target] = [anchors.get(name), readTarget(text)];
      return anchor !== undefined && target ? [[anchor, target]] : [];
    });
    return {
      anchor: $anchor,
      when: checked(when),
      calendar: calendars(calendar),
      promises: Object.fromEntries(read),
    };
  });
  const all = [...conditions.map(([, condition]) => condition), ...targets.flatMap(({ when }) => when ?? [])];
  const paths = all.flatMap((it) => it.paths).filter(({ length, 0: first }) => length > 1 || first?.list);
  return { document, entity, clocks, conditions, targets, paths };
}

interface Reading {
  readonly anchors: ReadonlyMap<string, string>;
  readonly tagFor: (condition: unknown) => readonly string[];
}

function definitionOf(clock: PolicyClock, { anchors, tagFor }: Reading): ClockDefinition {
  const { start, pause, stop, cancel, reset, behind, each, warn, on_reopen = "resume", on_policy_change } = clock;
  const trigger = ({ created, events, tags, when }: ClockTrigger): Trigger => ({
    events: [...(created ? [{ type: madeEvent }] : []), ...(events ?? [])],
    tags: [...(tags ?? []), ...tagFor(when)],
  });
  const after = anchors.get(behind ?? "");
  return {
    start: trigger(start),
    ...(pause ? { pause: [...(pause.tags ?? []), ...tagFor(pause.when)] } : {}),
    ...(stop ? { stop: trigger(stop) } : {}),
    ...(cancel ? { cancel: trigger(cancel) } : {}),
    ...(reset ? { reset: trigger(reset) } : {}),
    ...(after === undefined ? {} : { after }),
    ...(each ? { each } : {}),
    ...(on_reopen === "nothing" ? {} : { onReopen: on_reopen }),
    onPolicyChange: on_policy_change ?? "retroactive",
    warn: (warn ?? []).map((it): Warning =>
      "fraction" in it ? { fraction: it.fraction } : { beforeMs: durationMs(it.before) ?? 0 },
    ),
  };
}

/** The tags of the states that a record's state fields name, those around them included. */
function stateTags(model: Model, entity: Entity, record: Readonly<Record<string, unknown>>): readonly string[] {
  return entity.stateFields.flatMap(({ name, property }) => {
    const document = model.workflows.get(String(property.workflow));
    const leaf = document && allLeavesOf(document).find(({ key }) => key === record[name]);
    if (!document || !leaf) return [];
    const around = statesOf(document).filter(({ key }) => leaf.within.includes(key));
    return [...around, leaf].flatMap(({ state }) => state.tags ?? []);
  });
}
