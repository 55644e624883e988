import { usesWithin, type Model, type Use } from "engine";

/** The sign of a kind of document. */
export const signOf = (kind: string): string => signs[kind] ?? "file";

const signs: Readonly<Record<string, string>> = {
  workflow: "workflow",
  view: "table",
  layout: "layout",
  role: "shield",
  entity: "formula",
  translation: "languages",
};

/** Where one changes what uses something; nothing for documents that no designer is for. */
export function designerOf({ kind, name, path }: Use): string | undefined {
  const [part, inside] = path.split("/").slice(1);
  if (kind === "entity" && part === "properties" && inside) return `/design/entity/${name}?field=${inside}`;
  if (kind === "entity") return `/design/entity/${name}${part === "rules" ? "?tab=rules" : ""}`;
  if (kind === "role") return `/design/roles?role=${name}`;
  return ["view", "layout", "workflow", "value-set", "calendar"].includes(kind) ? `/design/${kind}/${name}` : undefined;
}

/** The fields that take their choices from a set, among its uses. */
export const fieldsAmong = (uses: readonly Use[]): readonly Use[] =>
  uses.filter(({ kind, path }) => kind === "entity" && path.endsWith("/value_set"));

/** Where a document or a part of it is used; nowhere, as far as one can tell, while documents do not hold together. */
export const usesOfDocument = (model: Model | undefined, { $anchor }: { readonly $anchor: string }): readonly Use[] =>
  model ? usesWithin(model, $anchor) : [];
