import { readdir, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { getRequestListener } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKey } from "../../runtime/auth/keys.ts";
import { zip } from "../../runtime/zip.ts";
import { dump, harbourDocuments } from "../harbour.ts";
import { world, type World } from "../world.ts";

/** Class H of the case book (spec of security, section 2): exhaustion. Each test begins with the number of its case. */
let w: World;
let server: Server;
let key: string;
let statements = 0;
beforeAll(async () => {
  w = await world({ documents: harbourDocuments });
  server = createServer(getRequestListener(w.fetch));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const made = { workspace: "main", user: w.admin.id, name: "raw", roles: null, expiresAt: null, by: w.admin.id };
  ({ key } = await createKey(w.pool, made, w.clock.now()));
  const { query } = w.pool;
  w.pool.query = ((...given: Parameters<typeof query>) => {
    // Who asks is believed for half a second: whether a key is looked up is a matter of time.
    if ((given[0] as { name?: string }).name !== "find-key") statements++;
    return query.apply(w.pool, given);
  }) as typeof query;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await w.close();
});

/** What the server answers to bytes as they are; the status of each answer. */
function raw(...pieces: readonly (string | Buffer)[]): Promise<readonly number[]> {
  return new Promise((done) => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    let answer = "";
    socket.on("data", (piece) => {
      answer += piece.toString("latin1");
      socket.end();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => done([...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))));
    for (const piece of pieces) socket.write(piece);
  });
}

const head = (...headers: readonly string[]) =>
  [
    "POST /api/records/ship HTTP/1.1",
    "host: localhost",
    `authorization: Bearer ${key}`,
    "content-type: application/json",
    ...headers,
    "connection: close",
    "",
    "",
  ].join("\r\n");

describe("H91 one question costs a fixed number of statements, however it is put", () => {
  test("H91 the same name again makes nothing more; too many or too deep are refused", async () => {
    await w.admin.post("/api/records/ship", { name: "Argo" });
    // Who asks is read again every half a second: the fewest of three are those of the question.
    const count = async (query: string) => {
      const tries: number[] = [];
      let status = 0;
      while (tries.length < 3) {
        const before = statements;
        ({ status } = await w.admin.get(`/api/records/ship?${query}`));
        tries.push(statements - before);
      }
      return [status, Math.min(...tries)] as const;
    };
    const [, plain] = await count("fields=name");
    const same = Array<string>(300).fill("name").join(",");
    const [status, again] = await count(`fields=${same}`);
    expect([200, 400]).toContain(status);
    expect(again).toBeLessThanOrEqual(plain);
    const [expanded, wide] = await count("expand=home,berth,owner,home.parent,berth.parent,home.parent.parent.parent");
    expect([expanded, wide <= plain]).toEqual([200, true]);
    expect((await count("expand=home.parent.parent.parent.parent"))[0]).toBe(400);
    expect((await count(`sort=${Array<string>(9).fill("name").join(",")}`))[0]).toBe(400);
    const deep = `${"(".repeat(400)}true${")".repeat(400)}`;
    const long = Array<string>(2000).fill("crew > 1").join(" || ");
    for (const filter of [deep, long]) expect((await count(`filter=${encodeURIComponent(filter)}`))[0]).toBe(400);
    const measures = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`m${at}`, "sum(crew)"]));
    expect((await w.admin.post("/api/records/ship/aggregate", { measures })).status).toBe(400);
    const group = Array<string>(100).fill("name");
    expect((await w.admin.post("/api/records/ship/aggregate", { group, measures: { n: "count()" } })).status).toBe(400);
  });
});

