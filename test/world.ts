import { fileURLToPath } from "node:url";
import type { AnyDocument } from "schemas";
import { systemTables } from "engine/sql";
import { inject } from "vitest";
import { createAccount } from "../runtime/auth/accounts.ts";
import { openAuth } from "../runtime/auth/auth.ts";
import { createKey } from "../runtime/auth/keys.ts";
import { TestClock } from "../runtime/clock.ts";
import { createWorkspace, migrate } from "../runtime/database/migrate.ts";
import { openLooks, openPool, type Pool } from "../runtime/database/pool.ts";
import { createApp } from "../runtime/server.ts";
import { openJobs } from "../runtime/jobs/index.ts";
import { Mails } from "../runtime/jobs/mails.ts";
import { Outbox } from "../runtime/jobs/outbox.ts";
import { Timers } from "../runtime/jobs/timers.ts";
import { Live } from "../runtime/live.ts";
import { networksOf } from "../runtime/networks.ts";
import { openGate, openMailGate } from "../runtime/outbound.ts";
import { publish } from "../runtime/store/publish.ts";
import { setUp } from "../runtime/store/setup.ts";
import { newId } from "../runtime/id.ts";
import { Workspace } from "../runtime/workspace.ts";
import { makeDatabase, type Database } from "./database.ts";
import { copyOf } from "./planted.ts";

/** What an answer came to. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, read as JSON; `undefined` where there is none. */
  readonly json: any;
}

