import type { Guard, WorkflowDocument } from "schemas";
import { movesOf, placesOf } from "./places.ts";
import { begunWith, enteredBy } from "./rules/ways.ts";

/**
 * The guards of the ways into a state from elsewhere, of which one has to hold for a run to come there; nothing where a
 * way is open to all, or runs begin there.
 */
export function guardsInto(document: WorkflowDocument, key: string): readonly Guard[] | undefined {
  const places = placesOf(document);
  const moves = movesOf(document, places);
  const place = places.find((it) => it.key === key);
  if (!place || begunWith({ document, places, moves }).includes(place)) return undefined;
  const into = moves.filter(
    ({ from, target, transition }) =>
      transition.target !== undefined && target && from !== place && enteredBy({ places }, target).includes(place),
  );
  const guards = into.flatMap(({ transition: { guard } }) => guard ?? []);
  return into.length > 0 && guards.length === into.length ? guards : undefined;
}
