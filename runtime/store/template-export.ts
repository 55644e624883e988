import {
  exportTemplate,
  fault,
  fieldTypes,
  nearest,
  refuse,
  type Entity,
  type ExportTold,
  type Principal,
} from "engine";
import { tableOf } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { zip } from "../zip.ts";
import { operate, type Scene } from "./operation.ts";
import { lockRecords } from "./rows.ts";

/** How many records of an entity go along as samples at most. */
export const samplesMax = 2000;

/** The workspace as a package that can be installed elsewhere, with the records of some entities as samples. */
export async function exportPackage(
  workspace: Workspace,
  principal: Principal,
  told: ExportTold & { readonly samples: readonly string[] },
  now: Date,
): Promise<Buffer> {
  // Nothing is written: the operation has no row of its own.
  const look = { kind: "look", title: "Export", now, operation: newId(now), bulk: true, unbounded: true };
  const { result: files } = await operate(workspace, principal, look, async (tx, scene) => {
    const entities = told.samples.flatMap((name, at) => entityOf(scene, name, at));
    const records = await samplesOf(tx, scene, entities);
    return new Map([...exportTemplate(workspace.model, told), ...records]);
  });
  const encoder = new TextEncoder();
  return zip(new Map([...files].map(([path, text]) => [path, encoder.encode(text)])));
}

function entityOf({ model }: Scene, name: string, at: number): Entity {
  const found = model.entities.get(name);
  if (found && !found.system) return found;
  const hint = nearest(name, model.entities.keys());
  refuse([fault("entity.unknown", { entity: name, path: `/samples/${at}`, ...(hint === undefined ? {} : { hint }) })]);
  throw new Error("unreachable");
}

async function samplesOf(tx: Connection, scene: Scene, entities: readonly Entity[]) {
  const { workspace } = scene;
  const keys = new Map<string, string>();
  const rows = new Map<Entity, readonly Readonly<Record<string, unknown>>[]>();
  for (const entity of entities) {
    const { rows: found } = await tx.query(
      `select t.id, s.key from ${tableOf(workspace.schemaName, entity.name)} t
       left join ${workspace.schema}._sample s on s.record = t.id
       where t.deleted_at is null order by t.id limit ${samplesMax + 1}`,
    );
    if (found.length > samplesMax)
      refuse([fault("records.too_many", { most: samplesMax, path: `/samples/${entity.name}` })]);
    const records = await lockRecords(tx, scene, entity, { ids: found.map(({ id }) => id), trash: "without" });
    rows.set(entity, [...records.values()]);
    for (const { id, key } of found) keys.set(id, String(records.get(id)?.external_id ?? key ?? id));
  }
  return entities.map((entity) => {
    const records = (rows.get(entity) ?? [])
      .map((record) => sampleOf(entity, record, keys))
      .sort((one, other) => (keyed(one) < keyed(other) ? -1 : 1));
    const text = JSON.stringify([{ entity: entity.name, records }], undefined, 2);
    return [`records/${entity.name}.json`, `${text}\n`] as const;
  });
}

const keyed = (record: Readonly<Record<string, unknown>>) => String(record.$key ?? record.external_id);

/** A record as a sample: what people gave it, where it stands, and references to what goes along. */
function sampleOf(entity: Entity, record: Readonly<Record<string, unknown>>, keys: ReadonlyMap<string, string>) {
  const main = entity.stateFields.find(({ property }) => property.region === undefined);
  const values = [...entity.fields.values()].flatMap((field): [string, unknown][] => {
    const value = record[field.name] ?? undefined;
    if (value === undefined || field.system || (field.readOnly && field !== main)) return [];
    if (field.type === fieldTypes.user) return [];
    if (field.targets.length === 0) return [[field.name, value]];
    const { entity: of, id } = (typeof value === "string" ? { id: value } : value) as { entity?: string; id: string };
    const key = keys.get(id);
    return key === undefined ? [] : [[field.name, of === undefined ? key : { entity: of, id: key }]];
  });
  const named = typeof record.external_id === "string";
  return Object.fromEntries([...(named ? [] : [["$key", keys.get(String(record.id))] as const]), ...values]);
}
