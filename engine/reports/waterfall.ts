import { Decimal } from "decimal.js";
import type { ReportDocument, ReportWaterfall } from "schemas";
import { dayNumber } from "../calendar/hours.ts";
import type { Model } from "../model.ts";
import { fault, refuse } from "../problem.ts";
import { dayIn } from "../rules.ts";
import type { ReportAnswer, ReportColumn, ReportRow } from "./answer.ts";
import { all, conditionOf, these } from "./drill.ts";
import { lastBefore, namedDays } from "./period.ts";
import type { ReportPlan } from "./plan.ts";
import { converted, isUnrated, partsOf, put, shown, type Purse } from "./purse.ts";
import { unratedBy } from "./unrated.ts";
import { labelOf } from "./values.ts";

/** So many records are read at most. */
export const fallingMost = 200_000;

/** The bars in their order: what is added and taken between the first and the last comes to their difference, exactly. */
export const falls = ["opening", "new", "moved_in", "grown", "shrunk", "won", "lost", "moved_out", "closing"] as const;
type Fall = (typeof falls)[number];

/** The question behind a waterfall: of each record its amount, and whether it is open, won or lost. */
export function fallingOf(document: ReportDocument, { amount, open, won, lost }: ReportWaterfall): ReportDocument {
  const { having: _having, compare: _compare, joined: _joined, sort: _sort, limit: _limit, other: _other } = document;
  const { dimensions = [] } = document;
  const { $schema, $id, $anchor, title, source, filter, period, converted } = document;
  return {
    ...{ $schema, $id, $anchor, title, source, layout: { kind: "table" } },
    ...(filter ? { filter } : {}),
    ...(period ? { period } : {}),
    ...(converted ? { converted } : {}),
    dimensions: [{ id: "record", path: "id" }, ...dimensions] as NonNullable<ReportDocument["dimensions"]>,
    measures: [
      { id: "amount", agg: "sum", of: amount },
      ...Object.entries({ open, won, lost }).map(([id, where]) => ({ id, agg: "count" as const, where })),
    ],
  };
}

/** The two questions: records as they were when the period began, and as they were when it ended, or as they are. */
export function fallBodies(model: Model, { document: { period }, blocks, days }: ReportPlan, now: Date) {
  const { as_of: _asOf, ...body } = blocks[0]!.body;
  const zone = period?.zone ?? model.workspace.time_zone;
  const over = days!.to <= dayNumber(dayIn(zone, now));
  const end = lastBefore(days!.to, zone);
  return {
    first: { ...blocks[0]!.body, totals: false },
    last: { ...body, totals: false, ...(over ? { as_of: end } : {}) },
    over,
  };
}

interface Found {
  readonly record: string;
  readonly amount: unknown;
  readonly open: number;
  readonly won: number;
  readonly lost: number;
  readonly [dimension: string]: unknown;
}

/** One bar: amounts by currency, and whose they are. */
interface Bar {
  readonly purse: Purse;
  readonly ids: Set<string>;
}

/** What happened between both moments, by bars, and by the document's dimension where it has one. */
export function answerFalls(
  spoken: Model,
  document: ReportDocument,
  plan: ReportPlan,
  found: { readonly first: readonly unknown[]; readonly last: readonly unknown[]; readonly over: boolean },
): ReportAnswer {
  if (Math.max(found.first.length, found.last.length) >= fallingMost)
    refuse([fault("report.too_many", { most: fallingMost, path: "/parameters/filter" })]);
  const [dimension] = document.dimensions ?? [];
  const groups = new Map<string, { value: unknown; label: string | null; bars: Map<Fall, Bar> }>();
  const key = plan.blocks[0]!.plan.group.find(({ name }) => name === dimension?.id);
  const groupOf = (row: Found) => {
    const value = dimension ? (row[dimension.id] ?? null) : null;
    const id = typeof value === "object" && value !== null && "id" in value ? value.id : value;
    const name = JSON.stringify(id);
    const group = groups.get(name) ?? { value: id, label: labelOf(spoken, key, value), bars: new Map<Fall, Bar>() };
    groups.set(name, group);
    return { name, bars: group.bars };
  };
  if (!dimension) groups.set("null", { value: null, label: null, bars: new Map() });
  const unrated = new Set<string>();
  for (const { row, fall, value, sign } of steps(found as never, (row) => groupOf(row).name)) {
    const { bars } = groupOf(row);
    const bar = bars.get(fall) ?? { purse: new Map(), ids: new Set<string>() };
    bars.set(fall, bar);
    put(bar.purse, value, sign);
    bar.ids.add(row.record);
    if (plan.rates && isUnrated(plan.rates, value)) unrated.add(row.record);
  }
  const rows = [...groups.values()]
    .toSorted((one, other) => String(one.label ?? "\uffff").localeCompare(String(other.label ?? "\uffff")))
    .flatMap(({ value, label, bars }) =>
      falls.map((fall): ReportRow => {
        const { purse, ids } = bars.get(fall) ?? { purse: new Map(), ids: new Set<string>() };
        const whole = fall === "closing" && !found.over ? openNow(document, plan, dimension && value) : undefined;
        const amount = shown(purse);
        return {
          keys: { ...(dimension ? { [dimension.id]: value } : {}), step: fall },
          labels: { ...(dimension ? { [dimension.id]: label } : {}), step: fall },
          values: { amount: plan.rates ? converted(plan.rates, amount) : amount, n: ids.size },
          drill: [whole ?? these([...ids])],
        };
      }),
    );
  const { days } = plan;
  return {
    title: document.title,
    kind: "waterfall",
    layout: dimension ? { kind: "waterfall", rows: [dimension.id], columns: ["step"] } : document.layout,
    entities: [plan.blocks[0]!.entity.name],
    columns: columns(document, plan),
    rows,
    totals: { keys: {}, labels: {}, values: {}, drill: [null] },
    ...(days ? { period: namedDays(days) } : {}),
    ...(plan.rates ? { currency: plan.rates.own } : {}),
    ...unratedBy(["amount"], [...unrated]),
  };
}

