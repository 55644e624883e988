import { sql } from "kysely";
import type { Change } from "../change.ts";
import type { Field } from "../model.ts";
import { isHeld, movesValues } from "../plan.ts";
import { fault } from "../problem.ts";
import { compile } from "./compile.ts";
import { converted } from "./convert.ts";
import { hold, noDoubles, release, restructure, setsWith, structuresOfField, writtenSince } from "./ddl-rule.ts";
import { goneColumn, identifier, newColumn, preparedName, tableOf } from "./names.ts";
import { isLarge, oldColumns, standingColumns, standingTable, waitingColumns } from "./standing.ts";
import { afterId, made, sinceXid, type Publishing, type Statement } from "./statement.ts";
import type { Structure } from "./structure.ts";
import type { Piece } from "./write.ts";

const batchRows = 1000;

/**
 * What a field's columns will hold, by the row `alias` as it stands; null is what does not convert. Where a column waits
 * that was converted into the present one, values which nobody has touched since come back as they were.
 */
export function conversionIn(
  publishing: Publishing,
  change: Change,
  old: Field,
  field: Field,
  alias: string,
): readonly Piece[] | undefined {
  const { next, gone } = publishing;
  const { currency, time_zone: zone } = next.workspace;
  const at = (names: readonly string[]) => names.map((name) => sql`${sql.id(alias)}.${sql.id(name)}`);
  const mapping = "mapping" in change ? change.mapping : undefined;
  const columns = at(oldColumns(old));
  const plain = converted(columns, old, field, { mapping, currency, zone });
  const waiting = waitingColumns(publishing, field);
  if (!waiting) return plain;
  const before = at(waiting);
  const forward = converted(before, field, old, { mapping: gone?.mappings?.[field.address], currency, zone });
  const types = Object.values(old.columns);
  const untouched = sql.join(
    columns.map(
      (column, index) =>
        sql`${column} is not distinct from ${forward?.[index] ?? sql`null::${sql.raw(types[index] ?? "text")}`}`,
    ),
    sql` and `,
  );
  return Object.values(field.columns).map(
    (_, index) => sql`case when ${untouched} then ${before[index]} else ${plain?.[index] ?? sql`null`} end`,
  );
}

/**
 * Gives the values of a field a new column beside the old one, made of the old ones where that can be done; the old ones
 * stay hidden. Indexes stand on the new column before it takes the name.
 */
export function swapField(publishing: Publishing, change: Change, old: Field, field: Field): readonly Statement[] {
  if (!movesValues(old, field, change)) return restructure(publishing, old, field);
  const { schema, now } = publishing;
  const table = tableOf(schema, old.entity);
  const [fresh, names] = [
    Object.keys(field.columns).map((_, at) => newColumn(field.anchor, at)),
    Object.keys(field.columns),
  ];
  const indexes = [...structuresOfField(publishing.next, field), ...setsWith(publishing.next, field)].filter(
    ({ kind }) => kind !== "foreign_key",
  );
  const keys = structuresOfField(publishing.next, field).filter(({ kind }) => kind === "foreign_key");
  const after = tableOf(schema, field.entity);
  return [
    ...standingChoices(publishing, change, old),
    ...Object.values(field.columns).map((type, at) => newColumnOf(table, fresh[at] ?? "", type)),
    ...fill(publishing, change, old, field, fresh),
    ...indexes.map((structure) => prepared(publishing, field, structure)),
    ...[...structuresOfField(now, old), ...setsWith(now, old)].map((it) => made("release", it.drop(schema))),
    ...(isHeld(old) ? release(publishing, old) : []),
    ...hidden(schema, old),
    ...names.map((name, at) =>
      made("add", `alter table ${after} rename column ${identifier(fresh[at] ?? "")} to ${identifier(name)}`),
    ),
    ...indexes.map(({ name }) =>
      made("add", `alter index ${identifier(schema)}.${identifier(preparedName(name))} rename to ${identifier(name)}`),
    ),
    ...(isHeld(field) ? hold(publishing, field, () => fresh) : []),
    ...keys.flatMap((structure) => foreignKey(publishing, field, structure)),
  ];
}

function newColumnOf(table: string, name: string, type: string): Statement {
  return {
    ...made("newColumn", `alter table ${table} add column ${identifier(name)} ${type}`),
    phase: "prepare",
    undo: `alter table ${table} drop column if exists ${identifier(name)}`,
  };
}

/** Old columns go out of sight; what waits under their hidden names from an earlier time is older, and goes. */
export function hidden(schema: string, old: Field): readonly Statement[] {
  const table = tableOf(schema, old.entity);
  return Object.keys(old.columns).flatMap((name, index) => {
    const gone = identifier(goneColumn(old.anchor, index));
    return [
      made("release", `alter table ${table} drop column if exists ${gone}`),
      made("release", `alter table ${table} rename column ${identifier(name)} to ${gone}`),
    ];
  });
}

