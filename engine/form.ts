import type { EntityAccess } from "./access.ts";
import {
  clearedFields,
  fieldConditions,
  isShown,
  isWanted,
  offeredChoices,
  sectionConditions,
  type FieldConditions,
} from "./conditions.ts";
import { isEmpty } from "./entity-schema.ts";
import { holds, type Environment } from "./expression/evaluate.ts";
import { emptyInputs } from "./expression/explain.ts";
import { inputsOf, withFormulas } from "./formulas.ts";
import type { Entity, Field, Model } from "./model.ts";
import { hasRules, rulesOf } from "./rules.ts";
import { isExpression, type Values } from "./values.ts";
import { isSame } from "./write.ts";

/** What a form does with one field, as the record stands in it. */
export interface FormField {
  readonly shown: boolean;
  /** Without a value the record would be refused: by the field itself, by its condition or by a rule. */
  readonly required: boolean;
  /** The choices offered, where not all of them are. */
  readonly choices?: readonly string[];
  /** The value goes when the record is written. */
  readonly cleared: boolean;
  /** The value stays, though the field is shown no longer. */
  readonly kept: boolean;
}

/** What a form does with its fields, by their names, and with the sections of the layout, in their order. */
export interface RecordForm {
  readonly fields: Readonly<Record<string, FormField>>;
  readonly sections: readonly { readonly shown: boolean }[];
}

/** Whether the form of an entity depends on what stands in it, on who asks or on the day. */
export function hasConditions(model: Model, entity: Entity): boolean {
  return hasRules(model, entity) || sectionConditions(model, entity).length > 0;
}

/** The record as it stands in a form, and as it stood before, where it is no new one. */
export interface Formed {
  readonly environment: Environment;
  readonly before?: Values;
}

/**
 * What a form does with the record in it, told to whoever has this access: a field that she never reads is not in it.
 * Works as a write would: what is cleared may hide others.
 */
export function formOf(
  model: Model,
  entity: Entity,
  access: EntityAccess | undefined,
  { environment, before }: Formed,
): RecordForm {
  const cleared = new Set(clearedFields(model, entity, environment));
  const emptied = Object.fromEntries([...cleared].map(({ name }) => [name, null]));
  const within = withFormulas(model, entity, { ...environment, record: { ...environment.record, ...emptied } });
  const stood = before && withFormulas(model, entity, { ...environment, record: before });
  const conditions = new Map(fieldConditions(model, entity).map((it) => [it.field, it]));
  const ruled = wantedByRules(model, entity, within);
  const told = [...entity.fields.values()].filter(
    (field) => !field.system && (!access || access.readable(field).kind !== "none"),
  );
  const hidden = new Set(
    sectionConditions(model, entity).flatMap(({ at, visible }) => (holds(visible, within) ? [] : [at])),
  );
  const layout = [...model.layouts.values()].find((it) => it.entity === entity.name);
  return {
    fields: Object.fromEntries(
      told.map((field) => {
        const own = conditions.get(field);
        const form = formField(field, own, ruled.has(field.name), within);
        const kept = !form.shown && !cleared.has(field) && wasTold(field, own, within, stood);
        return [field.name, { ...form, cleared: cleared.has(field), kept }];
      }),
    ),
    sections: (layout?.sections ?? []).map((_, at) => ({ shown: !hidden.has(at) })),
  };
}

function formField(
  field: Field,
  conditions: FieldConditions | undefined,
  ruled: boolean,
  environment: Environment,
): Omit<FormField, "cleared" | "kept"> {
  const shown = !conditions || isShown(conditions, environment);
  const choices = conditions && offeredChoices(conditions, environment);
  const asked = !field.readOnly && !field.type.computed;
  const wanted = field.required || ruled || (conditions !== undefined && isWanted(conditions, environment));
  return { shown, required: asked && shown && wanted, ...(choices ? { choices } : {}) };
}

/** Whether a value has stood before people's eyes: shown before, or entered in a new record. A default is nobody's word. */
function wasTold(
  field: Field,
  conditions: FieldConditions | undefined,
  { record }: Environment,
  stood: Environment | undefined,
): boolean {
  const value = record?.[field.name];
  if (isEmpty(value)) return false;
  const given: unknown = field.property.default;
  if (!stood) return !isExpression(given) && !isSame(field, value, given);
  return !conditions || isShown(conditions, stood);
}

/** The fields without which a rule would be broken, whether they are filled now or not. */
function wantedByRules(model: Model, entity: Entity, environment: Environment): ReadonlySet<string> {
  const wanted = new Set<string>();
  for (const { when, require } of rulesOf(model, entity))
    for (const name of inputsOf(model, entity, require.paths)) {
      const without = withFormulas(model, entity, { ...environment, record: { ...environment.record, [name]: null } });
      if ((when && !holds(when, without)) || holds(require, without)) continue;
      if (emptyInputs(require, without).includes(name)) wanted.add(name);
    }
  return wanted;
}
