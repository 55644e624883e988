import { accessFor, planShape, type Model } from "engine";
import { bind, recordsStatement } from "engine/sql";
import { named, nameIn } from "./named.ts";
import { once } from "./once.ts";
import { reading, slotsOf, type ReadScene } from "./read.ts";

/** A record as its writer reads it afterwards. */
export interface ReadBack {
  readonly text: string;
  readonly version: number;
}

/**
 * Records as their writer may read them now, in the order of `ids`, by the newest model: the write may have waited for
 * a publish. Those that she does not see are left out.
 */
export async function readBack(scene: ReadScene, name: string, ids: readonly string[]): Promise<readonly ReadBack[]> {
  const rightsBy = (model: Model) => accessFor(model, scene.principal);
  const { model } = scene.workspace;
  return reading({ ...scene, model, access: rightsBy(model) }, rightsBy, async ({ model, access, workspace }) => {
    const reader = { model, schema: workspace.schema, access };
    const statement = once({ workspace, model, access }, ["back", name], () => {
      const { entity, shape } = planShape(model, access, name, {});
      return named(model, recordsStatement(reader, entity, shape));
    });
    const values = [...bind(statement.parameters, { ...slotsOf({ ...scene, model }), ids0: ids })];
    const { rows } = await workspace.pool.query({ text: statement.sql, values, ...nameIn(statement) });
    const found = new Map((rows as { id: string; record: string; version: number }[]).map((row) => [row.id, row]));
    return ids.flatMap((id) => {
      const row = found.get(id);
      return row ? [{ text: row.record, version: row.version }] : [];
    });
  });
}
