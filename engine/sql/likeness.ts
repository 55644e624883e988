import { sql } from "kysely";
import type { RowRule } from "../access.ts";
import type { ReadDuplicateRule } from "../likeness.ts";
import type { Values } from "../values.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { compileCondition } from "./expression.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/**
 * Said in a transaction before texts are compared: from here on they are similar, where so much of their groups of three
 * letters is shared. Indexes look no further.
 */
export const similarFrom = "select pg_catalog.set_config('pg_trgm.similarity_threshold', '0.5', true)";
/** So many that are like one record are told or kept. */
const likeMost = 20;

/** What two texts are compared by; null where nothing is left of them. Indexes are over the same. */
export const likenessKey = (by: "same" | "similar" | "digits", text: string): string => `trellis.${by}_key(${text})`;

const columnOf = ({ field }: ReadDuplicateRule["match"][number]) => Object.entries(field.columns)[0]!;
const table = (schema: string, name: string) => sql`${sql.raw(schema)}.${sql.id(name)}`;

/** All that a rule compares, between two rows that tell the columns. What is empty is like nothing. */
function isLike(
  { match }: ReadDuplicateRule,
  one: (column: string, at: number) => Piece,
  other: (column: string) => Piece,
) {
  const each = match.map((it, at) => {
    const [name, type] = columnOf(it);
    if (type !== "text") return sql`${other(name)} = ${one(name, at)}`;
    const key = sql.raw(`trellis.${it.by}_key`);
    const [left, right] = [sql`${key}(${other(name)})`, sql`${key}(${one(name, at)})`];
    if (it.by !== "similar") return sql`${left} = ${right}`;
    return sql`${left} operator(public.%) ${right}`;
  });
  return sql.join(each, sql` and `);
}

/** The condition of a rule over the root of a source. */
const held = (source: Source, { where }: ReadDuplicateRule): Piece =>
  where ? sql`coalesce(${compileCondition(where, source.context(source.root, false))}, false)` : sql`true`;

/** Pairs that somebody has called not the same. */
const decided = (schema: string, one: Piece, other: Piece): Piece =>
  sql`exists (select from ${table(schema, "_alike")} as d where d.one = least(${one}, ${other}) and d.other = greatest(${one}, ${other})
    and d.decided_at is not null)`;

/**
 * The standing records that are like a row, as a source: PostgreSQL finds them by the indexes of the rule before it looks at
 * anything else that is asked (`offset 0` keeps it from mixing the two); in the order of ids it would read all.
 */
function likeAs(
  reader: Reader,
  rule: ReadDuplicateRule,
  alias: string,
  ours: (column: string, at: number) => Piece,
): Source {
  const like = isLike(rule, ours, (column) => sql`l.${sql.id(column)}`);
  const rows = sql`select l.* from ${table(reader.schema, rule.entity.name)} as l where ${like} and l.deleted_at is null offset 0`;
  return new Source(reader, rule.entity, alias, undefined, { rows, many: true });
}

/** Records that shall be written: their ids and whole values. */
export type Written = readonly { readonly id: string; readonly record: Values }[];

/**
 * Standing records that are like one of ours by a rule: `at` of ours, `id`, whether the reader knows of it, its name as she
 * reads it and, whether she knows of it or not, who owns it. Those that she knows of come first, so that the others change
 * nothing in what is told of them.
 */
export function likeOurs(reader: Reader, rule: ReadDuplicateRule, ours: Written, knows: RowRule): Piece {
  const { entity } = rule;
  const source = likeAs(reader, rule, "t", (_, at) => sql`r.${sql.id(`c${at}`)}`);
  const seen = sql`coalesce(${source.condition(knows, source.root)}, false)`;
  const name = entity.nameField ? (source.value(entity.nameField) as { value: Piece }).value : sql`null`;
  const condition = held(source, rule);
  const cells = rule.match.map((it) => {
    const [column, type] = columnOf(it);
    const { field } = it;
    const stored = ours.map(({ record }) => {
      const value = record[field.name] ?? null;
      return field.type.store ? field.type.store(value, field.property)[column] : value;
    });
    return sql`${stored}::${sql.raw(type)}[]`;
  });
  const ids = sql`${ours.map(({ id }) => id)}::uuid[]`;
  const cellNames = rule.match.map((_, at) => sql.id(`c${at}`));
  return sql`select r."at"::integer - 1 as at, a.id, a.seen, a.title, a.owner
    from unnest(${sql.join([ids, ...cells])}) with ordinality as r(${sql.join([sql.id("id"), ...cellNames, sql.id("at")])})
    cross join lateral (
      select t.id, ${seen} as seen, case when ${seen} then ${name}::text end as title,
        (select u.name from ${table(reader.schema, "user")} as u where u.id = t.owner) as owner
      from ${source.from()}
      where t.id <> all(${ids}) and ${condition} and not ${decided(reader.schema, sql`r.id`, sql`t.id`)}
      order by 2 desc, t.id limit ${sql.lit(likeMost)}) as a`;
}

