import { createSecretKey, hash, type KeyObject } from "node:crypto";
import { problem, type ListPlan } from "engine";
import type { After } from "engine/sql";
import type { Pool } from "../database/pool.ts";
import type { ReadScene } from "./read.ts";
import { seal, unseal } from "./seal.ts";
import { secretOf } from "./secret.ts";

/** What a cursor is good for: another list, reader, set of rights or model cannot use it. */
export interface CursorBound {
  readonly plan: ListPlan;
  readonly scene: Pick<ReadScene, "model" | "access" | "principal" | "workspace">;
}

const keys = new WeakMap<Pool, Promise<KeyObject>>();

/** The key of this installation's cursors, read once. */
export function cursorKey(pool: Pool): Promise<KeyObject> {
  const known = keys.get(pool);
  if (known) return known;
  const read = secretOf(pool, "cursor").then((secret) => createSecretKey(secret));
  keys.set(pool, read);
  read.catch(() => keys.delete(pool));
  return read;
}

/**
 * Where a page ended, sealed: a reader learns nothing from the values in it, and can make none up. Bound
 * to the list, the reader, her rights and the model.
 */
export function sealCursor(key: KeyObject, bound: CursorBound, after: After): string {
  return seal(key, JSON.stringify([after.keys, after.id, after.tied]), boundHash(bound)).toString("base64url");
}

/** Where the page that a cursor names ended. Throws `cursor.stale` for every cursor that is not of this very list. */
export function openCursor(key: KeyObject, bound: CursorBound, cursor: string): After {
  try {
    const [keys, id, tied] = JSON.parse(unseal(key, Buffer.from(cursor, "base64url"), boundHash(bound)));
    return { keys, id, tied };
  } catch {
    throw problem("cursor.stale", { path: "/cursor" });
  }
}

function boundHash({ plan, scene: { workspace, model, access, principal } }: CursorBound): Buffer {
  const reader = [workspace.name, model.version, workspace.accessVersion, principal.id, access.roles];
  return hash("sha256", `${listOf(plan)} ${JSON.stringify(reader)}`, "buffer");
}

const lists = new WeakMap<ListPlan, string>();

/** What tells a list from others whose rows come in another order or are others. */
function listOf(plan: ListPlan): string {
  const known = lists.get(plan);
  if (known !== undefined) return known;
  const order = plan.order.map(({ path, descending }) => [path.map(({ name }) => name).join("."), descending]);
  const { entity, filter, search, trash, colours } = plan;
  const text = JSON.stringify([
    entity.anchor,
    order,
    filter?.text ?? "",
    search ?? "",
    trash,
    colours.map((it) => it.text),
  ]);
  lists.set(plan, text);
  return text;
}
