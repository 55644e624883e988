import type { MessageBlock, MessageDocument } from "schemas";
import { checkExpression } from "../expression/check.ts";
import { recordScope } from "../expression/scope.ts";
import { isLanguage } from "../locale.ts";
import {
  addressField,
  mailLinks,
  messageTexts,
  placedBlocks,
  variablesIn,
  type MessageText,
  type PlacedBlock,
} from "../message.ts";
import type { Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import type { Known } from "./field.ts";
import { placeOf } from "./place.ts";
import { entityUnknown } from "./screens.ts";

/** What a message names: its entity, the field with the address, a purpose, values in its texts, conditions. */
export function checkMessage(model: Model, document: MessageDocument, known: Known): readonly Fault[] {
  const { entity, to, purpose, blocks } = document;
  if (!model.entities.has(entity)) return entityUnknown(model, entity, placeOf(document, "entity"), known);
  const placed = placedBlocks(blocks, ["blocks"]);
  return [
    ...(addressField(model, document)
      ? []
      : [fault("message.to", { entity, path: placeOf(document, to === undefined ? "entity" : "to") })]),
    ...(purpose === undefined || model.purposes.has(purpose)
      ? []
      : [fault("purpose.unknown", { purpose, path: placeOf(document, "purpose") })]),
    ...toldFaults(model, document, "speaks"),
    ...toldFaults(model, document, "zone"),
    ...languageFaults(document, placed),
    ...twice(document, placed),
    ...placed.flatMap((it) => blockFaults(model, document, it)),
    ...messageTexts(document).flatMap((it) => textFaults(model, document, it)),
  ];
}

const wants: Readonly<Record<MessageBlock["type"], readonly (keyof MessageBlock)[]>> = {
  text: ["text"],
  heading: ["text"],
  button: ["text", "url"],
  image: ["url", "alt"],
  divider: [],
  columns: ["columns"],
  when: ["if", "then"],
};

function blockFaults(model: Model, document: MessageDocument, { block, steps }: PlacedBlock): readonly Fault[] {
  const { entity } = document;
  const lacks = wants[block.type].filter((key) => block[key] === undefined || block[key] === "");
  const condition = block.if
    ? checkExpression(block.if.cel, recordScope(model, entity), { kind: "boolean" }).faults
    : [];
  return [
    ...lacks.map((member) =>
      fault("message.lacks", { block: block.type, member, path: placeOf(document, ...steps, member) }),
    ),
    ...condition.map((it) => ({ ...it, path: placeOf(document, ...steps, "if", "cel") })),
  ];
}

/** What a receiver speaks, and where she is, is a text or a choice. */
function toldFaults(model: Model, document: MessageDocument, key: "speaks" | "zone"): readonly Fault[] {
  const named = document[key];
  if (named === undefined) return [];
  const path = placeOf(document, key);
  const { expression, faults } = checkExpression(named, recordScope(model, document.entity));
  if (!expression) return faults.map((it) => ({ ...it, path }));
  const { kind } = expression.type;
  return kind === "text" || kind === "choice" ? [] : [fault(`message.${key}`, { named, path })];
}

/** Languages are those that there are, and none twice; blocks speak those of their message. */
function languageFaults(document: MessageDocument, placed: readonly PlacedBlock[]): readonly Fault[] {
  const { language: own, languages = {} } = document;
  return [
    ...Object.keys(languages).flatMap((tag) =>
      isLanguage(tag) && tag !== own
        ? []
        : [fault("message.language", { language: tag, path: placeOf(document, "languages", tag) })],
    ),
    ...placed.flatMap(({ block, steps }) =>
      Object.keys(block.languages ?? {}).flatMap((tag) =>
        Object.hasOwn(languages, tag)
          ? []
          : [fault("message.language", { language: tag, path: placeOf(document, ...steps, "languages", tag) })],
      ),
    ),
  ];
}

function twice(document: MessageDocument, placed: readonly PlacedBlock[]): readonly Fault[] {
  const seen = new Set<string>();
  return placed.flatMap(({ block: { id }, steps }) => {
    const again = seen.has(id);
    seen.add(id);
    return again ? [fault("message.twice", { block: id, path: placeOf(document, ...steps, "id") })] : [];
  });
}

/** Kinds of values that a text can show. */
const shown: ReadonlySet<string> = new Set([
  "text",
  "number",
  "date",
  "moment",
  "money",
  "choice",
  "state",
  "boolean",
  "id",
]);

function textFaults(model: Model, document: MessageDocument, { text, steps, url }: MessageText): readonly Fault[] {
  const { entity, purpose } = document;
  const path = placeOf(document, ...steps);
  const { variables, broken } = variablesIn(text);
  const scope = recordScope(model, entity);
  return [
    ...broken.map((it) => fault("message.malformed", { text: it, path })),
    ...variables.flatMap(({ path: named }): readonly Fault[] => {
      if (mailLinks.includes(named)) return purpose === undefined ? [fault("message.link", { name: named, path })] : [];
      const { expression, faults } = checkExpression(named, scope);
      if (expression && !shown.has(expression.type.kind)) return [fault("message.variable", { name: named, path })];
      return faults.map((it) => ({ ...it, path }));
    }),
    ...(url && !isUrl(text) ? [fault("message.url", { path })] : []),
  ];
}

/** An address on the web, of a mail or of a telephone; what it begins with is not left to a value. */
const isUrl = (text: string): boolean =>
  /^(?:https?:\/\/[^\s{]|mailto:|tel:)/.test(text) ||
  /^\{\{\s*(?:stop_url|choices_url)\s*\}\}$/.test(text) ||
  /^\{\{\s*[a-z][a-z0-9_.]*\s*\}\}$/.test(text);
