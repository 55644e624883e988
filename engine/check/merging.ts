import type { EntityDocument } from "schemas";
import type { Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { fieldUnknown } from "./entity.ts";
import { placeOf } from "./place.ts";
import { eventFaults, wantedBy } from "./screens.ts";

/**
 * What a joined record says: by a reference to its own entity that can be written, and an event that its workflows know
 * and that wants nothing else to be filled in.
 */
export function checkMerging(model: Model, document: EntityDocument): readonly Fault[] {
  const entity = model.entities.get(document.$id);
  const { merge } = document;
  if (!entity || !merge) return [];
  const field = entity.fields.get(merge.into);
  const path = placeOf(document, "merge", "into");
  const fits = field?.targets.length === 1 && field.targets[0] === entity.name && !field.readOnly && !field.system;
  return [
    ...(field
      ? fits
        ? []
        : [fault("entity.merge", { field: merge.into, path })]
      : [fieldUnknown(entity, merge.into, path)]),
    ...eventFaults(model, entity, merge.event === undefined ? [] : [merge.event], () =>
      placeOf(document, "merge", "event"),
    ),
    ...(merge.event === undefined ? [] : wantedBy(model, entity, merge.event))
      .filter((name) => name !== merge.into)
      .map((name) =>
        fault("entity.merge_asks", {
          ...{ event: merge.event!, field: entity.fields.get(name)?.title ?? name },
          path: placeOf(document, "merge", "event"),
        }),
      ),
  ];
}
