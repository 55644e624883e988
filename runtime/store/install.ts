import {
  installOrder,
  layTemplates,
  refuse,
  type Conflict,
  type Decision,
  type Laid,
  type Mappings,
  type PlanAnswer,
  type Principal,
  type TemplatePackage,
} from "engine";
import type { AnyDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { readLayers, swapLayers } from "./layers.ts";
import { operate } from "./operation.ts";
import { planDocuments } from "./plan-change.ts";
import { publish } from "./publish.ts";
import { writeSamples } from "./samples.ts";
import { readPublished } from "./switch.ts";

/** What is to be installed, for whom, and how. */
export interface Installing {
  readonly packages: ReadonlyMap<string, TemplatePackage>;
  readonly name: string;
  readonly samples: boolean;
  /** What of the customer's own becomes the template's. */
  readonly adopt: ReadonlySet<string>;
  /** Whose change stands where the template and the customer have changed the same. */
  readonly decisions?: readonly Decision[];
  /** What becomes of values and states that the new version does not have. */
  readonly mappings?: Mappings;
  readonly principal: Principal;
  readonly now: Date;
}

/** What a person has to know of a merge. */
export type Told = Pick<Laid, "conflicts" | "kept" | "absent" | "returned">;

/** What an installation did. Without an operation there was nothing to do. */
export interface Installed extends Partial<Told> {
  readonly name: string;
  readonly version: number;
  readonly installed: readonly string[];
  readonly operation?: string;
}

/**
 * Installs a template and what it builds on as one version, and its sample records as one operation, which can be
 * undone by itself. A newer version than the installed one is merged with what the customer made of that.
 */
export async function install(workspace: Workspace, installing: Installing): Promise<Installed> {
  const { packages, name, principal, now, samples } = installing;
  const order = installOrder(packages, name, (await workspace.refresh()).templates);
  if (order.length === 0 && !samples) return { name, version: workspace.model.version, installed: [] };
  const published = order.length === 0 ? undefined : await publishTemplates(workspace, installing, order);
  const { version } = published ?? workspace.model;
  const titles = order.length > 0 ? order : [packages.get(name)!];
  const { operation, result } = await operate(
    workspace,
    principal,
    {
      kind: "template.install",
      title: titles.map(({ manifest }) => manifest.title).join(", "),
      now,
      bulk: true,
      unbounded: true,
    },
    async (tx, scene) => (samples ? writeSamples(tx, scene, samplesOf(packages, name)) : 0),
  );
  if (!published && result === 0) return { name, version, installed: [] };
  return { name, version, installed: order.map(({ manifest }) => manifest.$id), operation, ...published?.told };
}

async function publishTemplates(workspace: Workspace, installing: Installing, order: readonly TemplatePackage[]) {
  const { principal, now, mappings } = installing;
  let laid: Laid | undefined;
  const { version } = await publish(workspace, {
    documents: async (published, tx) => {
      laid = await layAll(tx, workspace, published, installing, order);
      refuse(laid.faults);
      return laid.documents;
    },
    reason: `Template ${order.map(({ manifest }) => `${manifest.title} ${manifest.version}`).join(", ")}`,
    author: principal.id,
    now,
    ...(mappings ? { mappings } : {}),
    also: (tx, version) => swapLayers(tx, workspace.schema, version, laid?.layers ?? []),
  });
  return { version, told: laid ? toldOf(laid) : undefined };
}

const toldOf = ({ conflicts, kept, absent, returned }: Laid): Told => ({ conflicts, kept, absent, returned });

async function layAll(
  db: Queryable,
  { schema }: Workspace,
  published: readonly AnyDocument[],
  { adopt, decisions = [] }: Pick<Installing, "adopt" | "decisions">,
  order: readonly TemplatePackage[],
): Promise<Laid> {
  const installed = await readLayers(db, schema);
  const coming = order.map(({ manifest, documents, extensions }) => ({ manifest, documents, extensions }));
  return layTemplates({ published, installed, coming, adopt, decisions });
}

/** What an installation would do. */
export interface InstallPlan extends PlanAnswer, Told {
  readonly name: string;
  /** The templates that come, each with the version that stands. */
  readonly installs: readonly { name: string; title: string; version: string; installed: string | null }[];
  readonly samples: number;
  readonly conflicts: readonly Conflict[];
}

/** Plans an installation: nothing is done. */
export async function planInstall(workspace: Workspace, installing: Installing): Promise<InstallPlan> {
  const { packages, name, now, mappings = {} } = installing;
  const model = await readPublished(workspace.pool, workspace);
  const order = installOrder(packages, name, model.templates);
  const laid = await layAll(workspace.pool, workspace, model.documents, installing, order);
  const plan = await planDocuments(workspace, model, { documents: laid.documents, mappings }, now);
  return {
    name,
    installs: order.map(({ manifest: { $id, title, version } }) => ({
      name: $id,
      title,
      version,
      installed: model.templates.get($id)?.version ?? null,
    })),
    samples: samplesOf(packages, name).reduce((sum, { samples: { records } }) => sum + records.length, 0),
    ...toldOf(laid),
    ...plan,
    problems: [...laid.faults, ...plan.problems],
  };
}

/** The sample records of a template, those of what it builds on first: they may point at them. */
function samplesOf(packages: ReadonlyMap<string, TemplatePackage>, name: string) {
  const found = new Map<TemplatePackage["samples"][number], string>();
  const visit = (of: string) => {
    const one = packages.get(of);
    for (const needs of Object.keys(one?.manifest.needs ?? {})) visit(needs);
    for (const samples of one?.samples ?? []) if (!found.has(samples)) found.set(samples, of);
  };
  visit(name);
  return [...found].map(([samples, template]) => ({ template, samples }));
}
