import { rollupsOf, type Change, type Model, type PlannedWrite, type Rollup, type Values } from "engine";
import { bind, comesEarly, compile, rollups, writing, type Publishing } from "engine/sql";
import type { Connection, Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { commit } from "./commit.ts";
import { deliveryParts } from "./deliveries.ts";
import { authorOf, type Scene } from "./operation.ts";
import { entityOf, ready, targetOf } from "./rows.ts";
import { markDays } from "./daily.ts";
import { watchRules } from "./rollup-rules.ts";
import { noteFields } from "./segment-notes.ts";

/** Notes what writes of records do to the roll-ups of others; several writes to one record are one. */
export function noteRollups(scene: Scene, writes: readonly PlannedWrite[], last: ReadonlyMap<string, Values>): void {
  const first = new Map<string, PlannedWrite>();
  for (const write of writes) if (!first.has(write.id)) first.set(write.id, write);
  for (const { entity, id, act, before, record, path } of first.values())
    scene.rollups.note(scene.model, entity, act === "create" ? null : before, last.get(id) ?? record, path);
}

/**
 * Writes what the operation has made of roll-ups: at the end of its transaction, entity by entity in the order of their
 * names and record by record in the order of ids, so that no two operations wait for each other. What breaks a rule that hangs on a
 * roll-up is refused whole: the record is locked, so that two who add to it at once do not both fit.
 */
export async function writeRollups(tx: Connection, scene: Scene): Promise<void> {
  const changes = [...scene.rollups.changes].sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [name, records] of changes) {
    const entity = entityOf(scene, name);
    const target = targetOf(scene, entity);
    const rows = [...records].map(([id, fields]) => ({ id, fields }));
    const ids = rows.map(({ id }) => id);
    const own = rollupsOf(scene.model).filter(({ parent }) => parent === entity);
    const touched = own.filter(({ field }) => rows.some(({ fields }) => fields.has(field.name)));
    const run = async (piece: writing.Piece) => {
      const { sql, parameters } = ready(scene, piece);
      return (await tx.query(sql, [...parameters])).rows;
    };
    const before: readonly Valued[] = await run(
      rollups.lockParents(
        target,
        touched.map(({ field }) => field),
        ids,
      ),
    );
    const after: Valued[] = [];
    const names = touched.map(({ field }) => field.name);
    const refuseBroken = await watchRules(tx, scene, entity, rows);
    const added = touched.filter(({ measure }) => measure !== "min" && measure !== "max");
    if (added.length > 0)
      after.push(
        ...(await run(
          rollups.addChanges(
            target,
            added.map(({ field }) => field),
            rows,
          ),
        )),
      );
    const again = touched.filter(({ field }) => rows.some(({ fields }) => fields.get(field.name)?.again));
    if (again.length > 0)
      after.push(...(await run(rollups.workOut(readerOf(scene.workspace, scene.model), entity, again, ids))));
    await refuseBroken();
    noteFields(scene, name, ids, names);
    await markDays(tx, scene, name, ids, names);
    await tell(tx, scene, name, changedIn(before, after));
  }
}

/** A record with its roll-ups, or some of them, by their names. */
type Valued = { readonly id: string } & Readonly<Record<string, unknown>>;

/** Records with those of their roll-ups that come to something else: a total that stays the same tells of nothing. */
function changedIn(before: readonly Valued[], after: readonly Valued[]): ReadonlyMap<string, readonly string[]> {
  const was = new Map(before.map((row) => [row.id, row]));
  return new Map(
    [...Map.groupBy(after, ({ id }) => id)].flatMap(([id, them]) => {
      const values = Object.entries(Object.assign({}, ...them) as Valued);
      const fields = values.flatMap(([name, value]) =>
        JSON.stringify(was.get(id)?.[name]) === JSON.stringify(value) ? [] : [name],
      );
      return fields.length > 0 ? [[id, fields] as const] : [];
    }),
  );
}

/** Whoever looks at a record, or is told of it, hears that its roll-ups are others. */
async function tell(tx: Queryable, scene: Scene, entity: string, changed: ReadonlyMap<string, readonly string[]>) {
  if (changed.size === 0) return;
  const { workspace, now, operation, model } = scene;
  const table = writing.tableIn(targetOf(scene, model.entities.get(entity)!));
  const { sql } = compile(table);
  const type = "record.updated";
  const ids = [...changed.keys()];
  const { rows } = await tx.query(
    `insert into ${workspace.schema}._event (id, entity, record, type, version, operation, at, by, data)
     select r.id, $3::text, t.id, $8::text, t.version, $4::uuid, $5::timestamptz, $6::uuid, r.data
     from unnest($1::uuid[], $2::uuid[], $7::jsonb[]) as r(id, record, data) join ${sql} as t on t.id = r.record
     returning id, record, version`,
    [
      ids.map(() => newId(now)),
      ids,
      entity,
      operation,
      now,
      authorOf(scene),
      [...changed.values()].map((fields) => JSON.stringify({ fields })),
      type,
    ],
  );
  const told = rows as { id: string; record: string; version: number }[];
  await commit(
    tx,
    deliveryParts(
      scene,
      told.map((row) => ({ ...row, entity, type, fields: changed.get(row.record) ?? [] })),
    ),
    model,
  );
}

