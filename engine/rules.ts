import { checkExpression, type Checked } from "./expression/check.ts";
import { evaluate, holds, type Environment } from "./expression/evaluate.ts";
import { emptyInputs } from "./expression/explain.ts";
import { recordScope } from "./expression/scope.ts";
import type { Path } from "./expression/tree.ts";
import type { Entity, Model } from "./model.ts";
import { fault, type Fault } from "./problem.ts";
import { isExpression, normalValues, type Values } from "./values.ts";

interface Rule {
  readonly when: Checked | undefined;
  readonly require: Checked;
  readonly message: string;
}

interface Read {
  readonly rules: readonly Rule[];
  readonly formulas: readonly (readonly [string, Checked])[];
  readonly defaults: readonly (readonly [string, Checked])[];
}

const known = new WeakMap<Model, Map<string, Read>>();

/**
 * The rules of an entity that a record breaks. Each names, as its hint, the fields that the rule wants filled and that
 * are empty; its path is the first of them.
 */
export function brokenRules(model: Model, entity: Entity, environment: Environment, path = ""): readonly Fault[] {
  const within = withFormulas(model, entity, environment);
  return read(model, entity).rules.flatMap(({ when, require, message }) => {
    if ((when && !holds(when, within)) || holds(require, within)) return [];
    const missing = emptyInputs(require, within);
    const place = missing[0] === undefined ? { path } : { path: `${path}/${missing[0]}`, hint: missing.join(", ") };
    return [fault("rule.broken", { message, ...place })];
  });
}

/** What the rules, formulas and worked-out defaults of an entity read beyond the record itself. */
export function rulePaths(model: Model, entity: Entity): readonly Path[] {
  const { rules, formulas, defaults } = read(model, entity);
  const all = [
    ...rules.flatMap(({ when, require }) => (when ? [when, require] : [require])),
    ...[...formulas, ...defaults].map(([, it]) => it),
  ];
  return all.flatMap(({ paths }) => paths).filter(({ length, 0: first }) => length > 1 || first?.list);
}

/** Whether an entity has rules that a write might break. */
export function hasRules(model: Model, entity: Entity): boolean {
  return read(model, entity).rules.length > 0;
}

/** Whether some defaults of an entity are worked out. */
export function hasWorkedDefaults(model: Model, entity: Entity): boolean {
  return read(model, entity).defaults.length > 0;
}

/** The defaults of a new record that are worked out, for the fields that it leaves empty. */
export function workedDefaults(model: Model, entity: Entity, environment: Environment): Values {
  const open = read(model, entity).defaults.filter(([name]) => (environment.record?.[name] ?? null) === null);
  const within = withFormulas(model, entity, environment);
  const worked = open.map(([name, checked]) => [name, evaluate(checked, within)] as const);
  return normalValues(model, entity, Object.fromEntries(worked.filter(([, value]) => value !== null)));
}

/** A record with its formulas, each worked out when somebody looks. */
export function withFormulas(model: Model, entity: Entity, environment: Environment): Environment {
  const record: Record<string, unknown> = { ...environment.record };
  const within: Environment = { ...environment, record };
  for (const [name, checked] of read(model, entity).formulas)
    Object.defineProperty(record, name, { enumerable: true, get: () => evaluate(checked, within) });
  return within;
}

const calendars = new Map<string, Intl.DateTimeFormat>();

/** The day on which a moment falls in a zone. */
export function dayIn(zone: string, moment: Date): string {
  const known = calendars.get(zone);
  if (known) return known.format(moment);
  const parts = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const calendar = new Intl.DateTimeFormat("en-CA", { timeZone: zone, ...parts });
  calendars.set(zone, calendar);
  return calendar.format(moment);
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
  const named = (pick: "default" | "value") =>
    [...entity.fields.values()].flatMap((field) => {
      const expression = (pick === "default" || field.type.name === "formula") && checked(field.property[pick]);
      return expression ? [[field.name, expression] as const] : [];
    });
  const rules = (entity.document.rules ?? []).flatMap(({ when, require, message }) => {
    const wanted = checked(require);
    return wanted ? [{ when: checked(when), require: wanted, message }] : [];
  });
  return { rules, formulas: named("value"), defaults: named("default") };
}
