import { fault, key, type Entity, type Fault, type Field, type PlannedWrite, type Values } from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { conditionOf, entityOf, rowsOf, targetOf } from "./rows.ts";
import { ruleFaults } from "./rules.ts";

/** Faults, each with the index of its write. */
export type Found = readonly (readonly [number, readonly Fault[]])[];

/** A write with its place among all that are written together. */
interface Placed {
  readonly at: number;
  readonly write: PlannedWrite;
}

/** What stands against writes, beyond the values themselves: references, unique rules, the rules of the entity. */
export async function writeFaults(tx: Connection, scene: Scene, writes: readonly PlannedWrite[]): Promise<Found> {
  const placed = writes.map((write, at) => ({ at, write })).filter(({ write }) => write.changed.length > 0);
  const kept = placed.filter(({ write }) => write.act !== "trash");
  const found = [...(await missingReferences(tx, scene, kept, writes)), ...(await allDuplicates(tx, scene, placed))];
  const ruled = kept.filter(({ write }) => write.act !== "restore");
  return [...found, ...(await ruleFaults(tx, scene, ruled))];
}

/** The indexes of writes whose values another record has already. */
export async function duplicateFaults(
  tx: Connection,
  scene: Scene,
  writes: readonly PlannedWrite[],
): Promise<ReadonlySet<number>> {
  const placed = writes.map((write, at) => ({ at, write }));
  return new Set((await allDuplicates(tx, scene, placed)).map(([at]) => at));
}

/** New records that the writer's right to create does not cover; asked of the rows themselves, before they are committed. */
export async function createFaults(
  tx: Connection,
  scene: Scene,
  writes: readonly PlannedWrite[],
): Promise<readonly Fault[]> {
  const { access } = scene;
  if (!access) return [];
  const faults: Fault[] = [];
  const created = writes.filter(({ act }) => act === "create");
  for (const [name, them] of Map.groupBy(created, ({ entity }) => entity)) {
    const entity = entityOf(scene, name);
    const rule = access.entity(name)?.rule("create") ?? { kind: "none" };
    if (rule.kind === "all") continue;
    const against = writing.rowsAgainst(
      targetOf(scene, entity),
      them.map(({ id }) => id),
      conditionOf(scene, entity, rule),
    );
    const refused = new Set((await rowsOf<{ id: string }>(tx, scene, against)).map(({ id }) => id));
    for (const { id, path = "" } of them)
      if (refused.has(id)) faults.push(fault("right.missing", { right: `create this in "${entity.plural}"`, path }));
  }
  return faults;
}

/** The sets of fields whose values no two standing records share. */
export function uniqueSets(entity: Entity): readonly (readonly Field[])[] {
  const single = [...entity.fields.values()].filter(({ property }) => property.unique === true).map((field) => [field]);
  const sets = (entity.document.unique ?? []).map((names) => names.flatMap((name) => entity.fields.get(name) ?? []));
  return [...single, ...sets];
}

async function allDuplicates(tx: Connection, scene: Scene, placed: readonly Placed[]): Promise<Found> {
  const found: (readonly [number, readonly Fault[]])[] = [];
  for (const [name, them] of Map.groupBy(placed, ({ write }) => write.entity)) {
    const entity = entityOf(scene, name);
    const standing = them.filter(({ write }) => (write.record.deleted_at ?? null) === null);
    for (const fields of uniqueSets(entity)) found.push(...(await duplicates(tx, scene, entity, fields, standing)));
  }
  return found;
}