/** What is noted of a pair: when and by which operation it came to be, whose, and why it was let be. */
export interface Keeping {
  readonly now: Date;
  readonly by: string | null;
  readonly operation: string;
  readonly reason: string | null;
}

/** Keeps the pairs of these records with others that stand and are like them by a rule; those that are kept already stay as they are. */
export function keepPairs(reader: Reader, rule: ReadDuplicateRule, ids: readonly string[], keeping: Keeping): Piece {
  const { schema } = reader;
  const one = new Source(reader, rule.entity, "a");
  const other = likeAs(reader, rule, "b", (column) => sql`a.${sql.id(column)}`);
  const [ours, theirs] = [held(one, rule), held(other, rule)];
  const { now, by, operation, reason } = keeping;
  return sql`insert into ${table(schema, "_alike")} (id, rule, one, other, at, by, operation, reason)
    select gen_random_uuid(), ${rule.anchor}, least(a.id, b.id), greatest(a.id, b.id), ${now}::timestamptz, ${by}::uuid,
      ${operation}::uuid, ${reason}::text
    from ${one.from()} cross join lateral (
      select b.id from ${other.from()} where b.id <> a.id and ${theirs}
      order by b.id limit ${sql.lit(likeMost)}) as b
    where a.id = any(${ids}::uuid[]) and a.deleted_at is null and ${ours}
    on conflict (one, other) do nothing`;
}

/** The next standing records of a rule's entity by their ids, behind one of them. */
export function nextOf({ schema }: Reader, { entity }: ReadDuplicateRule, after: string | null, most: number): Piece {
  const behind = after === null ? sql`` : sql` and t.id > ${after}::uuid`;
  return sql`select t.id from ${table(schema, entity.name)} as t where t.deleted_at is null${behind} order by t.id limit ${sql.lit(most)}`;
}

/** Which pairs are read. */
export interface PairQuery {
  /** Those that were called not the same, instead of those that are open. */
  readonly decided: boolean;
  /** One alone. */
  readonly id?: string | undefined;
  /** The id of the pair behind which the page begins. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/**
 * Pairs of records that both stand, the newest first, of which the reader knows by their rule; each with its rule, its
 * records and who owns them. One statement, whatever the number of rules.
 */
export function pairsStatement(
  reader: Reader,
  rules: readonly { readonly rule: ReadDuplicateRule; readonly knows: RowRule }[],
  { decided: isDecided, id, before, limit }: PairQuery,
): CompiledStatement {
  const pairs = table(reader.schema, "_alike");
  const behind =
    before === undefined
      ? sql``
      : sql` and (p.at, p.id) < (select c.at, c.id from ${pairs} as c where c.id = ${before}::uuid)`;
  const parts = rules.map(({ rule, knows }) => {
    const record = (alias: string, key: string) => {
      const source = new Source(reader, rule.entity, alias);
      const seen = source.condition(knows, source.root);
      const { nameField } = rule.entity;
      const name = nameField ? (source.value(nameField) as { value: Piece }).value : sql`null`;
      const row = sql.id(alias);
      return sql`cross join lateral (select json_build_object('id', ${row}.id, 'name', ${name}::text,
          'owner', (select u.name from ${table(reader.schema, "user")} as u where u.id = ${row}.owner)) as told
        from ${source.from()} where ${row}.id = p.${sql.id(key)} and ${row}.deleted_at is null and ${seen}) as ${sql.id(key)}`;
    };
    return sql`(select p.id, p.rule, p.at, p.by, p.reason, p.decided_at, p.decided_by, one.told as one, other.told as other
      from ${pairs} as p ${record("a", "one")} ${record("b", "other")}
      where p.rule = ${rule.anchor} and p.decided_at is ${isDecided ? sql`not null` : sql`null`}${
        id === undefined ? sql`` : sql` and p.id = ${id}::uuid`
      }${behind} order by p.at desc, p.id desc limit ${sql.lit(limit)})`;
  });
  const person = (column: string) =>
    sql`(select json_build_object('id', u.id, 'name', u.name) from ${table(reader.schema, "user")} as u where u.id = x.${sql.id(column)})`;
  return compile(sql`select x.id, x.rule, x.at, x.reason, x.decided_at, x.one, x.other, ${person("by")} as by, ${person("decided_by")} as decided_by
    from (${sql.join(parts, sql` union all `)}) as x order by x.at desc, x.id desc limit ${sql.lit(limit)}`);
}
