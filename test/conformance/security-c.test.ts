import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EntityDocument, FormDocument, PortalDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routeTable } from "../fixtures/route-table.ts";
import { solve } from "../fixtures/solve.ts";
import { dump, harbourDocuments } from "../harbour.ts";
import { world, type Answer, type World } from "../world.ts";

/** Class C of the case book (spec of security, section 2): injection. Each test begins with the number of its case. */
/** What is open to everybody: a form, and the door of a portal. */
const guest: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "guest",
  $anchor: "ent_guest",
  type: "object",
  title: "Guest",
  name_field: "name",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    email: { $anchor: "fld_email", field: "email", title: "E-mail" },
  },
};
const berth: FormDocument = {
  $schema: "urn:trellis:form:1",
  $id: "berth",
  $anchor: "form_berth",
  title: "Ask for a berth",
  entity: "guest",
  fields: [{ field: "name" }],
};
const quay: PortalDocument = {
  $schema: "urn:trellis:portal:1",
  $id: "quay",
  $anchor: "portal_quay",
  title: "Quay",
  person: { entity: "guest", email: "email" },
  records: [{ entity: "ship", when: { cel: "name != null" }, fields: [{ field: "name" }] }],
};

let w: World;
beforeAll(async () => {
  w = await world({ documents: [...harbourDocuments, guest, berth, quay] });
  for (let at = 0; at < 5; at++)
    expect((await w.admin.post("/api/records/ship", { name: `S${at}`, crew: at, papers: { n: at } })).status).toBe(201);
});
afterAll(() => w.close());

const hostile = [
  "'",
  '"',
  "\\",
  "$1",
  "@",
  "::text",
  "\u0000",
  "' or '1'='1",
  "'; drop table ship; --",
  "pg_sleep(30)",
].concat([
  "1; select pg_sleep(30)",
  "') union select secret from ship --",
  "asc nulls last; --",
  "/*",
  "--",
  "\u202e",
  "𝟙",
]);
const safe = (path: string, query: Readonly<Record<string, string>>) =>
  w.admin.get(`${path}?${new URLSearchParams(query)}`);

test("C34 keys and values inside JSON reach no statement as text", async () => {
  const before = await dump(w);
  for (const it of hostile) {
    const literal = JSON.stringify(it);
    for (const filter of [
      `papers.n == ${literal}`,
      `papers[${literal}] == 1`,
      `papers.${it} == 1`,
      `papers.n.${it} > 1`,
      `name == ${literal}`,
    ]) {
      const { status, text } = await safe("/api/records/ship", { filter });
      expect([200, 400], `${filter}: ${text}`).toContain(status);
      if (status === 200) expect(JSON.parse(text).items, filter).toEqual([]);
    }
    const made = await w.admin.post("/api/records/ship", { name: "Q", papers: { [it]: it } });
    expect([201, 400, 422]).toContain(made.status);
    if (made.status !== 201) continue;
    expect(made.json.papers).toEqual({ [it]: it });
    expect((await w.admin.post(`/api/operations/${made.headers.get("trellis-operation")}/undo`)).status).toBe(200);
  }
  expect((await dump(w)).ship).toEqual(before.ship);
});

