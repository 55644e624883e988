import type { WorkflowDocument } from "schemas";
import { fault, type Fault } from "../problem.ts";
import type { Values } from "../values.ts";
import type { Machine } from "./machine.ts";
import { movesOf } from "./places.ts";

/** The fields that are to be filled when transitions are taken. */
export interface Asks {
  /** By the forms of the transitions: whoever sends the event fills them in. */
  readonly form: readonly string[];
  /** By the states that they lead to, whoever or whatever takes them. */
  readonly states: readonly string[];
}

/** What the transitions of a document ask for, by their `meta.id`. */
export function asksOf(document: WorkflowDocument): (taken: readonly string[]) => Asks {
  const asking = movesOf(document).flatMap(({ transition: { meta }, target, from }) => {
    const form = (meta.form ?? []).flatMap(({ field, required }) => (required ? [field] : []));
    const states = (target !== from && target?.node.meta.requires) || [];
    return form.length + states.length > 0 ? [{ id: meta.id, form, states }] : [];
  });
  return (taken) => {
    const open = asking.filter(({ id }) => taken.includes(id));
    return { form: open.flatMap(({ form }) => form), states: open.flatMap(({ states }) => states) };
  };
}

/** A record around a move. */
export interface AroundMove {
  /** As whoever has sent the event leaves it; nothing where nobody fills in a form. */
  readonly given?: Values;
  /** As the move leaves it. */
  readonly after: Values;
}

/** What stands against a move: fields that it leaves empty, each once. */
export function unfilled(
  { asks, entity }: Pick<Machine, "asks" | "entity">,
  taken: readonly string[],
  { given, after }: AroundMove,
): readonly Fault[] {
  const { form, states } = asks(taken);
  const empty = (record: Values, names: readonly string[]) => names.filter((name) => (record[name] ?? null) === null);
  const names = new Set([...(given ? empty(given, form) : []), ...empty(after, states)]);
  return [...names].map((name) =>
    fault("value.missing", { title: entity.fields.get(name)?.title ?? name, path: `/values/${name}` }),
  );
}
