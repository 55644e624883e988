import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Client as Agent } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKey } from "../../runtime/auth/keys.ts";
import { tools } from "../../runtime/mcp/tools.ts";
import { harbourDocuments, dump } from "../harbour.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
let server: Server;
let url: string;
let sailor: Client;
let asAdmin: Agent;
let asSailor: Agent;

beforeAll(async () => {
  w = await world({ documents: harbourDocuments, templates: ["core", "sales"] });
  sailor = await w.user("Sindbad", { roles: ["sailor"] });
  server = createServer(getRequestListener(w.fetch));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  [asAdmin, asSailor] = [await agentOf(w.admin.id), await agentOf(sailor.id)];
});
afterAll(async () => {
  await Promise.all([asAdmin.close(), asSailor.close()]);
  await new Promise((done) => server.close(done));
  await w.close();
});

async function keyOf(user: string, roles: readonly string[] | null = null): Promise<string> {
  const made = { workspace: "main", user, name: "agent", roles, expiresAt: null, by: user };
  return (await createKey(w.pool, made, w.clock.now())).key;
}

/** The protocol's own client: what it takes for granted, the server keeps. */
async function agentOf(user: string, roles: readonly string[] | null = null): Promise<Agent> {
  const headers = { authorization: `Bearer ${await keyOf(user, roles)}` };
  const agent = new Agent({ name: "test", version: "1" });
  await agent.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }) as never);
  return agent;
}

async function use(agent: Agent, name: string, given: Record<string, unknown> = {}) {
  const { content, isError } = await agent.callTool({ name, arguments: given });
  const [{ text }] = content as [{ text: string }];
  return { failed: isError === true, text, json: text.startsWith("{") ? JSON.parse(text) : undefined };
}

