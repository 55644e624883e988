import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { context, propagation, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { accessFor, type Principal } from "engine";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Pool } from "../../runtime/database/pool.ts";
import { networksOf } from "../../runtime/networks.ts";
import { openGate } from "../../runtime/outbound.ts";
import { tellSlowStatements } from "../../runtime/request-log.ts";
import { aggregate } from "../../runtime/store/aggregate.ts";
import { world, type Client, type World } from "../world.ts";

let here: World;
let reader: Client;

beforeAll(async () => {
  here = await world({ templates: ["core", "sales"] });
  reader = await here.user("Rita", { roles: ["seller"] });
});
afterAll(() => here.close());

describe("a caller who asks more than her share", () => {
  test("waits for herself; others are answered, and what is over her line is told to come later", async () => {
    const { turns, pool } = here.workspace;
    const held = await Promise.all(Array.from({ length: pool.options.max }, () => turns.take(reader.id)));
    const waiting = Array.from({ length: 200 }, () => reader.get("/api/notifications"));
    while (turns.waiting < waiting.length) await new Promise((done) => setImmediate(done));

    expect((await here.admin.get("/api/notifications")).status).toBe(200);
    const refused = await reader.get("/api/notifications");
    expect([refused.status, refused.json.code, refused.headers.get("retry-after")]).toEqual([
      429,
      "caller.crowded",
      "1",
    ]);

    for (const giveBack of held) giveBack();
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([200]));
    expect([turns.running, turns.waiting]).toEqual([0, 0]);
  });

  test("brings a lot to a few turns of their own: what is small goes on beside it", async () => {
    const { turns, heavyTurns } = here.workspace;
    const held = await Promise.all([1, 2, 3].map(() => heavyTurns.take(here.admin.id)));
    const name = "Brightwater ".repeat(6);
    const many = Array.from({ length: 900 }, (_, n) => ({ name: `${name}${n}` }));
    const brought = here.admin.post("/api/records/company", many);
    while (heavyTurns.waiting < 1) await new Promise((done) => setImmediate(done));
    expect((await here.admin.post("/api/records/company", many.slice(0, 2))).status).toBe(201);
    for (const giveBack of held) giveBack();
    expect((await brought).status).toBe(201);
    expect([turns, heavyTurns].map(({ running, waiting }) => running + waiting)).toEqual([0, 0]);
  });

  test("holds no turn while what she sends has not come, and files keep only files waiting", async () => {
    const { turns, fileTurns, pool } = here.workspace;
    const { key } = (await here.admin.post("/api/keys", { name: "slow", user: reader.id })).json;
    const ends: (() => void)[] = [];
    const slowly = (path: string, type: string) => {
      const body = new ReadableStream({ start: (it) => void ends.push(() => it.close()) });
      const headers = { authorization: `Bearer ${key}`, "content-type": type, "content-length": "100" };
      const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
      return here.fetch(new Request(`http://localhost${path}`, init));
    };
    const slow = Array.from({ length: pool.options.max + 2 }, () => slowly("/api/views", "application/json"));
    slow.push(slowly("/api/imports", "multipart/form-data; boundary=b"));
    while (fileTurns.running < 1) await new Promise((done) => setImmediate(done));
    expect(turns.running).toBe(0);
    expect((await reader.get("/api/notifications")).status).toBe(200);
    for (const end of ends) end();
    expect(new Set((await Promise.all(slow)).map(({ status }) => status))).toEqual(new Set([400]));
    expect([turns, fileTurns].map(({ running, waiting }) => running + waiting)).toEqual([0, 0]);
  });

  test("whoever looks at pages for anybody from one network keeps others waiting no longer than her share", async () => {
    const { visitorTurns, pool } = here.workspace;
    const most = Math.ceil(pool.options.max / 2);
    const held = await Promise.all(Array.from({ length: most }, () => visitorTurns.take("unknown")));
    const waiting = Array.from({ length: 50 }, () => here.nobody.get("/f/nothing"));
    while (visitorTurns.waiting < waiting.length) await new Promise((done) => setImmediate(done));
    const refused = await here.nobody.get("/f/nothing");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await reader.get("/api/notifications")).status).toBe(200);
    for (const giveBack of held) giveBack();
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([404]));
    expect(visitorTurns.running).toBe(0);
  });

  test("gives her turn back when her request is refused", async () => {
    for (let asked = 0; asked < here.workspace.pool.options.max * 3; asked++)
      expect((await reader.get("/api/records/nothing")).status).toBe(404);
    expect(here.workspace.turns.running).toBe(0);
  });
});

