import {
  accessFor,
  pick,
  problem,
  type Entity,
  type PlannedWrite,
  type Principal,
  type RecordWrite,
  type Values,
} from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { undoAttached } from "./attachments.ts";
import { chronicle, insertEvents, insertHistory } from "./chronicle.ts";
import { undoneClocks } from "./clocks.ts";
import { commit, type Part } from "./commit.ts";
import { dailyGone, dailyParts } from "./daily.ts";
import { undoneDelegations } from "./delegations.ts";
import { withoutErased } from "./erased.ts";
import { withoutStranded } from "./stranded.ts";
import { goneFiles } from "./files.ts";
import { followedTimers } from "./follow.ts";
import { leftMails } from "./mail-known.ts";
import { unmergeConsents } from "./merge-consents.ts";
import { noteUnmerged, undoneMerge } from "./merge-moves.ts";
import { toldBy, unheard } from "./heard.ts";
import { operate, type Scene } from "./operation.ts";
import { noteAlike, unpaired } from "./alike.ts";
import { findOperation } from "./operations.ts";
import { undoneEffects } from "./outgoing.ts";
import { noteRollups } from "./rollups.ts";
import { entityOf, lockRecords, ready, targetOf } from "./rows.ts";
import { noteScores } from "./score-notes.ts";
import { noteGone, noteSegments } from "./segment-notes.ts";
import { undoShares, type ShareStep } from "./shares.ts";
import { releasedTimers } from "./timers.ts";
import { hiddenAmong } from "./trash.ts";
import { goneRuns, movedRecords, unbegunRuns, undoMoves } from "./undo-moves.ts";
import { movedAlone, readDone, sortOut, type Conflict, type Done } from "./undo-plan.ts";
import { rowParts, stepAside, writeWhatHolds } from "./write.ts";

/** What undoing comes to, in numbers, and what stays as it is: of the records that whoever asks sees as they stand then. */
export interface UndoTold {
  readonly restored: number;
  readonly removed: number;
  readonly conflicts: readonly Conflict[];
}

export interface Undone extends UndoTold {
  readonly operation: string;
}

interface How {
  readonly force: boolean;
  readonly now: Date;
}

/**
 * Takes an operation back, and before it what other runs have made of what it told them, the last first. Each record that nobody has touched since is as it was, its version included; new records are
 * gone with their runs, those of an import to the trash. The others are told as conflicts and left alone, unless `force`
 * puts back the operation's own fields whatever has happened since. Undoing is an operation as well.
 */
export async function undo(workspace: Workspace, principal: Principal, id: string, how: How): Promise<Undone> {
  const { title, kind } = await findOperation(workspace.pool, workspace, principal, id);
  const { force, now } = how;
  const told = { kind: "undo", title: `Undo: ${title}`.slice(0, 200), now, bulk: true, unbounded: true, undoes: id };
  const { operation, result } = await operate(workspace, principal, told, async (tx, scene) => {
    const taken: UndoTold[] = [];
    for (const one of (await toldBy(tx, workspace, id)).toReversed())
      taken.push(await undoOne(tx, scene, one, { force, kind: one === id ? kind : "move" }));
    return summed(taken);
  });
  return { operation, ...result };
}

const summed = (all: readonly UndoTold[]): UndoTold => ({
  restored: all.reduce((sum, { restored }) => sum + restored, 0),
  removed: all.reduce((sum, { removed }) => sum + removed, 0),
  conflicts: all.flatMap(({ conflicts }) => conflicts),
});

/** Takes one operation back, and nothing of what followed from it. */
async function undoOne(
  tx: Connection,
  scene: Scene,
  id: string,
  { force, kind }: { readonly force: boolean; readonly kind: string },
): Promise<UndoTold> {
  const { workspace } = scene;
  const { back, made, still, shared, attached, standing, told: planned } = await planUndo(tx, scene, id, force);
  const [binned, gone] = kind === "import" ? [made, []] : [[], made];
  const parts = [
    ...(await partsOf(tx, scene, id, back, gone, still.records)),
    ...shared.parts,
    ...attached.parts,
    ...undoneDelegations(scene, standing),
    ...undoneMerge(workspace.schema, id),
    unpaired(workspace, id),
    unheard(workspace, id),
  ];
  await noteUnmerged(tx, scene, id);
  await commit(tx, parts, scene.model);
  await unmergeConsents(tx, scene, id);
  const held = await toTrash(tx, scene, id, binned);
  const conflicts = [...planned.conflicts, ...held];
  if (conflicts.length === 0) await commit(tx, [closed(scene, id)], scene.model);
  const done = await seenOf(tx, scene, back, { ...planned, removed: planned.removed - held.length, conflicts });
  scene.written.rows += done.restored + done.removed;
  noteRollups(scene, back, new Map());
  noteSegments(scene, back, new Map());
  noteScores(scene, back);
  noteAlike(scene, back);
  noteGone(scene, gone);
  for (const { entity, record } of gone) scene.rollups.note(scene.model, entity, record, null);
  return done;
}

