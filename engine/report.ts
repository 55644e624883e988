import type { Access } from "./access.ts";
import { checkExpression, type Checked } from "./expression/check.ts";
import type { Path } from "./expression/tree.ts";
import type { Type } from "./expression/type.ts";
import type { Entity, Model } from "./model.ts";
import { nearest } from "./nearest.ts";
import { entityAccess, readerScope, readFilter } from "./query.ts";
import { fault, refuse, type Fault } from "./problem.ts";

export const grains = ["hour", "day", "weekday", "week", "month", "quarter", "year"] as const;
export type Grain = (typeof grains)[number];

/** One thing that records are grouped by. */
export interface GroupKey {
  /** Its name in the rows of the answer. */
  readonly name: string;
  readonly path: Path;
  readonly type: Type;
  readonly by: Grain | undefined;
  readonly zone: string;
}

export const measureKinds = ["count", "count_distinct", "sum", "avg", "min", "max"] as const;
export type MeasureKind = (typeof measureKinds)[number];

/** One thing that is measured of each group. */
export interface Measure {
  readonly name: string;
  readonly kind: MeasureKind;
  readonly of: Checked | undefined;
  /** Of each group it takes the records only that fulfil it. */
  readonly filter: Checked | undefined;
}

/** A request for groups and measures, every name of it found and allowed. */
export interface AggregatePlan {
  readonly entity: Entity;
  readonly group: readonly GroupKey[];
  readonly measures: readonly Measure[];
  readonly filter: Checked | undefined;
  readonly search: string | undefined;
  /** Over the measures by their names: groups that do not fulfil it are not answered. */
  readonly having: Checked | undefined;
  readonly sort: readonly { readonly name: string; readonly descending: boolean }[];
  readonly limit: number;
  /** Whether the measures of all records together are answered beside the groups, and of those in none of the groups. */
  readonly totals: boolean;
  readonly other: boolean;
}

const limitMax = 1000;
const groupsMax = 4;
const measuresMax = 20;
const known = ["group", "measures", "filter", "search", "having", "sort", "limit", "totals", "other"];
const namePattern = /^[a-z][a-z0-9_]{0,39}$/;

/** Reads the body of an aggregate; tells all that is wrong with it at once. */
export function planAggregate(
  model: Model,
  access: Access,
  name: string,
  body: Readonly<Record<string, unknown>>,
): AggregatePlan {
  const { entity, faults, bad, read, condition, filter } = readQuestion(model, access, name, body, known);
  const group = readGroups(body.group ?? [], read, bad);
  const measures = readMeasures(body.measures ?? { n: "count()" }, { read, condition, bad, faults });
  const names = [...group.map((it) => it.name), ...measures.map((it) => it.name)];
  const twice = names.find((it, at) => names.indexOf(it) !== at);
  if (twice !== undefined) bad(`each name once, and not "${twice}" again`, "/group");
  const plan: AggregatePlan = {
    entity,
    group,
    measures,
    filter,
    search: readSearch(body.search, bad),
    having: readHaving(model, measures, body.having, bad, faults),
    sort: readSort(body.sort, names, bad),
    limit: readLimit(body.limit, bad),
    totals: readFlag(body.totals, "/totals", bad),
    other: readFlag(body.other, "/other", bad),
  };
  refuse(faults);
  return plan;
}

/** Reads an expression of a request; tells what is wrong with it and answers nothing. */
export type Read = (text: string, path: string) => Checked | undefined;
/** Tells what was wanted in a place. */
export type Bad = (wanted: string, path: string) => void;

/** What every question over many records begins with: of which entity, and of which of its records. */
export interface Question {
  readonly entity: Entity;
  /** All that is wrong so far; refuse them when everything is read. */
  readonly faults: Fault[];
  readonly bad: Bad;
  readonly read: Read;
  readonly condition: Read;
  readonly filter: Checked | undefined;
}

