import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dump, harbourDocuments } from "../harbour.ts";
import { attachTo } from "../fixtures/uploads.ts";
import { world, type Client, type World } from "../world.ts";

/**
 * Class B of the case book (spec of security, section 2): changing what one may not, and the doors of routes. B21 and
 * B24 stand in `routes.test.ts`. Each test begins with the number of its case.
 */
let w: World;
let sailor: Client;
let server: Server;
beforeAll(async () => {
  w = await world({ documents: harbourDocuments, templates: ["core", "sales"], beside: ["other"] });
  sailor = await w.user("Sindbad", { roles: ["sailor"] });
  server = createServer(getRequestListener(w.fetch));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await w.close();
});

const system = () => ({
  id: "01900000-0000-7000-8000-00000000000f",
  owner: w.admin.id,
  created_at: "2020-01-01T00:00:00Z",
  created_by: w.admin.id,
  updated_at: "2020-01-01T00:00:00Z",
  updated_by: w.admin.id,
  deleted_at: "2020-01-01T00:00:00Z",
  version: 99,
  number: "S-9999",
  dear: true,
  secret: "mine",
  load: "5",
  workspace: "other",
  workspaceId: "other",
  ownerId: w.admin.id,
  role: "admin",
  roles: ["admin"],
  isSystem: true,
  _masked: [],
});

describe("B22 what the engine owns is set by no request", () => {
  test("B22 in a new record, in a change, in many, by an event", async () => {
    const made = await sailor.post("/api/records/ship", { name: "Argo" });
    expect(made.status, made.text).toBe(201);
    const { id } = made.json;
    const before = await dump(w);
    for (const [name, value] of Object.entries(system())) {
      const values = { [name]: value };
      const asks = [
        await sailor.post("/api/records/ship", { name: "Forged", ...values }),
        await sailor.post("/api/records/ship", [{ name: "Forged", ...values }]),
      ];
      // Whom a record belongs to is hers to change; everything else is nobody's.
      if (name !== "owner") {
        asks.push(await sailor.post("/api/records/ship/bulk", { ids: [id], set: values }));
        asks.push(await sailor.patch(`/api/records/ship/${id}`, values, { "if-match": '"1"' }));
      }
      if (!["owner", "id", "version"].includes(name))
        asks.push(await sailor.patch("/api/records/ship", [{ id, version: 1, ...values }]));
      for (const { status, text } of asks) expect(status, `${name}: ${text}`).toBeGreaterThanOrEqual(400);
    }
    expect(await dump(w)).toEqual(before);
  });

  test("B22 by a file, and of oneself", async () => {
    for (const to of ["id", "created_by", "deleted_at", "version", "number", "secret", "load", "dear"]) {
      const form = new FormData();
      form.set("file", new Blob(["name,x\nForged,1\n"]), "ships.csv");
      form.set("plan", JSON.stringify({ entity: "ship", columns: { name: "name", x: to }, missing: "reject" }));
      const answer = await sailor.send("POST", "/api/imports", { body: form });
      expect(answer.status, `${to}: ${answer.text}`).toBeGreaterThanOrEqual(400);
    }
    const before = await dump(w);
    for (const values of [
      { roles: ["admin"] },
      { active: true },
      { email: "x@example.com" },
      { account_id: "x" },
      { id: w.admin.id },
    ])
      for (const answer of [
        await sailor.patch("/api/me", values),
        await sailor.patch(`/api/records/user/${sailor.id}`, values, { "if-match": '"1"' }),
        await sailor.send("PATCH", `/api/users/${sailor.id}`, { body: values }),
        await sailor.post("/api/keys", { name: "more", user: w.admin.id, roles: ["admin"] }),
      ])
        expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(await dump(w)).toEqual(before);
  });
});

