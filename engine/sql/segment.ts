import { sql } from "kysely";
import { clockTerm, readsClock, type ClockTerm } from "../expression/linear.ts";
import { below, type Node } from "../expression/tree.ts";
import type { Entity, Model } from "../model.ts";
import type { ReadSegment, SegmentClauseRead } from "../segment/segment.ts";
import { compileCondition, compileNode, type SqlContext } from "./expression.ts";
import { addressSql } from "./address.ts";
import { identifier } from "./names.ts";
import { idsSlot, nowSlot, todaySlot } from "./slot.ts";
import { Source, type Reader } from "./source.ts";
import { tableIn, type Piece, type Target } from "./write.ts";

/** For whom a segment is worked out, and the model's own time zone. */
export type Working = Pick<Reader, "model" | "schema">;

type FactRead = SegmentClauseRead & { readonly kind: "facts" };
type ConsentRead = SegmentClauseRead & { readonly kind: "consent" };

/** A table of the engine's own. */
export const table = ({ schema }: Working, name: string) => sql`${sql.raw(schema)}.${sql.raw(name)}`;
const idOf = (source: Source) => sql`${sql.id(source.root.alias)}.id`;
/** The records of an entity as the engine reads them for itself. */
export const engineSource = ({ model, schema }: Working, entity: Entity) =>
  new Source({ model, schema, access: undefined }, entity);

/**
 * Who is in a segment and when that changes next by time alone, of all records of its entity or of those of `ids`: `id`,
 * `member`, `flip`. Records in the trash are in no segment.
 */
export function standingIn(working: Working, segment: ReadSegment, ids?: Piece): Piece {
  const source = engineSource(working, segment.entity);
  const member = membership(working, segment, source);
  const flip = segment.timed ? nextFlip(working, segment, source) : sql`null::timestamptz`;
  const alive = sql`${sql.id(source.root.alias)}.deleted_at is null`;
  const from = source.from();
  const among = ids ? sql` where ${idOf(source)} = any(${ids})` : sql` where ${alive}`;
  return sql`select ${idOf(source)} as id, (${alive} and ${member}) as member,
    (case when ${alive} then ${flip} end) as flip from ${from}${among}`;
}

/** The same of the records of the slot `ids0`, and whether each is kept as a member now: `was`. */
export function standingBeside(working: Working, segment: ReadSegment): Piece {
  return sql`select s.id, s.member, s.flip, ${memberOf(working, segment.anchor, sql`s.id`)} as was
    from (${standingIn(working, segment, idsSlot())}) as s`;
}

/** The condition under which the row at the source's root is in a segment, trash aside. */
export function membership(working: Working, segment: ReadSegment, source: Source): Piece {
  const parts = segment.clauses.map((clause) => clauseHolds(working, segment, clause, source));
  if (parts.length === 0) return sql`false`;
  return sql`(${sql.join(parts, segment.document.match === "any" ? sql` or ` : sql` and `)})`;
}

/** Whether each clause of a segment holds of one record, in the order of the clauses. */
export function clausesOf(working: Working, segment: ReadSegment, id: string): Piece {
  const source = engineSource(working, segment.entity);
  const parts = segment.clauses.map((clause) => clauseHolds(working, segment, clause, source));
  const flip = segment.timed ? nextFlip(working, segment, source) : sql`null::timestamptz`;
  const from = source.from();
  return sql`select array[${sql.join(parts)}]::boolean[] as holds, ${flip} as flip from ${from}
    where ${idOf(source)} = ${id}::uuid and ${sql.id(source.root.alias)}.deleted_at is null`;
}

function clauseHolds(working: Working, segment: ReadSegment, clause: SegmentClauseRead, source: Source): Piece {
  if (clause.kind === "where") return compileCondition(clause.where, source.context(source.root, false));
  const held = otherHolds(working, segment, clause, source);
  return clause.clause.not ? sql`(not ${held})` : held;
}

