import { Decimal } from "decimal.js";
import type { Guard, WorkflowDocument } from "schemas";
import { evaluateNode } from "../../expression/evaluate.ts";
import type { Checked } from "../../expression/check.ts";
import { isComparison } from "../../expression/open.ts";
import type { Node } from "../../expression/tree.ts";
import type { Type } from "../../expression/type.ts";
import { leavesOf } from "../states.ts";

/** One case of all that guards tell apart: what their inputs are, and which of the guards hold there. */
export interface Case {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly holds: readonly boolean[];
}

/**
 * Every case that guards tell apart. `exact` where each input has been tried with a value of every kind that makes a
 * difference; what guards ask beyond that (two fields of each other, functions, rights) is taken as free to hold or not,
 * so that what never or always holds does so for certain.
 */
export interface Cases {
  readonly cases: readonly Case[];
  readonly exact: boolean;
}

/** What is read of the documents around: expressions checked, and the workflows whose states are values. */
export interface Domains {
  readonly expression: (cel: string) => Checked | undefined;
  readonly workflow: (name: string) => WorkflowDocument | undefined;
}

/** Beyond this many cases nothing is told. */
const casesMax = 8_192;

/** All cases of guards that stand beside each other; nothing where they are too many, or one cannot be read. */
export function casesOf(guards: readonly (Guard | undefined)[], domains: Domains): Cases | undefined {
  const conditions = guards.map((guard) => conditionOf(guard, domains));
  if (!conditions.every((it) => it !== undefined)) return undefined;
  const inputs = new Map<string, Input>();
  for (const condition of conditions) if (typeof condition === "object") gather(condition, inputs);
  const domainsOf = [...inputs.values()].map((input) => ({ input, values: valuesOf(input, domains) }));
  const size = domainsOf.reduce((product, { values }) => product * values.length, 1);
  if (size > casesMax) return undefined;
  const truths = conditions.map((it): Truth => (typeof it === "boolean" ? () => it : truthOf(it)));
  const cases = Array.from({ length: size }, (_, number) => {
    let rest = number;
    const given = new Map<string, unknown>();
    for (const { input, values } of domainsOf) {
      given.set(input.key, values[rest % values.length]);
      rest = Math.floor(rest / values.length);
    }
    const told = domainsOf.flatMap(({ input: { key, free } }) => (free ? [] : [[key, given.get(key)] as const]));
    const holds = truths.map((it) => it(given));
    return { inputs: Object.fromEntries(told), holds };
  });
  return { cases, exact: ![...inputs.values()].some(({ free }) => free) };
}

/** A condition to try: fixed, or the node of an expression. A right, and a share between none and all, are free. */
function conditionOf(guard: Guard | undefined, { expression }: Domains): boolean | Node | undefined {
  if (!guard) return true;
  if (guard.type === "expr") return expression(guard.params.cel)?.node;
  if (guard.type === "rollout" && (guard.params.percent === 0 || guard.params.percent === 100))
    return guard.params.percent === 100;
  const name = guard.type === "can" ? guard.params.right : `${guard.params.percent} % ${guard.params.salt}`;
  const boolean = { kind: "boolean" } as const;
  return { op: "path", root: name, steps: [], type: boolean, start: 0, end: 0, free: true } as Node;
}

interface Input {
  readonly key: string;
  readonly node: Node;
  /** Nothing is known of its values: it holds or does not. */
  readonly free: boolean;
  readonly constants: unknown[];
}

