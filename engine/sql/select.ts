import { sql } from "kysely";
import { colourKey, type ListPlan, type OrderKey, type Shape, type Expansion } from "../query.ts";
import type { Checked } from "../expression/check.ts";
import { below, type Node } from "../expression/tree.ts";
import type { Field } from "../model.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { compileCondition, compileWhere } from "./expression.ts";
import { orderedValues, ranked } from "./rank.ts";
import { afterSlot, idsSlot, recordSlot } from "./slot.ts";
import { Source, type Reader, type Standing, type Those } from "./source.ts";
import { holdersAs, searched } from "./words.ts";
import type { Piece } from "./write.ts";

/** Where the last page ended: the keys of its last row as text, in the order of the order, and its id. */
export interface After {
  readonly keys: readonly (string | null)[];
  readonly id: string;
  /** The row behind it had the same first key, and who knows how many more have. */
  readonly tied?: boolean;
}

/** What the slots of a page behind `after` stand for. */
export function afterValues({ keys, id }: After): Readonly<Record<`after${number}`, string | null>> {
  return Object.fromEntries([...keys, id].map((value, at) => [`after${at}`, value]));
}

const cap = 1000;

/**
 * Which rows of a list a page is taken from: those behind `after` as far as the first key of the order is filled, or
 * those at the end, whose first key is empty. An index leads to either; it would lead to neither where both are meant.
 */
export type Stretch = "behind" | "empty";

/** Which rows of a list a statement is for, and whether few records hold the words that it is searched for. */
export interface Reading {
  readonly after?: After | undefined;
  readonly stretch?: Stretch;
  readonly few?: boolean;
}

/** Whether rows with an empty first key follow those behind a row. */
export function hasEmptyTail({ keys }: After): boolean {
  return keys.length > 0 && keys[0] !== null;
}

/**
 * Rows of a list: the page is chosen first, and what else is told of its rows is looked up for them alone. `record` is JSON as text; `k0`, `k1` … and `id` are what a cursor keeps. One more than asked for. Of
 * `after` the text knows only which keys are empty: what they hold is for the slots.
 */
export function listStatement(
  reader: Reader,
  plan: ListPlan,
  { after, stretch = "behind", few = false }: Reading = {},
): CompiledStatement {
  const { chosen, held } = few ? amongHolders(reader, plan) : amongAll(reader, plan);
  const keys = plan.order.map((key) => ({ ...key, piece: orderPiece(chosen, plan, key) }));
  const id = sql`${sql.id(chosen.root.alias)}.id`;
  const past = stretch === "empty" ? [sql`${keys[0]!.piece} is null`] : after ? pastThe(chosen, keys, after, id) : [];
  const page = { wheres: past.length > 0 ? past.map((it) => sql`${held} and ${it}`) : [held], keys };
  const source = paged(chosen, page, plan.limit + 1);
  const colour = plan.colours.length > 0 ? [sql`${colourPiece(source, plan)} as ${sql.id(colourKey)}`] : [];
  const record = [...recordOf(source, plan.shape, source.root), ...colour];
  const kept = keys.map((key, at) => ({ ...key, piece: sql.id(source.root.alias, keptKey(at)) }));
  const told = kept.map(({ piece }, at) => sql`${piece}::text as ${sql.id(`k${at}`)}`);
  return compile(sql`select (select to_json(r) from (select ${sql.join(record)}) as r)::text as record, ${sql.join([...told, sql`${id} as id`])}
    from ${source.from()} order by ${ordered(kept, id)}`);
}

/** What a key of the order is called beside the columns of the entity: no field is. */
const keptKey = (at: number) => `_k${at}`;

function ordered(keys: readonly Ordered[], id: Piece): Piece {
  const each = keys.map(({ piece, descending }) => sql`${piece} ${sql.raw(descending ? "desc" : "asc")} nulls last`);
  return sql.join([...each, sql`${id} asc`]);
}

/** All rows of a list that its reader may export, in the order of the list: `record` as JSON. For a cursor. */
export function exportStatement(reader: Reader, plan: ListPlan, fields: readonly Field[]): CompiledStatement {
  const source = new Source(reader, plan.entity);
  const record = recordOf(source, { fields, expand: [] }, source.root);
  const keys = plan.order.map((key) => ({ ...key, piece: orderPiece(source, plan, key) }));
  const rule = source.rights(plan.entity)?.rule("export");
  const where = sql.join(
    [conditions(source, plan), ...(rule ? [source.condition(rule, source.root)] : [])],
    sql` and `,
  );
  const order = ordered(keys, sql`${sql.id(source.root.alias)}.id`);
  return compile(sql`select (select to_json(r) from (select ${sql.join(record)}) as r) as record
    from ${source.from()} where ${where} order by ${order}`);
}

