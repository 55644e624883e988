import { randomUUID } from "node:crypto";
import { Problem, refuse, type Fault, type Mappings } from "engine";
import { afterId, sinceXid, type Statement } from "engine/sql";
import { sqlState, transaction } from "../database/begin.ts";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { testFaults } from "./package-tests.ts";
import { finishRow, Lease, type Left } from "./publish-lease.ts";
import {
  draftOf,
  patiently,
  refuseRunning,
  Stale,
  switchOver,
  touchesOf,
  type Draft,
  type Publication,
  type Published,
} from "./switch.ts";

/** How a publish that outlives its process is taken up again: by what it was made from. */
export interface Origin {
  readonly kind: "change" | "undo" | "other";
  readonly subject: string | null;
  readonly mapping: Mappings;
}

/** A publish under way. */
export interface Publishing {
  /** The long operation that shows its progress; undefined where all of it is one switch. */
  readonly operation: string | undefined;
  readonly switched: Promise<Published>;
  /** Everything is proven and indexed. */
  readonly finished: Promise<void>;
}

const staleTriesMax = 5;
const elsewhere: Origin = { kind: "other", subject: null, mapping: {} };

/** Makes documents live: all of it, or nothing. Answers when it is switched and finished. */
export async function publish(workspace: Workspace, publication: Publication): Promise<Published> {
  const { switched, finished } = await beginPublish(workspace, publication);
  const published = await switched;
  await finished;
  return published;
}

/**
 * Begins to make documents live. What takes long on tables with many rows is done online before and after the switch,
 * under a lease: should this process die, another one goes on or takes it back.
 */
export async function beginPublish(
  workspace: Workspace,
  publication: Publication,
  origin: Origin = elsewhere,
  operation?: string,
): Promise<Publishing> {
  let played = publication.undoes !== undefined;
  for (let tries = 1; ; tries++) {
    const draft = await draftOf(workspace.pool, workspace, publication);
    if (!played) refuse(await testFaults(workspace, draft.differences, draft.next, publication.now));
    played = true;
    if (draft.statements.some(({ phase }) => phase !== "switch"))
      return inPhases(workspace, publication, origin, draft, operation);
    try {
      const published = await switchOver(workspace, publication, draft);
      if (operation !== undefined) await closeOperation(workspace, operation, publication, published.version);
      return { operation, switched: Promise.resolve(published), finished: Promise.resolve() };
    } catch (error) {
      if (!(error instanceof Stale) || tries >= staleTriesMax) throw error;
    }
  }
}

async function closeOperation({ pool, schema }: Workspace, id: string, { now }: Publication, version: number) {
  await pool.query(
    `update ${schema}._operation set status = 'done', finished_at = $2,
       detail = detail || $3::jsonb where id = $1`,
    [id, now, JSON.stringify({ version })],
  );
}

async function inPhases(
  workspace: Workspace,
  publication: Publication,
  origin: Origin,
  draft: Draft,
  resumed: string | undefined,
): Promise<Publishing> {
  const operation = resumed ?? newId(publication.now);
  const lease = await claim(workspace, publication, origin, draft, operation, resumed !== undefined);
  const work = run(lease, workspace, publication, draft);
  const switched = work.then(({ published }) => published);
  const finished = work.then(({ finished }) => finished);
  // Whoever waits hears of a failure; the operation tells it to everybody else.
  for (const promise of [switched, finished]) promise.catch(() => undefined);
  return { operation, switched, finished };
}

/** Notes the publish as its owner's, unless another one works on the same entities. */
async function claim(
  workspace: Workspace,
  publication: Publication,
  origin: Origin,
  draft: Draft,
  operation: string,
  resumed: boolean,
): Promise<Lease> {
  const { schema } = workspace;
  const { now, author, reason } = publication;
  const lease = new Lease(workspace, newId(now), operation, randomUUID());
  const touches = touchesOf(draft);
  const cleanup = draft.statements.flatMap(({ phase, undo }) => (phase === "prepare" && undo ? [undo] : [])).reverse();
  const rows = draft.statements.filter(({ batches, phase }) => phase === "prepare" && batches).length;
  await transaction(workspace.pool, "write", async (tx) => {
    await tx.query(`select 1 from ${schema}._state for update`);
    await refuseRunning(tx, workspace, touches);
    if (!resumed)
      await tx.query(
        `insert into ${schema}._operation (id, kind, status, title, by, at, rows, detail)
         values ($1, 'publish', 'running', $2, $3, $4, $5, $6)`,
        [
          operation,
          reason || "Publish",
          author,
          now,
          rows,
          JSON.stringify({ phase: "prepare", change: publication.change ?? null }),
        ],
      );
    await tx.query(
      `insert into ${schema}._publish
         (id, operation, status, kind, subject, author, mapping, touches, cleanup, begun_at, owner, lease_until)
       values ($1, $2, 'preparing', $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp() + interval '10 seconds')`,
      [
        lease.id,
        operation,
        origin.kind,
        origin.subject,
        author,
        JSON.stringify(origin.mapping),
        touches,
        JSON.stringify(cleanup),
        now,
        lease.owner,
      ],
    );
  });
  lease.keep();
  return lease;
}

async function run(lease: Lease, workspace: Workspace, publication: Publication, draft: Draft) {
  try {
    const published = await prepareAndSwitch(lease, workspace, publication, draft);
    const finished = finishRow(lease, publication.now).finally(() => lease.let());
    finished.catch(() => undefined);
    return { published, finished };
  } catch (error) {
    await lease.giveUp(error, publication.now);
    throw error;
  }
}

