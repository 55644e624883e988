import { Decimal as Base } from "decimal.js";
import type { Value } from "../functions/function-type.ts";
import type { Checked } from "./check.ts";
import type { Node, Operator, Path, PathNode, Step } from "./tree.ts";
import type { Type } from "./type.ts";

/** Decimals with room for every product of two numbers that the language lets be. */
const Decimal = Base.clone({ precision: 100, rounding: Base.ROUND_HALF_UP, toExpNeg: -200, toExpPos: 200 });
type Decimal = Base;

/** What an expression is evaluated over. Records are as they travel: decimals as text, references as ids. */
export interface Environment {
  readonly record?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly context?: unknown;
  readonly event?: unknown;
  /** ISO 8601 in UTC. */
  readonly now: string;
  /** The day in the zone of the workspace. */
  readonly today: string;
  /** Whether the record is in a segment, by its anchor. */
  readonly inSegment?: (segment: string) => boolean;
  /** Records that references lead to; what it does not know is empty. */
  readonly related?: (entity: string, id: string) => Readonly<Record<string, unknown>> | undefined;
  /** Records in a list of the record `id`, which is one of the entity `on`; what it does not know is empty. */
  readonly listed?: (
    list: { readonly entity: string; readonly reference: string; readonly on: string },
    id: string,
  ) => readonly Readonly<Record<string, unknown>>[] | undefined;
}

/**
 * The value of an expression, as it travels. Never throws (laws 2 to 4 of the language): a comparison with null is false,
 * arithmetic with null is null, division by zero is null, what grows beyond 1e30 is null.
 */
export function evaluate({ node, type }: Checked, environment: Environment): unknown {
  return outward(valueOf(node, environment, new Map()), type);
}

/** Whether a condition holds; null does not. */
export function holds({ node }: Checked, environment: Environment): boolean {
  return valueOf(node, environment, new Map()) === true;
}

/** The value of a part of an expression, as it travels. */
export function evaluateNode(node: Node, environment: Environment): unknown {
  return outward(valueOf(node, environment, new Map()), node.type);
}

type Variables = Map<string, Readonly<Record<string, unknown>>>;

function valueOf(node: Node, environment: Environment, variables: Variables): Value {
  const value = (child: Node) => valueOf(child, environment, variables);
  switch (node.op) {
    case "literal":
      return literalValue(node);
    case "now":
      return environment.now;
    case "today":
      return environment.today;
    case "in_segment":
      return environment.inSegment?.(node.segment) ?? false;
    case "been":
      return false;
    case "path":
      return pathValue(node, environment, variables);
    case "member":
      return memberOf(value(node.of), node.name, node.type);
    case "as":
      return readAs(value(node.of), node.type);
    case "list":
      return node.args.map(value);
    case "not":
      return value(node.args[0]) !== true;
    case "negate":
      return negated(value(node.args[0]));
    case "if":
      return value(node.args[0]) === true ? value(node.args[1]) : value(node.args[2]);
    case "call":
      return bounded(node.called.evaluate(node.args.map(value)));
    case "some":
      return some(node, environment, variables);
    case "and":
      return value(node.args[0]) === true && value(node.args[1]) === true;
    case "or":
      return value(node.args[0]) === true || value(node.args[1]) === true;
    default:
      return binary(node.op, value(node.args[0]), value(node.args[1]), node.args);
  }
}

const literals = new WeakMap<Node, Value>();

/** A literal is the same whenever it is asked for. */
function literalValue(node: Node & { readonly op: "literal" }): Value {
  const known = literals.get(node);
  if (known !== undefined) return known;
  const value = inward(node.value, node.type);
  literals.set(node, value);
  return value;
}

type Some = Node & { readonly op: "some" };
type Each = (record: unknown) => boolean;

const eachOf =
  ({ condition, variable }: Some, environment: Environment, variables: Variables): Each =>
  (record) =>
    valueOf(condition, environment, new Map(variables).set(variable, record as Readonly<Record<string, unknown>>)) ===
    true;

