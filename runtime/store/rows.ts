import { problem, type Entity, type RowRule, type Values } from "engine";
import { bind, compile, rowCondition, writing } from "engine/sql";
import type { Connection, Queryable } from "../database/pool.ts";
import type { Part } from "./commit.ts";
import type { Scene } from "./operation.ts";
import { slotsOf } from "./read.ts";

/** Where a scene's entity lies. */
export function targetOf(scene: Scene, entity: Entity): writing.Target {
  return { schema: scene.workspace.schema, entity };
}

/** An entity of the scene's model. Throws where there is none. */
export function entityOf(scene: Scene, name: string): Entity {
  const entity = scene.model.entities.get(name);
  if (!entity) throw problem("entity.unknown", { entity: name });
  return entity;
}

/** The condition under which a rule of the scene's principal covers the row `t` of an entity. */
export function conditionOf({ model, workspace, access }: Scene, entity: Entity, rule: RowRule): writing.Piece {
  return rowCondition({ model, schema: workspace.schema, access }, entity, rule);
}

/** A piece as a statement that can be run: what it says of the reader and of the moment is filled in. */
export function ready(scene: Scene, piece: writing.Piece): Part {
  const { sql, parameters } = compile(piece);
  return { sql, parameters: bind(parameters, slotsOf(scene)) };
}

/** Runs a piece and answers its rows. */
export async function rowsOf<Row>(tx: Queryable, scene: Scene, piece: writing.Piece): Promise<readonly Row[]> {
  const { sql, parameters } = ready(scene, piece);
  const { rows } = await tx.query(sql, parameters);
  return rows as Row[];
}

/** Whole records as they stand, locked for the rest of the transaction, by id. Those that are not there are left out. */
export async function lockRecords(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  locking: writing.Locking,
): Promise<ReadonlyMap<string, Values>> {
  if (locking.ids.length === 0) return new Map();
  const rows = await rowsOf<{ record: Values }>(tx, scene, writing.lockRows(targetOf(scene, entity), locking));
  return new Map(rows.map(({ record }) => [String(record.id), record]));
}
