import {
  accessFor,
  addToReport,
  conversionOf,
  emptyReport,
  readImportPlan,
  type Conversion,
  type ImportReport,
  type Principal,
} from "engine";
import type { Clock } from "../clock.ts";
import { csvLine, readRows, type CsvRow } from "../csv.ts";
import { isAway } from "../database/away.ts";
import { transaction } from "../database/begin.ts";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { worksAlone } from "./alone.ts";
import { askerNow } from "./asker.ts";
import { appendToFile, beginFile, completeFile, fileBytes } from "./files.ts";
import { importRows, linkRows } from "./import-batch.ts";
import type { BatchResult } from "./import-troubles.ts";
import { importColumns, type ImportRow, type Progress } from "./import.ts";
import { operate, type OperationTold } from "./operation.ts";

const batchRows = 500;
const leaseSeconds = 6;

/**
 * Works on an import to its end, batch by batch, each with its progress in one transaction: whoever takes it up after a
 * kill, or when a database that was away is back, goes on behind the last row that was committed. A rehearsal is the same
 * in one transaction that is rolled back, and so is what is to be brought in whole where a row does not hold.
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
    if (!isAway(error)) await job.fail(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** What was done shall not be kept: it was a rehearsal, or all rows were to hold and some do not. */
class NotKept extends Error {
  readonly report: ImportReport;
  constructor(report: ImportReport) {
    super("not kept");
    this.report = report;
  }
}

const ended = (schema: string) =>
  `update ${schema}._import set status = 'done', report = $2, lease_until = null where id = $1 and status = 'running'`;

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

  /** Takes the lease; false where somebody else has it, is in the middle of a batch, or nothing is left to do. */
  async take(): Promise<boolean> {
    const { pool, schema } = this.#workspace;
    const { rows } = await pool.query(
      `update ${schema}._import set status = 'running', lease_until = clock_timestamp() + interval '${leaseSeconds} seconds'
       where id = (select id from ${schema}._import
         where id = $1 and (status = 'queued' or (status = 'running' and lease_until < clock_timestamp()))
         for update skip locked)
       returning ${importColumns}`,
      [this.#id],
    );
    if (!rows[0]) return false;
    this.#row = rows[0] as ImportRow;
    if (!this.#row.rehearsed)
      await pool.query(`update ${schema}._operation set status = 'running' where id = $1 and status = 'queued'`, [
        this.#row.operation,
      ]);
    return true;
  }

  async work(): Promise<void> {
    await this.#ask();
    if (this.#row.rehearsed || this.#row.plan.whole) return this.#atOnce();
    for (const phase of ["rows", "links"] as const) {
      if (phase === "rows" && this.#row.progress.phase === "links") continue;
      if (phase === "links" && !this.#conversion().mapping.columns.some(({ reference }) => reference?.own)) continue;
      if (!(await this.#phase(phase))) return;
    }
    await this.#finish("done");
  }

  /** By whose rights the next batch is done: those that hold now. */
  async #ask(): Promise<void> {
    this.#principal = await askerNow(this.#workspace.pool, this.#workspace, this.#row, this.#clock.now());
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
    await this.#ask();
    const from = this.#row.progress;
    const { result } = await operate(this.#workspace, this.#principal, this.#told(), async (tx, scene) => {
      // Nothing is found where another worker, who took over when our lease had run out, is in the middle of a batch.
      const { rows } = await tx.query(
        `select status, progress from ${schema}._import where id = $1 for update skip locked`,
        [this.#id],
      );
      const stands = rows[0] as { status: string; progress: Progress } | undefined;
      const same = stands?.progress.row === from.row || (phase === "links" && stands?.progress.phase === "rows");
      if (stands?.status !== "running" || !same) return undefined;
      const done = await (phase === "rows" ? importRows : linkRows)(tx, scene, this.#conversion(), batch);
      const report = addToReport({ ...emptyReport, ...this.#row.report }, done.report);
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

  /**
   * Goes through the file in one transaction, which stays where all rows hold and it is no rehearsal; where somebody else
   * is at it, that one's counts.
   */
  async #atOnce(): Promise<void> {
    const { pool, schema } = this.#workspace;
    const { rehearsed, operation } = this.#row;
    let report = emptyReport;
    try {
      await operate(
        this.#workspace,
        this.#principal,
        { ...this.#told(), operation: rehearsed ? newId(this.#clock.now()) : operation },
        async (tx, scene) => {
          if (!(await worksAlone(tx, schema, this.#id))) return;
          report = emptyReport;
          for (const work of [importRows, linkRows])
            for await (const batch of this.#batches(0)) {
              if (work === linkRows && !this.#conversion().mapping.columns.some(({ reference }) => reference?.own))
                break;
              report = addToReport(report, (await work(tx, scene, this.#conversion(), batch)).report);
              const { rowCount } = await pool.query(
                `update ${schema}._import set report = $2, lease_until = clock_timestamp() + interval '${leaseSeconds} seconds'
                 where id = $1 and status = 'running'`,
                [this.#id, JSON.stringify(report)],
              );
              // Whoever was at it before us has told its end between our start and now.
              if (rowCount === 0) throw new NotKept(report);
            }
          if (rehearsed || report.problems.length > 0) throw new NotKept(report);
          await this.#end(tx, report);
        },
      );
    } catch (error) {
      if (!(error instanceof NotKept)) throw error;
      if (rehearsed) return void (await pool.query(ended(schema), [this.#id, JSON.stringify(error.report)]));
      const told = JSON.stringify({ ...error.report, created: 0, updated: 0, unchanged: 0, also: {} });
      await pool.query(`update ${schema}._import set report = $2 where id = $1 and status = 'running'`, [
        this.#id,
        told,
      ]);
      await this.fail("Some rows do not hold: nothing is written.");
    }
  }

  /** Ends what was done at once, together with its rows. */
  async #end(tx: Connection, report: ImportReport): Promise<void> {
    const { schema } = this.#workspace;
    await tx.query(ended(schema), [this.#id, JSON.stringify(report)]);
    await tx.query(
      `update ${schema}._operation set status = 'done', finished_at = $2, done = $3, rows = $4 where id = $1`,
      [this.#row.operation, this.#clock.now(), report.created + report.updated, report.rows],
    );
  }

  /** The rows that were left out, each with its reason, as a file that can be mended and brought in again. */
  async #keepRejected(tx: Connection, { rejected }: BatchResult, batch: readonly CsvRow[]) {
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
        acting: this.#row.acting,
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
    return conversionOf(model, readImportPlan(model, accessFor(model, this.#principal), this.#row.plan));
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
