import {
  fault,
  problem,
  readPatch,
  refuse,
  setAside,
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
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { besideUnmatched, matched } from "./matched.ts";
import { plantRecords, recordsMax } from "./planted.ts";
import { writeRecords } from "./write.ts";
import { unwritableField } from "./write-rights.ts";

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
  const planted = await plantRecords(tx, scene, entity, given);
  await writeRecords(
    tx,
    scene,
    planted.map(({ write }) => write),
  );
  return planted.filter(({ below }) => !below).map(({ write }) => write.id);
}

/** A change of one record: what is not named stays. */
export interface RecordPatch {
  readonly id: string;
  /** The version that the caller has seen, where she has seen one; or that she ought to have said which. */
  readonly version?: number | "wanted";
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
  const found = await matched(
    tx,
    scene,
    patches.map(({ input, path }) => ({ entity, input, path })),
  );
  const read = patches.map((patch, at) => {
    const { input, faults } = found[at]!;
    const asking = { model: scene.model, entity, access, path: patch.path };
    return { ...patch, ...besideUnmatched(readPatch(asking, input), patch.path, faults) };
  });
  const ids = patches.map(({ id }) => id);
  const rows = await lockChanging(tx, scene, entity, { ids, right: "update", trash: "without", ...askedOf(read) });
  const against: Fault[] = [];
  const writes = read.flatMap((patch, at): readonly RecordWrite[] => {
    const before = rows.get(patch.id);
    const twice = before !== undefined && ids.indexOf(patch.id) < at;
    const whole = twice ? [fault("records.twice", { path: patch.path })] : wholeFaults(entity, before, patch);
    against.push(...whole);
    return before && whole.length === 0 ? [changeOf(entity, before, patch)] : [];
  });
  await writeRecords(tx, scene, writes, { against });
  return ids;
}

/** What stands against changing a record that `lockChanging` has read, or has not found, whatever is written into it. */
export function wholeFaults(
  entity: Entity,
  before: Values | undefined,
  { version, path }: { readonly version?: number | "wanted" | undefined; readonly path: string },
): readonly Fault[] {
  if (!before) return [fault("record.missing", { entity: entity.name, path })];
  const refused = refusalsOf(entity, "update", before, [], path);
  if (refused.length > 0 || version === undefined) return refused;
  if (version === "wanted") return [fault("record.version_wanted", { path: `${path}/version` })];
  return staleFaults({ act: "update", entity: entity.name, id: String(before.id), before, after: {}, path, version });
}

/** The change of a record that `lockChanging` has read: what holds and may be written, and what stands against the rest. */
export function changeOf(entity: Entity, before: Values, read: ReadValues & { readonly path: string }): RecordWrite {
  const { path } = read;
  const refused = refusalsOf(entity, "update", before, read.conditional, path);
  const { values: after, faults, unsound } = setAside(read, path, refused);
  return { act: "update", entity: entity.name, id: String(before.id), before, after, path, faults, unsound };
}

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

/** Whether a text can be a record's id; another one names no record. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
