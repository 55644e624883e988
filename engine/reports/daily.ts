import type { ReportDocument } from "schemas";
import { accessOf, adminRole } from "../access.ts";
import type { Checked } from "../expression/check.ts";
import { below, type Node, type Path } from "../expression/tree.ts";
import type { Measure } from "../measures.ts";
import type { Entity, Field, Model } from "../model.ts";
import { Problem } from "../problem.ts";
import type { AggregatePlan } from "../report.ts";
import { planReport, type ReportPlan } from "./plan.ts";

/**
 * The sums of an entity's records by day, kept beside them for a report that says so: how many there were each day, apart
 * by `fields`, and what `values` come to. A question is answered from them where the answer is the same as from the
 * records.
 */
export interface Daily {
  /** The anchor of the report, and which of its sources it is. */
  readonly key: string;
  readonly entity: Entity;
  /** The date or the moment whose day counts. */
  readonly date: Field;
  /** Where days begin, of a moment. */
  readonly zone: string | undefined;
  /** What sums are kept apart by: groups, what filters read, and the owner, for the rights of whoever reads. */
  readonly fields: readonly Field[];
  readonly values: readonly Checked[];
}

/** Where sums by day are kept. */
export interface Keeping {
  readonly model: Model;
  /** The workspace's schema as SQL writes it. */
  readonly schema: string;
  readonly daily: Daily;
  /** The name of their table. */
  readonly relation: string;
}

/** Sums by day that a question is answered from. */
export interface DailyUse {
  readonly keeping: Keeping;
  /** The first day that is not kept. */
  readonly until: string;
  /** The days that the question is about, from the first up to the last. */
  readonly from?: string;
  readonly to?: string;
  /** The columns that it reads. */
  readonly columns: ReadonlySet<string>;
}

const known = new WeakMap<Model, readonly Daily[]>();

/** All sums that a model has kept by day. */
export function dailyOf(model: Model): readonly Daily[] {
  const found =
    known.get(model) ??
    [...model.reports.values()].flatMap((document) =>
      document.kept === "day" ? (readDaily(model, document) ?? []).flatMap((it) => it ?? []) : [],
    );
  known.set(model, found);
  return found;
}

const byEntity = new WeakMap<Model, ReadonlyMap<string, readonly Daily[]>>();

/** Those of one entity's records. */
export function dailyOn(model: Model, entity: string): readonly Daily[] {
  const found = byEntity.get(model) ?? Map.groupBy(dailyOf(model), (it) => it.entity.name);
  byEntity.set(model, found);
  return found.get(entity) ?? [];
}

const inputs = new WeakMap<Daily, ReadonlySet<string>>();

/** The names of the fields that sums hang on: when another value stands in one, its day is another. */
export function dailyInputs(daily: Daily): ReadonlySet<string> {
  const found =
    inputs.get(daily) ??
    new Set([
      "deleted_at",
      daily.date.name,
      ...daily.fields.map(({ name }) => name),
      ...daily.values.flatMap((it) => (ownFields(daily.entity, it.paths) ?? []).map(({ name }) => name)),
    ]);
  inputs.set(daily, found);
  return found;
}

/** Whether the sums of a report, whose plan stands, cannot be kept by day though it says so. */
export const keepsNothing = (model: Model, document: ReportDocument): boolean =>
  document.kept === "day" && (readDaily(model, document) ?? [undefined]).some((it) => it === undefined);

function readDaily(model: Model, document: ReportDocument): readonly (Daily | undefined)[] | undefined {
  const { customers, waterfall, attribution, as_of: asOf } = document;
  if (customers || waterfall || attribution || asOf !== undefined) return undefined;
  try {
    const plan = planReport(model, accessOf(model, [adminRole]), document, { now: new Date(0) });
    return plan.blocks.map(({ plan: block }, at) => keptOf(model, document, block, at));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return undefined;
  }
}

/** What any change of a record changes: its day would be another one each time. */
const restless: readonly string[] = ["updated_at", "updated_by", "version"];

