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

/** `v`: the versions of workflows, and whether there is a newer one of each. */
const withVersions = (schema: string): string =>
  `with v as (select anchor, version, follows, body, version < max(version) over (partition by anchor) as earlier
       from ${schema}._workflow_version)`;

/** A list of the versions of workflows with which runs stay, with all others of these workflows, as JSON. */
export const keptJson = (schema: string): string =>
  `(${withVersions(schema)}
     select coalesce(json_agg(json_build_object('workflow', anchor, 'version', version, 'follows', follows,
         'body', case when follows is null and earlier then body end)), '[]')
     from v where anchor in (select anchor from v where follows is null and earlier))`;

/** The versions of those workflows and of all with which runs stay, as the database has them. */
async function readKept(db: Queryable, schema: string, anchors: readonly string[]): Promise<readonly KeptVersion[]> {
  const { rows } = await db.query(
    `${withVersions(schema)}
     select anchor as workflow, version, follows, case when follows is null and earlier then body end as body
     from v where anchor = any($1::text[]) or anchor in (select anchor from v where follows is null and earlier)
     order by anchor, version`,
    [anchors],
  );
  return rows as KeptVersion[];
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
  if (movesBy(mappings?.[workflow.meta.id])) return "all";
  if (sameDocument(old, workflow)) return undefined;
  if (undoes !== undefined || !staysByDefault(next, workflow)) return "all";
  return sameCourse(renamedIn(keeping, old), workflow) ? "newest" : undefined;
}

/**
 * Works out with which versions runs stay: their texts follow what is renamed, as all documents do. A change after which
 * a workflow goes the same way as before, called otherwise or drawn elsewhere, takes its runs along.
 */
export async function keepVersions(db: Queryable, schema: string, keeping: KeepingFor): Promise<Keeping> {
  const { now, next } = keeping;
  const flows = [...next.workflows.values()].flatMap((workflow) => {
    const old = workflowBefore(now, workflow);
    return old ? [{ workflow, old, changed: !sameDocument(old, workflow) }] : [];
  });
  const anchors = flows.flatMap(({ workflow, changed }) => (changed ? [workflow.meta.id] : []));
  const found = Map.groupBy(await readKept(db, schema, anchors), (row) => row.workflow);
  const moving = new Map<string, Movers>();
  const rows = flows.flatMap(({ workflow, old, changed }) => {
    const anchor = workflow.meta.id;
    const own = found.get(anchor) ?? [];
    if (!changed && !own.some(({ body }) => body)) return [];
    const newest = own.at(-1)?.version;
    const moved = movedBy(keeping, old, workflow);
    if (moved) moving.set(anchor, moved);
    const following = changed ? next.version : (newest ?? null);
    const kept = own.map((row): KeptVersion => {
      if (row.follows !== null || (!changed && row.version === newest)) return row;
      if (moved === "all" || (moved === "newest" && row.version === newest))
        return { ...row, follows: following, body: null };
      return { ...row, body: renamedIn(keeping, row.body ?? old) };
    });
    return changed ? [...kept, { workflow: anchor, version: next.version, follows: null, body: null }] : kept;
  });
  return { rows, moving };
}

/** A document that stands no more, as it is called after a publish. */
function renamedIn({ now, next, mappings }: KeepingFor, document: WorkflowDocument): WorkflowDocument {
  const instead = (documents: readonly AnyDocument[]) =>
    documents.map((it) => (anchorOf(it) === document.meta.id ? document : it));
  const { documents } = keepNames(instead(now.documents), instead(next.documents), mappings);
  return documents.find((it) => anchorOf(it) === document.meta.id) as WorkflowDocument;
}

/** What would not hold any more of versions with which runs stay: the change has to move these, or leave it. */
export async function keptFaults(db: Queryable, schema: string, next: Model): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const workflow of next.workflows.values()) {
    const [, ...earlier] = documentsFor(next, workflow.id);
    for (const document of earlier) {
      const place = `/workflow/${workflow.id}/`;
      const documents = next.documents.map((it) => (it === workflow ? document : it));
      const [broken] = checked(documents).filter(({ path }) => path.startsWith(place));
      const n = broken ? await countBy(db, schema, next, document) : 0;
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
  { rows }: Keeping,
): Promise<void> {
  await tx.query(
    `update ${schema}._workflow_version v set follows = k.follows, body = coalesce(k.body, v.body)
     from unnest($1::text[], $2::integer[], $3::integer[], $4::json[]) as k(anchor, version, follows, body)
     where v.anchor = k.anchor and v.version = k.version and (v.follows is null or k.body is not null)`,
    [
      rows.map(({ workflow }) => workflow),
      rows.map(({ version }) => version),
      rows.map(({ follows }) => follows),
      rows.map(({ body }) => body && JSON.stringify(body)),
    ],
  );
  for (const workflow of next.workflows.values()) {
    const old = workflowBefore(now, workflow);
    const own = rows.filter((row) => row.workflow === workflow.meta.id);
    if (!own.some(({ body }) => body) || (old && sameDocument(old, workflow))) continue;
    const live = await runsByVersion(tx, schema, workflow.id);
    const used = new Set(live.map(({ version }) => documentOf(next, workflow.id, version)));
    const idle = own.filter(({ body, version }) => body && !used.has(documentOf(next, workflow.id, version)));
    await tx.query(
      `update ${schema}._workflow_version set follows = $3 where anchor = $1 and version = any($2::integer[])`,
      [workflow.meta.id, idle.map(({ version }) => version), own.at(-1)?.version],
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

/** How many live runs go by a document. */
async function countBy(db: Queryable, schema: string, model: Model, document: WorkflowDocument): Promise<number> {
  const counts = await runsByVersion(db, schema, document.id);
  return counts.reduce(
    (sum, { version, n }) => (documentOf(model, document.id, version) === document ? sum + n : sum),
    0,
  );
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
