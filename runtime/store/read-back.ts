import { accessFor, planShape, type Model } from "engine";
import { bind, recordsStatement, recordStatement } from "engine/sql";
import type { Connection, Query, Queryable } from "../database/pool.ts";
import { named, nameIn } from "./named.ts";
import { once } from "./once.ts";
import { operate, type OperationTold, type Scene } from "./operation.ts";
import { reading, slotsOf, type ReadScene } from "./read.ts";

/** A record as its writer reads it afterwards. */
export interface ReadBack {
  readonly text: string;
  readonly version: number;
}

/** An operation that is done, and its records as their writer reads them now; those that she does not see are left out. */
export interface Written {
  readonly operation: string;
  readonly ids: readonly string[];
  readonly items: readonly ReadBack[];
}

/** Writes records as one operation and reads them back; `work` answers which. Reading goes along with the commit. */
export async function writeAndRead(
  scene: ReadScene,
  name: string,
  told: Pick<OperationTold, "kind" | "title" | "asks">,
  work: (tx: Connection, scene: Scene) => Promise<readonly string[]>,
): Promise<Written> {
  const { workspace, principal, now } = scene;
  const look = ({ model }: Scene, ids: readonly string[]) => {
    const newest = workspace.model;
    if (newest.version !== model.version) return undefined;
    return queryFor({ ...scene, model: newest, access: accessFor(newest, principal) }, name, ids);
  };
  const done = await operate(workspace, principal, { ...told, now, sole: true }, work, look);
  const { operation, result: ids, seen } = done;
  return { operation, ids, items: seen ? inOrder(seen, ids) : await readBack(scene, name, ids) };
}

/**
 * Records as their writer may read them now, in the order of `ids`, by the newest model: the write may have waited for
 * a publish. Those that she does not see are left out.
 */
export async function readBack(scene: ReadScene, name: string, ids: readonly string[]): Promise<readonly ReadBack[]> {
  const rightsBy = (model: Model) => accessFor(model, scene.principal);
  const { model } = scene.workspace;
  return reading({ ...scene, model, access: rightsBy(model) }, rightsBy, async (reader) => {
    const db: Queryable = reader.workspace.pool;
    const { rows } = await db.query(queryFor(reader, name, ids));
    return inOrder(rows, ids);
  });
}

function queryFor(scene: ReadScene, name: string, ids: readonly string[]): Query {
  const { workspace, model, access } = scene;
  const one = ids.length === 1;
  const statement = once(scene, ["back", name, one], () => {
    const { entity, shape } = planShape(model, access, name, {});
    const reader = { model, schema: workspace.schema, access };
    return named(model, one ? recordStatement(reader, entity, shape) : recordsStatement(reader, entity, shape));
  });
  const values = [...bind(statement.parameters, slotsOf(scene), { ids0: ids, record: ids[0] })];
  return { text: statement.sql, values, ...nameIn(statement) };
}

/** Rows in the order of ids; of one record there is nothing to tell apart. */
function inOrder(given: readonly any[], ids: readonly string[]): readonly ReadBack[] {
  const rows = given as { id?: string; record: string; version: number }[];
  const found = new Map(rows.map((row) => [row.id ?? ids[0], { text: row.record, version: row.version }]));
  return ids.flatMap((id) => found.get(id) ?? []);
}