test("C35 no statement is made of a text that anybody gives: raw pieces stand in the builders of SQL alone", async () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const wrong: string[] = [];
  for (const room of ["engine", "runtime", "studio/src", "schemas"])
    for (const file of await readdir(join(root, room), { recursive: true })) {
      if (!/\.(ts|svelte)$/.test(file) || /node_modules|\.test\.ts$/.test(file)) continue;
      const text = await readFile(join(root, room, file), "utf8");
      const builds = room === "engine" && /^(sql|field-types|functions)\//.test(file);
      if (!builds && /\bsql\.(raw|lit|ref|table|id)\(/.test(text)) wrong.push(`${room}/${file}`);
      // A statement that names what a request brought: `${c.req…}`, `${body…}`, `${given…}` between the marks of a text.
      if (/(select|insert|update|delete)\b[^`]*\$\{(c\.req|body|request|query)\b/.test(text))
        wrong.push(`${room}/${file}`);
    }
  expect(wrong).toEqual([]);
});

test("C36 joiners, directions, comparisons, units, zones and ways of counting are words of a list", async () => {
  const before = await dump(w);
  for (const it of hostile) {
    const asks = [
      safe("/api/records/ship", { sort: `name ${it}` }),
      safe("/api/records/ship", { sort: it }),
      safe("/api/records/ship", { count: it }),
      safe("/api/records/ship", { limit: it }),
      safe("/api/records/ship", { filter: `crew ${it} 1` }),
      safe("/api/records/ship", { filter: `crew > 1 ${it} name == 'x'` }),
      safe("/api/records/ship", { fields: it, expand: it }),
      w.admin.post("/api/records/ship/aggregate", { group: [{ field: "built", by: it }], measures: { n: "count()" } }),
      w.admin.post("/api/records/ship/aggregate", {
        group: [{ field: "seen", by: "day", zone: it }],
        measures: { n: "count()" },
      }),
      w.admin.post("/api/records/ship/aggregate", { group: ["name"], measures: { [it]: `${it}(crew)` }, sort: it }),
      safe("/api/connections/none/deliveries", { status: it, cursor: it }),
      safe("/api/operations", { cursor: it }),
    ];
    for (const { status, text } of await Promise.all(asks)) expect([400, 404, 422], `${it}: ${text}`).toContain(status);
  }
  expect(await dump(w)).toEqual(before);
});

test("C38 what an admin calls things reaches tables as a name, or is refused", async () => {
  const publish = async (document: object, name: string) => {
    const change = (await w.admin.post("/api/changes", { reason: "Names" })).json.id;
    const put = await w.admin.send("PUT", `/api/documents/entity/${encodeURIComponent(name)}?change=${change}`, {
      body: document,
    });
    const answer = put.status === 200 ? await w.admin.post(`/api/changes/${change}/publish`) : put;
    if (answer.status >= 300) await w.admin.delete(`/api/changes/${change}`);
    return answer;
  };
  const entity = (name: string, field: string, title = name): EntityDocument =>
    ({
      $schema: "urn:trellis:entity:1",
      $id: name,
      $anchor: `ent_${name.replaceAll(/[^a-z]/g, "")}x`,
      type: "object",
      title,
      name_field: field,
      properties: { [field]: { $anchor: "fld_x", field: "text", title } },
    }) as EntityDocument;
  const before = await dump(w, ["_change", "_document"]);
  for (const name of [
    'a"b',
    "a'b",
    "a;b",
    "pg_class\u0000",
    "A",
    "1a",
    "_state",
    "ａ",
    "a\u202eb",
    "x".repeat(41),
    "__proto__",
    "id",
  ]) {
    if (name !== "id") expect((await publish(entity(name, "title"), name)).status, name).toBeGreaterThanOrEqual(400);
    expect((await publish(entity("fine", name), "fine")).status, name).toBeGreaterThanOrEqual(400);
  }
  expect(await dump(w, ["_change", "_document"])).toEqual(before);
  for (const [name, field] of [
    ["select", "order"],
    ["pg_class", "table"],
    ["group", "from"],
  ] as const) {
    const title = '\'; drop \u202e"table" --';
    const answer = await publish(entity(name, field, title), name);
    expect(answer.status, answer.text).toBeLessThan(300);
    expect((await w.admin.post(`/api/records/${name}`, { [field]: "x" })).status).toBe(201);
    const listed = await safe(`/api/records/${name}`, { filter: `${field} == 'x'`, sort: `-${field}`, search: "x" });
    expect(listed.json.items).toMatchObject([{ [field]: "x" }]);
  }
});

describe("C40 whoever has not signed in brings nothing into a statement", () => {
  /** Names under which a route may look for something in its query or in a form. */
  const names = ["q", "id", "name", "email", "lang", "w", "sent", "to", "search", "cursor", "token", "altcha", "event"];
  const there: Readonly<Record<string, string>> = { form: "berth", portal: "quay", entity: "ship", workspace: "main" };
  const origin = { origin: "http://localhost" };

  /** Everything that one hostile text can be asked of a route: in each place of its path, its query, its body and its proofs. */
  function asksOf(route: string, it: string): readonly Promise<Answer>[] {
    const [method = "", path = ""] = route.split(" ");
    const place = encodeURIComponent(it.replaceAll("\u0000", "%00"));
    const given = Object.fromEntries(names.map((name) => [name, it]));
    const query = `?${new URLSearchParams(given)}`;
    const hook = { "webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,x" };
    const proof = { cookie: `trellis.session_token=${place}; trellis_portal=${place}`, ...hook, ...origin };
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const filled = [place, undefined].map((all) =>
      path.replace(/:(\w+)/g, (_, name: string) => all ?? there[name] ?? place),
    );
    return [...new Set(filled)].flatMap((at) =>
      method === "GET"
        ? [w.nobody.send(method, at + query, { headers: proof })]
        : [
            w.nobody.send(method, at + query, { headers: proof, body: { ...given, password: it, visits: [given] } }),
            w.nobody.send(method, at, {
              headers: { ...proof, ...form },
              body: new URLSearchParams(given).toString(),
            }),
          ],
    );
  }

  test("C40 by every route that is open: pages, forms, portals, links of mails, sign-in, hooks", async () => {
    const routes = Object.keys(routeTable).filter((it) => ["open", "proof"].includes(routeTable[it]!));
    expect(routes.length).toBeGreaterThan(40);
    expect((await w.nobody.get("/f/berth")).status).toBe(200);
    expect((await w.nobody.get("/portal/quay")).status).toBe(200);
    const before = await dump(w, ["_rate"]);
    for (const it of hostile) {
      // Whoever asks often is told to wait; a while later she is not.
      w.clock.set(new Date(w.clock.now().getTime() + 900_000));
      for (const route of routes)
        for (const { status, text } of await Promise.all(asksOf(route, it)))
          expect(status, `${route} ${it}: ${text}`).toBeLessThan(500);
      const workspace = encodeURIComponent(it.replaceAll("\u0000", "%00"));
      for (const headers of [{ "trellis-workspace": workspace }, { authorization: `Bearer ${workspace}` }])
        expect((await w.nobody.send("GET", "/api/model", { headers })).status).toBeLessThan(500);
    }
    expect(await dump(w, ["_rate"])).toEqual(before);
  });

  test("C40 and what is typed into a form for everybody is kept as it was typed", async () => {
    const name = hostile.filter((it) => it !== "\u0000").join(" ");
    const send = async (name: string) => {
      const altcha = await solve((await w.nobody.get("/f/berth/-/challenge")).json);
      const body = new URLSearchParams({ name, altcha }).toString();
      return w.nobody.send("POST", "/f/berth", {
        body,
        headers: { "content-type": "application/x-www-form-urlencoded" },
      });
    };
    const ships = (await dump(w)).ship;
    expect((await send(name)).status).toBe(303);
    expect((await send("\u0000")).status).toBe(422);
    expect(await w.sql("select name from {ws}.guest")).toEqual([{ name }]);
    expect((await dump(w)).ship).toEqual(ships);
  });
});

test("C41 an order is a short list of fields", async () => {
  const thousand = Array<string>(1000).fill("name").join(",");
  const wrong = [
    "1",
    "1,2",
    "crew+1",
    "lower(name)",
    "name asc",
    "name desc nulls first",
    "(select 1)",
    "--name",
    "name;",
    thousand,
  ];
  for (const sort of wrong) expect((await safe("/api/records/ship", { sort })).status, sort.slice(0, 40)).toBe(400);
  for (const sort of [",", "name,,crew", "name,name", "-crew,crew", "name,-name,name"])
    expect([200, 400], sort).toContain((await safe("/api/records/ship", { sort })).status);
  expect((await safe("/api/records/ship", { sort: "-crew,name" })).json.items.map(({ crew }: any) => crew)).toEqual([
    4, 3, 2, 1, 0,
  ]);
});
