import { statfs } from "node:fs/promises";
import { createRequire } from "node:module";
import { dailySql, identifier } from "engine/sql";
import { transaction } from "../database/begin.ts";
import type { Workspace } from "../workspace.ts";
import { mendDailies, newestDrift } from "./daily-check.ts";
import { mendPassages, passageDrift } from "./passages.ts";
import { mendScores, scoresDrift } from "./score-check.ts";
import { mendSegments } from "./segment-mend.ts";
import { segmentDrift } from "./segment-build.ts";
import { mendCounts, miscountedSegments } from "./segment-tally.ts";
import { dailiesTold, mendRollups } from "./rollup-check.ts";
import { rollupDrift } from "./rollups.ts";

/** Something that is not as it should be; `fix` where it can be mended by itself. */
export interface Finding {
  readonly kind:
    | "table"
    | "column"
    | "orphan"
    | "index"
    | "publish"
    | "rollup"
    | "daily"
    | "passage"
    | "segment"
    | "members"
    | "score";
  readonly name: string;
  readonly title: string;
  readonly fix: boolean;
}

/** Compares the tables with the documents, and looks for what was left behind. */
export async function examine(workspace: Workspace, now: Date) {
  const columns = await columnsOf(workspace);
  const found: Finding[] = [];
  const add = (kind: Finding["kind"], name: string, title: string, fix = false) =>
    found.push({ kind, name, title, fix });
  const { model, pool, schema, schemaName } = workspace;
  for (const { name, fields } of model.entities.values()) {
    const standing = columns.get(name);
    if (!standing) {
      add("table", name, `The table "${name}" is not there.`);
      continue;
    }
    const wanted = new Set([...fields.values()].flatMap((field) => Object.keys(field.columns)));
    for (const column of wanted)
      if (!standing.has(column))
        add("column", `${name}.${column}`, `The column "${column}" of "${name}" is not there.`);
    for (const column of standing)
      if (!wanted.has(column) && !column.startsWith("_") && !engineColumns.has(`${name}.${column}`))
        add("orphan", `${name}.${column}`, `No document speaks of the column "${column}" of "${name}".`);
  }
  const indexes = await pool.query(
    `select c.relname as name from pg_catalog.pg_index i
       join pg_catalog.pg_class c on c.oid = i.indexrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and not i.indisvalid
       and not exists (select 1 from ${schema}._publish where status in ('preparing', 'finishing'))`,
    [schemaName],
  );
  for (const { name } of indexes.rows) add("index", name, `The index "${name}" is not valid.`, true);
  const publishes = await pool.query(
    `select id from ${schema}._publish
     where status in ('preparing', 'finishing') and lease_until < clock_timestamp() - interval '5 minutes'`,
  );
  for (const { id } of publishes.rows)
    add("publish", id, `The publish ${id} is held by nobody; a worker takes it over.`);
  const rollups = await rollupDrift(pool, workspace);
  for (const { entity, field, records } of rollups)
    add(
      "rollup",
      `${entity}.${field}`,
      `${records} records of "${entity}" hold another "${field}" than it counts.`,
      true,
    );
  const dailies = await newestDrift(pool, workspace, await dailiesTold(workspace));
  for (const { report, days } of dailies)
    add("daily", report, `The sums by day of "${report}" ${wrongOn(days)}.`, true);
  for (const workflow of await transaction(pool, "report", (tx) => passageDrift(tx, workspace)))
    add("passage", workflow, `The counters of "${workflow}" say something else than its journal.`, true);
  for (const { segment, missing, surplus } of await segmentDrift(pool, workspace, now))
    add("segment", segment, `The segment "${segment}" misses ${missing} records and has ${surplus} too many.`, true);
  for (const segment of await miscountedSegments(workspace))
    add("members", segment, `The segment "${segment}" has another number of members than is counted.`, true);
  for (const { score, records } of await scoresDrift(workspace, now))
    add(
      "score",
      score.document.$id,
      `${records.length} records hold another score "${score.document.$id}" than it comes to.`,
      true,
    );
  return { findings: found, rollups, dailies };
}

const daysNamed = 10;

function wrongOn(days: readonly string[]): string {
  const more = days.length - daysNamed;
  const named = days.slice(0, daysNamed).map((day) => (day === dailySql.undated ? "without a date" : day));
  return `are not what the records come to: ${named.join(", ")}${more > 0 ? ` and ${more} more days` : ""}`;
}

/** A user's account stands in no document. */
const engineColumns = new Set(["user.account_id"]);

async function columnsOf({ pool, schemaName }: Workspace): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { rows } = await pool.query(
    `select c.relname as "table", array_agg(a.attname::text) as columns from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_attribute a on a.attrelid = c.oid
     where n.nspname = $1 and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped group by 1`,
    [schemaName],
  );
  return new Map(rows.map(({ table, columns }) => [table, new Set<string>(columns)]));
}

/** Mends what can be mended; answers what was done, in words. */
export async function mend(workspace: Workspace, now: Date) {
  const done: string[] = [];
  const { findings, dailies } = await examine(workspace, now);
  for (const { kind, name } of findings)
    if (kind === "index") {
      await workspace.pool.query(`reindex index concurrently ${workspace.schema}.${identifier(name)}`);
      done.push(`The index "${name}" is built again.`);
    }
  for (const score of await mendScores(workspace, now)) done.push(`The score "${score}" is worked out again.`);
  for (const segment of await mendSegments(workspace, now)) done.push(`The segment "${segment}" is built again.`);
  for (const segment of await mendCounts(workspace, now)) done.push(`The members of "${segment}" are counted again.`);
  const mended = await mendRollups(workspace);
  for (const { entity, field } of mended) done.push(`"${field}" of "${entity}" is counted again.`);
  await mendDailies(workspace.pool, workspace, dailies);
  for (const { report } of dailies) done.push(`The sums by day of "${report}" are made anew.`);
  const miscounted = findings.filter(({ kind }) => kind === "passage");
  if (miscounted.length > 0) await mendPassages(workspace, now);
  for (const { name } of miscounted) done.push(`The counters of "${name}" are counted again.`);
  return { done, mended };
}

/** Versions and sizes. */
export async function factsOf({ pool, model, schemaName }: Workspace): Promise<Readonly<Record<string, string>>> {
  const { rows } = await pool.query(
    `select current_setting('server_version') as version, pg_size_pretty(pg_database_size(current_database())) as size,
       (select pg_size_pretty(coalesce(sum(pg_total_relation_size(c.oid)), 0)) from pg_catalog.pg_class c
          join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind = 'r') as workspace`,
    [schemaName],
  );
  const { bavail, bsize } = await statfs(process.cwd());
  const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };
  return {
    trellis: version,
    node: process.versions.node,
    postgresql: rows[0].version,
    model: String(model.version),
    database: rows[0].size,
    workspace: rows[0].workspace,
    free_disk: `${Math.round((bavail * bsize) / 1e9)} GB`,
  };
}
