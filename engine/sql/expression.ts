import { sql } from "kysely";
import type { Checked } from "../expression/check.ts";
import { isOverList, type Node, type Operator, type Path, type PathNode } from "../expression/tree.ts";
import type { Type } from "../expression/type.ts";
import type { Told } from "../measures.ts";
import type { Piece } from "./write.ts";

/** A value of a row: a piece of SQL; for money two, for a reference the id. */
export type SqlValue = { readonly value: Piece } | { readonly amount: Piece; readonly currency: Piece };

/** What an expression is compiled among: how names become columns and parameters. */
export interface SqlContext {
  /** The value at the end of a path that begins at `root`; joins are made on the way. */
  readonly path: (root: string, steps: Path) => SqlValue;
  readonly now: Piece;
  readonly today: Piece;
  /** `exists` over a list: the piece that says whether some record of it fulfils what `condition` makes of it. */
  readonly exists: (
    list: { readonly root: string; readonly steps: Path },
    variable: string,
    condition: (inner: SqlContext) => Piece,
  ) => Piece;
  /** Whether the record that conditions are about is in a segment, by its anchor. */
  readonly inSegment: (segment: string) => Piece;
  /** Whether a run of the record that conditions are about has stood in a state, or has made one of some moves. */
  readonly been: (told: Pick<Told, "workflow" | "state" | "moves">) => Piece;
  /** The least of what `value` makes of the records of a list; null where there is none. */
  readonly least: (
    list: { readonly root: string; readonly steps: Path },
    variable: string,
    value: (inner: SqlContext) => Piece,
  ) => Piece;
}

/** An expression as SQL that means the same; every literal a parameter. */
export function compileExpression({ node }: Checked, context: SqlContext): SqlValue {
  return compile(node, context);
}

/** A part of an expression as SQL that means the same. */
export function compileNode(node: Node, context: SqlContext): SqlValue {
  return compile(node, context);
}

/** A condition as SQL: true or false, never null. */
export function compileCondition({ node }: Checked, context: SqlContext): Piece {
  return condition(node, context);
}

/**
 * A condition as SQL for a WHERE: true exactly where it holds, and false or null elsewhere. Comparisons stand in it as an
 * index wants them.
 */
export function compileWhere({ node }: Checked, context: SqlContext): Piece {
  return where(node, context);
}

function compile(node: Node, context: SqlContext): SqlValue {
  switch (node.op) {
    case "literal":
      return literal(node.value, node.type);
    case "path":
      return idAsText(node, context.path(node.root, node.steps));
    case "as":
      return { value: readAs(plain(compile(node.of, context)), node.type) };
    case "now":
      return { value: context.now };
    case "today":
      return { value: context.today };
    case "member":
      return member(compile(node.of, context), node.name);
    case "negate":
      return each(compile(node.args[0], context), (it) => sql`(- ${it})`);
    case "if":
      return branch(node, context);
    case "call":
      return call(node, context);
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return arithmetic(node.op, node, context);
    default:
      return { value: condition(node, context) };
  }
}

/** Money where one value is wanted is its amount. */
function plain(value: SqlValue): Piece {
  return "value" in value ? value.value : value.amount;
}

function condition(node: Node, context: SqlContext): Piece {
  switch (node.op) {
    case "and":
      return sql`(${condition(node.args[0], context)} and ${condition(node.args[1], context)})`;
    case "or":
      return sql`(${condition(node.args[0], context)} or ${condition(node.args[1], context)})`;
    case "not":
      return sql`(not ${condition(node.args[0], context)})`;
    case "==":
      return equal(node.args, context);
    case "!=":
      return sql`(not ${equal(node.args, context)})`;
    case "<":
    case "<=":
    case ">":
    case ">=":
      return order(node.op, node.args, context);
    case "in":
      return within(node.args, context);
    case "some":
      return some(node, context);
    case "in_segment":
      return context.inSegment(node.segment);
    case "been":
      return sql`(${plain(compile(node.args[0], context))} is not null and ${context.been(node)})`;
    default:
      return sql`coalesce(${plain(compile(node, context))}, false)`;
  }
}

