import { Decimal } from "decimal.js";
import type { ReportAttribution, ReportDocument, ReportTouch } from "schemas";
import type { Access } from "../access.ts";
import { attribute, type Touch } from "../analysis/attribution.ts";
import { dayMs } from "../calendar/hours.ts";
import { dayIn } from "../rules.ts";
import type { Environment } from "../expression/evaluate.ts";
import type { Type } from "../expression/type.ts";
import type { Model } from "../model.ts";
import { Problem, fault, refuse, type Fault } from "../problem.ts";
import { planAggregate, type AggregatePlan } from "../report.ts";
import type { ReportAnswer, ReportColumn, ReportRow } from "./answer.ts";
import { these } from "./drill.ts";
import { namedDays } from "./period.ts";
import type { ReportPlan } from "./plan.ts";
import { converted, isUnrated, partIn, partsOf, put, shown, type Purse } from "./purse.ts";
import { unratedBy } from "./unrated.ts";
import { labelOf, sortable, withWorked } from "./values.ts";
import { workedOf, type Worked } from "./worked.ts";

/** So many records, and so many touches of each kind, are read at most. */
export const sharedMost = 200_000;
/** Shares are cut to so many places; what is left over goes to the largest remainders. */
const places = 2;

type Body = Readonly<Record<string, unknown>>;

/** What an attribution asks beside the records themselves. */
export interface SharingPlan {
  readonly touches: readonly { readonly plan: AggregatePlan; readonly body: Body; readonly key: string }[];
  readonly costs?: ReportPlan;
  readonly worked: readonly Worked[];
  readonly types: ReadonlyMap<string, Type>;
}

/** Ids of the fields by which records are known to touches, each once. */
const keysOf = (touches: readonly ReportTouch[]): readonly string[] => [
  ...new Set(touches.map(({ key = "id" }) => key)),
];

/** The question behind an attribution: of each record its amount, its day, and by what touches know it. */
export function sharedOf(document: ReportDocument, { amount, date, touches }: ReportAttribution): ReportDocument {
  const { $schema, $id, $anchor, title, source, filter, period, converted } = document;
  return {
    ...{ $schema, $id, $anchor, title, source, layout: { kind: "table" } },
    ...(filter ? { filter } : {}),
    ...(period ? { period: { ...period, path: period.path ?? date } } : {}),
    ...(converted ? { converted } : {}),
    dimensions: [
      { id: "id", path: "id" },
      { id: "at", path: date, grain: "day" },
      ...keysOf(touches).flatMap((key, at) => (key === "id" ? [] : [{ id: `key${at}`, path: key }])),
    ] as NonNullable<ReportDocument["dimensions"]>,
    measures: [{ id: "amount", agg: "sum", of: amount }],
  };
}

/** The question what that cost to which shares go: the joined entities by the same. */
export function costsOf(document: ReportDocument): ReportDocument | undefined {
  const [first, ...others] = document.joined ?? [];
  if (!first) return undefined;
  const { $schema, $id, $anchor, title, period, converted } = document;
  return {
    ...{ $schema, $id, $anchor, title, source: first.source, measures: first.measures, layout: { kind: "table" } },
    dimensions: [{ id: "by", path: first.paths?.by ?? "id" }],
    ...(first.filter ? { filter: first.filter } : {}),
    ...(period && first.period !== undefined ? { period: { ...period, path: first.period } } : {}),
    ...(converted ? { converted } : {}),
    joined: others,
  };
}

/** Plans what is asked beside; tells all that is wrong with it by its places. */
export function planSharing(
  model: Model,
  access: Access,
  document: ReportDocument,
  { records, costs }: { readonly records: ReportPlan; readonly costs: ReportPlan | undefined },
): SharingPlan {
  const { touches, models } = document.attribution!;
  const faults: Fault[] = [];
  const planned = touches.flatMap(({ source, of, by, date, filter, key = "id" }, at) => {
    const body = {
      group: Object.entries({ of, by, at: date }).map(([name, field]) => ({ name, field })),
      measures: { n: "count()" },
      ...(filter ? { filter: filter.cel } : {}),
    };
    try {
      return [{ plan: planAggregate(model, access, source, body), body, key }];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      faults.push(...error.faults.map((it) => ({ ...it, path: `/attribution/touches/${at}` })));
      return [];
    }
  });
  const amount = records.types.get("amount") ?? { kind: "number" };
  const types = new Map<string, Type>([
    ...models.map((name) => [name, amount] as const),
    ["n", { kind: "number" }],
    ...(costs?.types ?? []),
  ]);
  const measures = document.measures.map((measure, at) => ({ measure, place: `/measures/${at}` }));
  for (const { measure, place } of measures)
    if (measure.agg !== "formula" && measure.agg !== "ratio")
      faults.push(fault("report.malformed", { wanted: "a formula or a ratio over the shares", path: `${place}/agg` }));
  const worked = workedOf(model, measures, types, faults);
  refuse(faults);
  return { touches: planned, ...(costs ? { costs } : {}), worked, types };
}

