import { sql } from "kysely";
import type { ValueMapping } from "../change.ts";
import type { Field } from "../model.ts";
import type { Piece } from "./write.ts";

/** What a conversion has to know beside the two fields. */
export interface Converting {
  readonly mapping?: ValueMapping | undefined;
  /** Where an amount comes from a plain number, and where a day comes from a moment. */
  readonly currency: string;
  readonly zone: string;
}

/**
 * The values of a field as those of another: one piece for each of its columns, none of which fails on any row; what
 * does not convert is null. `columns` hold the old values. Undefined where nothing of the one can be the other.
 */
export function converted(
  columns: readonly Piece[],
  old: Field,
  field: Field,
  converting: Converting,
): readonly Piece[] | undefined {
  const [first, second] = columns as [Piece, Piece | undefined];
  if (old.targets.length + field.targets.length > 0) return convertedReference(first, second, old, field);
  const from = Object.values(old.columns)[0] ?? "";
  const to = Object.values(field.columns)[0] ?? "";
  const { mapping = {}, currency, zone } = converting;
  if (field.type.name === "money" && old.type.name === "money") return columns;
  const plain = between(first, from, to, old, field, zone);
  if (!plain) return undefined;
  const value = mapped(first, from, plain, to, mapping, field);
  return field.type.name === "money"
    ? [value, sql`case when ${value} is not null then ${currency}::text end`]
    : [value];
}

/** One pointer as another: what stays is what both may point at. */
function convertedReference(
  first: Piece,
  second: Piece | undefined,
  old: Field,
  field: Field,
): readonly Piece[] | undefined {
  if (old.targets.length === 0 || field.targets.length === 0) return undefined;
  const both = old.targets.filter((target) => field.targets.includes(target));
  const many = Object.keys(field.columns).length === 2;
  const wasMany = second !== undefined;
  if (both.length === 0) return undefined;
  if (!wasMany && !many) return [first];
  const entity = wasMany ? first : sql`${old.targets[0]}::text`;
  const id = second ?? first;
  const fits = wasMany ? sql`${first} = any(${both}::text[])` : sql`true`;
  const kept = sql`case when ${fits} then ${id} end`;
  return many ? [sql`case when ${fits} and ${id} is not null then ${entity} end`, kept] : [kept];
}

const numbers = ["integer", "bigint", "numeric"];

/** What PostgreSQL holds as what it is to hold; undefined where there is no way. */
function between(value: Piece, from: string, to: string, old: Field, field: Field, zone: string): Piece | undefined {
  if (to === "text[]") return toList(value, from, field);
  if (from === "text[]")
    return to === "text" ? chosen(sql`case when cardinality(${value}) = 1 then ${value}[1] end`, field) : undefined;
  if (to === "text") {
    const text = textOf(value, from);
    return text && chosen(text, field);
  }
  if (to === "jsonb") return old.type.name === "json" ? value : undefined;
  if (numbers.includes(to)) return toNumber(value, from, to);
  if (to === "boolean") return toBoolean(value, from);
  if (to === "date") return toDate(value, from, zone);
  if (to === "timestamptz") return toMoment(value, from);
  return from === to ? value : undefined;
}

