import { createHmac, timingSafeEqual } from "node:crypto";
import { secretOf } from "../store/secret.ts";
import type { Workspace } from "../workspace.ts";

const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The link's own part: which workspace, which ask, and a signature over both. It is good for this ask alone. */
export async function surveyToken(workspace: Workspace, ask: string): Promise<string> {
  return `${workspace.name}.${ask}.${(await macOf(workspace, ask)).toString("base64url")}`;
}

/** Of which ask a token is; nothing where we have not made it. */
export async function askOfToken(
  workspaces: ReadonlyMap<string, Workspace>,
  token: string,
): Promise<{ readonly workspace: Workspace; readonly ask: string } | undefined> {
  const [name = "", ask = "", mac = "", ...more] = token.split(".");
  const workspace = workspaces.get(name);
  if (!workspace || !idForm.test(ask) || more.length > 0) return undefined;
  const [given, wanted] = [Buffer.from(mac, "base64url"), await macOf(workspace, ask)];
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? { workspace, ask } : undefined;
}

async function macOf({ pool, name }: Workspace, ask: string): Promise<Buffer> {
  return createHmac("sha256", await secretOf(pool, "survey"))
    .update(`${name} ${ask}`)
    .digest()
    .subarray(0, 18);
}
