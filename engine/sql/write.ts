import { sql, type RawBuilder } from "kysely";
import type { RowSql, Sql } from "../field-types/field-type.ts";
import type { Entity, Field } from "../model.ts";
import type { Values } from "../values.ts";
import { idsSlot, recordSlot, rowsSlot } from "./slot.ts";

/** A piece of a statement, with its values. */
export type Piece = RawBuilder<any>;

/** Where a statement writes: `schema` as SQL writes it. */
export interface Target {
  readonly schema: string;
  readonly entity: Entity;
}

/** The table of an entity. */
export function tableIn({ schema, entity }: Target): Piece {
  return sql`${sql.raw(schema)}.${sql.id(entity.name)}`;
}

/** The fields that lie in columns: what a record keeps of itself. */
export function keptFields(entity: Entity): readonly Field[] {
  return [...entity.fields.values()].filter(({ columns }) => Object.keys(columns).length > 0);
}

/** What is read of the rows that shall be written. */
export interface Locking {
  /** Rows without it are not there. */
  readonly visible?: Piece;
  /** Asked of each row; answers stand under these names in `_asked`. */
  readonly asked?: Readonly<Record<string, Piece>>;
  readonly trash: "without" | "with";
  /** They are looked at alone. */
  readonly loose?: boolean;
  /** It is about the one row of the slot `record`: a plan for any one id is as good as one for this id. */
  readonly one?: boolean;
}

/**
 * The rows of the slot `ids0` as whole records, locked until the transaction ends unless they are looked at alone; `t` is
 * the row. In the order of ids, whoever asks.
 */
export function lockRows(target: Target, { visible, asked = {}, trash, loose = false, one = false }: Locking): Piece {
  const { schema, entity } = target;
  const kept = keptFields(entity).map((field) => sql`${jsonOf(field, "t")} as ${sql.id(field.name)}`);
  const answers = Object.entries(asked).map(
    ([name, piece]) => sql`coalesce(${piece}, false) as ${sql.id(`_asked_${name}`)}`,
  );
  // Who waited for an undo sees by `s` what it has lowered: the row is the newest, everything beside it as of before.
  const highest = sql`greatest((select u.version from ${sql.raw(schema)}._undone as u where u.record = t.id),
      (select s.version from ${tableIn(target)} as s where s.id = t.id)) as _highest`;
  return sql`select to_json(r) as record from (
    select ${sql.join([...kept, highest, ...answers])} from ${tableIn(target)} as t
    where ${one ? sql`t.id = ${recordSlot}` : sql`t.id = any(${idsSlot()})`}${trash === "without" ? sql` and t.deleted_at is null` : sql``}${visible ? sql` and ${visible}` : sql``}
    order by t.id${loose ? sql`` : sql` for update of t`}) as r`;
}

/** Whole records, without a lock. */
export function rowsById(target: Target, ids: readonly string[]): Piece {
  return wholeRows(target, sql`t.id = any(${ids}::uuid[])`);
}

/** Whole standing records that point by `field` at `ids`. */
export function rowsListed(target: Target, field: Field, to: string, ids: readonly string[]): Piece {
  return wholeRows(target, sql`${pointsAt(field, to, ids)} and t.deleted_at is null`);
}

function wholeRows(target: Target, where: Piece): Piece {
  const kept = keptFields(target.entity).map((field) => sql`${jsonOf(field, "t")} as ${sql.id(field.name)}`);
  return sql`select to_json(r) as record from (select ${sql.join(kept)} from ${tableIn(target)} as t where ${where} order by t.id) as r`;
}

/** The rows of `ids` that do not fulfil a condition over `t`. */
export function rowsAgainst(target: Target, ids: readonly string[], condition: Piece): Piece {
  return sql`select t.id from ${tableIn(target)} as t where t.id = any(${ids}::uuid[]) and not coalesce(${condition}, false)`;
}

/**
 * The rows of the slot `ids<at>` that stand and that the caller sees, held so that nobody trashes them meanwhile; for
 * himself alone by a writer whose records will change what is rolled up in them.
 */
export function heldRows(
  target: Target,
  at: number,
  visible: Piece | undefined,
  { lock, one }: { readonly lock: "share" | "no key update"; readonly one: boolean },
): Piece {
  return sql`select t.id from ${tableIn(target)} as t
    where t.id = ${one ? sql`(${idsSlot(at)})[1]` : sql`any(${idsSlot(at)})`} and t.deleted_at is null${visible ? sql` and ${visible}` : sql``}
    order by t.id for ${sql.raw(lock)} of t`;
}