function where(node: Node, context: SqlContext): Piece {
  switch (node.op) {
    case "and":
      return sql`(${where(node.args[0], context)} and ${where(node.args[1], context)})`;
    case "or":
      return sql`(${where(node.args[0], context)} or ${where(node.args[1], context)})`;
    case "==":
      return whereEqual(node.args, context);
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const compared = comparison(node.op, node.args, context);
      return compared ? sql`(${compared})` : sql`false`;
    }
    case "in": {
      const [item, list] = node.args;
      if (item.type.kind === "null" || list.op !== "list" || list.args.length === 0) return within(node.args, context);
      return sql`(${sql.join(
        list.args.map((arg) => whereOneOf([item, arg], context)),
        sql` or `,
      )})`;
    }
    default:
      return condition(node, context);
  }
}

/** One side is a value that is no null, or is equal to nothing where it is one: then nothing empty is equal to it, and texts are equal in every collation alike. */
function whereEqual(args: readonly [Node, Node], context: SqlContext): Piece {
  const known = args.some((arg) => (arg.op === "literal" && arg.value !== null) || isOfMe(arg));
  if (!known || args.some(({ type }) => type.kind === "null")) return equal(args, context);
  const [one, other] = pair(args, context);
  if ("amount" in one && "amount" in other) return equal(args, context);
  return sql`(${plain(one)} = ${plain(other)})`;
}

/** What is empty is in no list. */
function whereOneOf(args: readonly [Node, Node], context: SqlContext): Piece {
  const equal = whereEqual(args, context);
  return args[1].op === "literal" && args[1].value !== null
    ? equal
    : sql`(${plain(compile(args[0], context))} is not null and ${equal})`;
}

function some(node: Node & { readonly op: "some" }, context: SqlContext): Piece {
  const list = node.list as Node & { readonly op: "path" };
  const inner = (wanted: boolean) =>
    context.exists(list, node.variable, (there) =>
      wanted ? condition(node.condition, there) : sql`not ${condition(node.condition, there)}`,
    );
  if (node.how === "any") return inner(true);
  return node.how === "none" ? sql`(not ${inner(true)})` : sql`(not ${inner(false)})`;
}

const textual = (type: Type) => ["text", "choice", "state", "id"].includes(type.kind);

/** Texts are compared sign by sign, whatever the language of the database. */
function collated(piece: Piece, type: Type): Piece {
  return textual(type) ? sql`${piece} collate "C"` : piece;
}