test("H92 what anybody may ask is cheap, and tells no detail", async () => {
  for (const [path, most] of [
    ["/healthz", 0],
    ["/readyz", 1],
    ["/api/setup", 1],
  ] as const) {
    const before = statements;
    const { status, text } = await w.nobody.get(path);
    expect([path, status, statements - before <= most]).toEqual([path, 200, true]);
    expect(text).toMatch(/^\{"(status":"ok"|needed":false)\}$/);
  }
  for (const path of ["/metrics", "/version", "/api/doctor", "/api/model"])
    expect([401, 404]).toContain((await w.nobody.get(path)).status);
});

describe("H93 the size of a body is what comes, not what is said", () => {
  const body = '{"name":"Small"}';
  test("H93 two lengths, or a length beside chunks, are no request", async () => {
    const before = await dump(w);
    const both = head("transfer-encoding: chunked", `content-length: ${body.length}`);
    const twice = head("content-length: 5", `content-length: ${body.length}`);
    const twofold = head("transfer-encoding: chunked, identity");
    for (const sent of [both, twice, twofold])
      for (const answer of await raw(sent, body)) expect(answer).toBeGreaterThanOrEqual(400);
    expect(await raw(head("content-length: 999999999"), body)).toEqual([413]);
    expect(await dump(w)).toEqual(before);
    expect(await raw(head("content-length: 5"), `${body}GET /api/users HTTP/1.1\r\n\r\n`)).toEqual([400]);
  });

  test("H93 chunks without an end are left at the bound", async () => {
    const piece = Buffer.alloc(1_000_000, "x");
    const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);
    const before = process.memoryUsage().rss;
    expect(await raw(head("transfer-encoding: chunked"), ...Array<Buffer>(12).fill(chunk))).toEqual([413]);
    const sent = `1\r\n{\r\n0\r\n\r\n`;
    expect(await raw(head("transfer-encoding: chunked"), sent)).toEqual([400]);
    expect(process.memoryUsage().rss - before).toBeLessThan(128_000_000);
  });

  test("H93 in a form too, and behind sign-in", async () => {
    const streamed = (path: string, type: string, pieces: number) =>
      w.fetch(
        new Request(`http://localhost${path}`, {
          method: "POST",
          headers: { "content-type": type, authorization: `Bearer ${key}` },
          duplex: "half",
          body: new ReadableStream({
            pull(controller) {
              if (pieces-- > 0) controller.enqueue(Buffer.alloc(1_000_000, 32));
              else controller.close();
            },
          }),
        } as RequestInit),
      );
    expect((await streamed("/api/auth/sign-in/email", "application/json", 20)).status).toBe(413);
    expect((await streamed("/api/setup", "application/json", 20)).status).toBe(413);
    expect((await streamed("/mcp", "application/json", 20)).status).toBe(413);
    expect((await streamed("/api/imports", "multipart/form-data; boundary=b", 70)).status).toBe(413);
  });

  test("H93 a packed body is no JSON, many parts are no file, many names are a question too many", async () => {
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const bomb = gzipSync(Buffer.alloc(50_000_000, 32));
    expect((await w.admin.post("/api/records/ship", bomb, headers)).status).toBe(400);
    const part = '--b\r\ncontent-disposition: form-data; name="p"\r\n\r\nx\r\n';
    const form = Buffer.from(`${part.repeat(100_000)}--b--\r\n`);
    const type = { "content-type": "multipart/form-data; boundary=b" };
    expect((await w.admin.post("/api/imports", form, type)).status).toBe(400);
    const names = Array.from({ length: 10_000 }, (_, at) => `p${at}=1`).join("&");
    expect((await w.admin.get(`/api/records/ship?${names}`)).status).toBe(400);
    const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`p${at}`, 1]));
    expect((await w.admin.post("/api/records/ship", keys)).status).toBe(400);
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect((await w.admin.post("/api/records/ship", deep, { "content-type": "application/json" })).status).toBe(400);
  });
});

test("H94 no pattern of the product takes long over a text that is made for it", async () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const found = new Set<string>();
  for (const room of ["engine", "runtime", "schemas"]) {
    const files = await readdir(join(root, room), { recursive: true });
    for (const file of files.filter((it) => /\.(ts|json)$/.test(it) && !/node_modules|\.test\.ts$/.test(it))) {
      const text = await readFile(join(root, room, file), "utf8");
      for (const [, source] of text.matchAll(
        /(?<=[(=:,?[\s])\/((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*)\/[a-z]*(?=[.,;)\s])/g,
      ))
        found.add(source!);
      for (const [, source] of text.matchAll(/"pattern": "((?:\\.|[^"\\])*)"/g)) found.add(JSON.parse(`"${source}"`));
    }
  }
  expect(found.size).toBeGreaterThan(60);
  const pumps = [
    "a",
    "0",
    " ",
    "-",
    ".",
    "a-",
    "a.",
    "/",
    "~0",
    "a,",
    '"',
    "\\",
    "(",
    "v1,",
    "@",
    "_",
    ":",
    "\n",
    "<",
    "aA0",
  ];
  const slow: string[] = [];
  for (const source of found) {
    let pattern: RegExp;
    try {
      pattern = new RegExp(source, "u");
    } catch {
      continue;
    }
    for (const pump of pumps)
      for (const tail of ["", "!", "\0"]) {
        const begun = process.threadCpuUsage();
        pattern.test(pump.repeat(40_000) + tail);
        const { user } = process.threadCpuUsage(begun);
        if (user > 1_000_000) slow.push(`${source} on ${JSON.stringify(pump)}`);
      }
  }
  expect(slow).toEqual([]);
});

