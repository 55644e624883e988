import {
  accessFor,
  emptyReport,
  Problem,
  problem,
  readImportPlan,
  type ImportPlan,
  type ImportReport,
  type Principal,
} from "engine";
import { detectFormat, peek, type CsvFormat } from "../csv.ts";
import { transaction } from "../database/begin.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { askerOf, isAskedBy, type Asker } from "./asker.ts";
import { storeFile } from "./files.ts";

/** An import as its row has it. */
export interface ImportRow extends Asker {
  readonly id: string;
  readonly operation: string;
  readonly file: string;
  readonly plan: ImportPlan;
  readonly status: string;
  readonly rehearsed: boolean;
  readonly progress: Progress;
  readonly report: ImportReport | null;
}

/** The columns of an import's row. */
export const importColumns = "id, operation, file, plan, status, rehearsed, progress, report, by, acting, narrowed";

/** How far it has come: what is in here has been committed together with the rows. */
export interface Progress {
  readonly format: CsvFormat;
  readonly phase: "rows" | "links";
  /** The number of the last row done in this phase. */
  readonly row: number;
  readonly errors?: { readonly file: string; readonly parts: number };
  readonly fault?: string;
}

export const fileBytesMax = 64_000_000;

/** Takes a file and its plan in, checked as far as can be seen from the head; a worker does the rest. */
export async function queueImport(
  workspace: Workspace,
  principal: Principal,
  { bytes, name, plan }: { readonly bytes: Uint8Array; readonly name: string; readonly plan: unknown },
  now: Date,
): Promise<string> {
  if (bytes.length > fileBytesMax) throw problem("file.too_large", { bytesMax: fileBytesMax });
  const mapping = readImportPlan(workspace.model, accessFor(workspace.model, principal), plan);
  const format = detectFormat(bytes, mapping.plan.format);
  columnsAreThere(mapping.plan, peek(bytes, format).columns);
  const id = newId(now);
  const { by, acting, narrowed } = askerOf(principal);
  await transaction(workspace.pool, "bulk", async (tx) => {
    const file = await storeFile(
      tx,
      workspace.schema,
      { id: newId(now), name, type: "text/csv", by, acting, at: now },
      bytes,
    );
    const progress: Progress = { format, phase: "rows", row: 0 };
    await tx.query(
      `insert into ${workspace.schema}._import (id, operation, file, plan, status, rehearsed, progress, created_at, by, acting, narrowed)
       values ($1, $2, $3, $4, 'queued', $5, $6, $7, $8, $9, $10)`,
      [
        id,
        newId(now),
        file.id,
        JSON.stringify(mapping.plan),
        mapping.plan.rehearse === true,
        JSON.stringify(progress),
        now,
        by,
        acting,
        narrowed,
      ],
    );
    if (mapping.plan.rehearse !== true) await openOperation(tx, workspace, id, now);
  });
  return id;
}

/** Runs what has been rehearsed, by the plan as it is now. */
export async function runImport(
  workspace: Workspace,
  principal: Principal,
  id: string,
  plan: unknown,
  now: Date,
): Promise<void> {
  const found = await findImport(workspace, principal, id);
  if (!found.rehearsed || !["done", "failed"].includes(found.status))
    throw problem("import.not_ready", { status: found.status });
  const mapping = readImportPlan(
    workspace.model,
    accessFor(workspace.model, principal),
    plan ?? { ...found.plan, rehearse: false },
  );
  const { errors: _, fault: __, ...progress } = found.progress;
  await transaction(workspace.pool, "write", async (tx) => {
    const { rowCount } = await tx.query(
      `update ${workspace.schema}._import set status = 'queued', rehearsed = false, plan = $2, progress = $3, report = null
       where id = $1 and rehearsed and status in ('done', 'failed')`,
      [
        id,
        JSON.stringify({ ...mapping.plan, rehearse: false }),
        JSON.stringify({ ...progress, phase: "rows", row: 0 }),
      ],
    );
    if (rowCount === 0) throw problem("import.not_ready", { status: "running" });
    await openOperation(tx, workspace, id, now);
  });
}

async function openOperation(
  tx: { query: (text: string, values: unknown[]) => Promise<unknown> },
  { schema }: Workspace,
  id: string,
  now: Date,
): Promise<void> {
  await tx.query(
    `insert into ${schema}._operation (id, kind, status, title, by, at, detail)
     select i.operation, 'import', 'queued', 'Import ' || f.name, i.by, $2, $3::jsonb || case when i.acting is null then '{}' else jsonb_build_object('acting', i.acting) end
     from ${schema}._import i join ${schema}._file f on f.id = i.file where i.id = $1
     on conflict (id) do update set status = 'queued', at = excluded.at`,
    [id, now, JSON.stringify({ import: id })],
  );
}

/**
 * The plan by which somebody has last brought a file with these columns into an entity, where it still holds; nothing
 * where she has brought none.
 */
export async function lastPlan(
  { pool, schema, model }: Workspace,
  principal: Principal,
  { entity, columns }: { readonly entity: string; readonly columns: readonly string[] },
): Promise<ImportPlan | undefined> {
  // What is no text stands in no plan.
  const texts = columns.filter((name) => !name.includes("\0") && name.isWellFormed());
  const { rows } = await pool.query(
    `select plan from ${schema}._import
     where by = $1 and ($4::uuid is null or acting = $4) and status = 'done' and not rehearsed and plan ->> 'entity' = $2
       and not exists (select from jsonb_object_keys(plan -> 'columns') as k(name) where k.name <> all ($3::text[]))
     order by created_at desc limit 1`,
    [principal.id, entity, texts, principal.actor?.id ?? null],
  );
  const [found] = rows as { plan: ImportPlan }[];
  try {
    return found && readImportPlan(model, accessFor(model, principal), found.plan).plan;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return undefined;
  }
}

function columnsAreThere(plan: ImportPlan, columns: readonly string[]): void {
  const absent = Object.keys(plan.columns).find((column) => !columns.includes(column));
  if (absent !== undefined) throw problem("import.column_missing", { column: absent, path: `/columns/${absent}` });
}

async function findImport({ pool, schema }: Workspace, principal: Principal, id: string): Promise<ImportRow> {
  const { rows } = await pool.query(`select ${importColumns} from ${schema}._import where id::text = $1`, [id]);
  const found = rows[0] as ImportRow | undefined;
  const anyones = !principal.actor && principal.roles.includes("admin");
  if (!found || !(anyones || isAskedBy(found, principal))) throw problem("import.missing", {});
  return found;
}

/** An import as its owner sees it: how far it is, what it came to, where the rows lie that were left out. */
export async function readImport(workspace: Workspace, principal: Principal, id: string) {
  const { status, rehearsed, progress, report, operation, plan } = await findImport(workspace, principal, id);
  return {
    id,
    status,
    rehearsed,
    entity: plan.entity,
    ...emptyReport,
    ...report,
    phase: progress.phase,
    row: progress.row,
    errors_url: progress.errors && status === "done" ? `/api/files/${progress.errors.file}` : null,
    operation: rehearsed ? null : operation,
    ...(progress.fault === undefined ? {} : { fault: progress.fault }),
  };
}

/** Imports that wait for a worker, or whose worker has not been heard of. */
export async function waitingImports({ pool, schema }: Workspace): Promise<readonly string[]> {
  const { rows } = await pool.query(
    `select id from ${schema}._import where status = 'queued' or (status = 'running' and lease_until < clock_timestamp()) order by created_at`,
  );
  return rows.map(({ id }: { id: string }) => id);
}
