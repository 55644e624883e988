import { changedFields, fromKept, keptEntity, problem, type PlannedWrite, type Principal, type Values } from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { chronicle, insertEvents, insertHistory } from "./chronicle.ts";
import { commit, type Part } from "./commit.ts";
import { authorOf, operate, type Scene } from "./operation.ts";
import { undoneClocks } from "./clocks.ts";
import { delegationSteps, undoneDelegations, type DelegationStep } from "./delegations.ts";
import { withoutErased } from "./erased.ts";
import { findOperation } from "./operations.ts";
import { entityOf, lockRecords, ready, rowsOf, targetOf } from "./rows.ts";
import { dailyGone, dailyParts } from "./daily.ts";
import { noteRollups } from "./rollups.ts";
import { noteScores } from "./score-notes.ts";
import { noteGone, noteSegments } from "./segment-notes.ts";
import { fileStepOf, undoAttached, type FileStep } from "./attachments.ts";
import { goneFiles } from "./files.ts";
import { unmergeConsents } from "./merge-consents.ts";
import { noteUnmerged, undoneMerge } from "./merge-moves.ts";
import { leftMails } from "./mail-known.ts";
import { goneRuns, movedRecords, unbegunRuns, undoMoves, type MovedRecord } from "./undo-moves.ts";
import { shareStepOf, undoShares, type ShareStep } from "./shares.ts";
import { followedTimers } from "./follow.ts";
import { releasedTimers } from "./timers.ts";
import { duplicateFaults } from "./write-checks.ts";
import { rowParts } from "./write.ts";

/** Why a record was left as it is. */
export interface Conflict {
  readonly entity: string;
  readonly id: string;
  /** `changed` since, `gone`, `needed` by records that came later, its values are `taken` by another, or its person was `erased`. */
  readonly why: "changed" | "gone" | "needed" | "taken" | "erased";
}

export interface Undone {
  readonly operation: string;
  readonly restored: number;
  readonly removed: number;
  readonly conflicts: readonly Conflict[];
}

/** What an operation did to one record, all its steps together. */
interface Done {
  readonly entity: string;
  readonly id: string;
  readonly created: boolean;
  /** The record is not there any more: an undo has taken it away. */
  readonly removed: boolean;
  readonly version: number;
  /** What its fields held before the first of the steps. */
  readonly before: Values;
}

/**
 * Takes an operation back. Each record that nobody has touched since is as it was, its version included; new records are
 * gone with their runs. The others are told as conflicts and left alone, unless `force` puts back the operation's own
 * fields whatever has happened since. Undoing is an operation as well.
 */
export async function undo(
  workspace: Workspace,
  principal: Principal,
  id: string,
  { force, now }: { readonly force: boolean; readonly now: Date },
): Promise<Undone> {
  const { title } = await findOperation(workspace.pool, workspace, principal, id);
  const told = { kind: "undo", title: `Undo: ${title}`.slice(0, 200), now, bulk: true, unbounded: true, undoes: id };
  const { operation, result } = await operate(workspace, principal, told, async (tx, scene) => {
    await lockOperation(tx, scene, id);
    const meant = await movedRecords(tx, scene, id);
    const read = await readDone(tx, scene, id, meant.length > 0);
    const { moves, done, shares, files, erased } = await withoutErased(tx, workspace.schema, { ...read, moves: meant });
    const { delegations } = read;
    const { back, gone, conflicts } = await sortOut(tx, scene, done, force, moves);
    const still = await movedAlone(tx, scene, done, moves, force);
    const shared = await undoSharing(tx, scene, shares, force);
    const attached = await undoAttached(tx, scene, files, force);
    const [standing, passed] = [delegations.filter(({ last }) => last), delegations.filter(({ last }) => !last)];
    conflicts.push(
      ...erased,
      ...still.conflicts,
      ...shared.conflicts,
      ...attached.conflicts,
      ...passed.map(({ giver }): Conflict => ({ entity: "user", id: giver, why: "changed" })),
    );
    const parts = [
      ...(await partsOf(tx, scene, id, back, gone, still.records)),
      ...shared.parts,
      ...attached.parts,
      ...undoneDelegations(scene, standing),
      ...undoneMerge(workspace.schema, id),
    ];
    await noteUnmerged(tx, scene, id);
    const close = conflicts.length === 0 ? [closed(scene, id)] : [];
    await commit(tx, [...parts, ...close], scene.model);
    await unmergeConsents(tx, scene, id);
    const lent = standing.filter(({ begun }) => !begun).length;
    const restored = back.length + shared.restored + attached.restored + still.records.length + lent;
    const removed = gone.length + standing.filter(({ begun }) => begun).length;
    scene.written.rows += restored + removed;
    noteRollups(scene, back, new Map());
    noteSegments(scene, back, new Map());
    noteScores(scene, back);
    noteGone(scene, gone);
    for (const { entity, record } of gone) scene.rollups.note(scene.model, entity, record, null);
    return { restored, removed, conflicts };
  });
  return { operation, ...result };
}