function otherHolds(
  working: Working,
  { entity }: ReadSegment,
  clause: Exclude<SegmentClauseRead, { readonly kind: "where" }>,
  source: Source,
): Piece {
  if (clause.kind === "facts") return factsHold(working, clause, idOf(source));
  if (clause.kind === "consent")
    return sql`exists (select from ${consents(working, clause, entity, source)}
      and s.state = 'granted' and (s.expires_at is null or s.expires_at > ${nowSlot}))`;
  if (clause.kind === "score") return scored(working, clause, idOf(source));
  const { at } = clause.clause;
  return at === undefined
    ? memberOf(working, clause.segment, idOf(source))
    : wasIn(working, clause.segment, at, idOf(source));
}

/** Whether a record was in a segment at a moment, by who had come and gone until then. */
function wasIn(working: Working, anchor: string, at: string, id: Piece): Piece {
  return sql`coalesce((select c.change = 'enter' from ${table(working, "_segment_change")} as c
    where c.segment = ${anchor}::text and c.record = ${id} and c.at <= ${at}::timestamptz
    order by c.at desc, c.operation desc limit 1), false)`;
}

/** Whether a record is over the threshold of a score, or of one of some grades. */
function scored(working: Working, { clause, score }: SegmentClauseRead & { readonly kind: "score" }, id: Piece): Piece {
  const stands = clause.grades ? sql`s.grade = any(${clause.grades}::text[])` : sql`s.over`;
  return sql`exists (select from ${table(working, "_score")} as s where s.score = ${score}::text and s.record = ${id} and ${stands})`;
}

/** Whether a record is kept as a member of a segment. */
export function memberOf(working: Working, anchor: string, id: Piece): Piece {
  return sql`exists (select from ${table(working, "_segment_member")} as m where m.segment = ${anchor}::text and m.record = ${id})`;
}

/** The facts that a clause counts, of a record. */
function counted(working: Working, { clause, withinSeconds }: FactRead, id: Piece): Piece {
  const tests = (clause.data ?? []).map((test) => sql` and ${dataTest(test)}`);
  const since =
    withinSeconds === undefined
      ? sql``
      : sql` and f.at > ${nowSlot} - make_interval(secs => ${sql.lit(withinSeconds)})`;
  return sql`${table(working, "_fact")} as f where f.record = ${id} and f.type = ${clause.type}::text${since}${
    tests.length === 0 ? sql`` : sql.join(tests, sql``)
  }`;
}

function dataTest({ name, op, value }: NonNullable<FactRead["clause"]["data"]>[number]): Piece {
  const member = sql`f.data ->> ${name}::text`;
  const text = sql`${String(value)}::text`;
  const number = sql`(case when f.data ->> ${name}::text ~ '^-?[0-9]{1,30}([.][0-9]{1,30})?$' then (f.data ->> ${name}::text)::numeric end)`;
  switch (op) {
    case "is":
      return sql`coalesce(${member} = ${text}, false)`;
    case "is_not":
      return sql`coalesce(${member} <> ${text}, true)`;
    case "starts":
      return sql`coalesce(starts_with(${member}, ${text}), false)`;
    case "contains":
      return sql`coalesce(strpos(${member}, ${text}) > 0, false)`;
    case "at_least":
      return sql`coalesce(${number} >= ${Number(value)}::numeric, false)`;
    case "at_most":
      return sql`coalesce(${number} <= ${Number(value)}::numeric, false)`;
  }
}

const timesOf = ({ clause }: FactRead) => clause.times ?? ({ op: ">=", n: 1 } as const);

/** So many at least: there is one behind n - 1 others. */
function atLeast(working: Working, clause: FactRead, id: Piece, n: number): Piece {
  if (n <= 0) return sql`true`;
  return sql`exists (select from ${counted(working, clause, id)} offset ${sql.lit(n - 1)} limit 1)`;
}

function factsHold(working: Working, clause: FactRead, id: Piece): Piece {
  const { op, n } = timesOf(clause);
  const least = (count: number) => atLeast(working, clause, id, count);
  switch (op) {
    case ">=":
      return least(n);
    case ">":
      return least(n + 1);
    case "<":
      return sql`(not ${least(n)})`;
    case "<=":
      return sql`(not ${least(n + 1)})`;
    case "==":
      return sql`(${least(n)} and not ${least(n + 1)})`;
    case "!=":
      return sql`(not (${least(n)} and not ${least(n + 1)}))`;
  }
}

