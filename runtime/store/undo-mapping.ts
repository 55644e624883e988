import {
  fault,
  isWaitKey,
  plan,
  readModel,
  refuse,
  sameDocument,
  type Change,
  type Fault,
  type Mappings,
  type ValueMapping,
} from "engine";
import { identifier, oldColumns, tableOf } from "engine/sql";
import type { AnyDocument } from "schemas";
import type { Workspace } from "../workspace.ts";
import { readGone } from "./gone.ts";
import { fieldAt } from "./measure.ts";
import { readPublished } from "./switch.ts";

/** What becomes of values that an undo takes away: for all of them alike, or by the address of a field. */
export type UndoMapping = ValueMapping | Mappings;

type Back = (published: readonly AnyDocument[]) => readonly AnyDocument[];

/** The mappings of an undo by address. What was said for all goes to each field and workflow that the undo changes. */
export async function mappingsOfUndo(workspace: Workspace, given: UndoMapping, back: Back): Promise<Mappings> {
  const flat = Object.entries(given).filter(([, to]) => to === null || typeof to === "string");
  const nested = Object.entries(given).filter(([, to]) => to !== null && typeof to === "object") as [
    string,
    ValueMapping,
  ][];
  const mappings: Record<string, ValueMapping> = Object.fromEntries(nested);
  if (flat.length === 0) return mappings;
  const { now, next, changes } = await planOf(workspace, back);
  const all = Object.fromEntries(flat) as ValueMapping;
  for (const change of changes.filter(takesChoices)) {
    const own = Object.entries(all).filter(([from]) => change.removed.includes(from));
    if (own.length > 0) mappings[change.address] = { ...Object.fromEntries(own), ...mappings[change.address] };
  }
  for (const workflow of now.workflows.values()) {
    const after = [...next.workflows.values()].find(({ meta }) => meta.id === workflow.meta.id);
    if (after && !sameDocument(after, workflow)) mappings[workflow.meta.id] = { ...all, ...mappings[workflow.meta.id] };
  }
  return mappings;
}

/** What a version has renamed among choices is called as before again, unless the undo says otherwise. */
export function withFormerChoices(plan: readonly Change[], given: Mappings): Mappings {
  const mappings: Record<string, ValueMapping> = { ...given };
  for (const change of plan) {
    if (change.act !== "choices.change" || !change.mapping) continue;
    const targets = Object.values(change.mapping);
    const back = Object.entries(change.mapping).flatMap(([from, to]) =>
      to !== null && change.added.includes(to) && targets.filter((it) => it === to).length === 1 ? [[to, from]] : [],
    );
    if (back.length > 0) mappings[change.address] = { ...Object.fromEntries(back), ...mappings[change.address] };
  }
  return mappings;
}

/** Waits that have followed a version are counted as before again, unless the undo says otherwise. */
export function withFormerWaits(told: Mappings, given: Mappings): Mappings {
  const mappings: Record<string, ValueMapping> = { ...given };
  for (const [address, mapping] of Object.entries(told)) {
    const waits = Object.entries(mapping).filter(([key]) => isWaitKey(key));
    if (waits.length > 0) mappings[address] = { ...Object.fromEntries(waits), ...mappings[address] };
  }
  return mappings;
}

type ChoicesChange = Change & { readonly act: "choices.change" };
const takesChoices = (change: Change): change is ChoicesChange =>
  change.act === "choices.change" && change.removed.length > 0;

/** Refuses an undo that takes away choices which records hold, unless it is said what becomes of them. */
export async function refuseUnmapped(workspace: Workspace, mappings: Mappings, back: Back): Promise<void> {
  const { pool, schemaName } = workspace;
  const { now, changes } = await planOf(workspace, back);
  const faults: Fault[] = [];
  for (const change of changes.filter(takesChoices)) {
    const field = fieldAt(now, change.address);
    const open = change.removed.filter((value) => mappings[change.address]?.[value] === undefined);
    if (!field || open.length === 0) continue;
    const column = identifier(oldColumns(field)[0] ?? "");
    const values = field.type.name === "multi_select" ? `unnest(${column})` : column;
    const { rows } = await pool.query(
      `select value, count(*)::int as n from (select ${values} as value from ${tableOf(schemaName, field.entity)}) as held
       where value = any($1::text[]) group by value order by value`,
      [open],
    );
    for (const { value, n } of rows as { value: string; n: number }[])
      faults.push(fault("undo.needs_mapping", { n, value, of: `"${field.title}"`, path: `/mapping/${value}` }));
  }
  refuse(faults);
}

async function planOf(workspace: Workspace, back: Back) {
  const { pool, schemaName } = workspace;
  const now = await readPublished(pool, workspace);
  const next = readModel(back(now.documents), now.version + 1);
  return { now, next, changes: plan(now, next, await readGone(pool, schemaName, now)) };
}
