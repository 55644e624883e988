import { sql } from "kysely";
import { checkExpression } from "../expression/check.ts";
import { recordScope } from "../expression/scope.ts";
import type { Field, Model } from "../model.ts";
import { compileCondition } from "./expression.ts";
import { Source } from "./source.ts";
import { newestAlike, rowsAlike, type Piece, type Target } from "./write.ts";

/**
 * The newest standing records that share values, as `newestAlike` finds them, and for which a condition over their own
 * fields holds. A condition that does not read finds none.
 */
export function newestAlikeWhere(
  model: Model,
  target: Target,
  {
    fields,
    most,
    where,
  }: { readonly fields: readonly Field[]; readonly most: number; readonly where: string | undefined },
): Piece {
  if (where === undefined) return newestAlike(target, fields, most);
  const { schema, entity } = target;
  const checked = checkExpression(where, recordScope(model, entity.name), { kind: "boolean" }).expression;
  const source = new Source({ model, schema, access: undefined }, entity, "c");
  const holds = checked ? compileCondition(checked, source.context(source.root, false)) : sql`false`;
  const alike = rowsAlike(target, fields, { slot: 0, one: true }, undefined);
  return sql`select a.id from (${alike}) as a where exists (select from ${source.from()} where c.id = a.id and ${holds})
    order by a.id desc limit ${sql.lit(most)}`;
}
