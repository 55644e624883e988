import { fieldTypes, type Entity, type FieldType, type JsonSchema, type Model } from "engine";
import type { EntityDocument, Property } from "schemas";
import { words } from "../words/index.ts";

/** A field of a document as a designer handles it. */
export interface FieldAt {
  readonly name: string;
  readonly property: Property;
}

/** The fields of an entity in their order. */
export function fieldsOf({ properties }: EntityDocument): readonly FieldAt[] {
  return Object.entries(properties).map(([name, property]) => ({ name, property }));
}

/** The field type behind the word `field` of a property. */
export function typeOf({ field }: Pick<Property, "field">): FieldType<any> | undefined {
  return (fieldTypes as Record<string, FieldType<any>>)[field];
}

/** The field types that one can add by hand, as they are called in the language that is spoken. */
export const addable = (): readonly FieldType<any>[] =>
  Object.values<FieldType<any>>(fieldTypes)
    .filter(({ name }) => name !== "uuid")
    .map((type) => ({ ...type, ...words.fieldTypeNames[type.name] }))
    .sort((one, other) => one.label.localeCompare(other.label));

/** A name for a title: lower case, `_` between words, none of those that are taken. */
export function nameFor(title: string, taken: readonly string[]): string {
  const plain = title
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^[^a-z]+|_+$/g, "")
    .slice(0, 34);
  const base = plain === "" ? "field" : plain;
  const free = (name: string) => !taken.includes(name);
  if (free(base)) return base;
  for (let at = 2; ; at++) if (free(`${base}_${at}`)) return `${base}_${at}`;
}

const letters = "abcdefghijklmnopqrstuvwxyz";

/** A new identity, which nothing else has. */
export function newAnchor(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `${prefix}_${[...bytes].map((byte) => letters[byte % letters.length]).join("")}`;
}

/** With a field more, of a type, behind the others. Answers the name that it got as well. */
export function withField(
  document: EntityDocument,
  type: FieldType<any>,
  title: string,
  given: Readonly<Record<string, unknown>> = {},
): { readonly document: EntityDocument; readonly name: string } {
  const name = nameFor(title, Object.keys(document.properties));
  const property: Property = { $anchor: newAnchor("fld"), field: type.name, title, ...begun(type), ...given };
  return { document: { ...document, properties: { ...document.properties, [name]: property } }, name };
}

/** What a property of a type cannot do without, as one begins with it: the type's own example. */
function begun({ keywords, examples }: FieldType<any>): Readonly<Record<string, unknown>> {
  const needed = [...(keywords.required ?? []), ...("choices" in keywords.properties ? ["choices"] : [])];
  return Object.fromEntries(Object.entries(examples.field).filter(([key]) => needed.includes(key)));
}

/** The keyword by which a type names a document of some kind and cannot do without, and that kind. */
export function neededDocument({
  keywords,
}: FieldType<any>): { readonly keyword: string; readonly kind: string } | undefined {
  return (keywords.required ?? []).flatMap((keyword) => {
    const kind = documentKindOf(keywords.properties[keyword]);
    return kind === undefined ? [] : [{ keyword, kind }];
  })[0];
}

/** The kind of document that a keyword names, where it names one. */
export function documentKindOf(schema: JsonSchema | undefined): string | undefined {
  if (!schema) return undefined;
  if (typeof schema["x-document"] === "string") return schema["x-document"];
  const [first] = (schema.anyOf ?? []) as readonly JsonSchema[];
  return documentKindOf(first);
}

/** With a property changed; keywords that are `undefined` go. */
export function withKeywords(
  document: EntityDocument,
  name: string,
  given: Readonly<Record<string, unknown>>,
): EntityDocument {
  const merged = { ...document.properties[name], ...given };
  const property = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
  return { ...document, properties: { ...document.properties, [name]: property as unknown as Property } };
}