/** Begins to read a question: names that are not `known` are told, the filter is read as the reader may ask it. */
export function readQuestion(
  model: Model,
  access: Access,
  name: string,
  body: Readonly<Record<string, unknown>>,
  known: readonly string[],
): Question {
  const rights = entityAccess(model, access, name);
  const scope = readerScope(model, access, name);
  const faults: Fault[] = [];
  const bad: Bad = (wanted, path) => void faults.push(fault("report.malformed", { wanted, path }));
  for (const key of Object.keys(body))
    if (!known.includes(key)) faults.push(fault("query.unknown", { name: key.slice(0, 80), path: `/${key}` }));
  const read: Read = (text, path) => {
    const { expression, faults: found } = checkExpression(text, scope);
    faults.push(...found.map((it) => ({ ...it, path, status: 400 as const })));
    return expression;
  };
  const condition: Read = (text, path) => {
    const found = readFilter(model, rights, access, text, path);
    faults.push(...found.faults);
    return found.filter;
  };
  const { filter: text = "" } = body;
  if (typeof text !== "string") bad("an expression", "/filter");
  const filter = typeof text === "string" && text !== "" ? condition(text, "/filter") : undefined;
  return { entity: rights.entity, faults, bad, read, condition, filter };
}

function readGroups(given: unknown, read: Read, bad: Bad): readonly GroupKey[] {
  if (!Array.isArray(given) || given.length > groupsMax) {
    bad(`a list of up to ${groupsMax} fields`, "/group");
    return [];
  }
  return given.flatMap((it, at) => readGroup(it, `/group/${at}`, read, bad) ?? []);
}

/** One thing to group by: a field by its name or path, or `{field, by, zone}`. */
export function readGroup(given: unknown, place: string, read: Read, bad: Bad): GroupKey | undefined {
  const {
    field,
    by,
    zone = "UTC",
  } = typeof given === "string" ? { field: given } : ((given ?? {}) as Record<string, unknown>);
  if (typeof field !== "string") return void bad("a field", place);
  if (by !== undefined && !grains.includes(by as Grain)) return void bad(`one of: ${grains.join(", ")}`, `${place}/by`);
  if (typeof zone !== "string" || !isZone(zone))
    return void bad("a time zone, Asia/Tokyo for instance", `${place}/zone`);
  const checked = read(field, place);
  if (!checked) return undefined;
  const path = checked.node.op === "path" && checked.node.root === "record" ? checked.node.steps : undefined;
  const type = checked.type.kind === "list" && path?.some(({ list }) => list) ? checked.type.of : checked.type;
  if (!path || !path.at(-1)?.field || ["json", "list", "money"].includes(type.kind))
    return void bad("a field that groups", place);
  if (by !== undefined && type.kind !== "moment" && (by === "hour" || type.kind !== "date"))
    return void bad(by === "hour" ? "a moment to take the hour of" : "a date to take a part of", `${place}/by`);
  return { name: field, path, type, by: by as Grain | undefined, zone };
}

interface Reading {
  readonly read: Read;
  readonly condition: Read;
  readonly bad: Bad;
  readonly faults: Fault[];
}

function readMeasures(given: unknown, reading: Reading): readonly Measure[] {
  const { bad } = reading;
  if (typeof given !== "object" || given === null || Array.isArray(given) || Object.keys(given).length > measuresMax) {
    bad(`up to ${measuresMax} measures by name`, "/measures");
    return [];
  }
  return Object.entries(given).flatMap(([name, written]): readonly Measure[] => {
    const path = `/measures/${name.slice(0, 60)}`;
    if (!namePattern.test(name)) return (bad("a name of small letters", path), []);
    const filtered = typeof written === "object" && written !== null ? (written as Record<string, unknown>) : undefined;
    if (filtered && (typeof filtered.of !== "string" || typeof filtered.filter !== "string"))
      return (bad("a measure as `of` and the `filter` of its records", path), []);
    const filter = filtered && reading.condition(String(filtered.filter), `${path}/filter`);
    if (filtered && !filter) return [];
    const measure = readMeasure(name, filtered ? filtered.of : written, filtered ? `${path}/of` : path, reading);
    return measure ? [{ ...measure, filter }] : [];
  });
}

