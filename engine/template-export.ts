import { schemas, type AnyDocument, type Kind, type TemplateDocument } from "schemas";
import { anchorOf, kindOf, nameOf, type Model } from "./model.ts";

/** What the manifest of an export is to say. */
export interface ExportTold {
  readonly name: string;
  readonly title?: string | undefined;
  readonly version?: string | undefined;
  readonly description?: string | undefined;
}

/** What stays with its workspace: who it belongs to, and which templates it was made of. */
const stays: ReadonlySet<Kind> = new Set(["template", "workspace"]);

/**
 * A workspace as a template that builds on nothing: the files of its package by their paths. Installed where nothing
 * is, it gives the same model; the same model gives the same files.
 */
export function exportTemplate(model: Model, told: ExportTold): ReadonlyMap<string, string> {
  const manifest = manifestOf(model, told);
  const documents = model.documents.filter((it) => !stays.has(kindOf(it)));
  return new Map(
    [
      ["template.json", fileText(manifest)] as const,
      ...documents.map((it) => [pathOf(it), fileText(it)] as const),
    ].sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function manifestOf(model: Model, { name, title, version, description }: ExportTold): TemplateDocument {
  const own = model.templates.get(name);
  const presets = Object.assign({}, ...[...model.templates.values()].map((it) => it.presets)) as object;
  const about = description ?? own?.description;
  return {
    $schema: "urn:trellis:template:1",
    $id: name,
    $anchor: own ? anchorOf(own) : `tpl_${name}`,
    version: version ?? own?.version ?? "1.0.0",
    title: title ?? own?.title ?? model.workspace.name,
    ...(about === undefined ? {} : { description: about }),
    ...(own?.icon === undefined ? {} : { icon: own.icon }),
    ...(Object.keys(presets).length > 0
      ? { presets: sorted(presets) as NonNullable<TemplateDocument["presets"]> }
      : {}),
  };
}

const sorted = (given: object) =>
  Object.fromEntries(Object.entries(given).sort(([one], [other]) => (one < other ? -1 : 1)));

/** The folder in which documents of a kind lie. */
export const folderOf = (kind: string): string => `${kind.replace(/(?<![aeiou])y$/, "ie").replace(/x$/, "xe")}s`;

/** The kinds whose documents a package may bring, by folder. */
export const packageFolders: ReadonlyMap<string, Kind> = new Map(
  (Object.keys(schemas) as Kind[]).filter((kind) => !stays.has(kind)).map((kind) => [folderOf(kind), kind]),
);

/** Where a document lies in a folder of files. */
export function pathOf(document: AnyDocument): string {
  return `${folderOf(kindOf(document))}/${nameOf(document)}.json`;
}

/** A document as its file has it: keys in the order of its schema, so that a difference shows an intent. */
export function fileText(document: AnyDocument): string {
  const schema = schemas[kindOf(document)] as Schema;
  return `${JSON.stringify(ordered(document, schema, schema), undefined, 2)}\n`;
}

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

/** Keys that a schema names stand in its order, others by the alphabet; a map without named keys is left as it is. */
function ordered(value: unknown, given: Schema | undefined, root: Schema): unknown {
  const { schema, home } = resolved(given, root);
  if (Array.isArray(value)) return value.map((item) => ordered(item, schema?.items, home));
  if (typeof value !== "object" || value === null) return value;
  const known = Object.keys(schema?.properties ?? {});
  const place = (key: string) => (known.includes(key) ? known.indexOf(key) : known.length);
  const keys = Object.keys(value);
  if (known.length > 0)
    keys.sort((one, other) => place(one) - place(other) || (one < other ? -1 : one > other ? 1 : 0));
  const more = typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined;
  const inner = (key: string) => schema?.properties?.[key] ?? more ?? Object.values(schema?.patternProperties ?? {})[0];
  return Object.fromEntries(keys.map((key) => [key, ordered(value[key as never], inner(key), home)]));
}

/** A schema with what it refers to; of several, those that name keys, together. */
function resolved(schema: Schema | undefined, root: Schema): { readonly schema: Schema | undefined; home: Schema } {
  if (schema?.$ref !== undefined) {
    const [of = "", path = ""] = schema.$ref.split("#");
    const kind = /^urn:trellis:([a-z-]+):1$/.exec(of)?.[1] as Kind | undefined;
    const home = kind === undefined ? root : ((schemas[kind] as Schema | undefined) ?? root);
    const name = path.replace("/$defs/", "");
    return resolved(path === "" ? (kind === undefined ? root : undefined) : home.$defs?.[name], home);
  }
  const options = [...(schema?.anyOf ?? []), ...(schema?.oneOf ?? []), ...(schema?.allOf ?? [])];
  if (!schema || options.length === 0) return { schema, home: root };
  const all = options.map((it) => resolved(it, root));
  const first = all.find((it) => it.schema?.properties ?? it.schema?.items ?? it.schema?.additionalProperties);
  const properties = Object.assign({}, ...all.map((it) => it.schema?.properties), schema.properties) as Schema;
  return { schema: { ...first?.schema, ...schema, properties: properties as never }, home: first?.home ?? root };
}
