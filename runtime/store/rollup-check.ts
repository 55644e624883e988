import { dailyOf, rollupsOf } from "engine";
import { sqlState, transaction } from "../database/begin.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { dailyDrift, type DailyDrift } from "./daily-check.ts";
import { holdModel } from "./model-lock.ts";
import { rollupDrift, workOutAll, type Drift } from "./rollups.ts";
import { tellAdmins } from "./tell-admins.ts";

const kind = "rollup_check";
const everyMs = 86_400_000;

/** Whether roll-ups and sums by day were not compared with what they count for a day. */
export async function waitingCheck({ pool, schema, model }: Workspace, now: Date): Promise<readonly string[]> {
  if (rollupsOf(model).length + dailyOf(model).length === 0) return [];
  const { rows } = await pool.query(`select 1 from ${schema}._operation where kind = '${kind}' and at > $1 limit 1`, [
    new Date(now.getTime() - everyMs),
  ]);
  return rows.length > 0 ? [] : [kind];
}

/**
 * Compares all roll-ups and sums by day with what they count and writes down how they stand; those who administer hear of
 * a difference.
 */
export async function checkSums(workspace: Workspace, now: Date): Promise<void> {
  const { pool, schema } = workspace;
  if ((await waitingCheck(workspace, now)).length === 0) return;
  const compared = async () => [await rollupDrift(pool, workspace), await dailyDrift(pool, workspace)] as const;
  const found = await compared().catch((error: unknown) => {
    // A publish has moved tables meanwhile; the next round sees them.
    if (["42703", "42P01"].includes(sqlState(error) ?? "")) return undefined;
    throw error;
  });
  if (!found) return;
  const [drift, dailies] = found;
  await transaction(pool, "write", async (tx) => {
    const operation = newId(now);
    await tx.query(
      `insert into ${schema}._operation (id, kind, status, title, at, finished_at, detail) values ($1, $2, 'done', $3, $4, $4, $5)`,
      [operation, kind, "Roll-ups and sums compared with what they count", now, JSON.stringify({ drift, dailies })],
    );
    const told = [
      ...drift.map(({ entity, field, records }) => `${entity}.${field}: ${records}`),
      ...dailies.map(({ report, days }) => `${report}: ${days.join(" ")}`),
    ];
    if (told.length === 0) return;
    const title = "Some sums are not what they count";
    await tellAdmins(tx, schema, { code: "rollups", title, body: told.join(", ").slice(0, 1000), operation }, now);
  });
}

/** The sums by day that the last comparison of all has found wrong. */
export async function dailiesTold({ pool, schema }: Workspace): Promise<readonly DailyDrift[]> {
  const { rows } = await pool.query(
    `select detail -> 'dailies' as dailies from ${schema}._operation where kind = '${kind}' order by id desc limit 1`,
  );
  return (rows[0]?.dailies ?? []) as readonly DailyDrift[];
}

/** Works out anew what has drifted, while nobody writes. Answers what it was. */
export async function mendRollups(workspace: Workspace): Promise<readonly Drift[]> {
  return transaction(workspace.pool, "bulk", async (tx) => {
    await holdModel(tx, workspace);
    const drift = await rollupDrift(tx, workspace);
    await workOutAll(tx, workspace, drift);
    if (drift.length > 0) await tx.query(`update ${workspace.schema}._daily set signature = ''`);
    return drift;
  });
}
