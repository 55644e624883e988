import type { DashboardDocument } from "schemas";
import { accessOf, adminRole } from "../access.ts";
import { checkExpression } from "../expression/check.ts";
import type { Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { readerScope } from "../query.ts";
import { near, placeOf } from "./place.ts";

/** What a dashboard names: each card one report or one view, each filter a field of its entity. */
export function checkDashboard(document: DashboardDocument, model: Model): readonly Fault[] {
  const wanted = (text: string, ...steps: readonly (string | number)[]) =>
    fault("document.malformed", { wanted: text, path: placeOf(document, ...steps) });
  const ids = [...document.cards, ...(document.filters ?? [])].map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  return [
    ...(twice === undefined ? [] : [wanted(`has each id once, and not "${twice}" again`, "cards")]),
    ...document.cards.flatMap(({ report, view }, at) => {
      if ((report === undefined) === (view === undefined)) return [wanted("shows one report or one view", "cards", at)];
      const [kind, name, known] =
        report === undefined ? (["view", view!, model.views] as const) : (["report", report, model.reports] as const);
      if (known.has(name)) return [];
      return [
        fault("document.missing", {
          kind,
          name,
          path: placeOf(document, "cards", at, kind),
          ...near(name, known.keys()),
        }),
      ];
    }),
    ...(document.mails?.roles ?? []).flatMap((name, at) => {
      const path = placeOf(document, "mails", "roles", at);
      const known = name === adminRole || model.roles.has(name);
      return known ? [] : [fault("document.missing", { kind: "role", name, path, ...near(name, model.roles.keys()) })];
    }),
    ...(document.mails?.calendar === undefined || model.calendars.has(document.mails.calendar)
      ? []
      : [
          fault("document.missing", {
            ...{ kind: "calendar", name: document.mails.calendar, path: placeOf(document, "mails", "calendar") },
            ...near(document.mails.calendar, model.calendars.keys()),
          }),
        ]),
    ...(document.filters ?? []).flatMap(({ source, path }, at) => {
      const place = placeOf(document, "filters", at, "path");
      if (!model.entities.has(source))
        return [fault("entity.unknown", { entity: source, path: placeOf(document, "filters", at, "source") })];
      const { faults } = checkExpression(path, readerScope(model, accessOf(model, [adminRole]), source));
      return faults.map((it) => ({ ...it, path: place }));
    }),
  ];
}