export interface Sending {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody who asks with a key of her own. */
export interface Client {
  readonly id: string;
  readonly name: string;
  send(method: string, path: string, sending?: Sending): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  patch(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  delete(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** A whole installation in this process, on a database of its own. */
export interface World {
  readonly admin: Client;
  /** Asks without a key. */
  readonly nobody: Client;
  /** The admins of the workspaces beside, by their names. */
  readonly others: ReadonlyMap<string, Client>;
  readonly workspace: Workspace;
  readonly pool: Pool;
  readonly clock: TestClock;
  /** Makes a user and answers her client. */
  user(
    name: string,
    given?: { roles?: readonly string[]; teams?: readonly string[]; manager?: string },
  ): Promise<Client>;
  /** The client of a user that exists already. */
  as(id: string, name: string): Promise<Client>;
  /** Rows of a statement; `{ws}` stands for the workspace's schema. */
  sql(text: string, values?: readonly unknown[]): Promise<any[]>;
  /** Begins the background work; tests that need none are quicker without. */
  work(): Promise<void>;
  /** What went wrong with timers and with telling what changes. */
  readonly failures: readonly unknown[];
  readonly fetch: (request: Request) => Promise<Response>;
  /** What the server answers to: all its routes, by the router itself. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Published at the start. */
  readonly documents?: readonly AnyDocument[];
  /** Installed at the start, in this order. */
  readonly templates?: readonly string[];
  /** Where templates lie, where it is not the house's own folder. */
  readonly templatesFolder?: string;
  /** Names of workspaces beside `main`, each with an admin of its own: \`<name>@example.com\`. */
  readonly beside?: readonly string[];
  /** What PostgreSQL is told of its work here: `enable_seqscan=off` has it use on few rows what it uses on many. */
  readonly setting?: string;
}

/** The time at which every world begins. */
const beginning = new Date("2026-03-02T09:00:00.000Z");
const houseTemplates = fileURLToPath(new URL("../templates", import.meta.url));
export const password = "correct horse battery";

/** Makes a world. Close it when the tests of the file have ended. */
export async function world(options: WorldOptions = {}): Promise<World> {
  const { documents = [], templates = [], templatesFolder } = options;
  // What is published first may be of any kind, and templates of another folder change: neither is kept for others.
  const kept = documents.length === 0 && templatesFolder === undefined ? templates : [];
  const server = { url: inject("databaseUrl"), run: inject("databaseRun") };
  const { url, drop } = await copyOf(server, ["world", ...kept].join("_"), (empty) => plant(empty, kept));
  const made = await inhabit(url, { ...options, templates: templates.slice(kept.length) });
  const close = () => made.close().then(drop);
  return { ...made, close };
}

/** The same on an empty database that somebody else looks after. */
export async function worldOn(url: string, options: WorldOptions = {}): Promise<World> {
  await plant(url, []);
  return inhabit(url, options);
}

/** Sets an empty database up, with templates. */
async function plant(url: string, templates: readonly string[]): Promise<void> {
  const pool = openPool(url, () => undefined);
  const now = new TestClock(beginning).now();
  await migrate(pool, now);
  const workspace = new Workspace("main", await createWorkspace(pool, "main", systemTables, now), pool);
  await workspace.refresh();
  await setUp(workspace, { ...firstAdmin, password }, now);
  const made = await inhabit(url, { templates });
  await pool.query("delete from trellis.api_key");
  await made.close();
  await pool.end();
}

/** An installation in this process on a database that is set up. */
async function inhabit(url: string, options: WorldOptions): Promise<World> {
  const { documents = [], templates = [], templatesFolder = houseTemplates, beside = [], setting } = options;
  const told = setting === undefined ? "" : `&options=${encodeURIComponent(`-c ${setting}`)}`;
  const pool = openPool(url + told, () => undefined);
  const looks = openLooks(url + told, () => undefined);
  const clock = new TestClock(beginning);
  const workspace = new Workspace("main", await createWorkspace(pool, "main", systemTables, clock.now()), pool, looks);
  await workspace.refresh();
  const workspaces = new Map([["main", workspace]]);
  for (const name of beside) {
    const next = new Workspace(name, await createWorkspace(pool, name, systemTables, clock.now()), pool, looks);
    await next.refresh();
    workspaces.set(name, next);
  }
  const jobs = openJobs(workspaces, clock, (error) => console.error(error));
  const timers = new Timers(workspaces, clock, (error) => failures.push(error));
  const failures: unknown[] = [];
  const live = new Live(workspaces, clock, (error) => failures.push(error));
  const gate = openGate({ open: networksOf(["127.0.0.1"]) });
  const mailGate = openMailGate({ open: networksOf(["127.0.0.1"]) });
  const mails = new Mails(workspaces, {
    gate: mailGate,
    clock,
    origin: () => "http://localhost",
    report: (error) => failures.push(error),
    told: () => void timers.nudge(),
  });
  const outbox = new Outbox(workspaces, {
    gate,
    clock,
    origin: () => "http://localhost",
    report: (error) => failures.push(error),
    told: () => void timers.nudge(),
  });
  const app = createApp({
    workspaces,
    live,
    auth: openAuth({ pool, secret: "s".repeat(40), origin: undefined, rateLimit: false }),
    clock,
    requestLog: () => undefined,
    log: (level, event, facts) => level === "error" && console.error(event, facts),
    origin: undefined,
    proxies: networksOf([]),
    setupToken: "token",
    templates: templatesFolder,
    gate,
    mailGate,
    nudge: () => {
      jobs.nudge();
      mails.nudge();
      void timers.nudge();
    },
    testClock: clock,
  });
  const fetch = async (request: Request) => app.fetch(request);
  const admins = await pool.query(`select id from ${workspace.schema}."user" where account_id is not null`);
  const adminId = String(admins.rows[0].id);
  const as = async (id: string, name: string) => {
    const key = await createKey(
      pool,
      { workspace: "main", user: id, name: "test", roles: null, expiresAt: null, by: adminId },
      clock.now(),
    );
    return clientOf(fetch, id, name, { authorization: `Bearer ${key.key}` });
  };
  const admin = await as(adminId, firstAdmin.name);
  if (documents.length > 0)
    await publish(workspace, {
      documents: [...workspace.model.documents, ...documents],
      reason: "Test",
      author: adminId,
      now: clock.now(),
    });
  for (const template of templates) {
    const answer = await admin.post(`/api/templates/${template}/install`, {});
    if (answer.status >= 300) throw new Error(`Template ${template}: ${answer.text}`);
  }
  const others = new Map<string, Client>();
  for (const name of beside) {
    const next = workspaces.get(name)!;
    const id = newId(clock.now());
    const account = await createAccount(pool, { name, email: `${name}@example.com`, password }, clock.now());
    await pool.query(
      `insert into ${next.schema}."user" (id, name, active, roles, account_id, created_at, created_by, updated_at, updated_by, owner, version)
       values ($1, $2, true, '{admin}', $3, $4, $1, $4, $1, $1, 1)`,
      [id, `Admin of ${name}`, account, clock.now()],
    );
    const { documents: standing } = workspace.model;
    const own = standing.filter((document) => "$schema" in document && document.$schema === "urn:trellis:workspace:1");
    await publish(next, { documents: own, reason: "Test", author: id, now: clock.now() });
    const made = { workspace: name, user: id, name: "test", roles: null, expiresAt: null, by: id };
    const { key } = await createKey(pool, made, clock.now());
    others.set(name, clientOf(fetch, id, name, { authorization: `Bearer ${key}`, "trellis-workspace": name }));
  }
  return {
    admin,
    others,
    nobody: clientOf(fetch, "", "nobody", {}),
    workspace,
    pool,
    clock,
    fetch,
    routes: app.routes,
    as,
    async user(name, given = {}) {
      const made = await admin.post("/api/users", { name, ...given });
      if (made.status !== 201) throw new Error(made.text);
      return as(made.json.id, name);
    },
    async sql(text, values = []) {
      const { rows } = await pool.query(text.replaceAll("{ws}", workspace.schema), [...values]);
      workspace.people.forget();
      return rows;
    },
    failures,
    async work() {
      await jobs.start();
      timers.start();
      outbox.start();
      mails.start();
    },
    async close() {
      await live.stop();
      await outbox.stop();
      await mails.stop();
      await timers.stop();
      await jobs.stop();
      await Promise.all([pool.end(), looks.end()]);
    },
  };
}

const firstAdmin = {
  email: "ada@example.com",
  name: "Ada",
  company: "Aoba",
  currency: "USD",
  timeZone: "UTC",
  language: "en",
};

/** An empty database with a name of its own, on the server of this run. */
export async function freshDatabase(): Promise<Database> {
  return makeDatabase(inject("databaseUrl"));
}

function clientOf(
  fetch: (request: Request) => Promise<Response>,
  id: string,
  name: string,
  own: Readonly<Record<string, string>>,
): Client {
  const send = async (method: string, path: string, { body, headers = {} }: Sending = {}): Promise<Answer> => {
    const raw = body instanceof FormData || typeof body === "string" || body instanceof Uint8Array;
    const sent = raw ? (body as FormData) : JSON.stringify(body);
    const request = new Request(new URL(path, "http://localhost"), {
      method,
      headers: { ...own, ...(body === undefined || raw ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: sent as string }),
    });
    const response = await fetch(request);
    const text = await response.text();
    const json = /json/.test(response.headers.get("content-type") ?? "") && text !== "" ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, json };
  };
  return {
    id,
    name,
    send,
    get: (path) => send("GET", path),
    post: (path, body, headers) => send("POST", path, { body, ...(headers ? { headers } : {}) }),
    patch: (path, body, headers) => send("PATCH", path, { body, ...(headers ? { headers } : {}) }),
    delete: (path, headers) => send("DELETE", path, headers ? { headers } : {}),
  };
}
