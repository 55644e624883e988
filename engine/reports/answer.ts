import type { ReportDimension, ReportMeasure } from "schemas";
import type { Environment } from "../expression/evaluate.ts";
import type { Type } from "../expression/type.ts";
import type { Model } from "../model.ts";
import { partName, partOf, readPart, shiftPart, type Unit } from "./buckets.ts";
import { all, conditionOf, quoted, type Axis } from "./drill.ts";
import { namedDays } from "./period.ts";
import type { Block, ReportPlan } from "./plan.ts";
import { converted, partIn } from "./purse.ts";
import { labelOf, sortable, told, withWorked } from "./values.ts";

/** What a question was answered by, as `aggregate` has it. */
export interface Found {
  readonly rows: readonly unknown[];
  readonly totals?: unknown;
  readonly other?: unknown;
}

type Row = Readonly<Record<string, unknown>>;
type Values = Record<string, unknown>;

/** One column of an answer. */
export interface ReportColumn {
  readonly id: string;
  readonly title: string;
  readonly role: "dimension" | "measure";
  /** Kind of the values: `number`, `money`, `duration`, `choice`, `date` and so on. */
  readonly type: string;
  readonly grain?: string;
  readonly show?: string;
  readonly empty?: string;
  readonly hidden?: true;
  /** Which of the report's entities it measures, as the place in `entities` and in the `drill` of rows. */
  readonly block?: number;
  /** Of the records of a cell it takes those only that fulfil this. */
  readonly where?: string;
}

/** A group with its measures. */
export interface ReportRow {
  /** Values of the dimensions by their ids; of references their ids. */
  readonly keys: Values;
  /** The same as people read them; null where there is no value. */
  readonly labels: Readonly<Record<string, string | null>>;
  readonly values: Values;
  /** The measures at the time that is compared. */
  readonly before?: Values;
  /** For each entity of the report the condition that finds exactly the records of the row; null where none does. */
  readonly drill: readonly (string | null)[];
}

/** What a report comes to. */
export interface ReportAnswer {
  readonly title: string;
  readonly kind: string;
  readonly layout: object;
  readonly entities: readonly string[];
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly ReportRow[];
  readonly totals: ReportRow;
  readonly other?: ReportRow;
  /** The days that count, the first and the last of them. */
  readonly period?: { readonly first: string; readonly last: string };
  readonly as_of?: string;
  /** What all customers come to, and the model that foresees what they buy. */
  readonly figures?: readonly { readonly id: string; readonly value: number | null; readonly show?: string }[];
  /** In which money is told, where a report tells all in one. */
  readonly currency?: string;
  /** How many records have an amount that is told in its own currency, because that has no rate: by the measure. */
  readonly unrated?: Readonly<Record<string, number>>;
  /** The condition that finds these records; of a measure that none finds it says nothing. */
  readonly unrated_drill?: Readonly<Record<string, string>>;
  /** How many at the time that is compared. */
  readonly unrated_before?: Readonly<Record<string, number>>;
  /** There were more groups than are answered. */
  readonly more?: true;
}

const cellsMost = 2000;
const rowsMost = 1000;

/** Puts together what the questions of a plan were answered by: in each block the report's time and, where it compares, the other. */
export function answerReport(
  spoken: Model,
  plan: ReportPlan,
  found: readonly { readonly now: Found; readonly before?: Found }[],
  environment: Pick<Environment, "now" | "today">,
): ReportAnswer {
  return new Answering(spoken, plan, environment).answer(found);
}

class Answering {
  readonly #model: Model;
  readonly #plan: ReportPlan;
  readonly #environment: Pick<Environment, "now" | "today">;

  constructor(model: Model, plan: ReportPlan, environment: Pick<Environment, "now" | "today">) {
    this.#model = model;
    this.#plan = plan;
    this.#environment = environment;
  }

