import { identifier } from "engine/sql";
import { statements as trellisTables } from "../store/migrations/trellis-1-tables.ts";
import { statements as signInTables } from "../store/migrations/trellis-2-sign-in.ts";
import { statements as tokenHashes } from "../store/migrations/trellis-3-token-hashes.ts";
import { statements as alike } from "../store/migrations/workspace-56-alike.ts";
import { statements as likeness } from "../store/migrations/trellis-6-likeness.ts";
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
import { statements as mailTables } from "../store/migrations/workspace-18-mails.ts";
import { statements as consent } from "../store/migrations/workspace-19-consent.ts";
import { statements as facts } from "../store/migrations/workspace-20-facts.ts";
import { statements as passageTables } from "../store/migrations/workspace-21-passages.ts";
import { statements as turnsOfTimers } from "../store/migrations/workspace-22-turns.ts";
import { statements as clockTables } from "../store/migrations/workspace-23-clocks.ts";
import { statements as postingTables } from "../store/migrations/workspace-24-posting.ts";
import { statements as inbound } from "../store/migrations/workspace-25-inbound.ts";
import { statements as formTables } from "../store/migrations/workspace-26-forms.ts";
import { statements as segments } from "../store/migrations/workspace-27-segments.ts";
import { statements as messageTables } from "../store/migrations/workspace-28-messages.ts";
import { statements as scores } from "../store/migrations/workspace-29-scores.ts";
import { statements as queueTables } from "../store/migrations/workspace-30-queues.ts";
import { statements as noteTables } from "../store/migrations/workspace-31-notes.ts";
import { statements as devices } from "../store/migrations/workspace-32-devices.ts";
import { statements as journeyTables } from "../store/migrations/workspace-33-journeys.ts";
import { statements as portals } from "../store/migrations/workspace-34-portals.ts";
import { statements as imap } from "../store/migrations/workspace-35-imap.ts";
import { statements as segmentBuilds } from "../store/migrations/workspace-36-segment-builds.ts";
import { statements as given } from "../store/migrations/workspace-37-given.ts";
import { statements as surveyTables } from "../store/migrations/workspace-38-surveys.ts";
import { statements as dashboardMails } from "../store/migrations/workspace-39-dashboard-mails.ts";
import { statements as erasures } from "../store/migrations/workspace-40-erasures.ts";
import { statements as warmUp } from "../store/migrations/workspace-41-warm-up.ts";
import { statements as merging } from "../store/migrations/workspace-42-merging.ts";
import { statements as waves } from "../store/migrations/workspace-43-waves.ts";
import { statements as sendIndexes } from "../store/migrations/workspace-44-send-indexes.ts";
import { statements as daily } from "../store/migrations/workspace-45-daily.ts";
import { statements as background } from "../store/migrations/workspace-46-background.ts";
import { found as addresses } from "../store/migrations/workspace-47-addresses.ts";
import { statements as waitingNotices } from "../store/migrations/workspace-48-waiting-notices.ts";
import { statements as segmentCounts } from "../store/migrations/workspace-49-segment-counts.ts";
import { statements as shareEnds } from "../store/migrations/workspace-50-share-ends.ts";
import { statements as dryRuns } from "../store/migrations/workspace-51-dry-runs.ts";
import { statements as movedBy } from "../store/migrations/workspace-55-moved-by.ts";
import { statements as keptVersions } from "../store/migrations/workspace-54-kept-versions.ts";
import { statements as deviceClaims } from "../store/migrations/workspace-53-device-claims.ts";
import { statements as heardBy } from "../store/migrations/workspace-52-heard-by.ts";
import { inOrder } from "./begin.ts";
import type { Connection, Pool } from "./pool.ts";

/** One step of the product's own tables, forward only. Its number is its place in the list. */
interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
  /** What depends on what is there, behind the statements of all steps that are made at once: each row that `read` finds is a statement. */
  readonly found?: { readonly read: string; readonly write: (row: Readonly<Record<string, string>>) => string };
}

const ofTrellis: readonly Migration[] = [
  { name: "tables", statements: trellisTables },
  { name: "sign-in", statements: signInTables },
  { name: "token-hashes", statements: tokenHashes },
  { name: "bigrams", statements: bigrams },
  { name: "second-factor", statements: secondFactor },
  { name: "likeness", statements: likeness },
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
  { name: "mails", statements: mailTables },
  { name: "consent", statements: consent },
  { name: "facts", statements: facts },
  { name: "passages", statements: passageTables },
  { name: "turns", statements: turnsOfTimers },
  { name: "clocks", statements: clockTables },
  { name: "posting", statements: postingTables },
  { name: "inbound", statements: inbound },
  { name: "forms", statements: formTables },
  { name: "segments", statements: segments },
  { name: "messages", statements: messageTables },
  { name: "scores", statements: scores },
  { name: "queues", statements: queueTables },
  { name: "notes", statements: noteTables },
  { name: "devices", statements: devices },
  { name: "journeys", statements: journeyTables },
  { name: "portals", statements: portals },
  { name: "imap", statements: imap },
  { name: "segment-builds", statements: segmentBuilds },
  { name: "given", statements: given },
  { name: "surveys", statements: surveyTables },
  { name: "dashboard-mails", statements: dashboardMails },
  { name: "erasures", statements: erasures },
  { name: "warm-up", statements: warmUp },
  { name: "merging", statements: merging },
  { name: "waves", statements: waves },
  { name: "send-indexes", statements: sendIndexes },
  { name: "daily", statements: daily },
  { name: "background", statements: background },
  { name: "addresses", statements: [], found: addresses },
  { name: "waiting-notices", statements: waitingNotices },
  { name: "segment-counts", statements: segmentCounts },
  { name: "share-ends", statements: shareEnds },
  { name: "dry-runs", statements: dryRuns },
  { name: "heard-by", statements: heardBy },
  { name: "device-claims", statements: deviceClaims },
  { name: "kept-versions", statements: keptVersions },
  { name: "moved-by", statements: movedBy },
  { name: "alike", statements: alike },
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
    await inOrder(connection, [
      "begin",
      ...tables(schema).map(({ sql }) => sql),
      `insert into ${identifier(schema)}._state (id, model, access) values (1, 0, 0)`,
    ]);
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

/** Brings one scope up to date: all that is missing, or nothing where some of it fails. */
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
  const { done } = rows[0] as { done: number };
  const open = migrations.slice(done);
  if (open.length === 0) return;
  const inSchema = (statement: string) => statement.replaceAll("{ws}", schema);
  await inOrder(connection, ["begin", ...open.flatMap(({ statements }) => statements.map(inSchema))]);
  for (const { found } of open) {
    if (!found) continue;
    const { rows } = await connection.query(inSchema(found.read));
    for (const row of rows as Record<string, string>[]) await connection.query(inSchema(found.write(row)));
  }
  await connection.query(
    `insert into trellis.migration (scope, number, name, at)
     select $1, number, name, $4 from unnest($2::int[], $3::text[]) as it (number, name)`,
    [scope, open.map((_, at) => done + at + 1), open.map(({ name }) => name), now],
  );
  await connection.query("commit");
}