function keptOf(
  model: Model,
  document: ReportDocument,
  { entity, group, measures, filter }: ReportPlan["blocks"][number]["plan"],
  at: number,
): Daily | undefined {
  const dated = dateOf(model, document, { entity, group }, at);
  if (!dated || entity.system) return undefined;
  const { date, zone } = dated;
  const conditions = [filter, ...measures.map((it) => it.filter)].flatMap((it) => it ?? []);
  const counted = measures.flatMap(({ kind, of }) => (kind === "count_distinct" && of ? [of] : []));
  const others = group.filter(
    (it) => !(it.by && it.by !== "hour" && it.path.length === 1 && it.path[0]?.field === date),
  );
  const read = ownFields(entity, [
    ...others.map(({ path }) => path),
    ...group.flatMap(({ since }) => (since ? [since.path] : [])),
    ...[...conditions, ...counted].flatMap(({ paths }) => paths),
  ]);
  const owner = entity.fields.get("owner");
  const apart = [...new Set([...(read ?? []), ...(owner ? [owner] : [])])].filter(
    (it) => it !== date || zone !== undefined,
  );
  const values = valuesOf(measures);
  const isKept =
    read !== undefined &&
    apart.every(isApart) &&
    conditions.every(({ node }) => isPlain(node)) &&
    counted.every(({ node }) => node.op === "path") &&
    measures.every(({ kind, told }) => kind !== "percentile" && told === undefined) &&
    values.every((it) => isSummed(entity, it));
  const daily = { key: `${document.$anchor}/${at}`, entity, date, zone, fields: apart, values };
  return isKept && !restless.some((name) => dailyInputs(daily).has(name)) ? daily : undefined;
}

/** The date by whose days a source is read: that of the period, else the first that its rows are grouped by. */
function dateOf(
  model: Model,
  { period, joined }: ReportDocument,
  { entity, group }: Pick<AggregatePlan, "entity" | "group">,
  at: number,
): Pick<Daily, "date" | "zone"> | undefined {
  const own = (path: Path) => (path.length === 1 ? path[0]?.field : undefined);
  const grouped = group.filter(({ by, path }) => by !== undefined && own(path) !== undefined);
  const named = at === 0 ? period?.path : joined?.[at - 1]?.period;
  const date = named === undefined ? grouped[0] && own(grouped[0].path) : entity.fields.get(named);
  const kind = date?.type.type(date.property).kind;
  if (!date || Object.keys(date.columns).length !== 1 || (kind !== "date" && kind !== "moment")) return undefined;
  if (kind === "date") return { date, zone: undefined };
  const zones = new Set(grouped.flatMap(({ path, zone }) => (own(path) === date ? [zone] : [])));
  if (named !== undefined) zones.add(period?.zone ?? model.workspace.time_zone);
  const [zone, ...more] = zones;
  return more.length > 0 ? undefined : { date, zone };
}

function valuesOf(measures: readonly Measure[]): readonly Checked[] {
  const summed = measures.flatMap(({ kind, of }) => (of && kind !== "count_distinct" ? [of] : []));
  return [...new Map(summed.map((it) => [it.text, it])).values()];
}

/** The fields of the record itself by which paths begin, those of formulas among them; undefined where lists are read. */
function ownFields(entity: Entity, paths: readonly Path[]): readonly Field[] | undefined {
  const found: Field[] = [];
  for (const [step] of paths) {
    if (!step?.field) return undefined;
    // What is read of whoever asks is read then.
    if (step.field.entity !== entity.name) continue;
    const inner = step.formula?.();
    const fields = inner ? ownFields(entity, inner.paths) : [step.field];
    if (!fields || (inner && !isPlain(inner.node))) return undefined;
    found.push(...fields);
  }
  return [...new Set(found)];
}

/** Values of which there are few. What people write is none of them: nobody would look for it in sums to erase it. */
const few: readonly string[] = ["boolean", "number", "date", "choice", "state", "record"];

const isApart = (field: Field): boolean =>
  Object.keys(field.columns).length > 0 && few.includes(field.type.type(field.property).kind);

const summed: readonly string[] = ["number", "money", "duration", "date", "moment"];

/** Whether a value hangs on the record alone, and has a sum or a least. */
function isSummed(entity: Entity, { type, paths, node, usesClock }: Checked): boolean {
  const own = paths.every((path) => path.length === 1 && path[0]?.field?.entity === entity.name);
  return summed.includes(type.kind) && own && !usesClock && isPlain(node) && ownFields(entity, paths) !== undefined;
}

/** Whether nothing is asked of lists, segments or the past of the one record. */
function isPlain(node: Node): boolean {
  return !["some", "in_segment", "been"].includes(node.op) && below(node).every(isPlain);
}
