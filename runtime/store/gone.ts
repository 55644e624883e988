import type { Gone, Model } from "engine";
import type { Queryable } from "../database/pool.ts";

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
}

/** What earlier versions hid and the tables still keep: whole entities, and fields of those that live. */
export async function readGone(db: Queryable, schemaName: string, model: Model): Promise<Gone> {
  const { rows } = await db.query(
    `select c.relname as "table", a.attname as "column", pg_catalog.format_type(a.atttypid, a.atttypmod) as type
     from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       join pg_catalog.pg_attribute a on a.attrelid = c.oid
     where n.nspname = $1 and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
       and (c.relname like '\\_gone\\_%' or a.attname like '\\_gone%')
     order by c.relname, length(a.attname), a.attname`,
    [schemaName],
  );
  const entities = new Map<string, Record<string, string>>();
  const fields = new Map<string, string[]>();
  for (const { table, column, type } of rows as Column[]) {
    const hidden = /^_gone_(.+)$/.exec(table)?.[1];
    if (hidden !== undefined) entities.set(hidden, { ...entities.get(hidden), [column]: type });
    else {
      const anchor = model.entities.get(table)?.anchor;
      const field = /^_gone\d*_(.+)$/.exec(column)?.[1];
      const address = `${anchor}#${field}`;
      if (anchor !== undefined) fields.set(address, [...(fields.get(address) ?? []), type]);
    }
  }
  return { entities, fields };
}