type Row = Readonly<Record<string, unknown>>;
interface Conversion {
  readonly id: string;
  readonly amount: unknown;
  readonly touches: readonly (Touch & { readonly at: string })[];
}

const idOf = (value: unknown): string =>
  typeof value === "object" && value !== null && "id" in value ? String(value.id) : String(value);

/** Shares by what they go to, each model beside the others, with what that cost. */
export function answerShares(
  spoken: Model,
  document: ReportDocument,
  { records, sharing }: { readonly records: ReportPlan; readonly sharing: SharingPlan },
  found: {
    readonly records: readonly unknown[];
    readonly touches: readonly (readonly unknown[])[];
    readonly costs?: ReportAnswer;
  },
  environment: Pick<Environment, "now" | "today">,
): ReportAnswer {
  if ([found.records, ...found.touches].some(({ length }) => length >= sharedMost))
    refuse([fault("report.too_many", { most: sharedMost, path: "/parameters/period" })]);
  const { models, touches: written, title = "by" } = document.attribution!;
  const labels = new Map<string, string | null>();
  const zone = spoken.workspace.time_zone;
  const byKey = sharing.touches.map(({ plan }, at) =>
    touchesByKey(found.touches[at] as readonly Row[], (value) => {
      labels.set(
        idOf(value),
        labelOf(
          spoken,
          plan.group.find(({ name }) => name === "by"),
          value,
        ),
      );
      return idOf(value);
    }),
  );
  const keys = keysOf(written);
  const conversions = (found.records as readonly Row[]).map((row): Conversion => {
    const touches = sharing.touches.flatMap(({ key }, at) => {
      const value = key === "id" ? row.id : row[`key${keys.indexOf(key)}`];
      return value === null || value === undefined ? [] : (byKey[at]!.get(idOf(value)) ?? []);
    });
    const day = row.at === null ? undefined : String(row.at);
    const before = touches.filter(({ at }) => day === undefined || dayOf(at, zone) <= day);
    const last = day === undefined ? dayIn(zone, new Date(environment.now)) : day;
    return {
      id: String(row.id),
      amount: records.rates ? converted(records.rates, row.amount) : row.amount,
      touches: before
        .toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
        .map((it) => ({ ...it, day: (Date.parse(dayOf(it.at, zone)) - Date.parse(last)) / dayMs })),
    };
  });
  const purses = new Map(models.map((name) => [name, sharesBy(name, conversions)] as const));
  const ids = new Map<string, string[]>();
  for (const { id, touches } of conversions)
    for (const source of new Set(touches.length === 0 ? [""] : touches.map((it) => it.source)))
      ids.set(source, [...(ids.get(source) ?? []), id]);
  const costs = new Map(found.costs?.rows.map((row) => [idOf(row.keys.by), row]));
  for (const [id, { labels: told }] of costs) if (!labels.has(id)) labels.set(id, told.by ?? null);
  const all = [...new Set([...ids.keys(), ...[...costs.keys()].filter((it) => it !== "null")])];
  const blocks = found.costs?.entities.length ?? 0;
  const rows = all.map((by): ReportRow => {
    const cost = costs.get(by);
    const shares = models.map((name) => [name, shown(purses.get(name)!.get(by) ?? new Map())]);
    const values = {
      ...Object.fromEntries(shares),
      n: ids.get(by)?.length ?? 0,
      ...emptyOf(found.costs),
      ...cost?.values,
    };
    return {
      keys: { by: by === "" ? null : by },
      labels: { by: by === "" ? null : (labels.get(by) ?? null) },
      values: withWorked(sharing.worked, values, environment),
      drill: [these(ids.get(by) ?? []), ...(cost?.drill ?? Array.from({ length: blocks }, () => null))],
    };
  });
  const sum = (name: string): Purse => {
    const purse: Purse = new Map();
    for (const row of rows) put(purse, row.values[name]);
    return purse;
  };
  const whole = { ...Object.fromEntries(models.map((name) => [name, shown(sum(name))])), n: conversions.length };
  const { rates, days } = records;
  const value = ({ values }: ReportRow) => sortable(partIn(rates?.own, values[models[0]!])) ?? -Infinity;
  const without = rates ? conversions.filter(({ amount }) => isUnrated(rates, amount)) : [];
  const own = unratedBy(
    models,
    without.map(({ id }) => id),
  );
  const { unrated, unrated_drill } = found.costs ?? {};
  return {
    title: document.title,
    kind: "attribution",
    layout: document.layout,
    entities: [records.blocks[0]!.entity.name, ...(found.costs?.entities ?? [])],
    columns: columns(document, { sharing, title, costs: found.costs }),
    rows: rows.toSorted((one, other) => value(other) - value(one)),
    totals: {
      keys: {},
      labels: {},
      values: withWorked(sharing.worked, { ...whole, ...found.costs?.totals.values }, environment),
      drill: [records.blocks[0]!.filter || "true", ...(found.costs?.totals.drill ?? [])],
    },
    ...(days ? { period: namedDays(days) } : {}),
    ...(rates ? { currency: rates.own } : {}),
    ...own,
    ...(unrated ? { unrated: { ...own.unrated, ...unrated } } : {}),
    ...(unrated_drill ? { unrated_drill: { ...own.unrated_drill, ...unrated_drill } } : {}),
  };
}

