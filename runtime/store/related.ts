import type { Entity, Environment, Path, Step, Values } from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { entityOf, rowsOf, targetOf } from "./rows.ts";

/**
 * The records that paths lead to from these records, read with one statement for each step that they lead over, however
 * many records and paths there are. The engine reads them, with no reader's rights. `together` are records as they will stand when what
 * is being written stands, by entity and id: they are not read.
 */
export async function related(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  records: readonly Values[],
  paths: readonly Path[],
  together: ReadonlyMap<string, Values> = new Map(),
): Promise<Pick<Environment, "related" | "listed">> {
  const own = records.map((record) => [`${entity.name} ${String(record.id)}`, record] as const);
  const known = new Map<string, Values>([...together, ...own]);
  const lists = new Map<string, readonly Values[]>();
  for (const path of paths) {
    let here = records;
    for (const [at, step] of path.entries()) {
      if (step.list) here = await listed(tx, scene, step, here, lists);
      else if (step.to !== undefined && at < path.length - 1) here = await pointedAt(tx, scene, step, here, known);
      else break;
      for (const record of here) known.set(`${step.to ?? ""} ${String(record.id)}`, record);
    }
  }
  return {
    related: (name, id) => known.get(`${name} ${id}`),
    listed: ({ entity: name, reference }, id) => lists.get(`${name} ${reference} ${id}`),
  };
}

async function pointedAt(
  tx: Connection,
  scene: Scene,
  step: Step,
  here: readonly Values[],
  known: ReadonlyMap<string, Values>,
): Promise<readonly Values[]> {
  const to = step.to ?? "";
  const ids = [...new Set(here.flatMap((record) => idOf(record[step.name]) ?? []))];
  const open = ids.filter((id) => !known.has(`${to} ${id}`));
  const fresh =
    open.length === 0
      ? []
      : await rowsOf<{ record: Values }>(tx, scene, writing.rowsById(targetOf(scene, entityOf(scene, to)), open));
  const before = ids.map((id) => known.get(`${to} ${id}`)).filter((it) => it !== undefined);
  return [...fresh.map(({ record }) => record), ...before];
}

async function listed(
  tx: Connection,
  scene: Scene,
  step: Step,
  here: readonly Values[],
  lists: Map<string, readonly Values[]>,
): Promise<readonly Values[]> {
  const { list } = step;
  if (!list || here.length === 0) return [];
  // A record that is only being thought of has no id, and nothing points at it.
  const ids = here.flatMap(({ id }) => (typeof id === "string" ? id : []));
  const key = (id: string) => `${list.entity} ${list.reference.name} ${id}`;
  const open = ids.filter((id) => !lists.has(key(id)));
  if (open.length > 0) {
    const piece = writing.rowsListed(targetOf(scene, entityOf(scene, list.entity)), list.reference, list.on, open);
    const rows = (await rowsOf<{ record: Values }>(tx, scene, piece)).map(({ record }) => record);
    const found = Map.groupBy<string, Values>(rows, (record) => idOf(record[list.reference.name]) ?? "");
    for (const id of open) lists.set(key(id), found.get(id) ?? []);
  }
  return ids.flatMap((id) => lists.get(key(id)) ?? []);
}

/** The id of the record that a value points at. */
export function idOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null && "id" in value ? String(value.id) : undefined;
}
