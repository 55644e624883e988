import type { Mappings } from "./change.ts";
import type { Model } from "./model.ts";
import { choiceValues } from "./plan.ts";
import { fault, type Fault } from "./problem.ts";
import { movesRuns, runsKey } from "./workflow/kept.ts";
import { follow, isWaitKey, waitKey } from "./workflow/retimed.ts";

/** Reads the mappings of a change as they were sent. Shape alone is looked at; all faults are told. */
export function readMappings(given: unknown, path = "/mappings"): { mappings: Mappings; faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const mappings: Record<string, Record<string, string | null>> = {};
  const wanted = (at: string) => faults.push(fault("mapping.malformed", { path: at }));
  if (!isObject(given)) return { mappings: {}, faults: [fault("mapping.malformed", { path })] };
  for (const [address, mapping] of Object.entries(given)) {
    const place = `${path}/${address.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (!isObject(mapping)) wanted(place);
    else if (Object.values(mapping).some((to) => to !== null && typeof to !== "string")) wanted(place);
    else mappings[address] = mapping as Record<string, string | null>;
  }
  return { mappings, faults };
}

/**
 * Mappings that name nothing, or that lead to what no field may hold. `models` are those in which an address may be
 * found: what stands and what is to stand; a target must be a choice of the last of them that has the field.
 */
export function mappingFaults(mappings: Mappings, models: readonly Model[]): readonly Fault[] {
  const faults: Fault[] = [];
  for (const [address, mapping] of Object.entries(mappings)) {
    const path = `/mappings/${address.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const fields = models.flatMap((model) =>
      [...model.entities.values()].flatMap((entity) =>
        [...entity.fields.values()].filter((field) => field.address === address),
      ),
    );
    const flows = models.flatMap((model) => [...model.workflows.values()].filter(({ meta }) => meta.id === address));
    if (fields.length + flows.length === 0) faults.push(fault("mapping.unknown", { address, path }));
    const choices = fields.at(-1) ? choiceValues(fields.at(-1)!) : [];
    for (const to of Object.values(mapping))
      if (to !== null && choices.length > 0 && !choices.includes(to))
        faults.push(fault("mapping.value", { value: to, path }));
    const waits = new Set(flows.flatMap(({ meta }) => Object.keys(meta.delays ?? {}).map(waitKey)));
    const runs = flows.length > 0 ? mapping[runsKey] : undefined;
    if (typeof runs === "string" && runs !== movesRuns) faults.push(fault("mapping.runs", { value: runs, path }));
    for (const [key, to] of Object.entries(mapping))
      if (flows.length > 0 && isWaitKey(key) && !(waits.has(key) && (to === null || to === follow)))
        faults.push(fault("mapping.wait", { key, path }));
  }
  return faults;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
