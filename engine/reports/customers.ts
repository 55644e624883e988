import type { ReportCustomers, ReportDocument, WorkspaceDocument } from "schemas";
import {
  aliveChance,
  expectedPurchases,
  expectedSpend,
  fitBuying,
  fitSpend,
  type BuyingModel,
  type SpendModel,
} from "../analysis/buyers.ts";
import { repeatRate, rfmOf, type Rfm } from "../analysis/rfm.ts";
import { dayNumber } from "../calendar/hours.ts";
import { fault, refuse } from "../problem.ts";
import type { ReportAnswer, ReportColumn, ReportRow } from "./answer.ts";
import { all, conditionOf } from "./drill.ts";
import { namedDays } from "./period.ts";
import type { ReportPlan } from "./plan.ts";
import { converted, isUnrated, partIn, partsOf, ratesOn } from "./purse.ts";

/** So many days of purchases are read at most. */
export const purchasesMost = 200_000;
const rowsMost = 1000;
const week = 7;
const aheadDefault = 52;

/** The question behind a report of customers: what each bought on each day. */
export function purchasesOf(
  document: ReportDocument,
  { path, date, amount, currency }: ReportCustomers,
): ReportDocument {
  const {
    having: _having,
    compare: _compare,
    joined: _joined,
    sort: _sort,
    limit: _limit,
    other: _other,
    ...rest
  } = document;
  return {
    ...rest,
    dimensions: [
      { id: "customer", path },
      { id: "day", path: date, grain: "day" },
      ...(currency === undefined ? [] : [{ id: "currency", path: currency }]),
    ] as NonNullable<ReportDocument["dimensions"]>,
    measures: [
      { id: "amount", agg: "sum", of: amount, where: { cel: `${path} != null && ${date} != null` } },
      { id: "n", agg: "count" },
    ],
  };
}

/** What one customer bought: days from the first on, and what for. */
interface Purchases {
  readonly id: string;
  readonly name: string | null;
  readonly days: readonly number[];
  readonly amounts: readonly number[];
}

/**
 * What is known of each customer and what is to be expected of her, up to the end of the period or today; weeks are the
 * unit of the model. Customers who are expected to bring most come first.
 */
export function answerCustomers(
  plan: ReportPlan,
  found: readonly unknown[],
  { workspace, today }: { readonly workspace: WorkspaceDocument; readonly today: string },
): ReportAnswer {
  if (found.length >= purchasesMost)
    refuse([fault("report.too_many", { most: purchasesMost, path: "/parameters/period" })]);
  const { document, blocks, days, asOf } = plan;
  const [block] = blocks;
  const end = Math.min(
    days ? days.to - 1 : Infinity,
    asOf === undefined ? dayNumber(today) : dayNumber(asOf.slice(0, 10)),
  );
  const { own, purchases, unrated } = rated(plan, known(found as readonly Found[]), workspace);
  const customers = purchasesBy(purchases);
  const buyers = customers.map((it) => ({ ...it, ...measured(it, end) }));
  const model = fitBuying(buyers);
  const spend = fitSpend(buyers.map(({ frequency, mean }) => ({ frequency, mean })));
  const ahead = document.customers?.ahead ?? aheadDefault;
  const scores = rfmOf(
    customers.map(({ id, days, amounts }) => ({ id, last: days.at(-1)!, orders: days.length, amount: sum(amounts) })),
    end,
  );
  const currencies = new Set(purchases.flatMap(({ amount }) => currencyOf(amount) ?? []));
  const currency = own ?? (currencies.size === 1 ? [...currencies][0] : undefined);
  const rows = buyers.map((it, at): ReportRow & { readonly rank: number } => {
    const foreseen = foresee(it, { model, spend, ahead });
    return {
      keys: { customer: it.id },
      labels: { customer: it.name },
      values: valuesOf(scores[at]!, foreseen, currency),
      drill: [asOf === undefined ? all([block!.filter, conditionOf(block!.axes[0]!, it.id)]) : null],
      rank: foreseen.worth ?? foreseen.purchases ?? 0,
    };
  });
  const ordered = rows.toSorted((one, other) => other.rank - one.rank || one.drill[0]!.localeCompare(other.drill[0]!));
  return {
    title: document.title,
    kind: "customers",
    layout: document.layout,
    entities: [block!.entity.name],
    columns: columns(currency),
    rows: ordered.slice(0, rowsMost).map(({ rank: _rank, ...row }) => row),
    totals: { keys: {}, labels: {}, values: {}, drill: [asOf === undefined ? block!.filter || "true" : null] },
    figures: figuresOf(
      buyers.map(({ days }) => days.length),
      model,
      spend,
    ),
    ...(days ? { period: namedDays(days) } : {}),
    ...(asOf === undefined ? {} : { as_of: asOf }),
    ...(own === undefined ? {} : { currency: own }),
    ...(unrated > 0 ? { unrated: { amount: unrated } } : {}),
    ...(rows.length > rowsMost ? { more: true as const } : {}),
  };
}

interface Found {
  readonly customer: unknown;
  readonly day: string | null;
  readonly currency?: string | null;
  readonly amount: unknown;
  readonly n: number;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, it) => total + it, 0);
const currencyOf = (amount: unknown) => (amount as { currency?: string } | null)?.currency;

/** What has no customer or no day is nobody's. */
const known = (found: readonly Found[]) => found.filter(({ customer, day }) => customer !== null && day !== null);