describe("H96 a small archive is not let grow large", () => {
  const bring = (bytes: Uint8Array) => {
    const form = new FormData();
    form.set("package", new Blob([bytes as Uint8Array<ArrayBuffer>]), "package.zip");
    return w.admin.send("POST", "/api/templates", { body: form });
  };

  test("H96 a bomb, one in another, one that lies about its size, a million files: refused, and memory stays", async () => {
    const before = process.memoryUsage().rss;
    const zeros = Buffer.alloc(60_000_000);
    const bomb = zip(new Map([["template.json", zeros]]));
    const lying = Buffer.from(bomb);
    const central = lying.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    lying.writeUInt32LE(10, central + 24);
    const nested = zip(
      new Map([
        ["template.json", bomb],
        ["more.zip", bomb],
      ]),
    );
    const many = zip(new Map(Array.from({ length: 10_000 }, (_, at) => [`records/f${at}.json`, Buffer.from("[]")])));
    const stored = await dump(w);
    const grown = process.memoryUsage().rss;
    for (const bytes of [bomb, lying, nested, many]) {
      const answer = await bring(bytes);
      expect([413, 422], answer.text).toContain(answer.status);
    }
    expect(process.memoryUsage().rss - Math.max(before, grown)).toBeLessThan(128_000_000);
    expect(await dump(w)).toEqual(stored);
  });

  test("H96 XML, workbooks and pictures are not unpacked at all: they are bytes of a file that is no table", async () => {
    const laughs = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">${Array.from({ length: 9 }, (_, at) => `<!ENTITY ${"bcdefghij"[at]} "${`&${"abcdefghi"[at]};`.repeat(10)}">`).join("")}]><x>&j;</x>`;
    for (const bytes of [Buffer.from(laughs), zip(new Map([["xl/workbook.xml", Buffer.from(laughs)]]))]) {
      const form = new FormData();
      form.set("file", new Blob([bytes as Uint8Array<ArrayBuffer>]), "book.xlsx");
      form.set("entity", "ship");
      const answer = await w.admin.send("POST", "/api/imports/inspect", { body: form });
      expect(answer.status).toBeLessThan(500);
      expect(answer.text).not.toContain("lollollol");
    }
  });
});

test("H97 rows that came in and rows that were left out are together the rows of the file", async () => {
  const rows = Array.from({ length: 3000 }, (_, at) => `S${at},${at % 7 === 0 ? "many" : at % 50}`);
  const form = new FormData();
  form.set("file", new Blob([["name,crew", ...rows].join("\n")]), "ships.csv");
  form.set("plan", JSON.stringify({ entity: "ship", columns: { name: "name", crew: "crew" }, missing: "reject" }));
  await w.work();
  const { json } = await w.admin.send("POST", "/api/imports", { body: form });
  const state = async () => (await w.admin.get(`/api/imports/${json.id}`)).json;
  await expect.poll(async () => (await state()).status, { timeout: 100_000 }).toBe("done");
  const { rows: all, created, rejected, errors_url } = await state();
  expect([all, created + rejected]).toEqual([3000, 3000]);
  expect(await w.sql("select count(*)::int as n from {ws}.ship where name like 'S%'")).toEqual([{ n: created }]);
  const errors = (await w.admin.get(errors_url)).text.trim().split(/\r?\n/);
  expect(errors).toHaveLength(rejected + 1);
});

test("H99 no page is larger than five hundred, and there are no offsets", async () => {
  for (const limit of ["-1", "0", "1e9", "1000000000", "501", "NaN", "Infinity", "1.5", "0x10", "", " 5", "٣"]) {
    const answer = await w.admin.get(`/api/records/ship?limit=${encodeURIComponent(limit)}`);
    expect([limit, answer.status]).toEqual([limit, 400]);
  }
  expect((await w.admin.get("/api/records/ship?offset=1000000000000")).status).toBe(400);
  expect((await w.admin.get("/api/records/ship?limit=500")).json.items.length).toBe(500);
  const { json } = await w.admin.post("/api/records/ship/aggregate", { group: ["name"], measures: { n: "count()" } });
  expect(json.rows.length).toBeLessThanOrEqual(1000);
  const aggregate = { group: ["name"], measures: { n: "count()" }, limit: 1_000_000_000 };
  expect((await w.admin.post("/api/records/ship/aggregate", aggregate)).status).toBe(400);
  const [{ id }] = (await w.admin.get("/api/records/ship?limit=1")).json.items;
  for (const limit of ["-1", "0", "1e9", "201"])
    expect((await w.admin.get(`/api/records/ship/${id}/history?limit=${limit}`)).status).toBe(400);
});
