import { accessFor, planList, problem, visibleFields, type Field, type ListPlan, type Principal } from "engine";
import { bind, exportStatement } from "engine/sql";
import type { Clock } from "../clock.ts";
import { csvLine } from "../csv.ts";
import { isAway } from "../database/away.ts";
import { begin } from "../database/begin.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { worksAlone } from "./alone.ts";
import { askerNow, askerOf, isAskedBy, type Asker } from "./asker.ts";
import { appendToFile, beginFile, completeFile } from "./files.ts";
import { slotsOf } from "./read.ts";

/** What is exported: a list, as its screen has it. */
export interface ExportRequest {
  readonly entity: string;
  readonly filter?: string;
  readonly sort?: string;
  readonly search?: string;
  readonly fields?: readonly string[];
}

const pageRows = 1000;
const leaseSeconds = 10;

/** The plan of an export: of what its reader sees, as far as she may export it. Throws all that is wrong with it. */
function planExport(
  workspace: Workspace,
  principal: Principal,
  request: ExportRequest,
): { plan: ListPlan; fields: readonly Field[] } {
  const access = accessFor(workspace.model, principal);
  const { entity, filter, sort, search, fields } = request;
  const query = { filter, sort, search, fields: fields?.join(",") };
  const given = Object.fromEntries(
    Object.entries(query).filter(([, value]) => value !== undefined && value !== ""),
  ) as Record<string, string>;
  const plan = planList(workspace.model, access, entity, given);
  const rights = access.entity(entity)!;
  if (rights.rule("export").kind === "none") throw problem("right.missing", { right: `export ${plan.entity.plural}` });
  const chosen =
    fields && fields.length > 0 ? fields.map((name) => plan.entity.fields.get(name)!) : visibleFields(rights);
  return { plan, fields: chosen };
}

/** Takes an export in; a worker writes its file. */
export async function queueExport(
  workspace: Workspace,
  principal: Principal,
  request: ExportRequest,
  now: Date,
): Promise<{ id: string; operation: string }> {
  const { plan } = planExport(workspace, principal, request);
  const [id, operation] = [newId(now), newId(now)];
  const { by, acting, narrowed } = askerOf(principal);
  const detail = { export: id, ...(acting === null ? {} : { acting }) };
  await workspace.pool.query(
    `insert into ${workspace.schema}._operation (id, kind, status, title, by, at, detail) values ($1, 'export', 'queued', $2, $3, $4, $5)`,
    [operation, `Export ${plan.entity.plural}`, by, now, JSON.stringify(detail)],
  );
  await workspace.pool.query(
    `insert into ${workspace.schema}._export (id, operation, request, status, rows, created_at, by, acting, narrowed)
     values ($1, $2, $3, 'queued', 0, $4, $5, $6, $7)`,
    [id, operation, JSON.stringify(request), now, by, acting, narrowed],
  );
  return { id, operation };
}

/** An export as its owner sees it. */
export async function readExport({ pool, schema }: Workspace, principal: Principal, id: string) {
  const { rows } = await pool.query(
    `select id, status, rows, case when status = 'done' then '/api/files/' || file end as file_url, operation, by, acting
     from ${schema}._export where id::text = $1`,
    [id],
  );
  const [found] = rows as (Pick<Asker, "by" | "acting"> & Readonly<Record<string, unknown>>)[];
  if (!found || !isAskedBy(found, principal)) throw problem("export.missing", {});
  const { by: _, acting: __, ...told } = found;
  return told;
}

export async function waitingExports({ pool, schema }: Workspace): Promise<readonly string[]> {
  const { rows } = await pool.query(
    `select id from ${schema}._export where status = 'queued' or (status = 'running' and lease_until < clock_timestamp()) order by created_at`,
  );
  return rows.map(({ id }: { id: string }) => id);
}

/**
 * Writes the file of an export, from the beginning: all rows as of one moment, by the rights that its owner has now. Where
 * the database goes away it is begun again when that is back.
 */