test("B23 without a session no route of sign-in does anything for somebody who is named in the request", async () => {
  const names = [
    "sign-up/email",
    "api-key/create",
    "api-key/list",
    "admin/set-role",
    "admin/create-user",
    "admin/impersonate-user",
  ]
    .concat([
      "organization/create",
      "organization/invite-member",
      "update-user",
      "delete-user",
      "change-email",
      "set-password",
    ])
    .concat([
      "change-password",
      "sign-out",
      "revoke-sessions",
      "revoke-session",
      "revoke-other-sessions",
      "link-social",
      "list-accounts",
    ])
    .concat([
      "two-factor/enable",
      "two-factor/confirm",
      "two-factor/verify",
      "two-factor/disable",
      "two-factor/backup-codes",
      "two-factor/verify-totp",
      "two-factor/verify-backup-code",
      "two-factor/get-totp-uri",
      "passkey/generate-register-options",
      "get-session",
      "list-sessions",
      "refresh-token",
      "ok",
      "error",
    ]);
  const before = await dump(w);
  const kept = () =>
    w.sql(`select (select count(*) from trellis.session)::int as s, (select count(*) from trellis.api_key)::int as k,
    (select count(*) from trellis.account)::int as a, (select string_agg(password, ',') from trellis.credential) as p`);
  const [stood] = await kept();
  const given = {
    userId: w.admin.id,
    user: w.admin.id,
    role: "admin",
    organizationId: "x",
    permissions: { all: ["*"] },
    newPassword: "a new long one",
    currentPassword: "wrong password",
  };
  for (const name of names) {
    const query = `?${new URLSearchParams({ userId: w.admin.id, role: "admin" })}`;
    for (const headers of [{}, { origin: "http://localhost" }]) {
      const posted = await w.nobody.post(`/api/auth/${name}${query}`, given, headers);
      expect([400, 401, 403, 404, 200], `${name}: ${posted.text}`).toContain(posted.status);
      // Signing out without being signed in is no harm done.
      if (posted.status === 200) expect(name).toBe("sign-out");
      const read = await w.nobody.get(`/api/auth/${name}${query}`);
      if (read.status === 200) expect([name, read.text]).toEqual(["get-session", "null"]);
      expect(read.text + posted.text).not.toContain(w.admin.id);
    }
  }
  expect(await dump(w)).toEqual(before);
  expect(await kept()).toEqual([stood]);
});

