import type { DescribedEntity, DescribedField } from "engine";
import type { ViewDocument } from "schemas";
import { joined, readClauses } from "./filter.ts";

/** A view as it is looked at. */
export interface Looked {
  /** The view with what the URL says otherwise: its type, columns, order, groups and date. */
  readonly view: ViewDocument;
  /** Beyond the filter of the view: conditions by hand. */
  readonly filter: string;
}

/** What the URL may say otherwise than the view does. */
export const otherwise = ["filter", "base", "sort", "group", "columns", "as"] as const;

/** How a view calls its look: `table`, `board`, or `calendar:close_date` by a field. */
export function asOf({ type, date }: ViewDocument): string {
  return type === "calendar" && date ? `${type}:${date}` : type;
}

/** What the URL leaves out, because the view says it itself. */
export function ownOf(view: ViewDocument, looked: ViewDocument): Readonly<Record<string, string>> {
  const sameType = view.type === looked.type;
  return {
    sort: view.sort ?? "",
    group: sameType ? (view.group ?? "") : "",
    columns: (view.columns ?? []).join(","),
    as: asOf(view),
  };
}

/** Looks at a view with the eyes of the URL. `base=none` sets the view's own filter aside. */
export function lookedAt(view: ViewDocument, query: Pick<URLSearchParams, "get">): Looked {
  const { filter: own, sort, group, columns, date, ...rest } = view;
  const [type = view.type, by = date] = (query.get("as") || asOf(view)).split(":");
  const filter = query.get("base") === "none" ? undefined : own;
  const chosen = (query.get("columns") ?? "").split(",").filter(Boolean);
  const parts = {
    filter,
    sort: query.get("sort") ?? sort,
    group: type === "table" ? (query.get("group") ?? (view.type === type ? group : "")) : group,
    columns: chosen.length > 0 ? chosen : columns,
    date: by,
  };
  return { view: { ...rest, type, ...given(parts) }, filter: query.get("filter") ?? "" };
}

/** What is looked at as one view, as it would be kept. */
export function keptOf({ view, filter }: Looked): ViewDocument {
  const { filter: own, ...rest } = view;
  const cel = joined([own?.cel ?? "", filter]);
  return { ...rest, ...(cel === "" ? {} : { filter: { cel } }) };
}

const compared = ["type", "columns", "filter", "sort", "group", "date"] as const;

/** What of a view is looked at otherwise than it says; nothing stands for a part that is taken out. */
export function changesOf(view: ViewDocument, looked: Looked): Readonly<Record<string, unknown>> {
  const kept = keptOf(looked);
  return Object.fromEntries(
    compared.flatMap((key) =>
      JSON.stringify(kept[key]) === JSON.stringify(view[key]) ? [] : [[key, kept[key] ?? null] as const],
    ),
  );
}

/** The ways in which records of an entity can be looked at, by the name that the URL has for each. */
export function looksOf(
  { fields }: DescribedEntity,
  staged: boolean,
): readonly { readonly as: string; readonly type: string; readonly by?: string }[] {
  const dates = fields.filter(isDate);
  return [
    { as: "table", type: "table" },
    ...(staged ? [{ as: "board", type: "board" }] : []),
    ...dates.map(({ name, title }) => ({ as: `calendar:${name}`, type: "calendar", by: title })),
  ];
}

const given = (parts: Partial<ViewDocument>): Partial<ViewDocument> =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined && value !== ""));

/** The columns of a view; where it names none, what people have made of the entity, as far as it fits. */
export function columnPaths({ columns }: ViewDocument, { fields }: DescribedEntity): readonly string[] {
  return (
    columns ??
    fields
      .filter(({ system }) => !system)
      .slice(0, 7)
      .map(({ name }) => name)
  );
}

/** What can stand in a column: fields, and those of what a reference leads to. */
export function columnChoices(
  { fields }: DescribedEntity,
  entityOf: (name: string) => DescribedEntity | undefined,
): readonly { readonly path: string; readonly title: string }[] {
  return fields.flatMap((field) => {
    const target = field.targets.length === 1 ? entityOf(field.targets[0]!) : undefined;
    const further = (target?.fields ?? []).filter((hop) => !hop.system && hop.targets.length === 0);
    return [
      { path: field.name, title: field.title },
      ...further.map((hop) => ({ path: `${field.name}.${hop.name}`, title: `${field.title} › ${hop.title}` })),
    ];
  });
}

/** The URL with another choice of conditions: those of the view itself stay out of it as long as all of them are left. */
export function filteredBy(
  { filter }: ViewDocument,
  chosen: string,
): { readonly filter: string; readonly base: string } {
  const clauses = readClauses(chosen).map(({ cel }) => cel);
  const own = readClauses(filter?.cel ?? "").map(({ cel }) => cel);
  return own.every((cel, at) => clauses[at] === cel)
    ? { filter: joined(clauses.slice(own.length)), base: "" }
    : { filter: chosen, base: "none" };
}

const isDate = (field: DescribedField | undefined) => field?.field === "date" || field?.field === "date_time";

/** The field by which a calendar lays records on days: that of the view, or the first that people have made. */
export function dateOf(
  { fields }: DescribedEntity,
  { date }: ViewDocument,
  fieldAt: (path: string) => DescribedField | undefined,
): string | undefined {
  if (date !== undefined && isDate(fieldAt(date))) return date;
  return fields.toSorted((one, other) => Number(one.system) - Number(other.system)).find(isDate)?.name;
}
