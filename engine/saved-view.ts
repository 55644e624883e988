import type { ViewDocument } from "schemas";
import type { Access } from "./access.ts";
import { shapeFaults } from "./check.ts";
import { checkExpression } from "./expression/check.ts";
import type { Model } from "./model.ts";
import { fault, Problem, type Fault } from "./problem.ts";
import { planList, readerScope } from "./query.ts";

/** What a person keeps of a way of looking at records: a view without an identity among documents. */
export type SavedView = Omit<ViewDocument, "$schema" | "$id" | "$anchor" | "order">;

const path = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/;

/** A saved view as a document, so that it is checked, shown and renamed like those of the model. */
export function viewOf(view: SavedView, id = "saved"): ViewDocument {
  return { $schema: "urn:trellis:view:1", $id: id, $anchor: "view_saved", ...view };
}

/** What of a document is kept of a saved view. */
export function savedOf({ $schema: _schema, $id: _id, $anchor: _anchor, ...view }: ViewDocument): SavedView {
  return view;
}

/**
 * What stands against a view for a reader: its shape, and every name that she cannot read; a hidden field and one that
 * is not there are the same. Paths are those of the view.
 */
export function savedViewFaults(
  model: Model,
  access: Access,
  given: Readonly<Record<string, unknown>>,
): readonly Fault[] {
  const own = ["$schema", "$id", "$anchor", "order"].filter((name) => name in given);
  if (own.length > 0) return own.map((name) => fault("query.unknown", { name, path: `/${name}` }));
  const document = viewOf(given as unknown as SavedView);
  const shape = shapeFaults(document as unknown as Record<string, unknown>);
  if (shape.length > 0) return shape.map((it) => ({ ...it, path: it.path.replace(/^\/view\/saved/, "") }));
  const { entity } = document;
  if (!access.entity(entity)) return [fault("entity.unknown", { entity, path: "/entity" })];
  const scope = readerScope(model, access, entity);
  const named = [
    ...(document.columns ?? []).map((text, at) => [text, `/columns/${at}`] as const),
    ...(["group", "measure", "date"] as const).flatMap((key) => {
      const text = document[key];
      return text === undefined ? [] : [[text, `/${key}`] as const];
    }),
  ];
  return [
    ...named.flatMap(([text, place]) =>
      path.test(text)
        ? checkExpression(text, scope).faults.map((it) => ({ ...it, path: place }))
        : [fault("field.unknown", { entity, field: text.slice(0, 80), path: place })],
    ),
    ...listFaults(model, access, document),
  ];
}

function listFaults(model: Model, access: Access, { entity, filter, sort, colours }: ViewDocument): readonly Fault[] {
  const query = {
    ...(filter ? { filter: filter.cel } : {}),
    ...(sort ? { sort } : {}),
    ...(colours ? { colours: JSON.stringify(colours.map(({ when }) => when.cel)) } : {}),
  };
  try {
    planList(model, access, entity, query);
    return [];
  } catch (error) {
    if (error instanceof Problem) return error.faults;
    throw error;
  }
}