/** The part of a comparison that is not fixed, and what it is compared with; nothing where both sides are open. */
function compared(node: Node): { readonly input: Node; readonly constants: readonly unknown[] } | undefined {
  if (node.op !== "in" && !isComparison(node.op as "==")) return undefined;
  const [left, right] = (node as Node & { readonly args: readonly [Node, Node] }).args;
  const fixed = (it: Node): readonly unknown[] | undefined =>
    it.op === "literal"
      ? [it.value]
      : it.op === "negate"
        ? fixed(it.args[0])?.map((value) => `-${String(value)}`)
        : undefined;
  if (node.op === "in") {
    if (right.op !== "list" || !isInput(left)) return undefined;
    const values = right.args.map(fixed);
    return values.every((it) => it !== undefined) ? { input: left, constants: values.flat() } : undefined;
  }
  const [one, other] = [fixed(left), fixed(right)];
  if (other && isInput(left)) return { input: left, constants: other };
  return one && isInput(right) ? { input: right, constants: one } : undefined;
}

function isInput(node: Node): boolean {
  if (node.op === "member" || node.op === "as") return isInput(node.of);
  return node.op === "path" && node.type.kind !== "list";
}

function keyOf(node: Node): string {
  if (node.op === "member") return `${keyOf(node.of)}.${node.name}`;
  if (node.op === "as") return keyOf(node.of);
  return node.op === "path" ? [node.root, ...node.steps.map(({ name }) => name)].join(".") : "";
}

function gather(node: Node, inputs: Map<string, Input>): void {
  const { kind, node: atom, constants } = partOf(node);
  if (kind === "joined") for (const part of partsOf(node)) gather(part, inputs);
  else if (atom) {
    const key = kind === "free" ? freeKey(atom) : keyOf(atom);
    const known = inputs.get(key) ?? { key, node: atom, free: kind === "free", constants: [] };
    known.constants.push(...constants);
    inputs.set(key, known);
  }
}

const partsOf = (node: Node): readonly Node[] => ("args" in node ? node.args : []);

/** Two conditions that look alike are one, whatever stands between their signs. */
function freeKey(node: Node): string {
  if (node.op === "path" && node.steps.length === 0) return node.root;
  return JSON.stringify(node, (name, value: unknown) =>
    ["start", "end", "type", "field", "list", "called"].includes(name)
      ? name === "called"
        ? (value as { name: string }).name
        : undefined
      : value,
  );
}

/** What a node is to the analysis: joined of others, fixed, a comparison of one input, an input by itself, or free. */
function partOf(node: Node): {
  readonly kind: "joined" | "fixed" | "compared" | "bare" | "free";
  readonly node?: Node;
  readonly constants: readonly unknown[];
} {
  if (node.op === "and" || node.op === "or" || node.op === "not" || (node.op === "if" && node.type.kind === "boolean"))
    return { kind: "joined", constants: [] };
  if (node.op === "literal") return { kind: "fixed", constants: [] };
  if ("free" in node) return { kind: "free", node, constants: [] };
  const comparison = compared(node);
  if (comparison && isKnown(comparison.input.type))
    return { kind: "compared", node: comparison.input, constants: comparison.constants };
  if (isInput(node) && node.type.kind === "boolean") return { kind: "bare", node, constants: [] };
  return { kind: "free", node, constants: [] };
}

const isKnown = ({ kind }: Type): boolean => kind !== "json" && kind !== "list" && kind !== "map" && kind !== "null";

type Truth = (given: ReadonlyMap<string, unknown>) => boolean;

/** Whether a condition holds, by the values of its inputs. Each comparison is worked out once for each value, not for each case. */
function truthOf(node: Node): Truth {
  const { kind, node: atom } = partOf(node);
  if (kind === "joined") {
    const [first, second, third] = partsOf(node).map(truthOf) as [Truth, Truth, Truth];
    if (node.op === "not") return (given) => !first(given);
    if (node.op === "and") return (given) => first(given) && second(given);
    if (node.op === "or") return (given) => first(given) || second(given);
    return (given) => (first(given) ? second(given) : third(given));
  }
  const clock = { now: "", today: "" };
  if (kind === "fixed") {
    const fixed = evaluateNode(node, clock) === true;
    return () => fixed;
  }
  const key = kind === "free" ? freeKey(atom!) : keyOf(atom!);
  if (kind === "free") return (given) => given.get(key) === true;
  const known = new Map<unknown, boolean>();
  return (given) => {
    const value = given.get(key);
    const holds = known.get(value) ?? evaluateNode(filled(node, given), clock) === true;
    known.set(value, holds);
    return holds;
  };
}

