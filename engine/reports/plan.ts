import type { ReportBlock, ReportDimension, ReportDocument, ReportMeasure } from "schemas";
import type { Access } from "../access.ts";
import { typeOfMeasure } from "../measures.ts";
import type { Type } from "../expression/type.ts";
import type { Entity, Model } from "../model.ts";
import { Problem, fault, refuse, type Fault } from "../problem.ts";
import { planAggregate, type AggregatePlan, type FiscalYear } from "../report.ts";
import { dayIn } from "../rules.ts";
import { fits, type Unit } from "./buckets.ts";
import { dayNumber, dayText } from "../calendar/hours.ts";
import { purchasesOf } from "./customers.ts";
import { all, between, type Axis } from "./drill.ts";
import { costsOf, planSharing, sharedOf, type SharingPlan } from "./attribution.ts";
import { bodyOfMeasure } from "./measure-body.ts";
import { clearOf, daysOf, lastBefore, shifted, type Days } from "./period.ts";
import { ratesOn, type Rates } from "./purse.ts";
import { fallingOf } from "./waterfall.ts";
import { workedOf, type Worked } from "./worked.ts";

/** What a run may choose beside the document. */
export interface ReportParameters {
  /** One more condition over the records of the source. */
  readonly filter?: string;
  /** Other days than the document's. */
  readonly period?: Readonly<Record<string, unknown>>;
  /** The day at whose end records are read. */
  readonly as_of?: string | null;
}

/** One entity's part of a report: a question as `planAggregate` reads it. */
export interface Block {
  readonly entity: Entity;
  readonly plan: AggregatePlan;
  readonly body: Readonly<Record<string, unknown>>;
  readonly filter: string;
  readonly axes: readonly (Axis | undefined)[];
  /** The same some time before or after, where the report compares. */
  readonly before?: { readonly body: Readonly<Record<string, unknown>>; readonly filter: string };
}

/** A report with all that it names found and allowed. */
export interface ReportPlan {
  readonly document: ReportDocument;
  readonly dimensions: readonly ReportDimension[];
  readonly blocks: readonly Block[];
  readonly worked: readonly Worked[];
  readonly days: Days | undefined;
  readonly asOf: string | undefined;
  /** Of which type each measure is, by its id. */
  readonly types: ReadonlyMap<string, Type>;
  /** What an attribution asks beside. */
  readonly sharing?: SharingPlan;
  /** By which money is told in one currency, where it is. */
  readonly rates?: Rates;
}

/** What the body of a question calls otherwise than the measure of a report. */
const calledHere = new Map([
  ["field", "path"],
  ["filter", "where"],
  ["share", "p"],
]);

const aggregated = (measure: ReportMeasure) => measure.agg !== "formula" && measure.agg !== "ratio";

/** Plans a report for a reader on a day; tells all that is wrong with it at once, each by its place in the document. */
export function planReport(
  model: Model,
  access: Access,
  document: ReportDocument,
  given: { readonly now: Date; readonly parameters?: ReportParameters },
): ReportPlan {
  refuse(formFaults(document));
  const asked = askedOf(document);
  const plan = planned(model, access, asked, { ...given, undated: document.waterfall !== undefined });
  if (document.customers?.currency !== undefined && plan.types.get("amount")?.kind === "money")
    refuse([fault("report.malformed", { wanted: "none: the amount has its own", path: "/customers/currency" })]);
  if (!document.attribution) return plan;
  const beside = costsOf(document);
  const { filter: _filter, ...parameters } = given.parameters ?? {};
  const { period: _period, ...undated } = parameters;
  const own = beside && planned(model, access, beside, { ...given, parameters: beside.period ? parameters : undated });
  return { ...plan, sharing: planSharing(model, access, document, { records: plan, costs: own }) };
}

/** The question that a report asks: its own, or that behind one of a form of its own. */
function askedOf(document: ReportDocument): ReportDocument {
  if (document.customers) return purchasesOf(document, document.customers);
  if (document.waterfall) return fallingOf(document, document.waterfall);
  return document.attribution ? sharedOf(document, document.attribution) : document;
}

type Given = { readonly now: Date; readonly parameters?: ReportParameters; readonly undated?: boolean };

function planned(model: Model, access: Access, document: ReportDocument, given: Given): ReportPlan {
  const reading = new Reading(model, access, document, given);
  const plan = reading.plan();
  refuse(reading.faults);
  return plan;
}

