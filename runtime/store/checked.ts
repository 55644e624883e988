import { createHash } from "node:crypto";
import { check, type Fault } from "engine";
import { Cache } from "engine/sql";
import type { AnyDocument } from "schemas";

const found = new Cache<readonly Fault[]>(20);

/** What tells documents from all others: their texts and their order. */
export const markOf = (documents: readonly AnyDocument[]): string =>
  createHash("sha256").update(JSON.stringify(documents)).digest("base64");

/** What `check` finds: looked for once, though the same documents are kept as a draft, planned and published. */
export function checked(documents: readonly AnyDocument[]): readonly Fault[] {
  return found.get(markOf(documents), () => check(documents));
}
