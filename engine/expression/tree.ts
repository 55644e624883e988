import type { Field, Inverse } from "../model.ts";
import type { Checked } from "./check.ts";
import type { FunctionType } from "../functions/function-type.ts";
import type { Type } from "./type.ts";

/** One step of a path: over a field of the record that one stands at, or over a list that points there. */
export interface Step {
  readonly name: string;
  readonly field?: Field;
  readonly list?: Inverse;
  /** Of a field that is worked out: how. */
  readonly formula?: () => Checked | undefined;
  /** Where the step leads: an entity for references and lists, otherwise nothing. */
  readonly to?: string;
}

/** The fields that an expression reads, from the record on. */
export type Path = readonly Step[];

/** Where a node stands in the text. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** A name in the text of an expression: what it names, and whether it is a value in quotes. */
export interface Name extends Place {
  readonly address: string;
  readonly quoted?: true;
}

/** A checked expression: every name found, every operator of a type that it fits. */
export type Node = Place & Shape;

type Shape =
  | { readonly op: "literal"; readonly type: Type; readonly value: string | boolean | null }
  /** `root` is `record` for bare names, else the name that the scope gives: `user`, `context`, a variable of `any`. */
  | { readonly op: "path"; readonly type: Type; readonly root: string; readonly steps: Path }
  /** A member of a bag: `event.data.reason`. */
  | { readonly op: "member"; readonly type: Type; readonly of: Node; readonly name: string }
  /** What JSON holds, read as a value of one type; null where it holds another. */
  | { readonly op: "as"; readonly type: Type; readonly of: Node }
  | { readonly op: "now" | "today"; readonly type: Type }
  /** Whether the record is in a segment, by the segment's anchor. */
  | { readonly op: "in_segment"; readonly type: Type; readonly segment: string }
  /** Whether a run of the record has ever stood in a state, or has made one of some moves. */
  | {
      readonly op: "been";
      readonly type: Type;
      readonly args: readonly [Node];
      readonly workflow: string;
      readonly state?: string;
      readonly moves?: readonly (readonly [from: string, to: string])[];
    }
  | { readonly op: "list"; readonly type: Type; readonly args: readonly Node[] }
  | { readonly op: "not" | "negate"; readonly type: Type; readonly args: readonly [Node] }
  | { readonly op: Operator; readonly type: Type; readonly args: readonly [Node, Node] }
  | { readonly op: "if"; readonly type: Type; readonly args: readonly [Node, Node, Node] }
  | { readonly op: "call"; readonly type: Type; readonly called: FunctionType; readonly args: readonly Node[] }
  | {
      readonly op: "some";
      readonly type: Type;
      readonly how: "any" | "all" | "none";
      readonly list: Node;
      readonly variable: string;
      readonly condition: Node;
    };

export type Operator = "and" | "or" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "+" | "-" | "*" | "/" | "%";

/** The nodes directly below a node. */
export function below(node: Node): readonly Node[] {
  if (node.op === "some") return [node.list, node.condition];
  if (node.op === "member" || node.op === "as") return [node.of];
  return "args" in node ? node.args : [];
}

export type PathNode = Node & { readonly op: "path" };

/** Whether a node is a path that leads to several records or values, and no value of its own. */
export function isOverList(node: Node): boolean {
  return node.op === "path" && node.steps.some(({ list }) => list);
}

/** Whether a node stands for many values: it may only be looked into, by `in`, `any`, `all` and `none`. */
export function isMany(node: Node): boolean {
  return node.op === "list" || isOverList(node);
}
