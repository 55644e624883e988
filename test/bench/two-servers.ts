import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AnyDocument } from "schemas";
import { openEmbedded } from "../../runtime/database/embedded.ts";
import { openPool, type Pool } from "../../runtime/database/pool.ts";
import { freePort, startProduct } from "../process.ts";
import { Client } from "./client.ts";
import { documents } from "./documents.ts";
import type { Dialect, Side } from "./pairs.ts";

/** Both servers on one database, with people, rows and a key for who asks. */
export interface TwoServers {
  readonly pool: Pool;
  /** The database of both. */
  readonly url: string;
  readonly sides: readonly [product: Side, byHand: Side];
  /** The product, asked by a rep whom rights bound and by somebody whom they do not. */
  readonly bounded: readonly [rep: Side, free: Side];
  /** The key of the rep. */
  readonly rep: Readonly<Record<"authorization", string>>;
  /** Asks as the rep does. */
  readonly ask: Readonly<Record<Dialect, Client>>;
  /** Asks the product as its administrator. */
  readonly admin: Client;
  readonly contacts: number;
  readonly deals: number;
  readonly close: () => Promise<void>;
}

/** Who sets the product up; it looks for what is due as often as it does where nobody says otherwise. */
export const env = {
  TRELLIS_ADMIN_EMAIL: "ada@example.com",
  TRELLIS_ADMIN_PASSWORD: "correct horse battery",
  TRELLIS_POLL_MS: "1000",
};
const settings = ["shared_buffers=1GB", "max_wal_size=4GB"];

