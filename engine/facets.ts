import type { Access } from "./access.ts";
import type { Checked } from "./expression/check.ts";
import type { Entity, Model } from "./model.ts";
import { refuse } from "./problem.ts";
import { readGroup, readQuestion, readSearch, readSought, type Bad, type GroupKey, type Read } from "./report.ts";

/** A field whose values are counted, and which of them were chosen. */
export interface Facet {
  readonly key: GroupKey;
  /** Its values are lists: a record counts under each of them. */
  readonly listed: boolean;
  /** Whether its counts are answered; otherwise its choice narrows the others only. */
  readonly told: boolean;
  /** Values begin with it, as people read them. */
  readonly prefix: string | undefined;
  /** Values as text, and null for records without one; nothing where none was chosen. */
  readonly chosen: readonly (string | null)[] | undefined;
  readonly limit: number;
}

/** A request for the values that records have in some fields, every name of it found and allowed. */
export interface FacetPlan {
  readonly entity: Entity;
  readonly facets: readonly Facet[];
  readonly filter: Checked | undefined;
  readonly search: readonly string[] | undefined;
}

const known = ["fields", "filter", "search", "chosen", "limit"];
const fieldsMax = 12;
const limitMax = 200;
const limitDefault = 20;
const chosenMax = 100;

/**
 * Reads a request for facets; tells all that is wrong with it at once. `fields` names what is counted: a field, or
 * `{field, by, zone, prefix, limit}`. `chosen` has the values that were chosen of each field.
 */
export function planFacets(
  model: Model,
  access: Access,
  name: string,
  body: Readonly<Record<string, unknown>>,
): FacetPlan {
  const { entity, faults, bad, read, filter } = readQuestion(model, access, name, body, known);
  const plan: FacetPlan = {
    entity,
    facets: readFacets(body, read, bad),
    filter,
    search: readSearch(body.search, bad),
  };
  refuse(faults);
  return plan;
}

function readFacets(body: Readonly<Record<string, unknown>>, read: Read, bad: Bad): readonly Facet[] {
  const { fields, chosen = {} } = body;
  const limit = readLimit(body.limit, "/limit", bad) ?? limitDefault;
  if (!Array.isArray(fields) || fields.length === 0 || fields.length > fieldsMax)
    return (bad(`a list of up to ${fieldsMax} fields`, "/fields"), []);
  if (typeof chosen !== "object" || chosen === null || Array.isArray(chosen) || Object.keys(chosen).length > fieldsMax)
    return (bad(`the values chosen of up to ${fieldsMax} fields, by their names`, "/chosen"), []);
  const picked = new Map(Object.entries(chosen).map(([name, values]) => [name, readChosen(name, values, bad)]));
  const facets = fields.flatMap((given: unknown, at): readonly Facet[] => {
    const place = `/fields/${at}`;
    const found = readKey(given, place, read, bad);
    if (!found) return [];
    const { prefix, limit: own } = (typeof given === "object" ? given : {}) as Record<string, unknown>;
    const starts = readSought(prefix, `${place}/prefix`, bad);
    const most = readLimit(own, `${place}/limit`, bad) ?? limit;
    return [{ ...found, told: true, prefix: starts, chosen: picked.get(found.key.name), limit: most }];
  });
  const names = facets.map(({ key }) => key.name);
  const twice = names.find((it, at) => names.indexOf(it) !== at);
  if (twice !== undefined) bad(`each field once, and not "${twice}" again`, "/fields");
  const others = [...picked].flatMap(([name, values]): readonly Facet[] => {
    const found = names.includes(name) ? undefined : readKey(name, `/chosen/${name.slice(0, 60)}`, read, bad);
    return found ? [{ ...found, told: false, prefix: undefined, chosen: values, limit }] : [];
  });
  return [...facets, ...others];
}

/** What is counted: fields that group, and lists of choices; no path over a list of records, along which one counts twice. */
function readKey(given: unknown, place: string, read: Read, bad: Bad): Pick<Facet, "key" | "listed"> | undefined {
  const name = typeof given === "object" && given !== null ? (given as { field?: unknown }).field : given;
  const faults: [string, string][] = [];
  const checked = typeof name === "string" ? read(name, place) : undefined;
  if (typeof name === "string" && !checked) return undefined;
  const steps = checked?.node.op === "path" && checked.node.root === "record" ? checked.node.steps : undefined;
  if (steps?.some(({ list }) => list)) return void bad("a field of the record, or of one that it points at", place);
  if (checked && steps?.at(-1)?.field && checked.type.kind === "list" && checked.type.of.kind === "choice")
    return { key: { name: name as string, path: steps, type: checked.type, by: undefined, zone: "UTC" }, listed: true };
  const key = readGroup(
    given,
    place,
    (text) => (text === name ? checked : undefined),
    (...told) => faults.push(told),
  );
  for (const [wanted, path] of faults) bad(wanted, path);
  if (key?.type.kind === "moment" && key.by === undefined) return void bad("a part of the moment, as `by`", place);
  return key && { key, listed: false };
}

function readChosen(name: string, given: unknown, bad: Bad): readonly (string | null)[] | undefined {
  const fits = (it: unknown) =>
    it === null || typeof it === "boolean" || typeof it === "number" || (typeof it === "string" && it.length <= 500);
  if (Array.isArray(given) && given.length <= chosenMax && given.every(fits))
    return given.length === 0 ? undefined : given.map((it) => (it === null ? null : String(it)));
  bad(`up to ${chosenMax} values`, `/chosen/${name.slice(0, 60)}`);
  return undefined;
}

function readLimit(given: unknown, path: string, bad: Bad): number | undefined {
  if (given === undefined) return undefined;
  if (Number.isInteger(given) && Number(given) >= 1 && Number(given) <= limitMax) return Number(given);
  bad(`a number from 1 to ${limitMax}`, path);
  return undefined;
}
