import { keptText } from "../expression/type.ts";
import { choicesOf, type Field, type Model } from "../model.ts";
import type { ReadHints } from "../field-types/field-type.ts";
import { nearest } from "../nearest.ts";
import { leavesOf } from "../workflow/states.ts";
import type { ImportMapping, MappedColumn } from "./plan.ts";

/** Something in a cell that the file's owner can mend. */
export interface CellProblem {
  readonly column: string;
  readonly value: string;
  readonly code: "value.unreadable" | "value.empty" | "choice.unknown" | "state.unknown";
  readonly suggestions: readonly string[];
}

/** A reference that a cell names by a text. */
export interface Naming {
  readonly column: MappedColumn;
  readonly field: string;
  readonly text: string;
}

/** One row of the file as far as it can be read without the database. */
export interface ConvertedRow {
  readonly values: Readonly<Record<string, unknown>>;
  readonly namings: readonly Naming[];
  /** The leaf that the row's run is placed in. */
  readonly state: string | undefined;
  readonly problems: readonly CellProblem[];
}

/** What the conversion of a whole file has in common. */
export interface Conversion {
  readonly model: Model;
  readonly mapping: ImportMapping;
  readonly hints: ReadHints;
  /** Leaf states of the entity's workflow: key by title and by key, in lower case. */
  readonly states: ReadonlyMap<string, string>;
  /** The leaves that are ends. */
  readonly ends: ReadonlySet<string>;
}

/** What the conversion by a mapping needs to know of the workflow and of how the file writes things. */
export function conversionOf(model: Model, mapping: ImportMapping): Conversion {
  const workflow = mapping.state && model.workflows.get(String(mapping.state.field.property.workflow));
  const leaves = workflow ? leavesOf(workflow) : [];
  const { dates = "ymd", decimal = "." } = mapping.plan.format ?? {};
  return {
    model,
    mapping,
    hints: { currency: model.workspace.currency, dates, decimal, zone: model.workspace.time_zone },
    states: new Map(
      leaves.flatMap(({ key, state }) => [[state.meta.title.toLowerCase(), key] as const, [key, key] as const]),
    ),
    ends: new Set(leaves.filter(({ state }) => state.tags?.includes("end")).map(({ key }) => key)),
  };
}

/** Reads the cells of one row by the mapping. Never throws: what cannot be read is told as a problem of its cell. */
export function convertRow(conversion: Conversion, cells: Readonly<Record<string, string>>): ConvertedRow {
  const row = { values: {} as Record<string, unknown>, namings: [] as Naming[], problems: [] as CellProblem[] };
  let state: string | undefined;
  const clear = (field: Field) => void (field.required || (row.values[field.name] = null));
  for (const column of conversion.mapping.columns) {
    const written = (cells[column.column] ?? "").trim();
    const whole = column.values.get(written) ?? written;
    if (whole === "") {
      if (column.empty === "reject") row.problems.push(cellProblem(column, written, "value.empty"));
      else column.fields.forEach(clear);
      continue;
    }
    if (whole.includes("\0") || !whole.isWellFormed()) {
      row.problems.push(cellProblem(column, written, "value.unreadable"));
      continue;
    }
    for (const [at, field] of column.fields.entries()) {
      const text = column.split ? wordOf(whole, at, column.fields.length) : whole;
      if (text === "") clear(field);
      else if (column.reference && field.targets.length > 0) {
        const { type, property } = column.reference.by;
        row.namings.push({ column, field: field.name, text: keptText(type.type(property), text) });
      } else if (field.type.name === "state") {
        state = conversion.states.get(text.toLowerCase());
        if (state === undefined)
          row.problems.push(
            cellProblem(column, written, "state.unknown", near(text, new Set(conversion.states.values()))),
          );
      } else {
        const hints =
          column.currency === undefined ? conversion.hints : { ...conversion.hints, currency: column.currency };
        const value = field.type.read ? field.type.read(text, field.property, hints) : text;
        if (value === undefined) row.problems.push(unreadable(conversion.model, column, written, field.property));
        else row.values[field.name] = value;
      }
    }
  }
  return { values: row.values, namings: row.namings, state, problems: row.problems };
}

/** The word of a text for one of so many places: the last has all that is left. */
function wordOf(text: string, at: number, places: number): string {
  const words = text.split(/\s+/);
  return at === places - 1 ? words.slice(at).join(" ") : (words[at] ?? "");
}

function unreadable(
  model: Model,
  column: MappedColumn,
  written: string,
  property: { readonly value_set?: unknown },
): CellProblem {
  const choices = choicesOf(model, property as never);
  if (choices.length === 0) return cellProblem(column, written, "value.unreadable");
  return cellProblem(column, written, "choice.unknown", near(written, new Set(choices.map(({ title }) => title))));
}

function near(text: string, names: ReadonlySet<string>): readonly string[] {
  const found = nearest(text, names);
  return found === undefined ? [...names].slice(0, 5) : [found];
}

function cellProblem(
  column: MappedColumn,
  value: string,
  code: CellProblem["code"],
  suggestions: readonly string[] = [],
): CellProblem {
  return { column: column.column, value: value.replaceAll("\0", "\ufffd").toWellFormed(), code, suggestions };
}
