import { fault, readNew, refuse, type Entity, type Fault, type Field, type RecordWrite, type Samples } from "engine";
import { tableOf } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Scene } from "./operation.ts";
import { writeRecords } from "./write.ts";

/** The field by which the records of templates name each other; `$key` does where an entity has none. */
const key = "external_id";

/** What the package calls a record. */
export const keyIn = (values: Readonly<Record<string, unknown>>): string => String(values.$key ?? values[key]);

/** Samples, and the template that brings them. */
export interface Brought {
  readonly template: string;
  readonly samples: Samples;
}

interface Sample {
  readonly entity: Entity;
  readonly id: string;
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Ids of the records it points at. */
  readonly needs: readonly string[];
}

/** Writes the sample records that are not there yet, those that are pointed at first. Answers how many they were. */
export async function writeSamples(tx: Connection, scene: Scene, brought: readonly Brought[]): Promise<number> {
  const samples = brought.map((it) => it.samples);
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
      const sample = `${name} ${keyIn(values)}`;
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
    const states = new Map(wave.flatMap((it) => stateOf(it)));
    await writeRecords(tx, scene, writesOf(scene, wave), { states });
    waiting = waiting.filter((sample) => !wave.includes(sample));
  }
  await mark(tx, scene, brought, new Set(fresh.map(({ name }) => name)), ids);
  return fresh.length;
}

/** Notes which records are samples: they go together when nobody needs them any more. */
async function mark(
  tx: Connection,
  { workspace, model }: Scene,
  brought: readonly Brought[],
  fresh: ReadonlySet<string>,
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  const marks = brought.flatMap(({ template, samples: { entity, records } }) =>
    records.flatMap((values) => {
      const name = `${entity} ${keyIn(values)}`;
      if (!fresh.has(name)) return [];
      return [[template, model.entities.get(entity)?.anchor ?? entity, keyIn(values), ids.get(name) ?? ""] as const];
    }),
  );
  await tx.query(
    `insert into ${workspace.schema}._sample (template, entity, key, record)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) on conflict do nothing`,
    [0, 1, 2, 3].map((at) => marks.map((it) => it[at])),
  );
}

/** Ids of the records that stand already, by entity and by what the package calls them. */
async function knownIds(
  tx: Connection,
  { workspace, model }: Scene,
  samples: readonly Samples[],
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const { entity: name, records } of samples) {
    const entity = model.entities.get(name);
    if (!entity) continue;
    const table = tableOf(workspace.schemaName, name);
    const keys = records.map(keyIn);
    const { rows: marked } = await tx.query(
      `select s.record as id, s.key from ${workspace.schema}._sample s join ${table} t on t.id = s.record
       where s.entity = $1 and s.key = any($2) and t.deleted_at is null`,
      [entity.anchor, keys],
    );
    const named = entity.fields.has(key)
      ? (
          await tx.query(
            `select id, external_id as key from ${table} where external_id = any($1) and deleted_at is null`,
            [keys],
          )
        ).rows
      : [];
    for (const { id, key: of } of [...marked, ...named]) ids.set(`${name} ${of}`, id);
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
  const said = Object.entries(given.values).filter(([name]) => name !== "$key");
  const values = said.map(([name, value]) => {
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

/** The state of the main region in which a sample begins its run, where it says one. */
function stateOf({ entity, id, values }: Sample): readonly (readonly [string, string])[] {
  const field = entity.stateFields.find(({ property }) => property.region === undefined);
  const state = field && values[field.name];
  return typeof state === "string" ? [[id, state]] : [];
}

function writesOf({ model }: Scene, samples: readonly Sample[]): readonly RecordWrite[] {
  const read = samples.map(({ entity, id, values, name }) => {
    const states = new Set(entity.stateFields.map((field) => field.name));
    const given = Object.fromEntries(Object.entries(values).filter(([field]) => !states.has(field)));
    const { values: after, faults } = readNew({ model, entity, path: `/${name.replace(" ", "/")}` }, given);
    return { write: { act: "create", entity: entity.name, id, after } as const, faults };
  });
  refuse(read.flatMap(({ faults }) => faults));
  return read.map(({ write }) => write);
}
