import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { problem, type Principal } from "engine";
import type { Context, MiddlewareHandler } from "hono";
import type { App } from "../app.ts";
import type { Workspace } from "../workspace.ts";
import type { Part } from "./commit.ts";

/** A request that its sender may send again: the first one does the work, the others get its answer. */
interface Claim {
  readonly workspace: Workspace;
  readonly principal: string;
  readonly route: string;
  readonly key: string;
  readonly bodyHash: string;
  readonly now: Date;
}

interface Kept {
  readonly body_hash: string;
  readonly at: string;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly answer: string | null;
}

const keepMs = 24 * 3_600_000;
/** The longest statement of a request, that of a publish, takes no longer; who claimed before has died. */
const claimMs = 600_000;
const told = ["content-type", "etag", "location", "trellis-operation"];
const writing = new Set(["POST", "PUT", "PATCH", "DELETE"]);

const claims = new AsyncLocalStorage<Claim>();

/**
 * Does each write with an `Idempotency-Key` once. The key is claimed before the work begins, so of several at the same
 * time one works and the others hear 409. Refused requests have written nothing and give their key back.
 */
export const idempotent: MiddlewareHandler<App> = async (c, next) => {
  const key = c.req.header("idempotency-key");
  if (key === undefined || !writing.has(c.req.method)) return next();
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw problem("idempotency.malformed", {});
  const claim = await claimOf(c, key);
  const kept = await take(claim);
  if (kept) return replay(claim, kept);
  await claims.run(claim, next);
  if (c.res.status >= 400) await giveBack(claim);
  else {
    await keep(claim, c.res);
    await forget(claim);
  }
};

/**
 * What writes into a claim which operation has done its work, in the transaction of that work: should the process die
 * before it has answered, the next one with the same key still learns that it is done.
 */
export function noteOperation(operation: string): readonly Part[] {
  const claim = claims.getStore();
  if (!claim) return [];
  return [
    {
      sql: `update ${claim.workspace.schema}._idempotency set headers = $4::jsonb
        where principal = $1::text and route = $2::text and key = $3::text`,
      parameters: [claim.principal, claim.route, claim.key, JSON.stringify({ "trellis-operation": operation })],
    },
  ];
}

/** Who acts for somebody has keys of her own there. */
const asking = ({ id, actor }: Principal) => (actor ? `${actor.id} for ${id}` : id);

async function claimOf(c: Context<App>, key: string): Promise<Claim> {
  const { workspace, principal, now } = c.var;
  const { pathname, search } = new URL(c.req.url);
  const route = `${c.req.method} ${pathname}${search}`;
  return { workspace, principal: asking(principal), route, key, bodyHash: await hashOf(c), now };
}

/** What was sent, as a hash. A form is what stands in it: each sending draws new borders between its parts. */
async function hashOf(c: Context<App>): Promise<string> {
  const hash = createHash("sha256");
  const bytes = Buffer.from(await c.req.arrayBuffer());
  const isForm = /^multipart\//i.test(c.req.header("content-type") ?? "");
  const form = isForm ? await c.req.formData().catch(() => undefined) : undefined;
  if (!form) return hash.update(bytes).digest("hex");
  for (const [name, value] of form.entries()) {
    const content = typeof value === "string" ? Buffer.from(value) : Buffer.from(await value.arrayBuffer());
    hash.update(JSON.stringify([name, typeof value === "string" ? null : value.name, content.length])).update(content);
  }
  return hash.digest("hex");
}

/** Claims the key; where another has it, what is kept under it. A key older than a day is free again. */
async function take({ workspace, principal, route, key, bodyHash, now }: Claim): Promise<Kept | undefined> {
  const [old, dead] = [new Date(now.getTime() - keepMs), new Date(now.getTime() - claimMs)];
  const { rows } = await workspace.pool.query(
    `insert into ${workspace.schema}._idempotency as i (principal, route, key, body_hash, at) values ($1, $2, $3, $4, $5)
     on conflict (principal, route, key) do update
       set body_hash = excluded.body_hash, at = excluded.at, status = null, headers = null, answer = null
       where i.at < $6 or (i.status is null and i.headers is null and i.at < $7 and i.body_hash = excluded.body_hash)
     returning i.at`,
    [principal, route, key, bodyHash, now, old, dead],
  );
  if (rows[0]) return undefined;
  const { rows: kept } = await workspace.pool.query(
    `select body_hash, at, status, headers, answer from ${workspace.schema}._idempotency
     where principal = $1 and route = $2 and key = $3`,
    [principal, route, key],
  );
  if (!kept[0]) throw problem("idempotency.in_flight", {});
  return kept[0] as Kept;
}

function replay({ bodyHash, now }: Claim, kept: Kept): Response {
  if (kept.body_hash !== bodyHash) throw problem("idempotency.reused", {});
  const dead = Date.parse(kept.at) < now.getTime() - claimMs;
  if (kept.status === null && kept.headers && dead) {
    const operation = kept.headers["trellis-operation"] ?? "";
    const headers = { "content-type": "application/json", "trellis-operation": operation };
    return new Response(JSON.stringify({ operation }), { status: 200, headers });
  }
  if (kept.status === null) throw problem("idempotency.in_flight", {});
  return new Response(kept.answer === "" ? null : kept.answer, { status: kept.status, headers: { ...kept.headers } });
}

async function keep({ workspace, principal, route, key }: Claim, answer: Response): Promise<void> {
  const headers = Object.fromEntries(
    told.flatMap((name) => (answer.headers.has(name) ? [[name, answer.headers.get(name)]] : [])),
  );
  await workspace.pool.query(
    `update ${workspace.schema}._idempotency set status = $4, headers = $5::jsonb, answer = $6
     where principal = $1 and route = $2 and key = $3`,
    [principal, route, key, answer.status, JSON.stringify(headers), await answer.clone().text()],
  );
}

/** Each new key takes some with it that are older than a day, so that none stays for long. */
async function forget({ workspace, now }: Claim): Promise<void> {
  const { schema } = workspace;
  await workspace.pool.query(
    `delete from ${schema}._idempotency where (principal, route, key) in
       (select principal, route, key from ${schema}._idempotency where at < $1 order by at for update skip locked limit 20)`,
    [new Date(now.getTime() - keepMs)],
  );
}

async function giveBack({ workspace, principal, route, key }: Claim): Promise<void> {
  await workspace.pool.query(
    `delete from ${workspace.schema}._idempotency where principal = $1 and route = $2 and key = $3 and status is null and headers is null`,
    [principal, route, key],
  );
}
