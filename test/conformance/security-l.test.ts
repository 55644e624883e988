import type { FormDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKey } from "../../runtime/auth/keys.ts";
import { tools } from "../../runtime/mcp/tools.ts";
import { listen } from "../fixtures/listening.ts";
import { Browser, dealsPortal, page } from "../fixtures/portal.ts";
import { drafted, published } from "../fixtures/stones.ts";
import { password, world, type Client, type World } from "../world.ts";

/**
 * Class L of the case book (spec of security, section 2): workspaces and caches. `other` is the admin of a second
 * workspace of the same installation. Each test begins with the number of its case.
 */
const portal = dealsPortal([{ field: "title", list: true }]);
const form: FormDocument = {
  $schema: "urn:trellis:form:1",
  $id: "enquiry",
  $anchor: "form_enquiry",
  title: "Enquiry",
  entity: "contact",
  fields: [{ field: "name" }],
};

let w: World;
let other: Client;
let ids: readonly string[];
let seller: Client;
const secret = "Nobody else’s business";
beforeAll(async () => {
  w = await world({ templates: ["core", "sales"], beside: ["north"] });
  other = w.others.get("north")!;
  expect((await other.post("/api/templates/core/install", {})).status).toBeLessThan(300);
  expect((await other.post("/api/templates/sales/install", {})).status).toBeLessThan(300);
  seller = await w.user("Ken", { roles: ["seller"] });
  const deal = (await w.admin.post("/api/records/deal", { title: secret })).json;
  const company = (await w.admin.post("/api/records/company", { name: secret })).json;
  const view = (
    await w.admin.post("/api/views", { entity: "deal", title: secret, type: "table", columns: ["title"], shared: true })
  ).json;
  const file = new FormData();
  file.set("file", new Blob([`title\n${secret}`]), "deals.csv");
  file.set("plan", JSON.stringify({ entity: "deal", columns: { title: "title" }, rehearse: true }));
  const imported = (await w.admin.send("POST", "/api/imports", { body: file })).json;
  const exported = (await w.admin.post("/api/exports", { entity: "deal", fields: ["title"] })).json;
  const change = (await w.admin.post("/api/changes", { reason: secret })).json;
  ids = [deal.id, company.id, view.id, imported.id, exported.id, exported.operation, change.id, w.admin.id, seller.id];
});
afterAll(() => w.close());

/** Everything that can be read, with every id that the first workspace knows in every place. */
function reads(): readonly string[] {
  const paths = w.routes
    .filter(({ method, path }) => method === "GET" && !path.includes("/live"))
    .map(({ path }) => path);
  return [...new Set(paths)].flatMap((path) => {
    if (!path.includes(":")) return [path, `${path}?q=business&search=business&entity=deal`];
    const entities = path.includes(":entity") ? ["deal", "company", "user"] : [""];
    return entities.flatMap((entity) =>
      ids.map((id) =>
        path.replace(":entity", entity).replace(":kind", "entity").replace(":name", "deal").replace(/:\w+/, id),
      ),
    );
  });
}

test("L133 whatever carries somebody’s data or proof is kept by nobody", async () => {
  for (const path of reads()) {
    const { status, headers } = await w.admin.get(path);
    if (path.startsWith("/api/docs/") && status === 200) continue;
    if (path.startsWith("/api")) expect([path, headers.get("cache-control")]).toEqual([path, "no-store"]);
  }
  const signedIn = await w.nobody.post("/api/auth/sign-in/email", { email: "ada@example.com", password });
  expect(signedIn.headers.getSetCookie().length).toBeGreaterThan(0);
  expect(signedIn.headers.get("cache-control")).toBe("no-store");
  expect((await w.admin.post("/api/keys", { name: "k" })).headers.get("cache-control")).toBe("no-store");
});

test("L134 the same address asked by two at once answers each her own", async () => {
  const asks = ["/api/records/deal", "/api/model", "/api/search?q=business", "/api/openapi.json", "/api/notifications"];
  for (const path of asks) {
    const [all, hers] = [(await w.admin.get(path)).text, (await seller.get(path)).text];
    const many = Array.from({ length: Number(process.env.TRELLIS_CASES ?? 40) }, async (_, at) => {
      const { text } = await (at % 2 ? seller : w.admin).get(path);
      expect(text).toBe(at % 2 ? hers : all);
    });
    await Promise.all(many);
    if (path !== "/api/notifications") expect(hers).not.toBe(all);
  }
});

