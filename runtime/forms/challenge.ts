import { randomInt } from "node:crypto";
import type { Challenge, Solution } from "altcha-lib";
import type { Pool } from "../database/pool.ts";
import { secretOf } from "../store/secret.ts";

/** A form is filled in within so long; then its page is loaded again. */
const livesMs = 30 * 60_000;
/** A phone of the year 2020 works on it for about half a second. */
const cost = 1000;
const [countsLeast, countsMost] = [200, 1000];

/** The work that a browser does before it sends a form (ALTCHA, proof of work 2). It is bound to the form. */
export async function newChallenge(pool: Pool, form: string, now: Date): Promise<Challenge> {
  const [{ createChallenge }, { deriveKey }] = await tools();
  const { signature, key } = await secretsOf(pool);
  return createChallenge({
    ...{ algorithm: "PBKDF2/SHA-256", cost, deriveKey },
    counter: randomInt(countsLeast, countsMost),
    data: { form, at: now.getTime() },
    hmacSignatureSecret: signature,
    hmacKeySignatureSecret: key,
  });
}

/**
 * What tells a challenge from every other, where the work was done: for this form, and not too long ago. Undefined where
 * anything is wrong with it. Whether it was used before is for the database to say.
 */
export async function solved(pool: Pool, form: string, sent: string, now: Date): Promise<string | undefined> {
  const payload = readPayload(sent);
  if (!payload) return undefined;
  const { challenge, solution } = payload;
  const { form: of, at } = challenge.parameters.data ?? {};
  const age = now.getTime() - Number(at);
  if (of !== form || !(age >= 0 && age <= livesMs)) return undefined;
  const [{ verifySolution }, { deriveKey }] = await tools();
  const { signature, key } = await secretsOf(pool);
  const { verified } = await verifySolution({
    ...{ challenge, solution, deriveKey },
    hmacSignatureSecret: signature,
    hmacKeySignatureSecret: key,
  }).catch(() => ({ verified: false }));
  return verified ? challenge.parameters.nonce : undefined;
}

/** Loaded when the first form is sent. */
const tools = () => Promise.all([import("altcha-lib"), import("altcha-lib/algorithms/pbkdf2")]);

async function secretsOf(pool: Pool) {
  const secret = (await secretOf(pool, "form")).toString("base64url");
  return { signature: `${secret} challenge`, key: `${secret} key` };
}

const payloadMost = 4000;

function readPayload(sent: string): { challenge: Challenge; solution: Solution } | undefined {
  if (sent === "" || sent.length > payloadMost) return undefined;
  try {
    const { challenge, solution } = JSON.parse(Buffer.from(sent, "base64").toString("utf8"));
    const { nonce, salt, keyPrefix, keySignature } = challenge.parameters;
    const texts = [nonce, salt, keyPrefix, keySignature, challenge.signature, solution.derivedKey];
    const sound = texts.every((it) => typeof it === "string") && Number.isInteger(solution.counter);
    return sound && /^[0-9a-f]{8,128}$/.test(nonce) ? { challenge, solution } : undefined;
  } catch {
    return undefined;
  }
}