function readMeasure(
  name: string,
  text: unknown,
  path: string,
  { read, bad, faults }: Reading,
): Omit<Measure, "filter"> | undefined {
  const parts = typeof text === "string" && text.length <= 1000 ? /^\s*([a-z_]+)\s*\((.*)\)\s*$/s.exec(text) : null;
  const kind = measureKinds.find((it) => it === parts?.[1]);
  if (!parts || !kind) {
    const hint = nearest(String(parts?.[1] ?? ""), measureKinds);
    faults.push(
      fault("report.measure", { text: String(text).slice(0, 80).toWellFormed(), path, ...(hint ? { hint } : {}) }),
    );
    return undefined;
  }
  const inner = parts[2]?.trim() ?? "";
  if (kind === "count") {
    if (inner !== "") bad("count() without anything inside", path);
    return inner === "" ? { name, kind, of: undefined } : undefined;
  }
  const of = read(inner, path);
  if (of && !measurable(kind, of.type)) bad(`something that has a ${kind}`, path);
  return of && measurable(kind, of.type) ? { name, kind, of } : undefined;
}

/** A condition over measures by their names: it knows of nothing else, of no field and of no list. */
function readHaving(
  model: Model,
  measures: readonly Measure[],
  given: unknown,
  bad: Bad,
  faults: Fault[],
): Checked | undefined {
  if (given === undefined || given === "") return undefined;
  if (typeof given !== "string") return void bad("a condition over the measures", "/having");
  const roots = new Map(measures.map(({ name, kind, of }) => [name, typeOf(kind, of)]));
  const { expression, faults: found } = checkExpression(given, { model, roots }, { kind: "boolean" });
  faults.push(...found.map((it) => ({ ...it, path: "/having", status: 400 as const })));
  return expression;
}

const typeOf = (kind: MeasureKind, of: Checked | undefined): Type =>
  !of || kind === "count_distinct" ? { kind: "number" } : of.type;

function readFlag(given: unknown, path: string, bad: Bad): boolean {
  if (given !== undefined && typeof given !== "boolean") bad("true or false", path);
  return given === true;
}

function measurable(kind: MeasureKind, { kind: type }: Type): boolean {
  if (kind === "count_distinct") return type !== "json" && type !== "list" && type !== "money";
  if (kind === "sum" || kind === "avg") return type === "number" || type === "money" || type === "duration";
  return ["number", "money", "duration", "date", "moment", "text", "choice"].includes(type);
}

function readSort(given: unknown, names: readonly string[], bad: Bad): AggregatePlan["sort"] {
  if (given === undefined || given === "") return [];
  if (typeof given !== "string") return (bad("names separated by commas", "/sort"), []);
  return given.split(",").flatMap((written) => {
    const name = written.trim().replace(/^[-+]/, "");
    if (!names.includes(name)) return (bad(`one of: ${names.join(", ")}`, "/sort"), []);
    return [{ name, descending: written.trim().startsWith("-") }];
  });
}

/** Words to look for, where there are some. */
export function readSearch(given: unknown, bad: Bad): string | undefined {
  if (given === undefined || given === "") return undefined;
  if (typeof given === "string" && given.length <= 200 && !given.includes("\0") && given.isWellFormed())
    return given.trim() === "" ? undefined : given.trim();
  bad("a text of up to 200 signs", "/search");
  return undefined;
}

function readLimit(given: unknown, bad: Bad): number {
  if (given === undefined) return limitMax;
  if (Number.isInteger(given) && Number(given) >= 1 && Number(given) <= limitMax) return Number(given);
  bad(`a number from 1 to ${limitMax}`, "/limit");
  return limitMax;
}

/** By its name alone: PostgreSQL reads the sign of "+09:00" the other way round. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
