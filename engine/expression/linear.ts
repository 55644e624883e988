import { below, type Node } from "./tree.ts";

/** A comparison of a condition in which the clock stands, solved for the clock. */
export interface ClockTerm {
  /** Whether it counts in days of the workspace or in moments. */
  readonly clock: "now" | "today";
  /** How often the clock is taken, on the left side of the comparison less on the right. */
  readonly times: number;
  /** What else stands there: added or taken away, on the left side less on the right. */
  readonly rest: readonly { readonly sign: 1 | -1; readonly node: Node }[];
}

const comparisons: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/** Whether the clock stands somewhere in a node. */
export function readsClock(node: Node): boolean {
  return node.op === "now" || node.op === "today" || below(node).some(readsClock);
}

/** Whether it says something else to each who asks. */
export function readsAsker(node: Node): boolean {
  return (node.op === "path" && node.root === "user") || below(node).some(readsAsker);
}

/** A comparison solved for the clock; nothing where no clock stands in it, and `odd` where it cannot be solved. */
export function clockTerm(node: Node): ClockTerm | "odd" | undefined {
  if (!comparisons.has(node.op) || !readsClock(node)) return undefined;
  const [left, right] = (node as Node & { readonly args: readonly [Node, Node] }).args;
  const [one, other] = [linear(left, 1), linear(right, -1)];
  if (!one || !other) return "odd";
  const clocks = new Set([...one.clocks, ...other.clocks]);
  const [clock] = clocks;
  if (clock === undefined || clocks.size > 1) return "odd";
  const rest = [...one.rest, ...other.rest];
  const foreign = clock === "now" ? "date" : "moment";
  return rest.some(({ node: it }) => it.type.kind === foreign)
    ? "odd"
    : { clock, times: one.times + other.times, rest };
}

interface Linear {
  readonly clocks: readonly ("now" | "today")[];
  readonly times: number;
  readonly rest: ClockTerm["rest"];
}

const measured: ReadonlySet<string> = new Set(["moment", "date", "duration", "number"]);

function linear(node: Node, sign: 1 | -1): Linear | undefined {
  if (node.op === "now" || node.op === "today") return { clocks: [node.op], times: sign, rest: [] };
  if (!readsClock(node))
    return measured.has(node.type.kind) ? { clocks: [], times: 0, rest: [{ sign, node }] } : undefined;
  if (node.op === "negate") return linear(node.args[0], sign === 1 ? -1 : 1);
  if (node.op !== "+" && node.op !== "-") return undefined;
  const one = linear(node.args[0], sign);
  const other = linear(node.args[1], node.op === "-" ? (sign === 1 ? -1 : 1) : sign);
  return (
    one &&
    other && {
      clocks: [...one.clocks, ...other.clocks],
      times: one.times + other.times,
      rest: [...one.rest, ...other.rest],
    }
  );
}

/** The first part of a condition of which nobody can say beforehand when the clock turns it round. */
export function oddClock(node: Node): Node | undefined {
  const term = clockTerm(node);
  if (term === "odd") return node;
  if (term) return undefined;
  if (node.op === "now" || node.op === "today") return node;
  for (const child of below(node)) {
    const odd = oddClock(child);
    if (odd) return odd.op === "now" || odd.op === "today" ? node : odd;
  }
  return undefined;
}