describe("an agent", () => {
  test("is told of the tools, with the entities that its person may know", async () => {
    const told = await asSailor.listTools();
    expect(told.tools.map(({ name }) => name)).toEqual(Object.keys(tools));
    const list = told.tools.find(({ name }) => name === "list_records")!;
    const { enum: entities } = list.inputSchema.properties!.entity as { enum: string[] };
    expect(entities).toContain("ship");
    expect(entities).not.toContain("deal");
    expect(told.tools.filter(({ annotations }) => annotations?.readOnlyHint).length).toBeGreaterThan(5);
    expect(asSailor.getInstructions()).toContain("describe_model");
    await asSailor.ping();
  });

  test("reads the model as far as its person may know it", async () => {
    const outline = (await use(asSailor, "describe_model")).json;
    expect(outline.entities.map(({ name }: any) => name)).not.toContain("deal");
    expect(outline.you).toEqual({ name: "Sindbad", roles: ["sailor"] });
    const ship = (await use(asSailor, "describe_model", { entity: "ship" })).json;
    const names = ship.entity.fields.map(({ name }: any) => name);
    expect(names).toContain("price");
    expect(names).not.toContain("secret");
    const deal = (await use(asAdmin, "describe_model", { entity: "deal" })).json;
    expect(deal.workflows).toMatchObject([{ id: "deal_pipeline" }]);
    expect(await use(asSailor, "describe_model", { entity: "deal" })).toMatchObject({ failed: true });
  });

  test("of its own has roles of its own, is named by the history, and ends when it is switched off", async () => {
    const { id } = (await w.admin.post("/api/users", { name: "Stevedore", roles: ["sailor"] })).json;
    const { key } = (await w.admin.post("/api/keys", { name: "Night run", user: id })).json;
    const headers = { authorization: `Bearer ${key}` };
    const agent = new Agent({ name: "test", version: "1" });
    await agent.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }) as never);
    expect((await use(agent, "describe_model")).json.you).toEqual({ name: "Stevedore", roles: ["sailor"] });
    const made = await use(agent, "create_records", { entity: "ship", records: [{ name: "Lighter" }] });
    expect(made.failed, made.text).toBe(false);
    const [step] = (await w.admin.get(`/api/records/ship/${made.json.result.items[0].id}/history`)).json.items;
    expect(step).toMatchObject({ act: "create", by: { id, name: "Stevedore" } });
    expect((await w.admin.get("/api/keys")).json.items).toContainEqual(
      expect.objectContaining({ user: id, name: "Night run" }),
    );
    expect((await w.admin.send("PATCH", `/api/users/${id}`, { body: { active: false } })).status).toBe(200);
    await expect(use(agent, "describe_model")).rejects.toThrow(/401/);
    await agent.close();
  });

  test("reads the model as resources too, and none of what its person may not know", async () => {
    const { resources } = await asSailor.listResources();
    const uris = resources.map(({ uri }) => uri);
    expect(uris).toEqual(expect.arrayContaining(["trellis://model", "trellis://model/ship"]));
    expect(uris).not.toContain("trellis://model/deal");
    const read = async (uri: string) => {
      const [first] = (await asSailor.readResource({ uri })).contents as { text: string; mimeType: string }[];
      return JSON.parse(first!.text);
    };
    expect(await read("trellis://model")).toEqual((await use(asSailor, "describe_model")).json);
    expect(await read("trellis://model/ship")).toEqual(
      (await use(asSailor, "describe_model", { entity: "ship" })).json,
    );
    for (const uri of ["trellis://model/deal", "trellis://model/__proto__", "file:///etc/passwd"])
      await expect(asSailor.readResource({ uri })).rejects.toThrow("There is no resource");
  });

  test("makes, finds, reads, changes and throws away records, and takes it back", async () => {
    const made = (await use(asSailor, "create_records", { entity: "ship", records: [{ name: "Argo", crew: 50 }] }))
      .json;
    const [{ id }] = made.result.items;
    expect((await use(asSailor, "search", { words: "Argo" })).json.items).toMatchObject([{ entity: "ship", id }]);
    const filter = "crew > 40 && name.startsWith('Ar')";
    const listed = await use(asSailor, "list_records", {
      entity: "ship",
      filter,
      sort: "-crew",
      limit: 5,
      count: "exact",
    });
    expect(listed.json).toMatchObject({ items: [{ id }], next: null, count: { value: 1 } });
    const changed = await use(asSailor, "update_record", { entity: "ship", id, version: 1, values: { crew: 49 } });
    expect(changed.json.result).toMatchObject({ crew: 49, version: 2 });
    const stale = await use(asSailor, "update_record", { entity: "ship", id, version: 1, values: { crew: 1 } });
    expect([stale.failed, stale.json.code]).toEqual([true, "record.stale"]);
    const history = (await use(asSailor, "record_history", { entity: "ship", id })).json;
    expect(history.items).toHaveLength(2);
    const gone = (await use(asSailor, "trash_record", { entity: "ship", id, version: 2 })).json;
    expect((await use(asSailor, "list_records", { entity: "ship", filter })).json.items).toEqual([]);
    expect((await use(asSailor, "undo_operation", { operation: gone.operation })).failed).toBe(false);
    expect((await use(asSailor, "get_record", { entity: "ship", id, fields: "id,crew" })).json).toMatchObject({
      id,
      crew: 49,
    });
    const sums = await use(asSailor, "aggregate_records", {
      entity: "ship",
      measures: { n: "count()", crew: "sum(crew)" },
    });
    expect(sums.json.rows).toEqual([{ n: 1, crew: "49" }]);
  });

  test("groups, measures and counts values as the API does", async () => {
    const records = [7, 7, 7, 8, 8, 9].map((crew) => ({ name: `Boat ${crew}`, crew }));
    await use(asSailor, "create_records", { entity: "ship", records });
    const asked = {
      group: ["name"],
      measures: { n: "count()", large: { of: "count()", filter: "crew > 7" } },
      filter: "name.startsWith('Boat')",
      having: "n > 1",
      sort: "-n",
      limit: 1,
      totals: true,
      other: true,
    };
    const grouped = await use(asSailor, "aggregate_records", { entity: "ship", ...asked });
    expect(grouped.json).toEqual({
      rows: [{ name: "Boat 7", n: 3, large: 0 }],
      totals: { n: 6, large: 3 },
      other: { n: 3, large: 3 },
    });
    expect(grouped.json).toEqual((await sailor.post("/api/records/ship/aggregate", asked)).json);
    const counted = { fields: ["crew", { field: "name", prefix: "Boat" }], chosen: { crew: [8] }, filter: "crew < 10" };
    const values = await use(asSailor, "count_values", { entity: "ship", ...counted });
    expect(values.json.facets.name.values).toEqual([{ value: "Boat 8", count: 2 }]);
    expect(values.json.facets.crew.values).toHaveLength(3);
    expect(values.json).toEqual((await sailor.post("/api/records/ship/facets", counted)).json);
    const hidden = await use(asSailor, "count_values", { entity: "ship", fields: ["secret"] });
    expect([hidden.failed, hidden.json.code]).toEqual([true, "field.unknown"]);
  });

  test("moves a record by its workflow", async () => {
    const made = await use(asAdmin, "create_records", { entity: "deal", records: [{ title: "A deal" }] });
    const at = { entity: "deal", id: made.json.result.items[0].id };
    const { text } = await use(asAdmin, "list_events", at);
    expect(JSON.parse(text).map(({ type }: any) => type)).toContain("deal.advance");
    expect((await use(asAdmin, "send_event", { ...at, type: "deal.advance" })).json.result.stage).toBe("engaging");
    const lost = { ...at, type: "deal.lose", values: { lost_reason: "price" } };
    expect((await use(asAdmin, "send_event", lost)).json.result.stage).toBe("lost");
    expect((await use(asAdmin, "send_event", { ...at, type: "deal.win" })).json.code).toBe("event.refused");
  });
});

