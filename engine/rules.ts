import { conditionFaults, expressionsOf, fieldConditions, sectionConditions, type Written } from "./conditions.ts";
import { checkExpression, type Checked } from "./expression/check.ts";
import { evaluate, holds, type Environment } from "./expression/evaluate.ts";
import { emptyInputs, failsBeside } from "./expression/explain.ts";
import { recordScope } from "./expression/scope.ts";
import type { Path } from "./expression/tree.ts";
import { formulasOf, inputsOf, readsAny, withFormulas, withReaders } from "./formulas.ts";
import type { Entity, Field, Model } from "./model.ts";
import { fault, type Fault } from "./problem.ts";
import { isExpression, normalValues, type Values } from "./values.ts";

/** A rule of an entity that people are held to. */
export interface Rule {
  readonly when: Checked | undefined;
  readonly require: Checked;
  readonly message: string;
}

const pathsOf = ({ when, require }: Rule): readonly Path[] => [...(when?.paths ?? []), ...require.paths];

interface Read {
  readonly rules: readonly Rule[];
  readonly contested: readonly Field[];
  readonly defaults: readonly (readonly [string, Checked])[];
}

const known = new WeakMap<Model, Map<string, Read>>();
const none: ReadonlySet<string> = new Set();

/**
 * What stands against a record by the rules of its entity and the conditions of its fields. A rule names, as its hint,
 * the fields that it wants filled and that are empty; its path is the first of them. Beside values that do not hold a
 * rule is broken where it is so whatever stood in their place.
 */
export function brokenRules(
  model: Model,
  entity: Entity,
  environment: Environment,
  written: Written = {},
): readonly Fault[] {
  const { path = "", unsound = none } = written;
  const within = withFormulas(model, entity, environment);
  const open = withReaders(model, entity, unsound);
  const broken = rulesOf(model, entity).filter((rule) => isBroken(rule, within, open));
  return [
    ...conditionFaults(model, entity, within, written),
    ...broken.map(({ require, message }) => {
      const missing = emptyInputs(require, within, open);
      const place = missing[0] === undefined ? { path } : { path: `${path}/${missing[0]}`, hint: missing.join(", ") };
      return fault("rule.broken", { message, ...place });
    }),
  ];
}

function isBroken({ when, require }: Rule, within: Environment, open: ReadonlySet<string> = none): boolean {
  if (when && (readsAny(when, open) || !holds(when, within))) return false;
  return !holds(require, within) && failsBeside(require, within, open);
}

/** Those of some rules that a record breaks. */
export function brokenAmong(
  model: Model,
  entity: Entity,
  rules: readonly Rule[],
  environment: Environment,
): readonly Rule[] {
  const within = withFormulas(model, entity, environment);
  return rules.filter((rule) => isBroken(rule, within));
}

/** The rules of an entity that hang on one of these fields, be it by way of a formula. */
export function rulesOver(model: Model, entity: Entity, fields: readonly string[]): readonly Rule[] {
  return rulesOf(model, entity).filter((rule) => {
    const inputs = inputsOf(model, entity, pathsOf(rule));
    return fields.some((name) => inputs.has(name));
  });
}

/**
 * The references over which rules look at lists of the record that they point at: what is written beside it there decides
 * whether they hold.
 */
export function contested(model: Model, entity: Entity): readonly Field[] {
  return read(model, entity).contested;
}

/** The rules of an entity that are not switched off. */
export function rulesOf(model: Model, entity: Entity): readonly Rule[] {
  return read(model, entity).rules;
}

/** What rules, conditions, formulas and worked-out defaults of an entity read beyond the record itself. */
export function rulePaths(model: Model, entity: Entity): readonly Path[] {
  const { rules, defaults } = read(model, entity);
  const all = [
    ...rules.flatMap(({ when, require }) => (when ? [when, require] : [require])),
    ...fieldConditions(model, entity).flatMap(expressionsOf),
    ...sectionConditions(model, entity).map(({ visible }) => visible),
    ...formulasOf(model, entity).values(),
    ...defaults.map(([, it]) => it),
  ];
  return all.flatMap(({ paths }) => paths).filter(({ length, 0: first }) => length > 1 || first?.list);
}

/** Whether an entity has rules or conditions that a write might break. */
export function hasRules(model: Model, entity: Entity): boolean {
  return rulesOf(model, entity).length > 0 || fieldConditions(model, entity).length > 0;
}

/** Whether some defaults of an entity are worked out. */
export function hasWorkedDefaults(model: Model, entity: Entity): boolean {
  return read(model, entity).defaults.length > 0;
}

/** The defaults of a new record that are worked out, for the fields that it leaves empty. */
export function workedDefaults(model: Model, entity: Entity, environment: Environment): Values {
  const open = read(model, entity).defaults.filter(([name]) => (environment.record?.[name] ?? null) === null);
  const within = withFormulas(model, entity, environment);
  const worked = open.map(([name, checked]) => [name, travelling(entity, name, evaluate(checked, within))] as const);
  return normalValues(model, entity, Object.fromEntries(worked.filter(([, value]) => value !== null)));
}

/** Numbers are worked out as text; a field whose values travel as numbers has one. */
function travelling({ fields }: Entity, name: string, value: unknown): unknown {
  const field = fields.get(name);
  return typeof value === "string" && field?.type.value(field.property).type === "integer" ? Number(value) : value;
}

interface Calendar {
  readonly format: Intl.DateTimeFormat;
  /** The second that was asked about last, and its day: in any zone days begin with a whole second. */
  second: number;
  day: string;
}

const calendars = new Map<string, Calendar>();

/** The day on which a moment falls in a zone. */
export function dayIn(zone: string, moment: Date): string {
  const calendar = calendars.get(zone) ?? calendarOf(zone);
  const second = Math.floor(moment.getTime() / 1000);
  if (second !== calendar.second) Object.assign(calendar, { second, day: calendar.format.format(moment) });
  return calendar.day;
}

function calendarOf(zone: string): Calendar {
  const parts = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const calendar = {
    format: new Intl.DateTimeFormat("en-CA", { timeZone: zone, ...parts }),
    second: Number.NaN,
    day: "",
  };
  calendars.set(zone, calendar);
  return calendar;
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
  const checked = (given: unknown) => (isExpression(given) ? checkExpression(given.cel, scope).expression : undefined);
  const defaults = [...entity.fields.values()].flatMap(({ name, property }) => {
    const expression = checked(property.default);
    return expression ? [[name, expression] as const] : [];
  });
  const rules = (entity.document.rules ?? []).flatMap(({ when, require, message, off }) => {
    const wanted = off ? undefined : checked(require);
    return wanted ? [{ when: checked(when), require: wanted, message }] : [];
  });
  const rivalling = rules
    .flatMap(pathsOf)
    .flatMap(([first, second]) => (first?.field && second?.list ? [first.field] : []));
  return { rules, contested: [...new Set(rivalling)], defaults };
}