/** What is told of an undo: not that hidden records pointed at what comes back, nor that some stay as they are. */
async function seenOf(
  tx: Connection,
  scene: Scene,
  back: readonly { readonly entity: string; readonly id: string }[],
  whole: UndoTold,
): Promise<UndoTold> {
  const asking = { ...scene, access: accessFor(scene.model, scene.principal) };
  const hidden = await hiddenAmong(tx, asking, [...back, ...whole.conflicts]);
  const { length } = back.filter(({ id }) => hidden.has(id));
  return {
    ...whole,
    restored: whole.restored - length,
    conflicts: whole.conflicts.filter(({ id }) => !hidden.has(id)),
  };
}

/** What undoing would come to. Nothing is written. */
export async function previewUndo(
  workspace: Workspace,
  principal: Principal,
  id: string,
  { force, now }: How,
): Promise<UndoTold> {
  await findOperation(workspace.pool, workspace, principal, id);
  const told = { kind: "look", title: "Look at an undo", now, bulk: true, unbounded: true, operation: newId(now) };
  const { result } = await operate(workspace, principal, told, async (tx, scene) => {
    const taken: UndoTold[] = [];
    const back = new Set<string>();
    for (const one of (await toldBy(tx, workspace, id)).toReversed()) {
      const planned = await planUndo(tx, scene, one, force);
      const { restored, removed, conflicts } = planned.told;
      // What a later one puts back is as this one has left it.
      const isLeft = (it: Conflict) => it.why === "changed" && back.has(it.id);
      const left = conflicts.filter(isLeft);
      const whole = { restored: restored + left.length, removed, conflicts: conflicts.filter((it) => !isLeft(it)) };
      taken.push(await seenOf(tx, scene, [...planned.back, ...left], whole));
      for (const it of planned.back) back.add(it.id);
    }
    return summed(taken);
  });
  return result;
}

/** All that goes back, what the operation has made, and what becomes of both. */
async function planUndo(tx: Connection, scene: Scene, id: string, force: boolean) {
  const { schema } = scene.workspace;
  await lockOperation(tx, scene, id);
  const meant = await movedRecords(tx, scene, id);
  const read = await readDone(tx, scene, id, meant.length > 0);
  const { shares, files, erased, ...there } = await withoutErased(tx, schema, { ...read, moves: meant });
  const { done, moves, stranded } = await withoutStranded(tx, scene, id, there);
  const { back, gone: made, conflicts } = await sortOut(tx, scene, done, force, moves);
  const still = await movedAlone(tx, scene, done, moves, force);
  const shared = await undoSharing(tx, scene, shares, force);
  const attached = await undoAttached(tx, scene, files, force);
  const { delegations } = read;
  const [standing, passed] = [delegations.filter(({ last }) => last), delegations.filter(({ last }) => !last)];
  const lent = standing.filter(({ begun }) => !begun).length;
  const told: UndoTold = {
    restored: back.length + shared.restored + attached.restored + still.records.length + lent,
    removed: made.length + standing.length - lent,
    conflicts: [
      ...conflicts,
      ...erased,
      ...stranded,
      ...still.conflicts,
      ...shared.conflicts,
      ...attached.conflicts,
      ...passed.map(({ giver }): Conflict => ({ entity: "user", id: giver, why: "changed" })),
    ],
  };
  return { back, made, still, shared, attached, standing, told };
}

/** Moves what an operation has made to the trash; what it asked for outside and has not gone yet never goes. Answers what stays. */
async function toTrash(
  tx: Connection,
  scene: Scene,
  operation: string,
  made: readonly (Done & { readonly record: Values })[],
): Promise<readonly Conflict[]> {
  if (made.length === 0) return [];
  const { schema } = scene.workspace;
  const writes = made.map(({ entity, id, record }): RecordWrite => {
    return { act: "trash", entity, id, before: record, after: {} };
  });
  const { faults } = await writeWhatHolds(tx, scene, writes);
  const away = made.filter((_, at) => !faults.has(at)).map(({ id }) => id);
  const { rows } = await tx.query(`select id from ${schema}._run where record = any($1::uuid[])`, [away]);
  const runs = (rows as { id: string }[]).map((it) => it.id);
  await commit(tx, [undoneEffects(schema, operation, runs)], scene.model);
  return made.filter((_, at) => faults.has(at)).map(({ entity, id }): Conflict => ({ entity, id, why: "needed" }));
}

async function lockOperation(tx: Connection, { workspace }: Scene, id: string): Promise<void> {
  const { rows } = await tx.query(
    `select status, undone_by from ${workspace.schema}._operation where id = $1 for update`,
    [id],
  );
  if (rows[0]?.undone_by) throw problem("operation.undone", {});
  if (rows[0]?.status === "queued" || rows[0]?.status === "running") throw problem("operation.running", {});
}

