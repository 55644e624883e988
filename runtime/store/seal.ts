import { createCipheriv, createDecipheriv, type CipherKey } from "node:crypto";
import { chance } from "../chance.ts";

/** A text that nobody reads without the key (AES-256-GCM), nor by another `bound` than the one it was sealed for. */
export function seal(key: CipherKey, text: string, bound: Uint8Array): Buffer {
  const nonce = chance(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(bound);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** The text that was sealed. Throws where it was not, by this key and for this. */
export function unseal(key: CipherKey, bytes: Buffer, bound: Uint8Array): string {
  const opener = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12))
    .setAAD(bound)
    .setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([opener.update(bytes.subarray(28)), opener.final()]).toString("utf8");
}
