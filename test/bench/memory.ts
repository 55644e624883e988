/**
 * What a day leaves in memory: people read, write, publish, sign in, listen and are refused, ever anew, while the
 * clock goes through 24 hours and a new version is published every half an hour. Prints, from time to time and after
 * all garbage is gone, what the process of the product and its connections in PostgreSQL hold, and asserts nothing.
 *
 *   node test/bench/memory.ts [--requests=200000] [--at=8] [--hours=24] [--looks=16]
 *
 * The heap must be flat from the second quarter of the day on. Of the RSS, what is not the process's own are pages of
 * Node's executable, which all processes of Node share, and of which the kernel holds more as the day goes on.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openEmbedded } from "../../runtime/database/embedded.ts";
import { openPool, type Pool } from "../../runtime/database/pool.ts";
import { freePort, startProduct } from "../process.ts";
import { Client } from "./client.ts";
import { documents } from "./documents.ts";
import { doSomething, seldom, type Day } from "./memory-day.ts";
import type { Seen } from "./memory-probe.ts";
import { cpuMs } from "./pairs.ts";
import { env, publish, signIn } from "./two-servers.ts";

const { values: given } = parseArgs({
  options: {
    requests: { type: "string", default: "200000" },
    at: { type: "string", default: "8" },
    hours: { type: "string", default: "24" },
    looks: { type: "string", default: "16" },
  },
});
const [deeds, lanes, hours, looks] = [given.requests, given.at, given.hours, given.looks].map(Number) as [
  number,
  number,
  number,
  number,
];
const people = 12;
const restMs = 3000;

const folder = await mkdtemp(join(tmpdir(), "trellis-bench-"));
const server = await openEmbedded(folder, ["shared_buffers=256MB", "max_wal_size=4GB", "fsync=off"]);
const url = server.url("postgres");
const probe = await freePort();
const product = await startProduct({
  env: {
    ...env,
    DATABASE_URL: url,
    TRELLIS_CLOCK: "test",
    TRELLIS_PROBE_PORT: String(probe),
    NODE_OPTIONS: `--import=${fileURLToPath(new URL("memory-probe.ts", import.meta.url))}`,
  },
});
const pool = openPool(url.replace("?", "?application_name=bench&"), () => undefined, 2);
try {
  await bench();
} finally {
  await product.stop();
  await pool.end();
  await server.stop();
  await Promise.all([folder, product.folder].map((it) => rm(it, { recursive: true, force: true })));
}

async function bench(): Promise<void> {
  const day = await begin();
  const began = Date.now();
  const wrong = new Map<string, number>();
  const heaps: number[] = [];
  console.log("| hour | heap, MB | outside of it, MB | RSS, MB | of it its own, MB | of the largest connection, MB |");
  console.log("| ---: | ---: | ---: | ---: | ---: | ---: |");
  let last: Seen | undefined;
  for (let n = 0; n <= looks; n++) {
    if (n > 0) await stretch(day, wrong, began, n);
    await new Promise((done) => setTimeout(done, restMs));
    last = (await (await fetch(`http://127.0.0.1:${probe}`)).json()) as Seen;
    heaps.push(last.heap);
    const most = Math.max(...(await connections(pool)));
    const own = await anonymous(product.pid);
    const cells = [(hours * n) / looks, ...[last.heap, last.external, last.rss, own, most].map(mb)];
    console.log(`| ${cells.join(" | ")} |`);
  }
  console.log(`\n${day.next()} numbers, ${Math.round((await cpuMs([product.pid])) / 1000)} s of CPU`);
  console.log(`heap from the second quarter on: ${slopeMb(heaps.slice(looks / 4)).toFixed(2)} MB for 24 hours`);
  console.log("\n| what grew to more than 256 entries | entries at the end |\n| --- | ---: |");
  for (const [place, size] of Object.entries(last?.large ?? {})) console.log(`| ${place} | ${size} |`);
  for (const [what, times] of wrong) console.log(`${times} times: ${what}`);
}

function mb(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1);
}

/** One part of the day between two looks: its share of requests, and the clock goes along. */
async function stretch(day: Day, wrong: Map<string, number>, began: number, part: number): Promise<void> {
  const share = Math.floor(deeds / looks);
  const steps = Math.ceil((hours * 2) / looks);
  const begunMs = (hours * 3_600_000 * (part - 1)) / looks;
  for (let step = 0; step < steps; step++) {
    const now = new Date(began + begunMs + (hours * 3_600_000 * (step + 1)) / looks / steps).toISOString();
    await day.admin.ask({ method: "POST", path: "/api/test/clock", body: JSON.stringify({ now }) });
    const tried = (deed: typeof doSomething) =>
      deed(day).catch((error: Error) => {
        const what = error.message.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, "…").slice(0, 600);
        wrong.set(what, (wrong.get(what) ?? 0) + 1);
      });
    let left = Math.floor(share / steps);
    const lane = async () => {
      while (left-- > 0) await tried(doSomething);
    };
    await Promise.all([...Array.from({ length: lanes }, lane), ...Object.values(seldom).map(tried)]);
  }
}

/** People of one team, every second of them without a bound, and what they work with. */
async function begin(): Promise<Day> {
  const admin = await signIn(product.address);
  await publish(admin, documents);
  const ask = async (path: string, body: unknown) =>
    JSON.parse((await admin.ask({ method: "POST", path, body: JSON.stringify(body) })).text);
  const team = await ask("/api/records/team", { name: "All" });
  const clients: Client[] = [];
  for (let n = 0; n < people; n++) {
    const user = { name: `Somebody ${n}`, roles: [n % 2 ? "rep" : "free"], teams: [team.id] };
    const { id } = await ask("/api/users", user);
    const { key } = await ask("/api/keys", { name: "bench", user: id });
    clients.push(new Client(product.address, { authorization: `Bearer ${key}` }));
  }
  const asker = clients[1]!;
  const made = async (entity: string, records: readonly object[]) => {
    const body = JSON.stringify(records);
    const { items } = JSON.parse((await asker.ask({ method: "POST", path: `/api/records/${entity}`, body })).text);
    return (items as { id: string }[]).map(({ id }) => id);
  };
  const numbers = Array.from({ length: 1000 }, (_, n) => n);
  const contacts = await made(
    "contact",
    numbers.map((n) => ({ name: `First ${n}`, external_id: `F-${n}`, score: n % 100 })),
  );
  const deals = await made(
    "deal",
    numbers.map((n) => ({ title: `Deal ${n}`, contact: contacts[n], amount: { amount: "5", currency: "USD" } })),
  );
  let number = 0;
  return { address: product.address, admin, people: clients, contacts, deals, next: () => (number += 1) };
}

/** What each connection of the product has to itself in PostgreSQL, in bytes. */
async function connections(asked: Pool): Promise<readonly number[]> {
  const { rows } = await asked.query("select pid from pg_stat_activity where application_name = 'trellis'");
  return Promise.all((rows as { pid: number }[]).map(({ pid }) => anonymous(pid)));
}

/** What a process has to itself, without what it shares with others of its executable, in bytes. */
async function anonymous(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
}

/** The slope of the line that lies nearest to the values, over the whole day. */
function slopeMb(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, it) => sum + it, 0) / values.length;
  const rise = values.reduce((sum, it, n) => sum + (n - middle) * (it - mean), 0);
  const run = values.reduce((sum, _, n) => sum + (n - middle) ** 2, 0);
  return ((rise / run) * looks) / 1024 ** 2;
}
