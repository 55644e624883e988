import { dailyOf, type Keeping, type Model } from "engine";
import { dailySql } from "engine/sql";
import { sqlState } from "../database/begin.ts";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { readDailies } from "./daily.ts";
import { keepingOf, rowsOfSums, signed } from "./daily-work.ts";

/** Sums by day that are not what the records of some days come to. */
export interface DailyDrift {
  readonly daily: string;
  /** The report that they are kept for, by its present name. */
  readonly report: string;
  /** The first of these days that were met. */
  readonly days: readonly string[];
}

/** As many records are read with a statement, and as many days told. */
const [recordsAtOnce, daysMost] = [50_000, 100];

interface Kept {
  readonly keeping: Keeping;
  /** The first day that is not summed up. */
  readonly until: string;
}

/** Compares all sums by day with the records, the newest days first, so many records with each statement. */
export async function dailyDrift(
  db: Queryable,
  workspace: Workspace,
  recordsMost = recordsAtOnce,
): Promise<readonly DailyDrift[]> {
  return driftOf(db, workspace, async (kept) => {
    const days: string[] = [];
    for (let to = kept.until; to !== dailySql.undated && days.length < daysMost;) {
      const step = await stepBefore(db, kept, to, recordsMost);
      days.push(...step.days);
      to = step.from;
    }
    return days;
  });
}

/** The same for the newest days alone, one statement's worth of them, and for the days that were told of before. */
export async function newestDrift(
  db: Queryable,
  workspace: Workspace,
  told: readonly DailyDrift[],
  recordsMost = recordsAtOnce,
): Promise<readonly DailyDrift[]> {
  return driftOf(db, workspace, async (kept) => {
    const { key } = kept.keeping.daily;
    const newest = await stepBefore(db, kept, kept.until, recordsMost);
    const known = told.flatMap((it) => (it.daily === key ? it.days.filter((day) => day < newest.from) : []));
    return known.length === 0 ? newest.days : [...newest.days, ...(await wrongDays(db, kept, { days: known }))];
  });
}

/** Has sums that are not what the records come to made anew; until then the records tell. */
export async function mendDailies(db: Queryable, { schema }: Workspace, drift: readonly DailyDrift[]): Promise<void> {
  const keys = drift.map(({ daily }) => daily);
  await db.query(`update ${schema}._daily set signature = '' where daily = any($1::text[])`, [keys]);
}

async function driftOf(
  db: Queryable,
  workspace: Workspace,
  daysOf: (kept: Kept) => Promise<readonly string[]>,
): Promise<readonly DailyDrift[]> {
  const { model, schema } = workspace;
  const states = new Map((await readDailies(db, schema)).map((it) => [it.daily, it]));
  const found: DailyDrift[] = [];
  for (const daily of dailyOf(model)) {
    const state = states.get(daily.key);
    if (!state || state.signature !== signed(workspace, daily)) continue;
    const keeping = keepingOf(workspace, daily, state.relation);
    const days = await daysOf({ keeping, until: state.until }).catch((error: unknown) => {
      // They were taken away meanwhile, to be made anew.
      if (sqlState(error) === "42P01") return [];
      throw error;
    });
    if (days.length > 0) found.push({ daily: daily.key, report: reportOf(model, daily.key), days });
  }
  return found;
}

/** Compares the last days before one; answers the first of them too. */
async function stepBefore(db: Queryable, kept: Kept, to: string, recordsMost: number) {
  const [first] = await rowsOfSums<{ day: string }>(db, dailySql.dayBefore(kept.keeping, to, recordsMost));
  const from = first?.day ?? dailySql.undated;
  return { from, days: await wrongDays(db, kept, { from, to }) };
}

async function wrongDays(db: Queryable, { keeping }: Kept, days: dailySql.DaysKept): Promise<readonly string[]> {
  const rows = await rowsOfSums<{ day: string }>(db, dailySql.wrongDays(keeping, days, daysMost));
  return rows.map(({ day }) => day);
}

function reportOf(model: Model, key: string): string {
  const anchor = key.slice(0, key.lastIndexOf("/"));
  return [...model.reports.values()].find(({ $anchor }) => $anchor === anchor)?.$id ?? key;
}
