import { installOrder, layTemplate, refuse, type Fault, type Laid, type Principal, type TemplatePackage } from "engine";
import type { AnyDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { operate } from "./operation.ts";
import { publish } from "./publish.ts";
import { writeSamples } from "./samples.ts";

/** What is to be installed, for whom, and how. */
export interface Installing {
  readonly packages: ReadonlyMap<string, TemplatePackage>;
  readonly name: string;
  readonly samples: boolean;
  /** Documents of the customer's own, `<kind>/<name>`, that become the template's. */
  readonly adopt: ReadonlySet<string>;
  readonly principal: Principal;
  readonly now: Date;
}

/** What an installation did. Without an operation there was nothing to do. */
export interface Installed {
  readonly name: string;
  readonly version: number;
  readonly installed: readonly string[];
  readonly operation?: string;
}

/**
 * Installs a template and what it builds on as one version, and its sample records as one operation, which can be
 * undone by itself.
 */
export async function install(workspace: Workspace, installing: Installing): Promise<Installed> {
  const { packages, name, principal, now, samples } = installing;
  const order = installOrder(packages, name, (await workspace.refresh()).templates);
  if (order.length === 0) return { name, version: workspace.model.version, installed: [] };
  const laid = new Map<string, Laid>();
  const { version } = await publish(workspace, {
    documents: async (published, tx) => {
      const bases = await readBases(tx, workspace.schema);
      return layAll(published, order, bases, installing.adopt, laid);
    },
    reason: `Template ${order.map(({ manifest }) => `${manifest.title} ${manifest.version}`).join(", ")}`,
    author: principal.id,
    now,
    also: (tx) => writeBases(tx, workspace.schema, order, laid),
  });
  const title = order.map(({ manifest }) => manifest.title).join(", ");
  const { operation } = await operate(
    workspace,
    principal,
    { kind: "template.install", title, now, bulk: true, unbounded: true },
    async (tx, scene) => (samples ? writeSamples(tx, scene, samplesOf(packages, name)) : 0),
  );
  return { name, version, installed: order.map(({ manifest }) => manifest.$id), operation };
}

type Bases = ReadonlyMap<string, ReadonlyMap<string, AnyDocument>>;

function layAll(
  published: readonly AnyDocument[],
  order: readonly TemplatePackage[],
  bases: Bases,
  adopt: ReadonlySet<string>,
  laid: Map<string, Laid>,
): readonly AnyDocument[] {
  const faults: Fault[] = [];
  let documents = published;
  for (const one of order) {
    const result = layTemplate(documents, one, bases.get(one.manifest.$id) ?? new Map(), adopt);
    laid.set(one.manifest.$id, result);
    documents = result.documents;
    faults.push(...result.faults);
  }
  refuse(faults);
  return documents;
}

/** The sample records of a template, those of what it builds on first: they may point at them. */
function samplesOf(packages: ReadonlyMap<string, TemplatePackage>, name: string): TemplatePackage["samples"] {
  const one = packages.get(name);
  const needed = Object.keys(one?.manifest.needs ?? {}).flatMap((needs) => samplesOf(packages, needs));
  return [...new Set([...needed, ...(one?.samples ?? [])])];
}

async function readBases(tx: Queryable, schema: string): Promise<Bases> {
  const { rows } = await tx.query(`select template, anchor, body from ${schema}._base`);
  const bases = new Map<string, Map<string, AnyDocument>>();
  for (const { template, anchor, body } of rows as { template: string; anchor: string; body: AnyDocument }[])
    bases.set(template, (bases.get(template) ?? new Map<string, AnyDocument>()).set(anchor, body));
  return bases;
}

async function writeBases(
  tx: Queryable,
  schema: string,
  order: readonly TemplatePackage[],
  laid: ReadonlyMap<string, Laid>,
): Promise<void> {
  for (const { manifest } of order) {
    const entries = [...(laid.get(manifest.$id)?.base ?? [])];
    await tx.query(`delete from ${schema}._base where template = $1`, [manifest.$id]);
    await tx.query(
      `insert into ${schema}._base (template, anchor, version, body)
       select $1, anchor, $2, body from unnest($3::text[], $4::json[]) as given (anchor, body)`,
      [
        manifest.$id,
        manifest.version,
        entries.map(([anchor]) => anchor),
        entries.map(([, body]) => JSON.stringify(body)),
      ],
    );
  }
}
