import { randomInt } from "node:crypto";
import { Problem, problem } from "engine";
import type { Statement } from "engine/sql";
import { sqlState, transaction } from "../database/begin.ts";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";

/** A statement that is left for after the switch. */
export interface Left {
  readonly sql: string;
  readonly online?: string;
  readonly leftover?: string;
}

/** Another process has taken the publish over, for this one was silent too long. */
export class LeaseLost extends Error {}

const leaseSeconds = 10;
const beatMs = 2000;
const stillTries = 100;

/** The claim of this process on a publish under way: kept fresh by a beat, and lost by silence. */
export class Lease {
  readonly workspace: Workspace;
  readonly id: string;
  readonly operation: string;
  readonly owner: string;
  #timer: NodeJS.Timeout | undefined;
  #stop: "cancelled" | "lost" | undefined;
  #done = 0;

  constructor(workspace: Workspace, id: string, operation: string, owner: string) {
    this.workspace = workspace;
    this.id = id;
    this.operation = operation;
    this.owner = owner;
  }

  /** Begins the beat. */
  keep(): void {
    this.#timer = setInterval(() => void this.#beat().catch(() => undefined), beatMs);
    this.#timer.unref();
  }

  /** Ends the beat. */
  let(): void {
    clearInterval(this.#timer);
  }

  /** Counts rows that were converted. */
  count(rows: number): void {
    this.#done += rows;
  }

  /** Throws where somebody has cancelled the publish, or another process has it. */
  async goOn(): Promise<void> {
    const { pool, schema } = this.workspace;
    const { rows } = await pool.query(
      `select p.owner = $2 as own, o.status from ${schema}._publish p join ${schema}._operation o on o.id = p.operation
       where p.id = $1`,
      [this.id, this.owner],
    );
    if (rows[0]?.own !== true || this.#stop === "lost") throw new LeaseLost();
    if (rows[0].status === "cancelling") throw problem("publish.cancelled", {});
  }

  /** In the switch's transaction: nobody takes the publish away from here on, or it does not happen. */
  async hold(tx: Connection): Promise<void> {
    const { schema } = this.workspace;
    const { rows } = await tx.query(
      `select status from ${schema}._publish where id = $1 and owner = $2 and status = 'preparing' for update`,
      [this.id, this.owner],
    );
    if (rows.length === 0) throw new LeaseLost();
    const operation = await tx.query(`select status from ${schema}._operation where id = $1 for update`, [
      this.operation,
    ]);
    if (operation.rows[0]?.status === "cancelling") throw problem("publish.cancelled", {});
  }

  /** In the switch's transaction: the version stands, and what is left is written down. */
  async switched(tx: Connection, left: readonly Left[], version: number): Promise<void> {
    const { schema } = this.workspace;
    await tx.query(`update ${schema}._publish set status = 'finishing', finish = $2, version = $3 where id = $1`, [
      this.id,
      JSON.stringify(left),
      version,
    ]);
    await tx.query(`update ${schema}._operation set status = 'finishing', detail = detail || $2::jsonb where id = $1`, [
      this.operation,
      JSON.stringify({ phase: "finish", version }),
    ]);
  }

  /** Takes back what was prepared, as long as nothing has been switched. */
  async takeBack(): Promise<void> {
    const { pool, schema } = this.workspace;
    const { rows } = await pool.query(
      `select cleanup from ${schema}._publish where id = $1 and owner = $2 and status = 'preparing'`,
      [this.id, this.owner],
    );
    for (const sql of (rows[0]?.cleanup ?? []) as readonly string[]) await this.#run(sql);
  }

  /** Writes down what is to be taken back of other preparations. */
  async again(statements: readonly Statement[]): Promise<void> {
    const cleanup = statements.flatMap(({ phase, undo }) => (phase === "prepare" && undo ? [undo] : [])).reverse();
    await this.workspace.pool.query(
      `update ${this.workspace.schema}._publish set cleanup = $2 where id = $1 and owner = $3`,
      [this.id, JSON.stringify(cleanup), this.owner],
    );
  }

  /** Ends a publish that came to nothing. What was prepared goes; the operation tells why. */
  async giveUp(error: unknown, now: Date): Promise<void> {
    this.let();
    if (error instanceof LeaseLost) return;
    await this.takeBack();
    const faults = error instanceof Problem ? error.faults : [];
    const status = faults[0]?.code === "publish.cancelled" ? "cancelled" : "failed";
    await this.#end(status, now, { problems: faults });
  }

  /** Ends a publish that is whole. */
  async close(now: Date): Promise<void> {
    this.let();
    await this.#end("done", now, {});
  }

  /** Row and operation end together: nobody sees the one without the other, and no kill comes between them. */
  async #end(status: string, now: Date, detail: object): Promise<void> {
    const { pool, schema } = this.workspace;
    await transaction(pool, "publish", async (tx) => {
      const { rowCount } = await tx.query(`delete from ${schema}._publish where id = $1 and owner = $2`, [
        this.id,
        this.owner,
      ]);
      if (rowCount === 0) return;
      await tx.query(
        `update ${schema}._operation set status = $2, finished_at = $3, done = greatest(done, $4::int),
           detail = detail || $5::jsonb where id = $1`,
        [this.operation, status, now, this.#done, JSON.stringify(detail)],
      );
    });
  }

  /** Runs what is left of a publish, one statement at a time; each can be run again. */
  async finish(left: readonly Left[]): Promise<void> {
    for (const { sql, online, leftover } of left) {
      if (online === undefined) await this.#run(sql);
      else {
        if (leftover !== undefined) await this.#run(leftover);
        await this.workspace.pool.query(online);
      }
    }
  }

  /** A statement that must not queue up in front of others; what builds or validates holds nobody up. */
  async #run(sql: string): Promise<void> {
    const { pool } = this.workspace;
    if (/^drop index concurrently /.test(sql)) return void (await pool.query(sql));
    const kind = / validate constraint /.test(sql) ? "publish" : "switch";
    for (let tries = 1; ; tries++) {
      try {
        return await transaction(pool, kind, async (tx) => void (await tx.query(sql)));
      } catch (error) {
        if (alreadySo(error, sql)) return;
        if (sqlState(error) !== "55P03" || tries >= stillTries) throw error;
        await new Promise((done) => setTimeout(done, 50 + randomInt(250)));
      }
    }
  }

  async #beat(): Promise<void> {
    const { pool, schema } = this.workspace;
    const { rowCount } = await pool.query(
      `update ${schema}._publish set lease_until = clock_timestamp() + interval '${leaseSeconds} seconds'
       where id = $1 and owner = $2`,
      [this.id, this.owner],
    );
    if (rowCount === 0) this.#stop = "lost";
    if (this.#done > 0)
      await pool.query(`update ${schema}._operation set done = $2 where id = $1`, [this.operation, this.#done]);
  }
}

/** What an earlier try of a killed process has done is not done again: the check that it validated is gone. */
function alreadySo(error: unknown, sql: string): boolean {
  return sqlState(error) === "42704" && / validate constraint /.test(sql);
}

/** Finishes a publish by what its row says is left. */
export async function finishRow(lease: Lease, now: Date): Promise<void> {
  const { pool, schema } = lease.workspace;
  const { rows } = await pool.query(`select finish from ${schema}._publish where id = $1 and owner = $2`, [
    lease.id,
    lease.owner,
  ]);
  if (!rows[0]) throw new LeaseLost();
  await lease.finish(rows[0].finish as readonly Left[]);
  await lease.close(now);
}
