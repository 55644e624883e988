import "../seed.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { SnippetDocument } from "schemas";
import { createKey } from "../../runtime/auth/keys.ts";
import { after, odd, type Odd } from "../fixtures/fuzz.ts";
import { Browser, dealsPortal, page } from "../fixtures/portal.ts";
import { drafted, published } from "../fixtures/stones.ts";
import { actors, fits, routeTable, type Actor } from "../fixtures/route-table.ts";
import { world, type Client, type World } from "../world.ts";

vi.setConfig({ testTimeout: 3_600_000 });

/** How many odd requests each route gets in a run; more on demand. */
const cases = Number(process.env.TRELLIS_CASES ?? 200);
/** How many odd requests are under way at once. */
const together = 8;

/** What is named by routes has the name that they are asked with. */
const snippet: SnippetDocument = {
  $schema: "urn:trellis:snippet:1",
  $id: "none",
  $anchor: "snp_none",
  title: "Thanks",
  entity: "deal",
  text: "Thank you for {{ title }}.",
};

/** Where a person from outside signs in; she sees the deals of which she is the contact. */
const portal = dealsPortal([{ field: "title" }]);

let w: World;
let deal: string;
let spec: any;
/** What each sends along to prove herself. */
const proofs = new Map<Actor, Readonly<Record<string, string>>>();
const routes: string[] = [];

beforeAll(async () => {
  w = await world({ templates: ["core", "sales"], beside: ["north"] });
  await published(w, await drafted(w, [snippet, portal]));
  const manager = await w.user("Mei", { roles: ["sales_manager"] });
  const seller = await w.user("Ken", { roles: ["seller"], manager: manager.id });
  const member = await w.user("Mia");
  const former = await w.user("Flo", { roles: ["admin"] });
  const keyOf = async (user: string, roles: readonly string[] | null = null, workspace = "main") => {
    const made = { workspace, user, name: "routes", roles, expiresAt: null, by: user };
    return { authorization: `Bearer ${(await createKey(w.pool, made, w.clock.now())).key}` };
  };
  proofs.set("admin", await keyOf(w.admin.id));
  proofs.set("narrow", await keyOf(w.admin.id, ["seller"]));
  proofs.set("manager", await keyOf(manager.id));
  proofs.set("seller", await keyOf(seller.id));
  proofs.set("member", await keyOf(member.id));
  proofs.set("other", await keyOf(w.others.get("north")!.id, null, "north"));
  const until = "2026-04-01T09:00:00.000Z";
  expect((await seller.post("/api/me/delegations", { to: member.id, until })).status).toBe(201);
  proofs.set("delegate", { ...(await keyOf(member.id)), "trellis-for": seller.id });
  proofs.set("former", await keyOf(former.id));
  expect((await w.admin.patch(`/api/users/${former.id}`, { active: false })).status).toBe(200);
  proofs.set("visitor", { cookie: await visiting() });
  deal = (await made(seller, { title: "Hers" })).id;
  for (let at = 0; at < 5; at++) await made(w.admin, { title: `Another ${at}` });
  spec = (await w.admin.get("/api/openapi.json")).json;
  await watchTables();
  for (const { method, path } of w.routes) {
    const route = `${method} ${path}`;
    if (method !== "ALL" && !routes.includes(route)) routes.push(route);
  }
});
afterAll(() => w.close());

/** The cookie of a person who has signed in at the portal, and is in. */
async function visiting(): Promise<string> {
  const contact = await w.admin.post("/api/records/contact", { name: "Hana", email: "hana@aoba.example" });
  expect(contact.status, contact.text).toBe(201);
  const browser = await Browser.signedIn(w, "hana@aoba.example");
  expect((await browser.get(`${page}/deal`)).status).toBe(200);
  return browser.cookie;
}

async function made(client: Client, values: object): Promise<{ id: string }> {
  const { status, text, json } = await client.post("/api/records/deal", values);
  expect(status, text).toBe(201);
  return json;
}

/**
 * What is written by statements that were committed, counted by triggers: what a transaction undid is not among it. Who
 * used a key, which requests were repeated and how often it was tried to sign in is noted whatever the answer, and a
 * secret of the house is made when it is first wanted.
 */
