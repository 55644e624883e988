import type { Checked } from "./expression/check.ts";
import type { Path } from "./expression/tree.ts";
import type { Type } from "./expression/type.ts";
import type { Schedule } from "./calendar/hours.ts";
import type { Entity, Model } from "./model.ts";
import { nearest } from "./nearest.ts";
import { fault, type Fault } from "./problem.ts";
import type { Bad, Read } from "./report.ts";
import { backMoves, stateOrder } from "./workflow/order.ts";

export const measureKinds = ["count", "count_distinct", "sum", "avg", "min", "max", "percentile", "ratio"] as const;
export type MeasureKind = (typeof measureKinds)[number];

/** What the journal tells of a record: how long it stood in a state, or how often it moved. */
export interface Told {
  readonly path: Path;
  readonly workflow: string;
  /** Seconds in this state, all visits together; one that is not over lasts up to now. */
  readonly state?: string;
  /** By the hours of a calendar; without one by the clock on the wall. */
  readonly schedule?: Schedule;
  /** Moves from any of the first to any of the second, as pairs. */
  readonly moves?: readonly (readonly [from: string, to: string])[];
}

/** One thing that is measured of each group. */
export interface Measure {
  readonly name: string;
  readonly kind: MeasureKind;
  readonly of: Checked | undefined;
  readonly told?: Told;
  /** Of each group it takes the records only that fulfil it. */
  readonly filter: Checked | undefined;
  /** Which percentile, from 0 to 1. */
  readonly share?: number;
  /** The names of the measures whose ratio it is: worked out of both for each row, and for totals anew. */
  readonly ratio?: readonly [over: string, under: string];
}

const measuresMax = 24;
const namePattern = /^[a-z][a-z0-9_]{0,39}$/;

/** What measures are read with. */
export interface Reading {
  readonly model: Model;
  readonly entity: Entity;
  readonly read: Read;
  readonly condition: Read;
  readonly bad: Bad;
  readonly faults: Fault[];
}

type Given = Readonly<Record<string, unknown>>;

/** Reads measures by their names; tells what is wrong with each. */
export function readMeasures(given: unknown, reading: Reading): readonly Measure[] {
  const { bad } = reading;
  if (typeof given !== "object" || given === null || Array.isArray(given) || Object.keys(given).length > measuresMax) {
    bad(`up to ${measuresMax} measures by name`, "/measures");
    return [];
  }
  const measures = Object.entries(given).flatMap(([name, written]): readonly Measure[] => {
    const path = `/measures/${name.slice(0, 60)}`;
    if (!namePattern.test(name)) return (bad("a name of small letters", path), []);
    const parts = typeof written === "object" && written !== null ? (written as Given) : undefined;
    if (parts && "ratio" in parts) return readRatio(name, parts, path, bad);
    if (parts && "told" in parts) return filtered(readTold(name, parts, path, reading), parts, path, reading);
    if (parts && (typeof parts.of !== "string" || typeof parts.filter !== "string"))
      return (bad("a measure as `of` and the `filter` of its records", path), []);
    return filtered(
      readMeasure(name, parts ? parts.of : written, parts ? `${path}/of` : path, reading),
      parts,
      path,
      reading,
    );
  });
  for (const { name, ratio = [] } of measures)
    for (const part of ratio) {
      const of = measures.find((it) => it.name === part);
      if (!of || of.ratio || !divides(typeOfMeasure(of, measures)))
        bad("the names of two measures that are numbers or money", `/measures/${name}/ratio`);
    }
  return measures;
}

const divides = ({ kind }: Type) => kind === "number" || kind === "money" || kind === "duration";

function filtered(
  measure: Omit<Measure, "filter"> | undefined,
  parts: Given | undefined,
  path: string,
  { condition }: Reading,
): readonly Measure[] {
  if (parts?.filter === undefined) return measure ? [{ ...measure, filter: undefined }] : [];
  const filter = condition(String(parts.filter), `${path}/filter`);
  return measure && filter ? [{ ...measure, filter }] : [];
}

function readRatio(name: string, { ratio }: Given, path: string, bad: Bad): readonly Measure[] {
  const pair = Array.isArray(ratio) && ratio.length === 2 && ratio.every((it) => typeof it === "string");
  if (!pair) return (bad("the names of two measures", `${path}/ratio`), []);
  return [{ name, kind: "ratio", of: undefined, filter: undefined, ratio: [ratio[0] as string, ratio[1] as string] }];
}

