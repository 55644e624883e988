import {
  fault,
  problem,
  readPatch,
  refuse,
  staleFaults,
  veiledFields,
  type Entity,
  type EntityAccess,
  type Fault,
  type Field,
  type ReadValues,
  type RecordWrite,
  type Values,
} from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { flush } from "./commit.ts";
import type { Scene } from "./operation.ts";
import { conditionOf, entityOf, lockRecords, rowsOf, targetOf } from "./rows.ts";
import { matched, withoutEchoes } from "./matched.ts";
import { plantRecords, recordsMax, refuseAll, type Planted } from "./planted.ts";
import { writeRecords } from "./write.ts";

/** Makes records of what a caller gave: all of them, or none. Answers their ids in the order given. */
export async function createRecords(
  tx: Connection,
  scene: Scene,
  name: string,
  given: readonly unknown[],
  many: boolean,
): Promise<readonly string[]> {
  return makeRecords(
    tx,
    scene,
    name,
    given.map((input, at) => ({ input, path: many ? `/${at}` : "" })),
  );
}

/** Makes records, each with its place in what the caller sent: all of them, or none. Answers their ids in the order given. */
export async function makeRecords(
  tx: Connection,
  scene: Scene,
  name: string,
  given: readonly { readonly input: unknown; readonly path: string }[],
): Promise<readonly string[]> {
  const { entity, access } = rightsOf(scene, name);
  if (access?.rule("create").kind === "none")
    throw problem("right.missing", { right: `create records of "${entity.name}"` });
  if (given.length > recordsMax) throw problem("records.too_many", { most: recordsMax });
  const { planted, faults } = await plantRecords(tx, scene, entity, given);
  refuseAll(faults);
  await writeRecords(
    tx,
    scene,
    planted.map(({ write }) => write),
  );
  refuse(await unwritable(tx, scene, planted));
  return planted.filter(({ below }) => !below).map(({ write }) => write.id);
}

/** A change of one record: what is not named stays. */
export interface RecordPatch {
  readonly id: string;
  /** The version that the caller has seen, where she has seen one. */
  readonly version?: number;
  readonly input: unknown;
  /** JSON Pointer of the record in what the caller sent. */
  readonly path: string;
}

/** Changes records, each by its own values: all of them, or none. Answers their ids in the order given. */
export async function patchRecords(
  tx: Connection,
  scene: Scene,
  name: string,
  patches: readonly RecordPatch[],
): Promise<readonly string[]> {
  const { entity, access } = rightsOf(scene, name);
  if (patches.length > recordsMax) throw problem("records.too_many", { most: recordsMax });
  const { inputs, faults: unmatched } = await matched(
    tx,
    scene,
    patches.map(({ input, path }) => ({ entity, input, path })),
  );
  const read = patches.map((patch, at) => ({
    ...patch,
    ...readPatch({ model: scene.model, entity, access, path: patch.path }, inputs[at]),
  }));
  const ids = patches.map(({ id }) => id);
  const rows = await lockChanging(tx, scene, entity, { ids, right: "update", trash: "without", ...askedOf(read) });
  const writes = read.map(({ id, values, path }): RecordWrite => {
    return { act: "update", entity: name, id, before: rows.get(id) ?? {}, after: values, path };
  });
  const faults = read.flatMap((patch, at): readonly Fault[] => {
    const { id, version, path } = patch;
    const before = rows.get(id);
    if (!before) return [fault("record.missing", { entity: name, path })];
    if (ids.indexOf(id) < at) return [fault("records.twice", { path })];
    const refused = refusalsOf(entity, "update", before, patch.conditional, path);
    if (before._asked_right === false) return refused;
    const stale = staleFaults({ act: "update", entity: name, id, before, after: {}, path, ...seen(version) });
    const own = unmatched.filter((it) => it.path.startsWith(`${path}/`));
    return stale.length > 0 ? stale : [...withoutEchoes(patch.faults, own), ...refused];
  });
  refuse(faults);
  await writeRecords(tx, scene, writes);
  return ids;
}

const seen = (version: number | undefined) => (version === undefined ? {} : { version });