describe("what a process measures of itself", () => {
  test("is told to admins by route, without a word of what was asked for", async () => {
    const made = await here.admin.post("/api/records/company", { name: "Brightwater" });
    const id = made.json.id as string;
    await here.admin.get(`/api/records/company/${id}`);
    const { status, text, headers } = await here.admin.get("/api/metrics");
    expect([status, headers.get("content-type")]).toEqual([200, expect.stringContaining("text/plain")]);
    expect(text).toMatch(
      /http_server_request_duration_seconds_count\{method="GET",route="\/api\/records\/:entity\/:id[^"]*",status="200"\} 1/,
    );
    expect(text).toMatch(/trellis_requests_running\{workspace="main"\} 1\n/);
    expect(text).toMatch(/trellis_database_connections\{workspace="main"\} [1-9]/);
    expect(text).toContain("nodejs_eventloop_lag_seconds");
    expect(text).not.toContain(id);
  });

  test("is told to nobody else", async () => {
    expect((await reader.get("/api/metrics")).status).toBe(403);
    expect((await here.nobody.get("/api/metrics")).status).toBe(401);
  });

  test("stands beside each answer: which request it was and how long it took", async () => {
    const { headers } = await reader.get("/api/notifications");
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get("server-timing")).toMatch(/^total;dur=\d+\.\d$/);
  });
});

test("who reads is not kept waiting without end for who holds a table", async () => {
  const holder = await here.pool.connect();
  try {
    await holder.query("begin");
    await holder.query(`lock table ${here.workspace.schema}.company in access exclusive mode`);
    const group = { group: ["name"], measures: { n: "count()" } };
    const answers = await Promise.all([
      reader.get("/api/records/company"),
      reader.get("/api/records/company?search=bright&count=exact"),
      reader.post("/api/records/company/aggregate", group),
    ]);
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual([
      [503, "request.busy"],
      [503, "request.busy"],
      [503, "request.busy"],
    ]);
  } finally {
    await holder.query("rollback");
    holder.release();
  }
  expect((await reader.get("/api/records/company")).status).toBe(200);
});

test("what nobody waits for is read when the table is free again", async () => {
  const { workspace } = here;
  const { model } = workspace;
  const principal: Principal = { id: reader.id, name: "Rita", roles: ["seller"], via: "engine" };
  const scene = { workspace, model, access: accessFor(model, principal), principal, now: here.clock.now() };
  const body = { measures: { n: "count()" } };
  const holder = await here.pool.connect();
  try {
    await holder.query("begin");
    await holder.query(`lock table ${workspace.schema}.company in access exclusive mode`);
    const unhurried = aggregate({ ...scene, unhurried: true }, "company", body);
    await expect(aggregate(scene, "company", body)).rejects.toMatchObject({ code: "55P03" });
    await holder.query("rollback");
    expect((await unhurried).rows).toEqual([{ n: expect.any(Number) }]);
  } finally {
    await holder.query("rollback");
    holder.release();
  }
});

test("no look takes longer than half a minute; what works in the background has the time that it takes", async () => {
  const limit = async (pool: Pool) =>
    (await pool.query("select current_setting('statement_timeout') as it")).rows[0].it;
  expect([await limit(here.workspace.looks), await limit(here.pool)]).toEqual(["30s", "0"]);
});

