/**
 * What a good engineer writes by hand for these tables: Hono and pg, named statements, the rules in the code. It is no
 * more general than it must be: contacts, deals, one role with the scope of a team, two fields that it hides.
 *
 *   DATABASE_URL=… PORT=… node test/bench/by-hand.ts
 */
import { createHash, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { valueTypes, type Connection, type Pool } from "../../runtime/database/pool.ts";
import { changeOf, checkContact, contactJson, dealJson, Refused, type Row, type Values } from "./by-hand-records.ts";
import * as sql from "./by-hand-sql.ts";

const needed = createRequire(new URL("../../runtime/package.json", import.meta.url));
const { Hono } = needed("hono") as typeof import("../../runtime/node_modules/hono/dist/types/index.d.ts");
const { serve } = needed("@hono/node-server") as typeof import("@hono/node-server");
const { parse } = needed("csv-parse/sync") as { parse: (text: string, how: object) => Values[] };
const pg = needed("pg") as { readonly Pool: new (options: object) => Pool };

/** The driver as it comes; values reach JavaScript as those of the product do. */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL ?? "", max: 10, types: valueTypes });
const app = new Hono<{ Variables: { user: string } }>();

app.onError((error, c) => {
  if (error instanceof Refused) return c.json({ error: error.message, faults: error.faults }, error.status);
  const { code } = error as { code?: string };
  if (code === "23505") return c.json({ error: "duplicate" }, 409);
  if (code === "23503") return c.json({ error: "no such record" }, 422);
  console.error(error);
  return c.json({ error: "internal" }, 500);
});

app.use(async (c, next) => {
  const key = /^Bearer (\S{1,200})$/.exec(c.req.header("authorization") ?? "")?.[1];
  if (key === undefined) throw new Refused(401, "sign in");
  const hash = createHash("sha256").update(key).digest("hex");
  const { rows } = await pool.query({ name: "who", text: sql.who, values: [hash] });
  const found = rows[0] as { id: string; roles: string[] } | undefined;
  if (!found) throw new Refused(401, "sign in");
  if (!found.roles.includes("rep")) throw new Refused(403, "not for you");
  c.set("user", found.id);
  await next();
});

app.get("/contact/:id", async (c) => {
  const expand = c.req.query("expand") === "company";
  const { rows } = await pool.query({
    name: expand ? "contact-company" : "contact",
    text: sql.contactById(expand),
    values: [c.var.user, c.req.param("id")],
  });
  if (!rows[0]) throw new Refused(404, "no such contact");
  return c.json(contactJson(rows[0] as Row), 200, { etag: `"${rows[0].version}"` });
});

app.get("/contact", async (c) => {
  const { industry, score, search, cursor } = c.req.query();
  const expand = c.req.query("expand") === "company";
  const limit = 50;
  const values: unknown[] = [c.var.user];
  const where: string[] = [];
  const bound = (value: unknown) => `$${values.push(value)}`;
  if (industry !== undefined) where.push(`c.industry = ${bound(industry)}`);
  if (score !== undefined) where.push(`c.score >= ${bound(Number(score))}`);
  if (search !== undefined) where.push(sql.searched(bound(`%${search.replaceAll(/[\\%_]/g, "\\$&")}%`)));
  if (cursor !== undefined) {
    const [at, id] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as [string, string];
    const [from, behind] = [bound(at), bound(id)];
    where.push(`c.created_at <= ${from} and (c.created_at < ${from} or c.id > ${behind})`);
  }
  const { rows } = await pool.query(sql.contactList(where, limit + 1, expand), values);
  const page = (rows as Row[]).slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const next = last ? Buffer.from(JSON.stringify([last.created_at, last.id])).toString("base64url") : null;
  return c.json({ items: page.map(contactJson), next });
});

app.get("/deals-by-stage", async (c) => {
  const { rows } = await pool.query({ name: "by-stage", text: sql.dealsByStage, values: [c.var.user] });
  return c.json({ rows });
});

app.post("/contact", async (c) => {
  const given: unknown = await c.req.json();
  const many = Array.isArray(given);
  const records = (many ? given : [given]).map((it) => checkContact(it, "create"));
  const rows = await transaction((tx) => createContacts(tx, c.var.user, records));
  if (many) return c.json({ items: rows.map(contactJson) }, 201);
  return c.json(contactJson(rows[0]!), 201, { etag: `"1"` });
});

app.patch("/contact/:id", async (c) => {
  const version = Number(/^"(\d+)"$/.exec(c.req.header("if-match") ?? "")?.[1]);
  const given = checkContact(await c.req.json(), "change");
  const row = await transaction(async (tx) => {
    const locked = { name: "lock-contact", text: sql.lockContact, values: [c.var.user, c.req.param("id")] };
    const before = (await tx.query(locked)).rows[0] as Row | undefined;
    if (!before) throw new Refused(404, "no such contact");
    if (before.version !== version) throw new Refused(412, "changed meanwhile");
    const now = new Date();
    const names = Object.keys(given);
    const { rows } = await tx.query({
      name: `change-${names.join("-")}`,
      text: sql.changeContact(names),
      values: [before.id, now, c.var.user, ...names.map((name) => given[name])],
    });
    const change = changeOf(before, rows[0] as Row, names);
    await tell(tx, { entity: "contact", act: "update", by: c.var.user, now, rows: [change] });
    return rows[0] as Row;
  });
  return c.json(contactJson(row), 200, { etag: `"${row.version}"` });
});

