import type { Decimal } from "decimal.js";
import type { Type } from "../expression/type.ts";

/** A value at work in the evaluator: numbers are decimals, dates and moments text, money a pair. */
export type Value =
  | null
  | boolean
  | string
  | Decimal
  | { readonly amount: Decimal; readonly currency: string }
  | readonly Value[]
  | { readonly [name: string]: unknown };

/** What a function asks of the type of an argument; `any` takes everything. */
export type Wanted = Type["kind"] | "any" | "text-like";

/** A function of the expression language: one file each, with three meanings that agree. */
export interface FunctionType {
  readonly name: string;
  readonly label: string;
  /** Whether it is also written behind its first argument: `name.startsWith("A")`. */
  readonly method?: true;
  readonly takes: readonly (readonly Wanted[])[];
  /** The last argument may be given many times. */
  readonly many?: true;
  readonly gives: Type | ((types: readonly Type[]) => Type);
  /** In JavaScript. Total: null in, null out, unless it says otherwise. */
  readonly evaluate: (args: readonly Value[]) => Value;
  /** In SQL: a text with `$1`, `$2` … for the arguments; must mean the same. */
  readonly sql: (count: number) => string;
  /** May stand in an index and in an `update` over columns (spec of SQL, rule 19). */
  readonly immutable: boolean;
  readonly examples: readonly { readonly cel: string; readonly gives: unknown }[];
}
