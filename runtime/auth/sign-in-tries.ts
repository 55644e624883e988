import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Pool } from "../database/pool.ts";
import { secretOf } from "../store/secret.ts";

/** Who tries to sign in: the name that is typed, where from, and what the browser shows of an earlier visit. */
export interface Trying {
  readonly email: string;
  readonly network: string;
  readonly device: string | undefined;
  /** With what; without it with a password. */
  readonly of?: "code";
}

/** How many tries in which time. */
interface Bound {
  readonly most: number;
  readonly withinMs: number;
}

const quarterMs = 15 * 60_000;
const dayMs = 24 * 60 * 60_000;
const few: Bound = { most: 10, withinMs: quarterMs };
const many: Bound = { most: 100, withinMs: quarterMs };
/** There are a million codes, and who knows the password may go on for long: fewer a day than a quarter of an hour allows. */
const codesOfDay: Bound = { most: 50, withinMs: dayMs };

/**
 * Counts a try and says whether it may be made: ten for an account and a hundred from a network in a quarter of an hour,
 * fifty codes for an account in a day, over all processes and restarts. A browser in which the account has signed in
 * before is counted by itself, so nobody keeps its owner out by trying in her name.
 */
export async function countTry(pool: Pool, trying: Trying, now: Date): Promise<boolean> {
  const counted = await countersOf(pool, trying);
  const { rows } = await pool.query(
    `insert into trellis.sign_in_try as t (key, count, since)
     select key, 1, $2::timestamptz from unnest($1::text[]) as k(key) order by key
     on conflict (key) do update set
       count = case when t.since <= ($3::timestamptz[])[array_position($1::text[], t.key)] then 1 else t.count + 1 end,
       since = case when t.since <= ($3::timestamptz[])[array_position($1::text[], t.key)] then excluded.since else t.since end
     returning key, count`,
    [[...counted.keys()], now, [...counted.values()].map(({ withinMs }) => new Date(now.getTime() - withinMs))],
  );
  return (rows as { key: string; count: number }[]).every(({ key, count }) => count <= (counted.get(key)?.most ?? 0));
}

/** A try that succeeded counts for nothing; what is past is forgotten. */
export async function forgiveTry(pool: Pool, trying: Trying, now: Date): Promise<void> {
  const keys = [...(await countersOf(pool, trying)).keys()];
  await pool.query(
    `with past as (delete from trellis.sign_in_try where since <= $2 and key <> all($1::text[]))
     update trellis.sign_in_try set count = greatest(count - 1, 0) where key = any($1::text[])`,
    [keys, new Date(now.getTime() - dayMs)],
  );
}

/** What a browser keeps of having signed in: it proves that to us for this account, and nothing else to anybody. */
export async function deviceProof(pool: Pool, email: string): Promise<string> {
  const nonce = randomBytes(16).toString("base64url");
  return `${nonce}.${await proofOf(pool, nonce, email)}`;
}

async function countersOf(pool: Pool, tried: Trying): Promise<ReadonlyMap<string, Bound>> {
  const { email, network, device = "", of } = tried;
  const [nonce = "", proof = ""] = device.split(".");
  const known = nonce !== "" && equal(proof, await proofOf(pool, nonce, email));
  const whose = known ? nonce : email.toLowerCase();
  const kind = known ? "device" : "account";
  return new Map([
    [hashOf(of === undefined ? kind : `${kind} ${of}`, whose), few],
    ...(known ? [] : [[hashOf("network", network), many] as const]),
    ...(of === undefined ? [] : [[hashOf(`${kind} ${of} of a day`, whose), codesOfDay] as const]),
  ]);
}

async function proofOf(pool: Pool, nonce: string, email: string): Promise<string> {
  return createHmac("sha256", await secretOf(pool, "device"))
    .update(`${nonce} ${email.toLowerCase()}`)
    .digest("base64url");
}

function equal(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Names that were typed are no business of who reads the table. */
const hashOf = (kind: string, text: string) => createHash("sha256").update(`${kind} ${text}`).digest("base64url");
