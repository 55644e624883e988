import {
  addressesKept,
  fault,
  pick,
  problem,
  refuse,
  type Entity,
  type Field,
  type RecordWrite,
  type Values,
} from "engine";
import { identifier, pointingStatement } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { flush } from "./commit.ts";
import { seenFields } from "./history.ts";
import { sendWhereOffered } from "./mail-event.ts";
import { foretold, moveAll } from "./merge-moves.ts";
import { withdrawAlong } from "./merge-consents.ts";
import { operate, type Scene } from "./operation.ts";
import { readerOf, rowsOf, type ReadScene } from "./read.ts";
import { isId, lockChanging, patchRecords, refusalsOf, rightsOf } from "./records.ts";
import { lockRecords } from "./rows.ts";
import { secretOf } from "./secret.ts";
import { writeRecords } from "./write.ts";

const movedMost = 1000;
const alsoMost = 9;

/** One record that goes, and the fields whose values the other one takes from it. */
interface Going {
  readonly id: string;
  readonly take: readonly string[];
  /** JSON Pointer of it in what the caller sent. */
  readonly path: string;
}

/** Which records become one. */
export interface MergeAsked {
  readonly into: string;
  readonly going: readonly Going[];
}

/** Reads what a request says of a merge; tells all that is wrong with it. */
export function readMerge(
  id: string,
  { into, take = [], also = [], ...others }: Readonly<Record<string, unknown>>,
): MergeAsked {
  const wanted = (what: string, path: string) => fault("merge.value", { wanted: what, path });
  const names = (it: unknown): it is string[] => Array.isArray(it) && it.every((one) => typeof one === "string");
  const more = Array.isArray(also) && also.length <= alsoMost ? (also as unknown[]) : undefined;
  const given = [{ id, take }, ...(more ?? [])].map((it, at) => ({
    ...(typeof it === "object" && it !== null ? (it as { id?: unknown; take?: unknown }) : {}),
    path: at === 0 ? "" : `/also/${String(at - 1)}`,
  }));
  const ids = given.map((it) => it.id);
  refuse([
    ...Object.keys(others).map((name) => wanted("into, take and also alone", `/${name.slice(0, 80)}`)),
    ...(typeof into === "string" ? [] : [wanted("the id of a record", "/into")]),
    ...(more ? [] : [wanted("records, nine at most", "/also")]),
    ...given.flatMap(({ id: one, take: fields = [], path }, at) => [
      ...(typeof one === "string" && ids.indexOf(one) === at ? [] : [wanted("the id of another record", `${path}/id`)]),
      ...(names(fields) ? [] : [wanted("names of fields", `${path}/take`)]),
    ]),
  ]);
  const going = given.map((it): Going => ({ id: String(it.id), take: (it.take ?? []) as string[], path: it.path }));
  return { into: String(into), going };
}

/**
 * Joins records into another one of their entity, as one operation that can be undone: mails, notes, files, activities
 * and all records that point at them lead to the other from now on and keep their times, mails that come later follow,
 * and they themselves go to the trash, from where they lead to the other. It takes from them the values that are asked
 * for, and keeps the addresses by which they were known where it has room for them; what their person has withdrawn is
 * withdrawn for it. For whoever may change all of them and
 * delete those that go; what points at them moves whether she sees it or not.
 */
export async function mergeRecords(scene: ReadScene, name: string, { into, going }: MergeAsked): Promise<string> {
  const { workspace, principal, now, model } = scene;
  const seen = new Map(await Promise.all(going.map(async (it) => [it.id, await checkTaken(scene, name, it)] as const)));
  if (going.some(({ id }) => id === into)) throw problem("merge.itself", { path: "/into" });
  const secret = await secretOf(workspace.pool, "mail");
  const told = { kind: "merge", title: `Merge in ${model.entities.get(name)?.title ?? name}`, now };
  const { operation } = await operate(workspace, principal, told, async (tx, scene) => {
    const { entity } = rightsOf(scene, name);
    const ids = going.map(({ id }) => id);
    if (![...ids, into].every(isId)) throw problem("record.missing", { entity: name });
    // In one order for all: two who merge two records into each other do not wait for each other for ever.
    const all = await lockChanging(tx, scene, entity, {
      ids: [...ids, into].sort(),
      right: "update",
      trash: "without",
    });
    if (all.size <= ids.length) throw problem("record.missing", { entity: name });
    const gone = await lockChanging(tx, scene, entity, { ids, right: "delete", trash: "without" });
    refuse([
      ...refusalsOf(entity, "update", all.get(into)!, [], "/into"),
      ...going.flatMap(({ id, path }) => [
        ...refusalsOf(entity, "update", all.get(id)!, [], path),
        ...refusalsOf(entity, "delete", gone.get(id)!, [], path),
      ]),
    ]);
    await moveAll(tx, scene, { anchor: entity.anchor, entity: name, ids, into, secret });
    const children = await childrenOf(tx, scene, { entity, ids, into });
    // What still pointed at a record that goes would be let go of.
    await writeRecords(tx, scene, children);
    const last = await tellJoined(tx, scene, { entity, ids, into });
    const trash = ids.map((id): RecordWrite => ({ act: "trash", entity: name, id, before: last.get(id)!, after: {} }));
    await writeRecords(tx, scene, trash);
    const taken = Object.fromEntries(
      going.flatMap(({ id, take }) => take.map((field) => [field, all.get(id)![field]])),
    );
    const leaving = ids.map((id) => pick(all.get(id)!, seen.get(id) ?? []));
    const access = scene.access?.entity(name);
    const may = (field: Field) => (access?.writable(field, "update").kind ?? "all") === "all";
    const kept = addressesKept(entity, { survivor: all.get(into)!, going: leaving, taken }, may);
    const input = { ...taken, ...kept };
    if (Object.keys(input).length > 0) await patchRecords(tx, scene, name, [{ id: into, input, path: "" }]);
    const after = { ...all.get(into)!, ...input };
    await withdrawAlong(tx, scene, { entity, into, records: [...all.values()], after });
  });
  return operation;
}

