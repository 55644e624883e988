import { randomInt } from "node:crypto";
import {
  anchorOf,
  check,
  kindOf,
  nameOf,
  plan,
  readModel,
  refuse,
  sameDocument,
  type Change,
  type Fault,
  type Gone,
  type Model,
} from "engine";
import { ddlOf, type Publishing } from "engine/sql";
import type { AnyDocument } from "schemas";
import { setTimeout as sleep } from "node:timers/promises";
import { sqlState, transaction } from "../database/begin.ts";
import type { Connection, Queryable } from "../database/pool.ts";
import { tellModel, type Workspace } from "../workspace.ts";
import { readGone } from "./gone.ts";
import { holdModel } from "./model-lock.ts";
import { moveRuns } from "./move-runs.ts";
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

const triesMax = 60;

/**
 * Makes documents live: all of it, or nothing. Tables, documents and version change in one transaction that holds the
 * model alone; it waits for writes under way a fifth of a second at a time, so that nobody queues up behind it.
 */
export async function publish(workspace: Workspace, publication: Publication): Promise<Published> {
  for (let tries = 1; ; tries++) {
    try {
      const published = await transaction(workspace.pool, "switch", (tx) => switchModel(tx, workspace, publication));
      await tellModel(workspace.pool, workspace.name);
      await workspace.refresh();
      return published;
    } catch (error) {
      if (sqlState(error) !== "55P03" || tries >= triesMax) throw error;
      await sleep(50 + randomInt(250));
    }
  }
}

async function switchModel(tx: Connection, workspace: Workspace, publication: Publication): Promise<Published> {
  const { schema, schemaName } = workspace;
  await holdModel(tx, workspace);
  const now = await readPublished(tx, workspace);
  const wanted = publication.documents;
  const documents = typeof wanted === "function" ? await wanted(now.documents, tx) : wanted;
  refuse(check(documents));
  const next = readModel(documents, now.version + 1);
  const differences = differencesOf(now.documents, next.documents);
  if (differences.length === 0) return { version: now.version, changes: [] };
  const gone = await readGone(tx, schemaName, now);
  const changes = plan(now, next, gone);
  await change(tx, { schema: schemaName, now, next, gone }, changes);
  await replaceDocuments(tx, schema, differences);
  await moveRuns(tx, { schema, now, next });
  await startRuns(tx, { workspace, next, changes, author: publication.author, now: publication.now });
  await writeVersion(tx, schema, { publication, version: next.version, differences, changes });
  await publication.also?.(tx, next.version, next);
  return { version: next.version, changes };
}

/** The model that the tables have now, read where nobody changes it. */
export async function readPublished(db: Queryable, { schema }: Workspace): Promise<Model> {
  const { rows } = await db.query(
    `select s.model, (select coalesce(json_agg(d.body order by d.kind, d.name), '[]') from ${schema}._document d) as documents
     from ${schema}._state s`,
  );
  return readModel(rows[0].documents, rows[0].model);
}

/** What a plan would do, without doing it. */
export async function rehearse(
  db: Queryable,
  { schemaName }: Workspace,
  now: Model,
  documents: readonly AnyDocument[],
): Promise<{ readonly changes: readonly Change[]; readonly problems: readonly Fault[] }> {
  const problems = check(documents);
  if (problems.length > 0) return { changes: [], problems };
  const gone: Gone = await readGone(db, schemaName, now);
  return { changes: plan(now, readModel(documents, now.version + 1), gone), problems };
}

/** Runs the statements of a plan. A rule that records break is told with all the others, and nothing stays. */
async function change(tx: Queryable, publishing: Publishing, changes: readonly Change[]): Promise<void> {
  const faults: Fault[] = [];
  for (const { sql, parameters, proof } of ddlOf(publishing, changes)) {
    const offending = proof ? (await tx.query(proof.sql)).rows[0].n : 0;
    if (offending > 0 && proof) faults.push(proof.told(offending));
    else await tx.query(sql, parameters);
  }
  refuse(faults);
}

function differencesOf(now: readonly AnyDocument[], next: readonly AnyDocument[]): readonly Difference[] {
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
