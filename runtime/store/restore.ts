import { fromKept, keptEntity, problem, type Entity, type Field, type RecordWrite, type Values } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { lockOne, rightsOf } from "./records.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { actOf } from "./trash.ts";
import { writeRecords } from "./write.ts";

/**
 * Takes a record out of the trash, and with it what went there because of it: its parts come back, and references that
 * were emptied point at them again where they are still empty. What only went in the same operation stays where it is.
 */
export async function restoreRecord(tx: Connection, scene: Scene, name: string, id: string): Promise<void> {
  const { entity } = rightsOf(scene, name);
  const before = await lockOne(tx, scene, entity, { id, right: "delete", trash: "with" });
  if (before.deleted_at === null) throw problem("record.not_trashed", {});
  const along = await wentAlong(tx, scene, id);
  const back = partsOf(id, along);
  const writes: RecordWrite[] = [{ act: "restore", entity: name, id, before, after: {} }];
  for (const { entity: other, act, now, was } of along) {
    const at = { entity: other.name, id: String(now.id), before: now, along: true } as const;
    if (act === "trash" && back.has(at.id)) writes.push({ ...at, act: "restore", after: {} });
    const emptied = act === "update" && now.deleted_at === null ? emptiedOf(other, now, was, back) : {};
    if (Object.keys(emptied).length > 0) writes.push({ ...at, act: "update", after: emptied });
  }
  await writeRecords(tx, scene, writes);
}

/** What the operation did besides that last moved a record to the trash. */
interface Along {
  readonly entity: Entity;
  readonly act: "trash" | "update";
  /** The record as it stands, locked. */
  readonly now: Values;
  /** What the operation changed, as it was before. */
  readonly was: Values;
}

interface Step {
  readonly entity: string;
  readonly record: string;
  readonly act: "trash" | "update";
  readonly version: number;
  readonly before: Values | null;
}

async function wentAlong(tx: Connection, scene: Scene, id: string): Promise<readonly Along[]> {
  const { workspace, model } = scene;
  const { schema } = workspace;
  const { rows } = await tx.query(
    `select h.entity, h.record, h.act, h.version, h.before from ${schema}._history h
     where h.operation = (select t.operation from ${schema}._history t where t.record = $1 and t.act = 'trash' order by t.version desc limit 1)
       and h.record <> $1 and h.act in ('trash', 'update')`,
    [id],
  );
  const along: Along[] = [];
  for (const [key, steps] of Map.groupBy(rows as Step[], (it) => it.entity)) {
    const entity = keptEntity(model, key);
    if (!entity) continue;
    const ids = [...new Set(steps.map(({ record }) => record))];
    const standing = await lockRecords(tx, scene, entityOf(scene, entity.name), { ids, trash: "with" });
    for (const { record, act, version, before } of steps) {
      const now = standing.get(record);
      const isAsItWent = now && (act === "update" || Number(now.version) === version);
      if (isAsItWent) along.push({ entity, act, now, was: fromKept(model, entity, before) ?? {} });
    }
  }
  return along;
}

/** A record and those that went to the trash because they are parts of it, or of its parts. */
function partsOf(id: string, along: readonly Along[]): ReadonlySet<string> {
  const back = new Set([id]);
  let open = along.filter(({ act }) => act === "trash");
  for (let size = 0; size < back.size;) {
    size = back.size;
    const isPart = ({ entity, now }: Along) =>
      references(entity).some((it) => actOf(it) === "cascade" && back.has(idIn(now[it.name])));
    const { part = [], other = [] } = Object.groupBy(open, (it) => (isPart(it) ? "part" : "other"));
    for (const { now } of part) back.add(String(now.id));
    open = other;
  }
  return back;
}

/** The references of a record that pointed at what comes back, and are empty still. */
const emptiedOf = (entity: Entity, now: Values, was: Values, back: ReadonlySet<string>): Values =>
  Object.fromEntries(
    references(entity).flatMap(({ name }) =>
      back.has(idIn(was[name])) && now[name] === null ? [[name, was[name]]] : [],
    ),
  );

const references = (entity: Entity): readonly Field[] =>
  [...entity.fields.values()].filter((it) => !it.system && it.targets.length > 0);

/** The id that a reference holds; of several entities it says which one besides. */
const idIn = (value: unknown): string =>
  String(typeof value === "object" && value !== null ? (value as { readonly id: string }).id : value);