/**
 * The records that go say where they have gone, as their entity's document has it, and are sent its event where it waits
 * for that; both are the house's own doing. Answers them as they stand then.
 */
async function tellJoined(
  tx: Connection,
  scene: Scene,
  { entity, ids, into }: Moving,
): Promise<ReadonlyMap<string, Values>> {
  const { merge } = entity.document;
  const open = { ...scene, access: undefined, told: scene.access };
  const lock = () => lockRecords(tx, scene, entity, { ids, trash: "without" });
  if (!merge) return lock();
  const values = { [merge.into]: into };
  await flush(tx, scene);
  const told = new Set<string>();
  for (const id of merge.event === undefined ? [] : ids)
    if (await sendWhereOffered(tx, open, { entity: entity.name, record: id, type: merge.event!, values })) told.add(id);
  await flush(tx, scene);
  const rows = await lock();
  const silent = ids.filter((id) => !told.has(id));
  if (silent.length === 0) return rows;
  const writes = silent.map((id): RecordWrite => {
    return { act: "update", entity: entity.name, id, before: rows.get(id)!, after: values };
  });
  await writeRecords(tx, open, writes);
  await flush(tx, scene);
  return lock();
}

/** Only what the asker sees of a record is taken from it. Answers its fields that she sees. */
async function checkTaken(scene: ReadScene, name: string, { id, take, path }: Going): Promise<readonly Field[]> {
  const fields = await seenFields(scene, name, id);
  const seen = new Set(fields.map((field) => field.name));
  refuse(
    take.flatMap((field, at) =>
      seen.has(field) ? [] : [fault("field.unknown", { entity: name, field, path: `${path}/take/${String(at)}` })],
    ),
  );
  return fields;
}

/** What would move with a record: mails, notes and files, and records that point at it, as far as the asker reads them. */
export async function mergingOf(scene: ReadScene, name: string, id: string) {
  await seenFields(scene, name, id);
  const { model, access, workspace } = scene;
  const { schema } = workspace;
  const pointing = pointersAt(model.entities.values(), name).filter(({ entity }) => access.entity(entity.name));
  const own = Object.values(foretold).map(
    (table, at) => `(select count(*)::integer from ${schema}.${table} where record = $1) as n${String(at)}`,
  );
  const statement = pointingStatement(readerOf(scene), pointing);
  const [{ rows }, [seen]] = await Promise.all([
    workspace.pool.query(`select ${own.join(", ")}`, [id]),
    rowsOf<{ readonly counts: readonly number[] }>(scene, statement, { record: id }),
  ]);
  const [mails = 0, notes = 0, files = 0] = Object.values(rows[0] as Record<string, number>);
  return {
    ...{ mails, notes, files },
    records: pointing.flatMap(({ entity, field }, at) => {
      const count = seen?.counts[at] ?? 0;
      return count === 0 ? [] : [{ entity: entity.name, field: field.name, count }];
    }),
  };
}

interface Moving {
  readonly entity: Entity;
  readonly ids: readonly string[];
  readonly into: string;
}

interface Pointer {
  readonly entity: Entity;
  readonly field: Field;
  /** The column that holds the id. */
  readonly column: string;
}

/** The references of all entities that may point at records of one, those of the engine's own making aside. */
function pointersAt(entities: Iterable<Entity>, name: string): readonly Pointer[] {
  return [...entities].flatMap((entity) =>
    [...entity.fields.values()]
      .filter(({ targets, system }) => targets.includes(name) && !system)
      .map((field) => ({ entity, field, column: Object.keys(field.columns).at(-1) ?? field.name })),
  );
}

/** Records that point at those that go, and point at the other from now on; the other itself points nowhere then. */
async function childrenOf(
  tx: Connection,
  scene: Scene,
  { entity: of, ids, into }: Moving,
): Promise<readonly RecordWrite[]> {
  const { model, workspace } = scene;
  const pointing = pointersAt(model.entities.values(), of.name);
  const pieces = pointing.map(
    ({ entity, column }, at) =>
      `select ${String(at)} as at, id from ${workspace.schema}.${identifier(entity.name)}
       where ${identifier(column)} = any($1::uuid[]) and id <> all($1::uuid[])`,
  );
  if (pieces.length === 0) return [];
  const { rows } = await tx.query(`${pieces.join(" union all ")} limit ${String(movedMost + 1)}`, [ids]);
  if (rows.length > movedMost) throw problem("merge.many", { most: movedMost });
  const found = Map.groupBy(rows as { at: number; id: string }[], ({ at }) => pointing[at]!.entity);
  const writes: RecordWrite[] = [];
  for (const [entity, them] of found) {
    const children = [...new Set(them.map(({ id }) => id))];
    const standing = await lockRecords(tx, scene, entity, { ids: children, trash: "with" });
    for (const [id, before] of standing) {
      const fields = them.filter((it) => it.id === id).map(({ at }) => pointing[at]!.field);
      writes.push({
        act: "update",
        entity: entity.name,
        id,
        before,
        along: true,
        after: ledTo(of, fields, id === into ? null : into),
      });
    }
  }
  return writes;
}

const ledTo = (of: Entity, fields: readonly Field[], into: string | null): Values =>
  Object.fromEntries(
    fields.map(({ name, targets }) => [
      name,
      into !== null && targets.length > 1 ? { entity: of.name, id: into } : into,
    ]),
  );