test("B26 a file is opened by whoever it was made for, whole or in part", async () => {
  await w.work();
  // What begins with the work is kept before anything is compared.
  await expect.poll(() => w.sql("select from {ws}._operation where kind = 'rollup_check'")).toHaveLength(1);
  const { json } = await w.admin.post("/api/exports", { entity: "harbour", fields: ["name"] });
  const made = async () => (await w.admin.get(`/api/exports/${json.id}`)).json;
  await expect.poll(async () => (await made()).status, { timeout: 60_000 }).toBe("done");
  const { file_url: url } = await made();
  expect((await w.admin.get(url)).status).toBe(200);
  for (const headers of [{}, { range: "bytes=0-3" }, { "if-none-match": "*" }]) {
    expect((await sailor.send("GET", url, { headers })).status).toBe(404);
    expect((await w.nobody.send("GET", url, { headers })).status).toBe(401);
  }
});
test("B26 a file of a record that one does not see is not there, by whatever way it is asked for", async () => {
  const ship = (await w.admin.post("/api/records/ship", { name: "Argo" })).json.id;
  const mine = (await sailor.post("/api/records/ship", { name: "Dinghy" })).json.id;
  const own = await attachTo(sailor, `ship/${mine}`, "mine.txt", "mine");
  const made = await attachTo(w.admin, `ship/${ship}`, "golden fleece.txt", "fleece");
  expect([own.status, made.status], made.text).toEqual([201, 201]);
  const { id } = made.json;
  const taken = await attachTo(w.admin, `ship/${ship}`, "taken fleece.txt", "fleece");
  const gone = await w.admin.delete(`/api/records/ship/${ship}/files/${taken.json.id}`);
  const operations = [made, gone].map(({ headers }) => headers.get("trellis-operation"));
  const other = w.others.get("other")!;
  const before = await dump(w);

  const call = (name: string, given: object) => ({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name, arguments: given },
  });
  for (const client of [sailor, other, w.nobody]) {
    const asked: [method: string, path: string, sending?: { body?: unknown; headers?: Record<string, string> }][] = [
      ["GET", `/api/files/${id}`],
      ["GET", `/api/files/${id}`, { headers: { range: "bytes=0-3" } }],
      ["GET", `/api/files/${id}`, { headers: { "if-none-match": "*" } }],
      ["GET", `/api/files/${id}?thumbnail=1&record=${mine}&entity=ship`],
      ["GET", `/api/files/${id.toUpperCase()}`],
      ["GET", `/api/files/${taken.json.id}`],
      ["HEAD", `/api/files/${id}`],
      ["GET", `/api/records/ship/${ship}/files`],
      ["GET", `/api/records/ship/${mine}/files/${id}`],
      ["GET", `/api/records/ship/${ship}/history`],
      ["GET", `/api/records/ship/${ship}/timeline`],
      ["GET", `/api/records/ship/${ship}?expand=files`],
      ["GET", `/api/records/ship?fields=files,_file`],
      ["GET", "/api/search?q=fleece"],
      ["POST", "/api/exports", { body: { entity: "ship", fields: ["name", "_file"] } }],
      ["POST", "/api/exports", { body: { entity: "ship", fields: ["files"] } }],
      ["POST", `/api/records/ship/${ship}/files`, { body: "x" }],
      ["DELETE", `/api/records/ship/${ship}/files/${id}`],
      ["DELETE", `/api/records/ship/${mine}/files/${id}`],
      ["DELETE", `/api/records/harbour/${ship}/files/${id}`],
      ["PATCH", `/api/files/${id}`, { body: { record: mine, name: "x" } }],
      ["PUT", `/api/files/${id}`, { body: { record: mine } }],
      ["POST", `/api/files/${id}/restore`, { body: {} }],
      ["POST", `/api/files/${id}/copy`, { body: { record: mine } }],
      ["POST", `/api/records/ship/${ship}/restore`, { body: {} }],
      ["PATCH", `/api/records/ship/${mine}`, { body: { _file: { file: id } }, headers: { "if-match": '"1"' } }],
      ...operations.flatMap((operation): [string, string, object?][] => [
        ["GET", `/api/operations/${operation}`],
        ["POST", `/api/operations/${operation}/undo`, { body: { force: true } }],
      ]),
      ["POST", "/mcp", { body: call("get_record", { entity: "ship", id: ship }) }],
      ["POST", "/mcp", { body: call("record_history", { entity: "ship", id: ship }) }],
      ["POST", "/mcp", { body: call("search", { text: "fleece" }) }],
      ["POST", "/mcp", { body: call("undo_operation", { operation: operations[1] }) }],
    ];
    for (const [method, path, sending] of asked) {
      const answer = await client.send(method, path, sending);
      expect([method, path, answer.text.includes("fleece"), answer.status < 500]).toEqual([method, path, false, true]);
      if (path.startsWith("/api/files/")) expect([path, [401, 404].includes(answer.status)]).toEqual([path, true]);
      if (!path.startsWith("/mcp") && !path.includes("search"))
        expect([method, path, answer.status >= 400]).toEqual([method, path, true]);
    }
    const forged = await attachTo(client, `ship/${ship}`, "b.txt", "b");
    expect([401, 404]).toContain(forged.status);
  }
  expect(await dump(w)).toEqual(before);

  // Who has brought a file has it as long as she sees its record.
  await w.sql("update {ws}.ship set owner = $2 where id = $1", [mine, w.admin.id]);
  expect((await sailor.get(`/api/files/${own.json.id}`)).status).toBe(404);
  await w.admin.delete(`/api/records/ship/${mine}`, { "if-match": '"1"' });
  expect((await sailor.get(`/api/files/${own.json.id}`)).status).toBe(404);
});

