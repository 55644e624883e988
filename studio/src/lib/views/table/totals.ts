import { post } from "#lib/api.ts";

/** Counts and sums over all rows of a list, and not those on screen alone. */
export interface Totals {
  readonly all: Readonly<Record<string, unknown>>;
  readonly groups: readonly Readonly<Record<string, unknown>>[];
}

export const noTotals: Totals = { all: {}, groups: [] };

/** Measures a list, and each of its groups where it has some. What cannot be measured is left empty. */
export async function readTotals(
  entity: string,
  { filter, search, group, measure }: { filter: string; search: string; group: string; measure: string | undefined },
): Promise<Totals> {
  const measures = { n: "count()", ...(measure ? { sum: `sum(${measure})` } : {}) };
  const ask = (by: readonly string[]) =>
    post(`/api/records/${entity}/aggregate`, { filter, search, measures, group: by }).then(({ body }) => body.rows);
  try {
    const [[all = {}], groups] = await Promise.all([ask([]), group ? ask([group]) : []]);
    return { all, groups };
  } catch {
    return noTotals;
  }
}
