import { createHash } from "node:crypto";
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

const keys = new WeakMap<Pool, Promise<Buffer>>();

/** The key of this installation's cursors, read once. */
export function cursorKey(pool: Pool): Promise<Buffer> {
  const known = keys.get(pool);
  if (known) return known;
  const read = secretOf(pool, "cursor");
  keys.set(pool, read);
  read.catch(() => keys.delete(pool));
  return read;
}

/**
 * Where a page ended, sealed: a reader learns nothing from the values in it, and can make none up. Bound
 * to the list, the reader, her rights and the model.
 */
export function sealCursor(key: Buffer, bound: CursorBound, after: After): string {
  return seal(key, JSON.stringify([after.keys, after.id]), boundHash(bound)).toString("base64url");
}

/** Where the page that a cursor names ended. Throws `cursor.stale` for every cursor that is not of this very list. */
export function openCursor(key: Buffer, bound: CursorBound, cursor: string): After {
  try {
    const [keys, id] = JSON.parse(unseal(key, Buffer.from(cursor, "base64url"), boundHash(bound)));
    return { keys, id };
  } catch {
    throw problem("cursor.stale", { path: "/cursor" });
  }
}

function boundHash({ plan, scene: { workspace, model, access, principal } }: CursorBound): Buffer {
  const order = plan.order.map(({ path, descending }) => [path.map(({ name }) => name).join("."), descending]);
  const list = [
    plan.entity.anchor,
    order,
    plan.filter?.text ?? "",
    plan.search ?? "",
    plan.trash,
    plan.colours.map(({ text }) => text),
  ];
  const reader = [workspace.name, model.version, workspace.accessVersion, principal.id, access.roles];
  return createHash("sha256")
    .update(JSON.stringify([list, reader]))
    .digest();
}
