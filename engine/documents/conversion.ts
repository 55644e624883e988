import type { ConversionDocument } from "schemas";
import { eventAddress } from "../address.ts";
import { at } from "../check/place.ts";
import { checkConversion } from "../check/conversion.ts";
import { recordScope } from "../expression/scope.ts";
import type { DocumentKind, Part } from "./document-kind.ts";
import { chosen, entityName, expression, expressionsIn, fieldName, listName, named } from "./mention.ts";
import { itself, saidOf, whole } from "./part.ts";

/** A conversion names what is converted and what is made, fields and lists of both, and an event. */
export const conversion: DocumentKind<ConversionDocument> = {
  check: (document, model, known) => checkConversion(model, document, known),
  mentions: (document, model) => {
    const { entity: name, event, when, makes, moves = [] } = document;
    const from = model.entities.get(name);
    const scope = recordScope(model, name);
    return [
      ...entityName(model, name, ["entity"]),
      ...(event === undefined ? [] : named(event, eventAddress(model, name, event), ["event"])),
      ...expression(when, scope, ["when"]),
      ...makes.flatMap((made, index) => {
        const to = model.entities.get(made.entity);
        const steps = ["makes", index] as const;
        return [
          ...entityName(model, made.entity, [...steps, "entity"]),
          ...expression(made.when, scope, [...steps, "when"]),
          ...(made.match ?? []).flatMap(({ field, value }, at) => [
            ...fieldName(to, field, [...steps, "match", at, "field"]),
            ...expression(value, scope, [...steps, "match", at, "value"]),
          ]),
          ...Object.entries(made.values ?? {}).flatMap(([key, value]) => {
            const field = to?.fields.get(key);
            return [
              ...named(key, field?.address, [...steps, "values", key], { key: true, spare: true }),
              ...chosen(model, field, value, [...steps, "values", key]),
              ...expressionsIn(value, scope, [...steps, "values", key]),
            ];
          }),
          ...fieldName(from, made.into, [...steps, "into"], { spare: true }),
        ];
      }),
      ...moves.flatMap(({ list, set }, index) => {
        const child = model.entities.get(from?.inverses.get(list)?.entity ?? "");
        return [
          ...listName(from, list, ["moves", index, "list"]),
          ...Object.keys(set).flatMap((key) =>
            named(key, child?.fields.get(key)?.address, ["moves", index, "set", key], { key: true }),
          ),
        ];
      }),
    ];
  },
  parts: (document) => [
    whole(document, document.title, document.$id, "makes", "moves"),
    ...document.makes.map((made, index): Part => ({
      id: `made ${made.name}`,
      path: at(["makes", index]),
      what: "Made",
      title: made.name,
      ordered: true,
      values: { ...made },
    })),
    ...(document.moves ?? []).map((move, index): Part => ({
      id: `moved ${move.list}`,
      path: at(["moves", index]),
      what: "List",
      title: move.list,
      values: { ...move },
    })),
  ],
  said: (document) => saidOf(itself, document),
};
