import { problem, type Principal } from "engine";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";

/** An operation as its own person sees it. */
export interface Operation {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly title: string;
  readonly by: string | null;
  readonly at: string;
  readonly finished_at: string | null;
  /** How many records it wants to write, and how many it has written. */
  readonly rows: number;
  readonly done: number;
  readonly undoes: string | null;
  readonly undone_by: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

const columns = "id, kind, status, title, by, at, finished_at, rows, done, undoes, undone_by, detail";
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * One's own operation, or any for an admin. Throws where there is none: another's is not there. Who acts for somebody has
 * only what she has done herself in that place.
 */
export async function findOperation(
  db: Queryable,
  { schema }: Workspace,
  principal: Principal,
  id: string,
): Promise<Operation> {
  if (!uuid.test(id)) throw problem("operation.missing", {});
  const { rows } = await db.query(`select ${columns} from ${schema}._operation where id = $1`, [id]);
  const found = rows[0] as Operation | undefined;
  if (!found || !isHers(found, principal)) throw problem("operation.missing", {});
  return found;
}

function isHers({ by, detail }: Operation, { id, roles, actor }: Principal): boolean {
  if (actor) return by === id && detail.acting === actor.id;
  return by === id || roles.includes("admin");
}

/** One's own operations, newest first, up to `before`. */
export async function listOperations(
  db: Queryable,
  { schema }: Workspace,
  principal: Principal,
  before: string | undefined,
): Promise<{ readonly items: readonly Operation[]; readonly next: string | null }> {
  if (before !== undefined && !uuid.test(before)) throw problem("operation.missing", {});
  const { rows } = await db.query(
    `select ${columns} from ${schema}._operation
     where by = $1 and ($2::uuid is null or id < $2::uuid) and ($3::text is null or detail ->> 'acting' = $3::text)
     order by id desc limit 51`,
    [principal.id, before ?? null, principal.actor?.id ?? null],
  );
  const items = rows.slice(0, 50) as Operation[];
  return { items, next: rows.length > 50 ? (items.at(-1)?.id ?? null) : null };
}

/** Asks what is queued or runs to stop at its next step; what it has done until then can be undone. */
export async function cancelOperation(workspace: Workspace, principal: Principal, id: string): Promise<Operation> {
  const { status } = await findOperation(workspace.pool, workspace, principal, id);
  const { rowCount } = await workspace.pool.query(
    `update ${workspace.schema}._operation set status = 'cancelling' where id = $1 and status in ('queued', 'running')`,
    [id],
  );
  if (rowCount === 0) throw problem("operation.not_running", { status });
  return findOperation(workspace.pool, workspace, principal, id);
}