/** The newest facts at whose leaving the window a clause turns round: the n-th and, for some, the one behind it. */
function turningCounts(clause: FactRead): readonly number[] {
  const { op, n } = timesOf(clause);
  const counts = op === ">=" || op === "<" ? [n] : op === ">" || op === "<=" ? [n + 1] : [n, n + 1];
  return counts.filter((count) => count > 0);
}

/** The records of an entity that some addresses of a channel belong to: one look along the index of each field. */
export function reachedBy(
  { schema }: Working,
  entity: Entity,
  channel: "email" | "phone",
  addresses: readonly string[],
): Piece {
  const looks = addressesIn(entity, channel, "t").map(
    (address) => sql`select t.id from ${tableIn({ schema, entity })} as t
      where t.deleted_at is null and ${address} = any(${addresses}::text[])`,
  );
  return looks.length === 0 ? sql`select null::uuid as id where false` : sql.join(looks, sql` union `);
}

/** The addresses of a row as consent is kept for them. */
function addressesIn(entity: Entity, channel: "email" | "phone", alias: string): readonly Piece[] {
  const fields = [...entity.fields.values()].filter(({ type }) => type.reaches === channel);
  return fields.map(({ name }) => sql.raw(addressSql(channel, `${identifier(alias)}.${identifier(name)}`)));
}

function consents(working: Working, { clause, purpose }: ConsentRead, entity: Entity, source: Source): Piece {
  return sql`${table(working, "_consent_state")} as s where s.purpose = ${purpose}::text and s.channel = ${clause.channel}::text
    and s.address = any(array[${sql.join(addressesIn(entity, clause.channel, source.root.alias))}]::text[])`;
}

/** The next moment at which time alone may change whether the row is in the segment; null where it never does. */
export function nextFlip(working: Working, segment: ReadSegment, source: Source): Piece {
  const flips = segment.clauses.flatMap((clause) => flipsOf(working, segment, clause, source));
  return flips.length === 0 ? sql`null::timestamptz` : sql`least(${sql.join(flips)})`;
}

function flipsOf(
  working: Working,
  { entity }: ReadSegment,
  clause: SegmentClauseRead,
  source: Source,
): readonly Piece[] {
  if (clause.kind === "where") return clockFlips(working.model, clause.where.node, source.context(source.root, false));
  if (clause.kind === "consent")
    return [
      sql`(select min(s.expires_at) from ${consents(working, clause, entity, source)} and s.expires_at > ${nowSlot})`,
    ];
  if (clause.kind !== "facts" || clause.withinSeconds === undefined) return [];
  const window = sql`make_interval(secs => ${sql.lit(clause.withinSeconds)})`;
  return turningCounts(clause).map(
    (count) => sql`(select f.at + ${window} from ${counted(working, clause, idOf(source))}
      order by f.at desc, f.id offset ${sql.lit(count - 1)} limit 1)`,
  );
}

/** The next moments at which a condition may turn round by the clock, each null where there is none. */
function clockFlips(model: Model, node: Node, context: SqlContext): readonly Piece[] {
  const term = clockTerm(node);
  if (term && term !== "odd") return term.times === 0 ? [] : [flipOf(model, term, context)];
  if (!readsClock(node)) return [];
  if (node.op === "some" && node.list.op === "path") {
    const inner = (there: SqlContext) => {
      const flips = clockFlips(model, node.condition, there);
      return flips.length === 0 ? sql`null::timestamptz` : sql`least(${sql.join(flips)})`;
    };
    return [context.least(node.list, node.variable, inner)];
  }
  return below(node).flatMap((child) => clockFlips(model, child, context));
}

