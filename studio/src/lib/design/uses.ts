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
  form: "file-text",
  portal: "globe",
  purpose: "user-check",
  conversion: "arrow-right",
  "sla-policy": "hourglass",
  "duplicate-rule": "copy",
  queue: "layers",
  mailbox: "inbox",
  snippet: "sticky-note",
};

/** Where one changes what uses something; nothing for documents that no designer is for. */
export function designerOf({ kind, name, path }: Use): string | undefined {
  const [part, inside] = path.split("/").slice(1);
  if (kind === "entity" && part === "properties" && inside) return `/design/entity/${name}?field=${inside}`;
  if (kind === "entity") return `/design/entity/${name}${part === "rules" ? "?tab=rules" : ""}`;
  if (kind === "role") return `/design/roles?role=${name}`;
  if (kind === "mailbox") return `/design/mailboxes/${name}`;
  return designed.has(kind) ? `/design/${kind}/${name}` : undefined;
}

/** Kinds whose documents have a page of their own under their name. */
const designed: ReadonlySet<string> = new Set([
  ...[
    "view",
    "layout",
    "workflow",
    "value-set",
    "calendar",
    "form",
    "portal",
    "purpose",
    "conversion",
    "sla-policy",
    "duplicate-rule",
    "queue",
    "snippet",
    "segment",
    "score",
    "message",
    "survey",
    "report",
    "dashboard",
  ],
]);

/** The fields that take their choices from a set, among its uses. */
export const fieldsAmong = (uses: readonly Use[]): readonly Use[] =>
  uses.filter(({ kind, path }) => kind === "entity" && path.endsWith("/value_set"));

/** Where a document or a part of it is used; nowhere, as far as one can tell, while documents do not hold together. */
export const usesOfDocument = (model: Model | undefined, { $anchor }: { readonly $anchor: string }): readonly Use[] =>
  model ? usesWithin(model, $anchor) : [];