/** The records of its list for which the condition of an `any` holds. */
export function foundBy(node: Some, environment: Environment): readonly Readonly<Record<string, unknown>>[] {
  const listed = follow(node.list as PathNode, environment, new Map());
  return listed.filter(eachOf(node, environment, new Map())) as readonly Readonly<Record<string, unknown>>[];
}

function some(node: Some, environment: Environment, variables: Variables): boolean {
  const found = follow(node.list as PathNode, environment, variables);
  const each = eachOf(node, environment, variables);
  if (node.how === "any") return found.some(each);
  return node.how === "all" ? found.every(each) : !found.some(each);
}

function pathValue(node: PathNode, environment: Environment, variables: Variables): Value {
  const { root, steps, type } = node;
  if (steps.length === 0 && type.kind !== "record") return inward(environment[root as "context" | "event"], type);
  const found = follow(node, environment, variables);
  if (type.kind === "list" && steps.some(({ list }) => list))
    return found.map((it) => inward(it, (type as { of: Type }).of));
  return inward(found[0], type);
}

/** What a path leads to: one value, or several where it goes over a list. */
function follow(
  { root, steps }: { readonly root: string; readonly steps: Path },
  environment: Environment,
  variables: Variables,
): readonly unknown[] {
  const start = root === "record" ? environment.record : root === "user" ? environment.user : variables.get(root);
  const [first] = steps;
  if (first && steps.length === 1 && !first.list)
    return start ? [start[first.name] ?? formulaOf(first, start, environment)] : [];
  let here: readonly unknown[] = start ? [start] : [];
  for (const [at, step] of steps.entries()) {
    const from = at === 0 ? here : here.flatMap((it) => recordOf(it, steps[at - 1]?.to, environment) ?? []);
    here = from.flatMap((it): readonly unknown[] => {
      const record = it as Readonly<Record<string, unknown>>;
      if (!step.list) return [record[step.name] ?? formulaOf(step, record, environment)];
      const { entity, reference, on } = step.list;
      return environment.listed?.({ entity, reference: reference.name, on }, String(record.id)) ?? [];
    });
  }
  return here;
}

/** What a record that has its stored values alone would hold by a formula. */
function formulaOf({ name, formula }: Step, record: Readonly<Record<string, unknown>>, environment: Environment) {
  const checked = Object.hasOwn(record, name) ? undefined : formula?.();
  return checked ? evaluate(checked, { ...environment, record }) : null;
}

function recordOf(it: unknown, entity: string | undefined, { related }: Environment): unknown {
  if (typeof it === "object" && it !== null && !("entity" in it && Object.keys(it).length === 2)) return it;
  const id = idOf(it);
  return entity !== undefined && id !== null ? related?.(entity, id) : undefined;
}

function idOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null && "id" in value ? String(value.id) : null;
}

/** A value as it travels, made ready for work. */
function inward(value: unknown, type: Type): Value {
  if (value === undefined || value === null) return null;
  if (type.kind === "number" || type.kind === "duration") return decimal(value);
  if (type.kind === "money") return moneyOf(value);
  if (type.kind === "record") return idOf(value);
  if (type.kind === "json" && typeof value === "number") return new Decimal(value);
  if (type.kind === "list" && Array.isArray(value)) return value.map((it) => inward(it, type.of));
  return value as Value;
}

function outward(value: Value, type: Type): unknown {
  if (Base.isDecimal(value)) return value.toFixed();
  if (isMoney(value)) return { amount: value.amount.toFixed(), currency: value.currency };
  if (Array.isArray(value)) return value.map((it) => outward(it as Value, type));
  return value;
}

function decimal(value: unknown): Decimal | null {
  if (Base.isDecimal(value)) return value as Decimal;
  if (typeof value !== "number" && typeof value !== "string") return null;
  try {
    return bounded(new Decimal(value)) as Decimal | null;
  } catch {
    return null;
  }
}

function moneyOf(value: unknown): Value {
  if (typeof value !== "object" || value === null || !("amount" in value) || !("currency" in value)) return null;
  const amount = decimal(value.amount);
  return amount && { amount, currency: String(value.currency) };
}