async function lockOperation(tx: Connection, { workspace }: Scene, id: string): Promise<void> {
  const { rows } = await tx.query(
    `select status, undone_by from ${workspace.schema}._operation where id = $1 for update`,
    [id],
  );
  if (rows[0]?.undone_by) throw problem("operation.undone", {});
  if (rows[0]?.status === "queued" || rows[0]?.status === "running") throw problem("operation.running", {});
}

async function readDone(
  tx: Connection,
  scene: Scene,
  id: string,
  moved: boolean,
): Promise<{
  readonly done: readonly Done[];
  readonly shares: readonly ShareStep[];
  readonly files: readonly FileStep[];
  readonly delegations: readonly DelegationStep[];
}> {
  const { workspace, model } = scene;
  const { rows } = await tx.query(
    `select entity, record, act, version, before, after from ${workspace.schema}._history where operation = $1 order by id`,
    [id],
  );
  const done = new Map<string, Done>();
  const shares: ShareStep[] = [];
  const files: FileStep[] = [];
  for (const { entity: key, record, act, version, before: kept, after } of rows) {
    const entity = keptEntity(model, key);
    if (!entity) continue;
    const share = shareStepOf(entity, { record, before: kept, after });
    const file = fileStepOf(entity, { record, before: kept, after });
    if (share) shares.push(share);
    if (file) files.push(file);
    if (share || file) continue;
    const before = fromKept(model, entity, kept);
    const first = done.get(record);
    done.set(record, {
      entity: entity.name,
      id: record,
      created: first?.created ?? act === "create",
      removed: act === "remove",
      version,
      before: { ...before, ...first?.before },
    });
  }
  const delegations = rows.length === 0 ? await delegationSteps(tx, scene, id) : [];
  if (rows.length === 0 && delegations.length === 0 && !moved) throw problem("operation.empty", {});
  return { done: [...done.values()], shares, files, delegations };
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

/** What goes back, what goes away, and what stays because of what happened since. */
async function sortOut(
  tx: Connection,
  scene: Scene,
  all: readonly Done[],
  force: boolean,
  moves: readonly MovedRecord[],
) {
  const movedOn = new Set(moves.flatMap(({ record, moved }) => (moved ? [record] : [])));
  const conflicts: Conflict[] = [];
  const back: PlannedWrite[] = [];
  const gone: (Done & { readonly record: Values })[] = [];
  for (const [name, them] of Map.groupBy(all, ({ entity }) => entity)) {
    const ids = them.map(({ id }) => id);
    const rows = await lockRecords(tx, scene, entityOf(scene, name), { ids, trash: "with" });
    for (const it of them) {
      const record = rows.get(it.id);
      const touched = record && (Number(record.version) !== it.version || (!it.created && movedOn.has(it.id)));
      if (!record) {
        if (!it.created) conflicts.push({ entity: name, id: it.id, why: "gone" });
      } else if (touched && !force) conflicts.push({ entity: name, id: it.id, why: "changed" });
      else if (it.created) gone.push({ ...it, record });
      else {
        const write = goingBack(scene, it, record, touched === true);
        if (!touched || write.changed.length > 0) back.push(write);
      }
    }
  }
  const needed = await stillNeeded(tx, scene, gone, back);
  const taken = await duplicateFaults(tx, scene, back);
  const blocked = back.filter((_, at) => taken.has(at));
  conflicts.push(
    ...gone.filter(({ id }) => needed.has(id)).map(({ entity, id }) => ({ entity, id, why: "needed" as const })),
    ...blocked.map(({ entity, id }) => ({ entity, id, why: "taken" as const })),
  );
  return { back: back.filter((_, at) => !taken.has(at)), gone: gone.filter(({ id }) => !needed.has(id)), conflicts };
}

/** Records of which the operation moved runs and changed nothing: they go back unless their runs have gone on. */
async function movedAlone(
  tx: Connection,
  scene: Scene,
  done: readonly Done[],
  moves: readonly MovedRecord[],
  force: boolean,
) {
  const known = new Set(done.map(({ id }) => id));
  const conflicts: Conflict[] = [];
  const records: string[] = [];
  for (const [name, them] of Map.groupBy(moves, ({ entity }) => entity)) {
    const alone = them.filter(({ record }) => !known.has(record));
    const ids = alone.map(({ record }) => record);
    const rows = await lockRecords(tx, scene, entityOf(scene, name), { ids, trash: "with" });
    for (const { record: id, moved } of alone) {
      const why = !rows.has(id) ? "gone" : moved && !force ? "changed" : undefined;
      if (why) conflicts.push({ entity: name, id, why });
      else records.push(id);
    }
  }
  return { conflicts, records };
}

/** A record as it was. One that others have changed since goes on to a new version. */
function goingBack(scene: Scene, { entity: name, id, before }: Done, record: Values, touched: boolean): PlannedWrite {
  const entity = entityOf(scene, name);
  const changed = changedFields(entity, record, before).filter(
    (field) => !(field.system && field.readOnly) || field.name === "deleted_at",
  );
  const onward = {
    version: Math.max(Number(record.version), Number(record._highest ?? 0)) + 1,
    updated_at: scene.now.toISOString(),
    updated_by: authorOf(scene),
  };
  const after = { ...record, ...before, ...(touched ? onward : {}) };
  const comesBack = changed.some((field) => field.name === "deleted_at") && (before.deleted_at ?? null) === null;
  return { act: comesBack ? "restore" : "update", entity: name, id, before: record, after, record: after, changed };
}

/** New records at which others point that stay: they cannot go. Those that go back point where they pointed before. */
async function stillNeeded(
  tx: Connection,
  scene: Scene,
  gone: readonly Done[],
  back: readonly PlannedWrite[],
): Promise<ReadonlySet<string>> {
  const after = new Map(back.map(({ id, record }) => [id, new Set(Object.values(record).map(pointedAt))]));
  const going = new Set(gone.map(({ id }) => id));
  const pieces = [...Map.groupBy(gone, ({ entity }) => entity)].flatMap(([to, them]) =>
    [...scene.model.entities.values()].flatMap((entity) =>
      [...entity.fields.values()]
        .filter((field) => field.targets.includes(to) && Object.keys(field.columns).length > 0)
        .map((field) =>
          writing.targetsOf(
            targetOf(scene, entity),
            field,
            to,
            them.map(({ id }) => id),
          ),
        ),
    ),
  );
  if (pieces.length === 0) return new Set();
  const rows = await rowsOf<{ id: string; target: string }>(tx, scene, writing.together(pieces));
  const points = ({ id, target }: { id: string; target: string }) => after.get(id)?.has(target) ?? true;
  return new Set(rows.filter((row) => !going.has(row.id) && points(row)).map(({ target }) => target));
}

const pointedAt = (value: unknown) =>
  typeof value === "object" && value !== null && "id" in value ? String(value.id) : value;

async function partsOf(
  tx: Connection,
  scene: Scene,
  id: string,
  back: readonly PlannedWrite[],
  gone: readonly (Done & { readonly record: Values })[],
  moved: readonly string[],
): Promise<readonly Part[]> {
  const still = [...back.map((it) => it.id), ...moved];
  const rows = [...Map.groupBy(back, ({ entity }) => entity)].flatMap(([name, them]) =>
    rowParts(scene, entityOf(scene, name), them),
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
  const told = gone.map(({ entity, id: record, version }) => ({
    entity,
    record,
    act: "remove",
    version,
    at,
    before: null,
    after: null,
  }));
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
      gone.map(({ entity, id: record, version }) => ({ entity, record, type: "record.removed", version, data: null })),
    ),
  ];
}

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