test("L135 the admin of another workspace reads and writes nothing here, by any path", async () => {
  for (const path of reads()) {
    const { status, text } = await other.get(path);
    expect(status, path).toBeLessThan(500);
    // What was asked for may be told back; nothing else of here may.
    const marks = [secret, ...ids.filter((id) => !path.includes(id))];
    expect([path, marks.filter((mark) => text.includes(mark))]).toEqual([path, []]);
  }
  const [deal, , view, imported, , operation, change, admin] = ids;
  const before = await w.sql(
    "select (select count(*) from {ws}._operation)::int as o, (select max(version) from {ws}.deal)::int as v",
  );
  for (const [method, path, body] of [
    ["PATCH", `/api/records/deal/${deal}`, { title: "Taken" }],
    ["DELETE", `/api/records/deal/${deal}`, undefined],
    ["POST", `/api/records/deal/${deal}/events`, { type: "deal.advance" }],
    ["DELETE", `/api/views/${view}`, undefined],
    ["POST", `/api/imports/${imported}/run`, {}],
    ["POST", `/api/operations/${operation}/undo`, {}],
    ["POST", `/api/changes/${change}/publish`, {}],
    ["PATCH", `/api/users/${admin}`, { active: false }],
  ] as const) {
    const answer = await other.send(method, path, { headers: { "if-match": '"1"' }, ...(body ? { body } : {}) });
    expect([path, answer.status >= 400 && answer.status < 500], answer.text).toEqual([path, true]);
  }
  expect(
    await w.sql(
      "select (select count(*) from {ws}._operation)::int as o, (select max(version) from {ws}.deal)::int as v",
    ),
  ).toEqual(before);
  for (const name of ["main", "Main", "nowhere", "../main", "ws_main", "trellis"]) {
    const { status } = await other.send("GET", "/api/records/deal", { headers: { "trellis-workspace": name } });
    expect([name, [401, 404].includes(status)]).toEqual([name, true]);
  }
  const signedIn = await w.nobody.post("/api/auth/sign-in/email", { email: "north@example.com", password });
  const cookie = signedIn.headers
    .getSetCookie()
    .find((it) => it.includes("session_token"))!
    .split(";")[0]!;
  expect((await w.nobody.send("GET", "/api/model", { headers: { cookie } })).status).toBe(401);
  expect((await w.nobody.send("GET", "/api/model", { headers: { cookie, "trellis-workspace": "north" } })).status).toBe(
    200,
  );
});

