import { createHash } from "node:crypto";
import { fault, problem, refuse, type Model, type Principal } from "engine";
import type { ConnectionDocument, IntakeDocument } from "schemas";
import { transaction } from "../database/begin.ts";
import type { Pool, Queryable } from "../database/pool.ts";
import { isSigningSecret, newSigningSecret } from "../signature.ts";
import type { Workspace } from "../workspace.ts";
import { circuitsOf } from "./outbox.ts";
import { isId } from "./records.ts";
import { seal, unseal } from "./seal.ts";
import { secretOf } from "./secret.ts";
import { tellAdmins } from "./tell-admins.ts";

/** What a connection or an intake is bound to here: whose rights bound it, and whether it works. */
export interface Binding {
  readonly anchor: string;
  readonly owner: string;
  readonly active: boolean;
  /** Why it was stopped, where nobody has done so by hand. */
  readonly stopped: string | null;
  /** The secret, and the one before while both hold. */
  readonly secrets: readonly string[];
}

/** What may be said of a binding. */
export interface Binds {
  readonly owner?: string | undefined;
  readonly active?: boolean | undefined;
  readonly secret?: string | undefined;
}

/** A former secret holds for a day. */
const bothMs = 24 * 3_600_000;

const keyOf = (pool: Pool) => secretOf(pool, "connection");
const boundTo = (anchor: string) => createHash("sha256").update(`connection ${anchor}`).digest();

/** The document of a connection or an intake by its name. Throws where there is none. */
export function documentNamed(model: Model, kind: "connections", name: string): ConnectionDocument;
export function documentNamed(model: Model, kind: "intakes", name: string): IntakeDocument;
export function documentNamed(model: Model, kind: "connections" | "intakes", name: string) {
  const document = model[kind].get(name);
  if (!document) throw problem("connection.missing", { name: name.slice(0, 80).toWellFormed() });
  return document;
}

/** The connection that a wire of the outbox leads to, by its anchor; nothing where there is none any more. */
export const connectionAt = ({ connections }: Model, anchor: string): ConnectionDocument | undefined =>
  [...connections.values()].find(({ $anchor }) => $anchor === anchor);

/** How a document is bound; undefined where nobody has bound it yet. */
export async function findBinding(
  { pool, schema }: Workspace,
  anchor: string,
  now: Date,
): Promise<Binding | undefined> {
  const { rows } = await pool.query(
    `select anchor, owner, active, stopped, secret, case when former_until > $2 then former end as former
     from ${schema}._connection where anchor = $1`,
    [anchor, now],
  );
  if (!rows[0]) return undefined;
  const { secret, former, ...row } = rows[0] as Binding & { secret: Buffer; former: Buffer | null };
  const key = await keyOf(pool);
  const secrets = [secret, former].flatMap((it) => (it ? [unseal(key, it, boundTo(anchor))] : []));
  return { ...row, secrets };
}

/** Reads what a request says of a binding; tells all that is wrong with it. */
export async function readBinds(
  workspace: Workspace,
  { channel }: { readonly channel?: string },
  body: Readonly<Record<string, unknown>>,
): Promise<Binds> {
  const { owner, active, secret, ...rest } = body;
  const faults = Object.keys(rest).map((name) =>
    fault("connection.value", { wanted: "owner, active and secret alone", path: `/${name}` }),
  );
  if (active !== undefined && typeof active !== "boolean")
    faults.push(fault("connection.value", { wanted: "true or false", path: "/active" }));
  if (secret !== undefined && !(isGiven(channel) ? isToken(secret) : isSigningSecret(secret)))
    faults.push(fault(isGiven(channel) ? "connection.token" : "connection.secret", { path: "/secret" }));
  if (owner !== undefined && !(typeof owner === "string" && (await findOwner(workspace, owner))))
    faults.push(fault("connection.owner", { path: "/owner" }));
  refuse(faults);
  return { owner, active, secret } as Binds;
}

/** Whether the secret of a channel is one that the other side has given: it is told by people and made by nobody here. */
export const isGiven = (channel: string | undefined): boolean =>
  channel === "http" || channel === "smtp" || channel === "imap";

/** What a header carries: visible signs, of which others prove who calls. */
const isToken = (secret: unknown) => typeof secret === "string" && /^[\x21-\x7e]{1,2000}$/.test(secret);

/**
 * Binds a document: at first to whoever does it, unless another owner is named, and with a secret of its own or a given
 * one; what is called has no secret before one is given. Answers the secret where it is new; nobody can read it again.
 */
