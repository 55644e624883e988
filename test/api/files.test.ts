import { afterAll, beforeAll, expect, test } from "vitest";
import { appendToFile, beginFile, completeFile } from "../../runtime/store/files.ts";
import { newId } from "../../runtime/id.ts";
import { attachTo, formOf } from "../fixtures/uploads.ts";
import { harbourDocuments } from "../harbour.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
let sailor: Client;
beforeAll(async () => {
  w = await world({ documents: harbourDocuments });
  sailor = await w.user("Sindbad", { roles: ["sailor"] });
});
afterAll(() => w.close());

/** A new ship of somebody's, as paths name it. */
async function shipOf(client: Client): Promise<string> {
  const { json } = await client.post("/api/records/ship", { name: "Argo" });
  return `ship/${json.id}`;
}
const filesOf = async (client: Client, record: string) =>
  (await client.get(`/api/records/${record}/files`)).json.items as { id: string; name: string }[];
const part = (id: string, range: string, headers: object = {}) =>
  w.admin.send("GET", `/api/files/${id}`, { headers: { range, ...headers } });

test("a file hangs on a record: it is listed, told in its history, and saved as it came", async () => {
  const ship = await shipOf(sailor);
  const made = await attachTo(sailor, ship, "Log book.txt", "calm sea");
  expect(made.status, made.text).toBe(201);
  const { id } = made.json;
  expect(made.json).toMatchObject({ name: "Log book.txt", type: "text/plain", size_bytes: 8 });
  expect(made.headers.get("location")).toBe(`/api/files/${id}`);
  expect(await filesOf(sailor, ship)).toMatchObject([{ id, name: "Log book.txt" }]);
  const saved = await sailor.get(`/api/files/${id}`);
  expect([saved.status, saved.text]).toEqual([200, "calm sea"]);
  for (const story of ["history", "timeline"]) {
    const [step] = (await sailor.get(`/api/records/${ship}/${story}`)).json.items;
    expect(step).toMatchObject({ act: "attach", file: { id, name: "Log book.txt" }, before: {}, after: {} });
  }
  expect((await sailor.get(`/api/records/${ship}`)).json.version).toBe(1);
});

test("parts of a file are sent as they are asked for, in whatever pieces it is kept", async () => {
  const ship = await shipOf(w.admin);
  const bytes = Uint8Array.from({ length: 1_300_000 }, (_, at) => (at % 26) + 97);
  const { id } = (await attachTo(w.admin, ship, "long.txt", bytes)).json;
  const whole = Buffer.from(bytes).toString("latin1");
  const asked: [range: string, from: number, until: number][] = [
    ["bytes=0-3", 0, 4],
    ["bytes=524280-524300", 524_280, 524_301],
    ["bytes=500000-1200000", 500_000, 1_200_001],
    ["bytes=1299990-", 1_299_990, 1_300_000],
    ["bytes=-5", 1_299_995, 1_300_000],
  ];
  for (const [range, from, until] of asked) {
    const answer = await part(id, range);
    expect([range, answer.status, answer.headers.get("content-range")]).toEqual([
      range,
      206,
      `bytes ${from}-${until - 1}/1300000`,
    ]);
    expect(answer.headers.get("content-length")).toBe(String(until - from));
    expect(answer.text === whole.slice(from, until)).toBe(true);
  }
  const beyond = await part(id, "bytes=1300000-");
  expect([beyond.status, beyond.json.code, beyond.headers.get("content-range")]).toEqual([
    416,
    "file.range",
    "bytes */1300000",
  ]);
  const several = await part(id, "bytes=0-1,5-6");
  expect([several.status, several.text.length]).toEqual([200, 1_300_000]);
  const etag = several.headers.get("etag")!;
  expect((await part(id, "bytes=0-1", { "if-range": etag })).status).toBe(206);
  expect((await part(id, "bytes=0-1", { "if-range": '"other"' })).status).toBe(200);
  const known = await w.admin.send("GET", `/api/files/${id}`, { headers: { "if-none-match": `"x", ${etag}` } });
  expect([known.status, known.text]).toEqual([304, ""]);
  const head = await w.admin.send("HEAD", `/api/files/${id}`, { headers: { range: "bytes=0-1" } });
  expect([head.status, head.headers.get("content-length"), head.text]).toEqual([200, "1300000", ""]);

  const uneven = newId(w.clock.now());
  const file = { id: uneven, name: "x", type: "text/plain", by: w.admin.id, acting: null, at: w.clock.now() };
  const schema = w.workspace.schema;
  await beginFile(w.pool, schema, file);
  for (const [at, text] of ["abc", "d", "efghij"].entries())
    await appendToFile(w.pool, schema, uneven, at * 2, Buffer.from(text));
  await completeFile(w.pool, schema, uneven);
  for (const [from, until] of [
    [0, 2],
    [2, 4],
    [3, 4],
    [4, 9],
    [9, 10],
  ] as const)
    expect((await part(uneven, `bytes=${from}-${until - 1}`)).text).toBe("abcdefghij".slice(from, until));
});

