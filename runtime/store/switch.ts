import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  anchorOf,
  keepNames,
  kindOf,
  mappingFaults,
  nameOf,
  plan,
  problem,
  readModel,
  refuse,
  sameDocument,
  type Change,
  type Fault,
  type Gone,
  type Mappings,
  type Model,
} from "engine";
import { ddlOf, type Publishing, type Statement } from "engine/sql";
import type { AnyDocument } from "schemas";
import { inOrder, sqlState, transaction, waitLess } from "../database/begin.ts";
import type { Connection, Queryable } from "../database/pool.ts";
import { tellModel, type Workspace } from "../workspace.ts";
import { checked } from "./checked.ts";
import { restartDailies } from "./daily-work.ts";
import { followNames } from "./follow-names.ts";
import { noteGone, readGone } from "./gone.ts";
import { readSizes } from "./measure.ts";
import { keepVersions, keptFaults, keptJson, modelWith, writeKept, type Keeping } from "./kept.ts";
import { holdModel } from "./model-lock.ts";
import { moveRuns } from "./move-runs.ts";
import { recountTimers } from "./recount-timers.ts";
import { followViews } from "./saved-views.ts";
import { refillRollups } from "./rollups.ts";
import { restartScores } from "./score-build.ts";
import { rebuildSegments } from "./segment-build.ts";
import { startRuns } from "./start-runs.ts";

type Awaitable<Value> = Value | Promise<Value>;

/** What is to be published, and by whom. */
export interface Publication {
  /** All documents to be; or how they are made of those that stand when nobody else can change them any more. */
  readonly documents:
    readonly AnyDocument[] | ((published: readonly AnyDocument[], tx: Queryable) => Awaitable<readonly AnyDocument[]>);
  readonly reason: string;
  readonly author: string | null;
  readonly now: Date;
  readonly change?: string;
  /** The version that this one takes back. */
  readonly undoes?: number;
  /** What becomes of values and states that go. */
  readonly mappings?: Mappings;
  /** From so many rows on, a table is not read or written as a whole while others wait. */
  readonly largeRows?: number;
  /** What else becomes true with the version, in its transaction. */
  readonly also?: (tx: Connection, version: number, model: Model) => Promise<void>;
}

/** What has been published. Where nothing was to be done, the version is the one that stood. */
export interface Published {
  readonly version: number;
  readonly changes: readonly Change[];
}

/** One document of a version's diff. */
export interface Difference {
  readonly before: AnyDocument | null;
  readonly after: AnyDocument | null;
}

/** A publication worked out against the model that stands. */
export interface Draft {
  readonly now: Model;
  readonly next: Model;
  readonly differences: readonly Difference[];
  readonly changes: readonly Change[];
  readonly publishing: Publishing;
  readonly keeping: Keeping;
  readonly statements: readonly Statement[];
}

/** From so many rows on, nothing that reads or writes them all is done while others wait. */
export const largeRows = 5000;
const triesMax = 60;

/** Works a publication out. `large` is given where it was found out before, so that both times come to the same. */
export async function draftOf(
  db: Queryable,
  workspace: Workspace,
  publication: Publication,
  large?: ReadonlySet<string>,
): Promise<Draft> {
  const { schemaName } = workspace;
  const now = await readPublished(db, workspace);
  const wanted = publication.documents;
  const given = typeof wanted === "function" ? await wanted(now.documents, db) : wanted;
  const mappings = publication.mappings ?? {};
  const { documents, faults } = keepNames(now.documents, given, mappings);
  refuse([...checked(documents), ...faults]);
  const bare = readModel(documents, now.version + 1);
  refuse(mappingFaults(mappings, [now, bare]));
  const { undoes } = publication;
  const keeping = await keepVersions(db, workspace.schema, { now, next: bare, mappings, undoes });
  const next = keeping.rows.length === 0 ? bare : modelWith(documents, bare.version, keeping.rows);
  refuse(await keptFaults(db, workspace.schema, { next, undoes }));
  const gone = await readGone(db, schemaName, now);
  const changes = plan(now, next, gone, mappings);
  const publishing: Publishing = {
    schema: schemaName,
    now,
    next,
    gone,
    large: large ?? (await largeOf(db, schemaName, now, publication.largeRows)),
  };
  const differences = differencesOf(now.documents, next.documents);
  return { now, next, differences, changes, publishing, keeping, statements: ddlOf(publishing, changes) };
}

async function largeOf(
  db: Queryable,
  schemaName: string,
  model: Model,
  from = largeRows,
): Promise<ReadonlySet<string>> {
  const sizes = await readSizes(db, schemaName, model);
  return new Set([...sizes].filter(([, rows]) => rows >= from).map(([anchor]) => anchor));
}

