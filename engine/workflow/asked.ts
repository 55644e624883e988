import type { WorkflowDocument } from "schemas";
import { fault, type Fault } from "../problem.ts";
import type { Values } from "../values.ts";
import type { Step } from "./kernel.ts";
import type { Machine } from "./machine.ts";
import { movesOf } from "./places.ts";

/** The fields that the forms of transitions ask for, by their `meta.id`: whoever sends the event fills them in. */
export function formsOf(document: WorkflowDocument): (taken: readonly string[]) => readonly string[] {
  const asking = movesOf(document).flatMap(({ transition: { meta } }) => {
    const fields = (meta.form ?? []).flatMap(({ field, required }) => (required ? [field] : []));
    return fields.length > 0 ? [{ id: meta.id, fields }] : [];
  });
  return (taken) => asking.filter(({ id }) => taken.includes(id)).flatMap(({ fields }) => fields);
}

/** A record around a move. */
export interface AroundMove {
  /** As whoever has sent the event leaves it; nothing where nobody fills in a form. */
  readonly given?: Values;
  /** As the move leaves it. */
  readonly after: Values;
}

/**
 * What stands against a move: fields that it leaves empty, each once. The states that it enters ask for theirs whoever or
 * whatever makes it.
 */
export function unfilled(
  { forms, entity }: Pick<Machine, "forms" | "entity">,
  { taken, requires }: Pick<Step, "taken" | "requires">,
  { given, after }: AroundMove,
): readonly Fault[] {
  const names = new Set([...(given ? emptyIn(given, forms(taken)) : []), ...emptyIn(after, requires)]);
  return [...names].map((name) =>
    fault("value.missing", { title: entity.fields.get(name)?.title ?? name, path: `/values/${name}` }),
  );
}

/** Those of the fields that a record leaves empty. */
export const emptyIn = (record: Values, names: readonly string[]): readonly string[] =>
  names.filter((name) => (record[name] ?? null) === null);
