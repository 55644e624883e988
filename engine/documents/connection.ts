import type { ConnectionDocument } from "schemas";
import { checkConnection } from "../check/connections.ts";
import { checkConnectionExpressions } from "../check/expressions.ts";
import { eventAddress } from "../address.ts";
import { at } from "../check/place.ts";
import { recordScope } from "../expression/scope.ts";
import type { DocumentKind, Part } from "./document-kind.ts";
import { expression, named } from "./mention.ts";
import { whole } from "./part.ts";

/** A connection names entities by keys, their events, and what its conditions read. */
export const connection: DocumentKind<ConnectionDocument> = {
  check: (document, model, known) => [
    ...checkConnection(model, document, known),
    ...checkConnectionExpressions(model, document),
  ],
  mentions: (document, model) =>
    Object.entries(document.entities).flatMap(([name, { events = [], filter }]) => {
      const entity = model.entities.get(name);
      const steps = ["entities", name];
      return [
        ...named(name, entity?.anchor, steps, { key: true, spare: true }),
        ...events.flatMap((event, index) =>
          named(event, eventAddress(model, name, event), [...steps, "events", index], { spare: true }),
        ),
        ...(entity ? expression(filter, recordScope(model, entity.name), [...steps, "filter"]) : []),
      ];
    }),
  parts: (document, model) => [
    whole(document, document.title, document.$id, "entities"),
    ...Object.entries(document.entities).map(([name, subject]): Part => {
      const entity = model.entities.get(name);
      return {
        id: `entity ${entity?.anchor ?? name}`,
        path: at(["entities", name]),
        what: "Told of",
        title: entity?.plural ?? name,
        values: { ...subject },
      };
    }),
  ],
};
