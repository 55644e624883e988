import { changedFields, fromKept, keptEntity, problem, type PlannedWrite, type Values } from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { fileStepOf, type FileStep } from "./attachments.ts";
import { delegationSteps, type DelegationStep } from "./delegations.ts";
import { authorOf, type Scene } from "./operation.ts";
import { entityOf, lockRecords, rowsOf, targetOf } from "./rows.ts";
import { shareStepOf, type ShareStep } from "./shares.ts";
import type { MovedRecord } from "./undo-moves.ts";
import { duplicateFaults } from "./write-checks.ts";

/** Why a record was left as it is. */
export interface Conflict {
  readonly entity: string;
  readonly id: string;
  /** `changed` since, `gone`, `needed` by records that came later, its values are `taken` by another, its person was `erased`, or its workflow has no place for it where it stood (`stranded`). */
  readonly why: "changed" | "gone" | "needed" | "taken" | "erased" | "stranded";
  /** Of one that was changed: what of it would go back by force. */
  readonly fields?: readonly string[];
}

/** What an operation did to one record, all its steps together. */
export interface Done {
  readonly entity: string;
  readonly id: string;
  readonly created: boolean;
  /** The record is not there any more: an undo has taken it away. */
  readonly removed: boolean;
  readonly version: number;
  /** What its fields held before the first of the steps. */
  readonly before: Values;
}

/** What an operation did: to records, to what they are shared with, to files, and to who acts for whom. */
export async function readDone(
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

/** What goes back, what goes away, and what stays because of what happened since. */
export async function sortOut(
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
        continue;
      }
      const write = goingBack(scene, it, record, touched === true);
      const fields = write.changed.map((field) => field.name);
      if (touched && !force)
        conflicts.push({ entity: name, id: it.id, why: "changed", ...(it.created ? {} : { fields }) });
      else if (it.created) gone.push({ ...it, record });
      else if (!touched || fields.length > 0) back.push(write);
    }
  }
  const taken = await duplicateFaults(tx, scene, back);
  const [free, blocked] = [back.filter((_, at) => !taken.has(at)), back.filter((_, at) => taken.has(at))];
  const needed = await stillNeeded(tx, scene, gone, free);
  conflicts.push(
    ...gone.filter(({ id }) => needed.has(id)).map(({ entity, id }) => ({ entity, id, why: "needed" as const })),
    ...blocked.map(({ entity, id }) => ({ entity, id, why: "taken" as const })),
  );
  return { back: free, gone: gone.filter(({ id }) => !needed.has(id)), conflicts };
}

/** Records of which the operation moved runs and changed nothing: they go back unless their runs have gone on. */
export async function movedAlone(
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

/**
 * A record as it was. One that others have changed since goes on to a new version; of another all that it was given goes
 * back, be it the same: whoever gave it may not know what stood there.
 */
function goingBack(scene: Scene, { entity: name, id, before }: Done, record: Values, touched: boolean): PlannedWrite {
  const entity = entityOf(scene, name);
  const given = touched ? undefined : new Set(entity.fields.values());
  const changed = changedFields(entity, record, before, given).filter(
    (field) => !(field.system && field.readOnly) || field.name === "deleted_at",
  );
  const onward = {
    version: Math.max(Number(record.version), Number(record._highest ?? 0)) + 1,
    updated_at: scene.now.toISOString(),
    updated_by: authorOf(scene),
  };
  const after = { ...record, ...before, ...(touched ? onward : {}) };
  const comesBack = (record.deleted_at ?? null) !== null && ((after as Values).deleted_at ?? null) === null;
  return { act: comesBack ? "restore" : "update", entity: name, id, before: record, after, record: after, changed };
}

/**
 * New records at which others point that stay, be it that they are needed themselves: they cannot go. Those that go back
 * point where they pointed before.
 */
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
  const from = Map.groupBy(rows.filter(points), ({ id }) => id);
  const needed = new Set<string>();
  const open = [...from.keys()].filter((id) => !going.has(id));
  for (const id of open)
    for (const { target } of from.get(id) ?? []) {
      if (needed.has(target)) continue;
      needed.add(target);
      open.push(target);
    }
  return needed;
}

const pointedAt = (value: unknown) =>
  typeof value === "object" && value !== null && "id" in value ? String(value.id) : value;