/** The ids of a list's rows, locked as they fulfil it now, among `ids` where these are given; `most` of them. */
export function lockListStatement(
  reader: Reader,
  plan: ListPlan,
  ids: readonly string[] | undefined,
  most: number,
): CompiledStatement {
  const source = new Source(reader, plan.entity);
  const alias = sql.id(source.root.alias);
  const among = ids ? sql` and ${alias}.id = any(${ids}::uuid[])` : sql``;
  const where = conditions(source, plan);
  return compile(sql`select ${alias}.id from ${source.from()} where ${where}${among}
    order by ${alias}.id limit ${sql.raw(String(most))} for update of ${alias}`);
}

/**
 * Whether what PostgreSQL expects of a list may be told to its reader. Its statistics are of all rows, of those too
 * that are not hers: an estimate is for lists that hide no row and look at nothing that hides.
 */
export function mayEstimate(reader: Reader, plan: ListPlan): boolean {
  const source = new Source(reader, plan.entity);
  const rights = source.rights(plan.entity);
  const open = !reader.access || rights?.rule("read").kind === "all";
  const masked = [...plan.entity.fields.values()].some((field) => source.maskOf(field));
  return open && !masked && !plan.trash && !looksFurther(plan);
}

/** `any` over a list, and what is asked of the reader herself, read other rows. */
function looksFurther({ filter }: ListPlan): boolean {
  const visit = (node: Node): boolean =>
    node.op === "some" ||
    (node.op === "path" && (node.root !== "record" || node.steps.length > 1)) ||
    below(node).some(visit);
  return filter !== undefined && visit(filter.node);
}

/** How many rows a list has; `capped` counts no further than a thousand. */
export function countStatement(reader: Reader, plan: ListPlan, few = false): CompiledStatement {
  const { chosen, held } = few ? amongHolders(reader, plan) : amongAll(reader, plan);
  const limit = plan.count === "capped" ? sql` limit ${sql.raw(String(cap + 1))}` : sql``;
  return compile(sql`select count(*)::int as n from (select from ${chosen.from()} where ${held}${limit}) as r`);
}

/** What a count means: how many there are, and whether there are more. */
export function countOf(plan: ListPlan, n: number): { readonly value: number; readonly more: boolean } {
  return plan.count === "capped" && n > cap ? { value: cap, more: true } : { value: n, more: false };
}

/** One record as JSON text, when the reader sees it; its id is for the slot `record`. The trash is included: a page shows what was thrown away. */
export function recordStatement(reader: Reader, entity: ListPlan["entity"], shape: Shape): CompiledStatement {
  const chosen = new Source(reader, entity, undefined, undefined, { one: true });
  const alias = sql.id(chosen.root.alias);
  const source = beside(chosen, sql`${alias}.id = ${recordSlot} and ${chosen.visible()}`, { one: true });
  const record = recordOf(source, shape, source.root);
  return compile(sql`select (select to_json(r) from (select ${sql.join(record)}) as r)::text as record, ${alias}.version
    from ${source.from()}`);
}

/** The same for the records of the slot `ids0`, of them those that fulfil a condition, in no order; `id` tells them apart. */
export function recordsStatement(
  reader: Reader,
  entity: ListPlan["entity"],
  shape: Shape,
  condition?: Checked,
): CompiledStatement {
  const chosen = new Source(reader, entity);
  const alias = sql.id(chosen.root.alias);
  const held = condition ? sql` and ${compileWhere(condition, chosen.context())}` : sql``;
  const source = beside(chosen, sql`${alias}.id = any(${idsSlot()}) and ${chosen.visible()}${held}`, { many: true });
  const record = recordOf(source, shape, source.root);
  return compile(sql`select (select to_json(r) from (select ${sql.join(record)}) as r)::text as record, ${alias}.version, ${alias}.id
    from ${source.from()}`);
}

/** The rows that `where` chooses, for what is looked up beside them. */
function beside(chosen: Source, where: Piece, those: Those): Source {
  return withRows(chosen, sql`select ${sql.id(chosen.root.alias)}.* from ${chosen.from()} where ${where}`, those);
}

const withRows = ({ reader, root }: Source, rows: Piece, those: Those = {}) =>
  new Source(reader, root.entity, root.alias, undefined, { ...those, rows });

type Ordered = OrderKey & { readonly piece: Piece };

interface Page {
  /** What its rows fulfil: one of these. No row fulfils two. */
  readonly wheres: readonly Piece[];
  readonly keys: readonly Ordered[];
}

