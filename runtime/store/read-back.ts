import type { Access, Model, Principal, Values } from "engine";
import { compile, writing } from "engine/sql";
import type { Workspace } from "../workspace.ts";

/** A record as its writer reads it afterwards. */
export interface ReadBack {
  readonly text: string;
  readonly version: number;
}

export async function readBack(
  { workspace, model, access }: { readonly workspace: Workspace; readonly model: Model; readonly access: Access; readonly principal: Principal; readonly now: Date },
  name: string,
  ids: readonly string[],
): Promise<readonly ReadBack[]> {
  const entity = model.entities.get(name);
  if (!entity || ids.length === 0) return [];
  const { sql, parameters } = compile(writing.rowsById({ schema: workspace.schema, entity }, ids));
  const { rows } = await workspace.pool.query(sql, [...parameters]);
  const found = new Map((rows as { record: Values }[]).map(({ record }) => [record.id, record]));
  const readable = [...entity.fields.values()].filter((field) => access.entity(name)?.readable(field).kind === "all");
  return ids.flatMap((id) => {
    const record = found.get(id);
    if (!record) return [];
    const shown = Object.fromEntries(readable.flatMap((field) => (field.name in record ? [[field.name, record[field.name]]] : [])));
    return [{ text: JSON.stringify(shown), version: Number(record.version) }];
  });
}