async function prepareAndSwitch(
  lease: Lease,
  workspace: Workspace,
  publication: Publication,
  first: Draft,
): Promise<Published> {
  for (let tries = 1, draft = first; ; tries++) {
    const xid = await prepare(lease, workspace, draft);
    try {
      return await switchOver(workspace, publication, draft, {
        xid,
        before: async (tx) => {
          await lease.hold(tx);
          const run: Run = (sql, values) => tx.query(sql, [...values]);
          for (const fill of fillsOf(draft)) await catchUp(run, fill, xid);
        },
        after: (tx, { statements, next }) => lease.switched(tx, leftOf(statements), next.version),
      });
    } catch (error) {
      if (!(error instanceof Stale) || tries >= staleTriesMax) throw error;
      await lease.takeBack();
      draft = await draftOf(workspace.pool, workspace, publication);
      await lease.again(draft.statements);
    }
  }
}

const leftOf = (statements: readonly Statement[]): readonly Left[] =>
  statements
    .filter(({ phase }) => phase === "finish")
    .map(({ sql, online, leftover }) => ({ sql, ...(online ? { online } : {}), ...(leftover ? { leftover } : {}) }));

const fillsOf = ({ statements }: Draft) => statements.filter(({ phase, batches }) => phase === "prepare" && batches);

/** Does online what a switch has no time for. Answers the transaction since which rows may be written that it has not seen. */
async function prepare(lease: Lease, workspace: Workspace, draft: Draft): Promise<string> {
  const { pool } = workspace;
  const early = draft.statements.filter(({ phase }) => phase === "prepare");
  const indexes = early.filter(({ step }) => step === "newIndex");
  for (const statement of early.filter(({ step }) => step === "newColumn")) {
    await lease.goOn();
    await patiently(() =>
      transaction(pool, "switch", (tx: Queryable) => tx.query(statement.sql, statement.parameters)),
    );
  }
  const begun = await currentXid(pool);
  for (const fill of fillsOf(draft)) await fillBatches(lease, workspace, fill);
  const filled = await seen(workspace, draft, begun);
  for (const statement of indexes) {
    await lease.goOn();
    await buildIndex(workspace, statement);
  }
  return indexes.length > 0 || fillsOf(draft).length > 0 ? caughtUp(workspace, draft, filled) : filled;
}

const catchUpsMax = 5;
const littleMs = 250;

/** Sees what was written meanwhile, again and again while that takes long: the switch, where others wait, sees the rest. */
async function caughtUp(workspace: Workspace, draft: Draft, since: string): Promise<string> {
  let xid = since;
  for (let tries = 1; tries <= catchUpsMax; tries++) {
    const begun = performance.now();
    xid = await seen(workspace, draft, xid);
    if (performance.now() - begun < littleMs) break;
  }
  return xid;
}

/** Converts what was written since, and proves all rules. Answers the transaction since which that is not known. */
async function seen({ pool }: Workspace, draft: Draft, since: string): Promise<string> {
  const now = await currentXid(pool);
  const run: Run = (sql, values) => transaction(pool, "bulk", (tx: Queryable) => tx.query(sql, values));
  for (const fill of fillsOf(draft)) await catchUp(run, fill, since);
  await proveEarly(pool, draft.statements);
  return now;
}

/** Every transaction that commits from now on has this number or a later one. */
async function currentXid(db: Queryable): Promise<string> {
  const { rows } = await db.query("select pg_snapshot_xmin(pg_current_snapshot())::text as xid");
  return rows[0].xid;
}

const start = "00000000-0000-0000-0000-000000000000";

async function fillBatches(lease: Lease, { pool }: Workspace, { batches }: Statement): Promise<void> {
  if (!batches) return;
  for (let after = start; ;) {
    await lease.goOn();
    const { sql, parameters } = batches.each;
    const values = parameters.map((it) => (it === afterId ? after : it));
    const { rows } = await transaction(pool, "bulk", (tx: Queryable) => tx.query(sql, values));
    if (rows.length === 0) return;
    after = lastId(rows, after);
    lease.count(rows.length);
  }
}

type Run = (sql: string, values: readonly unknown[]) => Promise<{ readonly rows: readonly { readonly id: string }[] }>;

/** Converts again what was written since a transaction; in batches where the statement takes the id behind which one begins. */
async function catchUp(run: Run, { batches }: Statement, xid: string): Promise<void> {
  if (!batches) return;
  const { sql, parameters } = batches.since;
  for (let after = start; ;) {
    const values = parameters.map((it) => (it === sinceXid ? xid : it === afterId ? after : it));
    const { rows } = await run(sql, values);
    if (rows.length === 0 || !parameters.includes(afterId)) return;
    after = lastId(rows, after);
  }
}

const lastId = (rows: readonly { readonly id: string }[], after: string): string =>
  rows.reduce((last, { id }) => (id > last ? id : last), after);

/** What breaks a rule is told before anything is switched, all of it at once. */
async function proveEarly(db: Queryable, statements: readonly Statement[]): Promise<void> {
  const faults: Fault[] = [];
  for (const { proof } of statements) {
    if (!proof?.early) continue;
    const { rows } = await db.query(proof.early, proof.parameters ?? []);
    if (rows[0].n > 0) faults.push(proof.told(rows[0].n));
  }
  refuse(faults);
}

async function buildIndex({ pool }: Workspace, { online = "", leftover = "", proof }: Statement): Promise<void> {
  try {
    await pool.query(leftover);
    await pool.query(online);
  } catch (error) {
    if (sqlState(error) === "23505" && proof) throw new Problem([proof.told(1)]);
    throw error;
  }
}
