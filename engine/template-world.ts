import type { AnyDocument, EntityDocument } from "schemas";
import { readSound } from "./check/sound.ts";
import { partsOf } from "./documents/index.ts";
import { anchorOf, kindOf, nameOf } from "./model.ts";
import { same } from "./plan.ts";
import { fault, type Fault } from "./problem.ts";
import { keepNames } from "./references/keep-names.ts";
import { systemEntities } from "./system-entities.ts";
import { extendedKind, type Extension, type TemplateLayer } from "./template.ts";

/** What templates bring, as if nobody had changed anything: documents by their anchors. */
export interface World {
  readonly documents: ReadonlyMap<string, AnyDocument>;
  readonly faults: readonly Fault[];
}

/** Lays templates over each other, what they build on first. */
export function worldOf(layers: readonly TemplateLayer[]): World {
  const documents = new Map<string, AnyDocument>();
  const faults: Fault[] = [];
  for (const { manifest, documents: own, extensions } of layers) {
    for (const document of [manifest, ...own]) {
      const standing = documents.get(anchorOf(document));
      const shared = standing && systemEntities.some(({ $anchor }) => $anchor === anchorOf(document));
      if (shared) faults.push(...extend(documents, document as unknown as Extension));
      else documents.set(anchorOf(document), document);
    }
    for (const extension of extensions) faults.push(...extend(documents, extension));
  }
  return { documents, faults };
}

/** Adds what an extension brings to a document that stands. */
function extend(standing: Map<string, AnyDocument>, extension: Extension): readonly Fault[] {
  const kind = extendedKind(extension);
  return kind === "entity" ? extendEntity(standing, extension) : extendOther(standing, extension, kind);
}

/** Adds to a layout what it shows besides, behind its own; to a role rights on entities of which it says nothing. */
function extendOther(
  standing: Map<string, AnyDocument>,
  extension: Extension,
  kind: "layout" | "role",
): readonly Fault[] {
  const target = [...standing.values()].find((it) => kindOf(it) === kind && nameOf(it) === extension.$id);
  if (!target) return [fault("template.extends", { kind, name: extension.$id, path: `/${kind}/${extension.$id}` })];
  const own = target as unknown as Readonly<Record<string, unknown>>;
  const { facts, sections, related, timeline, banners, entities } = extension;
  const lists = Object.entries({ facts, sections, related, timeline, banners }).flatMap(([name, more]) => {
    const known = (own[name] ?? []) as readonly unknown[];
    const fresh = (more ?? []).filter((it) => !known.some((other) => same(it, other)));
    return fresh.length > 0 ? [[name, [...known, ...fresh]] as const] : [];
  });
  const rights = entities ? { entities: { ...entities, ...(own.entities as object) } } : {};
  standing.set(anchorOf(target), { ...own, ...Object.fromEntries(lists), ...rights } as unknown as AnyDocument);
  return [];
}

/** Adds what an extension brings to an entity. */
function extendEntity(standing: Map<string, AnyDocument>, extension: Extension): readonly Fault[] {
  const entity = [...standing.values()].find((it) => kindOf(it) === "entity" && nameOf(it) === extension.$id);
  const target = (entity as EntityDocument | undefined) ?? systemExtension(extension.$id);
  if (!target) return [fault("document.entity_unknown", { entity: extension.$id, path: `/entity/${extension.$id}` })];
  const anchors = new Set(Object.values(target.properties).map(({ $anchor }) => $anchor));
  const fresh = Object.entries(extension.properties ?? {}).filter(([, { $anchor }]) => !anchors.has($anchor));
  const taken = fresh.filter(([name]) => Object.hasOwn(target.properties, name));
  const properties = { ...target.properties, ...Object.fromEntries(fresh) };
  for (const [name, more] of Object.entries(extension.targets ?? {})) {
    const property = properties[name];
    if (property && Array.isArray(property.to))
      properties[name] = { ...property, to: [...new Set([...(property.to as readonly string[]), ...more])] };
  }
  for (const [name, given] of Object.entries(extension.defaults ?? {}))
    if (properties[name]) properties[name] = { ...properties[name], default: given };
  const known = new Set((target.rules ?? []).map(({ $anchor }) => $anchor));
  const rules = [...(target.rules ?? []), ...(extension.rules ?? []).filter(({ $anchor }) => !known.has($anchor))];
  standing.set(target.$anchor, { ...target, properties, ...(rules.length > 0 ? { rules } : {}) });
  return taken.map(([name]) =>
    fault("template.conflict", { kind: "field", name, path: `/entity/${extension.$id}/properties/${name}` }),
  );
}

/** The document by which a workspace extends one of the engine's own entities. */
export function systemExtension(name: string): EntityDocument | undefined {
  const base = systemEntities.find(({ $id }) => $id === name);
  if (!base) return undefined;
  const { $schema, $id, $anchor, type, title } = base;
  return { $schema, $id, $anchor, type, title, properties: {} };
}

/**
 * The same documents in the words of a workspace: what its people call otherwise than the templates did (`base`) is
 * called so here too, in every text that names it.
 */
export function inTheWordsOf(
  published: readonly AnyDocument[],
  base: ReadonlyMap<string, AnyDocument>,
  world: ReadonlyMap<string, AnyDocument>,
): ReadonlyMap<string, AnyDocument> {
  const live = new Map(published.map((document) => [anchorOf(document), document]));
  const models = { base: readSound([...base.values()]), live: readSound(published) };
  const renamed = [...world].map(([anchor, document]): AnyDocument => {
    const [was, is] = [base.get(anchor), live.get(anchor)];
    if (!was || !is || kindOf(was) !== kindOf(is)) return document;
    const before = new Map(partsOf(was, models.base).map((part) => [part.id, part.name]));
    const names = new Map(
      partsOf(is, models.live).flatMap(({ id, name }) =>
        name !== undefined && before.get(id) !== undefined && before.get(id) !== name ? [[id, name] as const] : [],
      ),
    );
    return names.size === 0 ? document : called(document, names, readSound([...world.values()]));
  });
  const given = [...world.values()];
  if (renamed.every((document, at) => document === given[at])) return world;
  return new Map(keepNames(given, renamed).documents.map((document) => [anchorOf(document), document]));
}

/** A document whose parts have other names; what mentions them is left as it was. */
function called(
  document: AnyDocument,
  names: ReadonlyMap<string, string>,
  model: ReturnType<typeof readSound>,
): AnyDocument {
  const keys = new Map<string, string>();
  for (const { id, path, name } of partsOf(document, model)) {
    const to = names.get(id);
    if (to !== undefined && path !== "" && path.endsWith(`/${name}`)) keys.set(path, to);
  }
  const visit = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => visit(item, `${path}/${index}`));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const here = `${path}/${key}`;
        return [keys.get(here) ?? key, visit(item, here)];
      }),
    );
  };
  const own = names.get("");
  const root = "$id" in document ? "$id" : "id";
  return { ...(visit(document, "") as AnyDocument), ...(own === undefined ? {} : { [root]: own }) } as AnyDocument;
}
