import type { Workspace } from "../workspace.ts";

interface Looked {
  readonly atMs: number;
  readonly tables: Promise<ReadonlyMap<string, number>>;
}

const looked = new WeakMap<Workspace, Looked>();
const againMs = 60_000;

/** The tables of more rows than the workspace calls many and how many these are, as PostgreSQL has counted them last; looked at once a minute. */
export function largeTables(workspace: Workspace, now: Date): Promise<ReadonlyMap<string, number>> {
  const known = looked.get(workspace);
  if (known && Math.abs(now.getTime() - known.atMs) < againMs) return known.tables;
  const tables = read(workspace);
  looked.set(workspace, { atMs: now.getTime(), tables });
  tables.catch(() => looked.delete(workspace));
  return tables;
}

async function read({ pool, schemaName, manyRows }: Workspace): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query(
    `select c.relname as name, c.reltuples as rows from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind = 'r' and c.reltuples > $2`,
    [schemaName, manyRows],
  );
  return new Map((rows as { name: string; rows: number }[]).map((it) => [it.name, it.rows]));
}
