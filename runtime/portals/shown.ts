import { choicesOf, publicState, type Entity, type Field, type Model } from "engine";
import type { PortalRecords } from "schemas";
import type { PublicLanguage } from "../public-language.ts";
import { portalWords } from "./words.ts";

/** A record as a portal's page has it: what it is called, where it stands, and its fields in words. */
export interface ShownRecord {
  readonly id: string;
  readonly title: string;
  readonly state: string | undefined;
  readonly madeAt: string;
  readonly fields: readonly { readonly title: string; readonly text: string; readonly list: boolean }[];
}

/** How values are said: by which model, in which language. */
export interface Saying {
  readonly model: Model;
  readonly language: PublicLanguage;
}

/** A record that was read by the portal's rule, in words. Fields that hold nothing are left out. */
export function shownRecord(
  saying: Saying,
  entity: Entity,
  records: PortalRecords,
  row: Readonly<Record<string, any>>,
): ShownRecord {
  const { nameField } = entity;
  const named = nameField && records.fields.some(({ field }) => field === nameField.name) ? nameField.name : undefined;
  const first = named ?? records.fields[0]?.field ?? "id";
  const fields = records.fields.flatMap(({ field: name, title, list = false }) => {
    const field = entity.fields.get(name);
    const text = field && name !== first ? inWords(saying, field, row[name]) : "";
    return field && text !== "" ? [{ title: title ?? field.title, text, list }] : [];
  });
  const firstField = entity.fields.get(first);
  return {
    id: String(row.id),
    title: (firstField && inWords(saying, firstField, row[first])) || entity.title,
    state: records.state === undefined ? undefined : publicState(saying.model, records, row[records.state]),
    madeAt: momentIn(saying, String(row.created_at)),
    fields,
  };
}

/** A moment as people read it, in the workspace's time zone. */
export function momentIn({ model, language }: Saying, at: string | Date): string {
  const zone = { timeZone: model.workspace.time_zone };
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", ...zone }).format(new Date(at));
}

/** A value in words; nothing where it holds nothing, or nothing that this page may name. */
function inWords(saying: Saying, field: Field, value: any): string {
  if (value === null || value === undefined || value === "") return "";
  if (Array.isArray(value)) return value.map((it) => inWords(saying, field, it)).join(", ");
  const { model } = saying;
  const choices = choicesOf(model, field.property);
  if (choices.length > 0) return choices.find((it) => it.value === value)?.title ?? "";
  if (field.targets.length > 0) {
    const name = model.entities.get(field.targets[0] ?? "")?.nameField?.name;
    return typeof value === "object" && name !== undefined ? String(value[name] ?? "") : "";
  }
  const said = sayings[field.type.type(field.property).kind];
  return said ? said(value, saying) : typeof value === "object" ? "" : String(value);
}

const sayings: Readonly<Record<string, (value: any, saying: Saying) => string>> = {
  boolean: (value, { language }) => portalWords(language)[value === true ? "yes" : "no"],
  moment: (value, saying) => momentIn(saying, value),
  date: (value, { language }) =>
    new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${value}T00:00:00Z`)),
  number: (value, { language }) =>
    new Intl.NumberFormat(language, { maximumFractionDigits: 10 }).format(value as `${number}`),
  money: ({ amount, currency }, { language }) =>
    new Intl.NumberFormat(language, { style: "currency", currency }).format(amount as `${number}`),
};
