import { sql } from "kysely";
import { breakingRule, lackingValues, outsideOffers } from "../breaking.ts";
import type { Change } from "../change.ts";
import { checkExpression } from "../expression/check.ts";
import { recordScope } from "../expression/scope.ts";
import type { Concerned } from "./breaks.ts";
import { compileCondition } from "./expression.ts";
import { Source } from "./source.ts";
import { identifier } from "./names.ts";
import { oldColumns } from "./standing.ts";
import type { Publishing } from "./statement.ts";
import type { Piece } from "./write.ts";

/** The records that conditions and rules of the next model would refuse as they stand; undefined for other moves. */
export function refusedBy(
  publishing: Publishing,
  change: Change,
  { entity, old, field }: Concerned,
): { readonly where: Piece; readonly value: Piece; readonly filter: string } | undefined {
  const { now, next } = publishing;
  if (!entity) return undefined;
  const column = old && oldColumns(old)[0];
  const value = column === undefined ? sql`null::text` : sql`t.${sql.id(column)}`;
  const told = (filter: string | undefined) => {
    const where = filter === undefined ? undefined : holding(publishing, entity.name, filter);
    return where && filter !== undefined ? { where, value, filter } : undefined;
  };
  switch (change.act) {
    case "field.asked":
      return field && told(lackingValues(now, entity, field.property, old?.name));
    case "field.offers":
      return field && old && told(outsideOffers(now, entity, field.property, old.name));
    case "rule.hold": {
      const rules = next.entities.get(change.entity)?.document.rules ?? [];
      const rule = rules.find(({ $anchor }) => $anchor === change.rule);
      return rule && told(breakingRule(now, entity, rule));
    }
    default:
      return undefined;
  }
}

/** A filter over the rows `t` as they stand, of nobody in particular and of this moment. */
function holding({ now, schema }: Publishing, entity: string, filter: string): Piece | undefined {
  const { expression } = checkExpression(filter, recordScope(now, entity), { kind: "boolean" });
  if (!expression) return undefined;
  const reader = { model: now, schema: identifier(schema), access: undefined, user: sql`null::uuid` };
  const source = new Source(reader, now.entities.get(entity)!, "c");
  const today = sql`(now() at time zone ${now.workspace.time_zone}::text)::date`;
  const held = compileCondition(expression, { ...source.context(source.root, false), now: sql`now()`, today });
  return sql`t.deleted_at is null and exists (select from ${source.from()} where c.id = t.id and ${held})`;
}
