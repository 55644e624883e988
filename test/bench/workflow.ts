/**
 * What the three executors of workflows cost: a step by itself beside the same writes by hand, many runs by one write,
 * and a whole wave by one statement beside that statement written by hand, while somebody works with records.
 * Prints ratios of one run and asserts nothing.
 *
 *   node test/bench/workflow.ts [--waiting=1000000] [--due=100000] [--steps=300]
 *
 * Wanted: a step at least 0.6 of the writes by hand, a batch ten times a step, a cohort eight times a batch, a wave within
 * twice what the statement by hand needs, and steps meanwhile within three times of what they take at rest.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemTables } from "engine/sql";
import { openEmbedded } from "../../runtime/database/embedded.ts";
import { createWorkspace, migrate } from "../../runtime/database/migrate.ts";
import { openPool } from "../../runtime/database/pool.ts";
import type { Executor } from "../../runtime/store/due.ts";
import { fireDue } from "../../runtime/store/fire.ts";
import { operate } from "../../runtime/store/operation.ts";
import { publish } from "../../runtime/store/publish.ts";
import { setUp } from "../../runtime/store/setup.ts";
import { send } from "../../runtime/store/step.ts";
import { Workspace } from "../../runtime/workspace.ts";
import { at, cpuMs } from "./pairs.ts";
import { prospectDocuments, recordOf, ripen, seed, stepByHand, waveByHand } from "./prospects.ts";

const { values: given } = parseArgs({
  options: {
    waiting: { type: "string", default: "1000000" },
    due: { type: "string", default: "100000" },
    steps: { type: "string", default: "300" },
  },
});
const [waiting, due, steps] = [given.waiting, given.due, given.steps].map(Number) as [number, number, number];
const waveRows = 10_000;
/** Who is moved by people, from the last one on: no wave comes as far. */
let aside = waiting;
const asideMost = 2000;
const now = new Date("2026-03-02T09:00:00.000Z");

const folder = await mkdtemp(join(tmpdir(), "trellis-bench-"));
const server = await openEmbedded(folder, ["shared_buffers=512MB", "max_wal_size=4GB"]);
const pool = openPool(server.url("postgres"), () => undefined, 6);
const hands = await pool.connect();
try {
  await bench();
} finally {
  hands.release();
  await pool.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

/** How long something took, each piece of it, and on processors. */
interface Taken {
  readonly count: number;
  readonly wall: number;
  readonly cpu: number;
}

async function measured(work: () => Promise<number>): Promise<Taken> {
  const { rows } = await pool.query("select pid from pg_stat_activity");
  const pids = [process.pid, ...rows.map(({ pid }) => pid as number)];
  const [began, cpu] = [performance.now(), await cpuMs(pids)];
  const count = await work();
  return { count, wall: (performance.now() - began) / count, cpu: ((await cpuMs(pids)) - cpu) / count };
}

function told(title: string, { count, wall, cpu }: Taken): void {
  console.log(`${title.padEnd(28)} ${String(count).padStart(8)}   ${us(wall)} wall   ${us(cpu)} CPU`);
}

function us(ms: number): string {
  return `${(ms * 1000).toFixed(0).padStart(7)} µs`;
}

function ratio(title: string, one: Taken, other: Taken): void {
  console.log(`  ${title}: ${(other.wall / one.wall).toFixed(2)} (CPU ${(other.cpu / one.cpu).toFixed(2)})`);
}

async function bench(): Promise<void> {
  await migrate(pool, now);
  const workspace = new Workspace("main", await createWorkspace(pool, "main", systemTables, now), pool);
  const account = { email: "ada@example.com", password: "correct horse battery", name: "Ada", company: "Ada & Co." };
  const owner = await setUp(workspace, { ...account, currency: "USD", timeZone: "UTC", language: "en" }, now);
  await workspace.refresh();
  await publish(workspace, {
    documents: [...workspace.model.documents, ...prospectDocuments],
    reason: "",
    author: owner,
    now,
  });
  await workspace.refresh();
  await seed(pool, waiting, owner);
  let next = 1;
  const some = async (count: number) => {
    await ripen(pool, next, next + count, now);
    return (next += count) - count;
  };
  const firing = (by: Executor) =>
    measured(async () => {
      let count = 0;
      for (;;) {
        const moved = await fireDue(workspace, now, by);
        if (moved.failures.length > 0) throw moved.failures[0];
        if (moved.count === 0) return count;
        count += moved.count;
      }
    });
  const byHand = (from: number, count: number) =>
    measured(async () => {
      for (let n = from; n < from + count; n++) await stepByHand(hands, n, now);
      return count;
    });
  const waveHand = () =>
    measured(async () => {
      let count = 0;
      for (let took = 1; took > 0; count += took) took = await waveByHand(hands, now, waveRows);
      return count;
    });

  for (const by of ["single", "batch", "cohort"] as const) {
    await some(by === "single" ? 50 : 600);
    await firing(by);
  }
  const warm = next;
  next += 50;
  await byHand(warm, 50);
  const from = next;
  next += steps;
  const hand = await byHand(from, steps);
  told("a step by hand", hand);
  await some(steps);
  const single = await firing("single");
  told("single", single);
  ratio("single against by hand", single, hand);
  await some(steps * 20);
  const batch = await firing("batch");
  told("batch", batch);
  ratio("batch against single", batch, single);
  await some(steps * 40);
  const cohort = await firing("cohort");
  told("cohort", cohort);
  ratio("cohort against batch", cohort, batch);

  const rest = await steppedAside(workspace, async () => new Promise((done) => setTimeout(done, 3000)));
  await some(Math.min(due, Math.floor((waiting - asideMost - next) / 2)));
  const handWave = await waveHand();
  told("a wave by hand", handWave);
  await some(handWave.count);
  let wave!: Taken;
  const busy = await steppedAside(workspace, async () => (wave = await firing("cohort")));
  told("a wave", wave);
  ratio("wave against by hand", wave, handWave);
  const p95 = (times: readonly number[]) => at(times, 0.95);
  console.log(
    `  steps meanwhile: p95 ${p95(busy).toFixed(1)} ms (${busy.length}), at rest ${p95(rest).toFixed(1)} ms (${rest.length}): ${(p95(busy) / p95(rest)).toFixed(2)}`,
  );
}

/** How long people's steps take, one after the other, while something goes on. */
async function steppedAside(workspace: Workspace, work: () => Promise<unknown>): Promise<readonly number[]> {
  const who = { id: "", name: "Trellis", roles: [], via: "engine" } as const;
  const times: number[] = [];
  let over = false;
  const asked = work().finally(() => (over = true));
  while (!over) {
    const n = aside--;
    const began = performance.now();
    await operate(workspace, who, { kind: "event", title: "Answer", now, unbounded: true, sole: true }, (tx, scene) =>
      send(tx, scene, "prospect", recordOf(n), {
        type: "prospect.answer",
        values: undefined,
        data: undefined,
        version: undefined,
      }),
    );
    times.push(performance.now() - began);
    await new Promise((done) => setTimeout(done, 5));
  }
  await asked;
  return times;
}