/** What may follow what, and under which condition. */
const moves: Readonly<Record<string, { from: string; to: string; if?: (deal: Row) => boolean }>> = {
  "deal.advance": { from: "open", to: "offered", if: ({ amount }) => Number(amount) > 0 },
  "deal.back": { from: "offered", to: "open" },
  "deal.win": { from: "offered", to: "won" },
};

app.post("/deal/:id/events", async (c) => {
  const { type } = await c.req.json<{ type: string }>();
  const move = moves[type];
  if (!move) throw new Refused(422, "no such event");
  const row = await transaction(async (tx) => {
    const id = c.req.param("id");
    const deal = (await tx.query({ name: "lock-deal", text: sql.lockDeal, values: [c.var.user, id] })).rows[0] as Row;
    if (!deal) throw new Refused(404, "no such deal");
    if (deal.stage !== move.from || move.if?.(deal) === false) throw new Refused(409, "not now");
    const now = new Date();
    const values = [id, now, c.var.user, move.to];
    const { rows } = await tx.query({ name: "move-deal", text: sql.moveDeal, values });
    const run = await tx.query({ name: "move-run", text: sql.moveRun, values: [id, move.to, `"${move.to}"`, now] });
    await tx.query({
      name: "journal",
      text: sql.journal,
      values: [
        run.rows[0].id,
        run.rows[0].revision,
        newId(),
        now,
        c.var.user,
        JSON.stringify({ type }),
        move.from,
        move.to,
      ],
    });
    const change = changeOf(deal, rows[0] as Row, ["stage"]);
    await tell(tx, { entity: "deal", act: "move", type, by: c.var.user, now, rows: [change] });
    return rows[0] as Row;
  });
  return c.json(dealJson(row), 200, { etag: `"${row.version}"` });
});

/** Reads a file whole and brings it in by batches; who is there already is changed. */
app.post("/import", async (c) => {
  const { file } = await c.req.parseBody();
  const lines = parse(await (file as File).text(), { columns: true });
  let rows = 0;
  for (let at = 0; at < lines.length; at += 500) {
    const batch = lines
      .slice(at, at + 500)
      .map((line) => checkContact({ ...line, score: Number(line.score) }, "create"));
    await transaction(async (tx) => {
      const ids = batch.map(({ external_id }) => external_id);
      const there = await tx.query({ name: "there", text: sql.there, values: [ids] });
      const known = new Set(there.rows.map(({ external_id }: Row) => external_id));
      const fresh = batch.filter(({ external_id }) => !known.has(external_id));
      rows += (await createContacts(tx, c.var.user, fresh)).length;
    });
  }
  return c.json({ rows });
});

/** A new field, as a migration brings it: the column, and the index that searching wants. */
app.post("/migrate/:field", async (c) => {
  const field = /^[a-z_0-9]+$/.exec(c.req.param("field"))?.[0] ?? "";
  await transaction((tx) => tx.query(`alter table ws_main.contact add column ${field} text`));
  await pool.query(
    `create index concurrently ix_${field} on ws_main.contact using gin (${field} public.gin_trgm_ops) where deleted_at is null`,
  );
  return c.json({ field });
});

async function createContacts(tx: Connection, user: string, records: readonly Values[]): Promise<Row[]> {
  if (records.length === 0) return [];
  const now = new Date();
  const owned = records.map((record) => ({ owner: user, ...record, id: newId() }));
  const { rows } = await tx.query({
    name: "create-contacts",
    text: sql.createContacts,
    values: [JSON.stringify(owned), now, user],
  });
  const changes = (rows as Row[]).map((row) => changeOf(undefined, row, Object.keys(records[0] ?? {})));
  await tell(tx, { entity: "contact", act: "create", by: user, now, rows: changes });
  return rows as Row[];
}

interface Told {
  readonly entity: string;
  readonly act: string;
  readonly type?: string;
  readonly by: string;
  readonly now: Date;
  readonly rows: readonly ReturnType<typeof changeOf>[];
}

/** History and events of what was written, one statement each. */
async function tell(tx: Connection, { entity, act, type, by, now, rows }: Told): Promise<void> {
  const operation = newId();
  const each = <Value>(pick: (row: Told["rows"][number]) => Value) => rows.map(pick);
  const [ids, records, versions] = [each(() => newId()), each(({ id }) => id), each(({ version }) => version)];
  const shared = [entity, act, operation, now, by];
  await tx.query({
    name: "history",
    text: sql.history,
    values: [
      ids,
      records,
      versions,
      each((it) => JSON.stringify(it.before)),
      each((it) => JSON.stringify(it.after)),
      ...shared,
    ],
  });
  const told = [entity, type ?? `record.${act}d`, operation, now, by];
  await tx.query({
    name: "event",
    text: sql.event,
    values: [each(() => newId()), records, versions, each(({ fields }) => JSON.stringify({ fields })), ...told],
  });
}

async function transaction<Result>(work: (tx: Connection) => Promise<Result>): Promise<Result> {
  const tx = await pool.connect();
  try {
    await tx.query("begin");
    const result = await work(tx);
    await tx.query("commit");
    return result;
  } catch (error) {
    await tx.query("rollback");
    throw error;
  } finally {
    tx.release();
  }
}

/** UUIDv7: in the order in which they are made. */
function newId(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  const rest = randomBytes(10).toString("hex");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(1, 4)}-8${rest.slice(5, 8)}-${rest.slice(8, 20)}`;
}

serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" }, () => console.log("ready"));
