import type { RoleDocument } from "schemas";
import { checkRoleExpressions } from "../check/expressions.ts";
import { checkRole } from "../check/screens.ts";
import { eventAddress } from "../address.ts";
import { at } from "../check/place.ts";
import { recordScope } from "../expression/scope.ts";
import type { DocumentKind, Part } from "./document-kind.ts";
import { expressionsIn, named } from "./mention.ts";
import { itself, rest, saidOf, whole } from "./part.ts";

/** A role names entities, their fields and events by keys, and what its conditions read. */
export const role: DocumentKind<RoleDocument> = {
  check: (document, model, known) => [...checkRole(model, document, known), ...checkRoleExpressions(model, document)],
  mentions: (document, model) =>
    Object.entries(document.entities).flatMap(([name, rights]) => {
      const entity = model.entities.get(name);
      const steps = ["entities", name];
      const key = { key: true, spare: true } as const;
      return [
        ...named(name, entity?.anchor, steps, key),
        ...Object.keys(rights.fields ?? {}).flatMap((field) =>
          named(field, entity?.fields.get(field)?.address, [...steps, "fields", field], key),
        ),
        ...Object.keys(rights.events ?? {}).flatMap((event) =>
          named(event, entity && eventAddress(model, entity.name, event), [...steps, "events", event], key),
        ),
        ...(entity ? expressionsIn(rights, recordScope(model, entity.name), steps) : []),
      ];
    }),
  parts: (document, model) => [
    whole(document, document.title, document.$id, "entities"),
    ...Object.entries(document.entities).flatMap(([name, rights]): readonly Part[] => {
      const entity = model.entities.get(name);
      const id = `entity ${entity?.anchor ?? name}`;
      const title = entity?.plural ?? name;
      return [
        { id, path: at(["entities", name]), what: "Rights on", title, values: rest(rights, "fields", "events") },
        ...Object.entries(rights.fields ?? {}).map(([field, values]): Part => {
          const found = entity?.fields.get(field);
          const path = at(["entities", name, "fields", field]);
          return {
            id: `${id} ${found?.address ?? field}`,
            path,
            what: "Rights on the field",
            title: found?.title ?? field,
            within: id,
            values: { ...values },
          };
        }),
        ...Object.entries(rights.events ?? {}).map(([event, scope]): Part => {
          const path = at(["entities", name, "events", event]);
          return { id: `${id} !${event}`, path, what: "Right to send", title: event, within: id, values: { scope } };
        }),
      ];
    }),
  ],
  said: (document) => saidOf(itself, document),
};
