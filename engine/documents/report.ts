import type { ReportDocument, ReportMeasure } from "schemas";
import { checkReport } from "../check/report.ts";
import { at } from "../check/place.ts";
import { recordScope } from "../expression/scope.ts";
import type { Model } from "../model.ts";
import type { DocumentKind, Mention, Part, Said, Steps } from "./document-kind.ts";
import { entityName, expression, fieldName, fieldPath, named, stateMention } from "./mention.ts";
import { itself, saidOf, whole } from "./part.ts";

/** A report names entities, paths over references, what its expressions read, and calendars. */
export const report: DocumentKind<ReportDocument> = {
  check: (document, model) => checkReport(document, model),
  mentions: (document, model) => {
    const { source, dimensions = [], period, joined = [] } = document;
    const entity = model.entities.get(source);
    const inside = (name: string, given: unknown, steps: Steps) =>
      model.entities.has(name) ? expression(given, recordScope(model, name), steps) : [];
    return [
      ...entityName(model, source, ["source"]),
      ...dimensions.flatMap(({ path }, index) => fieldPath(model, entity, path, ["dimensions", index, "path"])),
      ...fieldPath(model, entity, period?.path, ["period", "path"]),
      ...fieldPath(model, entity, document.customers?.path, ["customers", "path"]),
      ...fieldPath(model, entity, document.customers?.date, ["customers", "date"]),
      ...inside(source, document.customers?.amount, ["customers", "amount"]),
      ...Object.entries(document.waterfall ?? {}).flatMap(([key, it]) => inside(source, it, ["waterfall", key])),
      ...inside(source, document.attribution?.amount, ["attribution", "amount"]),
      ...fieldPath(model, entity, document.attribution?.date, ["attribution", "date"]),
      ...(document.attribution?.touches ?? []).flatMap((touch, at): readonly Mention[] => {
        const [other, steps] = [model.entities.get(touch.source), ["attribution", "touches", at]];
        return [
          ...entityName(model, touch.source, [...steps, "source"]),
          ...(["of", "by", "date"] as const).flatMap((key) => fieldPath(model, other, touch[key], [...steps, key])),
          ...fieldPath(model, entity, touch.key, [...steps, "key"]),
          ...inside(touch.source, touch.filter, [...steps, "filter"]),
        ];
      }),
      ...inside(source, document.filter, ["filter"]),
      ...measureMentions(model, source, document.measures, ["measures"]),
      ...joined.flatMap((block, index): readonly Mention[] => {
        const other = model.entities.get(block.source);
        return [
          ...entityName(model, block.source, ["joined", index, "source"]),
          ...Object.entries(block.paths ?? {}).flatMap(([id, path]) =>
            fieldPath(model, other, path, ["joined", index, "paths", id]),
          ),
          ...fieldPath(model, other, block.period, ["joined", index, "period"]),
          ...inside(block.source, block.filter, ["joined", index, "filter"]),
          ...measureMentions(model, block.source, block.measures, ["joined", index, "measures"]),
        ];
      }),
    ];
  },
  parts: (document) => [
    whole(document, document.title, document.$id, "dimensions", "measures"),
    ...listed(document.dimensions ?? [], "dimensions", "Dimension"),
    ...listed(document.measures, "measures", "Measure"),
  ],
  said: (document) => [
    ...saidOf(itself, document),
    ...saidIn(document.dimensions ?? [], ["dimensions"], "Dimension"),
    ...saidIn(document.measures, ["measures"], "Measure"),
    ...(document.joined ?? []).flatMap(({ measures }, at) => saidIn(measures, ["joined", at, "measures"], "Measure")),
  ],
};

function measureMentions(model: Model, source: string, measures: readonly ReportMeasure[], steps: Steps) {
  const entity = model.entities.get(source);
  if (!entity) return [];
  const scope = recordScope(model, source);
  return measures.flatMap(({ of, where, path, state, calendar }, at): readonly Mention[] => [
    ...expression(of, scope, [...steps, at, "of"]),
    ...expression(where, scope, [...steps, at, "where"]),
    ...fieldName(entity, path, [...steps, at, "path"]),
    ...stateMention(model, entity.fields.get(path ?? ""), state, [...steps, at, "state"]),
    ...named(calendar ?? "", model.calendars.get(calendar ?? "")?.$anchor, [...steps, at, "calendar"]),
  ]);
}

const listed = (
  items: readonly { readonly id: string; readonly title?: string }[],
  key: string,
  what: string,
): readonly Part[] =>
  items.map(({ id, title = id, ...values }, index) => ({
    id: `/${key}/${id}`,
    path: at([key, index]),
    what,
    title,
    ordered: true,
    values,
  }));

const saidIn = (items: readonly { readonly id: string }[], steps: Steps, what: string): readonly Said[] =>
  items.flatMap((item, at) => saidOf({ id: `/${steps[0]}/${item.id}`, what, steps: [...steps, at] }, item, ["title"]));