test("B29 the bytes of a file are replaced by nobody", async () => {
  const { json } = await w.admin.post("/api/exports", { entity: "harbour", fields: ["name"] });
  const made = async () => (await w.admin.get(`/api/exports/${json.id}`)).json;
  await expect.poll(async () => (await made()).status, { timeout: 60_000 }).toBe("done");
  const { file_url: url } = await made();
  const stood = (await w.admin.get(url)).text;
  for (const client of [w.nobody, sailor, w.admin])
    for (const method of ["PUT", "PATCH", "POST", "DELETE"]) {
      const { status } = await client.send(method, url, { body: "forged", headers: { "upload-offset": "0" } });
      expect([401, 404]).toContain(status);
    }
  expect((await w.admin.get(url)).text).toBe(stood);
});

/** The status of a request whose target goes over the wire as it is. */
function raw(target: string, headers: readonly string[] = []): Promise<number> {
  return new Promise((done) => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    let answer = "";
    socket.on("data", (piece) => {
      answer += piece.toString("latin1");
      socket.end();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => done(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 400)));
    socket.write([`GET ${target} HTTP/1.1`, "host: localhost", ...headers, "connection: close", "", ""].join("\r\n"));
  });
}

test("B30 a private route stays private, whatever stands behind it", async () => {
  const open = ["/api/setup", "/healthz", "/api/auth/get-session", "/api/hooks/x"];
  for (const path of ["/api/users", "/api/model", "/api/records/deal", "/api/keys", "/api/openapi.json"])
    for (const bait of open)
      for (const tail of [
        `?x=${bait}`,
        `;${bait}`,
        `%3f${bait}`,
        `#${bait}`,
        `%2f..%2f..${bait}`,
        `/..;${bait}`,
        `%00${bait}`,
        `.`,
        `/`,
        `%20`,
      ])
        expect([path, tail, [400, 401, 404].includes(await raw(path + tail))]).toEqual([path, tail, true]);
});

test("B31 a path in another writing is another path, or the same with its door", async () => {
  const ways = [
    "//api/users",
    "/api//users",
    "/./api/users",
    "/api/./users",
    "/%2e/api/users",
    "/api/%2e%2e/api/users",
    "/api/setup/../users",
  ]
    .concat([
      "/%61pi/users",
      "/api/%75sers",
      "/API/users",
      "/api/Users",
      "http://localhost/api/users",
      "http://evil.example/api/users",
      "/api\\users",
    ])
    .concat(["//api/auth/sign-in/email", "/api/auth//get-session", "/api/auth/../users", "/api/auth/%2e%2e/users"]);
  const overrides = [
    "x-http-method-override: DELETE",
    "x-original-url: /api/setup",
    "x-rewrite-url: /healthz",
    "x-forwarded-prefix: /api",
  ];
  for (const way of ways)
    for (const headers of [[], overrides])
      expect([way, [400, 401, 404].includes(await raw(way, headers))]).toEqual([way, true]);
  expect(await raw("/healthz")).toBe(200);
});

test("B32 what is not published is shown to admins alone", async () => {
  const change = (await w.admin.post("/api/changes", { reason: "Secret plans" })).json.id;
  const [ship] = harbourDocuments.filter(({ $id }) => $id === "ship");
  const body = { ...ship, description: "Secret plans" };
  expect((await w.admin.send("PUT", `/api/documents/entity/ship?change=${change}`, { body })).status).toBe(200);
  for (const [client, refused] of [
    [w.nobody, 401],
    [sailor, 403],
  ] as const) {
    for (const path of [
      `/api/changes`,
      `/api/changes/${change}`,
      `/api/documents/entity/ship?change=${change}`,
      "/api/versions",
    ]) {
      const { status, text } = await client.get(path);
      expect([path, status]).toEqual([path, refused]);
      expect(text).not.toContain("Secret plans");
    }
    expect((await client.post(`/api/changes/${change}/check`, {})).status).toBe(refused);
  }
  for (const path of [
    "/api/model",
    "/api/openapi.json",
    `/api/records/ship?change=${change}`,
    `/api/model?change=${change}`,
  ])
    expect((await sailor.get(path)).text).not.toContain("Secret plans");
});
