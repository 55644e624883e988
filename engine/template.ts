import type { AnyDocument, EntityDocument, Property, Rule, TemplateDocument } from "schemas";
import { compareVersions, satisfies } from "./check/template.ts";
import { mergeThree } from "./merge.ts";
import { anchorOf, kindOf, nameOf } from "./model.ts";
import { same } from "./plan.ts";
import { fault, problem, type Fault } from "./problem.ts";
import { systemEntities } from "./system-entities.ts";

/** What a template adds to another one's entity. */
export interface Extension {
  readonly $id: string;
  readonly properties?: Readonly<Record<string, Property>>;
  /** More entities that a reference may point at. */
  readonly targets?: Readonly<Record<string, readonly string[]>>;
  readonly rules?: readonly Rule[];
}

/** Records that a template brings as samples; references name `external_id`s. */
export interface Samples {
  readonly entity: string;
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

/** A template as its folder holds it. */
export interface TemplatePackage {
  readonly manifest: TemplateDocument;
  readonly documents: readonly AnyDocument[];
  readonly extensions: readonly Extension[];
  readonly samples: readonly Samples[];
}

/** What the workspace is to have after an installation, or what stands in its way. */
export interface Laid {
  readonly documents: readonly AnyDocument[];
  /** The template's own text of each document, by the anchor under which it now stands. */
  readonly base: ReadonlyMap<string, AnyDocument>;
  readonly faults: readonly Fault[];
}

/**
 * The templates to be installed for one of them, what it builds on first. Nothing where this version is installed; an
 * older one than the installed is refused.
 */
export function installOrder(
  packages: ReadonlyMap<string, TemplatePackage>,
  name: string,
  installed: ReadonlyMap<string, TemplateDocument>,
): readonly TemplatePackage[] {
  const order: TemplatePackage[] = [];
  const visit = (wanted: string, range: string | undefined, from: string, trail: readonly string[]) => {
    const found = packages.get(wanted);
    const present = installed.get(wanted);
    if (range !== undefined && present && satisfies(present.version, range)) return;
    if (!found && range === undefined) throw problem("template.missing", { name: wanted.slice(0, 80) });
    if (!found || trail.includes(wanted) || (range !== undefined && !satisfies(found.manifest.version, range)))
      throw problem("template.need", { name: from, needs: wanted, range: range ?? "" });
    for (const [needs, version] of Object.entries(found.manifest.needs ?? {}))
      visit(needs, version, wanted, [...trail, wanted]);
    if (!order.includes(found)) order.push(found);
  };
  const [present, given] = [installed.get(name), packages.get(name)];
  const newer = present && given ? compareVersions(given.manifest.version, present.version) : 1;
  if (present && newer < 0) throw problem("template.older", { name, installed: present.version });
  if (newer > 0) visit(name, undefined, name, []);
  return order;
}

/**
 * Lays a template over the documents of a workspace. `base` holds what its installed version brought: with it, a new
 * version is merged with what the customer changed. What the customer made herself stands in the way, unless `adopt`
 * names it (`<kind>/<name>`): then her document stays and takes what it lacks.
 */
export function layTemplate(
  published: readonly AnyDocument[],
  { manifest, documents, extensions }: TemplatePackage,
  base: ReadonlyMap<string, AnyDocument>,
  adopt: ReadonlySet<string>,
): Laid {
  const standing = new Map(published.map((document) => [anchorOf(document), document]));
  const laid = new Map<string, AnyDocument>();
  const faults: Fault[] = [];
  for (const document of [manifest, ...documents]) {
    const [anchor, kind, name] = [anchorOf(document), kindOf(document), nameOf(document)];
    const old = base.get(anchor);
    const present =
      standing.get(anchor) ?? [...standing.values()].find((it) => kindOf(it) === kind && nameOf(it) === name);
    if (old && !standing.has(anchor)) continue;
    if (present && !old && !adopt.has(`${kind}/${name}`)) {
      faults.push(fault("template.conflict", { kind, name, path: `/${kind}/${name}`, hint: "adopt" }));
      continue;
    }
    const merged = present ? (mergeThree(old, document, present) as AnyDocument) : document;
    standing.set(anchorOf(merged), merged);
    laid.set(anchorOf(merged), document);
  }
  for (const [anchor, old] of base) if (!laid.has(anchor) && same(standing.get(anchor), old)) standing.delete(anchor);
  for (const extension of extensions) faults.push(...extend(standing, extension));
  return { documents: [...standing.values()], base: laid, faults };
}

/** Adds what an extension brings and the entity does not have yet. */
function extend(standing: Map<string, AnyDocument>, extension: Extension): readonly Fault[] {
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
  const known = new Set((target.rules ?? []).map(({ $anchor }) => $anchor));
  const rules = [...(target.rules ?? []), ...(extension.rules ?? []).filter(({ $anchor }) => !known.has($anchor))];
  standing.set(target.$anchor, { ...target, properties, ...(rules.length > 0 ? { rules } : {}) });
  return taken.map(([name]) =>
    fault("template.conflict", { kind: "field", name, path: `/entity/${extension.$id}/properties/${name}` }),
  );
}

/** The document by which a workspace extends one of the engine's own entities. */
function systemExtension(name: string): EntityDocument | undefined {
  const base = systemEntities.find(({ $id }) => $id === name);
  if (!base) return undefined;
  const { $schema, $id, $anchor, type, title } = base;
  return { $schema, $id, $anchor, type, title, properties: {} };
}