const readerOf = ({ schema }: Pick<Workspace, "schema">, model: Model) => ({ model, schema, access: undefined });

const noSlots = { user: null, now: null, today: null };

async function execute(db: Queryable, piece: writing.Piece) {
  const { sql, parameters } = compile(piece);
  return (await db.query(sql, [...bind(parameters, noSlots)])).rows;
}

/** Works out, in the switch of a publish, the roll-ups that come, are made of something else, or whose inputs are. */
export async function refillRollups(
  tx: Queryable,
  schema: string,
  publishing: Publishing,
  changes: readonly Change[],
): Promise<void> {
  const { now, next } = publishing;
  const filled = new Set(
    changes.flatMap((change) => ("address" in change && comesEarly(publishing, change) ? [change.address] : [])),
  );
  const moved = new Set(changes.flatMap((change) => (altersValues(change) ? anchorIn(change) : [])));
  const before = new Map(rollupsOf(now).map((rollup) => [rollup.field.address, rollup]));
  const open = rollupsOf(next).filter((rollup) => {
    if (filled.has(rollup.field.address)) return false;
    const old = before.get(rollup.field.address);
    return !old || !isSame(old, rollup) || inputsOf(next, rollup).some((anchor) => moved.has(anchor));
  });
  for (const [entity, them] of Map.groupBy(open, ({ parent }) => parent))
    await execute(tx, rollups.workOut(readerOf({ schema }, next), entity, them));
}

/** The documents on whose values a roll-up hangs: its own entity, that of its list, the workflows of that, and the rates. */
const inputsOf = (model: Model, { parent, child, currency }: Rollup): readonly string[] => [
  parent.anchor,
  child.anchor,
  ...(currency ? [model.workspace.$anchor] : []),
  ...child.stateFields.flatMap(({ property }) => model.workflows.get(String(property.workflow))?.meta.id ?? []),
];

const isSame = (one: Rollup, other: Rollup) =>
  one.measure === other.measure &&
  one.list.reference.address === other.list.reference.address &&
  one.value?.text === other.value?.text &&
  one.where?.text === other.where?.text &&
  one.currency?.text === other.currency?.text &&
  one.on?.text === other.on?.text;

/** Whether a change gives fields other values, or brings values back that nobody has kept meanwhile. */
const altersValues = ({ act }: Change) =>
  ["field.retype", "field.restore", "entity.restore", "choices.change", "document.change", "document.rename"].includes(
    act,
  );

function anchorIn(change: Change): readonly string[] {
  if ("address" in change) return [change.address.split("#")[0] ?? ""];
  return "anchor" in change ? [change.anchor] : [];
}

/** A roll-up that is not what its list comes to. */
export interface Drift {
  readonly entity: string;
  readonly field: string;
  /** In how many records, and one of them. */
  readonly records: number;
  readonly sample: string | null;
}

/** Compares every roll-up with what all records of its list come to. Where all is well the answer is empty. */
export async function rollupDrift(
  db: Queryable,
  workspace: Pick<Workspace, "schema" | "model">,
): Promise<readonly Drift[]> {
  const found: Drift[] = [];
  for (const rollup of rollupsOf(workspace.model)) {
    const [{ n, sample }] = await execute(db, rollups.drift(readerOf(workspace, workspace.model), rollup));
    if (n > 0) found.push({ entity: rollup.parent.name, field: rollup.field.name, records: n, sample });
  }
  return found;
}

/** Works out anew the roll-ups that have drifted, in all records. */
export async function workOutAll(
  db: Queryable,
  workspace: Pick<Workspace, "schema" | "model">,
  drift: readonly Drift[],
): Promise<void> {
  const { model } = workspace;
  const drifted = rollupsOf(model).filter(({ parent, field }) =>
    drift.some((it) => it.entity === parent.name && it.field === field.name),
  );
  for (const [entity, them] of Map.groupBy(drifted, ({ parent }) => parent))
    await execute(db, rollups.workOut(readerOf(workspace, model), entity, them));
}