/** The node with its input as a literal of the value that is tried. */
function filled(node: Node, given: ReadonlyMap<string, unknown>): Node {
  if (isInput(node))
    return { op: "literal", type: node.type, value: given.get(keyOf(node)) as null, start: node.start, end: node.end };
  return "args" in node ? ({ ...node, args: node.args.map((it) => filled(it, given)) } as Node) : node;
}

/** A value of an input for every case that its constants tell apart, null among them where it may be empty. */
function valuesOf({ node, free, constants }: Input, domains: Domains): readonly unknown[] {
  if (free) return [true, false];
  const step = node.op === "path" ? node.steps.at(-1) : undefined;
  const [own] = node.op === "path" ? node.steps : [];
  const filledAlways = node.op === "path" && node.root === "record" && own === step && step?.field?.required === true;
  const fixed = constants.filter((it) => it !== null);
  const some = ofKind(node.type, fixed, step?.field, domains);
  return filledAlways || node.type.kind === "state" ? some : [...some, null];
}

type Declared =
  { readonly type: { readonly value: (property: any) => unknown }; readonly property: unknown } | undefined;

function ofKind(type: Type, constants: readonly unknown[], field: Declared, domains: Domains): readonly unknown[] {
  switch (type.kind) {
    case "boolean":
      return [true, false];
    case "choice":
      return type.values.length > 0 ? type.values : texts(constants);
    case "state": {
      const document = domains.workflow(type.workflow);
      return document ? leavesOf(document, type.region).map(({ key }) => key) : texts(constants);
    }
    case "number":
    case "duration":
      return numbers(constants, schemaOf(field)).map((it) => it.toFixed());
    case "money":
      return numbers(constants, {}).map((it) => ({ amount: it.toFixed(), currency: "EUR" }));
    case "date":
      return around(constants, 86_400_000).map((at) => new Date(at).toISOString().slice(0, 10));
    case "moment":
      return around(constants, 1000).map((at) => new Date(at).toISOString());
    default:
      return texts(constants);
  }
}

interface NumberSchema {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const schemaOf = (field: Declared): NumberSchema => (field ? (field.type.value(field.property) as NumberSchema) : {});

/** The constants, what lies just beside them and between each two, inside of what the field takes. */
function numbers(constants: readonly unknown[], { type, minimum, maximum }: NumberSchema): readonly Decimal[] {
  const ends = [minimum, maximum].filter((it) => it !== undefined && Math.abs(it) < Number.MAX_SAFE_INTEGER);
  const given = [...constants, ...ends].map((it) => new Decimal(String(it).replace(/^--/, "")));
  const sorted = (given.length > 0 ? given : [new Decimal(0)]).sort((one, other) => one.cmp(other));
  const between = sorted.slice(1).map((it, at) => it.plus(sorted[at]!).div(2));
  const all = [...sorted, ...sorted.flatMap((it) => [it.minus(1), it.plus(1)]), ...between].filter(
    (it) =>
      (type !== "integer" || it.isInteger()) &&
      (minimum === undefined || it.gte(minimum)) &&
      (maximum === undefined || it.lte(maximum)),
  );
  return [...new Map(all.map((it) => [it.toFixed(), it])).values()];
}

function around(constants: readonly unknown[], unitMs: number): readonly number[] {
  const given = constants.map((it) => Date.parse(String(it))).filter((at) => !Number.isNaN(at));
  const middle = given.length > 0 ? given : [0];
  return [...new Set(middle.flatMap((at) => [at - unitMs, at, at + unitMs]))];
}

function texts(constants: readonly unknown[]): readonly string[] {
  const given = constants.map(String);
  return [...new Set(["", ...given, ...given.map((it) => `${it}!`), "\u{10ffff}"])];
}
