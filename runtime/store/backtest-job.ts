import { fault, Problem, refuse, type Principal } from "engine";
import type { Clock } from "../clock.ts";
import { isAway } from "../database/away.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { countBacktest, readBacktest, runBacktest, type Backtested, type BacktestRequest } from "./backtest.ts";

/** More runs than these are not played while somebody waits for the answer. */
const runsAtOnce = 2000;
const leaseSeconds = 30;

/** What a request came to: the counts at once, or the operation that works them out and holds them as `detail.result`. */
export type BacktestAnswer =
  | { readonly done: Backtested; readonly operation?: undefined }
  | { readonly operation: string; readonly runs: number; readonly done?: undefined };

/** Plays the past at once where it is short; else, or where it is wanted so, as a job whose operation tells how far it is. */
export async function askBacktest(
  workspace: Workspace,
  principal: Principal,
  workflow: string,
  request: BacktestRequest & { readonly background?: unknown },
  now: Date,
): Promise<BacktestAnswer> {
  const { since, document, background = false, ...others } = request;
  refuse([
    ...Object.keys(others).map((name) => fault("query.unknown", { name: name.slice(0, 80), path: `/${name}` })),
    ...(typeof background === "boolean"
      ? []
      : [fault("report.malformed", { wanted: "a boolean", path: "/background" })]),
  ]);
  const asked = readBacktest(workspace.model, workflow, request, now);
  const runs = await countBacktest(workspace, asked);
  if (!background && runs <= runsAtOnce) {
    const done = await runBacktest(workspace, asked, async () => true);
    if (done) return { done };
  }
  const operation = newId(now);
  await workspace.pool.query(
    `insert into ${workspace.schema}._operation (id, kind, status, title, by, at, rows, detail)
     values ($1, 'backtest', 'queued', $2, $3, $4, $5, $6)`,
    [
      operation,
      `Play the past of ${asked.live.machine.document.meta.title}`,
      principal.id,
      now,
      runs,
      JSON.stringify({ workflow, since, document }),
    ],
  );
  return { operation, runs };
}

/** Backtests that nobody works on. */
export async function waitingBacktests({ pool, schema }: Workspace): Promise<readonly string[]> {
  const { rows } = await pool.query(
    `select id from ${schema}._operation where kind = 'backtest' and (status = 'queued'
       or (status in ('running', 'cancelling') and coalesce((detail->>'lease')::timestamptz, '-infinity') < clock_timestamp()))
     order by at`,
  );
  return rows.map(({ id }: { id: string }) => id);
}

/**
 * Plays the past from the beginning, telling its operation how far it is; ends early where that is to be cancelled, and is
 * begun again where the database was away.
 */
export async function workOnBacktest(
  workspace: Workspace,
  clock: Clock,
  id: string,
  stopping: AbortSignal,
): Promise<void> {
  const { pool, schema } = workspace;
  const lease = `detail || jsonb_build_object('lease', clock_timestamp() + interval '${leaseSeconds} seconds')`;
  const { rows } = await pool.query(
    `update ${schema}._operation set status = case status when 'cancelling' then 'cancelled' else 'running' end, detail = ${lease}
     where id = $1 and kind = 'backtest' and (status = 'queued'
       or (status in ('running', 'cancelling') and coalesce((detail->>'lease')::timestamptz, '-infinity') < clock_timestamp()))
     returning status, detail, at`,
    [id],
  );
  const row = rows[0] as { status: string; detail: BacktestRequest & { workflow: string }; at: string } | undefined;
  if (row?.status !== "running") return;
  const end = (status: string, more: object) =>
    pool.query(
      `update ${schema}._operation set status = $2, finished_at = $3, detail = (detail - 'lease') || $4::jsonb where id = $1`,
      [id, status, clock.now(), JSON.stringify(more)],
    );
  try {
    const asked = readBacktest(workspace.model, row.detail.workflow, row.detail, new Date(row.at));
    const result = await runBacktest(workspace, asked, async (runs) => {
      const { rowCount } = await pool.query(
        `update ${schema}._operation set done = $2, detail = ${lease} where id = $1 and status = 'running'`,
        [id, runs],
      );
      return rowCount === 1 && !stopping.aborted;
    });
    if (result) await end("done", { result });
    else if (!stopping.aborted) await end("cancelled", {});
  } catch (error) {
    if (isAway(error)) throw error;
    await end("failed", { why: error instanceof Problem ? error.message : "The fault is ours." });
    if (!(error instanceof Problem)) throw error;
  }
}