/** The first rows of a page in its order, each with its keys as further columns. Every part is read along its index. */
function paged(chosen: Source, { wheres, keys }: Page, most: number): Source {
  const { alias } = chosen.root;
  const id = sql`${sql.id(alias)}.id`;
  const kept = keys.map(({ piece }, at) => sql`${piece} as ${sql.id(keptKey(at))}`);
  const columns = sql.join([sql`${sql.id(alias)}.*`, ...kept]);
  const limit = sql`limit ${sql.raw(String(most))}`;
  const parts = wheres.map(
    (where) => sql`select ${columns} from ${chosen.from()} where ${where} order by ${ordered(keys, id)} ${limit}`,
  );
  if (parts.length === 1) return withRows(chosen, parts[0]!);
  const told = keys.map((key, at) => ({ ...key, piece: sql.id(alias, keptKey(at)) }));
  const rows = sql`(${sql.join(
    parts.map((part) => sql`(${part})`),
    sql` union all `,
  )}) as ${sql.id(alias)}`;
  return withRows(chosen, sql`select ${sql.id(alias)}.* from ${rows} order by ${ordered(told, id)} ${limit}`);
}

/** Where the rows of a list are looked for, and what they fulfil. */
interface Among {
  readonly chosen: Source;
  readonly held: Piece;
}

function amongAll(reader: Reader, plan: ListPlan): Among {
  const chosen = new Source(reader, plan.entity);
  return { chosen, held: conditions(chosen, plan) };
}

function amongHolders(reader: Reader, plan: ListPlan): Among {
  const chosen = holdersAs(reader, { entity: plan.entity, words: plan.search ?? [] }, "t");
  return { chosen, held: conditions(chosen, { ...plan, search: undefined }) };
}

/** What a list asks of rows, and what its reader may see of them. */
export function conditions(source: Source, plan: ListPlan): Piece {
  const { alias } = source.root;
  const parts = [source.visible(), sql`${sql.id(alias)}.deleted_at is ${sql.raw(plan.trash ? "not null" : "null")}`];
  if (plan.trash) {
    const rule = source.rights(plan.entity)?.rule("delete");
    if (rule) parts.push(source.condition(rule, source.root));
  }
  if (plan.filter) parts.push(compileWhere(plan.filter, source.context()));
  if (plan.search !== undefined) parts.push(searched(source, plan.search));
  return sql.join(parts, sql` and `);
}

/** The place of the first colour whose condition holds for a record. */
function colourPiece(source: Source, { colours }: ListPlan): Piece {
  if (colours.length === 0) return sql`null::integer`;
  const cases = colours.map(
    (it, at) => sql`when ${compileCondition(it, source.context())} then ${sql.raw(String(at))}`,
  );
  return sql`case ${sql.join(cases, sql` `)} end`;
}

function orderPiece(source: Source, plan: ListPlan, { path }: OrderKey): Piece {
  const last = path.at(-1)?.field;
  if (!last) return colourPiece(source, plan);
  return ranked(source.reader.model, last, keptPiece(source, path, last));
}

function keptPiece(source: Source, path: OrderKey["path"], last: Field): Piece {
  const standing = source.standingAt(path.slice(0, -1));
  if (last.type.name === "formula" || source.maskOf(last)) {
    const value = source.value(last, standing);
    return "value" in value ? value.value : value.amount;
  }
  const columns = Object.keys(last.columns);
  return sql`${sql.id(standing.alias)}.${sql.id((columns.length > 1 && last.targets.length > 0 ? columns.at(-1) : columns[0]) ?? last.name)}`;
}

/**
 * The rows after the last one (keyset): further in the first key that differs, empty ones last. What holds of the first
 * key stands before the alternatives as well, for the index; rows with none in it are a stretch of their own. Where many
 * may have the same first key, those are one part and the others a second: an index leads to the beginning of either.
 */
function pastThe(source: Source, [first, ...rest]: readonly Ordered[], after: After, id: Piece): readonly Piece[] {
  const behind = sql`${id} > ${afterSlot(after.keys.length)}::uuid`;
  if (!first) return [behind];
  const [value = null] = after.keys;
  const within = sql`(${sql.join(furtherBelow(source, rest, after, behind), sql` or `)})`;
  if (value === null) return [sql`${first.piece} is null and ${within}`];
  const last = lastKey(source, first, 0);
  const than = sql.raw(first.descending ? "<" : ">");
  const [further, tied] = [sql`${first.piece} ${than} ${last}`, sql`${first.piece} = ${last} and ${within}`];
  if (after.tied) return [tied, further];
  return [sql`${first.piece} ${than}= ${last} and (${further} or (${tied}))`];
}