async function watchTables(): Promise<void> {
  await w.sql("create table public.written (at bigint generated always as identity, what text)");
  await w.sql(
    `create function public.note_write() returns trigger language plpgsql as
     'begin insert into public.written (what) values (tg_op || '' '' || tg_table_name); return null; end'`,
  );
  const counted = ["_key_use", "_idempotency", "sign_in_try", "rate_limit", "secret"];
  const tables = await w.sql(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('trellis', $1) and table_type = 'BASE TABLE' and table_name <> all($2)`,
    [w.workspace.schemaName, counted],
  );
  for (const { name } of tables)
    await w.sql(
      `create trigger note_write after insert or update or delete on ${name} for each row execute function public.note_write()`,
    );
}
const written = async () =>
  (await w.sql("select string_agg(distinct what, ', ') as what, count(*)::int as n from public.written"))[0];
const forget = () => w.sql("delete from public.written");
/** Fails where something was written, by `why`. */
async function unwritten(why: () => string): Promise<void> {
  const found = await written();
  if (found.n > 0) expect.fail(`${found.what}: ${why()}`);
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

interface Told {
  readonly status: number;
  readonly text: () => string;
}

/** Asks as somebody. Streams that never end are left at their head. */
async function ask(actor: Actor, { method, path, body, headers }: Sent): Promise<Told> {
  const url = new URL(`http://localhost${path}`);
  const init = { method, headers: { ...headers, ...proofs.get(actor) }, ...(body === undefined ? {} : { body }) };
  const response = await w.fetch(new Request(url, init));
  if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
    await response.body?.cancel();
    return { status: response.status, text: () => "" };
  }
  const bytes = await response.arrayBuffer();
  return { status: response.status, text: () => new TextDecoder().decode(bytes) };
}

const nothing = "01900000-0000-7000-8000-000000000000";
/** What a place in a path is filled with: something that is there where a record is meant, else what nobody has. */
const filled = (path: string) =>
  path.replace(/:(\w+)/g, (_, name: string) =>
    name === "entity" ? "deal" : name === "id" && path.includes("/records/") ? deal : name === "id" ? nothing : "none",
  );
/** A request that is right in its form. */
function plain(route: string): Sent {
  const [method = "", path = ""] = route.split(" ");
  const bodies: Readonly<Record<string, unknown>> = {
    "POST /api/records/:entity": { title: "Made" },
    "PATCH /api/records/:entity": [{ id: nothing, version: 1, title: "x" }],
    "POST /api/records/:entity/aggregate": { measures: { n: "count()" } },
    "POST /api/records/:entity/facets": { fields: ["stage"] },
    "PUT /api/records/:entity/by/:field": [{ title: "x" }],
    "POST /api/records/:entity/bulk": { filter: "title == 'none'", set: { title: "x" }, preview: true },
    "POST /api/records/:entity/:id/events": { type: "deal.none" },
    "POST /api/records/:entity/:id/runs": { workflow: "none" },
    "POST /api/records/:entity/:id/answers": { text: "Yes", to: ["none@example.com"] },
    "POST /api/records/:entity/:id/notes": { text: "Seen" },
    "POST /api/records/:entity/:id/snippets": { text: "Seen" },
    "POST /api/records/:entity/:id/merge": { into: deal },
    "PUT /api/records/:entity/:id/shares/:with": { level: "read" },
    "POST /mcp": { jsonrpc: "2.0", id: 1, method: "ping" },
  };
  const json = { "content-type": "application/json", "if-match": '"99"' };
  return {
    method,
    path: filled(path),
    headers: method === "GET" ? {} : json,
    body: method === "GET" || method === "DELETE" ? undefined : JSON.stringify(bodies[route] ?? {}),
  };
}

test("S6 the table names every route of the server, and no other", () => {
  expect(Object.keys(routeTable).sort()).toEqual([...routes].sort());
});

test("S6 what the description of the interface names is there", async () => {
  const { paths } = (await w.admin.get("/api/openapi.json")).json;
  const shapes = new Set(routes.map((route) => route.replace(/:\w+/g, "*")));
  for (const [path, item] of Object.entries<object>(paths))
    for (const method of Object.keys(item).filter((it) => it !== "parameters")) {
      const shape = path.replace(/\/records\/[a-z_]+/, "/records/*").replace(/\{\w+\}/g, "*");
      expect(shapes, path).toContain(`${method.toUpperCase()} ${shape}`);
    }
});

