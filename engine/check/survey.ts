import type { SurveyDocument } from "schemas";
import { durationMs } from "../duration.ts";
import { validatorOf } from "../entity-schema.ts";
import { checkExpression } from "../expression/check.ts";
import { recordScope } from "../expression/scope.ts";
import type { Type } from "../expression/type.ts";
import { variablesIn } from "../message.ts";
import type { Entity, Field, Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { keptAnswer, scaleOf } from "../survey.ts";
import { fieldUnknown } from "./entity.ts";
import { conditionFaults } from "./expressions.ts";
import type { Known } from "./field.ts";
import { near, placeOf } from "./place.ts";
import { entityUnknown } from "./screens.ts";

const dayMs = 86_400_000;
/** An ask lives, and a person is left alone, no longer than this. */
const daysMost = 366;

/** What a survey names: an entity, paths to whom it asks, fields in its mail, its questions, and where it is kept. */
export function checkSurvey(model: Model, document: SurveyDocument, known: Known): readonly Fault[] {
  const entity = model.entities.get(document.entity);
  if (!entity) return entityUnknown(model, document.entity, placeOf(document, "entity"), known);
  return [
    ...pathFaults(model, document, "to", "address of e-mail", ({ kind }) => kind === "text"),
    ...pathFaults(model, document, "person", "reference", ({ kind }) => kind === "record"),
    ...pathFaults(model, document, "agent", "user", isUser),
    ...pathFaults(model, document, "speaks", "language", ({ kind }) => kind === "text" || kind === "choice"),
    ...conditionFaults(model, entity.name, document.unless, placeOf(document, "unless")),
    ...(["valid", "change", "every"] as const).flatMap((key) => spanFaults(document, key)),
    ...(["title", "message"] as const).flatMap((key) => textFaults(model, document, key)),
    ...questionFaults(document),
    ...keepsFaults(model, document, known),
  ];
}

const isUser = (type: Type) => type.kind === "record" && type.entities.every((it) => it === "user");

function pathFaults(
  model: Model,
  document: SurveyDocument,
  key: "to" | "person" | "agent" | "speaks",
  wanted: string,
  fits: (type: Type) => boolean,
): readonly Fault[] {
  const named = document[key];
  if (named === undefined) return [];
  const path = placeOf(document, key);
  const { expression, faults } = checkExpression(named, recordScope(model, document.entity));
  if (!expression) return faults.map((it) => ({ ...it, path }));
  const { node, type } = expression;
  const reaches = key !== "to" || (node.op === "path" && node.steps.at(-1)?.field?.type.reaches === "email");
  return fits(type) && reaches ? [] : [fault("survey.path", { named, wanted, path })];
}

function spanFaults(document: SurveyDocument, key: "valid" | "change" | "every"): readonly Fault[] {
  const given = document[key];
  if (given === undefined) return [];
  const ms = durationMs(given);
  const least = key === "change" ? 0 : 1;
  if (ms !== undefined && ms >= least && ms <= daysMost * dayMs) return [];
  return [fault("survey.span", { most: daysMost, path: placeOf(document, key) })];
}

/** Kinds of values that a mail can show. */
const shown: ReadonlySet<Type["kind"]> = new Set(["text", "number", "date", "moment", "money", "choice", "state"]);

function textFaults(model: Model, document: SurveyDocument, key: "title" | "message"): readonly Fault[] {
  const path = placeOf(document, "mail", key);
  const { variables, broken } = variablesIn(document.mail[key]);
  return [
    ...broken.map((text) => fault("message.malformed", { text, path })),
    ...variables.flatMap(({ path: name }): readonly Fault[] => {
      const { expression, faults } = checkExpression(name, recordScope(model, document.entity));
      if (expression && !shown.has(expression.type.kind)) return [fault("message.variable", { name, path })];
      return faults.map((it) => ({ ...it, path }));
    }),
  ];
}

function questionFaults(document: SurveyDocument): readonly Fault[] {
  const { questions } = document;
  if (questions.length === 0) return [fault("survey.empty", { path: placeOf(document, "questions") })];
  return questions.flatMap(({ id, type, choices }, at) => {
    const values = (choices ?? []).map(({ value }) => value);
    return [
      ...(questions.findIndex((it) => it.id === id) === at
        ? []
        : [fault("survey.twice", { name: id, path: placeOf(document, "questions", at, "id") })]),
      ...((type === "choice") === (choices !== undefined) && (type !== "choice" || values.length >= 2)
        ? []
        : [fault("survey.choices", { path: placeOf(document, "questions", at, "choices") })]),
      ...values.flatMap((value, place) =>
        values.indexOf(value) === place
          ? []
          : [fault("survey.twice", { name: value, path: placeOf(document, "questions", at, "choices", place) })],
      ),
    ];
  });
}

function keepsFaults(model: Model, document: SurveyDocument, known: Known): readonly Fault[] {
  const { keeps, person } = document;
  if (!keeps) return [];
  const entity = model.entities.get(keeps.entity);
  if (!entity) return entityUnknown(model, keeps.entity, placeOf(document, "keeps", "entity"), known);
  if (entity.system)
    return [fault("survey.keeps", { field: entity.title, wanted: "asks", path: placeOf(document, "keeps", "entity") })];
  const { record, agent, asked_at, answered_at, answers = {} } = keeps;
  const whose = person === undefined ? undefined : entitiesAt(model, document, person);
  const to = (names: readonly string[]) => (field: Field) => names.every((name) => field.targets.includes(name));
  const moment = ({ type }: Field) => type.name === "date_time";
  return [
    ...taking(document, entity, ["record"], record, `reference to "${document.entity}"`, to([document.entity])),
    ...taking(document, entity, ["person"], keeps.person, "reference to who is asked", (field) =>
      whose === undefined ? false : to(whose)(field),
    ),
    ...taking(document, entity, ["agent"], agent, "user", to(["user"])),
    ...taking(document, entity, ["asked_at"], asked_at, "moment", moment),
    ...taking(document, entity, ["answered_at"], answered_at, "moment", moment),
    ...Object.entries(answers).flatMap(([id, field]) => answerFaults(model, document, entity, { id, field })),
    ...lacking(document, entity),
  ];
}

/** The entities of the records at the end of a path; nothing where it leads nowhere. */
function entitiesAt(model: Model, document: SurveyDocument, path: string): readonly string[] | undefined {
  const type = checkExpression(path, recordScope(model, document.entity)).expression?.type;
  return type?.kind === "record" ? type.entities : undefined;
}

function taking(
  document: SurveyDocument,
  entity: Entity,
  steps: readonly string[],
  name: string | undefined,
  wanted: string,
  fits: (field: Field) => boolean,
): readonly Fault[] {
  if (name === undefined) return [];
  const path = placeOf(document, "keeps", ...steps);
  const field = entity.fields.get(name);
  if (!field) return [fieldUnknown(entity, name, path)];
  if (field.system || field.type.computed) return [fault("field.read_only", { field: name, path })];
  return fits(field) ? [] : [fault("survey.keeps", { field: name, wanted, path })];
}

/** Both ends of a scale, every choice, and words fit into the field that the answers go to. */
function answerFaults(
  model: Model,
  document: SurveyDocument,
  entity: Entity,
  { id, field: name }: { readonly id: string; readonly field: string },
): readonly Fault[] {
  const question = document.questions.find((it) => it.id === id);
  const path = placeOf(document, "keeps", "answers", id);
  if (!question)
    return [
      fault("survey.question", {
        name: id,
        path,
        ...near(
          id,
          document.questions.map((it) => it.id),
        ),
      }),
    ];
  const scale = scaleOf(question);
  const samples: readonly (number | string)[] = scale
    ? [scale.least, scale.most]
    : question.type === "choice"
      ? (question.choices ?? []).map(({ value }) => value)
      : ["x"];
  const wanted = scale ? `numbers from ${scale.least} to ${scale.most}` : "such answers";
  return taking(document, entity, ["answers", id], name, wanted, (field) =>
    samples.every((value) => {
      const given = { [name]: keptAnswer(field, value) };
      return validatorOf(model).validate(entity.name, given, { partial: true }).length === 0;
    }),
  );
}

/** What a record cannot do without is filled in when somebody is asked. */
function lacking(document: SurveyDocument, entity: Entity): readonly Fault[] {
  const { record, person, agent, asked_at } = document.keeps ?? {};
  const filled: readonly (string | undefined)[] = [record, person, agent, asked_at];
  return [...entity.fields.values()]
    .filter(
      (field) =>
        field.required &&
        !field.system &&
        !field.type.computed &&
        field.property.default === undefined &&
        !filled.includes(field.name),
    )
    .map((field) => fault("survey.lacks", { field: field.title, path: placeOf(document, "keeps") }));
}