export async function workOnExport(
  workspace: Workspace,
  clock: Clock,
  id: string,
  stopping: AbortSignal,
): Promise<void> {
  const { pool, schema } = workspace;
  const { rows } = await pool.query(
    `update ${schema}._export set status = 'running', rows = 0, lease_until = clock_timestamp() + interval '${leaseSeconds} seconds'
     where id = $1 and (status = 'queued' or (status = 'running' and lease_until < clock_timestamp())) returning operation, request, by, acting, narrowed`,
    [id],
  );
  const row = rows[0] as (Asker & { operation: string; request: ExportRequest }) | undefined;
  if (!row) return;
  try {
    const principal = await askerNow(pool, workspace, row, clock.now());
    const count = await writeFile(workspace, clock, { id, ...row, principal }, stopping);
    if (count !== undefined)
      await pool.query(
        `update ${schema}._operation set status = 'done', rows = $2, done = $2, finished_at = $3 where id = $1`,
        [row.operation, count, clock.now()],
      );
  } catch (error) {
    if (isAway(error)) throw error;
    await pool.query(`update ${schema}._export set status = 'failed' where id = $1`, [id]);
    await pool.query(`update ${schema}._operation set status = 'failed', finished_at = $2 where id = $1`, [
      row.operation,
      clock.now(),
    ]);
    throw error;
  }
}

interface ExportJob {
  readonly id: string;
  readonly request: ExportRequest;
  readonly principal: Principal;
}

async function writeFile(
  workspace: Workspace,
  clock: Clock,
  { id, request, principal }: ExportJob,
  stopping: AbortSignal,
): Promise<number | undefined> {
  const { pool, schema, model } = workspace;
  const { plan, fields } = planExport(workspace, principal, request);
  const access = accessFor(model, principal);
  const file = newId(clock.now());
  const statement = exportStatement({ model, schema, access }, plan, fields);
  const connection = await pool.connect();
  let count = 0;
  try {
    await begin(connection, "report");
    if (!(await worksAlone(connection, schema, id))) return undefined;
    await beginFile(pool, schema, {
      id: file,
      name: `${plan.entity.name}.csv`,
      type: "text/csv; charset=utf-8",
      by: principal.id,
      acting: principal.actor?.id ?? null,
      at: clock.now(),
    });
    await connection.query(`declare exported cursor for ${statement.sql}`, [
      ...bind(statement.parameters, slotsOf({ model, principal, now: clock.now() })),
    ]);
    await appendToFile(pool, schema, file, 0, Buffer.from(`\ufeff${csvLine(fields.map(({ name }) => name))}`, "utf8"));
    for (let part = 1; ; part++) {
      const { rows } = await connection.query(`fetch ${pageRows} from exported`);
      if (rows.length === 0) break;
      if (stopping.aborted || (await cancelled(workspace, id))) return undefined;
      const lines = rows.map(({ record }) => csvLine(fields.map((field) => cellOf(field, record))));
      await appendToFile(pool, schema, file, part, Buffer.from(lines.join(""), "utf8"));
      count += rows.length;
      await pool.query(
        `update ${schema}._export set rows = $2, lease_until = clock_timestamp() + interval '${leaseSeconds} seconds' where id = $1`,
        [id, count],
      );
    }
  } finally {
    connection.release(true);
  }
  await completeFile(pool, schema, file);
  await pool.query(`update ${schema}._export set status = 'done', file = $2, lease_until = null where id = $1`, [
    id,
    file,
  ]);
  return count;
}

async function cancelled({ pool, schema }: Workspace, id: string): Promise<boolean> {
  const { rows } = await pool.query(
    `select o.status from ${schema}._export e join ${schema}._operation o on o.id = e.operation where e.id = $1`,
    [id],
  );
  if (rows[0]?.status !== "cancelling") return false;
  await pool.query(`update ${schema}._export set status = 'cancelled' where id = $1`, [id]);
  await pool.query(
    `update ${schema}._operation set status = 'cancelled' where id = (select operation from ${schema}._export where id = $1)`,
    [id],
  );
  return true;
}

/** A cell that an import reads back; references by the name of what they point at. */
function cellOf(field: Field, record: Readonly<Record<string, unknown>>): string {
  const value = record[field.name];
  if (value === null || value === undefined) return "";
  const names = record._names as Readonly<Record<string, string | null>> | undefined;
  if (field.targets.length > 0)
    return names?.[field.name] ?? (typeof value === "string" ? value : String((value as { id: string }).id));
  return field.type.write
    ? field.type.write(value, field.property)
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
}
