import { timingSafeEqual } from "node:crypto";
import { macBy } from "../mac.ts";

/** What a link in a mail may do; a token for one is none for another. */
export type TokenUse = "stop" | "choices" | "open" | "link";

const idBytes = 16;
const macBytes = 16;

/** An id that nobody guesses, and that proves that we have written it: 43 signs of base64url. */
export function tokenOf(key: Buffer, use: TokenUse, id: string): string {
  const bytes = Buffer.from(id.replaceAll("-", ""), "hex");
  return Buffer.concat([bytes, macOf(key, use, bytes)]).toString("base64url");
}

/** Whether a text can be a token at all. */
export const isToken = (text: string): boolean => /^[\w-]{43}$/.test(text);

/** The id of a token; nothing where it is none of ours for this use. */
export function idOfToken(key: Buffer, use: TokenUse, token: string): string | undefined {
  if (!isToken(token)) return undefined;
  const all = Buffer.from(token, "base64url");
  const bytes = all.subarray(0, idBytes);
  if (all.length !== idBytes + macBytes || !timingSafeEqual(all.subarray(idBytes), macOf(key, use, bytes)))
    return undefined;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const macOf = (key: Buffer, use: TokenUse, bytes: Buffer): Buffer =>
  macBy(key).update(`${use} `).update(bytes).digest().subarray(0, macBytes);
