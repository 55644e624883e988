import {
  anchorOf,
  documentOf,
  documentsFor,
  fault,
  keepNames,
  keptVersions,
  machineOf,
  movesBy,
  readModel,
  sameCourse,
  movesRuns,
  presentName,
  runsKey,
  sameDocument,
  staysByDefault,
  type Fault,
  type KeptVersion,
  type Mappings,
  type Model,
} from "engine";
import type { AnyDocument, WorkflowDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import { checked } from "./checked.ts";
import type { Difference } from "./switch.ts";

/** `v`: the versions of workflows, and whether there is a newer one of each. */
const withVersions = (schema: string): string =>
  `with v as (select anchor, version, follows, moved_by, body, version < max(version) over (partition by anchor) as earlier
       from ${schema}._workflow_version)`;

/** A list of the versions of workflows with which runs stay, with all others of these workflows, as JSON. */
export const keptJson = (schema: string): string =>
  `(${withVersions(schema)}
     select coalesce(json_agg(json_build_object('workflow', anchor, 'version', version, 'follows', follows,
         'body', case when follows is null and earlier then body end)), '[]')
     from v where anchor in (select anchor from v where follows is null and earlier))`;

/** A version of a workflow as the database has it. */
interface KeptRow extends KeptVersion {
  /** The version that is taken back let its runs go on by another: they go by this one again. */
  readonly returns: boolean;
}

/** The versions of those workflows, of all with which runs stay, and of all whose runs `undoes` has moved. */
async function readKept(
  db: Queryable,
  schema: string,
  { anchors, undoes = null }: { readonly anchors: readonly string[]; readonly undoes?: number | null | undefined },
): Promise<readonly KeptRow[]> {
  const { rows } = await db.query(
    `${withVersions(schema)},
       k as (select *, coalesce(moved_by = $2, false) as returns, follows is null and earlier as stays from v)
     select anchor as workflow, version, follows, returns, case when stays or returns then body end as body
     from k where anchor = any($1::text[]) or anchor in (select anchor from k where stays or returns)
     order by anchor, version`,
    [anchors, undoes],
  );
  return rows as KeptRow[];
}

/** The model of documents, with the versions that are kept beside them. */
export const modelWith = (documents: readonly AnyDocument[], version: number, rows: readonly KeptVersion[]): Model =>
  readModel(documents, version, undefined, keptVersions(rows, documents));

/** Which runs of a workflow go on by what is published: all, or those that went by what was published before. */
export type Movers = "all" | "newest";

/** What a publish does to the versions with which runs stay. */
export interface Keeping {
  /** The versions of workflows that change, or with which runs stay, as they are behind it. */
  readonly rows: readonly KeptVersion[];
  /** Which runs go on by what is published, by the `meta.id` of their workflow. */
  readonly moving: ReadonlyMap<string, Movers>;
  /** The `meta.id` of workflows of which a version is gone by again that the undone one let go. */
  readonly returning: ReadonlySet<string>;
}

/** A publish, as far as runs stay with what was before it. */
export interface KeepingFor {
  readonly now: Model;
  readonly next: Model;
  readonly mappings?: Mappings | undefined;
  readonly undoes?: number | undefined;
}

/** A workflow of the next model as the present one has it. */
export function workflowBefore(now: Model, { meta }: WorkflowDocument): WorkflowDocument | undefined {
  return [...now.workflows.values()].find((it) => it.meta.id === meta.id);
}

/** Which runs of a workflow go on by the one that is published next; nothing where all stay. */
export function movedBy(keeping: KeepingFor, old: WorkflowDocument, workflow: WorkflowDocument): Movers | undefined {
  const { next, mappings, undoes } = keeping;
  const mapping = mappings?.[workflow.meta.id];
  if (undoes === undefined ? movesBy(mapping) : mapping?.[runsKey] === movesRuns) return "all";
  if (sameDocument(old, workflow)) return undefined;
  if (!staysByDefault(next, workflow)) return "all";
  if (undoes !== undefined) return "newest";
  return sameCourse(renamedIn(keeping, old), workflow) ? "newest" : undefined;
}

/**
 * Works out with which versions runs stay: their texts follow what is renamed, as all documents do. A change after which
 * a workflow goes the same way as before, called otherwise or drawn elsewhere, takes its runs along. An undo takes along
 * those that go by what it takes away, and lets those that this has moved go by their own version again.
 */
export async function keepVersions(db: Queryable, schema: string, keeping: KeepingFor): Promise<Keeping> {
  const { now, next, undoes } = keeping;
  const flows = [...next.workflows.values()].flatMap((workflow) => {
    const old = workflowBefore(now, workflow);
    return old ? [{ workflow, old, changed: !sameDocument(old, workflow) }] : [];
  });
  const anchors = flows.flatMap(({ workflow, changed }) => (changed ? [workflow.meta.id] : []));
  const read = await readKept(db, schema, { anchors, undoes });
  const found = Map.groupBy(read, (row) => row.workflow);
  const moving = new Map<string, Movers>();
  const returning = new Set<string>();
  const former = read.some(({ returns }) => returns) ? await documentsBefore(db, schema, now, undoes) : [];
  const rows = flows.flatMap(({ workflow, old, changed }) => {
    const anchor = workflow.meta.id;
    const own = found.get(anchor) ?? [];
    if (!changed && !own.some(({ body }) => body)) return [];
    const newest = own.at(-1)?.version;
    const moved = movedBy(keeping, old, workflow);
    if (moved) moving.set(anchor, moved);
    const following = changed ? next.version : (newest ?? null);
    const kept = own.map(({ returns, ...row }): KeptVersion => {
      const again = returns && row.body ? renamedIn({ now: { documents: former }, next }, row.body) : undefined;
      if (again && !sameDocument(again, workflow)) {
        returning.add(anchor);
        return { ...row, follows: null, body: again };
      }
      if (row.follows !== null || (!changed && row.version === newest)) return { ...row, body: null };
      const follows = { ...row, follows: following, body: null };
      if (moved === "all" || (moved === "newest" && row.version === newest)) return follows;
      const body = renamedIn(keeping, row.body ?? old);
      return undoes !== undefined && sameDocument(body, workflow) ? follows : { ...row, body };
    });
    return changed ? [...kept, { workflow: anchor, version: next.version, follows: null, body: null }] : kept;
  });
  return { rows, moving, returning };
}

/** By what a workflow went in a version of the model, as things are called now. */
export async function documentThen(
  db: Queryable,
  { schema, model }: { readonly schema: string; readonly model: Model },
  workflow: WorkflowDocument,
  version: number,
): Promise<WorkflowDocument> {
  const anchor = workflow.meta.id;
  const { rows } = await db.query(
    `select 1 from ${schema}._workflow_version where anchor = $1 and version > $2 limit 1`,
    [anchor, version],
  );
  if (rows.length === 0) return workflow;
  const former = await documentsBefore(db, schema, model, version + 1);
  const then = former.find((it) => anchorOf(it) === anchor) as WorkflowDocument | undefined;
  return then ? presentName(renamedIn({ now: { documents: former }, next: model }, then), workflow) : workflow;
}

/** The documents as they were before a version. */
async function documentsBefore(
  db: Queryable,
  schema: string,
  { documents }: Model,
  version: number | undefined,
): Promise<readonly AnyDocument[]> {
  const { rows } = await db.query(`select documents from ${schema}._version where number >= $1 order by number desc`, [
    version,
  ]);
  const then = new Map(documents.map((it) => [anchorOf(it), it]));
  for (const { before, after } of (rows as { documents: readonly Difference[] }[]).flatMap((it) => it.documents)) {
    if (after) then.delete(anchorOf(after));
    if (before) then.set(anchorOf(before), before);
  }
  return [...then.values()];
}

/** Between which documents things may have been renamed. */
interface Renaming {
  readonly now: Pick<Model, "documents">;
  readonly next: Pick<Model, "documents">;
  readonly mappings?: Mappings | undefined;
}

/** A document that stands no more, as it is called after a publish. */
function renamedIn({ now, next, mappings }: Renaming, document: WorkflowDocument): WorkflowDocument {
  const instead = (documents: readonly AnyDocument[]) =>
    documents.map((it) => (anchorOf(it) === document.meta.id ? document : it));
  const { documents } = keepNames(instead(now.documents), instead(next.documents), mappings);
  return documents.find((it) => anchorOf(it) === document.meta.id) as WorkflowDocument;
}

/** What would not hold any more of versions with which runs stay, or to which an undo takes them: the change has to move these, or leave it. */
export async function keptFaults(
  db: Queryable,
  schema: string,
  { next, undoes }: Pick<KeepingFor, "next" | "undoes">,
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const workflow of next.workflows.values()) {
    const [, ...earlier] = documentsFor(next, workflow.id);
    for (const document of earlier) {
      const place = `/workflow/${workflow.id}/`;
      const documents = next.documents.map((it) => (it === workflow ? document : it));
      const [broken] = checked(documents).filter(({ path }) => path.startsWith(place));
      const n = broken ? await countBy(db, schema, { next, undoes }, document) : 0;
      if (broken && n > 0)
        faults.push(
          fault("publish.runs_keep", {
            n,
            workflow: workflow.meta.title,
            why: broken.detail,
            path: place.slice(0, -1),
          }),
        );
    }
  }
  return faults;
}

