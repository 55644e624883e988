/**
 * How long a process takes from its start to its first right answer on a workspace that stands, and how much memory it
 * has when nobody asks, under load, and afterwards. Prints numbers and asserts nothing.
 *
 *   node test/bench/start.ts [--contacts=10000] [--starts=7] [--seconds=20]
 */
import { readFile, rm } from "node:fs/promises";
import { parseArgs } from "node:util";
import { launch } from "../process.ts";
import { Client } from "./client.ts";
import { operationsOn, readsOn } from "./operations.ts";
import { at, cpuMs, type Operation } from "./pairs.ts";
import { contactId, startBoth, type TwoServers } from "./two-servers.ts";

const { values: given } = parseArgs({
  options: {
    contacts: { type: "string", default: "10000" },
    starts: { type: "string", default: "7" },
    seconds: { type: "string", default: "20" },
  },
});
const concurrency = 16;
const restMs = 5000;
const lookMs = 250;

const both = await startBoth(Number(given.contacts));
try {
  const starts: number[] = [];
  const cpus: number[] = [];
  const idle: number[] = [];
  for (let n = 0; n < Number(given.starts); n++) {
    const { ms, pid, stop } = await started(both);
    starts.push(ms);
    cpus.push(await cpuMs([pid]));
    await new Promise((done) => setTimeout(done, restMs));
    idle.push(await megabytesOf(pid));
    await stop();
  }
  const [first = 0, ...further] = starts;
  console.log("| what | measured | goal |\n| --- | ---: | --- |");
  print("start to first right answer, first time, ms", first, "");
  print("start to first right answer, then, median, ms", at(further, 0.5), "≤ 1500");
  print("of it on processors, median, ms", at(cpus.slice(1), 0.5), "");
  print("memory when nobody asks, median, MB", at(idle.slice(1), 0.5), "≤ 150");
  const { pid, client, stop } = await started(both);
  const reads = await readsOn(both, [client]);
  const bulk = (await operationsOn(both)).filter(({ title }) => title.startsWith("bulk"));
  const seen = await underLoad(both, client, pid, reads);
  print("memory under load, most, MB", Math.max(...seen), "≤ 250");
  print(
    "memory with 16 bulks of 1000 at once, most, MB",
    Math.max(...(await underLoad(both, client, pid, bulk))),
    "≤ 250",
  );
  await new Promise((done) => setTimeout(done, restMs));
  print("memory after the load, MB", await megabytesOf(pid), "");
  await stop();
} finally {
  await both.close();
}

function print(what: string, value: number, goal: string): void {
  console.log(`| ${what} | ${value.toFixed(0)} | ${goal} |`);
}

/** Starts a process of the product and asks until it answers right. */
async function started({ url, rep }: TwoServers) {
  const begun = performance.now();
  const product = await launch({ env: { DATABASE_URL: url } });
  const client = new Client(product.address, rep);
  const path = `/api/records/contact/${contactId(7)}`;
  while (!(await client.ask({ method: "GET", path }).catch(() => undefined))) {
    if (product.ended()) throw new Error(`The product ended: ${product.output()}`);
    await new Promise((done) => setTimeout(done, 5));
  }
  const ms = performance.now() - begun;
  const stop = async () => {
    client.close();
    await product.stop();
    await rm(product.folder, { recursive: true, force: true });
  };
  return { ms, client, stop, pid: product.pid };
}

/** Does the operations, one after the other, for a while. Answers the memory as it was seen meanwhile. */
async function underLoad(
  both: TwoServers,
  client: Client,
  pid: number,
  operations: readonly Operation[],
): Promise<readonly number[]> {
  const end = performance.now() + Number(given.seconds) * 1000;
  const side = { ...both.bounded[0], client };
  const seen: number[] = [];
  const looking = setInterval(() => void megabytesOf(pid).then((size) => seen.push(size)), lookMs);
  const lanes = Array.from({ length: concurrency }, async (_, number) => {
    const workers = operations.map(({ worker }) => worker(side, number));
    for (let n = number; performance.now() < end; n++) await workers[n % workers.length]!();
  });
  await Promise.all(lanes);
  clearInterval(looking);
  return seen;
}

async function megabytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}
