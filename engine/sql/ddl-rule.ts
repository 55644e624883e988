import type { Entity, Field, Model } from "../model.ts";
import { isHeld } from "../plan.ts";
import { fault } from "../problem.ts";
import { identifier, structureName, tableOf } from "./names.ts";
import { entityNow, isLarge, isNew, standingColumns, standingTable } from "./standing.ts";
import { made, type Proof, type Publishing, type Statement } from "./statement.ts";
import { structuresOf, uniqueSet, type Structure } from "./structure.ts";

/** Records of an entity that were written since a transaction; the parameter is the last. */
export const writtenSince = (schema: string, entity: string, parameter: number) =>
  `"id" in (select e.record from ${identifier(schema)}._event e where e.xid >= $${parameter}::xid8 and e.entity = '${entity}')`;

/** Not null, constraints and indexes of a field whose column stands and is filled. */
export function settle(publishing: Publishing, field: Field): readonly Statement[] {
  const structures = structuresOfField(publishing.next, field);
  return [
    ...(isHeld(field) ? hold(publishing, field) : []),
    ...structures.flatMap((structure) => makeStructure(publishing, field, structure)),
  ];
}

/** Makes a structure of a field of the next model; online where the table is large. */
export function makeStructure(publishing: Publishing, field: Field, structure: Structure): readonly Statement[] {
  const { schema } = publishing;
  const large = isLarge(publishing, field);
  const proof = proofOf(publishing, field, structure);
  if (!large) return [{ ...made("hold", structure.create(schema)), ...proof }];
  if (structure.kind === "foreign_key")
    return [
      { ...made("hold", structure.create(schema, { notValid: true })), ...proof },
      validated(publishing, field, structure.name),
    ];
  const leftover = concurrently(structure.drop(schema));
  if (structure.kind === "unique") {
    const how = {
      table: standingTable(publishing, field),
      columns: (it: Field) => standingColumns(publishing, it),
    };
    return [
      {
        ...made("newIndex", structure.create(schema, how)),
        phase: "prepare",
        online: structure.create(schema, { ...how, concurrently: true }),
        leftover,
        undo: leftover,
        ...proof,
      },
    ];
  }
  const online = structure.create(schema, { concurrently: true });
  return [{ ...made("after", structure.create(schema)), phase: "finish", online, leftover }];
}

/** A drop that waits for nobody's lock. */
export const concurrently = (drop: string) => drop.replace(/^drop index /, "drop index concurrently ");

function validated({ schema }: Publishing, field: Field, name: string): Statement {
  const sql = `alter table ${tableOf(schema, field.entity)} validate constraint ${identifier(name)}`;
  return { ...made("after", sql), phase: "finish" };
}

function proofOf(publishing: Publishing, field: Field, structure: Structure): { readonly proof?: Proof } {
  if (structure.kind === "unique") return { proof: noDoubles(publishing, field.entity, structure) };
  if (structure.kind === "foreign_key" && (field.system || !isNew(publishing, field)))
    return { proof: noDangling(publishing, field) };
  return {};
}

/** Counts the values that stand more than once where none may. */
export function noDoubles(publishing: Publishing, entity: string, structure: Structure): Proof {
  const { schema, next } = publishing;
  const fields = structure.fields.flatMap((name) => next.entities.get(entity)?.fields.get(name) ?? []);
  const doubles = (table: string, columns: readonly string[]) => {
    const names = columns.map(identifier);
    const filled = names.map((column) => `${column} is not null`).join(" and ");
    return (
      `select count(*)::int as n from (select 1 from ${table} where "deleted_at" is null and ${filled} ` +
      `group by ${names.join(", ")} having count(*) > 1) as doubles`
    );
  };
  const [first] = fields;
  const early = first && {
    early: doubles(
      standingTable(publishing, first),
      fields.flatMap((field) => standingColumns(publishing, field)),
    ),
  };
  return {
    sql: doubles(
      tableOf(schema, entity),
      fields.flatMap((field) => Object.keys(field.columns)),
    ),
    told: (n: number) => fault("publish.doubles", { entity, fields: structure.fields.join(", "), n }),
    ...early,
  };
}