/** By which version of the model a run goes on after a move: the newest, or the one with which it stays. */
export function versionAfter(model: Model, run: { workflow: string; version: number } | undefined): number {
  return run && machineOf(model, run.workflow, run.version)?.earlier ? run.version : model.version;
}

/** Writes down with which versions runs stay; those with which none does are let go. */
export async function writeKept(
  tx: Queryable,
  schema: string,
  { now, next }: { readonly now: Model; readonly next: Model },
  { rows, returning }: Keeping,
): Promise<void> {
  await tx.query(
    `update ${schema}._workflow_version v set follows = k.follows, body = coalesce(k.body, v.body),
       moved_by = case when k.follows is not null then $5::integer end
     from unnest($1::text[], $2::integer[], $3::integer[], $4::json[]) as k(anchor, version, follows, body)
     where v.anchor = k.anchor and v.version = k.version and (v.follows is null or k.body is not null)`,
    [
      rows.map(({ workflow }) => workflow),
      rows.map(({ version }) => version),
      rows.map(({ follows }) => follows),
      rows.map(({ body }) => body && JSON.stringify(body)),
      next.version,
    ],
  );
  for (const workflow of next.workflows.values()) {
    const old = workflowBefore(now, workflow);
    const own = rows.filter((row) => row.workflow === workflow.meta.id);
    const alike = old && sameDocument(old, workflow) && !returning.has(workflow.meta.id);
    if (alike || !own.some(({ body }) => body)) continue;
    const live = await runsByVersion(tx, schema, workflow.id);
    const used = new Set(live.map(({ version }) => documentOf(next, workflow.id, version)));
    const idle = own.filter(({ body, version }) => body && !used.has(documentOf(next, workflow.id, version)));
    await tx.query(
      `update ${schema}._workflow_version set follows = $3, moved_by = $4
       where anchor = $1 and version = any($2::integer[])`,
      [workflow.meta.id, idle.map(({ version }) => version), own.at(-1)?.version, next.version],
    );
  }
}

