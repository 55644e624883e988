import { parse, type ASTNode } from "@marcbachmann/cel-js";
import { Cache } from "../cache.ts";
import { fault, type Fault } from "../problem.ts";

export type { ASTNode };

/** What an expression may not exceed. */
export const limits = { length: 10_000, depth: 64, nodes: 500 } as const;

interface Parsed {
  readonly ast?: ASTNode;
  readonly faults: readonly Fault[];
}

/** Texts up to this length are kept with their trees. */
const keptLength = 500;
/** The same texts are read again with each model, and by each of those who ask what they name. */
const known = new Cache<Parsed>(1000);

/**
 * The syntax tree of a CEL expression (cel-spec, syntax section), or what is wrong with its text. Nesting is measured
 * before anything recursive sees the text, so no length and no depth can exhaust the stack.
 */
export function parseExpression(text: string): Parsed {
  return text.length > keptLength ? parsed(text) : known.get(text, () => parsed(text));
}

function parsed(text: string): Parsed {
  if (text.length > limits.length) return { faults: [fault("expression.too_long", { max: limits.length })] };
  if (nesting(text) > limits.depth) return { faults: [fault("expression.too_deep", { max: limits.depth })] };
  if (!text.isWellFormed() || text.includes("\0")) return { faults: [fault("value.not_text", {})] };
  let ast: ASTNode;
  try {
    ast = parse(text).ast;
  } catch (error) {
    return { faults: [fault("expression.syntax", { fault: firstLine(error) })] };
  }
  const { nodes, depth } = measure(ast);
  if (nodes > limits.nodes) return { faults: [fault("expression.too_large", { max: limits.nodes })] };
  if (depth > limits.depth) return { faults: [fault("expression.too_deep", { max: limits.depth })] };
  return { ast, faults: [] };
}

/** How deep brackets and prefixes stand in each other; text in quotes counts for nothing. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  let prefixes = 0;
  for (const [part] of text.matchAll(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[([{?]|[)\]}]|[!-]|\S/gs)) {
    prefixes = part === "!" || part === "-" ? prefixes + 1 : 0;
    if (/^[([{?]$/.test(part)) depth++;
    else if (/^[)\]}]$/.test(part)) depth--;
    deepest = Math.max(deepest, depth + prefixes);
  }
  return deepest;
}

/** Counts without recursion: chains of operators are deep on one side. */
function measure(root: ASTNode): { nodes: number; depth: number } {
  const open: [node: ASTNode, depth: number][] = [[root, 1]];
  let nodes = 0;
  let depth = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    nodes++;
    depth = Math.max(depth, next[1]);
    for (const child of children(next[0])) {
      const chained = child.op === next[0].op && (child.op === "||" || child.op === "&&" || child.op === "+");
      open.push([child, chained ? next[1] : next[1] + 1]);
    }
  }
  return { nodes, depth };
}

function children(node: ASTNode): readonly ASTNode[] {
  const found: ASTNode[] = [];
  const add = (value: unknown) => {
    if (Array.isArray(value)) for (const item of value) add(item);
    else if (typeof value === "object" && value !== null && "op" in value) found.push(value as ASTNode);
  };
  add(node.args);
  return found;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