/** With a field of another type: what its keywords mean in both stays, the rest goes. */
export function withType(document: EntityDocument, name: string, type: FieldType<any>): EntityDocument {
  const old = document.properties[name]!;
  const common = [
    ...["$anchor", "title", "description", "readOnly", "deprecated", "visible_when", "when_hidden", "required_when"],
    ...("choices" in type.keywords.properties ? ["offers"] : []),
  ];
  const kept = Object.entries(old).filter(([key]) => common.includes(key) || key in type.keywords.properties);
  const property = { field: type.name, ...begun(type), ...Object.fromEntries(kept) } as unknown as Property;
  return { ...document, properties: { ...document.properties, [name]: { ...property, field: type.name } } };
}

/** With a field called otherwise; it keeps its place and everything in this document that names it follows. */
export function withName(document: EntityDocument, from: string, to: string): EntityDocument {
  const named = (name: string) => (name === from ? to : name);
  const entries = Object.entries(document.properties).map(([name, property]) => [named(name), property] as const);
  return {
    ...document,
    ...(document.name_field === undefined ? {} : { name_field: named(document.name_field) }),
    properties: Object.fromEntries(entries),
    ...(document.required ? { required: document.required.map(named) } : {}),
    ...(document.unique ? { unique: document.unique.map((names) => names.map(named)) } : {}),
  } as EntityDocument;
}

/** With a field that must be filled, or need not be. */
export function withRequired(document: EntityDocument, name: string, required: boolean): EntityDocument {
  const others = (document.required ?? []).filter((it) => it !== name);
  const { required: _, ...rest } = document;
  const wanted = required ? [...others, name] : others;
  return { ...rest, ...(wanted.length > 0 ? { required: wanted } : {}) } as EntityDocument;
}

/** Without a field. Its values are kept for 30 days. */
export function withoutField(document: EntityDocument, name: string): EntityDocument {
  const { [name]: _, ...properties } = document.properties;
  const { required, unique, name_field, ...rest } = withRequired(document, name, false);
  const sets = unique?.filter((names) => !names.includes(name)) ?? [];
  return {
    ...rest,
    ...(name_field === undefined || name_field === name ? {} : { name_field }),
    properties,
    ...(required ? { required } : {}),
    ...(sets.length > 0 ? { unique: sets } : {}),
  } as EntityDocument;
}

/** With a field some places up or down. */
export function withMoved(document: EntityDocument, name: string, by: number): EntityDocument {
  const entries = Object.entries(document.properties);
  const from = entries.findIndex(([it]) => it === name);
  const to = Math.max(0, Math.min(entries.length - 1, from + by));
  const [moved] = entries.splice(from, 1);
  if (moved) entries.splice(to, 0, moved);
  return { ...document, properties: Object.fromEntries(entries) };
}

/** A new entity with a name field, and the table view that shows it. */
export function newEntity(title: string, taken: readonly string[]): EntityDocument {
  return {
    $schema: "urn:trellis:entity:1",
    $id: nameFor(title, taken),
    $anchor: newAnchor("ent"),
    type: "object",
    title,
    name_field: "name",
    properties: { name: { $anchor: newAnchor("fld"), field: "text", title: "Name", maxLength: 200 } },
    required: ["name"],
  };
}

/** Entities that people design for, by title: neither the engine's own nor what is written beside other records. */
export function ownEntities(model: Model | undefined): readonly Entity[] {
  return [...(model?.entities.values() ?? [])]
    .filter(({ system, document }) => !system && document.activity === undefined)
    .sort((one, other) => one.title.localeCompare(other.title));
}

/** The first of some entities that a workflow leads: cases rather than people. */
export const firstLed = (entities: readonly Entity[]): Entity | undefined =>
  entities.find(({ stateFields }) => stateFields.length > 0);

/** What a new document can be about, by title, of documents of entities; a model need not come of the draft. */
export function draftedEntities(documents: readonly EntityDocument[]) {
  return documents
    .map(({ $id: name, title = name }) => ({ name, title }))
    .sort((one, other) => one.title.localeCompare(other.title));
}