describe("its rights are those of its person", () => {
  test("a record, a field and an entity that she may not know are not there", async () => {
    const hidden = (await w.admin.post("/api/records/ship", { name: "Ghost", secret: "x" })).json.id;
    expect((await use(asSailor, "get_record", { entity: "ship", id: hidden })).json.code).toBe("record.missing");
    expect((await use(asSailor, "search", { words: "Ghost" })).json.items).toEqual([]);
    const asked = [
      ["list_records", { entity: "ship", filter: "secret == 'x'" }, "field.unknown"],
      ["list_records", { entity: "ship", sort: "secret" }, "field.unknown"],
      ["list_records", { entity: "ship", fields: "secret" }, "field.unknown"],
      ["aggregate_records", { entity: "ship", measures: { n: "min(secret)" } }, "field.unknown"],
      ["list_records", { entity: "deal" }, "entity.unknown"],
      ["create_records", { entity: "harbour", records: [{ name: "Mine" }] }, "right.missing"],
      ["update_record", { entity: "ship", id: hidden, version: 1, values: { name: "Mine" } }, "record.missing"],
    ] as const;
    for (const [tool, given, code] of asked) {
      const { failed, json } = await use(asSailor, tool, given);
      expect([tool, failed, json.code]).toEqual([tool, true, code]);
    }
  });

  test("a key narrows them, and ends with its being revoked", async () => {
    const narrow = await agentOf(w.admin.id, ["sailor"]);
    expect((await use(narrow, "list_records", { entity: "deal" })).json.code).toBe("entity.unknown");
    const { json } = await w.admin.get("/api/keys");
    const key = json.items.find(({ roles }: any) => roles?.join() === "sailor");
    expect((await w.admin.delete(`/api/keys/${key.id}`)).status).toBe(204);
    await expect(use(narrow, "list_records", { entity: "ship" })).rejects.toThrow();
    await narrow.close();
  });

  test("names that would lead elsewhere stay names", async () => {
    for (const entity of ["../users", "ship/../../users", "ship?trash=only", "%2e%2e/users", "ship#"]) {
      const { failed, json } = await use(asSailor, "list_records", { entity });
      expect([entity, failed, json.code]).toEqual([entity, true, "entity.unknown"]);
    }
    const undone = await use(asAdmin, "undo_operation", { operation: "../users" });
    expect(undone.json.code).toBe("operation.missing");
  });
});

