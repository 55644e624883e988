import { sql, type RawBuilder } from "kysely";
import type { RowSql, Sql } from "../field-types/field-type.ts";
import type { Entity, Field } from "../model.ts";
import type { Values } from "../values.ts";
import { listText, type Cells } from "./rows.ts";
import { cellName, cellSlot, idsSlot, recordSlot, type SlotName, type SlotValues } from "./slot.ts";

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

/** New rows, all in one statement: the cells of `keptFields`. */
export function insertRows(target: Target, one: boolean): Piece {
  const columns = columnsOf(keptFields(target.entity));
  return sql`insert into ${tableIn(target)} (${names(columns)}) ${newRows(columns, one)}`;
}

/** Of rows that `insertRows` would write, those that do not fulfil a condition over `t`. Nothing is written. */
export function newRowsAgainst({ entity }: Target, condition: Piece, one: boolean): Piece {
  const columns = columnsOf(keptFields(entity));
  return sql`select t.id from (${newRows(columns, one)}) as t(${names(columns)}) where not coalesce(${condition}, false)`;
}

function newRows(columns: readonly Column[], one: boolean): Piece {
  return one
    ? sql`values (${sql.join(columns.map(cellIn(0)))})`
    : sql`select ${taken(columns)} from ${setOf(columns, 0)}`;
}

/**
 * Standing rows, all in one statement: `changed` and what the engine keeps of each change. The cells are those of
 * `identified(changed)`.
 */
export function updateRows(target: Target, changed: readonly Field[], one: boolean): Piece {
  const [id, ...columns] = columnsOf(identified(target.entity, changed));
  const set = (value: (column: Column, at: number) => Piece) =>
    sql.join(columns.map((column, at) => sql`${sql.id(column.name)} = ${value(column, at + 1)}`));
  return one
    ? sql`update ${tableIn(target)} as t set ${set(cellIn(0))} where t.id = ${cellIn(0)(id!, 0)}`
    : sql`update ${tableIn(target)} as t set ${set(take)} from ${setOf([id!, ...columns], 0)} where t.id = r.id`;
}

/** Standing rows that lie out of the way of unique indexes, as if they were in the trash, until they are written anew. */
export function rowsAside(target: Target, ids: readonly string[]): Piece {
  return sql`update ${tableIn(target)} set deleted_at = created_at where id = any(${ids}::uuid[])`;
}

/** Fields behind the id. */
export function identified(entity: Entity, fields: readonly Field[]): readonly Field[] {
  const id = entity.fields.get("id");
  return id ? [id, ...fields.filter((field) => field !== id)] : fields;
}

/** Some fields of records as the slots of the rows of a number take them. */
export function cellSlots(fields: readonly Field[], records: readonly Values[], rows = 0): Partial<SlotValues> {
  const slots: Partial<Record<SlotName, unknown>> = {};
  const one = records.length === 1 ? records[0] : undefined;
  let at = 0;
  for (const field of fields)
    if (one) for (const cell of storedCells(field, one)) slots[cellName(rows, at++)] = cell;
    else for (const cells of storedColumns(field, records)) slots[cellName(rows, at++)] = listText(cells);
  return slots;
}

/** Rows taken away for good. */
export function deleteRows(target: Target, ids: readonly string[]): Piece {
  return sql`delete from ${tableIn(target)} where id = any(${ids}::uuid[])`;
}

