import { randomUUID } from "node:crypto";
import type { Model } from "engine";
import { concurrently, dropIndex, structuresOf, tableOf } from "engine/sql";
import { transaction } from "../database/begin.ts";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import type { Left } from "./publish-lease.ts";

const kind = "indexes";

/** Models whose tables were found to have the indexes that they ask for: until the next one there is nothing to look for. */
const whole = new WeakSet<Model>();

/** Whether tables lack an index that this release makes with the model, or have one that an earlier one made. */
export async function waitingIndexes(workspace: Workspace): Promise<readonly string[]> {
  const { model, pool } = workspace;
  if (whole.has(model)) return [];
  const left = await leftFor(pool, workspace, model);
  if (left?.statements.length === 0) whole.add(model);
  return left === undefined || left.statements.length === 0 ? [] : [kind];
}

/** Whether all indexes stand that a model asks for. */
export async function hasIndexes(workspace: Workspace): Promise<boolean> {
  const { model, pool } = workspace;
  return whole.has(model) || (await leftFor(pool, workspace, model))?.statements.length === 0;
}

/**
 * Has the indexes made as those of a publish are that has been switched: one after the other, holding nobody up, and by
 * another process where this one dies. Until then publishes of the same entities are refused.
 */
export async function claimIndexes(workspace: Workspace, now: Date): Promise<void> {
  const { model, pool, schema } = workspace;
  await transaction(pool, "write", async (tx) => {
    await tx.query(`select 1 from ${schema}._state for update`);
    const left = await leftFor(tx, workspace, model);
    if (left === undefined || left.statements.length === 0) return;
    const operation = newId(now);
    const detail = JSON.stringify({ phase: "finish", version: model.version });
    await tx.query(
      `insert into ${schema}._operation (id, kind, status, title, at, rows, detail)
       values ($1, 'publish', 'finishing', 'Indexes of this release', $2, 0, $3)`,
      [operation, now, detail],
    );
    await tx.query(
      `insert into ${schema}._publish
         (id, operation, status, kind, touches, version, finish, begun_at, owner, lease_until)
       values ($1, $2, 'finishing', 'other', $3, $4, $5, $6, $7, clock_timestamp())`,
      [newId(now), operation, left.touches, model.version, JSON.stringify(left.statements), now, randomUUID()],
    );
  });
}

interface Standing {
  readonly name: string;
  readonly table: string;
  readonly valid: boolean;
}

/** What is to be made and dropped for a model; undefined where another one stands, or a publish is at work on it. */
async function leftFor(
  db: Queryable,
  { schema, schemaName }: Workspace,
  model: Model,
): Promise<{ readonly statements: readonly Left[]; readonly touches: readonly string[] } | undefined> {
  const { rows } = await db.query(
    `select (select coalesce(json_agg(json_build_object('name', c.relname, 'table', t.relname, 'valid', i.indisvalid)), '[]')
         from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
           join pg_catalog.pg_class t on t.oid = i.indrelid join pg_catalog.pg_namespace n on n.oid = t.relnamespace
         where n.nspname = $1 and c.relname like 'ix\\_%\\_k') as indexes
     from ${schema}._state s where s.model = $2
       and not exists (select 1 from ${schema}._publish where status in ('preparing', 'finishing'))`,
    [schemaName, model.version],
  );
  if (!rows[0]) return undefined;
  const standing = rows[0].indexes as readonly Standing[];
  const there = new Set(standing.flatMap(({ name, valid }) => (valid ? name : [])));
  const found = [...model.entities.values()].map((entity) => {
    const wanted = structuresOf(model, entity).filter((it) => it.kind === "index");
    const names = new Set(wanted.map(({ name }) => name));
    const missing = wanted.filter(({ name }) => !there.has(name));
    const spare = standing.filter(({ name, table }) => table === entity.name && !names.has(name));
    const analyze = `analyze ${tableOf(schemaName, entity.name)}`;
    const statements: readonly Left[] = [
      ...missing.map((it) => ({
        sql: it.create(schemaName),
        online: it.create(schemaName, { concurrently: true }),
        leftover: concurrently(it.drop(schemaName)),
      })),
      // What PostgreSQL knows of the signs in texts it learns from the index.
      ...(missing.length > 0 ? [{ sql: analyze, online: analyze }] : []),
      ...spare.map(({ name }) => ({ sql: concurrently(dropIndex(schemaName, name)) })),
    ];
    return { anchor: entity.anchor, statements };
  });
  return {
    statements: found.flatMap(({ statements }) => statements),
    touches: found.filter(({ statements }) => statements.length > 0).map(({ anchor }) => anchor),
  };
}
