import { planFacets, problem } from "engine";
import { facetRecordsMost, facetStatement } from "engine/sql";
import { keptLength } from "./aggregate.ts";
import { once } from "./once.ts";
import { readerOf, rowsOf, type ReadScene } from "./read.ts";

/** A value, and how many records have it. */
interface Counted {
  readonly value: unknown;
  readonly count: number;
}

/** What records have in some fields: the values of each with their counts, and whether there are more of either. */
export interface Facets {
  readonly facets: Readonly<Record<string, { readonly values: readonly Counted[]; readonly more: boolean }>>;
  /** Records that fulfil all that was chosen; where `more`, only so many were counted. */
  readonly count: { readonly value: number; readonly more: boolean };
}

/** Counts the values of some fields, each among the records that fulfil what was chosen of the others. */
export async function facets(
  scene: ReadScene,
  entity: string,
  body: Readonly<Record<string, unknown>>,
): Promise<Facets> {
  const make = () => {
    const plan = planFacets(scene.model, scene.access, entity, body);
    return { plan, statement: facetStatement(readerOf(scene), plan) };
  };
  const asked = JSON.stringify(body);
  const { plan, statement } = asked.length > keptLength ? make() : once(scene, ["facets", entity, asked], make);
  type Row = { n: number; read: number } & Readonly<Record<`f${number}`, readonly Counted[]>>;
  const [row] = await rowsOf<Row>(scene, statement);
  const told = plan.facets.flatMap(({ key, limit, told }, at) => {
    const values = row?.[`f${at}`] ?? [];
    return told ? [[key.name, { values: values.slice(0, limit), more: values.length > limit }] as const] : [];
  });
  const more = (row?.read ?? 0) > facetRecordsMost;
  return { facets: Object.fromEntries(told), count: { value: row?.n ?? 0, more } };
}

/** The same as a query: `fields` with commas, `prefix` of all of them, `chosen` as JSON. */
export function facetsAsked(query: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const { fields = "", prefix, chosen, limit, ...others } = query;
  const names = fields
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return {
    ...others,
    fields: prefix === undefined ? names : names.map((field) => ({ field, prefix })),
    ...(chosen === undefined ? {} : { chosen: parsed(chosen) }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
  };
}

function parsed(chosen: string): unknown {
  try {
    return JSON.parse(chosen);
  } catch {
    throw problem("report.malformed", { wanted: "JSON", path: "/chosen" });
  }
}
