import type { ValidateFunction } from "ajv/dist/2020.js";
import { newAjv, wanted } from "../ajv.ts";
import { checkExpression } from "../expression/check.ts";
import type { Scope } from "../expression/scope.ts";
import type { JsonSchema } from "../field-types/field-type.ts";
import type { Fault } from "../problem.ts";
import { isExpression } from "../values.ts";

/** A value that does not hold against its schema: the end of a sentence about it, and where it stands. */
export interface Misfit {
  readonly fault: string;
  readonly path: string;
}

/**
 * What stands against values that may be literals or expressions: the literals are held against the schema, of what an
 * expression gives nothing is known before the step.
 */
export function misfitsOf(schema: JsonSchema, given: Readonly<Record<string, unknown>>, path: string) {
  const validate = validatorOf(schema);
  const shape = (validate(withoutExpressions(given)) ? [] : (validate.errors ?? [])).filter(
    (it) =>
      !isExpression(standsIn(given, it.instancePath)) &&
      (it.keyword !== "minProperties" || isBare(given, it.instancePath)),
  );
  const absent = ((schema.required ?? []) as string[]).filter((name) => !Object.hasOwn(given, name));
  return [
    ...absent.map((name): Misfit => ({ fault: `needs "${name}"`, path })),
    ...shape.map((it): Misfit => ({ fault: wanted(it), path: `${path}${it.instancePath}` })),
  ];
}

/** What is wrong with the expressions that stand anywhere in a value. */
export function expressionFaults(value: unknown, scope: Scope, path: string): readonly Fault[] {
  if (isExpression(value))
    return checkExpression(value.cel, scope).faults.map((it) => ({ ...it, path: `${path}/cel` }));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => expressionFaults(item, scope, `${path}/${name}`));
}

const standsIn = (params: unknown, pointer: string): unknown =>
  pointer
    .split("/")
    .slice(1)
    .reduce((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], params);

/** Whether nothing at all stands at a place: what holds expressions alone is not empty. */
function isBare(params: unknown, pointer: string): boolean {
  const value = standsIn(params, pointer);
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function withoutExpressions(value: unknown): unknown {
  if (isExpression(value)) return undefined;
  if (Array.isArray(value)) return value.map((item) => withoutExpressions(item) ?? null);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => (isExpression(item) ? [] : [[name, withoutExpressions(item)]])),
  );
}

const validators = new WeakMap<JsonSchema, ValidateFunction>();
let ajv: ReturnType<typeof newAjv> | undefined;

/** The check of literals. A required one may be an expression, so that it is there is asked apart. */
function validatorOf(given: JsonSchema): ValidateFunction {
  const { required: _, ...schema } = given;
  const validate = validators.get(given) ?? (ajv ??= newAjv({ known: true })).compile(schema);
  validators.set(given, validate);
  return validate;
}
