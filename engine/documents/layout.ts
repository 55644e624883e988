import type { LayoutDocument } from "schemas";
import { checkLayoutExpressions } from "../check/expressions.ts";
import { checkLayout } from "../check/screens.ts";
import { at } from "../check/place.ts";
import { recordScope } from "../expression/scope.ts";
import type { DocumentKind, Part } from "./document-kind.ts";
import { entityName, expression, fieldPaths, listName } from "./mention.ts";
import { itself, rest, saidOf, shownParts, whole } from "./part.ts";

/** A layout names its entity, fields of it, lists and the fields of what stands in them. */
export const layout: DocumentKind<LayoutDocument> = {
  check: (document, model, known) => [
    ...checkLayout(model, document, known),
    ...checkLayoutExpressions(model, document),
  ],
  mentions: (document, model) => {
    const entity = model.entities.get(document.entity);
    return [
      ...entityName(model, document.entity, ["entity"]),
      ...fieldPaths(model, entity, document.facts, ["facts"]),
      ...(document.sections ?? []).flatMap(({ fields, visible_when }, index) => [
        ...fieldPaths(model, entity, fields, ["sections", index, "fields"]),
        ...expression(visible_when, recordScope(model, document.entity), ["sections", index, "visible_when"]),
      ]),
      ...fieldPaths(model, entity, document.quick_create, ["quick_create"]),
      ...(document.timeline ?? []).flatMap(({ list }, index) =>
        listName(entity, list, ["timeline", index, "list"], { spare: true }),
      ),
      ...(document.banners ?? []).flatMap(({ when }, index) =>
        expression(when, recordScope(model, document.entity), ["banners", index, "when"]),
      ),
      ...(document.related ?? []).flatMap(({ list, columns }, index) => [
        ...listName(entity, list, ["related", index, "list"]),
        ...fieldPaths(model, model.entities.get(entity?.inverses.get(list)?.entity ?? ""), columns, [
          "related",
          index,
          "columns",
        ]),
      ]),
    ];
  },
  parts: (document, model) => {
    const entity = model.entities.get(document.entity);
    return [
      whole(
        document,
        document.title,
        document.$id,
        "facts",
        "sections",
        "related",
        "quick_create",
        "timeline",
        "banners",
      ),
      ...shownParts(model, entity, { what: "Fact", paths: document.facts, steps: ["facts"] }),
      ...(document.sections ?? []).flatMap((section, index): readonly Part[] => {
        const id = `section ${section.title ?? index + 1}`;
        const steps = ["sections", index];
        return [
          {
            id,
            path: at(steps),
            what: "Section",
            title: section.title ?? String(index + 1),
            ordered: true,
            values: rest(section, "fields"),
          },
          ...shownParts(model, entity, {
            what: "Field",
            paths: section.fields,
            steps: [...steps, "fields"],
            within: id,
          }),
        ];
      }),
      ...(document.related ?? []).map((related, index): Part => {
        const list = entity?.inverses.get(related.list);
        const id = `list ${list ? list.reference.address : related.list}`;
        return {
          id,
          path: at(["related", index]),
          what: "List",
          title: related.list,
          ordered: true,
          values: rest(related, "list"),
        };
      }),
      ...(document.timeline ?? []).map((timeline, index): Part => {
        const list = entity?.inverses.get(timeline.list);
        const id = `timeline ${list ? list.reference.address : timeline.list}`;
        const path = at(["timeline", index]);
        return { id, path, what: "Timeline", title: timeline.list, ordered: true, values: rest(timeline, "list") };
      }),
      ...(document.banners ?? []).map((banner, index): Part => {
        const path = at(["banners", index]);
        return {
          id: `banner ${banner.text}`,
          path,
          what: "Banner",
          title: banner.text,
          ordered: true,
          values: rest(banner, "text"),
        };
      }),
      ...shownParts(model, entity, { what: "Asked field", paths: document.quick_create, steps: ["quick_create"] }),
    ];
  },
  said: (document) => [
    ...saidOf(itself, document),
    ...(document.sections ?? []).flatMap((section, index) =>
      saidOf({ id: `/${section.title}`, what: "Section", steps: ["sections", index] }, section),
    ),
  ],
};
