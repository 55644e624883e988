import type { CellProblem, Conversion, Fault, ImportProblem, ImportReport, ReadyRow } from "engine";
import type { CsvRow } from "../csv.ts";

/** What a batch came to: its counts and troubles, and the rows that were left out with the reason. */
export interface BatchResult {
  readonly report: ImportReport;
  readonly rejected: readonly { readonly row: CsvRow; readonly why: string }[];
}

/** A trouble of one row, before troubles of the same kind become one. */
export interface Trouble {
  readonly number: number;
  readonly column: string;
  readonly value: string;
  readonly code: string;
  readonly detail: string;
  readonly suggestions: readonly string[];
}

/** What cannot be read in a cell. */
export function cellTrouble(row: CsvRow, { column, value, code, suggestions }: CellProblem): Trouble {
  const told = {
    "value.unreadable": `"${value}" cannot be read here.`,
    "value.empty": "A value is wanted here.",
    "choice.unknown": `"${value}" is none of the choices.`,
    "state.unknown": `"${value}" is no state of the workflow.`,
  };
  return { number: row.number, column, value, code, detail: told[code], suggestions };
}

/** What stands against a row, at the column that it is told of. */
export function faultTrouble(
  { mapping }: Conversion,
  rows: readonly CsvRow[],
  { number }: Pick<ReadyRow, "number">,
  { code, detail, path }: Fault,
): Trouble {
  const field = path.split("/").at(-1) ?? "";
  const column = mapping.columns.find(({ fields }) => fields.some(({ name }) => name === field))?.column ?? "";
  const value = rows.find((row) => row.number === number)?.cells[column] ?? "";
  return { number, column, value, code, detail, suggestions: [] };
}

/** Counts and troubles as a report: those that are alike are one. */
export function resultOf(
  rows: readonly CsvRow[],
  counts: Pick<ImportReport, "created" | "updated" | "unchanged" | "also">,
  troubles: readonly Trouble[],
): BatchResult {
  const byRow = Map.groupBy(troubles, ({ number }) => number);
  const kinds = new Map<string, ImportProblem>();
  for (const { number, column, value, code, detail, suggestions } of troubles) {
    const key = JSON.stringify([column, value, code]);
    const known = kinds.get(key);
    kinds.set(
      key,
      known ? { ...known, rows: known.rows + 1 } : { column, value, code, detail, suggestions, rows: 1, first: number },
    );
  }
  const rejected = rows.flatMap((row) => {
    const own = byRow.get(row.number);
    return own ? [{ row, why: `${row.number}. ${own.map((it) => `${it.column}: ${it.detail}`).join(" ")}` }] : [];
  });
  return {
    report: { rows: rows.length, ...counts, rejected: rejected.length, problems: [...kinds.values()] },
    rejected,
  };
}
