import {
  brokenRules,
  clearedFields,
  clearsFields,
  dayIn,
  fault,
  hasRules,
  hasWorkedDefaults,
  isExpression,
  isSame,
  planWrite,
  rulePaths,
  withReaders,
  workedDefaults,
  type Entity,
  type Environment,
  type Fault,
  type Field,
  type PlannedWrite,
  type RecordWrite,
  type Values,
} from "engine";
import type { Connection } from "../database/pool.ts";
import { askerOf, writingOf, type Scene } from "./operation.ts";
import { idOf, related } from "./related.ts";
import { entityOf } from "./rows.ts";

/** Faults, each with the index of its write. */
export type Found = readonly (readonly [number, readonly Fault[]])[];

/** Writes beside some whose values do not hold: what they lead to there is open as well. The records that are led to come first. */
export function ledAstray(scene: Scene, writes: readonly RecordWrite[]): readonly RecordWrite[] {
  if (writes.every(({ unsound }) => (unsound?.size ?? 0) === 0)) return writes;
  const open = new Map<string, ReadonlySet<string>>();
  return writes.map((write) => {
    const entity = entityOf(scene, write.entity);
    const led = [...entity.fields.values()]
      .filter(({ targets }) => targets.length > 0)
      .flatMap(({ name }) => [...(open.get(idOf(write.after[name]) ?? "") ?? [])].map((it) => `${name}.${it}`));
    const unsound = new Set([...(write.unsound ?? []), ...led]);
    open.set(write.id, withReaders(scene.model, entity, unsound));
    return { ...write, unsound };
  });
}

/** Writes with what defaults work out for new records that the engine makes, each seen beside those made with it. */
export async function filledIn(
  tx: Connection,
  scene: Scene,
  writes: readonly RecordWrite[],
): Promise<readonly RecordWrite[]> {
  const open = writes.filter(({ fills, entity }) => fills && hasWorkedDefaults(scene.model, entityOf(scene, entity)));
  if (open.length === 0) return writes;
  const seen = ({ id, after }: RecordWrite) => ({ ...after, id });
  const made = writes.filter(({ act }) => act === "create");
  const together = new Map(made.map((it) => [`${it.entity} ${it.id}`, seen(it)]));
  const filled = new Map<RecordWrite, RecordWrite>();
  for (const [name, them] of Map.groupBy(open, ({ entity }) => entity)) {
    const entity = entityOf(scene, name);
    const around = await environmentOf(tx, scene, entity, them.map(seen), together);
    for (const write of them) {
      const worked = workedDefaults(scene.model, entity, { ...around, record: seen(write) });
      filled.set(write, { ...write, after: { ...write.after, ...worked } });
    }
  }
  return writes.map((it) => filled.get(it) ?? it);
}

/** Rules that records would break. */
export async function ruleFaults(
  tx: Connection,
  scene: Scene,
  placed: readonly { readonly at: number; readonly write: PlannedWrite }[],
): Promise<Found> {
  const found: (readonly [number, readonly Fault[]])[] = [];
  const together = standing(placed);
  for (const [name, them] of Map.groupBy(placed, ({ write }) => write.entity)) {
    const entity = entityOf(scene, name);
    if (!hasRules(scene.model, entity)) continue;
    const around = await environmentOf(
      tx,
      scene,
      entity,
      them.map(({ write }) => write.record),
      together,
    );
    for (const { at, write } of them) {
      const changed = write.act === "create" ? undefined : write.changed;
      const environment = { ...around, record: write.record };
      const { path, unsound } = write;
      const faults = brokenRules(scene.model, entity, environment, { path, changed, unsound });
      if (faults.length > 0) found.push([at, faults]);
    }
  }
  return found;
}

/**
 * Empties what the records written do not show, where their fields say so. A value that the writer gives to what is not
 * shown is a fault, with the index of its write: nothing that somebody types is dropped unsaid.
 */
export async function clearHidden(
  tx: Connection,
  scene: Scene,
  writes: readonly PlannedWrite[],
): Promise<{ readonly writes: readonly PlannedWrite[]; readonly faults: Found }> {
  const cleared = new Map<number, PlannedWrite>();
  const faults: (readonly [number, readonly Fault[]])[] = [];
  const placed = writes
    .map((write, at) => ({ at, write }))
    .filter(({ write: { act, changed } }) => changed.length > 0 && act !== "trash" && act !== "restore");
  const together = standing(placed);
  for (const [name, them] of Map.groupBy(placed, ({ write }) => write.entity)) {
    const entity = entityOf(scene, name);
    if (!clearsFields(scene.model, entity)) continue;
    const records = them.map(({ write }) => write.record);
    const around = await environmentOf(tx, scene, entity, records, together);
    for (const { at, write } of them) {
      const hidden = clearedFields(scene.model, entity, { ...around, record: write.record }, write.unsound);
      if (hidden.length === 0) continue;
      const given = hidden.filter((field) => write.changed.includes(field) && !isDefault(field, write));
      if (given.length > 0)
        faults.push([
          at,
          given.map(({ name, title }) => fault("value.hidden", { title, path: `${write.path ?? ""}/${name}` })),
        ]);
      const after = { ...write.after, ...Object.fromEntries(hidden.map(({ name }) => [name, null])) };
      cleared.set(at, planWrite(entity, { ...write, after }, writingOf(scene)));
    }
  }
  return { writes: writes.map((write, at) => cleared.get(at) ?? write), faults };
}

/** A default is nobody's word. */
function isDefault(field: Field, { act, record }: PlannedWrite): boolean {
  const given: unknown = field.property.default;
  return act === "create" && (isExpression(given) || isSame(field, record[field.name], given));
}

/** Records as they will stand, by entity and id: what is written together sees each other. */
const standing = (placed: readonly { readonly write: PlannedWrite }[]): ReadonlyMap<string, Values> =>
  new Map(placed.map(({ write }) => [`${write.entity} ${write.id}`, write.record]));

/**
 * What expressions over records see beside them: who writes, when, and the records that theirs lead to; those of
 * `together` as they will stand.
 */
export async function environmentOf(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  records: readonly Values[],
  together?: ReadonlyMap<string, Values>,
): Promise<Environment> {
  const { model, principal, now } = scene;
  const user = { id: askerOf(scene), name: principal.name, roles: principal.roles };
  return {
    user,
    now: now.toISOString(),
    today: dayIn(model.workspace.time_zone, now),
    ...(await related(tx, scene, entity, records, rulePaths(model, entity), together)),
  };
}