/** A comparison turns round where the clock reads what makes both sides equal, or right behind that. */
function flipOf(model: Model, { clock, times, rest }: ClockTerm, context: SqlContext): Piece {
  const parts = rest.map(({ sign, node }) => sql`${sql.raw(sign === 1 ? "-" : "+")} ${measure(node, clock, context)}`);
  const zero = sql`((0 ${sql.join(parts, sql` `)})::numeric / ${sql.lit(times)})`;
  if (clock === "now") {
    const at = sql`(timestamptz '1970-01-01 00:00:00+00' + make_interval(secs => (${zero})::float8))`;
    return sql`(case when ${at} > ${nowSlot} then ${at}
      when ${at} + interval '1 millisecond' > ${nowSlot} then ${at} + interval '1 millisecond' end)`;
  }
  const today = sql`(${todaySlot} - date '1970-01-01')`;
  const day = sql`(case when ceil(${zero}) > ${today} then ceil(${zero}) when floor(${zero}) + 1 > ${today} then floor(${zero}) + 1 end)`;
  return sql`((date '1970-01-01' + (${day})::integer)::timestamp at time zone ${model.workspace.time_zone}::text)`;
}

/** A value beside a clock as seconds since 1970 and of spans, beside the day of today as days. */
function measure(node: Node, clock: "now" | "today", context: SqlContext): Piece {
  const value = compileNode(node, context);
  const piece = "value" in value ? value.value : value.amount;
  switch (node.type.kind) {
    case "moment":
      return sql`extract(epoch from ${piece})::numeric`;
    case "date":
      return sql`(${piece} - date '1970-01-01')::numeric`;
    case "duration":
      return clock === "now" ? sql`(${piece})::numeric` : sql`floor((${piece})::numeric / 86400)`;
    default:
      return sql`(${piece})::numeric`;
  }
}

/** Holds the records of the slot `ids0`, so that two who look at them follow each other. */
export function lockMembers(target: Target): Piece {
  return sql`select t.id from ${tableIn(target)} as t where t.id = any(${idsSlot()}) order by t.id for no key update of t`;
}

/** The ids of records from which a step leads to some of `ids`: those that point there, or whose list they are in. */
export function leadingTo(
  { schema }: Working,
  step: {
    readonly from: Entity;
    readonly column: string;
    readonly kind?: { readonly column: string; readonly name: string };
  },
  ids: readonly string[],
): Piece {
  const ofKind = step.kind ? sql` and t.${sql.id(step.kind.column)} = ${step.kind.name}::text` : sql``;
  return sql`select t.id from ${tableIn({ schema, entity: step.from })} as t where t.${sql.id(step.column)} = any(${ids}::uuid[])${ofKind}`;
}

/** What records of `ids` point at by a column. */
export function pointedAt({ schema }: Working, from: Entity, column: string, ids: readonly string[]): Piece {
  return sql`select t.${sql.id(column)} as id from ${tableIn({ schema, entity: from })} as t
    where t.id = any(${ids}::uuid[]) and t.${sql.id(column)} is not null`;
}

/** How many belong to a segment, how many of them are not in it, and how many are who do not belong to it. */
export function turnover(working: Working, segment: ReadSegment): Piece {
  return sql`select count(*) filter (where s.member)::integer as members,
      count(*) filter (where s.member and m.record is null)::integer as joiners,
      ((select count(*) from ${table(working, "_segment_member")} as k where k.segment = ${segment.anchor}::text)
        - count(*) filter (where s.member and m.record is not null))::integer as leavers
    from (${standingIn(working, segment)}) as s
      left join ${table(working, "_segment_member")} as m on m.segment = ${segment.anchor}::text and m.record = s.id`;
}

/** How many records a reader sees of those that fulfil a segment, be it published or not, and the first of them. */
export function previewed(
  reader: Reader,
  segment: ReadSegment,
  most: number,
): { readonly count: Piece; readonly sample: Piece } {
  const working = { model: reader.model, schema: reader.schema };
  const of = (shown: (source: Source) => Piece, tail: Piece) => {
    const source = new Source(reader, segment.entity);
    const answered = shown(source);
    const inner = engineSource(working, segment.entity);
    const member = membership(working, segment, inner);
    const members = sql`select ${idOf(inner)} from ${inner.from()} where ${sql.id(inner.root.alias)}.deleted_at is null and ${member}`;
    const visible = source.visible();
    return sql`select ${answered} from ${source.from()} where ${visible} and ${idOf(source)} in (${members})${tail}`;
  };
  return {
    count: of(() => sql`count(*)::integer as n`, sql``),
    sample: of(
      () => sql`${idOf(new Source(reader, segment.entity))} as id`,
      sql` order by t.id desc limit ${sql.lit(most)}`,
    ),
  };
}