/** Which of ours are compared: those of the rows and ids `slot`; it is but one record. */
export interface Likeness {
  readonly slot: number;
  readonly one: boolean;
  /** Columns in which the value of a column may stand, where that is not the column alone. */
  readonly among?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Records that stand and share all values of `fields` with one of ours, whose cells are those of the rows `slot`; `at`
 * tells which of ours, `own` whether they hold them in the same fields. Records of the slot `ids<slot>` are ours
 * themselves. Each is looked for by itself: beside a thousand of them PostgreSQL would rather read the whole table.
 */
export function rowsAlike(
  target: Target,
  fields: readonly Field[],
  { slot, one, among = {} }: Likeness,
  visible: Piece | undefined,
): Piece {
  const columns = columnsOf(fields);
  const value = one ? cellIn(slot) : take;
  const holds = (name: string, column: Column, at: number) => sql`t.${sql.id(name)} = ${value(column, at)}`;
  const alike = columns.map((column, at) => {
    const places = among[column.name] ?? [column.name];
    return sql`(${sql.join(
      places.map((name) => holds(name, column, at)),
      sql` or `,
    )})`;
  });
  const own = columns.flatMap((column, at) => (among[column.name] ? [holds(column.name, column, at)] : []));
  const standing = sql`t.deleted_at is null and t.id <> all(${idsSlot(slot)})`;
  const seen = sql`t.id, ${visible ? sql`coalesce(${visible}, false)` : sql`true`} as visible,
    ${own.length > 0 ? sql`coalesce(${sql.join(own, sql` and `)}, false)` : sql`true`} as own`;
  return one
    ? sql`select 0 as at, ${seen} from ${tableIn(target)} as t where ${sql.join([...alike, standing], sql` and `)}`
    : sql`select r._at::integer - 1 as at, a.id, a.visible, a.own from ${setOf(columns, slot)}
        cross join lateral (select ${seen} from ${tableIn(target)} as t
          where ${sql.join([...alike, standing], sql` and `)} offset 0) as a`;
}

/** How many standing records point by `field` at each of `ids`, without those in one of the states `ends`. */
export function countedBy(
  target: Target,
  field: Field,
  ids: readonly string[],
  state: Field | undefined,
  ends: readonly string[],
): Piece {
  const open = state ? sql` and not coalesce(t.${sql.id(state.name)} = any(${ends}::text[]), false)` : sql``;
  return sql`select t.${sql.id(pointer(field))} as id, count(*)::int as n from ${tableIn(target)} as t
    where t.${sql.id(pointer(field))} = any(${ids}::uuid[]) and t.deleted_at is null${open} group by 1`;
}

/** The newest standing records, so many at most, that share all values of `fields` with the cells of the row of the first slot. */
export function newestAlike(target: Target, fields: readonly Field[], most: number): Piece {
  const alike = rowsAlike(target, fields, { slot: 0, one: true }, undefined);
  return sql`select a.id from (${alike}) as a order by a.id desc limit ${sql.lit(most)}`;
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

/** A field's value as it travels, where it stands in a piece instead of a column; as `jsonb`. */
export function jsonOfPiece(field: Field, piece: Piece): Piece {
  const ref = () => piece as unknown as Sql;
  return sql`to_jsonb(${field.type.json({ ...rowSql(""), ref }, field.property) as unknown as Piece})`;
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
}

function columnsOf(fields: readonly Field[]): readonly Column[] {
  return fields.flatMap(({ columns }) => Object.entries(columns).map(([name, type]) => ({ name, type })));
}

/** Lists of lists are one list for PostgreSQL: in a set of rows a list is its text. */
const isList = ({ type }: Column) => type.endsWith("[]");

/** A column of one row, as a statement takes it. */
const cellIn =
  (rows: number) =>
  ({ type }: Column, at: number): Piece =>
    cellSlot(rows, at, type);

/** A column of the set `r`, as a statement takes it. */
const take = (column: Column): Piece =>
  isList(column) ? sql`r.${sql.id(column.name)}::${sql.raw(column.type)}` : sql`r.${sql.id(column.name)}`;

/** Rows as the set `r`, each with its number as `_at`. */
function setOf(columns: readonly Column[], rows: number): Piece {
  const lists = columns.map((column, at) => cellSlot(rows, at, isList(column) ? column.type : `${column.type}[]`));
  const named = [...columns.map(({ name }) => sql.id(name)), sql.id("_at")];
  return sql`unnest(${sql.join(lists)}) with ordinality as r(${sql.join(named)})`;
}

/** What each column of a field holds of the records. */
function storedColumns(field: Field, records: readonly Values[]): readonly Cells[] {
  const stored = records.map((record) => storedCells(field, record));
  return Object.keys(field.columns).map((_, at) => stored.map((cells) => cells[at]));
}

/** What each column of a field holds of a record. */
function storedCells({ name, type, property, columns }: Field, record: Values): readonly unknown[] {
  const value = record[name] ?? null;
  if (!type.store) return [value];
  const stored = type.store(value, property);
  return Object.keys(columns).map((column) => stored[column]);
}

const names = (columns: readonly Column[]) => sql.join(columns.map(({ name }) => sql.id(name)));
const taken = (columns: readonly Column[]) => sql.join(columns.map(take));

/** Standing records by a text that names them in one of the fields: every id under its text, and whether that is the first field. */
export function rowsNamed(
  target: Target,
  by: readonly Field[],
  texts: readonly string[],
  visible: Piece | undefined,
): Piece {
  const named = by.map((field, at) => {
    const text = nameColumn(field);
    return sql`select ${text} as text, ${sql.lit(at === 0)} as own, t.id from ${tableIn(target)} as t
      where ${text} = any(${texts}::text[]) and t.deleted_at is null${visible ? sql` and ${visible}` : sql``}`;
  });
  return sql`select n.text, n.own, array_agg(distinct n.id) as ids from (${together(named)}) as n group by 1, 2`;
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
