import { sql } from "kysely";
import type { Change } from "../change.ts";
import type { Expression } from "schemas";
import { checkExpression, type Checked } from "../expression/check.ts";
import { recordScope } from "../expression/scope.ts";
import type { Entity, Field, Model } from "../model.ts";
import { rollupsOf, type Rollup } from "../rollup.ts";
import { compile } from "./compile.ts";
import { makeStructure, structuresOfField } from "./ddl-rule.ts";
import { identifier, newColumn, tableOf } from "./names.ts";
import { fill, touchedSince } from "./rollup.ts";
import { entityNow } from "./standing.ts";
import { afterId, made, sinceXid, type Publishing, type Statement } from "./statement.ts";

/** Who writes a record of the list waits for a batch, so it is small. */
const batchRows = 200;

/**
 * A roll-up that comes to many records is worked out before the switch, under names that nobody reads, and again for
 * what was written meanwhile; undefined where the switch does it at once.
 */
export function addRollup(publishing: Publishing, field: Field): readonly Statement[] | undefined {
  const rollup = earlyRollup(publishing, field);
  if (!rollup) return undefined;
  const { schema, next } = publishing;
  const table = tableOf(schema, rollup.parent.name);
  const names = Object.keys(field.columns);
  const fresh = names.map((_, at) => newColumn(field.anchor, at));
  const columns = Object.values(field.columns).map((type, at): Statement => ({
    ...made("newColumn", `alter table ${table} add column ${identifier(fresh[at] ?? "")} ${type}`),
    phase: "prepare",
    undo: `alter table ${table} drop column if exists ${identifier(fresh[at] ?? "")}`,
  }));
  const reader = { model: next, schema: identifier(schema), access: undefined };
  const of = (batch: Parameters<typeof fill>[3]) => compile(fill(reader, rollup, fresh, batch));
  const ids = sql`select p.id from ${sql.raw(table)} as p`;
  const touched = touchedSince(identifier(schema), rollup, sinceXid);
  // Writers of the list hold the same rows in the same order, so nobody waits for each other.
  const some = sql`order by p.id limit ${sql.raw(String(batchRows))} for no key update of p`;
  const all = of(ids);
  const values: Statement = {
    ...all,
    step: "newValues",
    phase: "prepare",
    batches: {
      each: of(sql`${ids} where p.id > ${afterId}::uuid ${some}`),
      since: of(sql`${ids} where p.id = any(array(${touched})) and p.id > ${afterId}::uuid ${some}`),
    },
  };
  const renamed = names.map((name, at) =>
    made("add", `alter table ${table} rename column ${identifier(fresh[at] ?? "")} to ${identifier(name)}`),
  );
  const structures = structuresOfField(next, field).flatMap((it) => makeStructure(publishing, field, it));
  return [...columns, values, ...renamed, ...structures];
}

/** Whether a change brings a roll-up that is worked out before the switch. */
export function comesEarly(publishing: Publishing, change: Change): boolean {
  if (change.act !== "field.add") return false;
  const rollup = rollupsOf(publishing.next).find(({ field }) => field.address === change.address);
  return rollup !== undefined && earlyRollup(publishing, rollup.field) !== undefined;
}

/** A roll-up over many records, or on many, of which everything that it is made of stands already as it will. */
function earlyRollup({ now, next, large, ...rest }: Publishing, field: Field): Rollup | undefined {
  const rollup = rollupsOf(next).find((it) => it.field.address === field.address);
  if (!rollup || !(large?.has(rollup.child.anchor) || large?.has(rollup.parent.anchor))) return undefined;
  const publishing = { now, next, ...rest };
  const [parent, child] = [rollup.parent, rollup.child].map((it) => entityNow(publishing, it.anchor));
  if (parent?.name !== rollup.parent.name || child?.name !== rollup.child.name) return undefined;
  const inputs = [rollup.list.reference, ...inputsOf(next, rollup.child, [rollup.value, rollup.where])];
  return inputs.every((input) => standsAlike(child.fields.get(input.name), input)) ? rollup : undefined;
}

function standsAlike(old: Field | undefined, field: Field): boolean {
  const said = ({ property, columns, type, targetAnchors }: Field) =>
    JSON.stringify([type.name, columns, targetAnchors, property.value, property.result, property.choices]);
  return old?.address === field.address && said(old) === said(field);
}

/** The fields that expressions read, those behind formulas included. */
function inputsOf(model: Model, entity: Entity, given: readonly (Checked | undefined)[]): readonly Field[] {
  return given.flatMap((expression) =>
    (expression?.paths ?? []).flatMap(([first]) => {
      const field = first?.field;
      if (!field) return [];
      const cel = field.type.name === "formula" ? (field.property.value as Expression).cel : undefined;
      const inner = cel === undefined ? undefined : checkExpression(cel, recordScope(model, entity.name)).expression;
      return [field, ...inputsOf(model, entity, [inner])];
    }),
  );
}