/** By what runs of a workflow go, with the versions of the model that say so; without these where all go by one. */
export interface GoingBy {
  readonly document: WorkflowDocument;
  /** The version that brought it, where that is not the published one. */
  readonly by: number | null;
  readonly versions: readonly number[] | undefined;
}

/** By what the live runs of a workflow go: the published one first. */
export async function goingBy(
  db: Queryable,
  { schema, model }: { readonly schema: string; readonly model: Model },
  workflow: WorkflowDocument,
): Promise<readonly GoingBy[]> {
  const documents = documentsFor(model, workflow.id);
  if (documents.length < 2) return [{ document: workflow, by: null, versions: undefined }];
  const live = await runsByVersion(db, schema, workflow.id);
  const kept = model.kept.get(workflow.meta.id) ?? [];
  return documents.map((document) => ({
    document,
    by: kept.find((it) => it.document === document)?.from ?? null,
    versions: live.flatMap(({ version }) => (documentOf(model, workflow.id, version) === document ? [version] : [])),
  }));
}

/** How many live runs go by a document, or do when an undo has taken them back. */
async function countBy(
  db: Queryable,
  schema: string,
  { next, undoes }: Pick<KeepingFor, "next" | "undoes">,
  document: WorkflowDocument,
): Promise<number> {
  const live = await runsByVersion(db, schema, document.id);
  const back = undoes === undefined ? [] : await backByVersion(db, schema, document.id, undoes);
  return [...live, ...back].reduce(
    (sum, { version, n }) => (documentOf(next, document.id, version) === document ? sum + n : sum),
    0,
  );
}

/** How many runs that a version has moved, and nobody since, went by each version of the model before. */
async function backByVersion(db: Queryable, schema: string, workflow: string, undoes: number) {
  const { rows } = await db.query(
    `select (j.before->>'version')::integer as version, count(*)::int as n
     from ${schema}._run r join ${schema}._journal j on j.run = r.id and j.revision = r.revision
     where r.workflow = $1 and j.event->>'type' = 'publish' and j.event->'data'->>'version' = $2 group by 1`,
    [workflow, String(undoes)],
  );
  return rows as readonly { readonly version: number; readonly n: number }[];
}

/** How many live runs of a workflow there are of each version of the model. */
export async function runsByVersion(db: Queryable, schema: string, workflow: string) {
  const { rows } = await db.query(
    `select version, count(*)::int as n from ${schema}._run
     where workflow = $1 and status in ('active', 'parked') group by version order by version`,
    [workflow],
  );
  return rows as readonly { readonly version: number; readonly n: number }[];
}