  answer(found: readonly { readonly now: Found; readonly before?: Found }[]): ReportAnswer {
    const { document, days, asOf, blocks, rates } = this.#plan;
    const rows = this.#filled(this.#merged(found));
    const whole = (key: "totals" | "other") => this.#whole(found, key);
    const sorted = this.#sorted(rows);
    const most = document.limit ?? rowsMost;
    const other = document.other ? whole("other") : undefined;
    return {
      title: document.title,
      kind: document.layout.kind,
      layout: document.layout,
      entities: blocks.map(({ entity }) => entity.name),
      columns: this.#columns(),
      rows: sorted.slice(0, most),
      totals: whole("totals")!,
      ...(other ? { other } : {}),
      ...(days ? { period: namedDays(days) } : {}),
      ...(asOf === undefined ? {} : { as_of: asOf }),
      ...(rates ? { currency: rates.own } : {}),
      ...(found[0]!.now.rows.length >= most && !document.other ? { more: true as const } : {}),
    };
  }

  #columns(): readonly ReportColumn[] {
    const { document, dimensions, blocks, types } = this.#plan;
    const columns = dimensions.map((it): ReportColumn => {
      const at = blocks[0]!.plan.group.find(({ name }) => name === it.id);
      const title = it.title ?? at?.path.at(-1)?.field?.title ?? it.id;
      const type = it.since === undefined ? (at?.type.kind ?? "text") : "number";
      return {
        id: it.id,
        title,
        role: "dimension",
        type,
        ...(it.grain && it.since === undefined ? { grain: it.grain } : {}),
      };
    });
    const own = (measures: readonly ReportMeasure[], block: number) =>
      measures.map((it) => this.#column(it, block, types.get(it.id)));
    return [
      ...columns,
      ...own(document.measures, 0),
      ...(document.joined ?? []).flatMap(({ measures }, at) => own(measures, at + 1)),
    ];
  }

