/**
 * What a dashboard card over many rows takes from sums that are kept by day, and from the rows themselves: for somebody
 * who sees all of them, and for one of twenty who sees her own. Then how long single rows hold a card up that change days
 * long past, and what an insert costs beside. Prints numbers and asserts nothing; both ways must tell the same.
 *
 *   node test/bench/rollup.ts [--rows=1000000] [--asks=9]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { AnyDocument, ReportDocument } from "schemas";
import { openEmbedded } from "../../runtime/database/embedded.ts";
import { openPool } from "../../runtime/database/pool.ts";
import { startProduct } from "../process.ts";
import { Client } from "./client.ts";
import { env, publish, signIn, userId } from "./two-servers.ts";

const { values: given } = parseArgs({
  options: { rows: { type: "string", default: "1000000" }, asks: { type: "string", default: "9" } },
});
const [rows, asks] = [Number(given.rows), Number(given.asks)];
const [people, zone, goalMs] = [20, "Europe/Berlin", 300];

const field = (name: string, type: string, more: object = {}) => ({
  $anchor: `fld_${name}`,
  field: type,
  title: name,
  ...more,
});
const choices = (count: number, name: string) =>
  Array.from({ length: count }, (_, at) => ({ value: `${name}_${at}`, title: `${name} ${at}` }));
const documents = [
  {
    $schema: "urn:trellis:entity:1",
    $id: "touch",
    $anchor: "ent_touch",
    type: "object",
    title: "Touch",
    name_field: "name",
    properties: {
      name: field("name", "text"),
      channel: field("channel", "select", { choices: choices(8, "channel") }),
      kind: field("kind", "select", { choices: choices(5, "kind") }),
      at: field("at", "date_time"),
      points: field("points", "integer"),
      amount: field("amount", "money"),
    },
  },
  {
    $schema: "urn:trellis:role:1",
    $id: "own",
    $anchor: "role_own",
    title: "Own",
    entities: { touch: { read: "own", create: "all", update: "own" } },
  },
] as unknown as AnyDocument[];
const report: ReportDocument = {
  $schema: "urn:trellis:report:1",
  $id: "touches",
  $anchor: "rep_touches",
  title: "Touches",
  source: "touch",
  kept: "day",
  dimensions: [
    { id: "month", path: "at", grain: "month", zone },
    { id: "channel", path: "channel" },
  ],
  measures: [
    { id: "n", agg: "count" },
    { id: "points", agg: "sum", of: { cel: "points" } },
    { id: "amount", agg: "sum", of: { cel: "amount" } },
    { id: "per", agg: "ratio", over: "points", under: "n" },
  ],
  period: { path: "at", zone, unit: "month", from: -23, to: 0 },
  layout: { kind: "table" },
};

const folder = await mkdtemp(join(tmpdir(), "trellis-bench-"));
const server = await openEmbedded(folder, ["shared_buffers=1GB", "max_wal_size=8GB", "maintenance_work_mem=512MB"]);
const url = server.url("postgres");
const product = await startProduct({ env: { ...env, DATABASE_URL: url } });
const pool = openPool(url.replace("?", "?application_name=bench&"), () => undefined, 2);
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
  const admin = await signIn(product.address);
  await publish(admin, documents);
  let begun = performance.now();
  await fill();
  console.log(`${rows} rows over three years, filled in ${seconds(begun)}`);
  begun = performance.now();
  await publish(admin, [report]);
  await settled();
  const [{ sums }] = (await pool.query(`select count(*)::int as sums from ws_main.${await sumsTable()}`)).rows;
  console.log(`sums by day kept in ${seconds(begun)}, the index over days included: ${sums} of them`);
  const key = JSON.parse(
    (await admin.ask({ method: "POST", path: "/api/keys", body: JSON.stringify({ name: "bench", user: userId(1) }) }))
      .text,
  ).key as string;
  const seller = new Client(product.address, { authorization: `Bearer ${key}` });
  for (const [name, client] of [
    ["who sees all", admin],
    ["one of twenty", seller],
  ] as const) {
    const kept = await card(client);
    await pool.query("update ws_main._daily set whole = false");
    const raw = await card(client, rows > 2_000_000 ? 2 : 5);
    await pool.query("update ws_main._daily set whole = true");
    if (kept.text !== raw.text) throw new Error("The sums tell something else than the rows.");
    console.log(
      `${name}: ${kept.ms.toFixed(0)} ms from sums (p95 ${kept.p95.toFixed(0)}, goal ${goalMs}), ${raw.ms.toFixed(0)} ms from rows: ${(raw.ms / kept.ms).toFixed(1)} times`,
    );
  }
  const writes = await written(admin);
  const dirty = await card(admin);
  console.log(
    `after ${writes.count} changes in days long past: ${dirty.ms.toFixed(0)} ms; each took ${writes.ms.toFixed(1)} ms`,
  );
  begun = performance.now();
  await settled();
  console.log(`renewed ${seconds(begun)} later, then ${(await card(admin)).ms.toFixed(0)} ms`);
  seller.close();
  admin.close();
}

function seconds(begun: number): string {
  return `${((performance.now() - begun) / 1000).toFixed(1)} s`;
}

async function sumsTable(): Promise<string> {
  return (await pool.query("select relation from ws_main._daily")).rows[0].relation;
}

/** Waits until all days are summed up and none is marked. */
async function settled(): Promise<void> {
  for (;;) {
    const { rows } = await pool.query(
      `select exists (select from ws_main._daily where whole and until >= current_date) and not exists (select from ws_main._daily_mark) as done`,
    );
    if (rows[0].done) return;
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** The card as somebody sees it: the median of some asks, and what it tells. */
async function card(client: Client, times = asks) {
  const took: number[] = [];
  let text = "";
  for (let at = 0; at < times; at++) {
    const answer = await client.ask({ method: "POST", path: "/api/reports/touches/run", body: "{}" });
    took.push(answer.ms);
    const { rows, totals } = JSON.parse(answer.text);
    text = JSON.stringify({ rows, totals });
  }
  took.sort((one, other) => one - other);
  return { ms: took[Math.floor(times / 2)]!, p95: took[Math.ceil(times * 0.95) - 1]!, text };
}

/** Changes rows of a year ago, one after the other, each of another day. */
async function written(admin: Client) {
  const found = await pool.query(
    `select distinct on (at::date) id, version from ws_main.touch where at < current_date - 300 and at > current_date - 320 order by at::date`,
  );
  const begun = performance.now();
  for (const { id, version } of found.rows)
    await admin.ask({
      method: "PATCH",
      path: `/api/records/touch/${id}`,
      headers: { "if-match": `"${version}"` },
      body: JSON.stringify({ points: 7 }),
    });
  return { count: found.rows.length, ms: (performance.now() - begun) / found.rows.length };
}

/** Rows by one statement; indexes are made when they stand. */
async function fill(): Promise<void> {
  await pool.query(
    `insert into ws_main."user" (id, created_at, updated_at, version, name, active, roles)
     select ('01900000-0001-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(), now(), 1, 'Person ' || n, true, array['own']
     from generate_series(0, ${people - 1}) as n`,
  );
  const indexes = await pool.query(
    `select i.indexdef, i.indexname from pg_indexes i where i.schemaname = 'ws_main' and i.tablename = 'touch' and i.indexname like 'ix\\_%'`,
  );
  for (const { indexname } of indexes.rows) await pool.query(`drop index ws_main."${indexname}"`);
  const connection = await pool.connect();
  const owner = `('01900000-0001-7000-8000-' || lpad(to_hex((n * 7919) % ${people}), 12, '0'))::uuid`;
  await connection.query("set session_replication_role = replica");
  await connection.query(
    `insert into ws_main.touch (id, created_at, updated_at, owner, version, name, channel, kind, at, points, amount, amount_currency)
     select ('01900000-0003-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(), now(), ${owner}, 1, 'Touch ' || n,
       'channel_' || (n * 31) % 8, 'kind_' || n % 5, now() - n * (interval '3 years' / ${rows}), n % 50, n % 300, 'EUR'
     from generate_series(1::bigint, ${rows}) as n`,
  );
  await connection.query("set session_replication_role = origin");
  connection.release();
  // The product has made some of them anew by itself where that took long.
  for (const { indexdef } of indexes.rows) await pool.query(indexdef.replace(" INDEX ", " INDEX IF NOT EXISTS "));
  await pool.query("vacuum analyze ws_main.touch");
}
