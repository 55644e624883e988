import type { Node, Operator } from "./tree.ts";
import type { Type } from "./type.ts";

/**
 * JSON has no type until it meets one: beside a number it is read as a number, beside a text as a text, where a
 * condition is wanted as a yes or no. What it holds instead reads as null. Both worlds read it by this node alone.
 */
export function settled(op: Operator, left: Node, right: Node): readonly [Node, Node] | undefined {
  const open = [left, right].filter(({ type }) => type.kind === "json");
  if (open.length === 0) return [left, right];
  if (op === "and" || op === "or") return [asKind(left, "boolean"), asKind(right, "boolean")];
  if (op === "in") return right.type.kind === "list" ? within(left, right, right.type.of) : undefined;
  const arithmetic = !isComparison(op);
  if (open.length === 2) {
    if (arithmetic) return [asKind(left, "number"), asKind(right, "number")];
    return op === "==" || op === "!=" ? [left, right] : undefined;
  }
  const known = left.type.kind === "json" ? right.type : left.type;
  if (known.kind === "null") return [left, right];
  const kind = (arithmetic ? reckoned : compared)[known.kind as "text"];
  const ordering = !arithmetic && op !== "==" && op !== "!=";
  if (!kind || (ordering && (kind === "boolean" || known.kind === "record"))) return undefined;
  return [asKind(left, kind), asKind(right, kind)];
}

/** An open value as what is wanted of it; every other node as it is. */
export function asKind(node: Node, kind: Settled): Node {
  return node.type.kind === "json" ? { op: "as", type: { kind }, of: node, start: node.start, end: node.end } : node;
}

/** What an open value may be read as. */
export type Settled = "boolean" | "number" | "text";

export const isSettled = (kind: Type["kind"]): kind is Settled =>
  kind === "boolean" || kind === "number" || kind === "text";

function within(left: Node, right: Node, item: Type): readonly [Node, Node] | undefined {
  const kind = compared[item.kind as "text"];
  if (left.type.kind === "json") return kind ? [asKind(left, kind), right] : undefined;
  return [left, right];
}

const comparing: ReadonlySet<Operator> = new Set(["==", "!=", "<", "<=", ">", ">="]);

export const isComparison = (op: Operator): boolean => comparing.has(op);

/** Dates and moments in JSON are texts, and ISO 8601 stands in the order of time. */
const compared: { readonly [Kind in Type["kind"]]?: Settled } = {
  text: "text",
  choice: "text",
  state: "text",
  id: "text",
  record: "text",
  date: "text",
  moment: "text",
  number: "number",
  duration: "number",
  money: "number",
  boolean: "boolean",
};

const reckoned: { readonly [Kind in Type["kind"]]?: Settled } = {
  text: "text",
  choice: "text",
  state: "text",
  id: "text",
  number: "number",
  money: "number",
};