/** A report of a form of its own is shown so, and has what that asks for. */
function formFaults({ layout, customers, waterfall, attribution, dimensions = [], period }: ReportDocument): Fault[] {
  const bad = (wanted: string, path: string) => [fault("report.malformed", { wanted, path })];
  const forms = Object.entries({ customers, waterfall, attribution });
  const odd = forms.find(([kind, form]) => (layout.kind === kind) !== (form !== undefined));
  return [
    ...(odd ? bad(`\`${odd[0]}\` where it is shown so, and nowhere else`, "/layout/kind") : []),
    ...(waterfall && !period ? bad("a period, at whose ends records are read", "/period") : []),
    ...(waterfall && dimensions.length > 1 ? bad("one dimension at most", "/dimensions") : []),
    ...(attribution && dimensions.length > 0 ? bad("no dimensions: shares go to what touched", "/dimensions") : []),
    ...(period && period.path === undefined && !waterfall && !attribution
      ? bad("the path of a date", "/period/path")
      : []),
  ];
}

/** Walks through one report and gathers its faults. */
class Reading {
  readonly faults: Fault[] = [];
  readonly #model: Model;
  readonly #access: Access;
  #document: ReportDocument;
  readonly #parameters: ReportParameters;
  readonly #now: Date;
  /** The period asks for no date of the records. */
  readonly #undated: boolean;

  constructor(
    model: Model,
    access: Access,
    document: ReportDocument,
    { now, parameters = {}, undated = false }: Given,
  ) {
    this.#model = model;
    this.#access = access;
    this.#document = document;
    this.#parameters = parameters;
    this.#undated = undated;
    this.#now = now;
  }

