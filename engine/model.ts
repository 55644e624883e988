import {
  schemas,
  type AnyDocument,
  type Choice,
  type EntityDocument,
  type Kind,
  type Property,
  type ValueSetDocument,
  type WorkspaceDocument,
} from "schemas";
import type { FieldOf, FieldType } from "./field-types/field-type.ts";
import { fieldTypes } from "./field-types/index.ts";
import { systemEntities, systemFields } from "./system-entities.ts";
import type { KeptVersions } from "./workflow/kept.ts";

/** One field of an entity, with its type at hand. */
export interface Field {
  /** The present name: the property in the API, the column in the table. */
  readonly name: string;
  readonly anchor: string;
  /** `<entity anchor>#<field anchor>`: the identity, for ever. */
  readonly address: string;
  readonly entity: string;
  readonly title: string;
  readonly type: FieldType<any>;
  /** The property with its name, the defaults of its type's keywords, and the choices of its value set filled in. */
  readonly property: FieldOf<any>;
  /** Column name to PostgreSQL type. */
  readonly columns: Readonly<Record<string, string>>;
  readonly required: boolean;
  /** One of the fields that every entity has. */
  readonly system: boolean;
  /** Refused in writes: computed, or marked `readOnly`. */
  readonly readOnly: boolean;
  /** The entities that a reference may point at; empty for other types. */
  readonly targets: readonly string[];
  /** The same entities by their anchors. */
  readonly targetAnchors: readonly string[];
}

/** A list on an entity: the records whose reference points at it. */
export interface Inverse {
  readonly name: string;
  /** The entity that has the list. */
  readonly on: string;
  /** The entity of the records in the list, and the reference of theirs that points here. */
  readonly entity: string;
  readonly reference: Field;
}

/** An entity as the engine reads it. */
export interface Entity {
  readonly name: string;
  readonly anchor: string;
  readonly title: string;
  readonly plural: string;
  readonly document: EntityDocument;
  /** Own fields first, in the order of the document, then the system's. */
  readonly fields: ReadonlyMap<string, Field>;
  readonly nameField: Field | undefined;
  readonly inverses: ReadonlyMap<string, Inverse>;
  /** The fields that a workflow owns. */
  readonly stateFields: readonly Field[];
  /** One of the engine's own: user, team, user_team. */
  readonly system: boolean;
}

/** The documents of one kind. */
export type DocumentOf<Each extends Kind> = Extract<AnyDocument, { readonly $schema?: `urn:trellis:${Each}:1` }>;

/** What many documents of a kind are called: `value-set` gives `valueSets`. */
type Many<Each extends string> = Each extends `${infer First}-${infer Last}`
  ? `${First}${Capitalize<Plural<Last>>}`
  : Plural<Each>;
type Plural<Each extends string> = Each extends `${infer Stem}cy`
  ? `${Stem}cies`
  : Each extends `${string}x`
    ? `${Each}es`
    : `${Each}s`;

/** The documents of each kind by their names. Entities are read further, and of the workspace there is one. */
type DocumentsByName = {
  readonly [Each in Exclude<Kind, "entity" | "workspace"> as Many<Each>]: ReadonlyMap<string, DocumentOf<Each>>;
};

/** All published metadata: checked, indexed, frozen. */
export interface Model extends DocumentsByName {
  readonly version: number;
  /** The documents of the workspace, without the engine's own entities. */
  readonly documents: readonly AnyDocument[];
  readonly entities: ReadonlyMap<string, Entity>;
  readonly workspace: WorkspaceDocument;
  /** Earlier versions of workflows with which runs stay. */
  readonly kept: KeptVersions;
  /** Of whoever comes by a portal: the entity of its persons, of which she is a record. Conditions call her `me`. */
  readonly me?: string;
}

/** The kind of a document, read from its `$schema`; a workflow may do without one. */
export function kindOf(document: AnyDocument): Kind {
  const named = /^urn:trellis:([a-z-]+):1$/.exec(document.$schema ?? "urn:trellis:workflow:1");
  return (named?.[1] ?? "workflow") as Kind;
}

/** The present name of a document, unique among its kind. */
export function nameOf(document: AnyDocument): string {
  return "$id" in document ? document.$id : document.id;
}

/** The identity of a document, for ever. */
export function anchorOf(document: AnyDocument): string {
  return "$anchor" in document ? document.$anchor : document.meta.id;
}

const unnamedWorkspace: WorkspaceDocument = {
  $schema: "urn:trellis:workspace:1",
  $id: "workspace",
  $anchor: "workspace",
  name: "Trellis",
  currency: "USD",
  time_zone: "UTC",
  languages: ["en"],
};

/** The entities of the engine, and the fields that it gives every entity. */
interface EngineOwn {
  readonly entities: readonly EntityDocument[];
  readonly fields: Readonly<Record<string, Property>>;
}

/**
 * The model of a set of documents. It trusts them: `check` says first whether they hold together. An entity whose name
 * is `user`, `team` or `user_team` extends the engine's own, which may be given as they are called in another language.
 * Runs of workflows stay with the versions in `kept`.
 */
