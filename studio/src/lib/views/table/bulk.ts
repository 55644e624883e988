import { ask, type RecordRow } from "#lib/api.ts";
import type { Meant } from "./selection.svelte.ts";

/** What is done to many records: values that are written into each, or they go to the trash, all or those that nothing points at. */
export type BulkAct = { readonly set: Readonly<Record<string, unknown>> } | { readonly trash: true | "alone" };

interface Counts {
  readonly matched: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly along: number;
  readonly refused: number;
  readonly refusals: readonly { readonly id: string; readonly problems: readonly { readonly detail: string }[] }[];
}

/** What a bulk change would do; `records` are the first of those that change and of those that are refused. */
export interface BulkPreview extends Counts {
  readonly records: readonly RecordRow[];
}

export interface BulkDone extends Counts {
  readonly operation: string;
}

/** Asks what a bulk change would do. Throws a `Problem` where it cannot be done at all. */
export async function previewBulk(
  entity: string,
  meant: Meant,
  act: BulkAct,
  signal: AbortSignal,
): Promise<BulkPreview> {
  const body = { ...meant, ...act, preview: true };
  return (await ask<BulkPreview>("POST", `/api/records/${entity}/bulk`, { body, signal, looks: true })).body;
}

/** Does it, as one operation, where as many records are meant as the preview told. */
export async function changeInBulk(entity: string, meant: Meant, act: BulkAct, expect: number): Promise<BulkDone> {
  return (await ask<BulkDone>("POST", `/api/records/${entity}/bulk`, { body: { ...meant, ...act, expect } })).body;
}

/** Why records are refused: each reason with the records that it holds for. */
export function reasonsOf({ refusals }: BulkPreview): readonly (readonly [reason: string, ids: readonly string[]])[] {
  const byReason = Map.groupBy(refusals, ({ problems }) => problems[0]?.detail ?? "");
  return [...byReason].map(([reason, them]) => [reason, them.map(({ id }) => id)]);
}
