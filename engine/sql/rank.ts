import { sql } from "kysely";
import type { Field, Model } from "../model.ts";
import { stateOrder } from "../workflow/order.ts";
import type { Piece } from "./write.ts";

/** The values of a field in the order in which people have put them: choices as in their set, states as on a board. */
export function orderedValues(model: Model, { property, type }: Field): readonly string[] | undefined {
  if (type.name === "select")
    return (property.choices as readonly { readonly value: string }[] | undefined)?.map(({ value }) => value);
  const workflow = type.name === "state" ? model.workflows.get(String(property.workflow)) : undefined;
  return workflow && stateOrder(workflow, property.region as string | undefined);
}

/** A value as lists are sorted by it: by its place where its field's values have an order, else by itself. */
export function ranked(model: Model, field: Field, value: Piece): Piece {
  const values = orderedValues(model, field);
  if (!values || values.length === 0) return value;
  return sql`array_position(array[${sql.join(values.map((it) => sql.lit(it)))}]::text[], ${value})`;
}
