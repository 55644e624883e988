import { scaleOf, type Entity, type Field, type Model } from "engine";
import type { SurveyDocument, SurveyQuestion } from "schemas";
import type { PathChoice } from "#lib/design/paths.ts";
import { nameFor, newAnchor } from "#lib/design/entity.ts";

export const questionTypes = ["csat", "nps", "ces", "choice", "text"] as const;

/** Fields of an entity that fit, and those of what its references lead to, the own first. */
export function pathsThat(
  model: Model | undefined,
  entity: Entity | undefined,
  fits: (field: Field) => boolean,
): readonly PathChoice[] {
  const fields = [...(entity?.fields.values() ?? [])];
  const own = fields.filter(fits).map(({ name, title }) => ({ path: name, title }));
  const further = fields.flatMap((field) => {
    const target = field.targets.length === 1 ? model?.entities.get(field.targets[0] ?? "") : undefined;
    const there = target && !target.system ? [...target.fields.values()].filter((it) => !it.system && fits(it)) : [];
    return there.map((it) => ({ path: `${field.name}.${it.name}`, title: `${field.title} › ${it.title}` }));
  });
  return [...own, ...further];
}

/** Where the addresses are that a survey can ask. */
export const addressesOf = (model: Model | undefined, entity: Entity | undefined) =>
  pathsThat(model, entity, ({ type }) => type.reaches === "email");

/** A new survey about records of an entity: one question of satisfaction, and words. */
export function newSurvey(
  title: string,
  entity: Entity,
  to: string,
  given: { readonly taken: readonly string[]; readonly question: string; readonly comment: string; message: string },
): SurveyDocument {
  const [reference, further] = to.split(".");
  return {
    $schema: "urn:trellis:survey:1",
    $id: nameFor(title, given.taken),
    $anchor: newAnchor("srv"),
    title,
    entity: entity.name,
    to,
    ...(further === undefined || reference === undefined ? {} : { person: reference }),
    agent: "owner",
    every: "P30D",
    mail: { title, message: given.message },
    questions: [
      { id: "score", type: "csat", title: given.question, required: true },
      { id: "comment", type: "text", title: given.comment },
    ],
  };
}

/** A question more, of a type. */
export function newQuestion(
  type: SurveyQuestion["type"],
  title: string,
  { taken, choice }: { readonly taken: readonly string[]; readonly choice: (n: number) => string },
): SurveyQuestion {
  const id = nameFor(type, taken);
  if (type !== "choice") return { id, type, title };
  return { id, type, title, choices: [1, 2].map((n) => ({ value: `choice_${n}`, title: choice(n) })) };
}

/** Whole days of a span; nothing where it is none of those. */
export const daysOf = (span: string | undefined): number | undefined => {
  const days = /^P(\d{1,3})D$/.exec(span ?? "")?.[1];
  return days === undefined ? undefined : Number(days);
};

/** The fields of an entity that the answers to a question can be kept in. */
export function keepers(entity: Entity | undefined, question: SurveyQuestion): readonly Field[] {
  const scale = scaleOf(question);
  const types = scale
    ? ["rating", "integer", "decimal"]
    : question.type === "text"
      ? ["text", "long_text"]
      : ["select", "text"];
  return [...(entity?.fields.values() ?? [])].filter(({ type, system }) => !system && types.includes(type.name));
}
