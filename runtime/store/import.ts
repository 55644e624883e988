import {
  accessOf,
  addToReport,
  conversionOf,
  emptyReport,
  problem,
  readImportPlan,
  type Conversion,
  type ImportPlan,
  type ImportReport,
  type Principal,
} from "engine";
import type { Clock } from "../clock.ts";
import { csvLine, detectFormat, peek, readRows, type CsvFormat, type CsvRow } from "../csv.ts";
import { transaction } from "../database/begin.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { appendToFile, beginFile, completeFile, fileBytes, storeFile } from "./files.ts";
import { importRows, linkRows, type BatchResult } from "./import-batch.ts";
import { operate, type OperationTold } from "./operation.ts";

/** An import as its row has it. */
interface ImportRow {
  readonly id: string;
  readonly operation: string;
  readonly file: string;
  readonly plan: ImportPlan;
  readonly status: string;
  readonly rehearsed: boolean;
  readonly progress: Progress;
  readonly report: ImportReport | null;
  readonly by: string;
}

/** How far it has come: what is in here has been committed together with the rows. */
interface Progress {
  readonly format: CsvFormat;
  readonly phase: "rows" | "links";
  /** The number of the last row done in this phase. */
  readonly row: number;
  readonly errors?: { readonly file: string; readonly parts: number };
  readonly fault?: string;
}

export const fileBytesMax = 64_000_000;
const batchRows = 500;
const leaseSeconds = 6;