/** Counts the records that point at what is not there any more. */
function noDangling(publishing: Publishing, field: Field): Proof {
  const { schema, next } = publishing;
  const target = next.entities.get(field.targets[0] ?? "");
  const column = identifier(Object.keys(field.columns)[0] ?? "");
  const old = target && entityNow(publishing, target.anchor);
  const dangling = (table: string, name: string, other: string) =>
    `select count(*)::int as n from ${table} as t where t.${name} is not null ` +
    `and not exists (select 1 from ${tableOf(schema, other)} as g where g."id" = t.${name})`;
  const standing = identifier(standingColumns(publishing, field)[0] ?? "");
  return {
    sql: dangling(tableOf(schema, field.entity), column, target?.name ?? field.entity),
    told: (n) => fault("publish.dangling", { entity: field.entity, field: field.name, n }),
    ...(old ? { still: true, early: dangling(standingTable(publishing, field), standing, old.name) } : {}),
  };
}

/** Asks for a field: not null, once no record leaves it empty. A large table is proven before and after, not meanwhile. */
export function hold(publishing: Publishing, field: Field, columns = standingColumns): readonly Statement[] {
  const { schema } = publishing;
  const table = tableOf(schema, field.entity);
  const standing = columns(publishing, field);
  return Object.keys(field.columns).flatMap((name, at) => {
    const column = identifier(name);
    const empty = (where: string, named: string) =>
      `select count(*)::int as n from ${where} where ${identifier(named)} is null`;
    const proof: Proof = {
      sql: empty(table, name),
      told: (n: number) => fault("publish.empty", { entity: field.entity, field: field.name, n }),
    };
    const set = `alter table ${table} alter column ${column} set not null`;
    if (!isLarge(publishing, field)) return [{ ...made("hold", set), proof }];
    const check = identifier(structureName("ck", [field.address], `held ${at}`));
    const early = empty(standingTable(publishing, field), standing[at] ?? name);
    const old = [...publishing.now.entities.values()].find(({ anchor }) => field.address.startsWith(`${anchor}#`));
    const since = `${proof.sql} and ${writtenSince(schema, old?.name ?? field.entity, 1)}`;
    const after = (sql: string): Statement => ({ ...made("after", sql), phase: "finish" });
    return [
      {
        ...made("hold", `alter table ${table} add constraint ${check} check (${column} is not null) not valid`),
        proof: { ...proof, early, since },
      },
      after(`alter table ${table} validate constraint ${check}`),
      after(set),
      after(`alter table ${table} drop constraint if exists ${check}`),
    ];
  });
}

/** Lets a field be empty. */
export function release({ schema }: Publishing, old: Field): readonly Statement[] {
  const table = tableOf(schema, old.entity);
  return Object.keys(old.columns).map((name) =>
    made("release", `alter table ${table} alter column ${identifier(name)} drop not null`),
  );
}

/** Drops what the field's constraints and indexes no longer are, and makes what they now are. */
export function restructure(publishing: Publishing, old: Field, field: Field): readonly Statement[] {
  const { schema, now, next } = publishing;
  const before = structuresOfField(now, old);
  const after = structuresOfField(next, field);
  const names = (them: readonly Structure[]) => new Set(them.map(({ name }) => name));
  return [
    ...before.filter(({ name }) => !names(after).has(name)).map((it) => made("release", it.drop(schema))),
    ...after.filter(({ name }) => !names(before).has(name)).flatMap((it) => makeStructure(publishing, field, it)),
  ];
}

/** The structures of one field alone; a set of several fields has moves of its own. */
export function structuresOfField(model: Model, field: Field): readonly Structure[] {
  const entity = model.entities.get(field.entity);
  const sets = setsOf(entity);
  return entity
    ? structuresOf(model, entity).filter(({ addresses, name }) => addresses.includes(field.address) && !sets.has(name))
    : [];
}

/** The unique sets of an entity that a field is part of. */
export function setsWith(model: Model, field: Field): readonly Structure[] {
  const entity = model.entities.get(field.entity);
  const sets = setsOf(entity);
  return entity
    ? structuresOf(model, entity).filter(({ addresses, name }) => addresses.includes(field.address) && sets.has(name))
    : [];
}

const setsOf = (entity: Entity | undefined) =>
  new Set((entity?.document.unique ?? []).map((names) => (entity ? uniqueSet(entity, names).name : "")));
