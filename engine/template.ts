import type { AnyDocument, LayoutDocument, Property, RoleDocument, Rule, TemplateDocument } from "schemas";
import { compareVersions, satisfies } from "./check/template.ts";
import { problem } from "./problem.ts";

/**
 * What a template adds to another one's document: fields, targets, defaults and rules to an entity; to a layout, what it shows; to a
 * role, rights on entities that it knows nothing of.
 */
export interface Extension {
  readonly $schema?: string;
  readonly $id: string;
  readonly properties?: Readonly<Record<string, Property>>;
  /** More entities that a reference may point at. */
  readonly targets?: Readonly<Record<string, readonly string[]>>;
  /** What fields hold that are left empty, in place of what they would: what only stands together knows better. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  readonly rules?: readonly Rule[];
  readonly facts?: LayoutDocument["facts"];
  readonly sections?: LayoutDocument["sections"];
  readonly related?: LayoutDocument["related"];
  readonly timeline?: LayoutDocument["timeline"];
  readonly banners?: LayoutDocument["banners"];
  readonly entities?: RoleDocument["entities"];
}

/** What an extension extends, where that is no entity. */
export const extendedKind = ({ $schema }: Pick<Extension, "$schema">): "entity" | "layout" | "role" =>
  $schema === "urn:trellis:layout:1" ? "layout" : $schema === "urn:trellis:role:1" ? "role" : "entity";

/** Records that a template brings as samples; references name `external_id`s. */
export interface Samples {
  readonly entity: string;
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

/** What a template brings, without its samples: what a merge needs to know of it. */
export interface TemplateLayer {
  readonly manifest: TemplateDocument;
  readonly documents: readonly AnyDocument[];
  readonly extensions: readonly Extension[];
}

/** A template as its folder holds it. */
export interface TemplatePackage extends TemplateLayer {
  readonly samples: readonly Samples[];
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