/** New rows, all in one statement: those of the slot `rows0`. */
export function insertRows(target: Target): Piece {
  const columns = columnsOf(keptFields(target.entity));
  return sql`insert into ${tableIn(target)} (${names(columns)}) select ${taken(columns)} from ${recordsetOf(columns, 0, false)}`;
}

/**
 * Standing rows, all in one statement: `changed` and what the engine keeps of each change. The slot `rows0` has the
 * values of `identified(changed)`.
 */
export function updateRows(target: Target, changed: readonly Field[], one: boolean): Piece {
  const sets = columnsOf(changed).map(({ name, take }) => sql`${sql.id(name)} = ${take}`);
  const columns = columnsOf(identified(target.entity, changed));
  return sql`update ${tableIn(target)} as t set ${sql.join(sets)} from ${recordsetOf(columns, 0, one)} where t.id = r.id`;
}

/** Fields with the id among them. */
export function identified(entity: Entity, fields: readonly Field[]): readonly Field[] {
  const id = entity.fields.get("id");
  return id && !fields.includes(id) ? [id, ...fields] : fields;
}

/** Some fields of records as a slot of rows takes them. */
export function rowsText(fields: readonly Field[], records: readonly Values[]): string {
  return JSON.stringify(records.map((record) => stored(fields, record)));
}

/** Rows taken away for good. */
export function deleteRows(target: Target, ids: readonly string[]): Piece {
  return sql`delete from ${tableIn(target)} where id = any(${ids}::uuid[])`;
}

/**
 * Records that stand and share all values of `fields` with one of ours, whose rows are those of the slot `rows<slot>` in
 * the form of `placedText`; `at` tells which of ours. Records of the slot `ids<slot>` are ours themselves.
 */
export function rowsAlike(
  target: Target,
  fields: readonly Field[],
  { slot, one }: { readonly slot: number; readonly one: boolean },
  visible: Piece | undefined,
): Piece {
  const columns = columnsOf(fields);
  const alike = columns.map(({ name, take }) => sql`t.${sql.id(name)} = ${take}`);
  return sql`select r._at as at, t.id, ${visible ? sql`coalesce(${visible}, false)` : sql`true`} as visible
    from ${recordsetOf([...columns, { name: "_at", type: "integer" }], slot, one)}
    join ${tableIn(target)} as t on ${sql.join(alike, sql` and `)}
    where t.deleted_at is null and t.id <> all(${idsSlot(slot)})`;
}

/**
 * Several looks at rows as one statement, each with its number as `part`: what `heldRows` holds, in the order given, and
 * what `rowsAlike` finds.
 */
export function lookingAt(looks: readonly { readonly piece: Piece; readonly locks: boolean }[]): Piece {
  const holds = looks.flatMap(({ piece, locks }, at) => (locks ? [sql`${sql.id(`h${at}`)} as (${piece})`] : []));
  const parts = looks.map(({ piece, locks }, at) =>
    locks
      ? sql`select ${sql.lit(at)} as part, null::integer as at, h.id, true as visible from ${sql.id(`h${at}`)} as h`
      : sql`select ${sql.lit(at)} as part, l.at, l.id, l.visible from (${piece}) as l`,
  );
  const before = holds.length > 0 ? sql`with ${sql.join(holds)} ` : sql``;
  return sql`${before}${sql.join(parts, sql` union all `)}`;
}

/** Some fields of records, each with its place. */
export function placedText(fields: readonly Field[], records: readonly Values[]): string {
  return JSON.stringify(records.map((record, at) => ({ ...stored(fields, record), _at: at })));
}

/** Which standing records of an entity point by `field` at records that go. */
export function rowsPointingAt(target: Target, field: Field, to: string, ids: readonly string[]): Piece {
  return sql`select ${target.entity.name}::text as entity, ${field.name}::text as field, t.id, t.${sql.id(pointer(field))} as target
    from ${tableIn(target)} as t where ${pointsAt(field, to, ids)} and t.deleted_at is null`;
}

/** Which records of an entity, the trash included, point by `field` at which of `ids`. */
export function targetsOf(target: Target, field: Field, to: string, ids: readonly string[]): Piece {
  return sql`select t.id, t.${sql.id(pointer(field))} as target from ${tableIn(target)} as t where ${pointsAt(field, to, ids)}`;
}

