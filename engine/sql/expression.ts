import { sql } from "kysely";
import type { Checked } from "../expression/check.ts";
import type { Node, Operator, Path } from "../expression/tree.ts";
import type { Type } from "../expression/type.ts";
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
}

/** An expression as SQL that means the same; every literal a parameter. */
export function compileExpression({ node }: Checked, context: SqlContext): SqlValue {
  return compile(node, context);
}

/** A condition as SQL: true or false, never null. */
export function compileCondition({ node }: Checked, context: SqlContext): Piece {
  return condition(node, context);
}

function compile(node: Node, context: SqlContext): SqlValue {
  switch (node.op) {
    case "literal":
      return literal(node.value, node.type);
    case "path":
      return context.path(node.root, node.steps);
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
      return {
        value: bounded(
          node.type,
          called(
            node.called.sql(node.args.length),
            node.args.map((arg) => plain(compile(arg, context), arg.type)),
          ),
        ),
      };
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
function plain(value: SqlValue, _type: Type): Piece {
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
    default:
      return sql`coalesce(${plain(compile(node, context), node.type)}, false)`;
  }
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

const textual = (type: Type) => type.kind === "text" || type.kind === "choice" || type.kind === "state";

/** Texts are compared sign by sign, whatever the language of the database. */
function collated(piece: Piece, type: Type): Piece {
  return textual(type) ? sql`${piece} collate "C"` : piece;
}

/** A reference and an id in quotes: PostgreSQL sees two uuids, or none. */
function pair(args: readonly [Node, Node], context: SqlContext): readonly [SqlValue, SqlValue] {
  const [one, other] = args.map((arg) => compile(arg, context)) as [SqlValue, SqlValue];
  const [left, right] = args;
  const asId = (value: SqlValue): SqlValue => ({ value: sql`${plain(value, left.type)}::text` });
  if (left.type.kind === "record" && right.type.kind === "text") return [asId(one), other];
  if (right.type.kind === "record" && left.type.kind === "text") return [one, asId(other)];
  return [one, other];
}

function equal(args: readonly [Node, Node], context: SqlContext): Piece {
  const [one, other] = pair(args, context);
  if (args[1].type.kind === "null") return sql`(${plain(one, args[0].type)} is null)`;
  if (args[0].type.kind === "null") return sql`(${plain(other, args[1].type)} is null)`;
  if ("amount" in one && "amount" in other)
    return sql`(${one.amount} is not distinct from ${other.amount} and ${one.currency} is not distinct from ${other.currency})`;
  return sql`(${collated(plain(one, args[0].type), args[0].type)} is not distinct from ${plain(other, args[1].type)})`;
}

function order(op: "<" | "<=" | ">" | ">=", args: readonly [Node, Node], context: SqlContext): Piece {
  const [one, other] = pair(args, context);
  const than = sql.raw(op);
  if (args.some(({ type }) => type.kind === "null")) return sql`false`;
  if ("amount" in one && "amount" in other)
    return sql`coalesce(${one.currency} = ${other.currency} and ${one.amount} ${than} ${other.amount}, false)`;
  return sql`coalesce(${collated(plain(one, args[0].type), args[0].type)} ${than} ${plain(other, args[1].type)}, false)`;
}

function within([item, list]: readonly [Node, Node], context: SqlContext): Piece {
  if (item.type.kind === "null") return sql`false`;
  if (list.op !== "list")
    return sql`coalesce(${collated(plain(compile(item, context), item.type), item.type)} = any(${plain(compile(list, context), list.type)}), false)`;
  if (list.args.length === 0) return sql`false`;
  return sql`(${sql.join(
    list.args.map(
      (arg) => sql`(${plain(compile(item, context), item.type)} is not null and ${equal([item, arg], context)})`,
    ),
    sql` or `,
  )})`;
}

function branch(node: Node & { readonly op: "if" }, context: SqlContext): SqlValue {
  const when = condition(node.args[0], context);
  const [yes, no] = [compile(node.args[1], context), compile(node.args[2], context)];
  const choose = (one: Piece, other: Piece) => sql`(case when ${when} then ${one} else ${other} end)`;
  if (node.type.kind !== "money") return { value: choose(plain(yes, node.type), plain(no, node.type)) };
  const part = (value: SqlValue, name: "amount" | "currency") => ("amount" in value ? value[name] : sql`null`);
  return {
    amount: choose(part(yes, "amount"), part(no, "amount")),
    currency: choose(part(yes, "currency"), part(no, "currency")),
  };
}

function member(value: SqlValue, name: string): SqlValue {
  if ("amount" in value) return { value: name === "amount" ? value.amount : value.currency };
  return { value: sql`(${value.value} ->> ${name}::text)` };
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
    const amount = bounded(node.type, number(op, plain(one, left.type), plain(other, right.type)));
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
  if (left.kind === "text" || textual(left)) return sql`(${one} || ${other})`;
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
