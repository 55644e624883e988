import {
  anchorOf,
  keepNames,
  mappingFaults,
  movesBy,
  problem,
  readModel,
  refuse,
  type Change,
  type Mappings,
} from "engine";
import type { AnyDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { checked } from "./checked.ts";
import { amendChange, applyDrafts, closeChange, readChange, type ChangeRow } from "./documents.ts";
import { undoLayers } from "./layers.ts";
import { movedRuns } from "./moved-runs.ts";
import { documentsOf } from "./plan-change.ts";
import { anchorIn, dependentVersions, followersOf, takenBack, type Done } from "./taken-back.ts";
import { beginPublish, type Publishing } from "./publish.ts";
import type { Difference, Publication } from "./switch.ts";
import {
  mappingsOfUndo,
  refuseUnmapped,
  withFormerChoices,
  withFormerWaits,
  type UndoMapping,
} from "./undo-mapping.ts";

/** Who publishes, and when. */
export interface Publisher {
  readonly author: string | null;
  readonly now: Date;
  /** The operation of a publish that is taken up again. */
  readonly operation?: string;
}

/** Makes the drafts of a change live. What others published meanwhile is not overwritten: it is told. */
export async function publishChange(workspace: Workspace, id: string, publisher: Publisher): Promise<Publishing> {
  const { author, now, operation } = publisher;
  const change = await readChange(workspace.pool, workspace.schema, id);
  if (change.status !== "open") throw problem("change.closed", { status: change.status });
  const { drafts, mappings } = change;
  if (Object.keys(drafts).length === 0 && !Object.values(mappings).some(movesBy)) throw problem("change.empty", {});
  await refuseOvertaken(workspace.pool, workspace, change);
  const publication: Publication = {
    documents: (published) => applyDrafts(published, drafts),
    reason: change.reason,
    author,
    now,
    change: id,
    mappings,
    also: async (tx, version) => {
      const still = await readChange(tx, workspace.schema, id, "for update");
      if (still.status !== "open") throw problem("change.closed", { status: still.status });
      await refuseOvertaken(tx, workspace, change, version);
      await closeChange(tx, workspace, id, "published", version);
    },
  };
  return beginPublish(workspace, publication, { kind: "change", subject: id, mapping: {} }, operation);
}

/** Gives an open change a reason or mappings; addresses that nothing has are refused. */
export function patchChange(
  workspace: Workspace,
  id: string,
  given: { readonly reason?: string; readonly mappings?: Mappings },
): Promise<ChangeRow> {
  return amendChange(workspace, id, given, ({ mappings, drafts }) => {
    const now = workspace.model;
    const { documents } = keepNames(now.documents, applyDrafts(now.documents, drafts), mappings);
    const models = checked(documents).length === 0 ? [now, readModel(documents)] : [now];
    refuse(mappingFaults(mappings, models));
  });
}

/** Takes a published change back, as a version of its own. */
export async function undoChange(workspace: Workspace, id: string, publisher: Publisher): Promise<Publishing> {
  const change = await readChange(workspace.pool, workspace.schema, id);
  if (change.status !== "published" || change.version === null)
    throw problem("change.closed", { status: change.status });
  return undoVersion(workspace, change.version, {}, publisher);
}

/**
 * Takes a version back, as a version of its own: what it hid comes back with its values, what it converted is converted
 * back with what was typed since. Later versions that touch the same documents stand in the way. Where it takes values
 * away that records hold, `mapping` says what becomes of them.
 */
export async function undoVersion(
  workspace: Workspace,
  version: number,
  mapping: UndoMapping,
  { author, now, operation }: Publisher,
): Promise<Publishing> {
  const { differences, change, plan } = await readVersionRow(workspace.pool, workspace, version);
  if (differences.length === 0) await refuseGoneOn(workspace, version);
  const done: Done = { version, differences, followers: followersOf(workspace.model.documents, differences, plan) };
  const later = await dependentVersions(workspace.pool, workspace, done);
  const back = (published: readonly AnyDocument[]) => takenBack(published, done, later);
  const told = change === null ? {} : (await readChange(workspace.pool, workspace.schema, change)).mappings;
  const mappings = withFormerWaits(told, withFormerChoices(plan, await mappingsOfUndo(workspace, mapping, back)));
  await refuseUnmapped(workspace, mappings, back);
  const publication: Publication = {
    documents: back,
    reason: `Undo of version ${version}`,
    author,
    now,
    undoes: version,
    mappings,
    also: async (tx, by) => {
      if (change !== null) await closeChange(tx, workspace, change, "undone", by);
      await undoLayers(tx, workspace.schema, version, by);
    },
  };
  return beginPublish(workspace, publication, { kind: "undo", subject: String(version), mapping: mappings }, operation);
}

/** Refuses the undo of a version that did nothing but move runs, where all of them have gone on since. */
async function refuseGoneOn(workspace: Workspace, version: number): Promise<void> {
  const moved = await movedRuns(workspace.pool, workspace, version);
  if (moved.every(({ back }) => back === 0)) throw problem("undo.runs_moved", { version });
}

/** The problems that a draft has among the documents that would stand with it. */
export function problemsOfDraft(
  published: readonly AnyDocument[],
  change: Pick<ChangeRow, "drafts" | "mappings">,
  kind: string,
  name: string,
) {
  const place = `/${kind}/${name}`;
  return problemsOfChange(published, change).filter(({ path }) => path === place || path.startsWith(`${place}/`));
}

/** The problems of all documents as they would stand with a change. */
export function problemsOfChange(published: readonly AnyDocument[], change: Pick<ChangeRow, "drafts" | "mappings">) {
  const { documents, faults } = keepNames(published, applyDrafts(published, change.drafts), change.mappings);
  return [...checked(documents), ...faults];
}

/** What a version did, as people read it. */
export async function listVersions(db: Queryable, { schema }: Workspace) {
  const { rows } = await db.query(
    `select number, at, author, reason, change, undoes, plan from ${schema}._version order by number desc limit 100`,
  );
  return rows as readonly { readonly number: number; readonly plan: readonly Change[] }[];
}

/**
 * One version with what it did to each document, and the later ones that stand in the way of its undo; of one that
 * changed no document, what became of the runs that it moved.
 */
export async function getVersion(db: Queryable, workspace: Workspace, version: number) {
  const { differences, ...told } = await readVersionRow(db, workspace, version);
  const followers = followersOf(workspace.model.documents, differences, told.plan);
  const needed_by = await dependentVersions(db, workspace, { version, differences, followers });
  const runs = differences.length === 0 ? await movedRuns(db, workspace, version) : [];
  return { ...told, documents: documentsOf(differences, workspace.model), runs, needed_by };
}

async function readVersionRow(db: Queryable, { schema }: Workspace, version: number) {
  if (!Number.isSafeInteger(version) || version < 1 || version > 2_147_483_647)
    throw problem("version.missing", { version });
  const { rows } = await db.query(
    `select number, at, author, reason, change, undoes, plan, documents as differences,
       (select max(u.number) from ${schema}._version u where u.undoes = v.number) as undone_by
     from ${schema}._version v where number = $1`,
    [version],
  );
  if (!rows[0]) throw problem("version.missing", { version });
  return rows[0] as {
    readonly number: number;
    readonly change: string | null;
    readonly plan: readonly Change[];
    readonly differences: readonly Difference[];
    readonly undone_by: number | null;
  };
}

/** Refuses where a version between the change's base and `own`, the one it is to become, changed the same documents. */
async function refuseOvertaken(
  db: Queryable,
  { schema }: Workspace,
  change: ChangeRow,
  own = 2_147_483_647,
): Promise<void> {
  const { rows } = await db.query(
    `select number, documents from ${schema}._version where number > $1 and number < $2 order by number`,
    [change.base, own],
  );
  const drafted = new Set(Object.values(change.drafts).flatMap((draft) => (draft ? [anchorOf(draft)] : [])));
  for (const { number, documents } of rows as { number: number; documents: readonly Difference[] }[])
    for (const difference of documents)
      if (drafted.has(anchorIn(difference))) throw problem("publish.overtaken", { version: number });
}
