import type { Extension, TemplateLayer } from "engine";
import { anchorOf, extendedKind, kindOf } from "engine";
import type { AnyDocument, TemplateDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";

interface Row {
  readonly template: string;
  readonly anchor: string;
  readonly version: string;
  readonly body: AnyDocument | Extension;
}

/** Where an extension lies: it shares the anchor of what it extends. */
const extends_ = "extend:";

const anchorOfExtension = (body: Extension) => {
  const kind = extendedKind(body);
  return extends_ + (kind === "entity" ? body.$id : `${kind}/${body.$id}`);
};

/** What the installed templates brought, as they brought it; what they build on first. */
export async function readLayers(db: Queryable, schema: string): Promise<readonly TemplateLayer[]> {
  return inOrder(layersOf(await readRows(db, schema)));
}

async function readRows(db: Queryable, schema: string): Promise<readonly Row[]> {
  const { rows } = await db.query(
    `select template, anchor, version, body from ${schema}._base order by template, anchor`,
  );
  return rows;
}

function layersOf(rows: readonly Row[]): readonly TemplateLayer[] {
  return [...Map.groupBy(rows, ({ template }) => template).values()].flatMap((them) => {
    const extensions = them.filter(({ anchor }) => anchor.startsWith(extends_)).map(({ body }) => body as Extension);
    const documents = them.filter(({ anchor }) => !anchor.startsWith(extends_)).map(({ body }) => body as AnyDocument);
    const manifest = documents.find((it) => kindOf(it) === "template") as TemplateDocument | undefined;
    return manifest ? [{ manifest, documents: documents.filter((it) => it !== manifest), extensions }] : [];
  });
}

function inOrder(layers: readonly TemplateLayer[]): readonly TemplateLayer[] {
  const order: TemplateLayer[] = [];
  const visit = (layer: TemplateLayer, trail: readonly TemplateLayer[]) => {
    for (const needs of Object.keys(layer.manifest.needs ?? {})) {
      const found = layers.find(({ manifest }) => manifest.$id === needs);
      if (found && !trail.includes(found)) visit(found, [...trail, layer]);
    }
    if (!order.includes(layer)) order.push(layer);
  };
  for (const layer of layers) visit(layer, []);
  return order;
}

/** Keeps what templates brought with a version, and what they had brought before it. */
export async function swapLayers(
  tx: Queryable,
  schema: string,
  version: number,
  layers: readonly TemplateLayer[],
): Promise<void> {
  const after = layers.flatMap(({ manifest, documents, extensions }): Row[] => {
    const of = { template: manifest.$id, version: manifest.version };
    return [
      ...[manifest, ...documents].map((body) => ({ ...of, anchor: anchorOf(body), body })),
      ...extensions.map((body) => ({ ...of, anchor: anchorOfExtension(body), body })),
    ];
  });
  await swapRows(tx, schema, version, after);
}

/** Puts what templates had brought before a version in the place of what they brought with it. */
export async function undoLayers(tx: Queryable, schema: string, undone: number, version: number): Promise<void> {
  const { rows } = await tx.query(`select bases->'before' as before from ${schema}._version where number = $1`, [
    undone,
  ]);
  if (rows[0]?.before) await swapRows(tx, schema, version, rows[0].before);
}

async function swapRows(tx: Queryable, schema: string, version: number, after: readonly Row[]): Promise<void> {
  const before = await readRows(tx, schema);
  await tx.query(`delete from ${schema}._base`);
  await tx.query(
    `insert into ${schema}._base (template, anchor, version, body)
     select template, anchor, version, body
     from unnest($1::text[], $2::text[], $3::text[], $4::json[]) as given (template, anchor, version, body)`,
    [
      after.map(({ template }) => template),
      after.map(({ anchor }) => anchor),
      after.map((row) => row.version),
      after.map(({ body }) => JSON.stringify(body)),
    ],
  );
  await tx.query(`update ${schema}._version set bases = $2 where number = $1`, [
    version,
    JSON.stringify({ before, after }),
  ]);
}
