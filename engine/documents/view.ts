import type { ViewDocument } from "schemas";
import { checkViewExpressions } from "../check/expressions.ts";
import { checkView } from "../check/screens.ts";
import { at } from "../check/place.ts";
import { filterScope } from "../expression/scope.ts";
import type { DocumentKind, Mention, Part } from "./document-kind.ts";
import { entityName, expression, expressionsIn, fieldPath, fieldPaths } from "./mention.ts";
import { itself, saidOf, shownParts, whole } from "./part.ts";

/** A view names its entity, paths over references, and what its filter reads. */
export const view: DocumentKind<ViewDocument> = {
  check: (document, model, known) => [...checkView(model, document, known), ...checkViewExpressions(model, document)],
  mentions: (document, model) => {
    const entity = model.entities.get(document.entity);
    return [
      ...entityName(model, document.entity, ["entity"]),
      ...fieldPaths(model, entity, document.columns, ["columns"]),
      ...sortParts(document.sort).flatMap(({ path, offset }) =>
        fieldPath(model, entity, path, ["sort"], { offset, spare: true }),
      ),
      ...(["group", "measure", "date"] as const).flatMap((key): readonly Mention[] =>
        document[key] === undefined ? [] : fieldPath(model, entity, document[key], [key], { spare: true }),
      ),
      ...(entity ? expression(document.filter, filterScope(model, entity.name), ["filter"]) : []),
      ...(entity ? expressionsIn(document.colours, filterScope(model, entity.name), ["colours"]) : []),
    ];
  },
  parts: (document, model) => [
    whole(document, document.title, document.$id, "columns", "colours"),
    ...shownParts(model, model.entities.get(document.entity), {
      what: "Column",
      paths: document.columns,
      steps: ["columns"],
    }),
    ...(document.colours ?? []).map(({ title, ...values }, index): Part => ({
      id: `/colours/${title}`,
      path: at(["colours", index]),
      what: "Colour",
      title,
      ordered: true,
      values,
    })),
  ],
  said: (document) => [
    ...saidOf(itself, document),
    ...(document.colours ?? []).flatMap((colour, index) =>
      saidOf({ id: `/colours/${colour.title}`, what: "Colour", steps: ["colours", index] }, colour),
    ),
  ],
};

/** The paths of `-amount,company.name`, and where each begins. */
function sortParts(sort = ""): readonly { readonly path: string; readonly offset: number }[] {
  return [...sort.matchAll(/[^,]+/g)].map(({ 0: part, index }) => {
    const path = part.trim().replace(/^-/, "");
    return { path, offset: index + part.indexOf(path) };
  });
}
