import { fault, isHeld, type Entity, type Fault, type Field, type RecordWrite, type Values } from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { flush } from "./commit.ts";
import type { Scene } from "./operation.ts";
import { conditionOf, entityOf, lockRecords, rowsOf, targetOf } from "./rows.ts";

/** What goes to the trash along with the records asked for, what is emptied, and who holds them back. */
export interface Fallout {
  readonly writes: readonly RecordWrite[];
  /** For each of `writes` the index of the write that was asked for. */
  readonly causes: readonly number[];
  /** Who is held back, by the index of the write that would take it along. */
  readonly faults: readonly (readonly [number, readonly Fault[]])[];
}

interface Going {
  readonly entity: string;
  readonly id: string;
  readonly before?: Values;
}

interface Pointing {
  readonly entity: string;
  readonly field: string;
  readonly id: string;
  /** The record that it points at. */
  readonly target: string;
}

/**
 * Follows `on_delete` of everything that points at records on their way to the trash. One statement for each level of
 * records that go along; owners and authors stay named, they are who they were.
 */
export async function fallout(tx: Connection, scene: Scene, asked: readonly RecordWrite[]): Promise<Fallout> {
  const trashes = asked.filter(({ act }) => act === "trash");
  if (trashes.length === 0) return { writes: [], causes: [], faults: [] };
  const roots = new Map(asked.flatMap(({ act, id }, at) => (act === "trash" ? [[id, at] as const] : [])));
  const [along, emptied, holding]: [Pointing[], Pointing[], Pointing[]] = [[], [], []];
  const standing = new Map<string, Values>();
  let level: readonly Going[] = trashes;
  while (level.length > 0) {
    await lockLevel(tx, scene, level, standing);
    const next: Pointing[] = [];
    const pointing = await pointingAt(tx, scene, level);
    const isAlone = ({ target }: Pointing) => asked[roots.get(target) ?? 0]?.alone === true;
    const hidden = await hiddenAmong(tx, scene, pointing.filter(isAlone));
    for (const it of pointing) {
      const act =
        isAlone(it) && !hidden.has(it.id) ? "restrict" : actOf(entityOf(scene, it.entity).fields.get(it.field));
      if (act === "restrict") holding.push(it);
      else if (act === "set_null") emptied.push(it);
      else if (!roots.has(it.id)) {
        roots.set(it.id, roots.get(it.target) ?? 0);
        next.push(it);
      }
    }
    along.push(...next);
    level = next;
  }
  const stays = ({ id }: Pointing) => !roots.has(id);
  const held = Map.groupBy(holding.filter(stays), ({ target }) => roots.get(target) ?? 0);
  const open = Map.groupBy(emptied.filter(stays), ({ entity, id }) => `${entity} ${id}`);
  return {
    writes: [
      ...along.map(({ entity, id }) => trashWrite(entity, id, standing.get(`${entity} ${id}`))),
      ...[...open.values()].map(emptiedWrite),
    ],
    causes: [
      ...along.map(({ id }) => roots.get(id) ?? 0),
      ...[...open.values()].map(([first]) => roots.get(first?.target ?? "") ?? 0),
    ],
    faults: [...held].map(([at, them]) => [at, heldBack(scene, them, asked[at]?.path ?? "")]),
  };
}

/** The ids of those of some records that the writer does not see: that there are such is not hers to know. */
export async function hiddenAmong(
  tx: Connection,
  scene: Scene,
  records: readonly { readonly entity: string; readonly id: string }[],
): Promise<ReadonlySet<string>> {
  const { access } = scene;
  const pieces = [...Map.groupBy(records, ({ entity }) => entity)].flatMap(([name, them]) => {
    const entity = entityOf(scene, name);
    const rule = access ? (access.entity(name)?.rule("read") ?? ({ kind: "none" } as const)) : { kind: "all" as const };
    const ids = them.map(({ id }) => id);
    return rule.kind === "all"
      ? []
      : [writing.rowsAgainst(targetOf(scene, entity), ids, conditionOf(scene, entity, rule))];
  });
  if (pieces.length === 0) return new Set();
  await flush(tx, scene);
  return new Set((await rowsOf<{ id: string }>(tx, scene, writing.together(pieces))).map(({ id }) => id));
}

/** Nobody may point at what goes from here on: who does so holds the row, and we wait; or waits for us, and finds it gone. */
async function lockLevel(
  tx: Connection,
  scene: Scene,
  level: readonly Going[],
  standing: Map<string, Values>,
): Promise<void> {
  const open = level.filter(({ before }) => !before);
  for (const [name, them] of Map.groupBy(open, ({ entity }) => entity)) {
    const rows = await lockRecords(tx, scene, entityOf(scene, name), { ids: them.map(({ id }) => id), trash: "with" });
    for (const [id, record] of rows) standing.set(`${name} ${id}`, record);
  }
}

function trashWrite(entity: string, id: string, before: Values | undefined): RecordWrite {
  return { act: "trash", entity, id, after: {}, ...(before ? { before } : {}) };
}

function emptiedWrite(fields: readonly Pointing[]): RecordWrite {
  const { entity = "", id = "" } = fields[0] ?? {};
  return { act: "update", entity, id, after: Object.fromEntries(fields.map(({ field }) => [field, null])) };
}

/** What becomes of a record that points by a field at one that goes. A reference that must be filled cannot be emptied: it holds back. */
export function actOf(field: Field | undefined): "restrict" | "cascade" | "set_null" {
  const act = (field?.property.on_delete ?? "set_null") as "restrict" | "cascade" | "set_null";
  return act === "set_null" && field && isHeld(field) ? "restrict" : act;
}

function heldBack(scene: Scene, holding: readonly Pointing[], path: string): readonly Fault[] {
  const named = Map.groupBy(holding, ({ entity, field }) => `${entity} ${field}`);
  const faults = [...named.values()].flatMap(([it]) => {
    if (!it) return [];
    const access = scene.access?.entity(it.entity);
    const field = entityOf(scene, it.entity).fields.get(it.field);
    const seen = !scene.access || (field && access && access.readable(field).kind !== "none");
    return [fault("record.referenced", { path, ...(seen ? { entity: it.entity, field: it.field } : {}) })];
  });
  return [...new Map(faults.map((it) => [it.detail, it])).values()];
}

async function pointingAt(tx: Connection, scene: Scene, level: readonly Going[]): Promise<readonly Pointing[]> {
  const pieces = [...Map.groupBy(level, ({ entity }) => entity)].flatMap(([to, them]) =>
    referencesTo(scene, to).map(({ entity, field }) =>
      writing.rowsPointingAt(
        targetOf(scene, entity),
        field,
        to,
        them.map(({ id }) => id),
      ),
    ),
  );
  return pieces.length === 0 ? [] : rowsOf<Pointing>(tx, scene, writing.together(pieces));
}

function referencesTo(scene: Scene, to: string): readonly { readonly entity: Entity; readonly field: Field }[] {
  return [...scene.model.entities.values()].flatMap((entity) =>
    [...entity.fields.values()]
      .filter((field) => !field.system && field.targets.includes(to) && Object.keys(field.columns).length > 0)
      .map((field) => ({ entity, field })),
  );
}
