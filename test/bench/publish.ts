/**
 * How a publish treats those who work meanwhile: a million rows, writers and readers running, and an admin who adds a
 * field, an index and a unique rule, and turns a field into another type. Prints numbers and asserts nothing. On a machine
 * that others use all times are theirs too; what anybody waited for a lock is told by PostgreSQL itself.
 *
 *   node test/bench/publish.ts [rows] [writers]
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EntityDocument, Property } from "schemas";
import { openPool } from "../../runtime/database/pool.ts";
import { openEmbedded } from "../../runtime/database/embedded.ts";
import { stone } from "../fixtures/stones.ts";
import { startProduct } from "../process.ts";

const rows = Number(process.argv[2] ?? 1_000_000);
const writers = Number(process.argv[3] ?? 4);
const env = { TRELLIS_ADMIN_EMAIL: "ada@example.com", TRELLIS_ADMIN_PASSWORD: "correct horse battery" };

const folder = await mkdtemp(join(tmpdir(), "trellis-bench-"));
const settings = ["shared_buffers=256MB", "max_wal_size=4GB", "log_lock_waits=on", "deadlock_timeout=20ms"];
const server = await openEmbedded(folder, settings);
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
  const size: Property = { $anchor: "fld_size", field: "text", title: "Size" };
  const code: Property = { $anchor: "fld_code", field: "text", title: "Code" };
  const extra: Property = { $anchor: "fld_extra", field: "text", title: "Extra", default: "grey" };
  const target: Property = { $anchor: "fld_target", field: "reference", to: "stone", title: "Target" };
  await publish(ask, stone({ size, code }));
  await pool.query(
    `insert into ws_main.stone (id, name, size, code, created_at, updated_at, version)
     select (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, 'Stone ' || n, (n % 1000)::text, 'C' || n,
       '2026-01-01', '2026-01-01', 1 from generate_series(1, ${rows}) as n`,
  );
  await pool.query("vacuum analyze ws_main.stone");
  console.log(`${rows} rows, ${writers} writers\n`);
  await measured(ask, "nothing (5 s)", async () => new Promise((done) => setTimeout(done, 5000)));
  const steps: readonly (readonly [string, EntityDocument])[] = [
    ["a new field with a default", stone({ size, code, extra })],
    ["a new field with an index", stone({ size, code, extra, target })],
    ["a unique rule", stone({ size, code: { ...code, unique: true }, extra, target })],
    [
      "text becomes a number",
      stone({ size: { ...size, field: "integer" }, code: { ...code, unique: true }, extra, target }),
    ],
  ];
  for (const [title, document] of steps) await measured(ask, title, () => publish(ask, document));
}

type Ask = Awaited<ReturnType<typeof signIn>>;

async function signIn() {
  const headers = { origin: product.address, "content-type": "application/json" };
  const body = JSON.stringify({ email: env.TRELLIS_ADMIN_EMAIL, password: env.TRELLIS_ADMIN_PASSWORD });
  const answer = await fetch(`${product.address}/api/auth/sign-in/email`, { method: "POST", headers, body });
  const cookie = answer.headers
    .getSetCookie()
    .map((it) => it.split(";")[0])
    .join("; ");
  return async (method: string, path: string, sent?: unknown, more: Record<string, string> = {}) => {
    const response = await fetch(`${product.address}${path}`, {
      method,
      headers: { ...headers, cookie, ...more },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
  };
}

/** Publishes one document and waits until it is served; what is finished after that is waited for as well. */
async function publish(ask: Ask, document: EntityDocument): Promise<{ served: number; whole: number }> {
  const { id } = (await ask("POST", "/api/changes", { reason: "Bench" })).json;
  await ask("PUT", `/api/documents/entity/stone?change=${id}`, document);
  const begun = performance.now();
  const { status, json } = await ask("POST", `/api/changes/${id}/publish`, {});
  if (status >= 300) throw new Error(JSON.stringify(json));
  let served = status === 200 ? performance.now() - begun : 0;
  while (json.operation !== undefined) {
    const operation = (await ask("GET", `/api/operations/${json.operation}`)).json;
    if (served === 0 && ["finishing", "done"].includes(operation.status)) served = performance.now() - begun;
    if (operation.status === "done") break;
    if (operation.status === "failed") throw new Error(JSON.stringify(operation));
    await new Promise((done) => setTimeout(done, 20));
  }
  return { served, whole: performance.now() - begun };
}

/** How long each one waited so far that had to wait for a lock for more than 20 ms, in ms. */
async function lockWaits(): Promise<readonly number[]> {
  const { rows } = await pool.query("select current_setting('data_directory') || '/' || pg_current_logfile() as path");
  const told = await readFile(rows[0].path, "utf8");
  return [...told.matchAll(/acquired \w+ on .* after ([\d.]+) ms/g)].map(([, ms]) => Number(ms));
}

/** Runs `work` while writers and readers are at it; prints how long they waited. */
async function measured(ask: Ask, title: string, work: () => Promise<unknown>): Promise<void> {
  let stopped = false;
  const [writes, reads]: [number[], number[]] = [[], []];
  const failed: unknown[] = [];
  const timed = async (into: number[], act: () => Promise<{ status: number; json: any }>) => {
    const begun = performance.now();
    const answer = await act();
    into.push(performance.now() - begun);
    if (answer.status >= 400) failed.push([answer.status, answer.json?.code]);
    return answer.json;
  };
  const writer = async () => {
    while (!stopped) {
      const made = await timed(writes, () => ask("POST", "/api/records/stone", { name: "New" }));
      if (made?.id === undefined) continue;
      await timed(writes, () =>
        ask("PATCH", `/api/records/stone/${made.id}`, { name: "Newer" }, { "if-match": `"${made.version}"` }),
      );
      await timed(reads, () => ask("GET", "/api/records/stone?limit=20&sort=-name"));
    }
  };
  const before = (await lockWaits()).length;
  const all = Array.from({ length: writers }, writer);
  await new Promise((done) => setTimeout(done, 1000));
  const result = (await work()) as { served: number; whole: number } | undefined;
  stopped = true;
  await Promise.all(all);
  const at = (of: number[], share: number) =>
    of.toSorted((a, b) => a - b)[Math.floor((of.length - 1) * share)]?.toFixed(0);
  const waits = (await lockWaits()).slice(before);
  const took = result ? `served ${result.served.toFixed(0)} ms, whole ${result.whole.toFixed(0)} ms; ` : "";
  console.log(
    `${title}: ${took}writes ${writes.length}, median ${at(writes, 0.5)} ms, p99 ${at(writes, 0.99)} ms, longest ${at(writes, 1)} ms; ` +
      `reads longest ${at(reads, 1)} ms; longest wait for a lock ${at(waits, 1) ?? "under 20"} ms; failed ${failed.length}${failed.length > 0 ? ` ${JSON.stringify(failed.slice(0, 3))}` : ""}`,
  );
}
