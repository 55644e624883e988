import type { Access } from "./access.ts";
import { checkExpression, type Checked } from "./expression/check.ts";
import type { Path } from "./expression/tree.ts";
import type { Type } from "./expression/type.ts";
import type { Entity, Model } from "./model.ts";
import { nearest } from "./nearest.ts";
import { entityAccess, readerScope, readFilter } from "./query.ts";
import { fault, refuse, type Fault } from "./problem.ts";

export const grains = ["day", "week", "month", "quarter", "year"] as const;
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
}

/** A request for groups and measures, every name of it found and allowed. */
export interface AggregatePlan {
  readonly entity: Entity;
  readonly group: readonly GroupKey[];
  readonly measures: readonly Measure[];
  readonly filter: Checked | undefined;
  readonly search: string | undefined;
  readonly sort: readonly { readonly name: string; readonly descending: boolean }[];
  readonly limit: number;
}

const limitMax = 1000;
const groupsMax = 4;
const measuresMax = 20;
const known = ["group", "measures", "filter", "search", "sort", "limit"];
const namePattern = /^[a-z][a-z0-9_]{0,39}$/;

/** Reads the body of an aggregate; tells all that is wrong with it at once. */
export function planAggregate(
  model: Model,
  access: Access,
  name: string,
  body: Readonly<Record<string, unknown>>,
): AggregatePlan {
  const rights = entityAccess(model, access, name);
  const faults: Fault[] = [];
  const scope = readerScope(model, access, name);
  const bad = (wanted: string, path: string) => void faults.push(fault("report.malformed", { wanted, path }));
  for (const key of Object.keys(body))
    if (!known.includes(key)) faults.push(fault("query.unknown", { name: key, path: `/${key}` }));
  const read = (text: string, path: string) => {
    const { expression, faults: found } = checkExpression(text, scope);
    faults.push(...found.map((it) => ({ ...it, path, status: 400 as const })));
    return expression;
  };
  const filterText = body.filter === undefined || body.filter === "" ? undefined : body.filter;
  if (filterText !== undefined && typeof filterText !== "string") bad("an expression", "/filter");
  const filter = typeof filterText === "string" ? readFilter(model, rights, access, filterText, "/filter") : undefined;
  faults.push(...(filter?.faults ?? []));
  const group = readGroups(body.group ?? [], read, bad);
  const measures = readMeasures(body.measures ?? { n: "count()" }, read, bad, faults);
  const names = [...group.map((it) => it.name), ...measures.map((it) => it.name)];
  const twice = names.find((it, at) => names.indexOf(it) !== at);
  if (twice !== undefined) bad(`each name once, and not "${twice}" again`, "/group");
  const plan: AggregatePlan = {
    entity: rights.entity,
    group,
    measures,
    filter: filter?.filter,
    search: readSearch(body.search, bad),
    sort: readSort(body.sort, names, bad),
    limit: readLimit(body.limit, bad),
  };
  refuse(faults);
  return plan;
}

type Read = (text: string, path: string) => Checked | undefined;
type Bad = (wanted: string, path: string) => void;

function readGroups(given: unknown, read: Read, bad: Bad): readonly GroupKey[] {
  if (!Array.isArray(given) || given.length > groupsMax) {
    bad(`a list of up to ${groupsMax} fields`, "/group");
    return [];
  }
  return given.flatMap((it, at) => {
    const {
      field,
      by,
      zone = "UTC",
    } = typeof it === "string" ? { field: it } : ((it ?? {}) as Record<string, unknown>);
    const path = `/group/${at}`;
    if (typeof field !== "string") return (bad("a field", path), []);
    if (by !== undefined && !grains.includes(by as Grain))
      return (bad(`one of: ${grains.join(", ")}`, `${path}/by`), []);
    if (typeof zone !== "string" || !isZone(zone))
      return (bad("a time zone, Asia/Tokyo for instance", `${path}/zone`), []);
    const checked = read(field, path);
    if (!checked) return [];
    const steps = checked.node.op === "path" && checked.node.root === "record" ? checked.node.steps : undefined;
    const type = checked.type.kind === "list" && steps?.some(({ list }) => list) ? checked.type.of : checked.type;
    if (!steps || !steps.at(-1)?.field || ["json", "list", "money"].includes(type.kind))
      return (bad("a field that groups", path), []);
    if (by !== undefined && type.kind !== "date" && type.kind !== "moment")
      return (bad("a date to take a part of", `${path}/by`), []);
    return [{ name: field, path: steps, type, by: by as Grain | undefined, zone }];
  });
}

function readMeasures(given: unknown, read: Read, bad: Bad, faults: Fault[]): readonly Measure[] {
  if (typeof given !== "object" || given === null || Array.isArray(given) || Object.keys(given).length > measuresMax) {
    bad(`up to ${measuresMax} measures by name`, "/measures");
    return [];
  }
  return Object.entries(given).flatMap(([name, text]): readonly Measure[] => {
    const path = `/measures/${name.slice(0, 60)}`;
    if (!namePattern.test(name)) return (bad("a name of small letters", path), []);
    const parts = typeof text === "string" && text.length <= 1000 ? /^\s*([a-z_]+)\s*\((.*)\)\s*$/s.exec(text) : null;
    const kind = measureKinds.find((it) => it === parts?.[1]);
    if (!parts || !kind) {
      const hint = nearest(String(parts?.[1] ?? ""), measureKinds);
      faults.push(
        fault("report.measure", { text: String(text).slice(0, 80).toWellFormed(), path, ...(hint ? { hint } : {}) }),
      );
      return [];
    }
    const inner = parts[2]?.trim() ?? "";
    if (kind === "count")
      return inner === "" ? [{ name, kind, of: undefined }] : (bad("count() without anything inside", path), []);
    const of = read(inner, path);
    if (!of) return [];
    if (!measurable(kind, of.type)) return (bad(`something that has a ${kind}`, path), []);
    return [{ name, kind, of }];
  });
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

function readSearch(given: unknown, bad: Bad): string | undefined {
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
