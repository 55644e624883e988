import { brokenAmong, fault, refuse, rulesOver, type Entity, type EntityRule, type Values } from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { rowsOf, targetOf } from "./rows.ts";
import { environmentOf } from "./rules.ts";

/**
 * Looks at the rules of locked records that hang on some of their roll-ups, before these change; the answer refuses what
 * has been broken since. What was broken already may be mended step by step.
 */
export async function watchRules(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  ids: readonly string[],
  rollups: readonly string[],
): Promise<() => Promise<void>> {
  const rules = rulesOver(scene.model, entity, rollups);
  if (rules.length === 0) return () => Promise.resolve();
  const look = () => brokenBy(tx, scene, entity, ids, rules);
  const before = await look();
  return async () => {
    const broken = [...(await look())].flatMap(([id, them]) => them.filter((it) => !before.get(id)?.includes(it)));
    refuse([...new Set(broken)].map(({ message }) => fault("rule.broken", { message, path: "" })));
  };
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
