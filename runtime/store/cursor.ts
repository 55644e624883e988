import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { problem, type ListPlan } from "engine";
import type { After } from "engine/sql";

/** What a cursor is good for: another list, reader or model cannot use it. */
export interface CursorBound {
  readonly plan: ListPlan;
  readonly principal: string;
  readonly model: number;
}

/**
 * Where a page ended, sealed (AES-256-GCM): a reader learns nothing from the values in it, and can make none up. Bound
 * to the list, the reader and the model.
 */
export function sealCursor(key: Buffer, bound: CursorBound, after: After): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(boundHash(bound));
  const sealed = Buffer.concat([cipher.update(JSON.stringify([after.keys, after.id]), "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** Where the page that a cursor names ended. Throws `cursor.stale` for every cursor that is not of this very list. */
export function openCursor(key: Buffer, bound: CursorBound, cursor: string): After {
  try {
    const bytes = Buffer.from(cursor, "base64url");
    const opener = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12))
      .setAAD(boundHash(bound))
      .setAuthTag(bytes.subarray(12, 28));
    const [keys, id] = JSON.parse(Buffer.concat([opener.update(bytes.subarray(28)), opener.final()]).toString("utf8"));
    return { keys, id };
  } catch {
    throw problem("cursor.stale", { path: "/cursor" });
  }
}

function boundHash({ plan, principal, model }: CursorBound): Buffer {
  const order = plan.order.map(({ path, descending }) => [path.map(({ name }) => name).join("."), descending]);
  const parts = [plan.entity.anchor, order, plan.filter?.text ?? "", plan.search ?? "", plan.trash, principal, model];
  return createHash("sha256").update(JSON.stringify(parts)).digest();
}