/** An id among expressions is a text: it may be joined to others. */
function idAsText({ type }: Node, value: SqlValue): SqlValue {
  return type.kind === "id" ? { value: sql`${plain(value)}::text` } : value;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An id as PostgreSQL keeps it, where a node is one: a column, or what stands in quotes. So an index serves. */
function uuidOf(node: Node, context: SqlContext): Piece | undefined {
  if (node.op === "path" && (node.type.kind === "id" || node.type.kind === "record"))
    return plain(context.path(node.root, node.steps));
  return node.op === "literal" && uuid.test(String(node.value)) ? sql`${node.value}::uuid` : undefined;
}

/** Both sides of a comparison as PostgreSQL compares them: ids with ids; days and records beside a text are texts. */
function pair(args: readonly [Node, Node], context: SqlContext): readonly [SqlValue, SqlValue, Type] {
  const [left, right] = args;
  if (args.some(({ type }) => type.kind === "id" || type.kind === "record")) {
    const [one, other] = args.map((arg) => uuidOf(arg, context));
    if (one && other) return [{ value: one }, { value: other }, { kind: "record", entities: [] }];
  }
  const [one, other] = args.map((arg) => compile(arg, context)) as [SqlValue, SqlValue];
  if (textual(right.type)) return [asText(one, left.type), other, right.type];
  if (textual(left.type)) return [one, asText(other, right.type), left.type];
  return [one, other, left.type];
}

function asText(value: SqlValue, { kind }: Type): SqlValue {
  const piece = plain(value);
  if (kind === "record") return { value: sql`${piece}::text` };
  if (kind === "date") return { value: sql`to_char(${piece}, 'YYYY-MM-DD')` };
  if (kind === "moment") return { value: sql`to_char(${piece} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')` };
  return value;
}

/** What `jsonb` holds as a value of one type, and null where it holds another. */
function readAs(piece: Piece, { kind }: Type): Piece {
  const text = sql`(${piece} #>> '{}')`;
  const is = (type: string) => sql`jsonb_typeof(${piece}) = ${sql.lit(type)}`;
  if (kind === "text") return sql`(case when ${is("string")} then ${text} end)`;
  if (kind === "boolean") return sql`(case when ${is("boolean")} then ${text}::boolean end)`;
  return sql`trellis.bounded(case when ${is("number")} or (${is("string")} and ${text} ~ '^-?[0-9]{1,40}([.][0-9]{1,40})?$')
    then ${text}::numeric end)`;
}

function equal(args: readonly [Node, Node], context: SqlContext): Piece {
  const [one, other, type] = pair(args, context);
  if (args[1].type.kind === "null") return sql`(${plain(one)} is null)`;
  if (args[0].type.kind === "null") return sql`(${plain(other)} is null)`;
  if ("amount" in one && "amount" in other)
    return sql`(${one.amount} is not distinct from ${other.amount} and ${one.currency} is not distinct from ${other.currency})`;
  if (args.some(isOfMe)) return sql`coalesce(${plain(one)} = ${plain(other)}, false)`;
  return sql`(${collated(plain(one), type)} is not distinct from ${plain(other)})`;
}

/** What is empty with who comes by a portal is equal to nothing: who has no company sees no company's records. */
const isOfMe = (node: Node): boolean => node.op === "path" && node.root === "me";

function order(op: "<" | "<=" | ">" | ">=", args: readonly [Node, Node], context: SqlContext): Piece {
  const compared = comparison(op, args, context);
  return compared ? sql`coalesce(${compared}, false)` : sql`false`;
}

/** The comparison itself, null where a side is empty; none where a side is nothing but null. */
function comparison(op: "<" | "<=" | ">" | ">=", args: readonly [Node, Node], context: SqlContext): Piece | undefined {
  const [one, other, type] = pair(args, context);
  const than = sql.raw(op);
  if (args.some(({ type }) => type.kind === "null")) return undefined;
  if ("amount" in one && "amount" in other)
    return sql`${one.currency} = ${other.currency} and ${one.amount} ${than} ${other.amount}`;
  return sql`${collated(plain(one), type)} ${than} ${plain(other)}`;
}

function within([item, list]: readonly [Node, Node], context: SqlContext): Piece {
  if (item.type.kind === "null") return sql`false`;
  if (isOverList(list)) return among(item, list as PathNode, context);
  if (list.op !== "list")
    return sql`coalesce(${collated(plain(compile(item, context)), item.type)} = any(${plain(compile(list, context))}), false)`;
  if (list.args.length === 0) return sql`false`;
  return sql`(${sql.join(
    list.args.map((arg) => sql`(${plain(compile(item, context))} is not null and ${equal([item, arg], context)})`),
    sql` or `,
  )})`;
}

/** Whether a value is among those that a path over lists leads to. */
function among(item: Node, list: PathNode, context: SqlContext, depth = 0): Piece {
  const at = list.steps.findIndex((step) => step.list);
  const variable = `$among${depth}`;
  const rest: PathNode = { ...list, root: variable, steps: list.steps.slice(at + 1) };
  const element = list.type.kind === "list" ? list.type.of : list.type;
  return context.exists({ root: list.root, steps: list.steps.slice(0, at + 1) }, variable, (inner) => {
    if (isOverList(rest)) return among(item, rest, inner, depth + 1);
    const here: Node = { ...rest, type: element };
    return sql`(${plain(compile(item, inner))} is not null and ${equal([item, here], inner)})`;
  });
}

/** A function of values. What gives money has the currency of the first of them that is some. */
function call(node: Node & { readonly op: "call" }, context: SqlContext): SqlValue {
  const values = node.args.map((arg) => compile(arg, context));
  const value = bounded(node.type, called(node.called.sql(values.length), values.map(plain)));
  const currencies = values.flatMap((it) => ("amount" in it ? [it.currency] : []));
  if (node.type.kind !== "money" || currencies.length === 0) return { value };
  return { amount: value, currency: sql`coalesce(${sql.join(currencies)})` };
}

function branch(node: Node & { readonly op: "if" }, context: SqlContext): SqlValue {
  const when = condition(node.args[0], context);
  const [yes, no] = [compile(node.args[1], context), compile(node.args[2], context)];
  const choose = (one: Piece, other: Piece) => sql`(case when ${when} then ${one} else ${other} end)`;
  if (node.type.kind !== "money") return { value: choose(plain(yes), plain(no)) };
  const part = (value: SqlValue, name: "amount" | "currency") => ("amount" in value ? value[name] : sql`null`);
  return {
    amount: choose(part(yes, "amount"), part(no, "amount")),
    currency: choose(part(yes, "currency"), part(no, "currency")),
  };
}

/** A currency is text among texts: as `char(3)` it would make `coalesce` pass over spaces at a text's end. */
function member(value: SqlValue, name: string): SqlValue {
  if ("amount" in value) return { value: name === "amount" ? value.amount : sql`${value.currency}::text` };
  return { value: sql`nullif(${value.value} -> ${name}::text, 'null'::jsonb)` };
}

function each(value: SqlValue, change: (piece: Piece) => Piece): SqlValue {
  return "value" in value ? { value: change(value.value) } : { ...value, amount: change(value.amount) };
}

function literal(value: string | boolean | null, type: Type): SqlValue {
  const cast = { number: "numeric", duration: "numeric", boolean: "boolean", date: "date", moment: "timestamptz" }[
    type.kind as "number"
  ];
  if (value === null) return { value: sql`null` };
  return { value: sql`${value}::${sql.raw(cast ?? "text")}` };
}

/** What grows beyond 1e30 is null (`trellis.bounded`, a function of the product). */
function bounded(type: Type, piece: Piece): Piece {
  return type.kind === "number" || type.kind === "duration" || type.kind === "money"
    ? sql`trellis.bounded(${piece})`
    : piece;
}

function arithmetic(
  op: Operator,
  node: Node & { readonly args: readonly [Node, Node] },
  context: SqlContext,
): SqlValue {
  const [left, right] = node.args;
  if (left.type.kind === "null" || right.type.kind === "null") return { value: sql`null` };
  const [one, other] = [compile(left, context), compile(right, context)];
  if ("amount" in one && "amount" in other) {
    const alike = sql`case when ${one.currency} = ${other.currency} then ${bounded(node.type, number(op, one.amount, other.amount))} end`;
    return {
      amount: sql`(${alike})`,
      currency: sql`(case when ${one.currency} = ${other.currency} then ${one.currency} end)`,
    };
  }
  if ("amount" in one || "amount" in other) {
    const currency = "amount" in one ? one.currency : (other as { currency: Piece }).currency;
    const amount = bounded(node.type, number(op, plain(one), plain(other)));
    return { amount, currency: sql`(case when ${amount} is not null then ${currency} end)` };
  }
  return {
    value:
      temporal(op, left.type, right.type, one.value, other.value) ??
      bounded(node.type, number(op, one.value, other.value)),
  };
}

/** Twelve places, halves away from zero; by way of forty, so that both worlds round the same digits. */
function number(op: Operator, one: Piece, other: Piece): Piece {
  if (op === "/") return sql`round(round(round(${one}, 40) / nullif(${other}, 0), 40), 12)`;
  if (op === "%") return sql`(${one} % nullif(${other}, 0))`;
  return sql`(${one} ${sql.raw(op)} ${other})`;
}

function temporal(op: Operator, left: Type, right: Type, one: Piece, other: Piece): Piece | undefined {
  if (textual(left)) return sql`(${one} || ${other})`;
  if (left.kind === "date" && right.kind === "date") return sql`(${one} - ${other})::numeric`;
  if (left.kind === "date") return movedDate(op, one, sql`floor(${other} / 86400)`);
  if (left.kind === "moment" && right.kind === "moment") return sql`extract(epoch from ${one} - ${other})::numeric`;
  if (left.kind === "moment") return movedMoment(op, one, other);
  return undefined;
}

/** Null before the year 1 and after 9999, as in JavaScript: a row that nobody sees must not break the statement. */
function movedDate(op: Operator, date: Piece, days: Piece): Piece {
  const by = sql.raw(op);
  return sql`(case when (${date} - date '0001-01-01') ${by} ${days} between 0 and 3652058 then ${date} ${by} ${days}::integer end)`;
}

function movedMoment(op: Operator, moment: Piece, seconds: Piece): Piece {
  const by = sql.raw(op);
  return sql`(case when extract(epoch from ${moment}) ${by} ${seconds} between -62135596800 and 253402300799.999
    then ${moment} ${by} ${seconds} * interval '1 second' end)`;
}

/** The text of a function with its arguments in the places of `$1`, `$2` … */
function called(text: string, args: readonly Piece[]): Piece {
  const pieces = text
    .split(/\$(\d+)/)
    .map((part, at) => (at % 2 === 0 ? sql.raw(part) : (args[Number(part) - 1] ?? sql`null`)));
  return sql`(${sql.join(pieces, sql``)})`;
}
