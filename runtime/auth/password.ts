import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(argon2);

/** Argon2id as OWASP advises for 2026: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };
const atOnceMax = 2;
let running = 0;
const queue: (() => void)[] = [];

/** A hash to keep, with its salt: `argon2id$<salt>$<tag>` in base64. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  return `argon2id$${nonce.toString("base64")}$${(await tag(password, nonce)).toString("base64")}`;
}

/** Whether a password is the one that was hashed. Takes as long for a wrong one as for the right one. */
export async function verifyPassword(kept: { hash: string; password: string }): Promise<boolean> {
  const [, salt = "", expected = ""] = kept.hash.split("$");
  const wanted = Buffer.from(expected, "base64");
  const found = await tag(kept.password, Buffer.from(salt, "base64"));
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}

/** Two at once at most: a flood of sign-ins must not take the processor from those who are signed in. */
async function tag(password: string, nonce: Buffer): Promise<Buffer> {
  if (running >= atOnceMax) await new Promise<void>((turn) => queue.push(turn));
  running++;
  try {
    return await derive("argon2id", { ...cost, message: password.normalize("NFKC"), nonce });
  } finally {
    running--;
    queue.shift()?.();
  }
}