  #column(
    { id, title, show, empty, hidden, where, agg, ...it }: ReportMeasure,
    block: number,
    type: Type | undefined,
  ): ReportColumn {
    const told = agg === "time_in_state" ? "duration" : (type?.kind ?? "number");
    const counts = agg === "time_in_state" && it.as === "count";
    const worked = agg === "formula" || agg === "ratio";
    const journal =
      agg === "time_in_state"
        ? `has_been(${it.path}, ${quoted(it.state ?? "")})`
        : agg === "back_moves"
          ? `has_gone_back(${it.path})`
          : undefined;
    const found = all([journal, where?.cel]);
    return {
      id,
      title: title ?? id,
      role: "measure",
      type: counts ? "number" : told,
      ...(show === undefined ? {} : { show }),
      ...(empty === undefined ? {} : { empty }),
      ...(hidden ? { hidden: true as const } : {}),
      ...(worked ? {} : { block, ...(found === "" ? {} : { where: found }) }),
    };
  }

  /** Rows of all blocks and both times, one for each group. */
  #merged(found: readonly { readonly now: Found; readonly before?: Found }[]): readonly ReportRow[] {
    const { blocks } = this.#plan;
    const groups = new Map<
      string,
      { keys: Values; labels: Record<string, string | null>; values: Values; before?: Values }
    >();
    for (const [at, block] of blocks.entries())
      for (const time of ["now", "before"] as const)
        for (const row of (found[at]?.[time]?.rows ?? []) as readonly Row[]) {
          const { keys, labels } = this.#keysOf(block, row, time === "before");
          const name = JSON.stringify(keys);
          const group = groups.get(name) ?? { keys, labels, values: {} };
          groups.set(name, group);
          const values = Object.fromEntries(block.plan.measures.map((it) => [it.name, row[it.name]]));
          if (time === "now") Object.assign(group.values, values);
          else group.before = { ...group.before, ...values };
        }
    return [...groups.values()].map((it) => this.#row(it));
  }

  #row({
    keys,
    labels,
    values,
    before,
  }: {
    keys: Values;
    labels: Record<string, string | null>;
    values: Values;
    before?: Values;
  }): ReportRow {
    return {
      keys,
      labels,
      values: this.#worked(this.#counted(values)),
      ...(this.#plan.document.compare ? { before: this.#worked(this.#counted(before ?? {})) } : {}),
      drill: this.#plan.blocks.map((block) => this.#drill(block, keys)),
    };
  }

  /** What counts nothing is zero; everything else is empty. Amounts are in one currency where the report says so. */
  #counted(values: Values): Values {
    const { blocks, rates } = this.#plan;
    const all = blocks.flatMap(({ plan }) => plan.measures);
    return Object.fromEntries(
      all.map(({ name, kind }) => {
        const value = values[name] ?? (kind === "count" || kind === "count_distinct" ? 0 : null);
        const sums = kind === "sum" || !Array.isArray(value);
        return [name, rates && sums ? converted(rates, value) : value];
      }),
    );
  }

  #worked(values: Values): Values {
    return withWorked(this.#plan.worked, values, this.#environment);
  }

  #keysOf(block: Block, row: Row, earlier: boolean) {
    const { dimensions, document } = this.#plan;
    const keys: Values = {};
    const labels: Record<string, string | null> = {};
    for (const [at, { id, grain, path, since }] of dimensions.entries()) {
      const axis = block.axes[at];
      const given = axis ? (row[id] ?? null) : null;
      const moves =
        earlier && grain && since === undefined && path === document.period?.path && typeof given === "string";
      const back = moves ? { shift: -document.compare!.shift, unit: document.compare!.unit } : undefined;
      const value = back ? shiftPart(given as string, grain as Unit, back, axis?.fiscal) : given;
      keys[id] = typeof value === "object" && value !== null && "id" in value ? value.id : value;
      labels[id] = this.#label(block, id, value);
    }
    return { keys, labels };
  }

  #label(block: Block, id: string, value: unknown): string | null {
    return labelOf(
      this.#model,
      block.plan.group.find(({ name }) => name === id),
      value,
    );
  }

  #drill(block: Block, keys: Values): string | null {
    const { dimensions, asOf } = this.#plan;
    if (asOf !== undefined) return null;
    const parts = dimensions.map(({ id, since }, at) => {
      const axis = block.axes[at];
      if (!axis) return undefined;
      const base = since === undefined ? -1 : dimensions.findIndex((it) => it.id === since);
      const from: Axis | undefined = block.axes[base];
      return conditionOf(axis, keys[id], from ? { value: keys[since!], axis: from } : undefined);
    });
    const missing = dimensions.some(({ id }, at) => !block.axes[at] && keys[id] !== null);
    return missing ? null : all([block.filter, ...parts]) || "true";
  }

  #whole(
    found: readonly { readonly now: Found; readonly before?: Found }[],
    key: "totals" | "other",
  ): ReportRow | undefined {
    const { blocks, asOf } = this.#plan;
    const of = (time: "now" | "before") => Object.assign({}, ...found.map((it) => it[time]?.[key] ?? {})) as Values;
    if (key === "other" && !found[0]?.now.other) return undefined;
    const drill = blocks.map(({ filter }) => (asOf === undefined && key === "totals" ? filter || "true" : null));
    const before =
      this.#plan.document.compare && key === "totals" ? { before: this.#worked(this.#counted(of("before"))) } : {};
    return { keys: {}, labels: {}, values: this.#worked(this.#counted(of("now"))), ...before, drill };
  }

  /** Rows for what lies between the first and the last part of a date and for choices that nobody made, where all groups are shown. */
  #filled(rows: readonly ReportRow[]): readonly ReportRow[] {
    const { document, dimensions, blocks } = this.#plan;
    if (document.limit !== undefined || document.having || dimensions.length === 0) return rows;
    const axes = dimensions.map((it, at) => this.#values(it, at, rows));
    const size = axes.reduce((product, { values }) => product * values.length, 1);
    if (size > cellsMost || !axes.some(({ filled }) => filled)) return rows;
    const known = new Map(rows.map((row) => [JSON.stringify(row.keys), row]));
    const label = (id: string, value: unknown) => {
      const row = rows.find(({ keys }) => keys[id] === value);
      return row ? row.labels[id]! : this.#label(blocks[0]!, id, value);
    };
    const cross = axes.reduce<readonly Values[]>(
      (sofar, { id, values }) => sofar.flatMap((keys) => values.map((value) => ({ ...keys, [id]: value }))),
      [{}],
    );
    return cross.map((keys) => {
      const labels = Object.fromEntries(Object.entries(keys).map(([id, value]) => [id, label(id, value)]));
      return known.get(JSON.stringify(keys)) ?? this.#row({ keys, labels, values: {} });
    });
  }

  #values({ id, grain, since }: ReportDimension, at: number, rows: readonly ReportRow[]) {
    const there = [...new Set(rows.map(({ keys }) => keys[id]))];
    const axis = this.#plan.blocks[0]!.axes[at];
    const empty = there.includes(null) ? [null] : [];
    const numbers = there.flatMap((it) => (typeof it === "number" ? [it] : []));
    if (since !== undefined && numbers.length > 0) {
      const least = Math.min(...numbers);
      const all = Array.from({ length: Math.max(...numbers) - least + 1 }, (_, step) => least + step);
      return { id, values: [...all, ...empty], filled: true };
    }
    if (grain && grain !== "hour" && axis && since === undefined) {
      const parts = there.flatMap((it) => (typeof it === "string" ? (readPart(it, grain, axis.fiscal) ?? []) : []));
      const [first, last] = this.#ends(grain, axis, parts);
      const all = Array.from({ length: Math.max(0, last - first + 1) }, (_, step) =>
        partName(first + step, grain, axis.fiscal),
      );
      return { id, values: [...all, ...empty], filled: true };
    }
    const key = this.#plan.blocks[0]!.plan.group.find(({ name }) => name === id);
    const field = key?.path.at(-1)?.field;
    const values = told(this.#model, field?.entity, field?.name, key?.type).map(({ value }) => value);
    if (values.length === 0) return { id, values: there, filled: false };
    return {
      id,
      values: [...values, ...there.filter((it) => it !== null && !values.includes(String(it))), ...empty],
      filled: true,
    };
  }

  /** The first and the last part that are shown: those of the period where the dates are its own. */
  #ends(grain: Unit, axis: Axis, parts: readonly number[]): readonly [number, number] {
    const { document, days } = this.#plan;
    if (days && document.period?.path === axis.path)
      return [partOf(days.from, grain, axis.fiscal), partOf(days.to - 1, grain, axis.fiscal)];
    return parts.length === 0 ? [0, -1] : [Math.min(...parts), Math.max(...parts)];
  }

  /** Rows in the order that the document asks for; without one, as they were answered. */
  #sorted(rows: readonly ReportRow[]): readonly ReportRow[] {
    const order = (this.#plan.document.sort ?? "").split(",").flatMap((written) => {
      const id = written.trim().replace(/^[-+]/, "");
      return id === "" ? [] : [{ id, sign: written.trim().startsWith("-") ? -1 : 1 }];
    });
    if (order.length === 0) return rows;
    const value = (row: ReportRow, id: string) =>
      id in row.values ? sortable(partIn(this.#plan.rates?.own, row.values[id])) : (row.labels[id] ?? null);
    const step = (one: ReportRow, other: ReportRow) => {
      for (const { id, sign } of order) {
        const [left, right] = [value(one, id), value(other, id)];
        if (left === right) continue;
        if (left === null || right === null) return left === null ? 1 : -1;
        return (left < right ? -1 : 1) * sign;
      }
      return 0;
    };
    const dates = order.every(({ id }) => !(id in (rows[0]?.values ?? {})));
    return dates ? (order[0]!.sign < 0 ? rows.toReversed() : rows) : rows.toSorted(step);
  }
}
