import {
  fault,
  goingUses,
  layTemplates,
  problem,
  readModel,
  refuse,
  type Fault,
  type Model,
  type PlanAnswer,
  type Principal,
} from "engine";
import type { AnyDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { checked } from "./checked.ts";
import { readLayers, swapLayers } from "./layers.ts";
import { planDocuments } from "./plan-change.ts";
import { publish } from "./publish.ts";
import { readPublished } from "./switch.ts";

/** What becomes of a template that goes: all of it stays as the customer's own, or is hidden with its records. */
export type Leaving = "keep" | "hide";

export interface Uninstalling {
  readonly name: string;
  readonly data: Leaving;
  readonly principal: Principal;
  readonly now: Date;
}

/**
 * Takes a template away, as a version that can be undone. What it hides is kept for 30 days with its records. Templates
 * that build on it, and documents of the customer's own that use what goes, stand in the way: they are told.
 */
export async function uninstall(workspace: Workspace, { name, data, principal, now }: Uninstalling) {
  const { templates } = await workspace.refresh();
  const title = templates.get(name)?.title ?? name;
  let left: Left | undefined;
  return publish(workspace, {
    documents: async (published, tx) => {
      left = await leaving(tx, workspace, readModel(published), name, data);
      refuse(left.faults);
      return left.documents;
    },
    reason: `Without the template ${title}`,
    author: principal.id,
    now,
    also: (tx, version) => swapLayers(tx, workspace.schema, version, left?.layers ?? []),
  });
}

/** What taking a template away would do. */
export async function planUninstall(
  workspace: Workspace,
  { name, data, now }: Omit<Uninstalling, "principal">,
): Promise<PlanAnswer> {
  const model = await readPublished(workspace.pool, workspace);
  const { documents, faults } = await leaving(workspace.pool, workspace, model, name, data);
  const plan = await planDocuments(workspace, model, { documents, mappings: {} }, now);
  return { ...plan, problems: faults.length > 0 ? faults : plan.problems };
}

type Left = Awaited<ReturnType<typeof leaving>>;

async function leaving(db: Queryable, { schema }: Workspace, model: Model, name: string, data: Leaving) {
  if (!model.templates.has(name)) throw problem("template.absent", { name: name.slice(0, 80) });
  const installed = await readLayers(db, schema);
  const faults: Fault[] = [...model.templates.values()]
    .filter(({ needs }) => needs !== undefined && Object.hasOwn(needs, name))
    .map(({ $id }) => fault("template.needed", { name, by: `the template "${$id}"`, path: `/template/${$id}` }));
  if (data === "keep") {
    const manifest: AnyDocument | undefined = model.templates.get(name);
    const documents = model.documents.filter((it) => it !== manifest);
    return { documents, layers: installed.filter((it) => it.manifest.$id !== name), faults };
  }
  const laid = layTemplates({ published: model.documents, installed, going: new Set([name]) });
  if (faults.length === 0 && checked(laid.documents).length > 0)
    for (const use of goingUses(model, readModel(laid.documents), {}).uses)
      faults.push(
        fault("template.needed", {
          name,
          by: `the ${use.kind} "${use.name}"`,
          path: `/${use.kind}/${use.name}${use.path}`,
        }),
      );
  return { documents: laid.documents, layers: laid.layers, faults };
}
