import type { TestDocument } from "schemas";
import { checkTest } from "../check/test.ts";
import { addressOfEvent } from "../address.ts";
import { at } from "../check/place.ts";
import type { Field, Model } from "../model.ts";
import type { DocumentKind, Mention, Part, Steps } from "./document-kind.ts";
import { chosen, entityName, named, stateMention } from "./mention.ts";
import { rest, whole } from "./part.ts";

/** A test names entities, fields by keys, states, events and the role of who acts. */
export const test: DocumentKind<TestDocument> = {
  check: (document, model, known) => checkTest(model, document, known),
  mentions: (document, model) => {
    const entities = recordsOf(document);
    const { given = {}, when = [], then } = document;
    return [
      ...named(document.as ?? "", model.roles.get(document.as ?? "")?.$anchor, ["as"]),
      ...Object.entries(given).flatMap(([name, { entity, values, state }]) => [
        ...entityName(model, entity, ["given", name, "entity"]),
        ...valueMentions(model, entity, values, ["given", name, "values"]),
        ...stateMention(model, mainState(model, entity), state, ["given", name, "state"]),
      ]),
      ...when.flatMap((step, index) => {
        const steps = ["when", index];
        const entity = step.entity ?? entities.get(step.to ?? step.update ?? "");
        return [
          ...entityName(model, step.entity, [...steps, "entity"]),
          ...named(step.send ?? "", eventIn(model, entity, step.send), [...steps, "send"]),
          ...valueMentions(model, entity, step.values, [...steps, "values"]),
        ];
      }),
      ...then.flatMap((told, index) => {
        const steps = ["then", index];
        const entity = told.entity ?? entities.get(told.record ?? "");
        return [
          ...entityName(model, told.entity, [...steps, "entity"]),
          ...valueMentions(model, entity, told.values, [...steps, "values"]),
        ];
      }),
    ];
  },
  parts: (document) => [
    whole(document, document.title, document.$id, "given", "when", "then"),
    ...Object.entries(document.given ?? {}).map(([name, values]): Part => ({
      id: `given ${name}`,
      path: at(["given", name]),
      what: "Given",
      title: name,
      values: rest(values),
    })),
    ...(["when", "then"] as const).flatMap((key) =>
      (document[key] ?? []).map((values, index): Part => ({
        id: `${key} ${index}`,
        path: at([key, index]),
        what: key === "when" ? "When" : "Then",
        title: String(index + 1),
        ordered: true,
        values: rest(values),
      })),
    ),
  ],
};

/** Which entity the records of a story are of, by their names. */
export function recordsOf({ given = {}, when = [] }: TestDocument): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(given).map(([name, { entity }]) => [name, entity] as const),
    ...when.flatMap(({ create, entity }) =>
      create !== undefined && entity !== undefined ? [[create, entity] as const] : [],
    ),
  ]);
}

function eventIn(model: Model, entity: string | undefined, type: string | undefined): string | undefined {
  const found = [...model.workflows.values()].find(
    ({ meta }) => meta.entity === entity && type !== undefined && Object.hasOwn(meta.events, type),
  );
  return found && type !== undefined ? addressOfEvent(found, type) : undefined;
}

function valueMentions(
  model: Model,
  entity: string | undefined,
  values: object = {},
  steps: Steps,
): readonly Mention[] {
  const fields = model.entities.get(entity ?? "")?.fields;
  return Object.entries(values).flatMap(([name, value]) => [
    ...named(name, fields?.get(name)?.address, [...steps, name], { key: true }),
    ...chosen(model, fields?.get(name), value, [...steps, name]),
    ...stateMention(model, fields?.get(name), value, [...steps, name]),
  ]);
}

const mainState = (model: Model, entity: string): Field | undefined =>
  model.entities.get(entity)?.stateFields.find(({ property }) => property.region === undefined);
