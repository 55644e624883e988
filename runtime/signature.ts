import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** What a message proves itself by: the headers of Standard Webhooks. */
export interface Proof {
  readonly id: string;
  /** Seconds since 1970, as text. */
  readonly timestamp: string;
  /** Signatures with spaces between them, each with its version. */
  readonly signature: string;
}

/** How far the clocks of two houses may be apart, and how old a message may be. */
const toleranceSeconds = 300;

/** A new secret of 256 bits. */
export function newSigningSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

/** Whether a text is a secret as Standard Webhooks has it: 24 to 64 bytes. */
export function isSigningSecret(text: unknown): text is string {
  if (typeof text !== "string" || !/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  const { length } = keyOf(text);
  return length >= 24 && length <= 64;
}

/** The headers by which a message proves who sent it: signed with each of the secrets. */
export function signed(
  secrets: readonly string[],
  { id, now, body }: { readonly id: string; readonly now: Date; readonly body: string },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signatures = secrets.map((secret) => `v1,${macOf(secret, id, timestamp, body).toString("base64")}`);
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

/** Whether somebody who knows one of the secrets has signed this very message a short while ago. */
export function isSigned(
  secrets: readonly string[],
  { id, timestamp, signature }: Proof,
  { body, now }: { readonly body: Uint8Array; readonly now: Date },
): boolean {
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  const apart = Math.abs(now.getTime() / 1000 - Number(timestamp));
  const given = signature.split(" ").slice(0, 10);
  const right = secrets.some((secret) => {
    const mac = macOf(secret, id, timestamp, body);
    return given.filter((one) => isSame(one, mac)).length > 0;
  });
  return right && apart <= toleranceSeconds;
}

/** Whether a text is one of the secrets; how long that takes tells nothing of them. */
export function isOneOf(secrets: readonly string[], given: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return secrets.filter((secret) => timingSafeEqual(hash(secret), hash(given))).length > 0;
}

function isSame(given: string, mac: Buffer): boolean {
  const bytes = Buffer.from(/^v1,([A-Za-z0-9+/]{43}=)$/.exec(given)?.[1] ?? "", "base64");
  return bytes.length === mac.length && timingSafeEqual(bytes, mac);
}

function macOf(secret: string, id: string, timestamp: string, body: string | Uint8Array): Buffer {
  return createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest();
}

const keyOf = (secret: string) => Buffer.from(secret.slice("whsec_".length), "base64");
