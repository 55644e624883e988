import type { QueueDocument } from "schemas";
import type { Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { fieldUnknown } from "./entity.ts";
import { conditionFaults } from "./expressions.ts";
import type { Known } from "./field.ts";
import { near, placeOf } from "./place.ts";
import { entityUnknown } from "./screens.ts";

/** Whether records can wait in a queue and somebody can work in it. */
export function checkQueue(model: Model, document: QueueDocument, known: Known): readonly Fault[] {
  const entity = model.entities.get(document.entity);
  if (!entity) return entityUnknown(model, document.entity, placeOf(document, "entity"), known);
  const { when, team, role, same, rank, skills = [], overflow } = document;
  const fields: readonly (readonly [string | undefined, readonly string[]])[] = [
    [same, ["same"]],
    [rank?.field, ["rank", "field"]],
  ];
  const others = [...model.queues.values()].filter((it) => it.entity === entity.name && it.$id !== document.$id);
  return [
    ...(team === undefined && role === undefined ? [fault("queue.nobody", { path: placeOf(document) })] : []),
    ...(role === undefined || model.roles.has(role)
      ? []
      : [fault("role.unknown", { role, path: placeOf(document, "role"), ...near(role, model.roles.keys()) })]),
    ...fields.flatMap(([name, steps]) =>
      name === undefined || entity.fields.has(name) ? [] : [fieldUnknown(entity, name, placeOf(document, ...steps))],
    ),
    ...(overflow === undefined || others.some(({ $id }) => $id === overflow.to)
      ? []
      : [
          fault("queue.unknown", {
            queue: overflow.to,
            path: placeOf(document, "overflow", "to"),
            ...near(
              overflow.to,
              others.map(({ $id }) => $id),
            ),
          }),
        ]),
    ...conditionFaults(model, entity.name, when, placeOf(document, "when")),
    ...skills.flatMap((skill, index) =>
      conditionFaults(model, entity.name, skill.when, placeOf(document, "skills", index, "when")),
    ),
  ];
}
