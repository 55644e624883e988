import type { Entity, Model } from "engine";
import { identifier } from "engine/sql";
import type { Queryable } from "../database/pool.ts";

interface Following {
  readonly schema: string;
  readonly workspace: string;
  readonly now: Model;
  readonly next: Model;
}

type Renames = readonly (readonly [from: string, to: string])[];

/** Tables of the engine's own that hold the name of an entity. */
const held = ["_notification", "_mail", "_sending", "_fact"] as const;

/** What rows hold of names that documents have changed: entities in pointers and bells, roles of people and keys. */
export async function followNames(tx: Queryable, { schema, workspace, now, next }: Following): Promise<void> {
  const entities = renamed(
    now.entities.values(),
    next.entities.values(),
    ({ anchor }) => anchor,
    ({ name }) => name,
  );
  if (entities.length > 0) {
    for (const [table, column] of [...pointersOf(next), ...held.map((it) => [it, "entity"] as const)])
      await follow(tx, `${schema}.${identifier(table)}`, identifier(column), entities);
  }
  const roles = renamed(
    now.roles.values(),
    next.roles.values(),
    ({ $anchor }) => $anchor,
    ({ $id }) => $id,
  );
  if (roles.length > 0) {
    await follow(tx, `${schema}._task`, "role", roles);
    await followEach(tx, `${schema}."user"`, roles, "true", []);
    await followEach(tx, "trellis.api_key", roles, "workspace = $3", [workspace]);
  }
}

/** The columns that hold the name of the entity which a reference points at. */
function pointersOf(model: Model): readonly (readonly [table: string, column: string])[] {
  return [...model.entities.values()].flatMap((entity: Entity) =>
    [...entity.fields.values()].flatMap((field) =>
      field.targets.length > 0 && Object.keys(field.columns).length > 1
        ? [[entity.name, Object.keys(field.columns)[0] ?? ""] as const]
        : [],
    ),
  );
}

function renamed<Thing>(
  before: Iterable<Thing>,
  after: Iterable<Thing>,
  anchorOf: (thing: Thing) => string,
  nameOf: (thing: Thing) => string,
): Renames {
  const names = new Map([...after].map((thing) => [anchorOf(thing), nameOf(thing)]));
  return [...before].flatMap((thing) => {
    const to = names.get(anchorOf(thing));
    return to === undefined || to === nameOf(thing) ? [] : [[nameOf(thing), to] as const];
  });
}

/** All at once: names may have changed places with each other. */
async function follow(tx: Queryable, table: string, column: string, renames: Renames): Promise<void> {
  await tx.query(
    `update ${table} t set ${column} = r.to_name from unnest($1::text[], $2::text[]) as r (from_name, to_name)
     where t.${column} = r.from_name`,
    [renames.map(([from]) => from), renames.map(([, to]) => to)],
  );
}

async function followEach(tx: Queryable, table: string, renames: Renames, where: string, more: readonly string[]) {
  await tx.query(
    `update ${table} set roles = (
       select array_agg(coalesce(r.to_name, held.name) order by held.at)
       from unnest(roles) with ordinality as held (name, at)
         left join unnest($1::text[], $2::text[]) as r (from_name, to_name) on r.from_name = held.name)
     where ${where} and roles && $1::text[]`,
    [renames.map(([from]) => from), renames.map(([, to]) => to), ...more],
  );
}
