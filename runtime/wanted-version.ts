import { problem } from "engine";
import type { Context } from "hono";

/** The version that `If-Match` names (RFC 9110, 13.1.1). Whatever it says that is no version of ours cannot be the present one. */
export function wantedVersion(c: Context): number {
  const given = c.req.header("if-match");
  if (given === undefined) throw problem("record.version_wanted", {});
  return Number(/^(?:W\/)?"?(\d{1,9})"?$/.exec(given.trim())?.[1] ?? -1);
}