async function duplicates(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  fields: readonly Field[],
  standing: readonly Placed[],
): Promise<Found> {
  const keys = new Map(standing.map(({ write }) => [write.id, keyOf(fields, write.record)] as const));
  const asked = standing.filter(({ write }) => isAsked(fields, write) && keys.get(write.id) !== undefined);
  if (asked.length === 0) return [];
  const found: (readonly [number, readonly Fault[]])[] = [];
  const seen = new Map<string, string>();
  for (const { write } of standing) if (!isAsked(fields, write)) seen.set(keys.get(write.id) ?? "", write.id);
  for (const { at, write } of asked) {
    const own = keys.get(write.id) ?? "";
    const other = seen.get(own);
    if (other !== undefined && other !== write.id) found.push([at, [duplicate(fields, write)]]);
    else seen.set(own, write.id);
  }
  const rule = scene.access?.entity(entity.name)?.rule("read");
  const visible = rule && rule.kind !== "all" ? conditionOf(scene, entity, rule) : undefined;
  const alike = writing.rowsAlike(
    targetOf(scene, entity),
    fields,
    asked.map(({ write }) => write.record),
    visible,
  );
  for (const row of await rowsOf<{ at: number; id: string; visible: boolean }>(tx, scene, alike)) {
    const it = asked[row.at];
    if (it) found.push([it.at, [duplicate(fields, it.write, row.visible ? row.id : undefined)]]);
  }
  return found;
}

/** A write is asked about a unique rule when it touches it: a new record, one that comes back, one whose value changes. */
function isAsked(fields: readonly Field[], { act, changed }: PlannedWrite): boolean {
  return act === "create" || act === "restore" || changed.some((field) => fields.includes(field));
}

/** A record in which one of the fields is empty is like no other. */
function keyOf(fields: readonly Field[], record: Values): string | undefined {
  const empty = fields.some(({ name }) => record[name] === null || record[name] === undefined);
  return empty ? undefined : JSON.stringify(fields.map((field) => key(field, record[field.name])));
}

function duplicate(fields: readonly Field[], { path = "" }: PlannedWrite, other?: string): Fault {
  const place = { path: `${path}/${fields[0]?.name ?? ""}`, ...(other === undefined ? {} : { hint: other }) };
  return fault("record.duplicate", { fields: fields.map(({ title }) => title).join(", "), ...place });
}

interface Reference {
  readonly at: number;
  readonly field: Field;
  readonly entity: string;
  readonly id: string;
  readonly path: string;
}

/** References to records that are not there, or that the writer cannot see: the same answer for both. */
async function missingReferences(
  tx: Connection,
  scene: Scene,
  placed: readonly Placed[],
  all: readonly PlannedWrite[],
): Promise<Found> {
  const fresh = new Set(
    all.filter(({ act }) => act === "create" || act === "restore").map(({ entity, id }) => `${entity} ${id}`),
  );
  const references = placed
    .flatMap((it) => referencesOf(scene, it))
    .filter(({ entity, id }) => !fresh.has(`${entity} ${id}`));
  const found: (readonly [number, readonly Fault[]])[] = [];
  const byEntity = [...Map.groupBy(references, ({ entity }) => entity)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, them] of byEntity) {
    const there = await visibleIds(tx, scene, name, [...new Set(them.map(({ id }) => id))]);
    for (const { at, id, path } of them)
      if (!there.has(id)) found.push([at, [fault("reference.missing", { entity: name, path })]]);
  }
  return found;
}

async function visibleIds(
  tx: Connection,
  scene: Scene,
  name: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const entity = entityOf(scene, name);
  const rule = scene.access
    ? (scene.access.entity(name)?.rule("read") ?? { kind: "none" as const })
    : { kind: "all" as const };
  if (rule.kind === "none") return new Set();
  const visible = rule.kind === "all" ? undefined : conditionOf(scene, entity, rule);
  const rolled = [...entity.fields.values()].some(({ type }) => type.name === "rollup");
  const lock = rolled ? "no key update" : "share";
  const rows = await rowsOf<{ id: string }>(tx, scene, writing.heldRows(targetOf(scene, entity), ids, visible, lock));
  return new Set(rows.map(({ id }) => id));
}

/** What a write points at anew. That the writer herself stands there needs no proof. */
function referencesOf(scene: Scene, { at, write }: Placed): readonly Reference[] {
  return write.changed.flatMap((field) => {
    const value = write.record[field.name];
    if (field.targets.length === 0 || value === null || value === undefined) return [];
    if (field.system && value === scene.principal.id) return [];
    const { entity, id } =
      typeof value === "string" ? { entity: field.targets[0] ?? "", id: value } : (value as Reference);
    return [{ at, field, entity, id, path: `${write.path ?? ""}/${field.name}` }];
  });
}
