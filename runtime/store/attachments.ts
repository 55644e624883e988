import { problem, refuse, type Entity, type Values } from "engine";
import type { Connection } from "../database/pool.ts";
import { cleanName } from "../file-name.ts";
import { typeOf } from "../file-type.ts";
import { newId } from "../id.ts";
import { insertEvents, insertHistory } from "./chronicle.ts";
import { commit, type Part } from "./commit.ts";
import { storeFile } from "./files.ts";
import { askerOf, operate, type Operated, type Scene } from "./operation.ts";
import type { ReadScene } from "./read.ts";
import { lockChanging, refusalsOf, rightsOf } from "./records.ts";
import { lockRecords } from "./rows.ts";

/** What a file that somebody hangs on a record may weigh. */
export const attachedBytesMax = 25_000_000;
const filesMost = 100;

/** A file as the history of its record keeps it. */
interface Attached {
  readonly file: string;
  readonly name: string;
}

/** Which record, as a request names it. */
export interface Place {
  readonly entity: string;
  readonly id: string;
}

/**
 * Hangs a file on a record, for whoever may change that: one operation, which stands in the record's history and which
 * undo takes back. Its name is cleaned, its type is what its bytes are.
 */
export function attach(
  { workspace, principal, now }: ReadScene,
  at: Place,
  given: { readonly name: string; readonly bytes: Uint8Array },
) {
  if (given.bytes.length > attachedBytesMax) throw problem("file.too_large", { bytesMax: attachedBytesMax });
  const name = cleanName(given.name, "file");
  const told = { kind: "attach", title: `Attach ${name}`, now };
  return operate(workspace, principal, told, async (tx, scene) => {
    const { entity, record } = await changing(tx, scene, at);
    const { rows } = await tx.query(
      `select count(*)::int as files from ${workspace.schema}._file where record = $1 and removed_at is null`,
      [at.id],
    );
    if (rows[0].files >= filesMost) throw problem("file.too_many", { most: filesMost });
    const [by, acting] = [askerOf(scene), principal.actor?.id ?? null];
    const of = { entity: entity.anchor, record: at.id };
    const file = { id: newId(now), name, type: typeOf(given.bytes, name), by, acting, at: now, of };
    const { id, type, sizeBytes, sha256 } = await storeFile(tx, workspace.schema, file, given.bytes);
    await commit(tx, steps(scene, { entity, record, before: undefined, after: { file: id, name } }), scene.model);
    scene.written.rows += 1;
    return { id, name, type, size_bytes: sizeBytes, sha256, at: now.toISOString() };
  });
}

/** Takes a file away from its record, for whoever may change that; undo brings it back. */
export function detach(
  { workspace, principal, now }: ReadScene,
  { file, ...at }: Place & { readonly file: string },
): Promise<Operated<void>> {
  const told = { kind: "detach", title: "Take a file away", now };
  return operate(workspace, principal, told, async (tx, scene) => {
    const { entity, record } = await changing(tx, scene, at);
    const { rows } = await tx.query(
      `update ${workspace.schema}._file set removed_at = $3
       where id::text = $1 and record = $2 and complete and removed_at is null returning name`,
      [file, at.id, now],
    );
    if (rows.length === 0) throw problem("file.not_attached", {});
    const before = { file, name: String(rows[0].name) };
    await commit(tx, steps(scene, { entity, record, before, after: undefined }), scene.model);
    scene.written.rows += 1;
  });
}

/** Hangs the files of records on others as well, where they are files of their own: which of whose, with what each hangs on. */
export async function copyFiles(
  tx: Connection,
  scene: Scene,
  pairs: readonly { readonly from: string; readonly to: string; readonly entity: Entity }[],
): Promise<void> {
  const { schema } = scene.workspace;
  const { rows } = await tx.query(
    `select f.id, f.name, f.record from ${schema}._file f
     where f.record = any($1::uuid[]) and f.complete and f.removed_at is null order by f.id`,
    [pairs.map(({ from }) => from)],
  );
  if (rows.length === 0) return;
  const copies = (rows as { id: string; name: string; record: string }[]).map((file) => {
    return { ...file, ...pairs.find(({ from }) => from === file.record)!, fresh: newId(scene.now) };
  });
  const cells = [copies.map(({ id }) => id), copies.map(({ fresh }) => fresh)];
  await tx.query(
    `insert into ${schema}._file (id, name, type, size_bytes, sha256, by, acting, at, entity, record, complete)
     select c.fresh, f.name, f.type, f.size_bytes, f.sha256, f.by, f.acting, f.at, c.entity, c.record, true
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) as c(old, fresh, entity, record)
     join ${schema}._file f on f.id = c.old`,
    [...cells, copies.map(({ entity }) => entity.anchor), copies.map(({ to }) => to)],
  );
  await tx.query(
    `insert into ${schema}._file_chunk (file, part, bytes) select c.fresh, k.part, k.bytes
     from unnest($1::uuid[], $2::uuid[]) as c(old, fresh) join ${schema}._file_chunk k on k.file = c.old`,
    cells,
  );
  const standing = new Map<string, Values>();
  for (const [entity, them] of Map.groupBy(copies, (it) => it.entity))
    for (const [id, record] of await lockRecords(tx, scene, entity, { ids: them.map(({ to }) => to), trash: "with" }))
      standing.set(id, record);
  const told = copies.flatMap(({ entity, to, fresh, name }) =>
    steps(scene, { entity, record: standing.get(to)!, before: undefined, after: { file: fresh, name } }),
  );
  await commit(tx, told, scene.model);
  scene.written.rows += copies.length;
}

