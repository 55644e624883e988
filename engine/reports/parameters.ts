import { fault, refuse, type Fault } from "../problem.ts";
import type { ReportParameters } from "./plan.ts";

const known = ["filter", "period", "as_of"];

/** Reads what a run of a report chooses; tells all that is wrong with it at once. */
export function readParameters(given: unknown): ReportParameters {
  if (given === undefined || given === null) return {};
  const faults: Fault[] = [];
  const bad = (wanted: string, path: string) =>
    faults.push(fault("report.malformed", { wanted, path: `/parameters${path}` }));
  const isObject = (it: unknown): it is Readonly<Record<string, unknown>> =>
    typeof it === "object" && it !== null && !Array.isArray(it);
  if (!isObject(given)) bad("what the run chooses, by name", "");
  const { filter, period, as_of: asOf } = isObject(given) ? given : {};
  for (const key of Object.keys(isObject(given) ? given : {}))
    if (!known.includes(key))
      faults.push(fault("query.unknown", { name: key.slice(0, 80), path: `/parameters/${key}` }));
  if (filter !== undefined && typeof filter !== "string") bad("a condition", "/filter");
  if (period !== undefined && !isObject(period)) bad("a period", "/period");
  if (asOf !== undefined && asOf !== null && typeof asOf !== "string") bad("a day", "/as_of");
  refuse(faults);
  return {
    ...(filter === undefined ? {} : { filter: filter as string }),
    ...(period === undefined ? {} : { period: period as Readonly<Record<string, unknown>> }),
    ...(asOf === undefined ? {} : { as_of: asOf as string | null }),
  };
}
