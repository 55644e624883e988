import type { DashboardDocument } from "schemas";
import { checkDashboard } from "../check/dashboard.ts";
import { at } from "../check/place.ts";
import type { DocumentKind, Mention } from "./document-kind.ts";
import { entityName, fieldPath, named } from "./mention.ts";
import { itself, saidOf, whole } from "./part.ts";

/** A dashboard names reports and views, and the fields of what it is filtered by. */
export const dashboard: DocumentKind<DashboardDocument> = {
  check: (document, model) => checkDashboard(document, model),
  mentions: (document, model) => [
    ...document.cards.flatMap(({ report, view }, index): readonly Mention[] => [
      ...named(report ?? "", model.reports.get(report ?? "")?.$anchor, ["cards", index, "report"]),
      ...named(view ?? "", model.views.get(view ?? "")?.$anchor, ["cards", index, "view"]),
    ]),
    ...(document.mails?.roles ?? []).flatMap((name, index) =>
      named(name, model.roles.get(name)?.$anchor, ["mails", "roles", index]),
    ),
    ...named(document.mails?.calendar ?? "", model.calendars.get(document.mails?.calendar ?? "")?.$anchor, [
      "mails",
      "calendar",
    ]),
    ...(document.filters ?? []).flatMap(({ source, path }, index): readonly Mention[] => [
      ...entityName(model, source, ["filters", index, "source"]),
      ...fieldPath(model, model.entities.get(source), path, ["filters", index, "path"]),
    ]),
  ],
  parts: (document) => [
    whole(document, document.title, document.$id, "cards"),
    ...document.cards.map(({ id, title = id, ...values }, index) => ({
      id: `/cards/${id}`,
      path: at(["cards", index]),
      what: "Card",
      title,
      ordered: true as const,
      values,
    })),
  ],
  said: (document) => [
    ...saidOf(itself, document),
    ...document.cards.flatMap((card, index) =>
      saidOf({ id: `/cards/${card.id}`, what: "Card", steps: ["cards", index] }, card, ["title"]),
    ),
    ...(document.filters ?? []).flatMap((filter, index) =>
      saidOf({ id: `/filters/${filter.id}`, what: "Filter", steps: ["filters", index] }, filter, ["title"]),
    ),
  ],
};