describe("B24 whoever asks is let in by the table alone", () => {
  test.each(actors)("B24 %s", async (actor) => {
    const wrong: string[] = [];
    for (const route of routes) {
      const { status, text } = await ask(actor, plain(route));
      if (!fits(route, actor, status)) wrong.push(`${route} (${routeTable[route]}): ${status} ${text().slice(0, 120)}`);
    }
    expect(wrong).toEqual([]);
  });

  test("B24 a method that a path does not have does nothing for anybody", async () => {
    const wrong: string[] = [];
    await forget();
    for (const path of new Set(routes.map((route) => route.split(" ")[1]!)))
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((it) => !routes.includes(`${it} ${path}`)))
        await Promise.all(
          actors.map(async (actor) => {
            const { status } = await ask(actor, { ...plain(`${method} ${path}`) });
            if (status < 400 || status >= 500) wrong.push(`${actor}: ${method} ${path} ${status}`);
          }),
        );
    expect(wrong).toEqual([]);
    expect(await written()).toEqual({ what: null, n: 0 });
  });
});

/** What may stand in the places of a path; those of users leave the admin who asks alone. */
async function knownIn(path: string): Promise<readonly (readonly string[])[]> {
  const { items } = (await w.admin.get("/api/records/deal?limit=5")).json;
  const ids: string[] = items.map(({ id }: { id: string }) => id);
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => {
    if (name === "entity") return ["deal", "company", "task", "product", "user", "user_team", "none"];
    if (name === "id") return path.includes("/records/") ? [deal, ...ids, nothing] : [nothing];
    if (name === "field") return ["external_id", "title", "none"];
    if (name === "kind") return ["entity", "view", "role", "workflow", "connection", "none"];
    return ["none", "deal", "0"];
  });
}

function bodyOf(route: string): fc.Arbitrary<unknown> | undefined {
  const [method = "", path = ""] = route.split(" ");
  const at = path.replace(":entity", "deal").replace(/:(\w+)/g, "{$1}");
  const schema = spec.paths[at]?.[method.toLowerCase()]?.requestBody?.content["application/json"]?.schema;
  return schema && after(schema, (ref) => spec.components.schemas[ref.split("/").at(-1)!] ?? {});
}

function sentOf(route: string, given: Odd): Sent {
  const [method = "", path = ""] = route.split(" ");
  let at = 0;
  const place = path.replace(/:\w+/g, () => encodeURIComponent((given.params[at++] ?? "").toWellFormed()) || "none");
  const query = new URLSearchParams(Object.entries(given.query).map(([key, it]) => [key, it.toWellFormed()]));
  const headers: Record<string, string> = {};
  if (given.match !== undefined) headers["if-match"] = given.match;
  if (given.once !== undefined) headers["idempotency-key"] = given.once;
  if (given.type !== "" && method !== "GET") headers["content-type"] = given.type;
  return {
    method,
    path: `${place}${query.size > 0 ? `?${query}` : ""}`,
    body: method === "GET" ? undefined : (JSON.stringify(given.body) ?? ""),
    headers,
  };
}

describe("B21 what is refused has stored nothing, and nothing that is asked breaks anything", () => {
  test("B21 what is stored is seen, and what was taken back in its transaction is not", async () => {
    await forget();
    await made(w.admin, { title: "Seen" });
    expect((await written()).what).toContain("INSERT deal");
    await forget();
    const several = await w.admin.post("/api/records/deal", [{ title: "Good" }, { title: "Bad", amount: -1 }]);
    expect([several.status, await written()]).toEqual([422, { what: null, n: 0 }]);
  });

  test.each(Object.keys(routeTable))("B21 %s", async (route) => {
    const requests = fc.sample(odd(await knownIn(route), bodyOf(route)), cases);
    const now = w.clock.now();
    const answered = async (given: Odd, at: number) => {
      const sent = sentOf(route, given);
      const actor = at % 4 === 0 ? "seller" : "admin";
      const { status, text } = await ask(actor, sent);
      const told = () =>
        `${actor} ${sent.method} ${sent.path} ${JSON.stringify(sent.headers)} ${sent.body}: ${status} ${text()}`;
      if (status >= 500) expect.fail(told());
      w.clock.set(now);
      return { status, told };
    };
    await forget();
    const reads = route.startsWith("GET ");
    for (let from = 0; from < cases; from += together) {
      const batch = requests.slice(from, from + together);
      const answers = await Promise.all(batch.map((given, n) => answered(given, from + n)));
      const refused = answers.flatMap(({ status }, n) => (reads || status >= 400 ? [n] : []));
      if (refused.length === batch.length) {
        await unwritten(() => answers.map(({ told }) => told()).join("\n"));
        continue;
      }
      // What was taken has written beside what was refused, which is asked again, each by itself.
      for (const n of refused) {
        await forget();
        const { status, told } = await answered(batch[n]!, from + n);
        if (status >= 400) await unwritten(told);
      }
      await forget();
    }
  });
});