/** Starts both and fills the tables; what was started ends with `close`, and where something fails. */
export async function startBoth(contacts: number): Promise<TwoServers> {
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    return { ...(await start(contacts, closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(contacts: number, closing: (() => unknown)[]): Promise<Omit<TwoServers, "close">> {
  const folder = await mkdtemp(join(tmpdir(), "trellis-bench-"));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const server = await openEmbedded(folder, settings);
  closing.push(() => server.stop());
  const url = server.url("postgres");
  const product = await startProduct({ env: { ...env, DATABASE_URL: url } });
  closing.push(
    () => rm(product.folder, { recursive: true, force: true }),
    () => product.stop(),
  );
  const pool = openPool(url.replace("?", "?application_name=bench&"), () => undefined, 3);
  closing.push(() => pool.end());
  const hand = await startByHand(url.replace("?", "?application_name=by-hand&"));
  closing.push(() => hand.stop());
  const admin = await signIn(product.address);
  await publish(admin, documents);
  const deals = Math.ceil(contacts / 10);
  await fill(pool, contacts, deals);
  const key = async (user: string) => {
    const body = JSON.stringify({ name: "bench", user });
    const { text } = await admin.ask({ method: "POST", path: "/api/keys", body });
    return { authorization: `Bearer ${JSON.parse(text).key}` };
  };
  const rep = await key(userId(1));
  const ask = { product: new Client(product.address, rep), "by hand": new Client(hand.address, rep) };
  const free = new Client(product.address, await key(userId(0)));
  closing.push(() => [...Object.values(ask), free, admin].forEach((client) => client.close()));
  const working = (pid: number, application: string) => async () => {
    const { rows } = await pool.query("select pid from pg_stat_activity where application_name = $1", [application]);
    return [pid, ...rows.map(({ pid }: { pid: number }) => pid)];
  };
  const asked = (client: Client): Side => ({ dialect: "product", client, pids: working(product.pid, "trellis") });
  return {
    pool,
    url,
    sides: [asked(ask.product), { dialect: "by hand", client: ask["by hand"], pids: working(hand.pid, "by-hand") }],
    bounded: [asked(ask.product), asked(free)],
    rep,
    ask,
    admin,
    contacts,
    deals,
  };
}

async function startByHand(url: string) {
  const port = await freePort();
  const path = fileURLToPath(new URL("by-hand.ts", import.meta.url));
  const child = spawn(process.execPath, [path], {
    env: { ...process.env, DATABASE_URL: url, PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((done, failed) => {
    child.stdout.once("data", () => done());
    child.once("exit", () => failed(new Error("The server by hand ended.")));
  });
  return { address: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => child.kill() };
}

/** Signs somebody in, the administrator where nobody else is named. */
export async function signIn(
  address: string,
  email = env.TRELLIS_ADMIN_EMAIL,
  password = env.TRELLIS_ADMIN_PASSWORD,
): Promise<Client> {
  const headers = { origin: address };
  const body = JSON.stringify({ email, password });
  const answer = await new Client(address, headers).ask({ method: "POST", path: "/api/auth/sign-in/email", body });
  const cookies = [answer.headers["set-cookie"] ?? []].flat();
  return new Client(address, { ...headers, cookie: cookies.map((it) => it.split(";")[0]).join("; ") });
}

/** Publishes documents and waits for the end of what follows. */
export async function publish(admin: Client, changed: readonly AnyDocument[]): Promise<void> {
  const json = async (method: string, path: string, body?: unknown) => {
    const { text } = await admin.ask({ method, path, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return JSON.parse(text);
  };
  const { id } = await json("POST", "/api/changes", { reason: "Bench" });
  for (const document of changed) {
    const kind = String(document.$schema).split(":")[2];
    const name = "$id" in document ? document.$id : (document as { id: string }).id;
    await json("PUT", `/api/documents/${kind}/${name}?change=${id}`, document);
  }
  const { operation } = await json("POST", `/api/changes/${id}/publish`, {});
  while (operation !== undefined) {
    const { status, detail } = await json("GET", `/api/operations/${operation}`);
    if (status === "done") return;
    if (status === "failed") throw new Error(JSON.stringify(detail));
    await new Promise((done) => setTimeout(done, 5));
  }
}

const hex = (n: number) => n.toString(16).padStart(12, "0");
/** People come in two teams of twenty, turn by turn; the rep is of the second, and half of all rows are hers. */
export const userId = (n: number) => `01900000-0001-7000-8000-${hex(n)}`;
export const contactId = (n: number) => `01900000-0003-7000-8000-${hex(n)}`;
export const dealId = (n: number) => `01900000-0004-7000-8000-${hex(n)}`;

const users = 40;
const companies = 1000;

/** Rows by statements of their own: what is measured comes after. */
async function fill(pool: Pool, contacts: number, deals: number): Promise<void> {
  const id = (kind: number, n: string) => `('01900000-000${kind}-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
  const system = `id, created_at, created_by, updated_at, updated_by, owner, version`;
  const standing = (kind: number) =>
    `${id(kind, "n")}, moment.at, ${id(1, "n % 40")}, moment.at, ${id(1, "n % 40")}, ${id(1, "n % 40")}, 1`;
  const series = (count: number) =>
    `generate_series(0, ${count - 1}) as n, lateral (select timestamptz '2025-01-01' + n * interval '7 seconds' as at) as moment`;
  const ws = "ws_main";
  for (const statement of [
    `insert into ${ws}."user" (id, created_at, updated_at, version, name, active, roles)
     select ${id(1, "n")}, now(), now(), 1, 'Person ' || n, true, case when n = 0 then array['free'] else array['rep'] end
     from generate_series(0, ${users - 1}) as n`,
    `insert into ${ws}.team (id, created_at, updated_at, version, name)
     select ${id(5, "n")}, now(), now(), 1, 'Team ' || n from generate_series(0, 1) as n`,
    `insert into ${ws}.user_team (id, created_at, updated_at, version, "user", team)
     select ${id(6, "n")}, now(), now(), 1, ${id(1, "n")}, ${id(5, "n % 2")} from generate_series(0, ${users - 1}) as n`,
    `insert into ${ws}.company (${system}, name, city)
     select ${standing(2)}, 'Company ' || n, 'City ' || n % 50 from ${series(companies)}`,
    `insert into ${ws}.contact (${system}, name, external_id, email, phone, company, city, industry, score, born, income, income_currency, remark)
     select ${standing(3)}, 'Contact ' || md5(n::text), 'C-' || n, 'c' || n || '@example.com', '+81 3 ' || n, ${id(2, `n % ${companies}`)},
       'City ' || n % 50, case when n % 10 < 6 then 'retail' else 'health' end, n % 101, date '1960-01-01' + n % 15000, n % 90000, 'USD', 'Remark ' || n
     from ${series(contacts)}`,
    `insert into ${ws}.deal (${system}, title, contact, amount, amount_currency, close_date, stage)
     select ${standing(4)}, 'Deal ' || n, ${id(3, "n")}, n % 5000 + 1, 'USD', date '2026-01-01' + n % 365, 'open' from ${series(deals)}`,
    `insert into ${ws}._run (id, workflow, version, entity, record, state, value, context, status, revision, started_at, entered_at)
     select ${id(7, "n")}, 'deal_flow', 1, 'deal', ${id(4, "n")}, 'open', '"open"', '{}', 'active', 1, now(), now() from generate_series(0, ${deals - 1}) as n`,
  ])
    await pool.query(statement);
  await pool.query("vacuum analyze");
}
