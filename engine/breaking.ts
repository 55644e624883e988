import type { Expression, Property, Rule } from "schemas";
import { checkExpression } from "./expression/check.ts";
import { recordScope } from "./expression/scope.ts";
import { below, type Node } from "./expression/tree.ts";
import type { Entity, Model } from "./model.ts";

/**
 * The filter of the records that break a rule, as a list takes it; undefined where the model cannot say it. Who writes is
 * left out: a record that somebody could not save as it stands is among them, whoever looks.
 */
export function breakingRule(model: Model, entity: Entity, { when, require }: Rule): string | undefined {
  const filled = /^\s*([\w.]+) != null\s*$/.exec(require.cel)?.[1];
  const broken = filled === undefined ? `!(${require.cel})` : `${filled} == null`;
  return sound(model, entity, [...forAnybody(model, entity, when), broken]);
}

/** The filter of the records that lack a value which a condition asks for. `standing` is the field's present name. */
export function lackingValues(
  model: Model,
  entity: Entity,
  { visible_when, required_when }: Property,
  standing: string | undefined,
): string | undefined {
  const asked = [required_when, visible_when].flatMap((it) => forAnybody(model, entity, it));
  return sound(model, entity, [...asked, ...(standing === undefined ? [] : [`${standing} == null`])]);
}

/** The filter of the records that hold a choice which is not offered to them. */
export function outsideOffers(
  model: Model,
  entity: Entity,
  { offers = [] }: Property,
  standing: string,
): string | undefined {
  const each = offers.flatMap(({ when, choices }) => {
    const values = choices.map((value) => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`);
    const outside = [
      `${standing} != null`,
      ...(choices.length > 0 ? [`!(${standing} in [${values.join(", ")}])`] : []),
    ];
    return sound(model, entity, [...forAnybody(model, entity, when), ...outside]) ?? [];
  });
  return each.length === 0 ? undefined : each.length === 1 ? each[0] : each.map((it) => `(${it})`).join(" || ");
}

/** The parts of a condition that speak of the record: what speaks of the user alone may hold for somebody. */
function forAnybody(model: Model, entity: Entity, condition: Expression | undefined): readonly string[] {
  if (!condition) return [];
  const { expression } = checkExpression(condition.cel, recordScope(model, entity.name));
  if (!expression) return [condition.cel];
  const parts = conjuncts(expression.node).filter((node) => !roots(node).has("user") || roots(node).has("record"));
  return parts.map(({ op, start, end }) => {
    const text = condition.cel.slice(start, end);
    return op === "or" || op === "if" ? `(${text})` : text;
  });
}

function conjuncts(node: Node): readonly Node[] {
  return node.op === "and" ? node.args.flatMap(conjuncts) : [node];
}

function roots(node: Node): ReadonlySet<string> {
  const own = node.op === "path" ? [node.root] : [];
  return new Set([...own, ...below(node).flatMap((it) => [...roots(it)])]);
}

function sound(model: Model, entity: Entity, parts: readonly string[]): string | undefined {
  const filter = parts.join(" && ");
  const { expression } = checkExpression(filter, recordScope(model, entity.name), { kind: "boolean" });
  return expression && filter;
}
