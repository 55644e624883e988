import { veiledFields, type Access } from "./access.ts";
import { Cache } from "./cache.ts";
import { checkExpression, type Checked } from "./expression/check.ts";
import { momentOf } from "./expression/literal.ts";
import type { Path } from "./expression/tree.ts";
import type { Type } from "./expression/type.ts";
import type { Entity, Model } from "./model.ts";
import { readMeasures, typeOfMeasure, type Measure } from "./measures.ts";
import { entityAccess, readerScope, readFilter } from "./query.ts";
import { fault, refuse, type Fault } from "./problem.ts";
import type { DailyUse } from "./reports/daily.ts";
import { wordsMax, wordsOf } from "./words.ts";

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
  /** Where years and quarters begin elsewhere than in January. */
  readonly fiscal?: FiscalYear;
  /** The parts are counted from those of another date on: the first is 0. */
  readonly since?: { readonly path: Path; readonly type: Type };
}

/** Years that begin with another month, from 2 to 12, and are called after the year of their first or of their last month. */
export interface FiscalYear {
  readonly month: number;
  readonly named: "first" | "last";
}

/** A request for groups and measures, every name of it found and allowed. */
export interface AggregatePlan {
  readonly entity: Entity;
  readonly group: readonly GroupKey[];
  readonly measures: readonly Measure[];
  readonly filter: Checked | undefined;
  readonly search: readonly string[] | undefined;
  /** Over the measures by their names: groups that do not fulfil it are not answered. */
  readonly having: Checked | undefined;
  readonly sort: readonly { readonly name: string; readonly descending: boolean }[];
  readonly limit: number;
  /** Whether the measures of all records together are answered beside the groups, and of those in none of the groups. */
  readonly totals: boolean;
  readonly other: boolean;
  /** Records are read as they were at this moment, of those that the reader sees now. */
  readonly asOf?: string;
  /** Sums by day are read in the place of records. */
  readonly daily?: DailyUse;
}

const limitMax = 1000;
const groupsMax = 4;
const known = ["group", "measures", "filter", "search", "having", "sort", "limit", "totals", "other", "as_of"];

/** Reads the body of an aggregate; tells all that is wrong with it at once. It answers `most` groups at most. */
export function planAggregate(
  model: Model,
  access: Access,
  name: string,
  body: Readonly<Record<string, unknown>>,
  most = limitMax,
): AggregatePlan {
  const { entity, faults, bad, read, condition, filter } = readQuestion(model, access, name, body, known);
  const group = readGroups(body.group ?? [], read, bad);
  const measures = readMeasures(body.measures ?? { n: "count()" }, { model, entity, read, condition, bad, faults });
  const asOf = readAsOf(body.as_of, bad);
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
    limit: readLimit(body.limit, bad, most),
    totals: readFlag(body.totals, "/totals", bad),
    other: readFlag(body.other, "/other", bad),
    ...(asOf === undefined ? {} : { asOf }),
  };
  if (asOf !== undefined) faults.push(...unknownThen(access, plan));
  refuse(faults);
  return plan;
}

function readAsOf(given: unknown, bad: Bad): string | undefined {
  if (given === undefined || given === null) return undefined;
  const moment = typeof given === "string" ? momentOf(given) : undefined;
  if (moment === undefined) bad("a moment, 2026-03-31T22:00:00Z for instance", "/as_of");
  return moment;
}

/**
 * Fields of which nobody knows what stood in them: those that are worked out and kept, and those that the reader sees on
 * some records only, which may be others now.
 */
