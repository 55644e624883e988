import type { DescribedField } from "engine";
import { conjuncts, textOf } from "#lib/conditions/rows.ts";
import { words, type Words } from "#lib/words/index.ts";

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

type Named = readonly [name: string, word: keyof Words["operators"], takes: boolean];

const is: Named = ["==", "is", true];
const isNot: Named = ["!=", "isNot", true];
const empty: Named = ["empty", "isEmpty", false];
const filled: Named = ["filled", "isFilled", false];
const contains: Named = ["contains", "contains", true];
const holds: Named = ["in", "contains", true];
const lacks: Named = ["notIn", "lacks", true];
const starts: Named = ["startsWith", "startsWith", true];
const above: Named = [">=", "isAtLeast", true];
const under: Named = ["<", "isLess", true];
const after: Named = [">=", "isFrom", true];
const before: Named = ["<", "isBefore", true];
const yes: Named = ["true", "isTrue", false];
const no: Named = ["false", "isNotTrue", false];

const numbers = new Set(["integer", "decimal", "percent", "money", "rating", "formula", "rollup"]);

/** The conditions that make sense for a field. */
export function operatorsFor(field: DescribedField): readonly Operator[] {
  return namedFor(field).map(([name, word, takes]) => ({ name, title: words.operators[word], takes }));
}

function namedFor({ field, targets }: DescribedField): readonly Named[] {
  if (targets.length > 0 || field === "select" || field === "state") return [is, isNot, empty, filled];
  if (field === "multi_select") return [holds, lacks, empty, filled];
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
  if (operator === "notIn") return `!(${text} in ${path})`;
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
    /^!\('((?:\\.|[^'\\])*)' in ([\w.]+)\)$/,
    ([, value, path]) => ({ path: path!, operator: "notIn", value: unquoted(value!) }),
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

/** A condition taken apart. */
export function readClause(cel: string): Clause {
  for (const [shape, read] of shapes) {
    const found = shape.exec(cel);
    if (found) return { cel, ...read(found) };
  }
  return { cel, path: "", operator: "", value: "" };
}

/** The conditions of a filter that must all hold, each taken apart. */
export function readClauses(filter: string): readonly Clause[] {
  return conjuncts(filter).map((row) => readClause(textOf({ how: "all", rows: [row] })));
}

/** Filters all of which must hold, as one; what is an alternative is put into brackets. */
export function joined(filters: readonly string[]): string {
  const given = filters.filter((filter) => filter.trim() !== "");
  return given.length < 2 ? (given[0] ?? "") : textOf({ how: "all", rows: given.flatMap(conjuncts) });
}