export async function bind(
  workspace: Workspace,
  { $anchor: anchor, channel }: { readonly $anchor: string; readonly channel?: string },
  binds: Binds,
  { by, now }: { readonly by: string; readonly now: Date },
): Promise<{ readonly made: boolean; readonly secret?: string }> {
  const { pool, schema } = workspace;
  const first = binds.secret ?? (isGiven(channel) ? "" : newSigningSecret());
  const { rowCount } = await pool.query(
    `insert into ${schema}._connection (anchor, owner, active, secret, bound_at, bound_by) values ($1, $2, $3, $4, $5, $6)
     on conflict (anchor) do nothing`,
    [anchor, binds.owner ?? by, binds.active ?? true, await sealed(pool, anchor, first), now, by],
  );
  if (rowCount === 1) return { made: true, ...(isGiven(channel) ? {} : { secret: first }) };
  await pool.query(
    `update ${schema}._connection set owner = coalesce($2, owner), active = coalesce($3, active),
       stopped = case when $3 then null else stopped end where anchor = $1`,
    [anchor, binds.owner ?? null, binds.active ?? null],
  );
  if (binds.secret !== undefined) await changeSecret(workspace, anchor, binds.secret, now);
  return { made: false };
}

/** Gives a bound document another secret; the one before holds for a day. Answers the new one. */
export async function changeSecret(
  { pool, schema }: Workspace,
  anchor: string,
  secret: string,
  now: Date,
): Promise<string> {
  const { rowCount } = await pool.query(
    `update ${schema}._connection set former = secret, former_until = $3, secret = $2 where anchor = $1`,
    [anchor, await sealed(pool, anchor, secret), new Date(now.getTime() + bothMs)],
  );
  if (rowCount === 0) throw problem("connection.unbound", {});
  return secret;
}

const sealed = async (pool: Pool, anchor: string, secret: string) => seal(await keyOf(pool), secret, boundTo(anchor));

/** Stops what cannot go on by itself, and says why; admins hear of it. What waits goes on when somebody lets it. */
export async function stop(workspace: Workspace, anchor: string, why: "gone" | "owner", now: Date): Promise<void> {
  const { pool, schema, model } = workspace;
  const by = connectionAt(model, anchor)?.title ?? anchor;
  const news = { code: "connection_stopped", by, title: `Nothing goes to ${by} any more` };
  await transaction(pool, "write", async (tx) => {
    const { rowCount } = await tx.query(
      `update ${schema}._connection set active = false, stopped = $2 where anchor = $1 and active`,
      [anchor, why],
    );
    if (rowCount === 1) await tellAdmins(tx, schema, news, now);
  });
}

/** Tells admins that something has not come to a connection, and is not tried any more. */
export async function tellGivenUp({ pool, schema, model }: Workspace, anchor: string, now: Date): Promise<void> {
  const by = connectionAt(model, anchor)?.title;
  if (by === undefined) return;
  await tellAdmins(pool, schema, { code: "connection_failed", by, title: `Messages to ${by} do not arrive` }, now);
}

/** The person in whose name a document works, with the roles that she has now; nobody where she is no longer active. */
export async function findOwner({ pool, schema }: Workspace, id: string): Promise<Principal | undefined> {
  if (!isId(id)) return undefined;
  const { rows } = await pool.query(
    `select id, name, coalesce(roles, '{}') as roles from ${schema}."user" where id = $1 and active and deleted_at is null`,
    [id],
  );
  return rows[0] && { ...(rows[0] as Pick<Principal, "id" | "name" | "roles">), via: "engine" };
}

/** All connections and intakes, how they are bound, and how they fare. */
export async function listConnections({ pool, schema, model }: Workspace, now: Date) {
  const [circuits, bound, out, received] = await Promise.all([
    circuitsOf({ pool, schema }, now),
    rowsBy(
      pool,
      `select c.anchor, json_build_object('id', c.owner, 'name', u.name) as owner, c.active, c.stopped, c.bound_at
       from ${schema}._connection c left join ${schema}."user" u on u.id = c.owner`,
    ),
    rowsBy(pool, countsOf(`${schema}._effect`, "wire", "tried_at", ["waiting", "delivered", "failed"])),
    rowsBy(pool, countsOf(`${schema}._received`, "intake", "at", ["done", "refused"])),
  ]);
  const told = (kind: "connection" | "intake", document: ConnectionDocument | IntakeDocument, counts: typeof out) => {
    const { anchor: _, ...binding } = bound.get(document.$anchor) ?? {};
    const { anchor: __, ...fares } = counts.get(document.$anchor) ?? {};
    return {
      kind,
      name: document.$id,
      title: document.title,
      owner: null,
      active: false,
      stopped: null,
      ...binding,
      ...fares,
    };
  };
  return [
    ...[...model.connections.values()].map((it) => ({
      ...told("connection", it, out),
      url: it.url,
      channel: it.channel,
      circuit: circuits.get(it.$anchor) ?? whole,
    })),
    ...[...model.intakes.values()].map((it) => ({ ...told("intake", it, received), url: `/api/hooks/${it.$id}` })),
  ];
}

const whole = { state: "closed", until: null, failures: 0 } as const;

function countsOf(table: string, key: string, at: string, statuses: readonly string[]): string {
  const counts = statuses.map((status) => `(count(*) filter (where status = '${status}'))::int as ${status}`);
  return `select ${key} as anchor, ${counts.join(", ")}, max(${at}) as last_at from ${table} group by 1`;
}

async function rowsBy(db: Queryable, text: string): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const { rows } = await db.query(text);
  return new Map(rows.map((row: { anchor: string }) => [row.anchor, row]));
}
