import { Cache, cellsOf, type Cells, type Columns } from "engine/sql";
import type { Part } from "./commit.ts";

/** A table of the engine's own, as rows are put into it. */
export interface Filling {
  readonly table: string;
  /** What each row has of its own. */
  readonly each: Columns;
  /** What all of them share. */
  readonly all: Columns;
  /** What happens where a row is there already. */
  readonly conflict?: string;
}

/** Of each filling, which others of the same table do not share. */
const texts = new WeakMap<Filling, Cache<string>>();

/** New rows of a table of the engine's own, all in one statement; cells stand in the order of the columns. */
export function inserted(schema: string, filling: Filling, rows: readonly Cells[], all: Cells = []): readonly Part[] {
  if (rows.length === 0) return [];
  const one = rows.length === 1;
  const known = texts.get(filling) ?? new Cache<string>(50);
  texts.set(filling, known);
  const sql = known.get(`${schema} ${String(one)}`, () => textOf(schema, filling, one));
  return [{ sql, parameters: [...cellsOf(rows), ...all] }];
}

function textOf(schema: string, { table, each, all, conflict = "" }: Filling, one: boolean): string {
  const [own, shared] = [Object.keys(each), Object.keys(all)];
  const typed = (columns: Columns, from: number, list = "") =>
    Object.values(columns).map((type, at) => `$${from + at + 1}::${type}${list}`);
  const common = typed(all, own.length);
  const source = one
    ? `values (${[...typed(each, 0), ...common].join(", ")})`
    : `select ${[...own.map((name) => `r.${name}`), ...common].join(", ")}
       from unnest(${typed(each, 0, "[]").join(", ")}) as r(${own.join(", ")})`;
  return `insert into ${schema}.${table} (${[...own, ...shared].join(", ")}) ${source} ${conflict}`;
}