/** The column that holds the id of what a reference points at. */
const pointer = (field: Field) => Object.keys(field.columns).at(-1) ?? field.name;

function pointsAt(field: Field, to: string, ids: readonly string[]): Piece {
  const [first = field.name, second] = Object.keys(field.columns);
  return second === undefined
    ? sql`t.${sql.id(first)} = any(${ids}::uuid[])`
    : sql`t.${sql.id(first)} = ${to} and t.${sql.id(second)} = any(${ids}::uuid[])`;
}

/** Several lists of rows as one. */
export function together(pieces: readonly Piece[]): Piece {
  return sql.join([...pieces], sql` union all `);
}

/** A field's value of the row `alias`, as it travels. */
export function jsonOf(field: Field, alias: string): Piece {
  return field.type.json(rowSql(alias), field.property) as unknown as Piece;
}

function rowSql(alias: string): RowSql {
  const own = (piece: Sql) => piece as unknown as Piece;
  const made = (piece: Piece) => piece as unknown as Sql;
  return {
    ref: (column) => made(sql`${sql.id(alias)}.${sql.id(column)}`),
    text: (value) => made(sql`${own(value)}::text`),
    moment: (value) => made(sql`to_char(${own(value)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`),
    object: (members, unless) => {
      const pairs = Object.entries(members).flatMap(([name, value]) => [sql`${sql.lit(name)}`, own(value)]);
      return made(sql`case when ${own(unless)} is not null then json_build_object(${sql.join(pairs)}) end`);
    },
  };
}

interface Column {
  readonly name: string;
  readonly type: string;
  /** How the statement takes it from the set `r`. */
  readonly take: Piece;
}

function columnsOf(fields: readonly Field[]): readonly Column[] {
  return fields.flatMap(({ columns }) =>
    Object.entries(columns).map(([name, type]) =>
      type === "jsonb"
        ? { name, type: "text", take: sql`r.${sql.id(name)}::jsonb` }
        : { name, type, take: sql`r.${sql.id(name)}` },
    ),
  );
}

/**
 * The rows of a slot as the set `r`. Of a list PostgreSQL expects a hundred rows and may read a whole table for them; of
 * one row it knows that it is one.
 */
function recordsetOf(columns: readonly Omit<Column, "take">[], slot: number, one: boolean): Piece {
  const typed = columns.map(({ name, type }) => sql`${sql.id(name)} ${sql.raw(type)}`);
  const rows = one ? sql`jsonb_to_record(${rowsSlot(slot)} -> 0)` : sql`jsonb_to_recordset(${rowsSlot(slot)})`;
  return sql`${rows} as r(${sql.join(typed)})`;
}

function stored(fields: readonly Field[], record: Values): Values {
  const columns: Record<string, unknown> = {};
  for (const { name, type, property } of fields) {
    const value = record[name] ?? null;
    if (type.store) Object.assign(columns, type.store(value, property));
    else columns[name] = value;
  }
  return columns;
}

const names = (columns: readonly Column[]) => sql.join(columns.map(({ name }) => sql.id(name)));
const taken = (columns: readonly Column[]) => sql.join(columns.map(({ take }) => take));

/** Standing records by a text that names them: every id under its text. */
export function rowsNamed(target: Target, by: Field, texts: readonly string[], visible: Piece | undefined): Piece {
  const named = nameColumn(by);
  return sql`select ${named} as text, array_agg(t.id) as ids from ${tableIn(target)} as t
    where ${named} = any(${texts}::text[]) and t.deleted_at is null${visible ? sql` and ${visible}` : sql``} group by 1`;
}

/** The names of standing records, as many as are asked for. */
export function namesOf(target: Target, by: Field, visible: Piece | undefined, most: number): Piece {
  const named = nameColumn(by);
  return sql`select distinct ${named} as text from ${tableIn(target)} as t
    where ${named} is not null and t.deleted_at is null${visible ? sql` and ${visible}` : sql``} limit ${sql.raw(String(most))}`;
}

function nameColumn({ name, columns }: Field): Piece {
  const [column = name, type] = Object.entries(columns)[0] ?? [];
  return type === "text" ? sql`t.${sql.id(column)}` : sql`t.${sql.id(column)}::text`;
}
