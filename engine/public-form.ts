import type { FormDocument, FormField } from "schemas";
import type { Asks } from "./field-types/field-type.ts";
import { choicesOf, type Entity, type Field, type Model } from "./model.ts";
import { fault, type Fault } from "./problem.ts";
import { isUtm, normalUtm } from "./utm.ts";
import type { Values } from "./values.ts";

/** Whether everybody can be asked for a field on a plain page. */
export function isAsked({ type, system, readOnly }: Field): boolean {
  return type.asks !== undefined && !system && !readOnly;
}

/** The entity of whoever sends a form, where the record that it makes leads to one of her own. */
export function formPersonEntity(model: Model, { entity, person }: FormDocument): Entity | undefined {
  const targets = person && model.entities.get(entity)?.fields.get(person.reference)?.targets;
  return targets?.length === 1 ? model.entities.get(targets[0]!) : undefined;
}

/** The name of the answer to a question about whoever sends a form: no field of the record is called so. */
export const ofPerson = (field: string): string => `person/${field}`;

/** One question of a form, as it is put. */
export interface FormQuestion {
  /** The field's name: the name of its answer, where it is not about whoever sends the form. */
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly asks: Asks;
  readonly required: boolean;
  readonly choices: readonly { readonly value: string; readonly title: string }[];
  readonly property: Readonly<Record<string, unknown>>;
}

/** What was sent, by the names of the questions; each may have several answers. */
export type Answers = (name: string) => readonly string[];

/** What a sending comes to: values of the fields, the consents that were given, and what is wrong, by question. */
export interface Submission {
  readonly values: Values;
  /** Of whoever sent it, where she has a record of her own. */
  readonly person: Values;
  /** The places of the consents in the document. */
  readonly consents: readonly number[];
  readonly faults: readonly Fault[];
}

/** The questions of a form, in their order. Fields that are there no longer are not asked for. */
export function questionsOf(model: Model, document: FormDocument): readonly FormQuestion[] {
  const about = personQuestions(model, document).map((it) => ({ ...it, name: ofPerson(it.name) }));
  return [...about, ...ownQuestions(model, document)];
}

const ownQuestions = (model: Model, { entity, fields, match }: FormDocument) =>
  matching(askedOf(model, entity, fields), match);

function personQuestions(model: Model, document: FormDocument): readonly FormQuestion[] {
  const entity = formPersonEntity(model, document);
  const { fields = [], match } = document.person ?? {};
  return entity ? matching(askedOf(model, entity.name, fields), match) : [];
}

const matching = (questions: readonly FormQuestion[], match: string | undefined) =>
  questions.map((it) => (it.name === match ? { ...it, required: true } : it));

/** Fields of an entity as questions, in their order. */
export function askedOf(model: Model, entityName: string, fields: readonly FormField[]): readonly FormQuestion[] {
  const entity = model.entities.get(entityName);
  return fields.flatMap(({ field: name, title, description, required = false }): readonly FormQuestion[] => {
    const field = entity?.fields.get(name);
    if (!field || !isAsked(field)) return [];
    return [
      {
        name,
        title: title ?? field.title,
        description: description ?? field.property.description,
        asks: field.type.asks ?? "text",
        required: required || field.required,
        choices: choicesOf(model, field.property).filter((it) => it.retired !== true),
        property: field.property,
      },
    ];
  });
}

const hints = { dates: "ymd", decimal: ".", zone: "UTC" } as const;
const longest = 10_000;

/**
 * Reads what was sent. Empty answers are left out. Whether the values hold together is for the entity to say; here each
 * is read by its field, and what the form asks for has to be there.
 */
export function readSubmission(model: Model, document: FormDocument, answers: Answers): Submission {
  const entity = model.entities.get(document.entity);
  const { values, faults } = readAsked(model, document.entity, ownQuestions(model, document), answers);
  const whose = formPersonEntity(model, document)?.name ?? "";
  const person = readAsked(model, whose, personQuestions(model, document), (name) => answers(ofPerson(name)));
  faults.unshift(...person.faults.map((it) => ({ ...it, path: `/${ofPerson(it.path.slice(1))}` })));
  for (const { field: name, query, value } of document.hidden ?? []) {
    const field = entity?.fields.get(name);
    if (!field) continue;
    const said = answers(`~${query}`)[0] ?? "";
    const told = query !== undefined && isUtm(query) ? normalUtm(query, said) : said;
    const read = query === undefined ? value : quietly(model, field, told);
    if (read !== undefined && read !== null) values[name] = read;
  }
  const consents = (document.consents ?? []).flatMap(({ required, wording }, at) => {
    if (answers(`consent-${at}`).includes("yes")) return [at];
    if (required) faults.push(fault("value.missing", { title: wording.slice(0, 80), path: `/consent-${at}` }));
    return [];
  });
  return { values, person: person.values, consents, faults };
}

/** Reads the answers to questions about an entity's fields, each by its field; what is required has to be there. */
export function readAsked(
  model: Model,
  entityName: string,
  questions: readonly FormQuestion[],
  answers: Answers,
): { readonly values: Record<string, unknown>; readonly faults: Fault[] } {
  const entity = model.entities.get(entityName);
  const faults: Fault[] = [];
  const values: Record<string, unknown> = {};
  for (const question of questions) {
    const field = entity?.fields.get(question.name);
    if (!field) continue;
    const value = answerOf(model, field, question, answers(question.name), faults);
    if (value !== undefined) values[question.name] = value;
    else if (question.required && !faults.some(({ path }) => path === `/${question.name}`))
      faults.push(fault("value.missing", { title: question.title, path: `/${question.name}` }));
  }
  return { values, faults };
}

function answerOf(
  model: Model,
  field: Field,
  { title, name, asks, choices, required }: FormQuestion,
  given: readonly string[],
  faults: Fault[],
): unknown {
  const path = `/${name}`;
  const texts = given.map((it) => (asks === "lines" ? it.replaceAll("\r\n", "\n").trim() : it.trim())).filter(Boolean);
  const wrong = (wanted: string) => void faults.push(fault("value.invalid", { title, wanted, path }));
  if (texts.some((it) => it.length > longest || it.includes("\0") || !it.isWellFormed())) return wrong("is too long");
  if (asks === "yes_or_no") {
    if (required && !texts.includes("yes")) return undefined;
    return texts.includes("yes");
  }
  if (texts.length === 0) return undefined;
  if (asks === "one_of" || asks === "some_of") {
    const known = new Set(choices.map(({ value }) => value));
    if (!texts.every((it) => known.has(it))) return wrong("must be one of the choices");
    return asks === "one_of" ? texts[0] : [...new Set(texts)];
  }
  const read = field.type.read?.(texts[0] ?? "", field.property, { ...hints, currency: model.workspace.currency });
  return read ?? wrong(`must be ${field.type.about.replace(/^An? /, (it) => it.toLowerCase()).replace(/\.$/, "")}`);
}

/** What the address of a page says of a field; what cannot be read as its value is nothing, and nobody is told. */
function quietly(model: Model, field: Field, text: string | undefined): unknown {
  const faults: Fault[] = [];
  const maximum = Number(field.property.maxLength ?? longest);
  const question = {
    ...{ name: field.name, title: field.title, description: undefined, required: false, property: field.property },
    asks: field.type.asks ?? "text",
    choices: choicesOf(model, field.property),
  };
  const value = answerOf(model, field, question, [(text ?? "").slice(0, maximum)], faults);
  return faults.length > 0 ? undefined : value;
}