function unknownThen(access: Access, { entity, group, measures, filter, search }: AggregatePlan): readonly Fault[] {
  const rights = access.entity(entity.name)!;
  const expressions = [filter, ...measures.flatMap((it) => [it.of, it.filter])];
  const paths = [...group.map(({ path }) => path), ...expressions.flatMap((it) => it?.paths ?? [])];
  const looked = [...entity.fields.values()].filter((it) => it.type.searched && rights.readable(it).kind !== "none");
  const read = [...paths.flatMap(([first]) => first?.field ?? []), ...(search === undefined ? [] : looked)];
  const veiled = veiledFields(rights);
  const unknown = new Set(read.filter((it) => veiled.has(it) || it.type.name === "rollup"));
  return [...unknown].map(({ name }) => fault("report.not_kept", { entity: entity.name, field: name, path: "/as_of" }));
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

/**
 * One thing to group by: a field by its name or path, or `{field, by, zone, name, fiscal, since}`. `since` is another date,
 * from whose part the parts are counted: for cohorts.
 */
export function readGroup(given: unknown, place: string, read: Read, bad: Bad): GroupKey | undefined {
  const written = typeof given === "string" ? { field: given } : ((given ?? {}) as Record<string, unknown>);
  const { field, by, zone = "UTC", name = field, fiscal, since } = written as Record<string, unknown>;
  if (typeof field !== "string") return void bad("a field", place);
  if (typeof name !== "string" || name.length > 200) return void bad("a name", `${place}/name`);
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
  const year = readFiscal(fiscal, `${place}/fiscal`, bad);
  const from = since === undefined ? undefined : readSince(since, { by, zone }, `${place}/since`, read, bad);
  return {
    name,
    path,
    type,
    by: by as Grain | undefined,
    zone,
    ...(year ? { fiscal: year } : {}),
    ...(from ? { since: { path: from.path, type: from.type } } : {}),
  };
}

function readFiscal(given: unknown, path: string, bad: Bad): FiscalYear | undefined {
  if (given === undefined) return undefined;
  const { month, named = "first" } = (given ?? {}) as Partial<FiscalYear>;
  if (Number.isInteger(month) && month! >= 1 && month! <= 12 && (named === "first" || named === "last"))
    return month === 1 ? undefined : { month: month!, named };
  return void bad("a month from 1 to 12, and whether years are named after their first or last", path);
}

const counted: readonly unknown[] = ["day", "week", "month", "quarter", "year"];

function readSince(
  field: unknown,
  { by, zone }: { readonly by: unknown; readonly zone: unknown },
  place: string,
  read: Read,
  bad: Bad,
): GroupKey | undefined {
  if (!counted.includes(by)) return void bad("days, weeks, months, quarters or years that are counted", place);
  const found = readGroup({ field, by, zone }, place, read, bad);
  return found?.path.some(({ list }) => list) ? void bad("a date of the record itself", place) : found;
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
  const roots = new Map(measures.map((it) => [it.name, typeOfMeasure(it, measures)]));
  const { expression, faults: found } = checkExpression(given, { model, roots }, { kind: "boolean" });
  faults.push(...found.map((it) => ({ ...it, path: "/having", status: 400 as const })));
  return expression;
}

function readFlag(given: unknown, path: string, bad: Bad): boolean {
  if (given !== undefined && typeof given !== "boolean") bad("true or false", path);
  return given === true;
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
export function readSearch(given: unknown, bad: Bad): readonly string[] | undefined {
  const text = readSought(given, "/search", bad);
  if (text === undefined) return undefined;
  const words = wordsOf(text);
  if (words.length > wordsMax) bad(`${wordsMax} words at most`, "/search");
  return words;
}

/** A text to look for, where there is one. */
export function readSought(given: unknown, place: string, bad: Bad): string | undefined {
  if (given === undefined || given === "") return undefined;
  if (typeof given === "string" && given.length <= 200 && !given.includes("\0") && given.isWellFormed())
    return given.trim() === "" ? undefined : given.trim();
  bad("a text of up to 200 signs", place);
  return undefined;
}

function readLimit(given: unknown, bad: Bad, most: number): number {
  if (given === undefined) return most;
  if (Number.isInteger(given) && Number(given) >= 1 && Number(given) <= most) return Number(given);
  bad(`a number from 1 to ${most}`, "/limit");
  return most;
}

const zones = new Cache<boolean>(500);

/** By its name alone: PostgreSQL reads the sign of "+09:00" the other way round. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false;
  return zones.get(name, () => {
    try {
      return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
    } catch {
      return false;
    }
  });
}
