import { actionsIn, documentsIn, resolveAction, type Entity, type Model, type PlannedWrite } from "engine";
import type { Queryable } from "../database/pool.ts";
import type { Part } from "./commit.ts";
import { inserted, type Filling } from "./insertion.ts";
import type { Scene } from "./operation.ts";

const rows: Filling = {
  table: "_given",
  each: { person: "uuid", entity: "text", field: "text" },
  all: { at: "timestamptz" },
  conflict:
    "on conflict (person, entity, field) do update set at = greatest(_given.at, excluded.at), times = _given.times + 1",
};

const known = new WeakMap<Model, ReadonlyMap<string, ReadonlySet<string>>>();

/** The fields by which records are given to whoever has waited longest, by their entities. */
function waitedFor(model: Model): ReadonlyMap<string, ReadonlySet<string>> {
  const found = known.get(model) ?? readWaited(model);
  known.set(model, found);
  return found;
}

function readWaited(model: Model): ReadonlyMap<string, ReadonlySet<string>> {
  const fields = new Map<string, Set<string>>();
  for (const document of documentsIn(model))
    for (const action of actionsIn(document)) {
      const { by, field = "owner" } = resolveAction(model, action)?.params ?? {};
      if (by !== "waiting") continue;
      const { entity } = document.meta;
      fields.set(entity, (fields.get(entity) ?? new Set()).add(String(field)));
    }
  return fields;
}

/** Notes who has been given a record just now, by a rule or by hand, where some rule asks who has waited longest. */
export function givenParts({ model, workspace, now }: Scene, writes: readonly PlannedWrite[]): readonly Part[] {
  const waited = waitedFor(model);
  if (waited.size === 0) return [];
  const cells = writes.flatMap(({ act, entity: name, record, changed }) => {
    const fields = waited.get(name);
    const entity = fields && model.entities.get(name);
    if (!entity || act === "trash" || act === "restore") return [];
    return changed.flatMap((field) => {
      const person = record[field.name];
      return fields.has(field.name) && typeof person === "string" ? [[person, ...placeOf(entity, field.name)]] : [];
    });
  });
  const once = new Map(cells.map((cell) => [cell.join(" "), cell]));
  return inserted(workspace.schema, rows, [...once.values()], [now]);
}

/** When people were given a record the last time, ISO 8601; nothing of those who never were. */
export async function lastGiven(
  tx: Queryable,
  { model, workspace }: Scene,
  { entity: name, field }: { readonly entity: string; readonly field: string },
  people: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const entity = model.entities.get(name);
  if (!entity) return new Map();
  const { rows: found } = await tx.query(
    `select person, at from ${workspace.schema}._given where entity = $1 and field = $2 and person = any($3::uuid[])`,
    [...placeOf(entity, field), people],
  );
  return new Map(found.map(({ person, at }) => [person as string, new Date(at as string).toISOString()]));
}

/** Entity and field as they are kept: by what no renaming changes. */
const placeOf = (entity: Entity, field: string) => [entity.anchor, entity.fields.get(field)?.address ?? field];