/** Among rows with the first key of the last one those behind it, by the other keys and the id. */
function furtherBelow(source: Source, keys: readonly Ordered[], after: After, behind: Piece): readonly Piece[] {
  const alternatives: Piece[] = [];
  const equal: Piece[] = [];
  for (const [below, key] of keys.entries()) {
    const { piece, descending } = key;
    if ((after.keys[below + 1] ?? null) === null) {
      equal.push(sql`${piece} is null`);
      continue;
    }
    const last = lastKey(source, key, below + 1);
    const further = sql`(${piece} ${sql.raw(descending ? "<" : ">")} ${last} or ${piece} is null)`;
    alternatives.push(sql`(${sql.join([...equal, further], sql` and `)})`);
    equal.push(sql`${piece} = ${last}`);
  }
  return [...alternatives, sql`(${sql.join([...equal, behind], sql` and `)})`];
}

/** A key of the last row, as its column holds it. */
function lastKey(source: Source, { path }: Ordered, at: number): Piece {
  const last = path.at(-1)?.field;
  const cast = !last || orderedValues(source.reader.model, last) ? "integer" : castOf(last);
  return sql`${afterSlot(at)}::${sql.raw(cast)}`;
}

function castOf(field: Field): string {
  const casts = {
    number: "numeric",
    money: "numeric",
    date: "date",
    moment: "timestamptz",
    boolean: "boolean",
    id: "uuid",
    record: "uuid",
    duration: "numeric",
  };
  const own = Object.values(field.columns);
  const { kind } = field.type.type(field.property);
  return kind === "number" && own[0] ? own[0] : (casts[kind as "number"] ?? "text");
}

/** The columns of a record's sub-select: each field under its name, names of references, what was hidden. */
function recordOf(source: Source, shape: Shape, standing: Standing): readonly Piece[] {
  const expanded = new Map(shape.expand.map((it) => [it.field, it]));
  const fields = shape.fields.map((field) => {
    const expansion = expanded.get(field);
    return sql`${expansion ? expandedRecord(source, expansion, standing) : source.json(field, standing)} as ${sql.id(field.name)}`;
  });
  const names = namesOf(source, shape.fields, standing);
  const masked = maskedOf(source, shape.fields, standing);
  return [...fields, ...(names ? [sql`${names} as "_names"`] : []), ...(masked ? [sql`${masked} as "_masked"`] : [])];
}

/** The name of every record that a reference points at and that the reader sees. */
function namesOf(source: Source, fields: readonly Field[], standing: Standing): Piece | undefined {
  const names = fields.flatMap((field) => {
    const pieces = field.targets.flatMap((to) => nameOf(source, field, to, standing) ?? []);
    return pieces.length === 0 ? [] : [sql`coalesce(${sql.join([...pieces, sql`null`])}) as ${sql.id(field.name)}`];
  });
  return names.length === 0 ? undefined : sql`(select to_json(n) from (select ${sql.join(names)}) as n)`;
}

function nameOf(source: Source, field: Field, to: string, standing: Standing): Piece | undefined {
  const target = source.reader.model.entities.get(to);
  const nameField = target?.nameField;
  if (!target || !nameField || (source.reader.access && !source.rights(target))) return undefined;
  if (field.targets.length === 1) {
    const there = source.standingAt([{ name: field.name, field, to }], standing);
    const value = source.value(nameField, there);
    return "value" in value ? sql`${value.value}::text` : undefined;
  }
  return source.namedAmong(field, target, nameField, standing);
}

function expandedRecord(source: Source, { field, below }: Expansion, standing: Standing): Piece {
  const to = field.targets[0]!;
  const there = source.standingAt([{ name: field.name, field, to }], standing);
  const rights = source.rights(there.entity);
  const fields = [...there.entity.fields.values()].filter((it) => !rights || rights.readable(it).kind !== "none");
  const columns = recordOf(source, { fields, expand: below }, there);
  const own = source.value(field, standing) as { value: Piece };
  return sql`(case when ${sql.id(there.alias)}.id is not null then (select to_json(e) from (select ${sql.join(columns)}) as e)
    when ${own.value} is not null then json_build_object('id', ${own.value}) end)`;
}

/** The names of the fields that this reader may not see on this record. */
function maskedOf(source: Source, fields: readonly Field[], standing: Standing): Piece | undefined {
  const hidden = fields.flatMap((field) => {
    const rule = source.maskOf(field);
    return rule
      ? [sql`case when not coalesce(${source.condition(rule, standing)}, false) then ${field.name}::text end`]
      : [];
  });
  return hidden.length === 0 ? undefined : sql`array_remove(array[${sql.join(hidden)}], null)`;
}
