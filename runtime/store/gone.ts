import { movesValues, type Change, type Gone, type Mappings, type Model } from "engine";
import { goneColumn, goneTable, identifier, tableOf, type Publishing } from "engine/sql";
import { sqlState, transaction } from "../database/begin.ts";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { fieldAt } from "./measure.ts";
import { holdModel } from "./model-lock.ts";

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
  const noted = await db.query(
    `select address, mapping from ${identifier(schemaName)}._gone where mapping is not null`,
  );
  const mappings: Mappings = Object.fromEntries(noted.rows.map(({ address, mapping }) => [address, mapping]));
  return { entities, fields, mappings };
}

/** How long what was hidden waits for its return. */
export const keptDays = 30;

/** Writes down what a publish has hidden, and how its values were converted; what came back waits no more. */
export async function noteGone(
  tx: Queryable,
  { schema: name, now: before, next }: Publishing,
  changes: readonly Change[],
  now: Date,
): Promise<void> {
  const schema = identifier(name);
  for (const change of changes) {
    const back = change.act === "field.restore" || change.act === "entity.restore";
    const address = "address" in change ? change.address : "anchor" in change ? change.anchor : "";
    if (back) await tx.query(`delete from ${schema}._gone where address = $1`, [address]);
    const [old, field] = [fieldAt(before, address), fieldAt(next, address)];
    const swapped = old !== undefined && field !== undefined && movesValues(old, field, change);
    if (change.act === "field.hide" || change.act === "entity.hide" || swapped)
      await tx.query(
        `insert into ${schema}._gone (address, hidden_at, mapping) values ($1, $2, $3)
         on conflict (address) do update set hidden_at = excluded.hidden_at, mapping = excluded.mapping`,
        [address, now, "mapping" in change && change.mapping ? JSON.stringify(change.mapping) : null],
      );
  }
}

/** Whether something has waited long enough to be dropped. */
export async function waitingSweep({ pool, schema }: Workspace, now: Date): Promise<readonly string[]> {
  const { rows } = await pool.query(`select 1 from ${schema}._gone where hidden_at < $1 limit 1`, [dueBefore(now)]);
  return rows.length > 0 ? ["gone"] : [];
}

/**
 * Drops the columns and tables that were hidden more than 30 days ago, each in a short transaction of its own that holds
 * the model: nobody may bring back meanwhile what goes. What cannot be had at the moment is left for the next time.
 */
export async function sweepGone(workspace: Workspace, now: Date): Promise<void> {
  const { pool, schema } = workspace;
  const due = await pool.query(`select address from ${schema}._gone where hidden_at < $1`, [dueBefore(now)]);
  for (const { address } of due.rows as { address: string }[])
    await transaction(pool, "switch", async (tx) => {
      await holdModel(tx, workspace);
      const { rowCount } = await tx.query(`delete from ${schema}._gone where address = $1 and hidden_at < $2`, [
        address,
        dueBefore(now),
      ]);
      if (rowCount === 0) return;
      for (const sql of dropsOf(workspace, address)) await tx.query(sql);
    }).catch((error: unknown) => {
      if (sqlState(error) !== "55P03") throw error;
    });
}

const dueBefore = (now: Date) => new Date(now.getTime() - keptDays * 86_400_000);

function dropsOf({ model, schemaName }: Workspace, address: string): readonly string[] {
  const [anchor = "", field] = address.split("#");
  if (field === undefined) return [`drop table if exists ${tableOf(schemaName, goneTable(anchor))}`];
  const entity = [...model.entities.values()].find((it) => it.anchor === anchor);
  const table = tableOf(schemaName, entity ? entity.name : goneTable(anchor));
  return [0, 1].map(
    (at) => `alter table if exists ${table} drop column if exists ${identifier(goneColumn(field, at))}`,
  );
}
