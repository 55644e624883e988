import type {
  ConnectionDocument,
  EntityDocument,
  Expression,
  LayoutDocument,
  RoleDocument,
  ViewDocument,
} from "schemas";
import { checkExpression, type Checked } from "../expression/check.ts";
import { wantedOf } from "../expression/explain.ts";
import { filterScope, recordScope } from "../expression/scope.ts";
import type { Type } from "../expression/type.ts";
import type { Entity, Field, Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { placeOf } from "./place.ts";

/** The expressions of an entity: rules, formulas, defaults, and what says that an activity is done. */
export function checkEntityExpressions(model: Model, document: EntityDocument): readonly Fault[] {
  const entity = model.entities.get(document.$id);
  if (!entity) return [];
  const condition = (expression: Expression | undefined, ...steps: readonly (string | number)[]) =>
    conditionFaults(model, entity.name, expression, placeOf(document, ...steps));
  const own = [...entity.fields.values()].filter(({ name }) => Object.hasOwn(document.properties, name));
  return [
    ...(document.rules ?? []).flatMap((rule, index) => [
      ...condition(rule.when, "rules", index, "when"),
      ...condition(rule.require, "rules", index, "require"),
    ]),
    ...condition(document.activity?.done, "activity", "done"),
    ...own.flatMap((field) => [
      ...condition(field.property.visible_when, "properties", field.name, "visible_when"),
      ...condition(field.property.required_when, "properties", field.name, "required_when"),
      ...(field.property.offers ?? []).flatMap(({ when }: { when: Expression }, index: number) =>
        condition(when, "properties", field.name, "offers", index, "when"),
      ),
      ...formulaFaults(model, document, field),
      ...defaultFaults(model, document, field),
    ]),
    ...cycleFaults(model, document, entity),
  ];
}

/** The filter of a view, and the conditions of its colours. */
export function checkViewExpressions(model: Model, document: ViewDocument): readonly Fault[] {
  const { entity, filter, colours = [] } = document;
  return [
    ...filterFaults(model, entity, filter, placeOf(document, "filter")),
    ...colours.flatMap(({ when }, at) => filterFaults(model, entity, when, placeOf(document, "colours", at, "when"))),
  ];
}

/** What shows the sections of a layout, and its banners. */
export function checkLayoutExpressions(model: Model, document: LayoutDocument): readonly Fault[] {
  const { entity, sections = [], banners = [] } = document;
  return [
    ...sections.flatMap(({ visible_when }, index) =>
      conditionFaults(model, entity, visible_when, placeOf(document, "sections", index, "visible_when")),
    ),
    ...banners.flatMap(({ when, offer }, index) => {
      const path = placeOf(document, "banners", index, "when");
      const faults = conditionFaults(model, entity, when, path);
      const { expression } = checkExpression(when.cel, recordScope(model, entity));
      const finds = offer === undefined || !expression || wantedOf(expression, entity).length > 0;
      return finds ? faults : [...faults, fault("document.finds_none", { entity, path })];
    }),
  ];
}

/** What of each entity a connection is told. */
export function checkConnectionExpressions(model: Model, document: ConnectionDocument): readonly Fault[] {
  return Object.entries(document.entities).flatMap(([name, { filter }]) =>
    conditionFaults(model, name, filter, placeOf(document, "entities", name, "filter")),
  );
}

/** The conditions of a role, wherever a scope may stand. */
export function checkRoleExpressions(model: Model, document: RoleDocument): readonly Fault[] {
  return Object.entries(document.entities).flatMap(([name, rights]) =>
    conditionsIn(rights, []).flatMap(({ expression, steps }) =>
      conditionFaults(model, name, expression, placeOf(document, "entities", name, ...steps)),
    ),
  );
}

interface Found {
  readonly expression: Expression;
  readonly steps: readonly string[];
}

function conditionsIn(value: unknown, steps: readonly string[]): readonly Found[] {
  if (typeof value !== "object" || value === null) return [];
  if (steps.length > 0 && typeof (value as Expression).cel === "string")
    return [{ expression: value as Expression, steps }];
  return Object.entries(value).flatMap(([key, inner]) => conditionsIn(inner, [...steps, key]));
}

/** What is wrong with a condition over an entity's records; nothing where there is none. */
export function conditionFaults(
  model: Model,
  entity: string,
  expression: Expression | undefined,
  path: string,
): readonly Fault[] {
  if (expression === undefined || !model.entities.has(entity)) return [];
  const { faults } = checkExpression(expression.cel, recordScope(model, entity), { kind: "boolean" });
  return placed(faults, `${path}/cel`);
}

function filterFaults(
  model: Model,
  entity: string,
  expression: Expression | undefined,
  path: string,
): readonly Fault[] {
  if (expression === undefined || !model.entities.has(entity)) return [];
  const { faults } = checkExpression(expression.cel, filterScope(model, entity), { kind: "boolean" });
  return placed(faults, `${path}/cel`);
}

/** A formula gives what it says it gives, from fields of its own record. */
function formulaFaults(model: Model, document: EntityDocument, field: Field): readonly Fault[] {
  const text = formulaOf(field);
  if (text === undefined) return [];
  const path = placeOf(document, "properties", field.name, "value", "cel");
  const { expression, faults } = checkExpression(text, recordScope(model, document.$id));
  if (!expression) return placed(faults, path);
  const wanted = field.type.type(field.property).kind;
  const [reaching] = expression.paths.filter((steps) => steps.length > 1 || steps.some(({ list }) => list));
  return [
    ...(fits(expression.type, wanted)
      ? []
      : [fault("expression.result", { wanted, found: expression.type.kind, path })]),
    ...(reaching ? [fault("formula.reaches", { reached: reaching.map(({ name }) => name).join("."), path })] : []),
  ];
}

function defaultFaults(model: Model, document: EntityDocument, field: Field): readonly Fault[] {
  const given = field.property.default as Expression | null | undefined;
  if (typeof given !== "object" || given === null || typeof given.cel !== "string") return [];
  const path = placeOf(document, "properties", field.name, "default", "cel");
  const { expression, faults } = checkExpression(given.cel, recordScope(model, document.$id));
  if (!expression) return placed(faults, path);
  const wanted = field.type.type(field.property).kind;
  return fits(expression.type, wanted)
    ? []
    : [fault("expression.result", { wanted, found: expression.type.kind, path })];
}

/** Whether a value of a type can stand where another kind is wanted. */
function fits(type: Type, wanted: Type["kind"]): boolean {
  const textual = ["text", "choice", "state", "id"];
  if (type.kind === wanted || type.kind === "null" || type.kind === "json") return true;
  return textual.includes(type.kind) && textual.includes(wanted);
}

/** Formulas may use each other, but never come back to themselves. Each circle is told once, at its first field. */
function cycleFaults(model: Model, document: EntityDocument, entity: Entity): readonly Fault[] {
  const inputs = new Map<string, readonly string[]>();
  for (const field of entity.fields.values()) {
    const text = formulaOf(field);
    if (text !== undefined)
      inputs.set(field.name, formulasIn(checkExpression(text, recordScope(model, entity.name)).expression));
  }
  const done = new Set<string>();
  const faults: Fault[] = [];
  const visit = (name: string, trail: readonly string[]) => {
    if (trail.includes(name)) {
      const cycle = [...trail.slice(trail.indexOf(name)), name].join(" → ");
      faults.push(fault("formula.cycle", { cycle, path: placeOf(document, "properties", name, "value") }));
    } else if (!done.has(name)) for (const input of inputs.get(name) ?? []) visit(input, [...trail, name]);
    done.add(name);
  };
  for (const name of inputs.keys()) visit(name, []);
  return faults;
}

const formulasIn = (expression: Checked | undefined): readonly string[] =>
  (expression?.paths ?? []).flatMap(([first]) =>
    first?.field && formulaOf(first.field) !== undefined ? [first.name] : [],
  );

function formulaOf(field: Field): string | undefined {
  const value = field.property.value as Expression | undefined;
  return field.type.name === "formula" ? value?.cel : undefined;
}

const placed = (faults: readonly Fault[], path: string): readonly Fault[] => faults.map((it) => ({ ...it, path }));