function textOf(value: Piece, from: string): Piece | undefined {
  if (from === "text") return value;
  if ([...numbers, "boolean", "uuid"].includes(from)) return sql`${value}::text`;
  if (from === "date") return sql`to_char(${value}, 'YYYY-MM-DD')`;
  if (from === "timestamptz") return sql`to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return undefined;
}

/** A text as one of the field's choices, by value or by title; any text where the field has no choices, as `keptText` keeps it. */
function chosen(text: Piece, field: Field): Piece {
  const type = field.type.type(field.property);
  if (type.kind === "text" && type.small) return sql`lower(btrim(${text}))`;
  const choices = (field.property.choices ?? []) as readonly { value: string; title?: string }[];
  if (choices.length === 0 || field.type.name === "state") return text;
  const values = choices.map(({ value }) => value);
  const titles = choices.map(({ value, title }) => (title ?? value).toLowerCase());
  return sql`case when ${text} = any(${values}::text[]) then ${text}
    else (${values}::text[])[array_position(${titles}::text[], lower(trim(${text})))] end`;
}

function toList(value: Piece, from: string, field: Field): Piece | undefined {
  if (from === "text[]") {
    const choices = (field.property.choices ?? []) as readonly { value: string }[];
    const values = choices.map((choice) => choice.value);
    return sql`(select nullif(array_agg(v order by n), '{}') from unnest(${value}) with ordinality as u (v, n) where v = any(${values}::text[]))`;
  }
  const text = textOf(value, from);
  const one = text && chosen(text, field);
  return one && sql`case when ${one} is not null then array[${one}] end`;
}

/** Digits, or digits in threes: `1,200` is twelve hundred, and `1,20` is in doubt. */
const plainNumber = sql`'^-?([0-9]{1,20}|[0-9]{1,3}(,[0-9]{3}){1,6})([.][0-9]{1,12})?$'`;

function toNumber(value: Piece, from: string, to: string): Piece | undefined {
  const number = numbers.includes(from)
    ? value
    : from === "text"
      ? sql`case when trim(${value}) ~ ${plainNumber} then replace(trim(${value}), ',', '')::numeric end`
      : from === "boolean"
        ? sql`case when ${value} then 1 when not ${value} then 0 end`
        : undefined;
  if (!number || to === "numeric") return number && sql`(${number})::numeric`;
  const most = sql.raw(to === "integer" ? "2147483647" : "9007199254740991");
  return sql`case when abs((${number})::numeric) <= ${most} and trunc((${number})::numeric) = (${number})::numeric then (${number})::${sql.raw(to)} end`;
}

function toBoolean(value: Piece, from: string): Piece | undefined {
  if (from === "boolean") return value;
  if (numbers.includes(from)) return sql`case ${value}::numeric when 1 then true when 0 then false end`;
  if (from !== "text") return undefined;
  return sql`case when lower(trim(${value})) in ('true', 'yes', 'y', '1') then true
    when lower(trim(${value})) in ('false', 'no', 'n', '0') then false end`;
}

/** A day that is none, the 31st of April for instance, does not convert. */
function toDate(value: Piece, from: string, zone: string): Piece | undefined {
  if (from === "date") return value;
  if (from === "timestamptz") return sql`(${value} at time zone ${zone})::date`;
  if (from !== "text") return undefined;
  const part = (start: number, length: number) => sql`substr(${value}, ${sql.raw(`${start}, ${length}`)})::integer`;
  const [year, month, day] = [part(1, 4), part(6, 2), part(9, 2)];
  const last = sql`extract(day from make_date(${year}, ${month}, 1) + interval '1 month' - interval '1 day')`;
  return sql`case when ${value} ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
    then case when ${day} <= ${last} then make_date(${year}, ${month}, ${day}) end end`;
}

function toMoment(value: Piece, from: string): Piece | undefined {
  if (from === "timestamptz") return value;
  if (from === "date") return sql`(${value}::timestamp at time zone 'UTC')`;
  if (from !== "text") return undefined;
  const day = toDate(sql`substr(${value}, 1, 10)`, "text", "UTC")!;
  return sql`case when ${value} ~ '^.{10}T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?Z$'
    then (${day} + rtrim(substr(${value}, 12), 'Z')::time) at time zone 'UTC' end`;
}

/** What a person said of single values goes before what is true of all. */
function mapped(value: Piece, from: string, plain: Piece, to: string, mapping: ValueMapping, field: Field): Piece {
  const entries = Object.entries(mapping);
  if (entries.length === 0) return plain;
  if (from === "text[]" && to === "text[]") return mappedList(value, mapping, field);
  const text = textOf(value, from);
  if (!text) return plain;
  const target = (it: string | null) =>
    it === null ? sql`null` : (between(sql`${it}::text`, "text", to, field, field, "UTC") ?? sql`null`);
  const cases = entries.map(([was, is]) => sql`when ${was}::text then ${target(is)}`);
  return sql`case ${text} ${sql.join(cases, sql` `)} else ${plain} end`;
}

function mappedList(value: Piece, mapping: ValueMapping, field: Field): Piece {
  const entries = Object.entries(mapping);
  const [was, is] = [entries.map(([it]) => it), entries.map(([, it]) => it)];
  const choices = ((field.property.choices ?? []) as readonly { value: string }[]).map((choice) => choice.value);
  return sql`(select nullif(array_agg(v order by n), '{}') from (
    select coalesce(m.is, u.v) as v, min(n) as n from unnest(${value}) with ordinality as u (v, n)
      left join unnest(${was}::text[], ${is}::text[]) as m (was, is) on m.was = u.v
    where m.was is null or m.is is not null group by 1) as mapped where v = any(${choices}::text[]))`;
}
