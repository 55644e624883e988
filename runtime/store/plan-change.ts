import {
  anchorOf,
  differenceIn,
  goingUses,
  keepNames,
  kindOf,
  mappingFaults,
  nameOf,
  plan,
  readModel,
  readsOfRetyped,
  readSound,
  workflowAdvice,
  type Change,
  type Mappings,
  type Model,
  type PlanAnswer,
  type ToldDocument,
} from "engine";
import type { AnyDocument, WorkflowDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { checked } from "./checked.ts";
import { applyDrafts, readChange } from "./documents.ts";
import { keptDays, readGone } from "./gone.ts";
import { keepVersions, keptFaults, modelWith } from "./kept.ts";
import { keysThatUse } from "./key-use.ts";
import { measureRuns } from "./measure-runs.ts";
import { measureWaits } from "./measure-waits.ts";
import { measure, readSizes } from "./measure.ts";
import { turnoverOf } from "./segment-build.ts";
import { testFaults } from "./package-tests.ts";
import { tryRuns } from "./try-runs.ts";
import { differencesOf, largeRows, readPublished, type Difference } from "./switch.ts";

/** What publishing a change would do, measured on the data that stand, and what stands in its way. Nothing is done. */
export async function planChange(workspace: Workspace, id: string, moment: Date): Promise<PlanAnswer> {
  const change = await readChange(workspace.pool, workspace.schema, id);
  const now = await readPublished(workspace.pool, workspace);
  const given = { documents: applyDrafts(now.documents, change.drafts), mappings: change.mappings };
  return planDocuments(workspace, now, given, moment);
}

/** The same for documents that are to stand, wherever they come from. */
export async function planDocuments(
  workspace: Workspace,
  now: Model,
  { documents, mappings }: { readonly documents: readonly AnyDocument[]; readonly mappings: Mappings },
  moment: Date,
): Promise<PlanAnswer> {
  const { pool, schemaName } = workspace;
  const kept = keepNames(now.documents, documents, mappings);
  const next = readSound(kept.documents, now.version + 1);
  const told = {
    documents: differencesOf(now.documents, kept.documents).map((it) => differenceIn(it, now, next)),
    rewrites: kept.rewrites,
    ...goingUses(now, next, mappings),
    reads: readsOfRetyped(now, next),
  };
  const problems = [...checked(kept.documents), ...kept.faults];
  if (problems.length > 0)
    return {
      ...told,
      segments: [],
      runs: [],
      waits: [],
      changes: [],
      problems,
      advice: [],
      keys: [],
      undo_until: null,
    };
  const differences = differencesOf(now.documents, kept.documents);
  const tests = await testFaults(workspace, differences, next, moment);
  const gone = await readGone(pool, schemaName, now);
  const changes = plan(now, next, gone, mappings);
  const sizes = await readSizes(pool, schemaName, now);
  const large = new Set([...sizes].filter(([, rows]) => rows >= largeRows).map(([anchor]) => anchor));
  const publishing = { schema: schemaName, now, next, gone, large };
  const keeping = await keepVersions(pool, workspace.schema, { now, next, mappings });
  const stays = await keptFaults(pool, workspace.schema, {
    next: modelWith(kept.documents, next.version, keeping.rows),
  });
  const measuring = { schema: workspace.schema, now, next, mappings, at: moment };
  return {
    ...told,
    segments: await turnoverOf(pool, { schema: workspace.schema, now, next, differences, at: moment }),
    runs: await tryRuns(pool, measuring, await measureRuns(pool, measuring), tablesIn(changes)),
    waits: await measureWaits(pool, measuring),
    changes: await measure({ db: pool, publishing, sizes }, changes),
    problems: [...mappingFaults(mappings, [now, next]), ...stays, ...tests],
    advice: adviceOn(differences, next, moment),
    keys: await keysOf(pool, workspace, changes, moment),
    undo_until: changes.some(hides) ? new Date(moment.getTime() + keptDays * 86_400_000).toISOString() : null,
  };
}

/** The entities whose tables change, by their anchors. */
const tablesIn = (changes: readonly Change[]): ReadonlySet<string> =>
  new Set(
    changes.flatMap((it) => {
      if (it.act.startsWith("document.")) return [];
      return "address" in it ? (it.address.split("#")[0] ?? []) : it.anchor;
    }),
  );

/** What the rules advise on the workflows that change; their paths begin with the document. */
function adviceOn(differences: readonly Difference[], next: Model, moment: Date): PlanAnswer["advice"] {
  return differences.flatMap(({ after }) => {
    if (!after || kindOf(after) !== "workflow") return [];
    const said = workflowAdvice(after as WorkflowDocument, next, moment.toISOString());
    return said.map(({ fix, ...it }) => ({
      ...it,
      path: `/workflow/${nameOf(after)}${it.path}`,
      fix: fix?.name ?? null,
    }));
  });
}

const hides = ({ act }: Change) =>
  act === "field.hide" || act === "entity.hide" || act === "field.retype" || act === "choices.change";

/** The keys that used an entity or a field which goes or is called something else. */
async function keysOf(db: Queryable, workspace: Workspace, changes: readonly Change[], moment: Date) {
  const going = changes.flatMap((change): { entity: string; field: string | null }[] => {
    if (change.act === "entity.hide" || change.act === "entity.rename") return [{ entity: change.anchor, field: null }];
    if (change.act !== "field.hide" && change.act !== "field.rename" && change.act !== "field.retype") return [];
    const [entity = "", field = ""] = change.address.split("#");
    return [{ entity, field }];
  });
  return keysThatUse(db, workspace, going, moment);
}

/** What a version did, document by document, as far as the documents that it did not touch can still tell. */
export function documentsOf(differences: readonly Difference[], model: Model): readonly ToldDocument[] {
  const touched = new Set(differences.map(({ before, after }) => anchorOf((after ?? before) as AnyDocument)));
  const others = model.documents.filter((document) => !touched.has(anchorOf(document)));
  const [now, next] = [
    readModel([...others, ...differences.flatMap(({ before }) => before ?? [])]),
    readModel([...others, ...differences.flatMap(({ after }) => after ?? [])]),
  ];
  return differences.map((it) => differenceIn(it, now, next));
}
