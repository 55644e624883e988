import { dayIn, normalValues, validatorOf, withFormulas, type Ask, type Values } from "engine";
import { newestAlikeWhere, writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "../store/operation.ts";
import { ask, entityOf, rowsOf, shaped, targetOf } from "../store/rows.ts";

type Asked = Extract<Ask, { ask: "records" }>;

/** Standing records with these values for which the condition holds, the newest first. A value that is empty, or none of its field's, finds none. */
export async function recordsLike(tx: Connection, scene: Scene, { entity: name, match, where, most }: Asked) {
  const entity = entityOf(scene, name);
  const values = normalValues(scene.model, entity, match);
  const by = Object.keys(match).flatMap((field) => entity.fields.get(field) ?? []);
  if (by.some((field) => (values[field.name] ?? null) === null)) return [];
  if (validatorOf(scene.model).validate(name, values, { partial: true }).length > 0) return [];
  const target = targetOf(scene, entity);
  const shape = ["newest alike", name, by.map((field) => field.name), where ?? null, most];
  const make = () => newestAlikeWhere(scene.model, target, { fields: by, most, where });
  const slots = { ids0: [], ...writing.cellSlots(by, [values]) };
  const ids = (await ask<{ id: string }>(tx, shaped(scene, shape, make, slots))).map(({ id }) => id);
  if (ids.length === 0) return [];
  const rows = await rowsOf<{ record: Values }>(tx, scene, writing.rowsById(target, ids));
  const around = { now: scene.now.toISOString(), today: dayIn(scene.model.workspace.time_zone, scene.now) };
  const whole = (record: Values) => withFormulas(scene.model, entity, { ...around, record }).record ?? record;
  const found = new Map(rows.map(({ record }) => [String(record.id), whole(record)]));
  return ids.flatMap((id) => found.get(id) ?? []);
}