function isMoney(value: Value): value is { readonly amount: Decimal; readonly currency: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "amount" in value &&
    Base.isDecimal(value.amount) &&
    "currency" in value
  );
}

const numeral = /^-?[0-9]{1,40}([.][0-9]{1,40})?$/;

/** What JSON holds as a value of one type: a number may be written as a text, as decimals travel. */
function readAs(value: Value, { kind }: Type): Value {
  if (kind === "number") {
    const written = Base.isDecimal(value) || (typeof value === "string" && numeral.test(value));
    return written ? bounded(decimal(value)) : null;
  }
  return typeof value === (kind === "text" ? "string" : "boolean") ? value : null;
}

function memberOf(value: Value, name: string, type: Type): Value {
  if (isMoney(value)) return name === "amount" ? value.amount : value.currency;
  if (typeof value !== "object" || value === null || Array.isArray(value) || Base.isDecimal(value)) return null;
  if (!Object.hasOwn(value, name)) return null;
  return inward((value as Record<string, unknown>)[name], type);
}

const largest = new Decimal("1e30");

/** What grows beyond 1e30 is null. */
function bounded(value: Value): Value {
  if (Base.isDecimal(value)) return value.isFinite() && value.abs().lte(largest) ? (value as Decimal) : null;
  if (isMoney(value)) return bounded(value.amount) === null ? null : value;
  return value;
}

function negated(value: Value): Value {
  if (isMoney(value)) return { ...value, amount: value.amount.negated() };
  return Base.isDecimal(value) ? (value as Decimal).negated() : null;
}

function binary(op: Operator, one: Value, other: Value, nodes: readonly [Node, Node]): Value {
  const open = nodes.every(({ type }) => type.kind === "json");
  if (op === "==" || op === "!=") return (open ? sameJson(one, other) : same(one, other)) === (op === "==");
  if (op === "in") return one !== null && Array.isArray(other) && other.some((it) => same(one, it as Value));
  if (one === null || other === null) return op === "<" || op === "<=" || op === ">" || op === ">=" ? false : null;
  if (op === "<" || op === "<=" || op === ">" || op === ">=") return ordered(op, compare(one, other));
  return bounded(arithmetic(op, one, other, nodes));
}

function same(one: Value, other: Value): boolean {
  if (one === null || other === null) return one === other;
  if (isMoney(one) && isMoney(other)) return one.currency === other.currency && one.amount.eq(other.amount);
  return compare(one, other) === 0;
}

/** As `jsonb` has it: numbers by their value, objects whatever the order of their members. */
function sameJson(one: unknown, other: unknown): boolean {
  const [left, right] = [one, other].map((it) => (typeof it === "number" ? decimal(it) : it));
  if (Base.isDecimal(left) || Base.isDecimal(right))
    return Base.isDecimal(left) && Base.isDecimal(right) && left.eq(right);
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return left === right;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const members = Object.entries(left);
  const there = right as Readonly<Record<string, unknown>>;
  return (
    members.length === Object.keys(right).length &&
    members.every(([name, value]) => Object.hasOwn(there, name) && sameJson(value, there[name]))
  );
}

/** Below, at or above zero; `undefined` where two values have no order: money of two currencies. */
function compare(one: Value, other: Value): number | undefined {
  const [left, right] = [
    isMoney(one) && !isMoney(other) ? one.amount : one,
    isMoney(other) && !isMoney(one) ? other.amount : other,
  ];
  if (isMoney(left) && isMoney(right))
    return left.currency === right.currency ? left.amount.cmp(right.amount) : undefined;
  if (Base.isDecimal(left) || Base.isDecimal(right)) {
    const [first, second] = [decimal(left), decimal(right)];
    return first && second ? first.cmp(second) : undefined;
  }
  if (typeof left === "string" && typeof right === "string") return byCodePoint(left, right);
  return left === right ? 0 : undefined;
}

