import {
  covers,
  problem,
  veiledFields,
  type Entity,
  type EntityAccess,
  type Field,
  type RowRule,
  type Values,
} from "engine";
import { bind, compile, rowCondition, writing, type SlotValues } from "engine/sql";
import type { Connection, Queryable } from "../database/pool.ts";
import type { Part } from "./commit.ts";
import { named } from "./named.ts";
import { numberOf, once } from "./once.ts";
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

/**
 * A piece as a statement that can be run: what it says of the reader and of the moment is filled in. `more` are the ids
 * and rows that it is about.
 */
export function ready(scene: Scene, piece: writing.Piece, more?: Partial<SlotValues>): Part {
  const { sql, parameters } = compile(piece);
  return { sql, parameters: bind(parameters, slotsOf(scene), more) };
}

/**
 * A statement of a scene that is made once for its shape and planned once by each connection. `more` are the ids and rows
 * that it is about.
 */
export function shaped(
  scene: Scene,
  shape: readonly unknown[],
  make: () => writing.Piece,
  more: Partial<SlotValues>,
): Part & { readonly name?: string } {
  const { sql, parameters, name } = once(scene, shape, () => named(scene.model, compile(make())));
  const values = bind(parameters, slotsOf(scene), more);
  return { sql, parameters: values, ...(name === undefined ? {} : { name }) };
}

/** Runs a statement and answers its rows. */
export async function ask<Row>(
  tx: Queryable,
  { sql, parameters, name }: Part & { readonly name?: string },
): Promise<readonly Row[]> {
  const { rows } = await tx.query({ text: sql, values: [...parameters], ...(name === undefined ? {} : { name }) });
  return rows as Row[];
}

/** Runs a piece and answers its rows. */
export async function rowsOf<Row>(tx: Queryable, scene: Scene, piece: writing.Piece): Promise<readonly Row[]> {
  const { sql, parameters } = ready(scene, piece);
  const { rows } = await tx.query(sql, parameters);
  return rows as Row[];
}

/** Which records are locked, and what is asked of them. */
export interface Locking {
  readonly ids: readonly string[];
  readonly trash: "without" | "with";
  /** Records that it does not cover are not there. */
  readonly seen?: RowRule | undefined;
  /** Whether these rules cover each record; where one does not, `_asked_<name>` is false. */
  readonly asked?: Readonly<Record<string, RowRule | undefined>>;
  /** They are looked at and not locked: nothing will be written. */
  readonly loose?: boolean;
}

/** Whole records as they stand, locked for the rest of the transaction, by id. Those that are not there are left out. */
export async function lockRecords(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  how: Locking,
): Promise<ReadonlyMap<string, Values>> {
  if (how.ids.length === 0) return new Map();
  const rows = await ask<{ record: Values }>(tx, locking(scene, entity, how));
  return new Map(rows.map(({ record }) => [String(record.id), record]));
}

/** The statement of `lockRecords`: it answers each record as `record`. */
export function locking(
  scene: Scene,
  entity: Entity,
  { ids, trash, seen, asked = {}, loose = false }: Locking,
): Part & { readonly name?: string } {
  const bounded = seen && seen.kind !== "all" ? seen : undefined;
  const rules = Object.entries(asked).flatMap(([name, rule]) =>
    rule && !covers(rule, bounded ?? { kind: "all" }) ? [[name, rule] as const] : [],
  );
  const one = ids.length === 1;
  const shape = [
    loose ? "look" : "lock",
    one,
    entity.name,
    trash,
    numberOf(bounded),
    rules.map(([name, rule]) => [name, numberOf(rule)]),
  ];
  const make = () =>
    writing.lockRows(targetOf(scene, entity), {
      trash,
      loose,
      one,
      ...(bounded ? { visible: conditionOf(scene, entity, bounded) } : {}),
      asked: Object.fromEntries(rules.map(([name, rule]) => [name, conditionOf(scene, entity, rule)])),
    });
  return shaped(scene, shape, make, { ids0: ids, record: ids[0] });
}

/** The fields of a record that somebody may not read: on no record, or not on this one as it was asked when it was locked. */
export function veiledOn(rights: EntityAccess, before: Values): ReadonlySet<Field> {
  return new Set([...veiledFields(rights)].filter(({ name }) => before[`_asked_read_${name}`] !== true));
}