/** What each record adds to which bar. A record that goes from one group to another leaves the one and comes to the other. */
function* steps(
  { first, last }: { readonly first: readonly Found[]; readonly last: readonly Found[] },
  groupOf: (row: Found) => string,
): Generator<{ row: Found; fall: Fall; value: unknown; sign: 1 | -1 }> {
  const then = new Map(first.map((row) => [row.record, row]));
  const later = new Map(last.map((row) => [row.record, row]));
  for (const row of first) {
    if (row.open === 0) continue;
    yield { row, fall: "opening", value: row.amount, sign: 1 };
    const end = later.get(row.record);
    const stays = end && (end.open > 0 || end.won > 0 || end.lost > 0) && groupOf(end) === groupOf(row);
    if (!stays || !alike(row.amount, end.amount)) {
      yield { row, fall: "moved_out", value: row.amount, sign: -1 };
      if (stays) yield* entering(end, "moved_in");
      continue;
    }
    yield* changed(row, end);
    yield* leaving(end);
  }
  for (const end of last) {
    const before = then.get(end.record);
    if (before && before.open > 0 && groupOf(before) === groupOf(end)) continue;
    if (before && before.open === 0 && (before.won > 0 || before.lost > 0) && end.open === 0) continue;
    if (end.open > 0 || end.won > 0 || end.lost > 0) yield* entering(end, before ? "moved_in" : "new");
  }
}

function* entering(row: Found, fall: Fall) {
  yield { row, fall, value: row.amount, sign: 1 as const };
  yield* leaving(row);
}

/** Where what was there is at the end: open still, or left. */
function* leaving(row: Found): Generator<{ row: Found; fall: Fall; value: unknown; sign: 1 | -1 }> {
  if (row.open > 0) yield { row, fall: "closing", value: row.amount, sign: 1 };
  else yield { row, fall: row.won > 0 ? "won" : "lost", value: row.amount, sign: -1 };
}

function* changed(row: Found, end: Found): Generator<{ row: Found; fall: Fall; value: unknown; sign: 1 | -1 }> {
  const [from, to] = [row.amount, end.amount].map((it) => partsOf(it)[0]);
  const amount = new Decimal(to?.amount ?? 0).minus(from?.amount ?? 0);
  if (amount.isZero()) return;
  const currency = (to ?? from)!.currency;
  const value = currency === "" ? amount.toFixed() : { amount: amount.toFixed(), currency };
  yield { row: end, fall: amount.isNegative() ? "shrunk" : "grown", value, sign: 1 };
}

/** Whether two amounts can be taken from each other: an empty one from any. */
function alike(one: unknown, other: unknown): boolean {
  const [left, right] = [partsOf(one)[0], partsOf(other)[0]];
  return !left || !right || left.currency === right.currency;
}

/** What is open at the end is open now: one condition finds it, however much it is. */
function openNow({ waterfall }: ReportDocument, { blocks }: ReportPlan, value: unknown): string {
  const [{ filter, axes }] = blocks as [ReportPlan["blocks"][number]];
  const axis = axes[1];
  return all([filter, waterfall!.open.cel, axis && conditionOf(axis, value)]);
}

function columns({ dimensions = [] }: ReportDocument, { types, blocks }: ReportPlan): readonly ReportColumn[] {
  const [dimension] = dimensions;
  const key = blocks[0]!.plan.group.find(({ name }) => name === dimension?.id);
  const own = dimension
    ? [
        {
          id: dimension.id,
          title: dimension.title ?? key?.path.at(-1)?.field?.title ?? dimension.id,
          role: "dimension" as const,
          type: key?.type.kind ?? "text",
          ...(dimension.grain ? { grain: dimension.grain } : {}),
        },
      ]
    : [];
  return [
    ...own,
    { id: "step", title: "step", role: "dimension", type: "fall" },
    { id: "amount", title: "amount", role: "measure", type: types.get("amount")?.kind ?? "number", block: 0 },
    { id: "n", title: "n", role: "measure", type: "number", block: 0 },
  ];
}
