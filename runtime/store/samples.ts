import { fault, readNew, refuse, type Entity, type Fault, type Field, type RecordWrite, type Samples } from "engine";
import { tableOf } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Scene } from "./operation.ts";
import { writeRecords } from "./write.ts";

/** The field by which the records of templates name each other. */
const key = "external_id";

interface Sample {
  readonly entity: Entity;
  readonly id: string;
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Ids of the records it points at. */
  readonly needs: readonly string[];
}

/** Writes the sample records that are not there yet, those that are pointed at first. Answers how many they were. */
export async function writeSamples(tx: Connection, scene: Scene, samples: readonly Samples[]): Promise<number> {
  const ids = await knownIds(tx, scene, samples);
  const present = new Set(ids.values());
  const faults: Fault[] = [];
  const fresh: {
    readonly entity: Entity;
    readonly values: Readonly<Record<string, unknown>>;
    readonly name: string;
  }[] = [];
  for (const { entity: name, records } of samples) {
    const entity = scene.model.entities.get(name);
    if (!entity) faults.push(fault("entity.unknown", { entity: name, path: "/entity" }));
    for (const values of entity ? records : []) {
      const sample = `${name} ${String(values[key])}`;
      if (entity && !ids.has(sample)) fresh.push({ entity, values, name: sample });
      if (!ids.has(sample)) ids.set(sample, newId(scene.now));
    }
  }
  refuse(faults);
  let waiting = fresh.map((it) => sampleOf(it, ids));
  while (waiting.length > 0) {
    const open = new Set(waiting.map(({ id }) => id));
    const ready = waiting.filter(({ needs, id }) =>
      needs.every((need) => need === id || present.has(need) || !open.has(need)),
    );
    const wave = ready.length > 0 ? ready : waiting;
    await writeRecords(tx, scene, writesOf(scene, wave));
    waiting = waiting.filter((sample) => !wave.includes(sample));
  }
  return fresh.length;
}

/** Ids of the records that stand already, by entity and external id. */
async function knownIds(
  tx: Connection,
  { workspace, model }: Scene,
  samples: readonly Samples[],
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const { entity: name, records } of samples) {
    if (!model.entities.get(name)?.fields.has(key)) continue;
    const { rows } = await tx.query(
      `select id, external_id from ${tableOf(workspace.schemaName, name)} where external_id = any($1) and deleted_at is null`,
      [records.map((record) => record[key])],
    );
    for (const { id, external_id } of rows) ids.set(`${name} ${external_id}`, id);
  }
  return ids;
}

function sampleOf(given: Pick<Sample, "entity" | "name" | "values">, ids: ReadonlyMap<string, string>): Sample {
  const needs: string[] = [];
  const idOf = (entity: string, name: unknown) => {
    const id = ids.get(`${entity} ${String(name)}`);
    if (id !== undefined) needs.push(id);
    return id ?? name;
  };
  const values = Object.entries(given.values).map(([name, value]) => {
    const field = given.entity.fields.get(name);
    return [name, field && field.targets.length > 0 ? resolved(field, value, idOf) : value] as const;
  });
  return { ...given, values: Object.fromEntries(values), id: ids.get(given.name) ?? "", needs };
}

/** A reference by external id as one by id; what names no sample is left for the write to refuse. */
function resolved(field: Field, value: unknown, idOf: (entity: string, name: unknown) => unknown): unknown {
  if (typeof value === "string") return idOf(field.targets[0] ?? "", value);
  const { entity, id } = (value ?? {}) as { readonly entity?: string; readonly id?: unknown };
  return entity === undefined ? value : { entity, id: idOf(entity, id) };
}

function writesOf({ model }: Scene, samples: readonly Sample[]): readonly RecordWrite[] {
  const read = samples.map(({ entity, id, values, name }) => {
    const { values: after, faults } = readNew({ model, entity, path: `/${name.replace(" ", "/")}` }, values);
    return { write: { act: "create", entity: entity.name, id, after } as const, faults };
  });
  refuse(read.flatMap(({ faults }) => faults));
  return read.map(({ write }) => write);
}