function readMeasure(
  name: string,
  text: unknown,
  path: string,
  { read, bad, faults }: Reading,
): Omit<Measure, "filter"> | undefined {
  const parts = typeof text === "string" && text.length <= 1000 ? /^\s*([a-z_]+)\s*\((.*)\)\s*$/s.exec(text) : null;
  const kind = measureKinds.find((it) => it === parts?.[1] && it !== "ratio");
  if (!parts || !kind) {
    const hint = nearest(String(parts?.[1] ?? ""), measureKinds);
    faults.push(
      fault("report.measure", { text: String(text).slice(0, 80).toWellFormed(), path, ...(hint ? { hint } : {}) }),
    );
    return undefined;
  }
  const [inner, share] = shareIn(kind, parts[2]?.trim() ?? "");
  if (kind === "count") {
    if (inner !== "") bad("count() without anything inside", path);
    return inner === "" ? { name, kind, of: undefined } : undefined;
  }
  if (kind === "percentile" && share === undefined) return void bad("percentile(0.5, amount), for instance", path);
  const of = read(inner, path);
  if (of && !measurable(kind, of.type)) bad(`something that has a ${kind}`, path);
  if (!of || !measurable(kind, of.type)) return undefined;
  return { name, kind, of, ...(share === undefined ? {} : { share }) };
}

/** A percentile tells first which one: `0.9, amount`. */
function shareIn(kind: MeasureKind, inner: string): [inner: string, share: number | undefined] {
  const parts = kind === "percentile" ? /^(0(?:\.\d{1,4})?|1(?:\.0+)?)\s*,(.*)$/s.exec(inner) : null;
  return parts ? [parts[2]!.trim(), Number(parts[1])] : [inner, undefined];
}

/** `{told: {field, state, gone, calendar} | {field, moves: "back"}, as: "avg" | "percentile" | …, share}` */
function readTold(
  name: string,
  given: Given,
  path: string,
  { model, read, bad }: Reading,
): Omit<Measure, "filter"> | undefined {
  const { field, state, calendar, moves, gone } = (given.told ?? {}) as Given;
  const { as: kind = "sum", share } = given;
  const checked = typeof field === "string" ? read(field, `${path}/told/field`) : undefined;
  const steps = checked?.node.op === "path" && checked.node.root === "record" ? checked.node.steps : [];
  const document = checked?.type.kind === "state" ? model.workflows.get(checked.type.workflow) : undefined;
  if (!document || checked?.type.kind !== "state" || checked.type.region !== undefined || steps.length !== 1)
    return void bad("a field of the entity in which a workflow keeps where a record stands", `${path}/told/field`);
  const states = stateOrder(document);
  const was = gone === true && typeof state === "string" && /^[A-Za-z][A-Za-z0-9_]{0,59}$/.test(state);
  if (moves === undefined && !was && !states.includes(String(state)))
    return void bad(`one of: ${states.join(", ")}`, `${path}/told/state`);
  if (moves !== undefined && moves !== "back") return void bad('"back"', `${path}/told/moves`);
  const schedule = calendar === undefined ? undefined : model.calendars.get(String(calendar));
  if (calendar !== undefined && !schedule) return void bad("the name of a calendar", `${path}/told/calendar`);
  const how = (["count", "sum", "avg", "min", "max", "percentile"] as const).find((it) => it === kind);
  if (!how) return void bad("count, sum, avg, min, max or percentile", `${path}/as`);
  if (how === "percentile" && !(typeof share === "number" && share >= 0 && share <= 1))
    return void bad("a number from 0 to 1", `${path}/share`);
  return {
    name,
    kind: how,
    of: undefined,
    told: {
      path: steps,
      workflow: document.id,
      ...(moves === "back" ? { moves: backMoves(states) } : { state: String(state) }),
      ...(schedule ? { schedule } : {}),
    },
    ...(how === "percentile" ? { share: share as number } : {}),
  };
}

/** Of which type a measure is. */
export function typeOfMeasure({ kind, of, ratio }: Measure, measures: readonly Measure[]): Type {
  if (ratio) {
    const [over, under] = ratio.map((name) => measures.find((it) => it.name === name));
    const [one, other] = [over, under].map((it) => (it ? typeOfMeasure(it, measures).kind : "number"));
    return { kind: one === "money" && other === "number" ? "money" : "number" };
  }
  return !of || kind === "count_distinct" ? { kind: "number" } : of.type;
}

function measurable(kind: MeasureKind, { kind: type }: Type): boolean {
  if (kind === "count_distinct") return type !== "json" && type !== "list" && type !== "money";
  if (kind === "sum" || kind === "avg" || kind === "percentile")
    return type === "number" || type === "money" || type === "duration";
  return ["number", "money", "duration", "date", "moment", "text", "choice"].includes(type);
}
