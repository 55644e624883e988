import type { EntityDocument, Expression } from "schemas";
import { checkExpression, type Checked } from "../expression/check.ts";
import { recordScope } from "../expression/scope.ts";
import { below, type Node } from "../expression/tree.ts";
import type { RollingUp } from "../field-types/rollup.ts";
import type { Entity, Field, Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { near, placeOf } from "./place.ts";

/** What is wrong with the roll-ups of an entity: lists that are not there, values that no write could keep up to date. */
export function checkRollups(model: Model, document: EntityDocument): readonly Fault[] {
  const entity = model.entities.get(document.$id);
  const own = [...(entity?.fields.values() ?? [])].filter(({ type }) => type.name === "rollup");
  return entity ? own.flatMap((field) => checkRollup(model, document, entity, field)) : [];
}

function checkRollup(model: Model, document: EntityDocument, entity: Entity, field: Field): readonly Fault[] {
  const { of, measure, value, where, currency, on, result } = field.property as unknown as RollingUp;
  const place = (...steps: readonly string[]) => placeOf(document, "properties", field.name, ...steps);
  const list = entity.inverses.get(of);
  if (!list) {
    const hint = near(of, entity.inverses.keys());
    return [fault("document.list_unknown", { entity: entity.name, list: of, path: place("of"), ...hint })];
  }
  const child = model.entities.get(list.entity);
  if (!child) return [];
  const wanted = result === "date_time" ? "moment" : result === "date" ? "date" : "number";
  const steady = result === undefined || result === "number" || measure === "min" || measure === "max";
  return [
    ...(value === undefined && measure !== "count" ? [fault("rollup.value", { measure, path: place() })] : []),
    ...(currency === undefined && measure === "unrated" ? [fault("rollup.currency", { path: place() })] : []),
    ...(steady ? [] : [fault("rollup.result", { measure, path: place("result") })]),
    ...(value ? inputFaults(model, child, value, { wanted, path: place("value", "cel") }) : []),
    ...(where ? inputFaults(model, child, where, { wanted: "boolean", path: place("where", "cel") }) : []),
    ...(currency ? inputFaults(model, child, currency, { wanted: "text", path: place("currency", "cel") }) : []),
    ...(on ? inputFaults(model, child, on, { wanted: "date", path: place("on", "cel") }) : []),
  ];
}

function inputFaults(
  model: Model,
  child: Entity,
  { cel }: Expression,
  { wanted, path }: { readonly wanted: Checked["type"]["kind"]; readonly path: string },
): readonly Fault[] {
  const { expression, faults } = checkExpression(cel, recordScope(model, child.name), { kind: wanted });
  if (!expression) return faults.map((it) => ({ ...it, path }));
  const reached = unsteady(model, child, expression, new Set());
  return reached === undefined ? [] : [fault("rollup.reaches", { reached, path })];
}

/** What of an expression changes without a write to the record itself: the clock, who asks, other records, roll-ups. */
function unsteady(model: Model, child: Entity, { node, paths }: Checked, seen: Set<string>): string | undefined {
  const foreign = foreignIn(node);
  if (foreign !== undefined) return foreign;
  for (const [first, ...more] of paths) {
    if (!first) continue;
    if (more.length > 0 || first.list || first.field?.type.name === "rollup")
      return [first, ...more].map(({ name }) => name).join(".");
    const formula = first.field?.type.name === "formula" ? (first.field.property.value as Expression) : undefined;
    if (!formula || seen.has(first.name)) continue;
    seen.add(first.name);
    const { expression } = checkExpression(formula.cel, recordScope(model, child.name));
    const reached = expression && unsteady(model, child, expression, seen);
    if (reached !== undefined) return reached;
  }
  return undefined;
}

function foreignIn(node: Node): string | undefined {
  if (node.op === "now" || node.op === "today") return node.op;
  if (node.op === "path" && node.root !== "record") return node.root;
  for (const inner of below(node)) {
    const found = foreignIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
