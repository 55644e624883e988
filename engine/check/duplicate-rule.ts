import type { DuplicateRuleDocument } from "schemas";
import { checkExpression } from "../expression/check.ts";
import { readsAsker, readsClock } from "../expression/linear.ts";
import { recordScope } from "../expression/scope.ts";
import { below, type Node } from "../expression/tree.ts";
import { canBeLike } from "../likeness.ts";
import type { Entity, Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { fieldUnknown } from "./entity.ts";
import { conditionFaults } from "./expressions.ts";
import type { Known } from "./field.ts";
import { placeOf } from "./place.ts";
import { entityUnknown } from "./screens.ts";

/** Whether records can be compared by a rule: its fields are there, each can be like another, and its condition is the record's own. */
export function checkDuplicateRule(model: Model, document: DuplicateRuleDocument, known: Known): readonly Fault[] {
  const entity = model.entities.get(document.entity);
  if (!entity) return entityUnknown(model, document.entity, placeOf(document, "entity"), known);
  const { match, where } = document;
  const seen = new Set<string>();
  return [
    ...match.flatMap(({ field: name, by }, index) => {
      const path = placeOf(document, "match", index, "field");
      const field = entity.fields.get(name);
      if (!field) return [fieldUnknown(entity, name, path)];
      const twice = seen.has(name);
      seen.add(name);
      if (twice) return [fault("duplicate_rule.twice", { field: name, path })];
      return canBeLike(field, by) ? [] : [fault("duplicate_rule.field", { title: field.title, by, path })];
    }),
    ...conditionFaults(model, entity.name, where, placeOf(document, "where")),
    ...(where === undefined || isOwn(model, entity, where.cel)
      ? []
      : [fault("duplicate_rule.where", { path: placeOf(document, "where", "cel") })]),
  ];
}

/** Whether a condition reads fields of the record alone: the same record is like another today as tomorrow, whoever asks. */
function isOwn(model: Model, entity: Entity, cel: string): boolean {
  const { expression } = checkExpression(cel, recordScope(model, entity.name));
  if (!expression) return true;
  const own = expression.paths.every(([first, ...more]) => more.length === 0 && first?.list === undefined);
  return own && !readsClock(expression.node) && !readsAsker(expression.node) && !readsPast(expression.node);
}

/** Whether it hangs on what is kept beside the record: segments, and where it has been. */
const readsPast = (node: Node): boolean =>
  node.op === "in_segment" || node.op === "been" || below(node).some(readsPast);