/** Purchases as sums are made of them, and of how many the currency has no rate; those of one day and currency are one. */
interface Rated {
  /** In which all amounts are, where the report tells them in one. */
  readonly own?: string;
  readonly purchases: readonly Found[];
  readonly unrated: number;
}

/** Amounts in the currency of the workspace, where the report tells them in that or they have several; what has no rate is in none. */
function rated({ document, rates }: ReportPlan, found: readonly Found[], workspace: WorkspaceDocument): Rated {
  const beside = document.customers?.currency !== undefined;
  const several = new Set(found.flatMap(({ amount }) => partsOf(amount).map(({ currency }) => currency))).size > 1;
  if (!rates && !beside && !several) return { purchases: found, unrated: 0 };
  const own = workspace.currency;
  const byDay = new Map(
    rates ? [] : [...new Set(found.map(({ day }) => day!))].map((it) => [it, ratesOn(workspace, it)]),
  );
  const told = found.map((row) => {
    const held = rates ?? byDay.get(row.day!)!;
    const amount = beside && row.amount !== null ? { amount: row.amount, currency: row.currency ?? own } : row.amount;
    const without = rates && !beside ? [] : partsOf(amount).filter((part) => isUnrated(held, part));
    return {
      row: { ...row, amount: partIn(own, converted(held, amount)) },
      unrated: beside && without.length > 0 ? row.n : without.length,
    };
  });
  return { own, purchases: told.map(({ row }) => row), unrated: sum(told.map((it) => it.unrated)) };
}

/** Purchases by their customer, in the order of their days; those of one day are one. */
function purchasesBy(found: readonly Found[]): readonly Purchases[] {
  const groups = Map.groupBy(found, ({ customer }) =>
    typeof customer === "object" ? String((customer as { id: string }).id) : String(customer),
  );
  return [...groups].map(([id, rows]) => {
    const byDay = [...Map.groupBy(rows, ({ day }) => day!)].toSorted(([one], [other]) => (one < other ? -1 : 1));
    const [{ customer }] = rows as [Found];
    return {
      id,
      name: typeof customer === "object" ? ((customer as { name: string | null }).name ?? null) : String(customer),
      days: byDay.map(([day]) => dayNumber(day)),
      amounts: byDay.map(([, them]) => sum(them.map(({ amount }) => amountOf(amount)))),
    };
  });
}

function amountOf(amount: unknown): number {
  if (amount === null) return 0;
  return Number(typeof amount === "object" ? (amount as { amount: string }).amount : amount);
}

function measured({ days, amounts }: Purchases, end: number) {
  const first = days[0]!;
  const frequency = days.length - 1;
  return {
    frequency,
    recency: (days.at(-1)! - first) / week,
    age: Math.max(0, end - first) / week,
    mean: frequency === 0 ? 0 : sum(amounts.slice(1)) / frequency,
  };
}

interface Foreseen {
  readonly alive: number | null;
  readonly purchases: number | null;
  readonly worth: number | null;
}

function foresee(
  buyer: ReturnType<typeof measured>,
  { model, spend, ahead }: { model: BuyingModel | undefined; spend: SpendModel | undefined; ahead: number },
): Foreseen {
  if (!model) return { alive: null, purchases: null, worth: null };
  const purchases = expectedPurchases(model, buyer, ahead);
  return {
    alive: aliveChance(model, buyer),
    purchases,
    worth: spend ? purchases * expectedSpend(spend, buyer) : null,
  };
}

const rounded = (value: number | null, places = 4) => (value === null ? null : Number(value.toFixed(places)));

function valuesOf(
  { recency, frequency, monetary, scores }: Rfm,
  { alive, purchases, worth }: Foreseen,
  currency: string | undefined,
) {
  const money = (amount: number | null) =>
    amount === null || currency === undefined ? rounded(amount, 2) : { amount: amount.toFixed(2), currency };
  return {
    recency,
    orders: frequency,
    amount: money(monetary),
    r: scores[0],
    f: scores[1],
    m: scores[2],
    alive: rounded(alive),
    purchases: rounded(purchases),
    worth: money(worth),
  };
}

function columns(currency: string | undefined): readonly ReportColumn[] {
  const measure = (id: string, type = "number", show?: string): ReportColumn => ({
    id,
    title: id,
    role: "measure",
    type,
    ...(show === undefined ? {} : { show }),
  });
  const money = currency === undefined ? "number" : "money";
  return [
    { id: "customer", title: "customer", role: "dimension", type: "record" },
    { ...measure("recency") },
    { ...measure("orders"), block: 0 },
    { ...measure("amount", money), block: 0 },
    ...["r", "f", "m"].map((id) => measure(id)),
    measure("alive", "number", "percent"),
    measure("purchases"),
    measure("worth", money),
  ];
}

function figuresOf(orders: readonly number[], model: BuyingModel | undefined, spend: SpendModel | undefined) {
  const figure = (id: string, value: number | undefined, show?: string) => ({
    id,
    value: value ?? null,
    ...(show === undefined ? {} : { show }),
  });
  return [
    figure("customers", orders.length),
    figure("repeat", repeatRate(orders), "percent"),
    ...(["r", "alpha", "a", "b"] as const).map((id) => figure(`bg_${id}`, model?.[id])),
    ...(["p", "q", "gamma"] as const).map((id) => figure(`gg_${id}`, spend?.[id])),
  ];
}
