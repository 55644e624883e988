import { randomUUID } from "node:crypto";
import { fault, Problem, type Mappings } from "engine";
import type { Clock } from "../clock.ts";
import type { Workspace } from "../workspace.ts";
import { publishChange, undoVersion } from "./changes.ts";
import { finishRow, Lease } from "./publish-lease.ts";

/** Publishes whose process was silent too long. */
export async function waitingPublishes({ pool, schema }: Workspace): Promise<readonly string[]> {
  const { rows } = await pool.query(
    `select id from ${schema}._publish where lease_until < clock_timestamp() order by begun_at`,
  );
  return rows.map(({ id }: { id: string }) => id);
}

interface Row {
  readonly id: string;
  readonly operation: string;
  readonly status: "preparing" | "finishing";
  readonly kind: string;
  readonly subject: string | null;
  readonly author: string | null;
  readonly mapping: Mappings;
  readonly asked: string;
}

/**
 * Takes a publish over whose process has died. After its switch it is finished; before, it is taken back and begun again
 * where it can be made again from what is stored, and else told as failed.
 */
export async function resumePublish(workspace: Workspace, clock: Clock, id: string): Promise<void> {
  const { pool, schema } = workspace;
  const owner = randomUUID();
  const { rows } = await pool.query(
    `update ${schema}._publish p set owner = $2, lease_until = clock_timestamp() + interval '10 seconds'
     from ${schema}._operation o where p.id = $1 and o.id = p.operation and p.lease_until < clock_timestamp()
     returning p.id, p.operation, p.status, p.kind, p.subject, p.author, p.mapping, o.status as asked`,
    [id, owner],
  );
  const row = rows[0] as Row | undefined;
  if (!row) return;
  const lease = new Lease(workspace, row.id, row.operation, owner);
  lease.keep();
  if (row.status === "finishing") return finishRow(lease, clock.now()).finally(() => lease.let());
  if (row.asked === "cancelling") return lease.giveUp(new Problem([fault("publish.cancelled", {})]), clock.now());
  if (row.kind === "other") return lease.giveUp(new Problem([fault("publish.ended", {})]), clock.now());
  await lease.takeBack();
  lease.let();
  await pool.query(`delete from ${schema}._publish where id = $1 and owner = $2`, [row.id, owner]);
  await again(workspace, row, clock.now());
}

/** Begins a publish again under the operation that people know it by. */
async function again(workspace: Workspace, row: Row, now: Date): Promise<void> {
  const { author, operation, subject, kind, mapping } = row;
  const publisher = { author, now, operation };
  try {
    const { switched, finished } =
      kind === "change"
        ? await publishChange(workspace, subject ?? "", publisher)
        : await undoVersion(workspace, Number(subject), mapping, publisher);
    await switched;
    await finished;
  } catch (error) {
    const faults = error instanceof Problem ? error.faults : [];
    await workspace.pool.query(
      `update ${workspace.schema}._operation set status = 'failed', finished_at = $2, detail = detail || $3::jsonb
       where id = $1 and status in ('running', 'cancelling')`,
      [operation, now, JSON.stringify({ problems: faults })],
    );
    if (!(error instanceof Problem)) throw error;
  }
}