describe("where spans are taken down (OpenTelemetry)", () => {
  const exporter = new InMemorySpanExporter();
  const spans = (name: RegExp) => exporter.getFinishedSpans().filter((it) => name.test(it.name));
  beforeAll(() => {
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    trace.setGlobalTracerProvider(provider);
  });
  beforeEach(() => exporter.reset());
  afterAll(() => {
    trace.disable();
    propagation.disable();
    context.disable();
  });

  test("a request is a span of the trace that it came with (W3C Trace Context), and its plan and each statement one below", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const filter = encodeURIComponent("name == 'Whisper'");
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    await reader.send("GET", `/api/records/company?filter=${filter}`, { headers });
    const [request] = spans(/^GET /);
    expect(request?.spanContext().traceId).toBe(traceId);
    expect(request?.parentSpanContext?.spanId).toBe("00f067aa0ba902b7");
    expect(request).toMatchObject({
      name: "GET /api/records/:entity",
      attributes: { "http.response.status_code": 200 },
    });
    const parts = exporter.getFinishedSpans().filter((it) => it !== request);
    for (const part of parts) expect(part.spanContext().traceId).toBe(traceId);
    expect(spans(/^plan$/)).not.toEqual([]);
    const [list] = parts.filter(({ attributes }) => /from .*company/.test(String(attributes["db.query.text"])));
    expect(list).toMatchObject({ name: "SELECT", attributes: { "db.system.name": "postgresql" } });
    expect(JSON.stringify(parts.map(({ name, attributes }) => [name, attributes]))).not.toContain("Whisper");
  });

  test("each statement of a transaction is one, and one that fails says so without its values", async () => {
    const made = await here.admin.post("/api/records/company", { name: "Traced", external_id: "T-1" });
    expect(made.status, made.text).toBe(201);
    const [request] = spans(/^POST /);
    const verbs = exporter.getFinishedSpans().map(({ name }) => name);
    expect(verbs).toEqual(expect.arrayContaining(["plan", "BEGIN", "WITH", "COMMIT"]));
    expect(new Set(exporter.getFinishedSpans().map((it) => it.spanContext().traceId)).size).toBe(1);
    expect(request).toBeDefined();
    exporter.reset();
    const failing = trace
      .getTracer("test")
      .startActiveSpan("here", async (span) => here.sql("select $1::uuid", ["Whisper"]).finally(() => span.end()));
    await expect(failing).rejects.toThrow("Whisper");
    const [statement] = spans(/^SELECT$/);
    expect(statement?.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(JSON.stringify([statement?.attributes, statement?.events])).not.toContain("Whisper");
  });

  test("what is asked of a pool by several is each one's own, though one waits for the other's connection", async () => {
    const busy = here.workspace.pool.options.max * 2;
    const ask = (name: string) =>
      trace.getTracer("test").startActiveSpan(name, async (span) => {
        await here.pool.query("select pg_sleep(0.01)");
        span.end();
      });
    await Promise.all(Array.from({ length: busy }, (_, at) => ask(`asker ${at}`)));
    const askers = new Set(spans(/^asker/).map((it) => it.spanContext().spanId));
    expect(new Set(spans(/^SELECT$/).map((it) => it.parentSpanContext?.spanId))).toEqual(askers);
  });

  test("a call to the outside is one, without its path; what is done for nobody's request begins a trace", async () => {
    const server = createServer((_, answer) => answer.end("ok")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const gate = openGate({ open: networksOf(["127.0.0.1"]) });
    await gate(`http://127.0.0.1:${port}/hooks/whisper`, { method: "POST", body: "{}" });
    server.close();
    const [call] = spans(/^POST$/);
    expect(call?.attributes).toEqual({ "http.request.method": "POST", "server.address": "127.0.0.1" });
  });
});

test("statements that take long are told with the request for which they were asked, without their values", async () => {
  const told: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
  const quiet = tellSlowStatements((_, event, facts = {}) => told.push([event, facts]), 0);
  const { headers } = await reader.get("/api/records/company?filter=name%20%3D%3D%20'Whisper'");
  await here.sql("select 'of nobody'");
  quiet();
  await reader.get("/api/notifications");
  const request = headers.get("x-request-id");
  const asked = { request, ms: expect.any(Number), statement: expect.stringContaining("company") };
  expect(told).toContainEqual(["slow statement", asked]);
  expect(told.at(-1)).toMatchObject(["slow statement", { request: undefined, statement: "select 'of nobody'" }]);
  expect(JSON.stringify(told)).not.toContain("Whisper");
});