/** UTF-16 puts signs beyond the first plane before some inside it; PostgreSQL's "C" goes by code point. */
function byCodePoint(one: string, other: string): number {
  if (one === other) return 0;
  let at = 0;
  while (one.charCodeAt(at) === other.charCodeAt(at)) at++;
  const isHalf = (text: string) => (text.charCodeAt(at) & 0xfc00) === 0xdc00;
  if ((one.charCodeAt(at - 1) & 0xfc00) === 0xd800 && (isHalf(one) || isHalf(other))) at--;
  return (one.codePointAt(at) ?? -1) - (other.codePointAt(at) ?? -1);
}

function ordered(op: "<" | "<=" | ">" | ">=", order: number | undefined): boolean {
  if (order === undefined || Number.isNaN(order)) return false;
  return op === "<" ? order < 0 : op === "<=" ? order <= 0 : op === ">" ? order > 0 : order >= 0;
}

function arithmetic(op: Operator, one: Value, other: Value, [left, right]: readonly [Node, Node]): Value {
  if (isMoney(one) || isMoney(other)) return moneyArithmetic(op, one, other);
  if (left.type.kind === "date") return dateArithmetic(op, String(one), other, right.type);
  if (left.type.kind === "moment") return momentArithmetic(op, String(one), other, right.type);
  if (typeof one === "string" && typeof other === "string") return op === "+" ? one + other : null;
  const [first, second] = [decimal(one), decimal(other)];
  if (!first || !second) return null;
  return numberArithmetic(op, first, second);
}

function numberArithmetic(op: Operator, one: Decimal, other: Decimal): Value {
  switch (op) {
    case "+":
      return one.plus(other);
    case "-":
      return one.minus(other);
    case "*":
      return one.times(other);
    case "/":
      return other.isZero() ? null : quotient(one, other);
    default:
      return other.isZero() ? null : one.mod(other);
  }
}

/** Twelve places, halves away from zero; by way of forty, as the SQL does it. */
function quotient(one: Decimal, other: Decimal): Decimal {
  return new Decimal(one).div(other).toDecimalPlaces(40).toDecimalPlaces(12);
}

function moneyArithmetic(op: Operator, one: Value, other: Value): Value {
  if (isMoney(one) && isMoney(other)) {
    if (one.currency !== other.currency || (op !== "+" && op !== "-")) return null;
    return {
      amount: op === "+" ? one.amount.plus(other.amount) : one.amount.minus(other.amount),
      currency: one.currency,
    };
  }
  const money = isMoney(one) ? one : isMoney(other) ? other : undefined;
  const factor = decimal(isMoney(one) ? other : one);
  if (!money || !factor) return null;
  const amount = numberArithmetic(op, money.amount, factor);
  return Base.isDecimal(amount) ? { amount: amount as Decimal, currency: money.currency } : null;
}

const dayMs = 86_400_000;

function dateArithmetic(op: Operator, date: string, other: Value, type: Type): Value {
  const at = Date.parse(`${date}T00:00:00Z`);
  if (type.kind === "date") return new Decimal((at - Date.parse(`${String(other)}T00:00:00Z`)) / dayMs);
  const seconds = decimal(other);
  if (!seconds) return null;
  const moved =
    at + (op === "+" ? 1 : -1) * seconds.div(86_400).toDecimalPlaces(0, Base.ROUND_FLOOR).toNumber() * dayMs;
  return dayText(moved);
}

function momentArithmetic(op: Operator, moment: string, other: Value, type: Type): Value {
  const at = Date.parse(moment);
  if (type.kind === "moment") return new Decimal(at - Date.parse(String(other))).div(1000);
  const seconds = decimal(other);
  if (!seconds) return null;
  const moved = new Date(at + (op === "+" ? 1 : -1) * seconds.times(1000).toDecimalPlaces(0).toNumber());
  return inRange(moved) ? moved.toISOString() : null;
}

function dayText(at: number): string | null {
  const day = new Date(at);
  return inRange(day) ? day.toISOString().slice(0, 10) : null;
}

const inRange = (at: Date) => at.getUTCFullYear() > 0 && at.getUTCFullYear() < 10_000;