describe("L135 nor by another door", () => {
  test("L135 the tools of agents answer her by her own workspace alone", async () => {
    const { rows } = await w.pool.query(`select max(version)::int as v from ${w.workspace.schema}.deal`);
    const [deal] = ids;
    const given = {
      ...{ entity: "deal", id: deal, version: rows[0].v, words: "business", record: deal, with: ids.at(-1) },
      ...{ filter: `title == '${secret}'`, values: { title: "Taken" }, records: [{ title: "Hers" }], of: "all" },
      ...{ type: "deal.advance", operation: ids[5], measures: { n: "count()" }, fields: "title" },
    };
    const versions = "select id, version, deleted_at from {ws}.deal order by id";
    const before = await w.sql(versions);
    for (const { name, input } of Object.values(tools)) {
      const own = Object.keys(input.properties as object).filter((it) => it in given);
      const asked = Object.fromEntries(own.map((it) => [it, given[it as keyof typeof given]]));
      const fields = name === "count_values" ? { fields: ["title"] } : {};
      const of = name === "who_sees_record" ? { of: w.admin.id } : {};
      const params = { name, arguments: { ...asked, ...fields, ...of } };
      const { status, text } = await other.post("/mcp", { jsonrpc: "2.0", id: 1, method: "tools/call", params });
      expect(status, text).toBe(200);
      expect([name, text.includes(secret)]).toEqual([name, false]);
      if (["get_record", "update_record", "trash_record", "undo_operation"].includes(name))
        expect([name, JSON.parse(text).result.isError]).toEqual([name, true]);
    }
    expect(await w.sql(versions)).toEqual(before);
  });

  test("L135 a form and a portal are there under their workspace alone, and who is in at one is in at no other", async () => {
    const north = { ...w, admin: other };
    expect((await published(w, await drafted(w, [form, portal]))).status).toBe(200);
    expect((await published(north, await drafted(north, [portal]))).status).toBe(200);
    const hana = { name: "Hana", email: "hana@aoba.example" };
    const contact = (await w.admin.post("/api/records/contact", hana)).json.id;
    expect((await other.post("/api/records/contact", hana)).status).toBe(201);
    expect((await w.admin.post("/api/records/deal", { title: secret, contact })).status).toBe(201);
    const browser = await Browser.signedIn(w, hana.email);
    expect((await browser.get(`${page}/deal`)).text).toContain(secret);
    const there = { "trellis-workspace": "north" };
    for (const path of ["/portal/support/deal", "/portal/north.support/deal"]) {
      const { status, to, text } = await browser.send("GET", path, undefined, there);
      expect([status, to, text]).toEqual([303, "/portal/north.support", ""]);
    }
    for (const path of ["/portal/support/deal", "/portal/main.support/deal"])
      expect((await w.nobody.get(path)).text).not.toContain(secret);
    expect((await w.nobody.get("/f/enquiry")).status).toBe(200);
    for (const path of ["/f/enquiry", "/f/north/enquiry", "/f/enquiry/-/challenge", "/f/north/enquiry/-/challenge"])
      expect((await other.get(path)).status, path).toBe(404);
    const sent = { body: "name=Taken", headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect((await other.send("POST", "/f/enquiry", sent)).status).toBe(404);
  });
});

test("L137 there is no way to ask in SQL, and no expression names a table", async () => {
  for (const filter of [
    "pg_catalog.pg_class",
    "ws_main.deal",
    "trellis.account != null",
    "current_user == 'x'",
    "set_role('x')",
    "query('select 1')",
    "_history.any(h, true)",
  ])
    expect((await other.get(`/api/records/deal?filter=${encodeURIComponent(filter)}`)).status).toBe(400);
  for (const entity of [
    "_history",
    "_event",
    "_document",
    "pg_class",
    "ws_main.deal",
    "account",
    "api_key",
    "_connection",
  ])
    for (const path of [`/api/records/${entity}`, `/api/records/${entity}/${ids[0]}`])
      expect([path, (await w.admin.get(path)).status]).toEqual([path, 404]);
});

test("L138 histories, work, search and streams of another workspace are not there", async () => {
  const made = { workspace: "north", user: other.id, name: "live", roles: null, expiresAt: null, by: other.id };
  const { key } = await createKey(w.pool, made, w.clock.now());
  const ear = await listen(w.fetch, { authorization: `Bearer ${key}`, "trellis-workspace": "north" });
  await w.admin.post("/api/records/deal", { title: secret });
  const { id } = (await other.post("/api/records/deal", { title: "Theirs" })).json;
  await ear.hears({ type: "changed", id });
  expect(ear.heard.filter((it) => it.id !== undefined && it.id !== id)).toEqual([]);
  await ear.close();
  for (const path of [
    "/api/operations",
    "/api/search?q=business",
    "/api/notifications",
    "/api/views",
    "/api/users",
    "/api/keys",
    "/api/versions",
    "/api/connections",
    "/api/doctor",
  ])
    expect((await other.get(path)).text).not.toMatch(/business|Ada|Ken/);
});

test("L139 no view, no function with its maker’s rights and no stored view stands beside the rules of a reader", async () => {
  const views = await w.sql(
    `select table_schema, table_name from information_schema.views where table_schema = 'trellis' or table_schema like 'ws\\_%'`,
  );
  expect(views).toEqual([]);
  expect(await w.sql("select matviewname from pg_matviews")).toEqual([]);
  const definers = await w.sql(
    `select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where p.prosecdef and (n.nspname in ('trellis', 'public') or n.nspname like 'ws\\_%')`,
  );
  expect(definers).toEqual([]);
  const open = await w.sql(
    `select table_schema, table_name, privilege_type from information_schema.role_table_grants
     where grantee = 'PUBLIC' and (table_schema = 'trellis' or table_schema like 'ws\\_%')`,
  );
  expect(open).toEqual([]);
});