/** Records that shall be changed, locked, each asked what the caller's rights say of it. */
export function lockChanging(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  how: {
    readonly ids: readonly string[];
    readonly right: "update" | "delete";
    readonly trash: "with" | "without";
    /** Fields that the caller may write on some records only. */
    readonly conditional?: Iterable<Field>;
    /** The names of the fields that are given a value. */
    readonly given?: ReadonlySet<string>;
  },
): Promise<ReadonlyMap<string, Values>> {
  const access = scene.access?.entity(entity.name);
  const fields = [...(how.conditional ?? [])].map(
    (field) => [`field_${field.name}`, access?.writable(field, "update")] as const,
  );
  const veiled = access ? [...veiledFields(access)].filter(({ name }) => how.given?.has(name)) : [];
  const open = veiled.map((field) => [`read_${field.name}`, access?.readable(field)] as const);
  return lockRecords(tx, scene, entity, {
    ids: how.ids.filter(isId),
    trash: how.trash,
    asked: { ...Object.fromEntries([...fields, ...open]), right: access?.rule(how.right) },
    seen: access?.rule("read"),
  });
}

/** What is asked of records that are changed by these values. */
export const askedOf = (read: readonly ReadValues[]) => ({
  conditional: new Set(read.flatMap((it) => it.conditional)),
  given: new Set(read.flatMap((it) => Object.keys(it.values))),
});

/** What the caller may not do to a record that `lockChanging` has read: nothing at all, or writing some fields. */
export function refusalsOf(
  entity: Entity,
  right: "update" | "delete",
  before: Values,
  fields: readonly Field[],
  path: string,
): readonly Fault[] {
  if (before._asked_right === false)
    return [fault("right.missing", { right: `${right} this record of "${entity.name}"`, path })];
  return fields.flatMap((field) =>
    before[`_asked_field_${field.name}`] === false ? [unwritableField(field, path)] : [],
  );
}

/** Moves one record to the trash, with what goes along. */
export async function trashRecord(
  tx: Connection,
  scene: Scene,
  name: string,
  { id, version }: { readonly id: string; readonly version: number },
): Promise<void> {
  const { entity } = rightsOf(scene, name);
  const before = await lockOne(tx, scene, entity, { id, right: "delete", trash: "without" });
  if (Number(before.version) !== version) throw problem("record.stale", { version: Number(before.version) });
  await writeRecords(tx, scene, [{ act: "trash", entity: name, id, before, after: {} }]);
}

/** Whether a record that the caller sees is there to be locked, and whether she has a right to it. */
export async function lockOne(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  how: { readonly id: string; readonly right: "update" | "delete"; readonly trash: "with" | "without" },
): Promise<Values> {
  const record = (await lockChanging(tx, scene, entity, { ...how, ids: [how.id] })).get(how.id);
  if (!record) throw problem("record.missing", { entity: entity.name });
  refuse(refusalsOf(entity, how.right, record, [], ""));
  return record;
}

/** An entity of the scene, and what the caller may do to its records. Throws where there is none for her. */
export function rightsOf(
  scene: Scene,
  name: string,
): { readonly entity: Entity; readonly access: EntityAccess | undefined } {
  const entity = entityOf(scene, name);
  const access = scene.access?.entity(name);
  if (scene.access && !access) throw problem("entity.unknown", { entity: name });
  return { entity, access };
}

/** Fields that may be written on some records only: whether the new ones are among them. */
export async function unwritable(
  tx: Connection,
  scene: Scene,
  planted: readonly Pick<Planted, "write" | "conditional">[],
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  const asked = planted.filter(({ conditional }) => conditional.length > 0);
  if (asked.length > 0) await flush(tx, scene);
  const fields = asked.flatMap(({ write, conditional }) => conditional.map((field) => ({ write, field })));
  for (const them of Map.groupBy(fields, ({ write, field }) => `${write.entity} ${field.name}`).values()) {
    const { field, write } = them[0]!;
    const entity = entityOf(scene, write.entity);
    const condition = conditionOf(
      scene,
      entity,
      scene.access?.entity(entity.name)?.writable(field, "create") ?? { kind: "all" },
    );
    const against = writing.rowsAgainst(
      targetOf(scene, entity),
      them.map((it) => it.write.id),
      condition,
    );
    const refused = new Set((await rowsOf<{ id: string }>(tx, scene, against)).map(({ id }) => id));
    for (const it of them) if (refused.has(it.write.id)) faults.push(unwritableField(field, it.write.path));
  }
  return faults;
}

/** The refusal of a field that the caller may not write on this record. */
export function unwritableField(field: Field, path = ""): Fault {
  return fault("right.missing", { right: `write "${field.title}"`, path: `${path}/${field.name}` });
}

/** Whether a text can be a record's id; another one names no record. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