const dayOf = (at: string, zone: string) => (at.length === 10 ? at : dayIn(zone, new Date(at)));

function touchesByKey(rows: readonly Row[], sourceOf: (value: unknown) => string) {
  const known = rows.filter(({ of, by, at }) => of !== null && by !== null && at !== null);
  const touches = known.map(({ of, by, at }) => ({
    key: idOf(of),
    touch: { source: sourceOf(by), at: String(at), day: 0 },
  }));
  return new Map(
    [...Map.groupBy(touches, ({ key }) => key)].map(([key, them]) => [key, them.map(({ touch }) => touch)]),
  );
}

/** The shares of one model, by currency: what each gets of all amounts, whose sum is what was booked. */
function sharesBy(model: ReportAttribution["models"][number], conversions: readonly Conversion[]): Map<string, Purse> {
  const parts = conversions.flatMap(({ amount, touches }) => partsOf(amount).map((it) => ({ ...it, touches })));
  const purses = new Map<string, Purse>();
  for (const [currency, them] of Map.groupBy(parts, (it) => it.currency))
    for (const [source, amount] of attribute(model, them, places)) {
      const purse = purses.get(source) ?? new Map<string, Decimal>();
      purses.set(source, purse.set(currency, new Decimal(amount)));
    }
  return purses;
}

const emptyOf = (costs: ReportAnswer | undefined) =>
  Object.fromEntries(
    (costs?.columns ?? []).flatMap(({ id, role }) => (role === "measure" ? [[id, null] as const] : [])),
  );

function columns(
  { attribution, measures }: ReportDocument,
  given: { readonly sharing: SharingPlan; readonly title: string; readonly costs: ReportAnswer | undefined },
): readonly ReportColumn[] {
  const { types } = given.sharing;
  const typeOf = (id: string) => types.get(id)?.kind ?? "number";
  return [
    { id: "by", title: given.title, role: "dimension", type: "record" },
    ...attribution!.models.map((id) => ({ id, title: id, role: "measure" as const, type: typeOf(id), block: 0 })),
    { id: "n", title: "n", role: "measure", type: "number", block: 0 },
    ...(given.costs?.columns ?? []).flatMap((it) =>
      it.role === "measure" ? [{ ...it, ...(it.block === undefined ? {} : { block: it.block + 1 }) }] : [],
    ),
    ...measures.map(({ id, title = id, show, empty, hidden }): ReportColumn => ({
      id,
      title,
      role: "measure",
      type: typeOf(id),
      ...(show === undefined ? {} : { show }),
      ...(empty === undefined ? {} : { empty }),
      ...(hidden ? { hidden: true } : {}),
    })),
  ];
}