/** Takes a file and its plan in, checked as far as can be seen from the head; a worker does the rest. */
export async function queueImport(
  workspace: Workspace,
  principal: Principal,
  { bytes, name, plan }: { readonly bytes: Uint8Array; readonly name: string; readonly plan: unknown },
  now: Date,
): Promise<string> {
  if (bytes.length > fileBytesMax) throw problem("file.too_large", { bytesMax: fileBytesMax });
  const mapping = readImportPlan(workspace.model, accessOf(workspace.model, principal.roles), plan);
  const format = detectFormat(bytes, mapping.plan.format);
  columnsAreThere(mapping.plan, peek(bytes, format).columns);
  const id = newId(now);
  await transaction(workspace.pool, "bulk", async (tx) => {
    const file = await storeFile(
      tx,
      workspace.schema,
      { id: newId(now), name, type: "text/csv", by: principal.id, at: now },
      bytes,
    );
    const progress: Progress = { format, phase: "rows", row: 0 };
    await tx.query(
      `insert into ${workspace.schema}._import (id, operation, file, plan, status, rehearsed, progress, created_at, by)
       values ($1, $2, $3, $4, 'queued', $5, $6, $7, $8)`,
      [
        id,
        newId(now),
        file.id,
        JSON.stringify(mapping.plan),
        mapping.plan.rehearse === true,
        JSON.stringify(progress),
        now,
        principal.id,
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
    accessOf(workspace.model, principal.roles),
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
     select i.operation, 'import', 'queued', 'Import ' || f.name, i.by, $2, $3
     from ${schema}._import i join ${schema}._file f on f.id = i.file where i.id = $1
     on conflict (id) do update set status = 'queued', at = excluded.at`,
    [id, now, JSON.stringify({ import: id })],
  );
}

function columnsAreThere(plan: ImportPlan, columns: readonly string[]): void {
  const absent = Object.keys(plan.columns).find((column) => !columns.includes(column));
  if (absent !== undefined) throw problem("import.column_missing", { column: absent, path: `/columns/${absent}` });
}

async function findImport({ pool, schema }: Workspace, principal: Principal, id: string): Promise<ImportRow> {
  const { rows } = await pool.query(
    `select id, operation, file, plan, status, rehearsed, progress, report, by from ${schema}._import where id::text = $1`,
    [id],
  );
  const found = rows[0] as ImportRow | undefined;
  if (!found || (found.by !== principal.id && !principal.roles.includes("admin"))) throw problem("import.missing", {});
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
    ...(report ?? emptyReport),
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

/**
 * Works on an import to its end, batch by batch, each with its progress in one transaction: whoever takes it up after a
 * kill goes on behind the last row that was committed. A rehearsal is the same in one transaction that is rolled back.
 */
export async function workOnImport(
  workspace: Workspace,
  clock: Clock,
  id: string,
  stopping: AbortSignal,
): Promise<void> {
  const job = new ImportJob(workspace, clock, id, stopping);
  if (!(await job.take())) return;
  try {
    await job.work();
  } catch (error) {
    await job.fail(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

class Rehearsed extends Error {
  readonly report: ImportReport;
  constructor(report: ImportReport) {
    super("rehearsed");
    this.report = report;
  }
}

class ImportJob {
  readonly #workspace: Workspace;
  readonly #clock: Clock;
  readonly #id: string;
  readonly #stopping: AbortSignal;
  #row!: ImportRow;
  #principal!: Principal;

  constructor(workspace: Workspace, clock: Clock, id: string, stopping: AbortSignal) {
    this.#workspace = workspace;
    this.#clock = clock;
    this.#id = id;
    this.#stopping = stopping;
  }

  /** Takes the lease; false where somebody else has it or nothing is left to do. */
  async take(): Promise<boolean> {
    const { pool, schema } = this.#workspace;
    const { rows } = await pool.query(
      `update ${schema}._import set status = 'running', lease_until = clock_timestamp() + interval '${leaseSeconds} seconds'
       where id = $1 and (status = 'queued' or (status = 'running' and lease_until < clock_timestamp()))
       returning id, operation, file, plan, status, rehearsed, progress, report, by`,
      [this.#id],
    );
    if (!rows[0]) return false;
    this.#row = rows[0] as ImportRow;
    const people = await pool.query(
      `select id, name, coalesce(roles, '{}') as roles from ${schema}."user" where id = $1`,
      [this.#row.by],
    );
    this.#principal = { ...people.rows[0], via: "engine" } as Principal;
    if (!this.#row.rehearsed)
      await pool.query(`update ${schema}._operation set status = 'running' where id = $1 and status = 'queued'`, [
        this.#row.operation,
      ]);
    return true;
  }

  async work(): Promise<void> {
    if (this.#row.rehearsed) return this.#rehearse();
    for (const phase of ["rows", "links"] as const) {
      if (phase === "rows" && this.#row.progress.phase === "links") continue;
      if (phase === "links" && !this.#conversion().mapping.columns.some(({ reference }) => reference?.own)) continue;
      if (!(await this.#phase(phase))) return;
    }
    await this.#finish("done");
  }

  /** Goes through the file once; false where it was stopped or cancelled on the way. */
  async #phase(phase: Progress["phase"]): Promise<boolean> {
    if (this.#row.progress.phase !== phase)
      this.#row = { ...this.#row, progress: { ...this.#row.progress, phase, row: 0 } };
    for await (const batch of this.#batches(this.#row.progress.row)) {
      if (this.#stopping.aborted) return false;
      if (await this.#cancelled()) return (await this.#finish("cancelled"), false);
      if (!(await this.#commit(phase, batch))) return false;
    }
    return true;
  }

  async #commit(phase: Progress["phase"], batch: readonly CsvRow[]): Promise<boolean> {
    const { schema } = this.#workspace;
    const from = this.#row.progress;
    const { result } = await operate(this.#workspace, this.#principal, this.#told(), async (tx, scene) => {
      const { rows } = await tx.query(`select status, progress from ${schema}._import where id = $1 for update`, [
        this.#id,
      ]);
      const stands = rows[0] as { status: string; progress: Progress };
      const same = stands.progress.row === from.row || (phase === "links" && stands.progress.phase === "rows");
      if (stands.status !== "running" || !same) return undefined;
      const done = await (phase === "rows" ? importRows : linkRows)(tx, scene, this.#conversion(), batch);
      const report = addToReport(this.#row.report ?? emptyReport, done.report);
      const errors = await this.#keepRejected(tx, done, batch);
      const progress: Progress = { ...from, phase, row: batch.at(-1)!.number, ...(errors ? { errors } : {}) };
      await tx.query(
        `update ${schema}._import set progress = $2, report = $3, lease_until = clock_timestamp() + interval '${leaseSeconds} seconds' where id = $1`,
        [this.#id, JSON.stringify(progress), JSON.stringify(report)],
      );
      await tx.query(`update ${schema}._operation set done = $2, rows = $3 where id = $1`, [
        this.#row.operation,
        report.created + report.updated,
        report.rows,
      ]);
      return { progress, report };
    });
    if (!result) return false;
    this.#row = { ...this.#row, ...result };
    return true;
  }

  async #rehearse(): Promise<void> {
    const { pool, schema } = this.#workspace;
    let report = emptyReport;
    try {
      await operate(
        this.#workspace,
        this.#principal,
        { ...this.#told(), operation: newId(this.#clock.now()) },
        async (tx, scene) => {
          report = emptyReport;
          for (const work of [importRows, linkRows])
            for await (const batch of this.#batches(0)) {
              if (work === linkRows && !this.#conversion().mapping.columns.some(({ reference }) => reference?.own))
                break;
              report = addToReport(report, (await work(tx, scene, this.#conversion(), batch)).report);
              await pool.query(
                `update ${schema}._import set report = $2, lease_until = clock_timestamp() + interval '${leaseSeconds} seconds' where id = $1`,
                [this.#id, JSON.stringify(report)],
              );
            }
          throw new Rehearsed(report);
        },
      );
    } catch (error) {
      if (!(error instanceof Rehearsed)) throw error;
      await pool.query(
        `update ${schema}._import set status = 'done', report = $2, lease_until = null where id = $1 and status = 'running'`,
        [this.#id, JSON.stringify(error.report)],
      );
    }
  }

  /** The rows that were left out, each with its reason, as a file that can be mended and brought in again. */
  async #keepRejected(tx: Parameters<typeof beginFile>[0], { rejected }: BatchResult, batch: readonly CsvRow[]) {
    const { schema } = this.#workspace;
    let { errors } = this.#row.progress;
    if (rejected.length === 0) return errors;
    const columns = Object.keys(batch[0]!.cells);
    const lines = rejected.map(({ row, why }) => csvLine([...columns.map((column) => row.cells[column] ?? ""), why]));
    if (!errors) {
      errors = { file: newId(this.#clock.now()), parts: 0 };
      await beginFile(tx, schema, {
        id: errors.file,
        name: "rows-left-out.csv",
        type: "text/csv",
        by: this.#row.by,
        at: this.#clock.now(),
      });
      lines.unshift(`\ufeff${csvLine([...columns, "problem"])}`);
    }
    await appendToFile(tx, schema, errors.file, errors.parts, Buffer.from(lines.join(""), "utf8"));
    return { ...errors, parts: errors.parts + 1 };
  }

  async #cancelled(): Promise<boolean> {
    const { pool, schema } = this.#workspace;
    const { rows } = await pool.query(`select status from ${schema}._operation where id = $1`, [this.#row.operation]);
    return rows[0]?.status === "cancelling";
  }

  async #finish(status: "done" | "cancelled"): Promise<void> {
    const { pool, schema } = this.#workspace;
    const { errors } = this.#row.progress;
    await transaction(pool, "bulk", async (tx) => {
      if (errors) await completeFile(tx, schema, errors.file);
      await tx.query(`update ${schema}._import set status = $2, lease_until = null where id = $1`, [this.#id, status]);
      await tx.query(`update ${schema}._operation set status = $2, finished_at = $3 where id = $1`, [
        this.#row.operation,
        status,
        this.#clock.now(),
      ]);
    });
  }

  async fail(fault: string): Promise<void> {
    const { pool, schema } = this.#workspace;
    await pool.query(
      `update ${schema}._import set status = 'failed', lease_until = null, progress = jsonb_set(progress, '{fault}', $2) where id = $1 and status = 'running'`,
      [this.#id, JSON.stringify(fault)],
    );
    await pool.query(
      `update ${schema}._operation set status = 'failed', finished_at = $2 where id = $1 and status in ('queued', 'running')`,
      [this.#row.operation, this.#clock.now()],
    );
  }

  #told(): OperationTold {
    return { kind: "import", title: "Import", now: this.#clock.now(), bulk: true, operation: this.#row.operation };
  }

  /** By the model of now: a publish in the middle of an import holds from the next batch on. */
  #conversion(): Conversion {
    const { model } = this.#workspace;
    return conversionOf(model, readImportPlan(model, accessOf(model, this.#principal.roles), this.#row.plan));
  }

  async *#batches(after: number): AsyncGenerator<readonly CsvRow[]> {
    const { pool, schema } = this.#workspace;
    let batch: CsvRow[] = [];
    for await (const row of readRows(fileBytes(pool, schema, this.#row.file), this.#row.progress.format)) {
      if (row.number <= after) continue;
      batch.push(row);
      if (batch.length === batchRows) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  }
}
