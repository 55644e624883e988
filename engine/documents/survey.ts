import type { SurveyDocument } from "schemas";
import { at } from "../check/place.ts";
import { checkSurvey } from "../check/survey.ts";
import { recordScope } from "../expression/scope.ts";
import { variablesIn } from "../message.ts";
import type { DocumentKind, Mention, Part, Said } from "./document-kind.ts";
import { entityName, expression, fieldName, fieldPath } from "./mention.ts";
import { itself, rest, saidOf, saidOfChoices, whole } from "./part.ts";

/** A survey names two entities, fields of theirs by paths and by names, and what its condition and its mail read. */
export const survey: DocumentKind<SurveyDocument> = {
  check: (document, model, known) => checkSurvey(model, document, known),
  mentions: (document, model) => {
    const entity = model.entities.get(document.entity);
    const { keeps, mail } = document;
    const kept = model.entities.get(keeps?.entity ?? "");
    const spare = { spare: true } as const;
    return [
      ...entityName(model, document.entity, ["entity"]),
      ...fieldPath(model, entity, document.to, ["to"]),
      ...(["person", "agent", "speaks"] as const).flatMap((key) =>
        fieldPath(model, entity, document[key], [key], spare),
      ),
      ...expression(document.unless, recordScope(model, document.entity), ["unless"]),
      ...(["title", "message"] as const).flatMap((key): readonly Mention[] =>
        variablesIn(mail[key]).variables.flatMap(({ path, start }) =>
          fieldPath(model, entity, path, ["mail", key], { offset: mail[key].indexOf(path, start) }),
        ),
      ),
      ...entityName(model, keeps?.entity, ["keeps", "entity"]),
      ...(["record", "person", "agent", "asked_at", "answered_at"] as const).flatMap((key) =>
        fieldName(kept, keeps?.[key], ["keeps", key], spare),
      ),
      ...Object.entries(keeps?.answers ?? {}).flatMap(([id, name]) =>
        fieldName(kept, name, ["keeps", "answers", id], spare),
      ),
    ];
  },
  parts: (document) => [
    whole(document, document.title, document.$id, "questions"),
    ...document.questions.map((question, index): Part => ({
      id: idOf(question.id),
      path: at(["questions", index]),
      what: "Question",
      title: question.title,
      ordered: true,
      values: rest(question, "id", "title"),
    })),
  ],
  said: (document) => [
    ...saidOf(itself, document, ["title", "description", "message"]),
    ...saidOf({ id: "/mail", what: "Mail", steps: ["mail"] }, document.mail, ["title", "message"]),
    ...document.questions.flatMap((question, index): readonly Said[] => {
      const steps = ["questions", index];
      return [
        ...saidOf({ id: idOf(question.id), what: "Question", steps }, question),
        ...saidOfChoices(question.choices, [...steps, "choices"], idOf(question.id)),
      ];
    }),
  ],
};

/** What tells a question from others for ever. */
const idOf = (question: string) => `/question/${question}`;
