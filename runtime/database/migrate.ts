import { identifier } from "engine/sql";
import { statements as trellisTables } from "../store/migrations/trellis-1-tables.ts";
import { statements as signInTables } from "../store/migrations/trellis-2-sign-in.ts";
import { statements as tokenHashes } from "../store/migrations/trellis-3-token-hashes.ts";
import { statements as bigrams } from "../store/migrations/trellis-4-bigrams.ts";
import { statements as secondFactor } from "../store/migrations/trellis-5-second-factor.ts";
import { statements as workspaceTables } from "../store/migrations/workspace-1-tables.ts";
import { statements as timers } from "../store/migrations/workspace-2-timers.ts";
import { statements as publishTables } from "../store/migrations/workspace-3-publish.ts";
import { statements as templateTables } from "../store/migrations/workspace-4-templates.ts";
import { statements as viewTables } from "../store/migrations/workspace-5-views.ts";
import { statements as connectionTables } from "../store/migrations/workspace-6-connections.ts";
import { statements as undoneTables } from "../store/migrations/workspace-7-undone.ts";
import { statements as sharingTables } from "../store/migrations/workspace-8-sharing.ts";
import { statements as presenceTables } from "../store/migrations/workspace-9-presence.ts";
import { statements as taskTables } from "../store/migrations/workspace-10-tasks.ts";
import { statements as asking } from "../store/migrations/workspace-11-asking.ts";
import { statements as processTables } from "../store/migrations/workspace-12-processes.ts";
import { statements as effectTables } from "../store/migrations/workspace-13-effects.ts";
import { statements as namesOfRuns } from "../store/migrations/workspace-14-names.ts";
import { statements as sendingTables } from "../store/migrations/workspace-15-sendings.ts";
import { statements as heardTables } from "../store/migrations/workspace-16-heard.ts";
import { statements as attached } from "../store/migrations/workspace-17-attached.ts";
import type { Connection, Pool } from "./pool.ts";

/** One step of the product's own tables, forward only. Its number is its place in the list. */
interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

const ofTrellis: readonly Migration[] = [
  { name: "tables", statements: trellisTables },
  { name: "sign-in", statements: signInTables },
  { name: "token-hashes", statements: tokenHashes },
  { name: "bigrams", statements: bigrams },
  { name: "second-factor", statements: secondFactor },
];
const ofWorkspace: readonly Migration[] = [
  { name: "tables", statements: workspaceTables },
  { name: "timers", statements: timers },
  { name: "publish", statements: publishTables },
  { name: "templates", statements: templateTables },
  { name: "views", statements: viewTables },
  { name: "connections", statements: connectionTables },
  { name: "undone", statements: undoneTables },
  { name: "sharing", statements: sharingTables },
  { name: "presence", statements: presenceTables },
  { name: "tasks", statements: taskTables },
  { name: "asking", statements: asking },
  { name: "processes", statements: processTables },
  { name: "effects", statements: effectTables },
  { name: "names", statements: namesOfRuns },
  { name: "sendings", statements: sendingTables },
  { name: "heard", statements: heardTables },
  { name: "attached", statements: attached },
];

/** The statements that make the engine's own tables in a schema. */
export const tablesOfWorkspace = (schema: string): readonly string[] =>
  ofWorkspace.flatMap(({ statements }) => statements.map((statement) => statement.replaceAll("{ws}", schema)));

/** The advisory lock of whoever upgrades: one process at a time. */
const upgradeLock = 7_261_001;

/** Brings the product's own tables up to date: first `trellis`, then each workspace. */
export async function migrate(pool: Pool, now: Date): Promise<void> {
  await locked(pool, async (connection) => {
    await connection.query("create extension if not exists pg_trgm schema public");
    await connection.query("create schema if not exists trellis");
    await connection.query(
      `create table if not exists trellis.migration (
         scope text not null, number integer not null, name text not null, at timestamptz not null,
         primary key (scope, number))`,
    );
    await apply(connection, "trellis", "trellis", ofTrellis, now);
    const { rows } = await connection.query("select schema from trellis.workspace order by name");
    for (const { schema } of rows as { schema: string }[])
      await apply(connection, schema, identifier(schema), ofWorkspace, now);
  });
}

/**
 * Makes a workspace where there is none of this name. `tables` are those of the engine's own entities. Answers the name
 * of its schema.
 */
export async function createWorkspace(
  pool: Pool,
  name: string,
  tables: (schema: string) => readonly { readonly sql: string }[],
  now: Date,
): Promise<string> {
  const schema = `ws_${name}`;
  await locked(pool, async (connection) => {
    const { rows } = await connection.query("select 1 from trellis.workspace where name = $1", [name]);
    if (rows.length > 0) return;
    await connection.query(`create schema if not exists ${identifier(schema)}`);
    await apply(connection, schema, identifier(schema), ofWorkspace, now);
    await connection.query("begin");
    for (const { sql } of tables(schema)) await connection.query(sql);
    await connection.query(`insert into ${identifier(schema)}._state (id, model, access) values (1, 0, 0)`);
    await connection.query("insert into trellis.workspace (name, schema, created_at) values ($1, $2, $3)", [
      name,
      schema,
      now,
    ]);
    await connection.query("commit");
  });
  return schema;
}

async function locked(pool: Pool, work: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await pool.connect();
  try {
    await connection.query("select pg_advisory_lock($1)", [upgradeLock]);
    await work(connection);
  } finally {
    // The connection goes with its lock and with whatever transaction was left open.
    connection.release(true);
  }
}

async function apply(
  connection: Connection,
  scope: string,
  schema: string,
  migrations: readonly Migration[],
  now: Date,
): Promise<void> {
  const { rows } = await connection.query(
    "select coalesce(max(number), 0)::int as done from trellis.migration where scope = $1",
    [scope],
  );
  for (const [at, { name, statements }] of migrations.entries()) {
    if (at < rows[0].done) continue;
    await connection.query("begin");
    for (const statement of statements) await connection.query(statement.replaceAll("{ws}", schema));
    await connection.query("insert into trellis.migration (scope, number, name, at) values ($1, $2, $3, $4)", [
      scope,
      at + 1,
      name,
      now,
    ]);
    await connection.query("commit");
  }
}
