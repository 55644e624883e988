import type { MessageDocument } from "schemas";
import { checkMessage } from "../check/message.ts";
import { at } from "../check/place.ts";
import { recordScope } from "../expression/scope.ts";
import { messageTexts, placedBlocks, variablesIn } from "../message.ts";
import type { DocumentKind, Mention, Part } from "./document-kind.ts";
import { entityName, expression, fieldName, fieldPath, named } from "./mention.ts";
import { itself, saidOf, whole } from "./part.ts";

/** A message names its entity, a field, a purpose, and values wherever its texts and conditions do. */
export const message: DocumentKind<MessageDocument> = {
  check: (document, model, known) => checkMessage(model, document, known),
  mentions: (document, model) => {
    const entity = model.entities.get(document.entity);
    const scope = recordScope(model, document.entity);
    return [
      ...entityName(model, document.entity, ["entity"]),
      ...fieldName(entity, document.to, ["to"], { spare: true }),
      ...fieldPath(model, entity, document.speaks, ["speaks"], { spare: true }),
      ...fieldPath(model, entity, document.zone, ["zone"], { spare: true }),
      ...named(document.purpose ?? "", model.purposes.get(document.purpose ?? "")?.$anchor, ["purpose"], {
        spare: true,
      }),
      ...messageTexts(document).flatMap(({ text, steps }): readonly Mention[] =>
        variablesIn(text).variables.flatMap(({ path, start }) =>
          fieldPath(model, entity, path, steps, { offset: text.indexOf(path, start) }),
        ),
      ),
      ...placedBlocks(document.blocks, ["blocks"]).flatMap(({ block, steps }) =>
        expression(block.if, scope, [...steps, "if"]),
      ),
    ];
  },
  parts: (document) => [
    whole(document, document.title, document.$id, "blocks"),
    ...placedBlocks(document.blocks, ["blocks"]).map(({ block, steps, under }): Part => {
      const { id, type, columns: _columns, then: _then, else: _else, ...values } = block;
      const within = under.at(-1)?.block;
      return {
        id: `block ${id}`,
        path: at(steps),
        what: "Block",
        title: (block.text ?? block.alt ?? type).slice(0, 80),
        ...(within === undefined ? {} : { within: `block ${within}` }),
        ordered: true,
        values: { type, ...values },
      };
    }),
  ],
  said: (document) => saidOf(itself, document),
};
