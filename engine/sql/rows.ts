/** Columns that are filled, with their types. */
export type Columns = Readonly<Record<string, string>>;

/** The values of a row, in the order of its columns. */
export type Cells = readonly unknown[];

/**
 * Rows as parameters: of one row its values, of several a list for each column. One row is written as plain `values`:
 * taking it out of lists would cost PostgreSQL as much as writing it.
 */
export function cellsOf(rows: readonly Cells[]): Cells {
  const [first = []] = rows;
  return rows.length === 1 ? first : first.map((_, at) => rows.map((row) => row[at]));
}