/** What was shared is not any more, and what was taken back is again. */
async function undoSharing(tx: Connection, scene: Scene, shares: readonly ShareStep[], force: boolean) {
  const standing = new Map<string, Values>();
  for (const [entity, them] of Map.groupBy(shares, (it) => it.entity)) {
    const ids = [...new Set(them.map(({ record }) => record))];
    const rows = await lockRecords(tx, scene, entity, { ids, trash: "with" });
    for (const [id, record] of rows) standing.set(id, record);
  }
  const { parts, restored, changed } = await undoShares(tx, scene, shares, standing, force);
  const conflicts = changed.map(({ entity, record }): Conflict => {
    return { entity: entity.name, id: record, why: standing.has(record) ? "changed" : "gone" };
  });
  return { parts, restored, conflicts };
}

async function partsOf(
  tx: Connection,
  scene: Scene,
  id: string,
  back: readonly PlannedWrite[],
  gone: readonly (Done & { readonly record: Values })[],
  moved: readonly string[],
): Promise<readonly Part[]> {
  const still = [...back.map((it) => it.id), ...moved];
  const aside = await stepAside(tx, scene, back);
  const rows = [...Map.groupBy(back, ({ entity }) => entity)].flatMap(([name, them]) =>
    rowParts(scene, entityOf(scene, name), them, aside),
  );
  const removed = [...Map.groupBy(gone, ({ entity }) => entity)].reverse().map(([name, them]) =>
    ready(
      scene,
      writing.deleteRows(
        targetOf(scene, entityOf(scene, name)),
        them.map((it) => it.id),
      ),
    ),
  );
  const away = gone.map((it) => it.id);
  const at = scene.now.toISOString();
  const told = gone.map(({ entity, id, record }) => {
    const before = keptOf(entityOf(scene, entity), record);
    return { entity, record: id, act: "remove", version: Number(record.version), at, before, after: null };
  });
  return [
    ...rows,
    ...removed,
    ...(await removedWith(tx, scene, away)),
    ...(await undoMoves(tx, scene, id, still)),
    ...(await unbegunRuns(tx, scene, id, still)),
    ...undoneClocks(
      scene,
      id,
      lowered(back)
        .map((it) => it.id)
        .concat(moved),
    ),
    ...releasedTimers(scene.workspace, back),
    ...(await followedTimers(tx, scene, back)),
    ...forgotten(scene, id),
    ...undoneVersions(scene, back, gone),
    ...chronicle(scene, back),
    ...dailyParts(scene, back),
    ...dailyGone(scene, gone),
    ...insertHistory(scene, told),
    ...insertEvents(
      scene,
      told.map(({ entity, record, version }) => ({ entity, record, type: "record.removed", version, data: null })),
    ),
  ];
}

/** All that a record holds. */
const keptOf = ({ fields }: Entity, record: Values) =>
  pick(
    record,
    [...fields.values()].filter(({ columns }) => Object.keys(columns).length > 0),
  );

/** What hangs on records that go. */
async function removedWith(tx: Connection, scene: Scene, records: readonly string[]): Promise<readonly Part[]> {
  if (records.length === 0) return [];
  const { schema } = scene.workspace;
  const of = (sql: string): Part => ({ sql, parameters: [records] });
  return [
    ...(await goneRuns(tx, scene, "record", records)),
    of(`delete from ${schema}._notification where record = any($1::uuid[])`),
    of(`delete from ${schema}._share where record = any($1::uuid[])`),
    of(`delete from ${schema}._watch where record = any($1::uuid[])`),
    of(`delete from ${schema}._clock where record = any($1::uuid[])`),
    of(`delete from ${schema}._clock_before where record = any($1::uuid[])`),
    ...goneFiles(schema, records),
    ...leftMails(schema, records),
  ];
}

/** Those that go back whole: nobody has changed them since. */
const lowered = (back: readonly PlannedWrite[]) =>
  back.filter(({ before, record }) => Number(record.version) < Number(before.version));

/** The versions that records had before they went back to older ones: the next ones are above them. */
function undoneVersions({ workspace }: Scene, back: readonly PlannedWrite[], gone: readonly Done[]): readonly Part[] {
  const { schema } = workspace;
  const older = lowered(back);
  return [
    {
      sql: `insert into ${schema}._undone as u (record, version)
        select r.record, r.version from unnest($1::uuid[], $2::integer[]) as r(record, version)
        on conflict (record) do update set version = greatest(u.version, excluded.version)`,
      parameters: [older.map(({ id }) => id), older.map(({ before }) => before.version)],
    },
    { sql: `delete from ${schema}._undone where record = any($1::uuid[])`, parameters: [gone.map(({ id }) => id)] },
  ];
}

/** What the operation told people has not happened. */
function forgotten({ workspace }: Scene, id: string): readonly Part[] {
  return [
    {
      sql: `delete from ${workspace.schema}._notification where operation = $1::uuid and read_at is null`,
      parameters: [id],
    },
  ];
}

function closed({ workspace, operation }: Scene, id: string): Part {
  return {
    sql: `update ${workspace.schema}._operation set undone_by = $2::uuid where id = $1::uuid`,
    parameters: [id, operation],
  };
}
