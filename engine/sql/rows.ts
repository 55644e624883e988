/** Columns that are filled, with their types. */
export type Columns = Readonly<Record<string, string>>;

/** The values of a row, in the order of its columns: texts, numbers, moments, lists of texts. */
export type Cells = readonly unknown[];

/**
 * Rows as parameters: of one row its values, of several a list for each column. One row is written as plain `values`:
 * taking it out of lists would cost PostgreSQL as much as writing it.
 */
export function cellsOf(rows: readonly Cells[]): Cells {
  const [first = []] = rows;
  return rows.length === 1 ? first : first.map((_, at) => listText(rows.map((row) => row[at])));
}

/**
 * A list as PostgreSQL writes it. A list in it is the text of one: PostgreSQL takes lists of lists apart to the end.
 * Where JSON escapes nothing but quotes and backslashes it writes the same, a thousand cells at once.
 */
export function listText(cells: Cells): string {
  if (!cells.every(isPlain)) return spelt(cells);
  const json = JSON.stringify(cells);
  return /\\[^"\\]/.test(json) ? spelt(cells) : `{${json.slice(1, -1)}}`;
}

const isPlain = (cell: unknown): boolean => {
  if (typeof cell === "number") return Number.isFinite(cell);
  return typeof cell === "string" || cell === null || cell === undefined || typeof cell === "boolean";
};

const spelt = (cells: Cells): string => `{${cells.map(cellText).join(",")}}`;

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "NULL";
  if (typeof cell === "string") return quoted(cell);
  if (cell instanceof Date) return quoted(cell.toISOString());
  if (Array.isArray(cell)) return quoted(listText(cell));
  return String(cell);
}

const quoted = (text: string): string => `"${/["\\]/.test(text) ? text.replaceAll(/["\\]/g, "\\$&") : text}"`;