describe("what is refused changes nothing", () => {
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    w.admin.send("POST", "/mcp", {
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });
  const call = (params: object) => post({ jsonrpc: "2.0", id: 1, method: "tools/call", params });

  test.each<[string, unknown, number, string]>([
    ["no JSON", "{", 400, "body.malformed"],
    ["several messages at once", [{ jsonrpc: "2.0", id: 1, method: "ping" }], 400, "mcp.malformed"],
    ["another protocol", { jsonrpc: "1.0", id: 1, method: "ping" }, 400, "mcp.malformed"],
    ["no method", { jsonrpc: "2.0", id: 1 }, 400, "mcp.malformed"],
    ["an id that is none", { jsonrpc: "2.0", id: null, method: "ping" }, 400, "mcp.malformed"],
    ["parameters that are none", { jsonrpc: "2.0", id: 1, method: "ping", params: [] }, 400, "mcp.malformed"],
  ])("%s", async (_, body, status, code) => {
    const answer = await post(body);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  test("a method or a tool that nobody knows, and arguments that do not fit", async () => {
    const before = await dump(w);
    expect((await post({ jsonrpc: "2.0", id: 1, method: "constructor" })).json.error.code).toBe(-32601);
    expect((await call({ name: "constructor" })).json.error.code).toBe(-32602);
    const told = async (name: string, given: unknown) => {
      const { result } = (await call({ name, arguments: given })).json;
      expect(result.isError).toBe(true);
      return result.content[0].text as string;
    };
    expect(await told("get_record", { entity: "ship" })).toBe('It needs "id".');
    expect(await told("list_records", { entity: 5, limit: 0, colour: "red" })).toContain('It knows no "colour".');
    expect(await told("create_records", { entity: "ship", records: [] })).toBe("/records must have at least 1 items.");
    expect(await told("create_records", { entity: "ship", records: "Argo" })).toBe("/records must be a list.");
    expect(await told("list_records", [])).toBe("It must be an object.");
    expect(await told("create_records", { entity: "ship", records: [{ crew: -1 }] })).toContain("value.invalid");
    expect(await dump(w)).toEqual(before);
  });

  test("a caller without a key, a version that is not spoken, another way to ask", async () => {
    const body = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    const unknown = await w.nobody.post("/mcp", body);
    expect([unknown.status, unknown.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect((await post(body, { "mcp-protocol-version": "1999-01-01" })).json.code).toBe("mcp.version");
    expect((await post(body, { "content-type": "text/plain" })).status).toBe(415);
    for (const method of ["GET", "DELETE", "PUT"]) {
      const answer = await w.admin.send(method, "/mcp");
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    }
  });

  test("what wants no answer gets none", async () => {
    expect((await post({ jsonrpc: "2.0", method: "notifications/initialized" })).status).toBe(202);
    expect((await post({ jsonrpc: "2.0", id: 1, result: {} })).status).toBe(202);
  });

  test("a page of another house cannot use a person's session", async () => {
    const signedIn = await w.nobody.post("/api/auth/sign-in/email", {
      email: "ada@example.com",
      password: "correct horse battery",
    });
    const cookie = signedIn.headers.get("set-cookie")!.split(";")[0]!;
    const body = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    const from = (origin: string) => w.nobody.post("/mcp", body, { cookie, origin });
    expect((await from("https://evil.example")).json.code).toBe("auth.origin");
    expect((await from("http://localhost")).json.result.tools.length).toBeGreaterThan(5);
  });
});