/** The entities whose tables or documents a draft touches, by anchor. */
export function touchesOf({ changes, differences }: Draft): readonly string[] {
  const ofChanges = changes.flatMap((it) =>
    "address" in it ? (it.address.split("#")[0] ?? []) : "anchor" in it ? it.anchor : [],
  );
  const ofDocuments = differences.map(({ before, after }) => anchorOf((after ?? before) as AnyDocument));
  return [...new Set([...ofChanges, ...ofDocuments])];
}

/** What has been prepared for a switch. */
export interface Prepared {
  /** The transaction since which rows may have been written that the preparations have not seen. */
  readonly xid: string;
  /** In the switch's transaction, before and after: whether it may go on, and what is left to be finished. */
  readonly before: (tx: Connection) => Promise<void>;
  readonly after: (tx: Connection, draft: Draft) => Promise<void>;
}

/** The model has moved on since a switch was prepared. */
export class Stale extends Error {}

/**
 * Switches to the new model: tables, documents and version in one transaction that holds the model alone. It waits for
 * writes under way a fifth of a second at a time, so that nobody queues up behind it.
 */
export async function switchOver(
  workspace: Workspace,
  publication: Publication,
  draft: Draft,
  prepared?: Prepared,
): Promise<Published> {
  const published = await patiently(() =>
    transaction(workspace.pool, "switch", (tx) => switchModel(tx, workspace, publication, draft, prepared)),
  );
  await tellModel(workspace.pool, workspace.name);
  await workspace.refresh();
  return published;
}

/** Tries again, with a pause of chance length, what others stood in the way of. */
export async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (sqlState(error) !== "55P03" || tries >= triesMax) throw error;
      await sleep(50 + randomInt(250));
    }
  }
}

async function switchModel(
  tx: Connection,
  workspace: Workspace,
  publication: Publication,
  planned: Draft,
  prepared: Prepared | undefined,
): Promise<Published> {
  const { schema } = workspace;
  const begun = performance.now();
  const version = await holdModel(tx, workspace);
  await waitLess(tx, "switch", performance.now() - begun);
  await prepared?.before(tx);
  const moved = version !== planned.now.version;
  const draft = moved ? await draftOf(tx, workspace, publication, planned.publishing.large) : planned;
  const { now, next, differences, changes, publishing, keeping, statements } = draft;
  const idle = keeping.moving.size + keeping.returning.size === 0;
  if (differences.length === 0 && idle && !prepared) return { version: now.version, changes: [] };
  if (moved && preparationOf(statements) !== preparationOf(planned.statements)) throw new Stale();
  if (!prepared) await refuseRunning(tx, workspace, touchesOf(draft));
  await change(
    tx,
    statements.filter(({ phase }) => phase === "switch"),
    prepared?.xid,
  );
  await replaceDocuments(tx, schema, differences);
  const { mappings = {}, undoes, author, now: at } = publication;
  await followNames(tx, { schema, workspace: workspace.name, now, next });
  await followViews(tx, { schema, now, next, mappings });
  await moveRuns(tx, { schema, now, next, mappings, undoes, author, at }, keeping);
  await writeKept(tx, schema, draft, keeping);
  await recountTimers(tx, { schema, now, next, mappings, at });
  await startRuns(tx, { workspace, next, changes, author: publication.author, now: publication.now });
  await refillRollups(tx, schema, publishing, changes);
  await restartDailies(tx, schema, differences);
  await restartScores(tx, { schema, now, next, differences, at });
  await rebuildSegments(tx, { schema, now, next, differences, at }, (anchor) => publishing.large?.has(anchor) === true);
  await noteGone(tx, publishing, changes, publication.now);
  await writeVersion(tx, schema, { publication, version: next.version, differences, changes });
  await publication.also?.(tx, next.version, next);
  await prepared?.after(tx, draft);
  return { version: next.version, changes };
}

/** What has to be the same when a prepared switch comes. */
const preparationOf = (statements: readonly Statement[]): string =>
  JSON.stringify(
    statements.filter(({ phase }) => phase !== "switch").map(({ phase, sql, parameters }) => [phase, sql, parameters]),
  );

/** Refuses where another publish works on one of the entities. */
export async function refuseRunning(tx: Queryable, { schema }: Workspace, touches: readonly string[]): Promise<void> {
  const { rows } = await tx.query(
    `select 1 from ${schema}._publish where status in ('preparing', 'finishing') and touches && $1::text[] limit 1`,
    [touches],
  );
  if (rows.length > 0) throw problem("publish.running", {});
}

