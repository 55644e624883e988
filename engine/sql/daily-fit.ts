import { sql } from "kysely";
import { zoneOf } from "../calendar/zone.ts";
import { dayMs, dayText } from "../calendar/hours.ts";
import type { Checked } from "../expression/check.ts";
import type { Node } from "../expression/tree.ts";
import type { Measure } from "../measures.ts";
import type { Daily, DailyUse, Keeping } from "../reports/daily.ts";
import type { AggregatePlan } from "../report.ts";
import { compile } from "./compile.ts";
import { columnsKept, valueAt, valueColumn, type ValuePart } from "./daily.ts";
import { compileExpression, type SqlValue } from "./expression.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/** Which part of a value each kind of measure is made of. */
const partsOf: Readonly<Partial<Record<Measure["kind"], ValuePart>>> = { sum: "s", avg: "s", min: "lo", max: "hi" };

/** A measure over sums: what is taken of each, and what groups come to. */
export interface DailyMeasure {
  readonly taken: readonly Piece[];
  readonly currency: Piece;
  readonly piece: Piece;
}

/** A measure as sums have it; nothing where they do not, or where the reader sees less of its value than they hold. */
export function dailyMeasure(source: Source, use: DailyUse, measure: Measure, at: number, held: Piece) {
  const { of, kind, told } = measure;
  const column = (name: string) => sql`${sql.id(source.root.alias)}.${sql.id(name)}`;
  const [own, counted] = [sql.id("s", `m${at}`), sql.id("s", `q${at}`)];
  if (told || kind === "percentile") return undefined;
  if (!of) {
    const piece = sql`coalesce(sum(${own})${held}, 0)::bigint`;
    return { taken: [sql`${column("_n")} as ${sql.id(`m${at}`)}`], currency: sql`null`, piece };
  }
  const [index, part] = [valueIndex(source, use.keeping, of), partsOf[kind]];
  if (index < 0 || !part) return undefined;
  const taken = [
    sql`${column(valueColumn(part, index))} as ${sql.id(`m${at}`)}`,
    ...(kind === "avg" ? [sql`${column(valueColumn("q", index))} as ${sql.id(`q${at}`)}`] : []),
  ];
  const sums = sql`sum(${own})${held}`;
  const pieces: Readonly<Record<string, Piece>> = {
    avg: sql`round(${sums} / nullif(sum(${counted})${held}, 0), 12)`,
    min: sql`min(${own})${held}`,
    max: sql`max(${own})${held}`,
  };
  return { taken, currency: column(valueColumn("c", index)), piece: pieces[kind] ?? sums };
}

/** Which of the values that are kept an expression is, as the reader sees it: what is masked for her is none of them. */
function valueIndex(source: Source, keeping: Keeping, of: Checked): number {
  const { alias } = source.root;
  const wanted = textOf(compileExpression(of, new Source(source.reader, keeping.daily.entity, alias).context()));
  return keeping.daily.values.findIndex((it) => textOf(valueAt(keeping, alias, it)) === wanted);
}

function textOf(value: SqlValue): string {
  const { sql: text, parameters } = compile(
    "value" in value ? sql`${value.value}` : sql`${value.amount}, ${value.currency}`,
  );
  return JSON.stringify([text, parameters]);
}

/**
 * A question as it is asked of sums by day; nothing where they would not answer what the records do. Whatever it reads of
 * a record, for groups, conditions and the rights of its reader, stands in its statement under the record's alias: each
 * of these columns must be one by which the sums are kept apart.
 */
export function fitDaily(
  reader: Reader,
  plan: AggregatePlan,
  sums: Pick<DailyUse, "keeping" | "until">,
  statementOf: (plan: AggregatePlan) => { readonly sql: string },
): AggregatePlan | undefined {
  const { daily } = sums.keeping;
  const split = withoutDays(daily, plan.filter);
  if (plan.asOf !== undefined || plan.search !== undefined || !split || plan.entity.anchor !== daily.entity.anchor)
    return undefined;
  const kept = columnsKept(sums.keeping);
  const { filter, ...days } = split;
  const use: DailyUse = { ...sums, ...days, columns: kept };
  const source = new Source(reader, plan.entity);
  const counts = (it: Measure) => it.ratio !== undefined || it.kind === "count_distinct";
  if (!plan.measures.every((it, at) => counts(it) || dailyMeasure(source, use, it, at, sql``))) return undefined;
  const asked = { ...plan, filter, daily: use };
  const read = columnsRead(statementOf(asked).sql, source.root.alias);
  if (![...read].every((name) => kept.has(name))) return undefined;
  return { ...asked, daily: { ...use, columns: read } };
}

/** The columns of a row that a statement names, or `*`. */
function columnsRead(text: string, alias: string): ReadonlySet<string> {
  const named = new RegExp(`"${alias}"(?:\\.(?:"([^"]+)"|([a-z_]\\w*)|(\\*)))?`, "g");
  const found = [...text.matchAll(named)].flatMap(({ 1: quoted, 2: plain, index, 0: whole }) => {
    const isAlias = text.slice(0, index).endsWith(" as ") && whole === `"${alias}"`;
    return isAlias ? [] : [quoted ?? plain ?? "*"];
  });
  return new Set(found);
}

interface Split {
  readonly filter: Checked | undefined;
  readonly from?: string;
  readonly to?: string;
}

/** A condition without the days of which it speaks; nothing where it speaks of other moments than beginnings of days. */
function withoutDays({ date, zone }: Daily, filter: Checked | undefined): Split | undefined {
  if (!filter || zone === undefined) return { filter };
  const parts = partsOfAnd(filter.node);
  const bounds = parts.map((node) => boundOf(node, date.name));
  const rest = parts.filter((_, at) => !bounds[at]);
  const [first, ...more] = rest;
  const node =
    first && more.reduce<Node>((sofar, it) => ({ ...filter.node, op: "and", args: [sofar, it] }) as Node, first);
  const days = bounds.flatMap((it) => (it ? [{ ...it, day: dayAtBorder(zone, it.moment) }] : []));
  if (days.some(({ day }) => day === undefined)) return undefined;
  const of = (op: ">=" | "<") => days.flatMap((it) => (it.op === op ? [it.day!] : [])).sort();
  const [from, to] = [of(">=").at(-1), of("<")[0]];
  return {
    filter: node && { ...filter, node },
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

const partsOfAnd = (node: Node): readonly Node[] => (node.op === "and" ? node.args.flatMap(partsOfAnd) : [node]);

/** `created_at >= timestamp("…")`, or before it. */
function boundOf(node: Node, date: string): { readonly op: ">=" | "<"; readonly moment: string } | undefined {
  if (node.op !== ">=" && node.op !== "<") return undefined;
  const [one, other] = node.args;
  const isDate = one.op === "path" && one.root === "record" && one.steps.length === 1 && one.steps[0]?.name === date;
  if (!isDate || other.op !== "literal" || other.type.kind !== "moment" || typeof other.value !== "string")
    return undefined;
  return { op: node.op, moment: other.value };
}

const nearMs = 7_200_000;

/** The day that begins at a moment, where one does; none where clocks are put back around it. */
function dayAtBorder(name: string, moment: string): string | undefined {
  const zone = zoneOf(name);
  const at = Date.parse(moment);
  const dayOf = (it: number) => Math.floor(zone.shown(it) / dayMs);
  const isPutBack = zone.shown(at + nearMs) - zone.shown(at - nearMs) < 2 * nearMs;
  return isPutBack || dayOf(at - 1) >= dayOf(at) ? undefined : dayText(dayOf(at));
}
