import type { DescribedField } from "engine";

/** One condition of a filter, as a chip shows it. What rows cannot show keeps its expression. */
export interface Clause {
  readonly cel: string;
  readonly path: string;
  readonly operator: string;
  readonly value: string;
}

export interface Operator {
  readonly name: string;
  readonly title: string;
  /** Whether a value follows. */
  readonly takes: boolean;
}

const is = { name: "==", title: "is", takes: true };
const isNot = { name: "!=", title: "is not", takes: true };
const empty = { name: "empty", title: "is empty", takes: false };
const filled = { name: "filled", title: "is not empty", takes: false };
const contains = { name: "contains", title: "contains", takes: true };
const starts = { name: "startsWith", title: "starts with", takes: true };
const above = { name: ">=", title: "is at least", takes: true };
const under = { name: "<", title: "is less than", takes: true };
const after = { name: ">=", title: "is on or after", takes: true };
const before = { name: "<", title: "is before", takes: true };
const yes = { name: "true", title: "is true", takes: false };
const no = { name: "false", title: "is not true", takes: false };

const numbers = new Set(["integer", "decimal", "percent", "money", "rating", "formula", "rollup"]);

/** The conditions that make sense for a field. */
export function operatorsFor({ field, targets }: DescribedField): readonly Operator[] {
  if (targets.length > 0 || field === "select" || field === "state") return [is, isNot, empty, filled];
  if (field === "multi_select") return [{ ...contains, name: "in" }, empty, filled];
  if (field === "boolean") return [yes, no];
  if (field === "date" || field === "date_time") return [after, before, empty, filled];
  if (numbers.has(field)) return [above, under, is, empty, filled];
  return [contains, starts, is, isNot, empty, filled];
}

/** The expression of a condition. */
export function clauseOf({ field, targets }: DescribedField, { path, operator, value }: Omit<Clause, "cel">): string {
  const text = `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  if (operator === "empty") return `${path} == null`;
  if (operator === "filled") return `${path} != null`;
  if (operator === "true") return path;
  if (operator === "false") return `!${path}`;
  if (operator === "in") return `${text} in ${path}`;
  if (operator === "contains" || operator === "startsWith") return `lower(${path}).${operator}(lower(${text}))`;
  if (field === "date_time") return `${path} ${operator} timestamp('${value}T00:00:00Z')`;
  const isNumber = numbers.has(field) && targets.length === 0;
  return `${path} ${operator} ${isNumber ? value.replace(",", ".") : text}`;
}

const shapes: readonly (readonly [RegExp, (parts: RegExpExecArray) => Omit<Clause, "cel">])[] = [
  [/^([\w.]+) == null$/, ([, path]) => ({ path: path!, operator: "empty", value: "" })],
  [/^([\w.]+) != null$/, ([, path]) => ({ path: path!, operator: "filled", value: "" })],
  [/^!([\w.]+)$/, ([, path]) => ({ path: path!, operator: "false", value: "" })],
  [/^([\w.]+)$/, ([, path]) => ({ path: path!, operator: "true", value: "" })],
  [
    /^'((?:\\.|[^'\\])*)' in ([\w.]+)$/,
    ([, value, path]) => ({ path: path!, operator: "in", value: unquoted(value!) }),
  ],
  [
    /^lower\(([\w.]+)\)\.(contains|startsWith)\(lower\('((?:\\.|[^'\\])*)'\)\)$/,
    ([, path, operator, value]) => ({ path: path!, operator: operator!, value: unquoted(value!) }),
  ],
  [
    /^([\w.]+) (==|!=|>=|<) timestamp\('(\d{4}-\d\d-\d\d)[^']*'\)$/,
    ([, path, operator, value]) => ({ path: path!, operator: operator!, value: value! }),
  ],
  [
    /^([\w.]+) (==|!=|>=|<) '((?:\\.|[^'\\])*)'$/,
    ([, path, operator, value]) => ({ path: path!, operator: operator!, value: unquoted(value!) }),
  ],
  [
    /^([\w.]+) (==|!=|>=|<) (-?[\d.]+)$/,
    ([, path, operator, value]) => ({ path: path!, operator: operator!, value: value! }),
  ],
];

const unquoted = (text: string) => text.replaceAll(/\\(.)/g, "$1");

/** A filter taken apart into its conditions; quotes and brackets are respected. */
export function readClauses(filter: string): readonly Clause[] {
  return parts(filter).map((cel) => {
    for (const [shape, read] of shapes) {
      const found = shape.exec(cel);
      if (found) return { cel, ...read(found) };
    }
    return { cel, path: "", operator: "", value: "" };
  });
}

/** Filters all of which must hold, as one; what is an alternative is put into brackets. */
export function joined(filters: readonly string[]): string {
  const given = filters.filter((filter) => filter.trim() !== "");
  if (given.length < 2) return given[0] ?? "";
  return given.map((filter) => (isConjunction(filter) ? filter : `(${filter})`)).join(" && ");
}

/** Whether nothing in a filter binds less than `&&`. */
function isConjunction(filter: string): boolean {
  const outside = parts(filter).map((part) => part.replaceAll(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/g, "''"));
  return !outside.some((part) => /\|\||\?/.test(bare(part)));
}

/** An expression without what stands in brackets. */
function bare(text: string): string {
  const inner = /[([{][^()[\]{}]*[)\]}]/g;
  const next = text.replaceAll(inner, "");
  return next === text ? text : bare(next);
}

function parts(filter: string): readonly string[] {
  const found: string[] = [];
  let depth = 0;
  let part = "";
  for (const [token] of filter.matchAll(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|&&|[\s\S]/g)) {
    if (/^[([{]$/.test(token)) depth++;
    if (/^[)\]}]$/.test(token)) depth--;
    if (token === "&&" && depth === 0) {
      found.push(part.trim());
      part = "";
    } else part += token;
  }
  return [...found, part.trim()].filter((it) => it !== "");
}