/** The model that the tables have now, read where nobody changes it. */
export async function readPublished(db: Queryable, { schema }: Workspace): Promise<Model> {
  const { rows } = await db.query(
    `select s.model, (select coalesce(json_agg(d.body order by d.kind, d.name), '[]') from ${schema}._document d) as documents,
       ${keptJson(schema)} as kept
     from ${schema}._state s`,
  );
  return modelWith(rows[0].documents, rows[0].model, rows[0].kept);
}

/** What a plan would do, without doing it. */
export async function rehearse(
  db: Queryable,
  { schemaName }: Workspace,
  now: Model,
  documents: readonly AnyDocument[],
): Promise<{ readonly changes: readonly Change[]; readonly problems: readonly Fault[] }> {
  const problems = checked(documents);
  if (problems.length > 0) return { changes: [], problems };
  const gone: Gone = await readGone(db, schemaName, now);
  return { changes: plan(now, readModel(documents, now.version + 1), gone), problems };
}

/**
 * Runs the statements of a switch. A rule that records break is told with all the others, and nothing stays. With `xid`,
 * what could be proven before is asked of the rows alone that were written since.
 */
async function change(tx: Queryable, statements: readonly Statement[], xid: string | undefined): Promise<void> {
  const faults: Fault[] = [];
  let plain: string[] = [];
  const runPlain = async () => {
    const line = plain;
    plain = [];
    if (line.length > 0) await inOrder(tx, line);
  };
  try {
    for (const { sql, parameters, proof } of statements) {
      if (!proof && parameters.length === 0) {
        if (sql !== "") plain.push(sql);
        continue;
      }
      await runPlain();
      const offending = proof ? await offendingOf(tx, proof, xid) : 0;
      if (offending > 0 && proof) faults.push(proof.told(offending));
      else if (sql !== "") await tx.query(sql, parameters);
    }
    await runPlain();
  } catch (error) {
    // What was not made for a fault is missed by the statements that follow.
    refuse(faults);
    throw error;
  }
  refuse(faults);
}

async function offendingOf(
  tx: Queryable,
  { sql, parameters = [], since, still }: NonNullable<Statement["proof"]>,
  xid: string | undefined,
): Promise<number> {
  if (xid !== undefined && still) return 0;
  const delta = xid !== undefined && since !== undefined;
  const { rows } = await tx.query(delta ? since : sql, delta ? [...parameters, xid] : parameters);
  return rows[0].n;
}

/** The documents of two models that are not the same, by identity. */
export function differencesOf(now: readonly AnyDocument[], next: readonly AnyDocument[]): readonly Difference[] {
  const before = new Map(now.map((document) => [anchorOf(document), document]));
  const after = new Map(next.map((document) => [anchorOf(document), document]));
  const gone = now
    .filter((document) => !after.has(anchorOf(document)))
    .map((document) => ({ before: document, after: null }));
  const rest = next
    .map((document) => ({ before: before.get(anchorOf(document)) ?? null, after: document }))
    .filter((difference) => !sameDocument(difference.before, difference.after));
  return [...gone, ...rest];
}

/** Old rows go before new ones come, for documents may have changed names with each other. */
async function replaceDocuments(tx: Queryable, schema: string, differences: readonly Difference[]): Promise<void> {
  const gone = differences.flatMap(({ before }) => (before ? [anchorOf(before)] : []));
  const come = differences.flatMap(({ after }) => (after ? [after] : []));
  await tx.query(`delete from ${schema}._document where anchor = any($1)`, [gone]);
  await tx.query(
    `insert into ${schema}._document (anchor, kind, name, body)
     select anchor, kind, name, body from unnest($1::text[], $2::text[], $3::text[], $4::json[]) as given (anchor, kind, name, body)`,
    [come.map(anchorOf), come.map(kindOf), come.map(nameOf), come.map((document) => JSON.stringify(document))],
  );
}

interface Written {
  readonly publication: Publication;
  readonly version: number;
  readonly differences: readonly Difference[];
  readonly changes: readonly Change[];
}

async function writeVersion(tx: Queryable, schema: string, written: Written): Promise<void> {
  const { publication, version, differences, changes } = written;
  const { now, author, reason, change = null, undoes = null } = publication;
  await tx.query(
    `insert into ${schema}._version (number, at, author, reason, change, documents, plan, undoes)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [version, now, author, reason, change, JSON.stringify(differences), JSON.stringify(changes), undoes],
  );
  await tx.query(`update ${schema}._state set model = $1`, [version]);
}
