import { dailyOf, dayIn, kindOf, type Daily, type Keeping } from "engine";
import { bind, compile, dailySql, dayIndex, identifier, type writing } from "engine/sql";
import { transaction } from "../database/begin.ts";
import type { Connection, Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { readDailies, type DailyState } from "./daily.ts";
import type { Moves } from "./due.ts";
import { sharedVersion, sharing } from "./model-lock.ts";
import type { Difference } from "./switch.ts";

/** As many records are summed up at a time, and as many days that have changed. */
const [recordsMost, daysMost] = [50_000, 20];

/** What is to be done for sums by day. */
interface Chore {
  readonly what: "drop" | "make" | "sum" | "renew";
  readonly daily: string;
}

/** Kinds of documents by which a publish may change what stands in records. */
const moving: readonly string[] = ["entity", "workflow", "value-set", "workspace"];

/** Has sums made anew where a publish may have changed what stands in records, or where days begin. */
export async function restartDailies(tx: Queryable, schema: string, differences: readonly Difference[]): Promise<void> {
  const kinds = differences.flatMap(({ before, after }) => [before, after].flatMap((it) => (it ? kindOf(it) : [])));
  if (kinds.some((it) => moving.includes(it)))
    await tx.query(`update ${schema}._daily set signature = '' where signature <> ''`);
}

/** Whether sums by day are to be made, gone on with, renewed or dropped. */
export async function dailyWaits(workspace: Workspace, now: Date): Promise<boolean> {
  return (await choreOf(workspace.pool, workspace, now)) !== undefined;
}

async function choreOf(db: Queryable, workspace: Workspace, now: Date): Promise<Chore | undefined> {
  const { schema, schemaName, model } = workspace;
  const wanted = dailyOf(model);
  const states = await readDailies(db, schema);
  if (wanted.length + states.length === 0) return undefined;
  const isWanted = (state: DailyState) =>
    wanted.some((it) => it.key === state.daily && signed(workspace, it) === state.signature);
  const spare = states.find((it) => !isWanted(it));
  if (spare) return { what: "drop", daily: spare.daily };
  const known = new Map(states.map((it) => [it.daily, it]));
  const behind = wanted.find((it) => (known.get(it.key)?.until ?? "9") < todayOf(workspace, it, now));
  if (behind) return { what: "sum", daily: behind.key };
  const missing = wanted.filter(({ key }) => !known.has(key));
  // Sums are made when the days of records are found by an index.
  const { rows } = await db.query(
    `select d.daily, d.what from (
       select w.daily, 'make' as what from unnest($1::text[], $2::text[]) as w(daily, name)
       where w.name in (select c.relname from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = $3 and i.indisvalid)
       union all (select m.daily, 'renew' from ${schema}._daily_mark as m where m.daily <> all($1::text[]) limit 1)) as d limit 1`,
    [missing.map(({ key }) => key), missing.map(dayIndex), schemaName],
  );
  return rows[0];
}

/** Sums of a workspace, as they are kept in a table. */
export const keepingOf = ({ model, schema }: Workspace, daily: Daily, relation = ""): Keeping => ({
  model,
  schema,
  daily,
  relation,
});
/** What tells sums from those of another definition. */
export const signed = (workspace: Workspace, daily: Daily) => dailySql.dailySignature(keepingOf(workspace, daily));

/** Days before this one are over. PostgreSQL tells the days of records; an hour more or less here changes no sum. */
const todayOf = ({ model }: Workspace, { zone }: Daily, now: Date) => dayIn(zone ?? model.workspace.time_zone, now);

/** Does one piece of the work for sums by day, in one transaction: what is killed goes on behind the last one. */
export async function keepDailies(workspace: Workspace, now: Date): Promise<Moves> {
  const { pool } = workspace;
  const work = async (tx: Connection, opened: readonly any[]) => {
    if (sharedVersion(opened) !== workspace.model.version) await workspace.refresh();
    const chore = await choreOf(tx, workspace, now);
    if (!chore) return 0;
    const daily = dailyOf(workspace.model).find(({ key }) => key === chore.daily);
    if (chore.what === "drop") return drop(tx, workspace, chore.daily);
    if (!daily) return forget(tx, workspace, chore.daily);
    return chore.what === "make" ? make(tx, workspace, daily, now) : goOn(tx, workspace, daily, now);
  };
  return { count: await transaction(pool, "bulk", work, sharing(workspace)), failures: [] };
}

async function held(tx: Connection, { schema }: Workspace, daily: string): Promise<DailyState | undefined> {
  const { rows } = await tx.query(
    `select daily, signature, relation, until::text, whole from ${schema}._daily where daily = $1 for update skip locked`,
    [daily],
  );
  return rows[0];
}

async function drop(tx: Connection, workspace: Workspace, daily: string): Promise<number> {
  const { schema } = workspace;
  const state = await held(tx, workspace, daily);
  if (!state) return 0;
  await tx.query(`drop table if exists ${schema}.${identifier(state.relation)}`);
  await tx.query(`delete from ${schema}._daily where daily = $1`, [daily]);
  return 1;
}

/** Marks of sums that nobody keeps any more. */
async function forget(tx: Connection, { schema }: Workspace, daily: string): Promise<number> {
  const { rowCount } = await tx.query(`delete from ${schema}._daily_mark where daily = $1`, [daily]);
  return rowCount ?? 0;
}

async function make(tx: Connection, workspace: Workspace, daily: Daily, now: Date): Promise<number> {
  const { schema } = workspace;
  const relation = `_daily_${newId(now).replaceAll("-", "")}`;
  const { rowCount } = await tx.query(
    `insert into ${schema}._daily (daily, signature, relation) values ($1, $2, $3) on conflict (daily) do nothing`,
    [daily.key, signed(workspace, daily), relation],
  );
  if (rowCount === 1) await tx.query(dailySql.createDaily(keepingOf(workspace, daily, relation)));
  return rowCount ?? 0;
}

/** Goes on with the days that are not summed up yet; where all are, renews those in which something has changed. */
async function goOn(tx: Connection, workspace: Workspace, daily: Daily, now: Date): Promise<number> {
  const state = await held(tx, workspace, daily.key);
  if (!state || state.signature !== signed(workspace, daily)) return 0;
  const keeping = keepingOf(workspace, daily, state.relation);
  const today = todayOf(workspace, daily, now);
  return state.until < today ? sumOn(tx, workspace, keeping, state, today) : renew(tx, workspace, keeping, state);
}

const firstDay = "0001-01-01";

/**
 * Marks go before days are summed up, by statements that follow each other: what is committed in between is summed up and
 * marked once more, and nothing is ever summed up without what a mark that has gone told of.
 */
async function sumOn(
  tx: Connection,
  { schema }: Workspace,
  keeping: Keeping,
  { daily, until, relation }: DailyState,
  today: string,
): Promise<number> {
  const [behind] = await rowsOfSums<{ day: string }>(tx, dailySql.dayBehind(keeping, until, recordsMost));
  const next = behind?.day === "-infinity" ? firstDay : (behind?.day ?? today);
  const to = next < today ? next : today;
  await tx.query(`delete from ${schema}._daily_mark where daily = $1 and day >= $2::date and day < $3::date`, [
    daily,
    until,
    to,
  ]);
  await rowsOfSums(tx, dailySql.sumDays(keeping, { from: until, to }));
  await tx.query(`update ${schema}._daily set until = $2::date, whole = whole or $3::boolean where daily = $1`, [
    daily,
    to,
    to === today,
  ]);
  if (to === today) await tx.query(`analyze ${schema}.${identifier(relation)}`);
  return 1;
}

async function renew(
  tx: Connection,
  { schema }: Workspace,
  keeping: Keeping,
  { daily, until }: DailyState,
): Promise<number> {
  const { rowCount } = await tx.query(`delete from ${schema}._daily_mark where daily = $1 and day >= $2::date`, [
    daily,
    until,
  ]);
  const { rows } = await tx.query(
    `select m.day::text from ${schema}._daily_mark as m where m.daily = $1 group by m.day order by m.day limit ${daysMost}`,
    [daily],
  );
  const days = rows.map(({ day }: { day: string }) => day);
  if (days.length > 0) {
    await tx.query(`delete from ${schema}._daily_mark where daily = $1 and day = any($2::date[])`, [daily, days]);
    await rowsOfSums(tx, dailySql.dropDays(keeping, { days }));
    await rowsOfSums(tx, dailySql.sumDays(keeping, { days }));
  }
  return (rowCount ?? 0) + days.length;
}

/** Runs a piece about sums and answers its rows: it hangs on nobody who asks and on no moment. */
export async function rowsOfSums<Row>(tx: Queryable, piece: writing.Piece): Promise<readonly Row[]> {
  const { sql, parameters } = compile(piece);
  return (await tx.query(sql, [...bind(parameters, { user: null, now: null, today: null })])).rows as Row[];
}
