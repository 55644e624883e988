import type { DuplicateRuleDocument, Likeness } from "schemas";
import { both, covers, type EntityAccess, type RowRule } from "./access.ts";
import { checkExpression, type Checked } from "./expression/check.ts";
import { holds } from "./expression/evaluate.ts";
import { recordScope } from "./expression/scope.ts";
import { inputsOf, withFormulas } from "./formulas.ts";
import type { Entity, Field, Model } from "./model.ts";
import type { Values } from "./values.ts";
import type { PlannedWrite } from "./write.ts";

/** A duplicate rule with all that it is made of at hand. */
export interface ReadDuplicateRule {
  readonly document: DuplicateRuleDocument;
  readonly anchor: string;
  readonly entity: Entity;
  readonly match: readonly { readonly field: Field; readonly by: Likeness["by"] }[];
  readonly where: Checked | undefined;
}

/** Whether values of a field can be compared so: one column keeps them, and letters or digits stand in it where these are compared. */
export function canBeLike(field: Field, by: Likeness["by"]): boolean {
  const [type, ...more] = Object.values(field.columns);
  if (field.system || type === undefined || more.length > 0) return false;
  return by === "same" ? !type.endsWith("[]") && !type.startsWith("json") : type === "text";
}

const known = new WeakMap<Model, ReadonlyMap<string, readonly ReadDuplicateRule[]>>();

/** The duplicate rules of an entity. */
export function duplicateRulesOn(model: Model, entity: string): readonly ReadDuplicateRule[] {
  const found = known.get(model) ?? Map.groupBy(readAll(model), (rule) => rule.entity.name);
  known.set(model, found);
  return found.get(entity) ?? [];
}

function readAll(model: Model): readonly ReadDuplicateRule[] {
  return [...model.duplicateRules.values()].flatMap((document) => {
    const entity = model.entities.get(document.entity);
    if (!entity) return [];
    const match = document.match.flatMap(({ field: name, by }) => {
      const field = entity.fields.get(name);
      return field ? [{ field, by }] : [];
    });
    const scope = recordScope(model, entity.name);
    const where = document.where && checkExpression(document.where.cel, scope, { kind: "boolean" }).expression;
    return [{ document, anchor: document.$anchor, entity, match, where }];
  });
}

/** The fields of a record by which a rule decides. */
export function inputsOfRule(model: Model, { entity, match, where }: ReadDuplicateRule): readonly Field[] {
  const read = [...inputsOf(model, entity, where?.paths ?? [])].flatMap((name) => entity.fields.get(name) ?? []);
  return [...new Set([...match.map(({ field }) => field), ...read])];
}

/**
 * The records of which a reader may know by a rule that they are like others: whoever knows learns what stands in the
 * fields by which the rule decides.
 */
export function knowable(model: Model, access: EntityAccess, rule: ReadDuplicateRule): RowRule {
  return inputsOfRule(model, rule).reduce((sofar, field) => both(sofar, access.readable(field)), access.rule("read"));
}

/** Whether a write may make a record like another one: it comes, comes back, or changes in what a rule looks at. */
export function mayBecomeLike(model: Model, rule: ReadDuplicateRule, { act, changed }: PlannedWrite): boolean {
  if (act === "create" || act === "restore") return true;
  return act !== "trash" && inputsOfRule(model, rule).some((field) => changed.includes(field));
}

/** Whether a record can be like another one by a rule at all: nothing that is compared is empty, and its condition holds. */
export function canBeLikeBy(model: Model, { entity, match, where }: ReadDuplicateRule, record: Values): boolean {
  if (match.some(({ field }) => (record[field.name] ?? null) === null)) return false;
  return !where || holds(where, withFormulas(model, entity, { record, now: "", today: "" }));
}

/** Whether somebody may store what a rule refuses: she may bypass wherever she may write. */
export function mayDespite(access: EntityAccess, { document }: ReadDuplicateRule, act: "create" | "update"): boolean {
  return document.act !== "refuse" || covers(access.rule("bypass"), access.rule(act));
}