export function readModel(
  documents: readonly AnyDocument[],
  version = 0,
  base: EngineOwn = { entities: systemEntities, fields: systemFields },
  kept: KeptVersions = new Map(),
): Model {
  const own = documentsOf(documents, "entity");
  const entityDocuments = [
    ...base.entities.map((it) => extended(it, own.get(it.$id))),
    ...[...own.values()].filter(({ $id }) => !systemEntities.some((base) => base.$id === $id)),
  ];
  const byName = documentsByName(documents);
  const anchors = new Map(entityDocuments.map(({ $id, $anchor }) => [$id, $anchor]));
  const entities = new Map(
    entityDocuments.map((document) => [document.$id, readEntity(document, byName.valueSets, anchors, base)]),
  );
  linkInverses(entities);
  return Object.freeze({
    version,
    documents,
    entities,
    ...byName,
    kept,
    workspace: documentsOf(documents, "workspace").get("workspace") ?? unnamedWorkspace,
  });
}

function documentsByName(documents: readonly AnyDocument[]): DocumentsByName {
  const many = (kind: string) =>
    `${kind
      .replace(/-(.)/, (_, letter: string) => letter.toUpperCase())
      .replace(/cy$/, "cie")
      .replace(/x$/, "xe")}s`;
  const kinds = (Object.keys(schemas) as Kind[]).filter((kind) => kind !== "entity" && kind !== "workspace");
  const named = kinds.map((kind) => [many(kind), documentsOf(documents, kind)] as const);
  return Object.fromEntries<unknown>(named) as DocumentsByName;
}

function documentsOf<Each extends Kind>(documents: readonly AnyDocument[], kind: Each) {
  return new Map(documents.filter((it) => kindOf(it) === kind).map((it) => [nameOf(it), it as DocumentOf<Each>]));
}

/** The choices of a select: its own, or those of its value set. */
export function choicesOf(model: Model, property: Property): readonly Choice[] {
  if (typeof property.value_set === "string") return model.valueSets.get(property.value_set)?.choices ?? [];
  return (property.choices as readonly Choice[] | undefined) ?? [];
}

function extended(base: EntityDocument, by: EntityDocument | undefined): EntityDocument {
  if (!by) return base;
  return {
    ...by,
    $anchor: base.$anchor,
    properties: { ...by.properties, ...base.properties },
    required: [...new Set([...(base.required ?? []), ...(by.required ?? [])])],
    unique: [...(base.unique ?? []), ...(by.unique ?? [])],
  };
}

function readEntity(
  document: EntityDocument,
  valueSets: ReadonlyMap<string, ValueSetDocument>,
  anchors: ReadonlyMap<string, string>,
  base: EngineOwn,
): Entity {
  const fields = new Map<string, Field>();
  const add = (name: string, given: Property, system: boolean) => {
    const set = typeof given.value_set === "string" ? valueSets.get(given.value_set) : undefined;
    const field = readField(document, name, set ? { ...given, choices: set.choices } : given, system);
    const targetAnchors = field?.targets.map((target) => anchors.get(target) ?? target) ?? [];
    if (field) fields.set(name, { ...field, targetAnchors });
  };
  for (const [name, property] of Object.entries(document.properties)) add(name, property, false);
  for (const [name, property] of Object.entries(base.fields)) add(name, property, true);
  return {
    name: document.$id,
    anchor: document.$anchor,
    title: document.title,
    plural: document.plural ?? `${document.title}s`,
    document,
    fields,
    nameField: document.name_field === undefined ? undefined : fields.get(document.name_field),
    inverses: new Map(),
    stateFields: [...fields.values()].filter(({ type }) => type.name === "state"),
    system: systemEntities.some(({ $id }) => $id === document.$id),
  };
}

function readField(
  entity: EntityDocument,
  name: string,
  given: Property,
  system: boolean,
): Omit<Field, "targetAnchors"> | undefined {
  const type: FieldType<any> | undefined = (fieldTypes as Record<string, FieldType<any>>)[given.field];
  if (!type) return undefined;
  const property = withDefaults(type, name, given);
  const to = property.to as string | readonly string[] | undefined;
  return {
    name,
    anchor: given.$anchor,
    address: `${entity.$anchor}#${given.$anchor}`,
    entity: entity.$id,
    title: given.title,
    type,
    property,
    columns: type.columns(property),
    required: entity.required?.includes(name) ?? false,
    system,
    readOnly: given.readOnly === true || type.computed === true,
    targets: type.name === "user" ? ["user"] : to === undefined ? [] : typeof to === "string" ? [to] : to,
  };
}

/** A property with its name and the defaults of its type's keywords filled in. */
export function withDefaults(type: FieldType<any>, name: string, given: object): FieldOf<any> {
  const defaults = Object.entries(type.keywords.properties).flatMap(([key, schema]) =>
    "default" in schema ? [[key, schema.default] as const] : [],
  );
  return { ...Object.fromEntries(defaults), ...given, name } as FieldOf<any>;
}

function linkInverses(entities: ReadonlyMap<string, Entity>): void {
  for (const entity of entities.values())
    for (const reference of entity.fields.values()) {
      const name = reference.property.inverse as string | undefined;
      if (name === undefined) continue;
      for (const on of reference.targets)
        (entities.get(on)?.inverses as Map<string, Inverse> | undefined)?.set(name, {
          name,
          on,
          entity: entity.name,
          reference,
        });
    }
}
