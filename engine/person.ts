import { validatorOf } from "./entity-schema.ts";
import { checkExpression } from "./expression/check.ts";
import { recordScope } from "./expression/scope.ts";
import { languageFor } from "./locale.ts";
import { choicesOf, type Entity, type Field, type Model } from "./model.ts";
import { isHeld } from "./plan.ts";
import type { Values } from "./values.ts";

/** What becomes of a record when a person is erased: it is hers, it tells of her, or it is kept and names her no more. */
export type Erasing = "person" | "goes" | "emptied" | "kept";

/** A reference of an entity to records that are erased, and what becomes of the records that have it. */
export interface ErasedBy {
  readonly entity: Entity;
  readonly field: Field;
  readonly does: Exclude<Erasing, "person">;
}

/** Whether an entity's records are about people, and by which field a person's address is known. */
export const personAddress = ({ document, fields }: Entity): Field | undefined =>
  document.person && fields.get(document.person.address);

/** Whether a field can hold the tag of a language: a text, or a choice. */
export const keepsLanguage = (field: Field | undefined): boolean =>
  field !== undefined && !field.readOnly && ["text", "choice"].includes(field.type.type(field.property).kind);

/** What is kept of the language that a record's person has chosen: nothing where her entity has no field that takes it. */
export function languageKept(model: Model, { name, document, fields }: Entity, tag: string): Values {
  const field = fields.get(document.person?.language ?? "");
  if (!field) return {};
  const choices = choicesOf(model, field.property).map(({ value }) => value);
  const value = field.type.type(field.property).kind === "choice" ? languageFor([tag], choices) : tag;
  const kept = value === undefined ? {} : { [field.name]: value };
  return validatorOf(model).validate(name, kept, { partial: true }).length === 0 ? kept : {};
}

/** The path of the language of whoever has the address at the end of a path, where her entity has a field for it. */
export function languageBeside(model: Model, entity: string, to: string): string | undefined {
  const { expression } = checkExpression(to, recordScope(model, entity));
  const whose = expression?.paths[0]?.at(-1)?.field?.entity;
  const { language } = model.entities.get(whose ?? "")?.document.person ?? {};
  return language === undefined ? undefined : [...to.split(".").slice(0, -1), language].join(".");
}

/**
 * What points at records of an entity, and what becomes of it when they are erased: what goes to the trash with them goes,
 * what tells of them (`on_erase`) is emptied of its texts, and the rest is kept.
 */
export function erasedWith(model: Model, to: string): readonly ErasedBy[] {
  return [...model.entities.values()].flatMap((entity) =>
    [...entity.fields.values()].flatMap((field): readonly ErasedBy[] => {
      if (field.system || !field.targets.includes(to) || Object.keys(field.columns).length === 0) return [];
      const { on_delete, on_erase } = field.property;
      return [{ entity, field, does: on_delete === "cascade" ? "goes" : on_erase === "empty" ? "emptied" : "kept" }];
    }),
  );
}

/** A text that must not be empty says this of an erased person. */
export const erasedText = "[erased]";

/** Types of which a value says nothing by itself, or which follow from others. */
const plain = new Set(["state", "auto_number", "boolean", "rating", "percent"]);
const texts = new Set(["text", "long_text", "email", "phone", "url", "json"]);

/**
 * What a record holds when it is erased: of a person nothing that can be left empty, of what tells of her no text. A text
 * that must be there is masked; where no two records may share it, by the record's id.
 */
export function erasedValues({ fields }: Entity, record: Values, does: Erasing): Values {
  const open = [...fields.values()].filter(
    (field) =>
      !field.system && !field.type.computed && Object.keys(field.columns).length > 0 && !plain.has(field.type.name),
  );
  const concerned = open.filter(({ type }) => does === "person" || texts.has(type.name));
  return Object.fromEntries(
    concerned.flatMap((field): (readonly [string, unknown])[] => {
      const { name, type, property } = field;
      if ((record[name] ?? null) === null) return [];
      if (!isHeld(field)) return [[name, null]];
      if (!texts.has(type.name)) return [];
      if (type.name === "json") return [[name, {}]];
      return [[name, property.unique === true ? `${erasedText} ${String(record.id)}` : erasedText]];
    }),
  );
}

/** By what a person is known in texts: her addresses and numbers everywhere, her name where it is about her. */
export interface KnownBy {
  /** E-mail addresses in small letters. */
  readonly emails: readonly string[];
  readonly phones: readonly string[];
  readonly names: readonly string[];
}

const nameLeast = 3;

/** By what a record's person is known. */
export function knownBy({ fields, nameField }: Entity, record: Values): KnownBy {
  const of = (reaches: "email" | "phone") =>
    [...fields.values()].flatMap(({ name, type }) => {
      const value = record[name];
      return type.reaches === reaches && typeof value === "string" && value.trim() !== "" ? [value.trim()] : [];
    });
  const name = nameField && record[nameField.name];
  const words = typeof name === "string" ? [name, ...name.split(/\s+/)] : [];
  return {
    emails: [...new Set(of("email").map((it) => it.toLowerCase()))],
    phones: [...new Set(of("phone"))],
    names: [...new Set(words.map((it) => it.trim()))].filter((it) => it.length >= nameLeast),
  };
}

/** A regular expression, as PostgreSQL reads it, that finds any of some texts whatever their case; the longest first. */
export const anyOf = (found: readonly string[]): string =>
  [...found]
    .sort((one, other) => other.length - one.length)
    .map((it) => it.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("|");