/** The record, locked, where the caller may change it. */
async function changing(tx: Connection, scene: Scene, { entity: name, id }: Place) {
  const { entity } = rightsOf(scene, name);
  const found = await lockChanging(tx, scene, entity, { ids: [id], right: "update", trash: "without" });
  const record = found.get(id);
  if (!record) throw problem("record.missing", { entity: name });
  refuse(refusalsOf(entity, "update", record, [], ""));
  return { entity, record };
}

/** A file that came to a record as it stands, or went from it. */
interface Moved {
  readonly entity: Entity;
  readonly record: Values;
  readonly before: Attached | undefined;
  readonly after: Attached | undefined;
}

/** The step in the record's history, and the event that tells open connections. */
function steps(scene: Scene, { entity, record, before, after }: Moved): readonly Part[] {
  const at = { entity: entity.name, record: String(record.id), version: Number(record.version) };
  const kept = (it: Attached | undefined) => (it ? { _file: it } : null);
  const act = after ? "attach" : "detach";
  const step = { ...at, act, at: scene.now.toISOString(), before: kept(before), after: kept(after) };
  return [
    ...insertHistory(scene, [step]),
    ...insertEvents(scene, [{ ...at, type: after ? "record.attached" : "record.detached", data: null }]),
  ];
}

/** A step of history in which a file came or went. */
export interface FileStep {
  readonly entity: Entity;
  readonly record: string;
  readonly before: Attached | undefined;
  readonly after: Attached | undefined;
}

/** What a row of history says of a file; nothing where it is about something else. */
export function fileStepOf(
  entity: Entity,
  { record, before, after }: { readonly record: string; readonly before: Values | null; readonly after: Values | null },
): FileStep | undefined {
  const of = (kept: Values | null) => (kept?._file ?? undefined) as Attached | undefined;
  return of(before) || of(after) ? { entity, record, before: of(before), after: of(after) } : undefined;
}

/** What takes such steps back. A file that somebody has brought or taken since is left alone unless `force`. */
export async function undoAttached(tx: Connection, scene: Scene, done: readonly FileStep[], force: boolean) {
  const { schema } = scene.workspace;
  const standing = new Map<string, Values>();
  for (const [entity, them] of Map.groupBy(done, (it) => it.entity)) {
    const ids = them.map(({ record }) => record);
    for (const [id, record] of await lockRecords(tx, scene, entity, { ids, trash: "with" })) standing.set(id, record);
  }
  const ids = done.map(({ before, after }) => (after ?? before)!.file);
  const { rows } =
    done.length > 0
      ? await tx.query(`select id, removed_at is null as hangs from ${schema}._file where id = any($1::uuid[])`, [ids])
      : { rows: [] };
  const hangs = new Map((rows as { id: string; hangs: boolean }[]).map((it) => [it.id, it.hangs]));
  const left = (at: number) => !standing.has(done[at]!.record) || !hangs.has(ids[at]!);
  const moved = (at: number) => hangs.get(ids[at]!) !== (done[at]!.after !== undefined) && !force;
  const back = done.filter((_, at) => !left(at) && !moved(at));
  const fileOf = ({ before, after }: FileStep) => (before ?? after)!.file;
  const set = (them: readonly FileStep[], removedAt: Date | null): Part => ({
    sql: `update ${schema}._file set removed_at = $2::timestamptz where id = any($1::uuid[])`,
    parameters: [them.map(fileOf), removedAt],
  });
  return {
    parts: [
      set(
        back.filter(({ before }) => before),
        null,
      ),
      set(
        back.filter(({ after }) => after),
        scene.now,
      ),
      ...back.flatMap(({ entity, record, before, after }) =>
        steps(scene, { entity, record: standing.get(record)!, before: after, after: before }),
      ),
    ],
    restored: back.length,
    conflicts: done.flatMap(({ entity, record }, at) =>
      back.includes(done[at]!)
        ? []
        : [{ entity: entity.name, id: record, why: left(at) ? ("gone" as const) : ("changed" as const) }],
    ),
  };
}
