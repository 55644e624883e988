import { spawnSync } from "node:child_process";
import { chmod, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEmbedded, type EmbeddedServer } from "../../runtime/database/embedded.ts";
import { fireDue } from "../../runtime/store/fire.ts";
import { brokenLaws, divergences } from "../fixtures/invariants.ts";
import { carried } from "../fixtures/parcels.ts";
import { receiver, type Receiver } from "../fixtures/receiver.ts";
import { expectRelays, relayDocuments } from "../fixtures/relay.ts";
import { makeFolder } from "../folder.ts";
import { launch } from "../process.ts";
import { worldOn, type World } from "../world.ts";

type Worker = Awaited<ReturnType<typeof launch>>;

const kills = process.env.TRELLIS_CASES ? Math.min(Number(process.env.TRELLIS_CASES), 600) : 40;
const relays = 60;
const laps = 3;
const workersAtOnce = 2;

let folder: string;
let server: EmbeddedServer;
let there: Receiver;
let w: World;
const workers: Worker[] = [];
/** Answers that are on their way while somebody dies. */
const held: (() => void)[] = [];

beforeAll(async () => {
  folder = await makeFolder("killed");
  await chmod(folder, 0o755);
  // The machine does not fail here: what a process has written outlives it.
  server = await openEmbedded(folder, ["fsync=off"]);
  there = await receiver();
  there.answer = (_, response) => {
    if (there.received.length % 4 === 0 && workers.length > 0) held.push(() => response.end("late"));
    else response.end("thanks");
  };
  w = await worldOn(server.url("postgres"), { documents: relayDocuments(there.url, laps) });
  w.clock.set(new Date());
  await w.admin.send("PUT", "/api/connections/carrier", { body: {} });
  spawnSync(process.execPath, [fileURLToPath(new URL("../../runtime/build-runtime.ts", import.meta.url))]);
});
afterAll(async () => {
  await Promise.all(workers.map((it) => it.kill9()));
  await w.close();
  await there.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What is asked of a server that dies now and then, until it answers. */
async function surely<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    const result = await work().catch(() => undefined);
    if (result !== undefined) return result;
    await new Promise((done) => setTimeout(done, 20));
  }
}

const one = async (sql: string): Promise<any> => (await surely(() => w.sql(sql)))[0];
/** What workers have moved so far; what somebody has sent is not their work. */
const moves = async (): Promise<number> =>
  (await one("select count(*)::int as n from {ws}._journal where by is null")).n;
const works = (it: Worker) => it.output().includes("works in the background");

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; !(await holds()); looks++) {
    if (looks > 4000) throw new Error(`${what}: ${workers.map((it) => it.output()).join("\n")}`);
    await new Promise((done) => setTimeout(done, 25));
  }
}

const newWorker = async () =>
  workers.push(
    await launch({
      command: ["work"],
      folder,
      env: { DATABASE_URL: server.url("postgres"), TRELLIS_POOL: "4", TRELLIS_OUTBOUND_OPEN: "127.0.0.1" },
    }),
  );

/** The worker that has worked the longest dies, and another one begins; leases of the dead run out. */
async function killWorker(): Promise<void> {
  await until("no worker works", async () => workers.some(works));
  const at = workers.findIndex(works);
  await workers[at]!.kill9();
  workers.splice(at, 1);
  await newWorker();
  await surely(() => w.sql("update {ws}._effect set lease_until = clock_timestamp() where lease_until is not null"));
}

/** One of the processes of the database server dies, and with it every connection; or the server itself does. */
async function killServer(whole: boolean): Promise<void> {
  const before = server.pid();
  const { pid } = await one("select pid from pg_stat_activity where backend_type = 'client backend' order by random()");
  process.kill(whole ? before : pid, "SIGKILL");
  if (whole) await until("the server is not back", async () => server.pid() !== before);
}

test(
  `${kills} kills of workers and of PostgreSQL lose nothing, do nothing twice, and leave no run elsewhere than its record`,
  { timeout: 0 },
  async () => {
    const made = await w.admin.post(
      "/api/records/relay",
      Array.from({ length: relays }, (_, at) => ({ name: `R${at}` })),
    );
    const ids = made.json.items.map(({ id }: { id: string }) => id) as string[];
    for (let at = 0; at < workersAtOnce; at++) await newWorker();
    const acknowledged: number[] = [];
    let clicks = 0;
    /** Somebody sends something, by a clock that is wrong now and then. */
    const click = async (id: string, type: string) => {
      const n = clicks++;
      const wrong = n % 10 === 0 ? 3_600_000 : n % 10 === 5 ? -86_400_000 : 0;
      w.clock.set(new Date(Date.now() + wrong));
      const answer = await w.admin
        .post(`/api/records/relay/${id}/events`, { type, data: { n } })
        .catch(() => undefined);
      if (answer?.status === 200) acknowledged.push(n);
    };
    for (const id of ids) await click(id, "relay.go");
    for (let killed = 0; killed < kills; killed++) {
      const before = await moves();
      for (let n = 0; n < 3; n++) await click(ids[clicks % relays]!, clicks % 4 === 1 ? "relay.note" : "relay.go");
      await until("nothing moves", async () => (await moves()) >= before + 3);
      if (killed % 5 === 0 || killed % 5 === 3) await killWorker();
      else await killServer(killed % 5 === 2);
      for (const answer of held.splice(0)) answer();
    }
    await Promise.all(workers.splice(0).map((it) => it.kill9()));
    for (const answer of held.splice(0)) answer();
    expect(await surely(() => brokenLaws(w))).toEqual([]);

    // What is left is done by one who lives; the clock goes on until everybody rests.
    await surely(() => w.sql("update {ws}._effect set lease_until = null where lease_until is not null"));
    w.clock.set(new Date(Date.now() + 86_400_000));
    for (let resting = 0, goes = 0; resting < relays; goes++) {
      expect(goes).toBeLessThan(laps * 10);
      await carried(w);
      w.clock.advance(60_000);
      for (let more = true; more;) {
        const { count, failures } = await fireDue(w.workspace, w.clock.now());
        expect(failures).toEqual([]);
        more = count > 0;
      }
      resting = (await one("select count(*)::int as n from {ws}.relay where stage = 'resting'")).n;
    }
    expect(await brokenLaws(w)).toEqual([]);
    expect(await divergences(w)).toEqual([]);
    const { sent, ...told } = await expectRelays(w, there, laps);
    expect(acknowledged.filter((n) => !sent.includes(n))).toEqual([]);
    console.log(`${kills} kills: ${JSON.stringify(told)}`);
  },
);
