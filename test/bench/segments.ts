/**
 * What keeping segments costs: contacts with fifty segments over them are changed one after the other in this process,
 * and the same contacts without any segment. Before that the segments are published, and how long they take to be built beside what is written. Prints numbers and asserts nothing. The
 * ratio is of processor time, of this process and of PostgreSQL, which others on the machine do not change.
 *
 *   node test/bench/segments.ts [contacts] [updates]
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AnyDocument } from "schemas";
import { openPool } from "../../runtime/database/pool.ts";
import { openEmbedded } from "../../runtime/database/embedded.ts";
import { startProduct } from "../process.ts";
import { cpuMs } from "./pairs.ts";

const contacts = Number(process.argv[2] ?? 100_000);
const updates = Number(process.argv[3] ?? 400);
const rounds = 5;
const env = { TRELLIS_ADMIN_EMAIL: "ada@example.com", TRELLIS_ADMIN_PASSWORD: "correct horse battery" };

const field = (name: string, type: string) => ({ $anchor: `fld_${name}`, field: type, title: name });
const entity = (name: string) => ({
  $schema: "urn:trellis:entity:1",
  $id: name,
  $anchor: `ent_${name}`,
  type: "object",
  title: name,
  name_field: "name",
  properties: {
    name: field("name", "text"),
    city: field("city", "text"),
    points: field("points", "integer"),
    last_seen: field("last_seen", "date"),
  },
});
/** Forty over fields of the record, eight that time turns, two that count facts. */
const segments = Array.from({ length: 50 }, (_, at) => ({
  $schema: "urn:trellis:segment:1",
  $id: `s${at}`,
  $anchor: `seg_s${at}`,
  title: `Segment ${at}`,
  entity: "kept",
  ...(at < 40
    ? { where: { cel: `points >= ${at * 2} && city == 'City ${at % 20}'` } }
    : at < 48
      ? { where: { cel: `last_seen < today - days(${at})` } }
      : { facts: [{ type: "page.visited", times: { op: ">=", n: at }, within: "P14D" }] }),
}));

const folder = await mkdtemp(join(tmpdir(), "trellis-bench-"));
const server = await openEmbedded(folder, ["shared_buffers=256MB"]);
const url = server.url("postgres");
const product = await startProduct({ env: { ...env, DATABASE_URL: url } });
const pool = openPool(url, () => undefined);
try {
  await bench();
} finally {
  await product.stop();
  await pool.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
  await rm(product.folder, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const ask = await signIn();
  await publish(ask, [entity("kept"), entity("plain")] as unknown as AnyDocument[]);
  for (const table of ["kept", "plain"])
    await pool.query(
      `insert into ws_main.${table} (id, name, city, points, last_seen, created_at, updated_at, version)
       select (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, 'Contact ' || n, 'City ' || n % 20, n % 100,
         '2026-01-01', '2026-01-01', '2026-01-01', 1 from generate_series(1, ${contacts}) as n`,
    );
  await pool.query("vacuum analyze ws_main.kept");
  const [last, ...first] = [...segments].reverse();
  for (const [name, documents] of [
    ["49 segments", first],
    ["one more", [last]],
  ] as const) {
    const begun = performance.now();
    const took = await publish(ask, documents as unknown as AnyDocument[]);
    const waited = await written(ask, begun);
    console.log(
      `${name} over ${contacts} contacts: published in ${took.toFixed(0)} ms, built in ${(performance.now() - begun).toFixed(0)} ms; ` +
        `the longest of ${waited.writes} writes meanwhile took ${waited.longestMs.toFixed(0)} ms`,
    );
  }
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const plain = await changing(ask, "plain", round);
    const kept = await changing(ask, "kept", round);
    ratios.push(plain / kept);
    console.log(
      `round ${round + 1}: ${(plain / updates).toFixed(2)} ms of processor without, ${(kept / updates).toFixed(2)} with`,
    );
  }
  const median = ratios.sort((one, other) => one - other)[Math.floor(rounds / 2)]!;
  console.log(`ratio ${median.toFixed(2)} (goal 0.80)`);
}

type Ask = (method: string, path: string, body?: unknown, version?: number) => Promise<any>;

/** Processor time of changing so many contacts, half of them so that they change segments. */
async function changing(ask: Ask, name: string, round: number): Promise<number> {
  const pids = [product.pid, ...(await serverPids())];
  const before = await cpuMs(pids);
  for (let at = 0; at < updates; at++) {
    const n = round * updates + at + 1;
    const id = `${n.toString(16).padStart(8, "0")}-0000-7000-8000-000000000000`;
    await ask("PATCH", `/api/records/${name}/${id}`, { points: (n % 100) + 1, name: `Contact ${n}, again` }, 1);
  }
  return (await cpuMs(pids)) - before;
}

/** Writes one contact after the other until all segments are built. */
async function written(ask: Ask, begun: number) {
  let [writes, longestMs] = [0, 0];
  const isBuilding = async () => (await ask("GET", "/api/segments")).items.some((it: any) => it.building);
  while ((await isBuilding()) || performance.now() - begun < 100) {
    const id = `${(contacts - (writes % 1000)).toString(16).padStart(8, "0")}-0000-7000-8000-000000000000`;
    const { version } = await ask("GET", `/api/records/kept/${id}`);
    const from = performance.now();
    await ask("PATCH", `/api/records/kept/${id}`, { points: writes % 100 }, version);
    longestMs = Math.max(longestMs, performance.now() - from);
    writes++;
  }
  return { writes, longestMs };
}

async function serverPids(): Promise<readonly number[]> {
  const [main] = (await readFile(join(folder, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  const { rows } = await pool.query("select pid from pg_stat_activity where backend_type = 'client backend'");
  return [Number(main), ...rows.map(({ pid }: { pid: number }) => pid)].filter((pid) => pid > 0);
}

async function publish(ask: Ask, documents: readonly AnyDocument[]): Promise<number> {
  const { id } = await ask("POST", "/api/changes", { title: "Bench" });
  for (const document of documents) {
    const { $schema = "", $id } = document as { $schema?: string; $id: string };
    await ask("PUT", `/api/documents/${$schema.split(":")[2]}/${$id}?change=${id}`, document);
  }
  const begun = performance.now();
  await ask("POST", `/api/changes/${id}/publish`, { reason: "bench" });
  return performance.now() - begun;
}

async function signIn(): Promise<Ask> {
  const headers = { origin: product.address, "content-type": "application/json" };
  const body = JSON.stringify({ email: env.TRELLIS_ADMIN_EMAIL, password: env.TRELLIS_ADMIN_PASSWORD });
  const answer = await fetch(`${product.address}/api/auth/sign-in/email`, { method: "POST", headers, body });
  const cookie = answer.headers
    .getSetCookie()
    .map((it) => it.split(";")[0])
    .join("; ");
  return async (method, path, sent, version) => {
    const response = await fetch(`${product.address}${path}`, {
      method,
      headers: { ...headers, cookie, ...(version === undefined ? {} : { "if-match": `"${version}"` }) },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
}
