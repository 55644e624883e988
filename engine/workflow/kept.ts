import type { AnyDocument, WorkflowDocument } from "schemas";
import { kindOf, type Model } from "../model.ts";
import { same } from "../plan.ts";

/** A version of a workflow by which runs have begun, as the workspace keeps it. */
export interface KeptVersion {
  /** The workflow's `meta.id`. */
  readonly workflow: string;
  /** The version of the model that brought it. */
  readonly version: number;
  /** The version of the same workflow by which its runs go on; nothing where they stay with it, and of the newest. */
  readonly follows: number | null;
  /** What it says, of one by which runs go on that is not the newest. */
  readonly body: WorkflowDocument | null;
}

/** From which version on runs go by a document; by the published one where none is named. */
export interface Kept {
  readonly from: number;
  readonly document: WorkflowDocument | undefined;
}

/** By the `meta.id` of a workflow that has runs of earlier versions: by what its runs go, the newest first. */
export type KeptVersions = ReadonlyMap<string, readonly Kept[]>;

/** By what the runs of each version go. A kept document is called as the workflow is now, and is of its present entity. */
export function keptVersions(rows: readonly KeptVersion[], documents: readonly AnyDocument[]): KeptVersions {
  const workflows = rows.length === 0 ? [] : documents.filter((it) => kindOf(it) === "workflow");
  const live = new Map((workflows as readonly WorkflowDocument[]).map((it) => [it.meta.id, it]));
  const kept = new Map<string, readonly Kept[]>();
  for (const [anchor, them] of Map.groupBy(rows, ({ workflow }) => workflow)) {
    const named = live.get(anchor);
    if (!named || them.every(({ body }) => body === null)) continue;
    const documents = new Map(them.map((it) => [it.version, it.body ? presentName(it.body, named) : undefined]));
    const last = (version: number): number => {
      const follows = them.find((it) => it.version === version)?.follows ?? null;
      return follows === null ? version : last(follows);
    };
    const newestFirst = [...them].sort((one, other) => other.version - one.version);
    kept.set(
      anchor,
      newestFirst.map(({ version }) => ({ from: version, document: documents.get(last(version)) })),
    );
  }
  return kept;
}

/** An earlier document, called as its workflow is now and of its present entity. */
export const presentName = (body: WorkflowDocument, { id, meta: { entity } }: WorkflowDocument): WorkflowDocument => ({
  ...body,
  id,
  meta: { ...body.meta, entity },
});

/** The document by which the runs of a version go: the published one, or the one with which they stay. */
export function documentOf(model: Model, name: string, version: number): WorkflowDocument | undefined {
  const live = model.workflows.get(name);
  const kept = live && model.kept.get(live.meta.id);
  return (kept?.find(({ from }) => from <= version) ?? kept?.at(-1))?.document ?? live;
}

/** The documents by which runs of a workflow go: the published one first, then those with which some stay. */
export function documentsFor(model: Model, name: string): readonly WorkflowDocument[] {
  const live = model.workflows.get(name);
  if (!live) return [];
  return [live, ...new Set((model.kept.get(live.meta.id) ?? []).flatMap(({ document }) => document ?? []))];
}

/** All documents by which runs go. */
export const documentsIn = (model: Model): readonly WorkflowDocument[] =>
  [...model.workflows.keys()].flatMap((name) => documentsFor(model, name));

/**
 * Whether runs of a workflow stay with their version when another is published, unless it says that they move: those of
 * journeys and processes do. Where a record stands that shows it follows what is published, as its field does.
 */
export function staysByDefault({ entities }: Model, { id, meta }: WorkflowDocument): boolean {
  const shown = entities.get(meta.entity)?.stateFields.some(({ property }) => property.workflow === id);
  return meta.kind !== "pipeline" && !shown;
}

/** The key under which a mapping of a workflow says what becomes of its runs; and what it says. */
export const runsKey = "runs/";
export const movesRuns = "move";

/** Whether a change moves the runs of a workflow: it says so, or where those of a state go, or that waits follow it. */
export function movesBy(mapping: Readonly<Record<string, string | null>> = {}): boolean {
  return Object.values(mapping).some((to) => to !== null);
}

/**
 * Whether runs go the same way by two versions: what things are called, where they are drawn and who begins is no part
 * of it.
 */
export const sameCourse = (one: WorkflowDocument, other: WorkflowDocument): boolean =>
  same(courseOf(one, []), courseOf(other, []));

function courseOf(value: unknown, steps: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((it) => courseOf(it, [...steps, "[]"]));
  if (typeof value !== "object" || value === null) return value;
  const [above, of, within] = [steps.at(-1), steps.at(-2), steps.at(-3)];
  const isTitled = above === "meta" || (of !== undefined && ["events", "delays"].includes(of) && within === "meta");
  const left = steps.length === 0 ? ["$schema", "id", "description"] : isTitled ? ["title", "canvas", "refused"] : [];
  const all = above === "meta" && steps.length === 1 ? [...left, "enrol"] : left;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, it]) => (all.includes(key) ? [] : [[key, courseOf(it, [...steps, key])]])),
  );
}
