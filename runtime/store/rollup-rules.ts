import { brokenAmong, fault, refuse, rulesOver, type Entity, type EntityRule, type Fault, type Values } from "engine";
import { rollups, writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { rowsOf, targetOf } from "./rows.ts";
import { environmentOf } from "./rules.ts";

/**
 * Looks at the rules of locked records that hang on their roll-ups, before these change; the answer refuses what has been
 * broken since, at the places of all writes that had a part in it. What was broken already may be mended step by step.
 */
export async function watchRules(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  rows: readonly rollups.RollupRow[],
): Promise<() => Promise<void>> {
  const ids = rows.map(({ id }) => id);
  const rules = rulesOver(scene.model, entity, [...new Set(rows.flatMap(({ fields }) => [...fields.keys()]))]);
  if (rules.length === 0) return () => Promise.resolve();
  const look = () => brokenBy(tx, scene, entity, ids, rules);
  const before = await look();
  return async () => {
    const now = await look();
    const faults = rows.flatMap((row) => {
      const broken = now.get(row.id)?.filter((it) => !before.get(row.id)?.includes(it)) ?? [];
      return broken.flatMap((it) => brokenAt(scene, entity, row, it));
    });
    refuse([...new Map(faults.map((it) => [`${it.path} ${it.detail}`, it])).values()]);
  };
}

/** A rule that a record breaks, told at the places of the writes that have changed the roll-ups on which it hangs. */
function brokenAt({ model }: Scene, entity: Entity, { fields }: rollups.RollupRow, rule: EntityRule): readonly Fault[] {
  const moving = [...fields].filter(([name]) => rulesOver(model, entity, [name]).includes(rule));
  const paths = new Set(moving.flatMap(([, { paths }]) => [...paths]));
  return [...paths].map((path) => fault("rule.broken", { message: rule.message, path }));
}

/** Which rules records break that are not in the trash, by their ids. */
async function brokenBy(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  ids: readonly string[],
  rules: readonly EntityRule[],
): Promise<ReadonlyMap<string, readonly EntityRule[]>> {
  const rows = await rowsOf<{ record: Values }>(tx, scene, writing.rowsById(targetOf(scene, entity), ids));
  const records = rows.map(({ record }) => record).filter(({ deleted_at }) => (deleted_at ?? null) === null);
  const around = await environmentOf(tx, scene, entity, records);
  return new Map(
    records.map((record) => [String(record.id), brokenAmong(scene.model, entity, rules, { ...around, record })]),
  );
}