test("F64 F65 F73 what a file is, its bytes say; no browser shows it as ours, and its name is clean", async () => {
  const ship = await shipOf(w.admin);
  const odd: [name: string, content: string, type: string, clean: string][] = [
    ["face.svg", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "application/octet-stream", "face.svg"],
    ["page.txt", "<!doctype html><script>alert(1)</script>", "application/octet-stream", "page.txt"],
    ["x.html", "GIF89a/*<script>*/", "image/gif", "x.html"],
    ["form.pdf", "%PDF-1.7 /JavaScript", "application/pdf", "form.pdf"],
    ["../../etc/<b>\u202Efdp\r\n.exe", "MZ\u0001", "application/octet-stream", "etc b fdp .exe"],
    [`${"n".repeat(300)}.txt`, "", "text/plain", `${"n".repeat(196)}.txt`],
  ];
  for (const [name, content, type, clean] of odd) {
    const form = formOf(name, content, "text/html");
    const made = await w.admin.post(`/api/records/${ship}/files`, form);
    expect([made.status, made.json.type, made.json.name]).toEqual([201, type, clean]);
    const { headers } = await w.admin.get(`/api/files/${made.json.id}`);
    expect(headers.get("content-type")).toBe(type);
    expect(headers.get("content-disposition")).toMatch(
      /^attachment; filename="[^"\r\n]*"; filename\*=UTF-8''[\w.%~-]+$/,
    );
    expect([headers.get("x-content-type-options"), headers.get("content-security-policy")]).toEqual([
      "nosniff",
      "default-src 'none'; sandbox",
    ]);
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
  }
});

test("a file is taken away and comes back by undo; what somebody did since is left alone", async () => {
  const ship = await shipOf(w.admin);
  const made = await attachTo(w.admin, ship, "a.txt", "a");
  const { id } = made.json;
  const undo = async (answer: typeof made) =>
    (await w.admin.post(`/api/operations/${answer.headers.get("trellis-operation")}/undo`, {})).json;
  const taken = await w.admin.delete(`/api/records/${ship}/files/${id}`);
  expect([taken.status, (await w.admin.get(`/api/files/${id}`)).status]).toEqual([204, 404]);
  expect(await filesOf(w.admin, ship)).toEqual([]);
  expect((await w.admin.delete(`/api/records/${ship}/files/${id}`)).json.code).toBe("file.not_attached");
  expect(await undo(made)).toMatchObject({ restored: 0, conflicts: [{ entity: "ship", why: "changed" }] });
  expect(await undo(taken)).toMatchObject({ restored: 1, conflicts: [] });
  expect((await w.admin.get(`/api/files/${id}`)).text).toBe("a");
  expect(await undo(made)).toMatchObject({ restored: 1, conflicts: [] });
  expect((await w.admin.get(`/api/files/${id}`)).status).toBe(404);
  const acts = (await w.admin.get(`/api/records/${ship}/history`)).json.items.map(({ act }: { act: string }) => act);
  expect(acts).toEqual(["detach", "attach", "detach", "attach", "create"]);
});

test("files go to the trash with their record and come back with it; where that was never made, they were not", async () => {
  const made = await w.admin.post("/api/records/ship", { name: "Swan" });
  const ship = `ship/${made.json.id}`;
  const { id } = (await attachTo(w.admin, ship, "a.txt", "a")).json;
  await w.admin.delete(`/api/records/${ship}`, { "if-match": '"1"' });
  expect((await attachTo(w.admin, ship, "b.txt", "b")).json.code).toBe("record.missing");
  expect((await w.admin.post(`/api/records/${ship}/restore`, {})).status).toBe(200);
  expect((await w.admin.get(`/api/files/${id}`)).text).toBe("a");
  const again = await w.admin.post("/api/records/ship", { name: "Swift" });
  const other = (await attachTo(w.admin, `ship/${again.json.id}`, "a.txt", "a")).json.id;
  await w.admin.post(`/api/operations/${again.headers.get("trellis-operation")}/undo`, {});
  expect((await w.admin.get(`/api/files/${other}`)).status).toBe(404);
  expect(await w.sql("select 1 from {ws}._file_chunk where file = $1", [other])).toEqual([]);
});

test("who sees a record and may not change it has its files and brings none", async () => {
  const harbour = `harbour/${(await w.admin.post("/api/records/harbour", { name: "Colchis" })).json.id}`;
  const { id } = (await attachTo(w.admin, harbour, "map.txt", "here")).json;
  expect((await sailor.get(`/api/files/${id}`)).text).toBe("here");
  for (const answer of [
    await attachTo(sailor, harbour, "b.txt", "b"),
    await sailor.delete(`/api/records/${harbour}/files/${id}`),
  ])
    expect([answer.status, answer.json.code]).toEqual([403, "right.missing"]);
  expect(await filesOf(w.admin, harbour)).toHaveLength(1);
});

test("a form that is sent again hangs one file; what is no file, too large or one too many is refused", async () => {
  const ship = await shipOf(w.admin);
  const key = { "idempotency-key": "upload-1" };
  const [one, other] = [
    await attachTo(w.admin, ship, "a.txt", "a", key),
    await attachTo(w.admin, ship, "a.txt", "a", key),
  ];
  expect([one.json.id, (await filesOf(w.admin, ship)).length]).toEqual([other.json.id, 1]);
  const empty = new FormData();
  empty.set("file", "no file");
  const sent: [body: unknown, code: string][] = [
    [empty, "body.malformed"],
    [{ file: "a" }, "body.type"],
    [formOf("big.bin", new Uint8Array(25_000_001)), "file.too_large"],
  ];
  for (const [body, code] of sent)
    expect((await w.admin.post(`/api/records/${ship}/files`, body)).json.code).toBe(code);
  await w.sql(
    `insert into {ws}._file (id, name, type, size_bytes, sha256, record, at, complete)
     select gen_random_uuid(), 'x', 'text/plain', 0, '', $1, now(), true from generate_series(1, 99)`,
    [ship.split("/")[1]],
  );
  expect((await attachTo(w.admin, ship, "b.txt", "b")).json).toMatchObject({ code: "file.too_many" });
});