  plan(): ReportPlan {
    const dimensions = this.#document.dimensions ?? [];
    const period = this.#period();
    const zone = period?.zone ?? this.#zone;
    const days = period && daysOf(period, dayIn(zone, this.#now), this.#year(period.fiscal));
    if (this.#parameters.period && this.#document.compare && days)
      this.#document = { ...this.#document, compare: clearOf(days, this.#document.compare) };
    const document = this.#document;
    const asOf = this.#undated ? days && lastBefore(days.from, zone) : this.#asOf();
    if (this.#undated && !days) this.#bad("a unit, or a first and a last day", "/period");
    const blocks = [
      this.#block(
        {
          source: document.source,
          measures: document.measures,
          ...(document.filter ? { filter: document.filter } : {}),
        },
        0,
        {
          period,
          days,
          asOf,
        },
      ),
      ...(document.joined ?? []).map((block, at) => this.#block(block, at + 1, { period, days, asOf })),
    ];
    const found = blocks.filter((it): it is Block => it !== undefined);
    const types = new Map(
      found.flatMap(({ plan }) => plan.measures.map((it) => [it.name, typeOfMeasure(it, plan.measures)] as const)),
    );
    const all = this.#measures();
    const twice = [...dimensions, ...all].map(({ id }) => id).find((id, at, ids) => ids.indexOf(id) !== at);
    if (twice !== undefined) this.#bad(`each id once, and not "${twice}" again`, "/measures");
    const worked = this.#worked(all, found, types);
    this.#layout(dimensions, all);
    if (document.converted && document.having) this.#bad("no condition over what is converted", "/having");
    const rates = document.converted
      ? { rates: ratesOn(this.#model.workspace, this.#lastDay(days, this.#undated ? undefined : asOf)) }
      : {};
    return { document, dimensions, blocks: found, worked, days, asOf, types, ...rates };
  }

  /** The last day that counts, and today where it is not over. */
  #lastDay(days: Days | undefined, asOf: string | undefined): string {
    const today = dayIn(this.#zone, this.#now);
    const ends = [days && dayText(days.to - 1), asOf?.slice(0, 10)];
    return ends.reduce<string>((least, it) => (it !== undefined && it < least ? it : least), today);
  }

  #measures(): readonly ReportMeasure[] {
    return [...this.#document.measures, ...(this.#document.joined ?? []).flatMap(({ measures }) => measures)];
  }

  #bad(wanted: string, path: string): void {
    this.faults.push(fault("report.malformed", { wanted, path }));
  }

  #layout(dimensions: readonly ReportDimension[], measures: readonly ReportMeasure[]): void {
    const { rows = [], columns = [], target } = this.#document.layout;
    const ids = dimensions.map(({ id }) => id);
    for (const [key, names] of Object.entries({ rows, columns }))
      for (const name of names) if (!ids.includes(name)) this.#bad(`one of: ${ids.join(", ")}`, `/layout/${key}`);
    if (target !== undefined && !measures.some(({ id }) => id === target))
      this.#bad("the id of a measure", "/layout/target");
  }

  #asOf(): string | undefined {
    const day = this.#parameters.as_of === undefined ? this.#document.as_of : (this.#parameters.as_of ?? undefined);
    if (day === undefined) return undefined;
    const number = /^\d{4}-\d\d-\d\d$/.test(day) ? dayNumber(day) : Number.NaN;
    if (Number.isNaN(number)) return void this.#bad("a day, 2026-03-31 for instance", "/as_of");
    return lastBefore(number + 1, this.#zone);
  }

  #period(): ReportDocument["period"] {
    const { period: given } = this.#parameters;
    const own = this.#document.period;
    if (given === undefined) return own;
    const path = typeof given.path === "string" ? given.path : own?.path;
    if (path === undefined && !this.#undated) return void this.#bad("the path of a date", "/period/path");
    const dated = path === undefined ? {} : { path };
    const { unit, from, to, first, last } = given;
    const units = ["day", "week", "month", "quarter", "year"];
    const whole = (it: unknown) => it === undefined || (Number.isInteger(it) && Math.abs(Number(it)) <= 1000);
    const day = (it: unknown) => typeof it === "string" && /^\d{4}-\d\d-\d\d$/.test(it) && !Number.isNaN(dayNumber(it));
    const zoned = own?.zone === undefined ? {} : { zone: own.zone };
    if (unit === undefined && day(first) && day(last))
      return { ...dated, ...zoned, first: String(first), last: String(last) };
    if (!units.includes(unit as string) || !whole(from) || !whole(to))
      return void this.#bad("a unit with whole numbers `from` and `to`, or a first and a last day", "/period");
    return { ...own, ...dated, unit: unit as Unit, from: Number(from ?? 0), to: Number(to ?? 0) };
  }

  #year(given: ReportDimension["fiscal"]): FiscalYear | undefined {
    if (!given) return undefined;
    const { fiscal_year_start: start = 1, fiscal_year_named: called = "first" } = this.#model.workspace;
    const { month = start, named = called } = given;
    return month === 1 ? undefined : { month, named };
  }

  #block(
    given: Pick<ReportBlock, "source" | "measures" | "filter"> & Partial<ReportBlock>,
    at: number,
    { period, days, asOf }: { period: ReportDocument["period"]; days: Days | undefined; asOf: string | undefined },
  ): Block | undefined {
    const place = at === 0 ? "" : `/joined/${at - 1}`;
    const document = this.#document;
    const dimensions = document.dimensions ?? [];
    const paths = dimensions.map(({ id, path }) => (at === 0 ? path : given.paths?.[id]));
    const shown = dimensions.flatMap((dimension, index) => {
      const path = paths[index];
      return path === undefined ? [] : [{ ...dimension, path }];
    });
    const path = at === 0 ? (this.#undated ? undefined : period?.path) : given.period;
    const days2 = path === undefined ? undefined : days;
    const zone = period?.zone ?? this.#zone;
    const own = at === 0 ? this.#parameters.filter : undefined;
    const single = document.joined === undefined;
    const bodyOf = (filter: string) => ({
      group: shown.map((it) => this.#group(it, dimensions)),
      measures: this.#bodies(given.measures),
      ...(filter === "" ? {} : { filter }),
      ...(single && document.having ? { having: document.having.cel } : {}),
      ...(single && document.sort && this.#sortsInside() ? { sort: document.sort } : {}),
      ...(single && document.limit !== undefined && this.#sortsInside() ? { limit: document.limit } : {}),
      totals: true,
      ...(single && document.other ? { other: true } : {}),
      ...(asOf === undefined ? {} : { as_of: asOf }),
    });
    const open = all([given.filter?.cel, own]);
    const plan = this.#aggregate(given.source, bodyOf(open), place);
    if (!plan) return undefined;
    const axes = dimensions.map(({ id, grain, zone: own, fiscal, since }, index): Axis | undefined => {
      const key = plan.group.find(({ name }) => name === id);
      if (!key || paths[index] === undefined) return undefined;
      if (key.path.some(({ list }) => list) || (key.type.kind === "moment" && grain === undefined))
        this.#bad("a field that each record has once; a moment wants its grain", `${place}/dimensions/${index}/path`);
      const year = since === undefined ? this.#year(fiscal) : undefined;
      return { path: paths[index], type: key.type, grain, zone: own ?? this.#zone, fiscal: year };
    });
    const type = path === undefined ? undefined : this.#dateAt(plan, path, `${place}/period`);
    const within = (them: Days | undefined) =>
      them && path && type ? between({ path, type, zone }, them.from, them.to) : undefined;
    const filter = all([open, within(days2)]);
    const { compare } = document;
    if (compare && at === 0 && (!days || !path)) this.#bad("a period that is compared with another", "/compare");
    if (compare) this.#compares(dimensions, path);
    const earlier = compare && days2 ? all([open, within(shifted(days2, compare))]) : undefined;
    return {
      entity: plan.entity,
      plan,
      body: bodyOf(filter),
      filter,
      axes,
      ...(earlier === undefined ? {} : { before: { body: { ...bodyOf(earlier), limit: 1000 }, filter: earlier } }),
    };
  }

  get #zone(): string {
    return this.#model.workspace.time_zone;
  }

  /** Formulas are worked out, and money is converted, behind the statement: what is sorted by them is sorted then. */
  #sortsInside(): boolean {
    const { measures, converted } = this.#document;
    const outside = measures
      .filter(({ agg }) => agg === "formula" || (converted && agg !== "count"))
      .map(({ id }) => id);
    return !(this.#document.sort ?? "").split(",").some((it) => outside.includes(it.trim().replace(/^-/, "")));
  }

  #compares(dimensions: readonly ReportDimension[], path: string | undefined): void {
    const { compare } = this.#document;
    for (const [at, it] of dimensions.entries())
      if (
        it.path === path &&
        it.grain &&
        it.since === undefined &&
        (it.grain === "hour" || !fits(it.grain, compare!.unit))
      )
        this.#bad("a shift by which the grains of its date fall on each other", `/dimensions/${at}/grain`);
  }

  /** The type of the date that must lie in the period. */
  #dateAt(plan: AggregatePlan, path: string, place: string): Type | undefined {
    const probe = this.#aggregate(
      plan.entity.name,
      { group: [{ field: path, by: "day" }], measures: { n: "count()" } },
      place,
    );
    return probe?.group[0]?.type;
  }

  #aggregate(source: string, body: Readonly<Record<string, unknown>>, place: string): AggregatePlan | undefined {
    try {
      return planAggregate(this.#model, this.#access, source, body);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.faults.push(...error.faults.map((it) => ({ ...it, path: this.#placed(it.path ?? "", place) })));
      return undefined;
    }
  }

  /** Where in the document stands what a body of a question says. */
  #placed(path: string, place: string): string {
    const [, part, name = "", ...rest] = path.split("/");
    const dimensions = this.#document.dimensions ?? [];
    if (part === "group") return place === "" ? `/dimensions/${name}/${rest.at(-1) ?? "path"}` : `${place}/paths`;
    if (part !== "measures") return part === undefined ? `${place}/source` : `${place}/${part}`;
    const measures =
      place === "" ? this.#document.measures : (this.#document.joined?.[Number(place.split("/")[2])]?.measures ?? []);
    const at = measures.findIndex(({ id }) => id === name);
    if (dimensions.length + at < 0) return place;
    const steps = rest.filter((it) => it !== "told").map((it) => calledHere.get(it) ?? it);
    return [`${place}/measures/${Math.max(at, 0)}`, ...steps].join("/");
  }

  #group({ id, path, grain, zone, fiscal, since }: ReportDimension, dimensions: readonly ReportDimension[]) {
    const base = since === undefined ? undefined : dimensions.find((it) => it.id === since);
    if (
      since !== undefined &&
      (!base?.grain || base.grain !== grain || base.since !== undefined || base.fiscal || fiscal)
    )
      this.#bad("the id of another dimension with the same grain and the years of the calendar", "/dimensions");
    const year = this.#year(fiscal);
    return {
      name: id,
      field: path,
      ...(grain === undefined ? {} : { by: grain, zone: zone ?? this.#zone }),
      ...(year ? { fiscal: year } : {}),
      ...(base ? { since: base.path } : {}),
    };
  }

  /** Measures as the body of a question has them, with the ratios of one entity's measures. */
  #bodies(measures: readonly ReportMeasure[]): Readonly<Record<string, unknown>> {
    const own = new Set(measures.filter(aggregated).map(({ id }) => id));
    const inside = measures.filter(
      (it) =>
        aggregated(it) ||
        (it.agg === "ratio" && !this.#document.converted && own.has(it.over ?? "") && own.has(it.under ?? "")),
    );
    const entries = inside.map((it) => [it.id, bodyOfMeasure(it)] as const);
    return Object.fromEntries(entries.length > 0 ? entries : [["n", "count()"]]);
  }

  /** Ratios over several entities, over formulas or over what is converted, and formulas, in their order. */
  #worked(measures: readonly ReportMeasure[], blocks: readonly Block[], types: Map<string, Type>): readonly Worked[] {
    const inside = new Set(blocks.flatMap(({ plan }) => plan.measures.map(({ name }) => name)));
    if (blocks.length < 1 + (this.#document.joined ?? []).length) return [];
    const left = measures.filter(({ id }) => !inside.has(id));
    const placed = left.map((measure) => ({
      measure,
      place: `/measures/${this.#document.measures.indexOf(measure)}`,
    }));
    return workedOf(this.#model, placed, types, this.faults);
  }
}
