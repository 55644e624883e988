import type { Expression, LayoutDocument } from "schemas";
import { isEmpty } from "./entity-schema.ts";
import { checkExpression, type Checked } from "./expression/check.ts";
import { holds, type Environment } from "./expression/evaluate.ts";
import { recordScope } from "./expression/scope.ts";
import { inputsOf, readsAny, withFormulas, withReaders } from "./formulas.ts";
import { choicesOf, type Entity, type Field, type Model } from "./model.ts";
import { fault, type Fault } from "./problem.ts";

/** What depends on the record, on who asks and on the day: whether a field is shown, asked for, and what it takes. */
export interface FieldConditions {
  readonly field: Field;
  readonly visible: Checked | undefined;
  readonly required: Checked | undefined;
  readonly offers: readonly { readonly when: Checked; readonly choices: ReadonlySet<string> }[];
  /** The value goes where the field is not shown. */
  readonly clears: boolean;
}

/** A section of the layout of an entity that is shown by a condition. */
interface SectionCondition {
  readonly at: number;
  readonly visible: Checked;
}

interface Read {
  readonly fields: readonly FieldConditions[];
  readonly layout: LayoutDocument | undefined;
  readonly sections: readonly SectionCondition[];
}

const known = new WeakMap<Model, Map<string, Read>>();

/** The fields of an entity that depend on something. */
export function fieldConditions(model: Model, entity: Entity): readonly FieldConditions[] {
  return read(model, entity).fields;
}

/** The sections of the layout of an entity that are shown by a condition. */
export function sectionConditions(model: Model, entity: Entity): readonly SectionCondition[] {
  return read(model, entity).sections;
}

/** Every expression that decides about a field. */
export function expressionsOf({ visible, required, offers }: FieldConditions): readonly Checked[] {
  return [visible, required, ...offers.map(({ when }) => when)].filter((it) => it !== undefined);
}

/** Whether a record shows a field. The environment has formulas. */
export function isShown({ visible }: FieldConditions, environment: Environment): boolean {
  return !visible || holds(visible, environment);
}

/** Whether a record must have a value. A field that is not shown asks for nothing. */
export function isWanted(conditions: FieldConditions, environment: Environment): boolean {
  const { required } = conditions;
  return required !== undefined && holds(required, environment) && isShown(conditions, environment);
}

/** The choices that a record may take, where it may not take all of them. */
export function offeredChoices({ offers }: FieldConditions, environment: Environment): readonly string[] | undefined {
  const held = offers.filter(({ when }) => holds(when, environment));
  const [first, ...others] = held.map(({ choices }) => choices);
  return first && [...first].filter((value) => others.every((it) => it.has(value)));
}

/** Where a record is looked at, and what of it is new. */
export interface Written {
  /** JSON Pointer of the record in what the caller sent. */
  readonly path?: string | undefined;
  /**
   * The fields that differ from before, where the record stood before: a choice that stands is held against the
   * conditions only where it or what decides about it changes.
   */
  readonly changed?: readonly Field[] | undefined;
  /** Places of the record that were given what does not hold: nothing that hangs on them is told. */
  readonly unsound?: ReadonlySet<string> | undefined;
}

const none: ReadonlySet<string> = new Set();

/** What stands against a record by the conditions of its fields: what it lacks, and choices that it may not take. */
export function conditionFaults(
  model: Model,
  entity: Entity,
  environment: Environment,
  { path = "", changed, unsound = none }: Written,
): readonly Fault[] {
  const open = withReaders(model, entity, unsound);
  const touched = changed && new Set(changed.map(({ name }) => name));
  return fieldConditions(model, entity).flatMap((conditions) => {
    const { field } = conditions;
    if (open.has(field.name) || expressionsOf(conditions).some((it) => readsAny(it, open))) return [];
    const place = { title: field.title, path: `${path}/${field.name}` };
    if (isEmpty(environment.record?.[field.name]))
      return isWanted(conditions, environment) ? [fault("value.missing", place)] : [];
    if (touched && ![field.name, ...decidersOf(model, entity, conditions)].some((name) => touched.has(name))) return [];
    const offered = offeredChoices(conditions, environment);
    if (!offered || refusedChoices(field, offered, environment).length === 0) return [];
    return [fault("value.not_offered", { ...place, choices: titlesOf(model, field, offered) })];
  });
}

/**
 * The fields whose values go because the record does not show them; what goes may hide others in its turn. What hangs on
 * `unsound` fields stays.
 */
export function clearedFields(
  model: Model,
  entity: Entity,
  environment: Environment,
  unsound: ReadonlySet<string> = none,
): readonly Field[] {
  const open = withReaders(model, entity, unsound);
  const clearing = fieldConditions(model, entity).filter(
    ({ clears, visible }) => clears && visible && !readsAny(visible, open),
  );
  const record: Record<string, unknown> = { ...environment.record };
  const cleared: Field[] = [];
  for (;;) {
    const within = withFormulas(model, entity, { ...environment, record });
    const next = clearing.filter((it) => !isEmpty(record[it.field.name]) && !isShown(it, within));
    if (next.length === 0) return cleared;
    for (const { field } of next) {
      record[field.name] = null;
      cleared.push(field);
    }
  }
}

/** Whether some fields of an entity lose their values where they are not shown. */
export function clearsFields(model: Model, entity: Entity): boolean {
  return fieldConditions(model, entity).some(({ clears }) => clears);
}

/** The values of a field that are none of the choices offered. */
export function refusedChoices(field: Field, offered: readonly string[], { record }: Environment): readonly unknown[] {
  const value = record?.[field.name] ?? [];
  return (Array.isArray(value) ? value : [value]).filter((it) => !offered.includes(String(it)));
}

function decidersOf(model: Model, entity: Entity, conditions: FieldConditions): ReadonlySet<string> {
  return inputsOf(
    model,
    entity,
    conditions.offers.flatMap(({ when }) => when.paths),
  );
}

function titlesOf(model: Model, { property }: Field, values: readonly string[]): string {
  const titles = choicesOf(model, property).filter(({ value }) => values.includes(value));
  return titles.map(({ title }) => title).join(", ");
}

function read(model: Model, entity: Entity): Read {
  const ofModel = known.get(model) ?? new Map<string, Read>();
  known.set(model, ofModel);
  const found = ofModel.get(entity.name) ?? readEntity(model, entity);
  ofModel.set(entity.name, found);
  return found;
}

function readEntity(model: Model, entity: Entity): Read {
  const scope = recordScope(model, entity.name);
  const checked = (given: Expression | undefined) => given && checkExpression(given.cel, scope).expression;
  const fields = [...entity.fields.values()].flatMap((field): readonly FieldConditions[] => {
    const { visible_when, required_when, when_hidden, offers = [] } = field.property;
    if (!visible_when && !required_when && offers.length === 0) return [];
    const visible = checked(visible_when);
    const offered = offers.flatMap(({ when, choices }: { when: Expression; choices: readonly string[] }) => {
      const condition = checked(when);
      return condition ? [{ when: condition, choices: new Set(choices) }] : [];
    });
    const clears = visible !== undefined && when_hidden === "clear";
    return [{ field, visible, required: checked(required_when), offers: offered, clears }];
  });
  const layout = [...model.layouts.values()].find((it) => it.entity === entity.name);
  const sections = (layout?.sections ?? []).flatMap(({ visible_when }, at) => {
    const visible = checked(visible_when);
    return visible ? [{ at, visible }] : [];
  });
  return { fields, layout, sections };
}