function foreignKey(publishing: Publishing, field: Field, structure: Structure): readonly Statement[] {
  const { schema } = publishing;
  if (!isLarge(publishing, field)) return [made("hold", structure.create(schema))];
  const validate = `alter table ${tableOf(schema, field.entity)} validate constraint ${identifier(structure.name)}`;
  return [made("hold", structure.create(schema, { notValid: true })), { ...made("after", validate), phase: "finish" }];
}

/** An index on the new column, under a name of its own until the switch. */
function prepared(publishing: Publishing, field: Field, structure: Structure): Statement {
  const { schema, next } = publishing;
  const name = preparedName(structure.name);
  const fresh = (it: Field) => swappedColumns(publishing, it, field);
  const how = { name, table: standingTable(publishing, field), columns: fresh };
  const leftover = `drop index concurrently if exists ${identifier(schema)}.${identifier(name)}`;
  const fields = structure.fields.flatMap((it) => next.entities.get(field.entity)?.fields.get(it) ?? []);
  const doubles = structure.kind === "unique" ? noDoubles(publishing, field.entity, structure) : undefined;
  const columns = fields.flatMap(fresh).map(identifier);
  const sql =
    `select count(*)::int as n from (select 1 from ${how.table} where "deleted_at" is null and ` +
    `${columns.map((it) => `${it} is not null`).join(" and ")} group by ${columns.join(", ")} having count(*) > 1) as doubles`;
  return {
    ...made("newIndex", structure.create(schema, how)),
    phase: "prepare",
    online: structure.create(schema, { ...how, concurrently: true }),
    leftover,
    undo: leftover,
    ...(doubles ? { proof: { told: doubles.told, sql, early: sql } } : {}),
  };
}

/** Of the fields of a set, those whose values move as well stand in new columns. */
function swappedColumns(publishing: Publishing, it: Field, field: Field): readonly string[] {
  return it.address === field.address || publishing.swapped?.has(it.address)
    ? Object.keys(it.columns).map((_, at) => newColumn(it.anchor, at))
    : standingColumns(publishing, it);
}

function fill(
  publishing: Publishing,
  change: Change,
  old: Field,
  field: Field,
  fresh: readonly string[],
): readonly Statement[] {
  const values = conversionIn(publishing, change, old, field, "t");
  if (!values) return [];
  return [valuesOf(publishing, tableOf(publishing.schema, old.entity), old.entity, fresh, values)];
}

/** Writes values into columns that nobody reads yet: all at once, in batches, or of the records written since. */
export function valuesOf(
  { schema }: Publishing,
  name: string,
  entity: string,
  fresh: readonly string[],
  values: readonly Piece[],
): Statement {
  const table = sql.raw(name);
  const given = sql.join(values.map((value, at) => sql`${value} as ${sql.id(`v${at}`)}`));
  const sets = sql.join(fresh.map((name, at) => sql`${sql.id(name)} = batch.${sql.id(`v${at}`)}`));
  const by = (where: Piece) =>
    compile(sql`with batch as (select t.id, ${given} from ${table} as t where ${where})
      update ${table} as u set ${sets} from batch where u.id = batch.id returning u.id`);
  const { sql: all, parameters } = by(sql`true`);
  const each = by(sql`t.id > ${afterId}::uuid order by t.id limit ${sql.raw(String(batchRows))} for update of t`);
  const events = sql`select e.record from ${sql.id(schema)}._event as e where e.xid >= ${sinceXid}::xid8 and e.entity = ${entity}`;
  const since = by(sql`t.id in (${events}) for update of t`);
  const fit = { sql: all, parameters, step: "newValues", phase: "prepare" } as const;
  return { ...fit, batches: { each, since } };
}

/** Values that are no choice any more, and of which nobody has said what becomes of them, stand in the way. */
export function standingChoices(publishing: Publishing, change: Change, old: Field): readonly Statement[] {
  if (change.act !== "choices.change") return [];
  const { schema } = publishing;
  const column = identifier(Object.keys(old.columns)[0] ?? "");
  const many = old.type.name === "multi_select";
  const open = change.removed.filter((value) => change.mapping?.[value] === undefined);
  return open.map((value) => {
    const holds = many ? `$1::text = any(${column})` : `${column} = $1::text`;
    const early = `select count(*)::int as n from ${tableOf(schema, old.entity)} where ${holds}`;
    return {
      ...made("newColumn", ""),
      proof: {
        sql: early,
        parameters: [value],
        early,
        since: `${early} and ${writtenSince(schema, old.entity, 2)}`,
        told: (n: number) =>
          fault("publish.choices_stand", {
            entity: old.entity,
            field: old.name,
            value,
            n,
            path: `/mappings/${old.address}`,
          }),
      },
    };
  });
}
