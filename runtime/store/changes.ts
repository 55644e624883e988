import { anchorOf, check, problem, sameDocument, type Change } from "engine";
import type { AnyDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { applyDrafts, closeChange, readChange, type ChangeRow } from "./documents.ts";
import { publish, readPublished, rehearse, type Difference, type Published } from "./publish.ts";

/** Who publishes, and when. */
export interface Publisher {
  readonly author: string;
  readonly now: Date;
}

/** What publishing a change would do, and what stands in its way. */
export async function planChange(workspace: Workspace, id: string) {
  const change = await readChange(workspace.pool, workspace.schema, id);
  const now = await readPublished(workspace.pool, workspace);
  return rehearse(workspace.pool, workspace, now, applyDrafts(now.documents, change.drafts));
}

/** Makes the drafts of a change live. What others published meanwhile is not overwritten: it is told. */
export async function publishChange(workspace: Workspace, id: string, { author, now }: Publisher): Promise<Published> {
  const change = await readChange(workspace.pool, workspace.schema, id);
  if (change.status !== "open") throw problem("change.closed", { status: change.status });
  await refuseOvertaken(workspace.pool, workspace, change);
  return publish(workspace, {
    documents: (published) => applyDrafts(published, change.drafts),
    reason: change.reason,
    author,
    now,
    change: id,
    also: (tx, version) => closeChange(tx, workspace, id, "published", version),
  });
}

/** Takes a published change back, as a version of its own. Later versions that touch the same documents stand in the way. */
export async function undoChange(workspace: Workspace, id: string, { author, now }: Publisher): Promise<Published> {
  const change = await readChange(workspace.pool, workspace.schema, id);
  if (change.status !== "published" || change.version === null)
    throw problem("change.closed", { status: change.status });
  const version = change.version;
  const differences = await readDifferences(workspace.pool, workspace, version);
  const undone = await publish(workspace, {
    documents: (published) => takenBack(published, differences, version),
    reason: `Undo of version ${version}`,
    author,
    now,
    undoes: version,
    also: (tx, by) => closeChange(tx, workspace, id, "undone", by),
  });
  return undone;
}

/** The problems that a draft has among the documents that would stand with it. */
export function problemsOfDraft(published: readonly AnyDocument[], change: ChangeRow, kind: string, name: string) {
  const place = `/${kind}/${name}`;
  return check(applyDrafts(published, change.drafts)).filter(
    ({ path }) => path === place || path.startsWith(`${place}/`),
  );
}

/** What a version did, as people read it. */
export async function listVersions(db: Queryable, { schema }: Workspace) {
  const { rows } = await db.query(
    `select number, at, author, reason, change, undoes, plan from ${schema}._version order by number desc limit 100`,
  );
  return rows as readonly { readonly number: number; readonly plan: readonly Change[] }[];
}

async function readDifferences(db: Queryable, { schema }: Workspace, version: number): Promise<readonly Difference[]> {
  const { rows } = await db.query(`select documents from ${schema}._version where number = $1`, [version]);
  if (!rows[0]) throw problem("version.missing", { version });
  return rows[0].documents;
}

/** The documents as they were before a version, where they still are as it left them. */
function takenBack(published: readonly AnyDocument[], differences: readonly Difference[], version: number) {
  const current = new Map(published.map((document) => [anchorOf(document), document]));
  for (const { before, after } of differences) {
    const anchor = anchorOf((after ?? before) as AnyDocument);
    if (!sameDocument(current.get(anchor) ?? null, after))
      throw problem("version.needed", { version, by: "a later version" });
    current.delete(anchor);
    if (before) current.set(anchor, before);
  }
  return [...current.values()];
}

async function refuseOvertaken(db: Queryable, { schema }: Workspace, change: ChangeRow): Promise<void> {
  const { rows } = await db.query(
    `select number, documents from ${schema}._version where number > $1 order by number`,
    [change.base],
  );
  const drafted = new Set(Object.values(change.drafts).flatMap((draft) => (draft ? [anchorOf(draft)] : [])));
  for (const { number, documents } of rows as { number: number; documents: readonly Difference[] }[])
    for (const { before, after } of documents)
      if (drafted.has(anchorOf((after ?? before) as AnyDocument)))
        throw problem("publish.overtaken", { version: number });
}
