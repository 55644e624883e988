import { readFile } from "node:fs/promises";
import type { Client } from "./client.ts";

/** How a server is spoken to. */
export type Dialect = "product" | "by hand";

/** One of the two that are measured beside each other. */
export interface Side {
  readonly dialect: Dialect;
  /** Asks it, as whoever is meant. */
  readonly client: Client;
  /** The processes that work for it: its own and those of its database connections. */
  readonly pids: () => Promise<readonly number[]>;
}

/** Does one piece of work after the other, each after the last; made once for each of those who ask at the same time. */
export type Worker = () => Promise<void>;

export interface Operation {
  readonly title: string;
  /** The ratio that is wanted, product against by hand. */
  readonly goal?: number;
  /** How often it is done in one half of a pair; without it so often that a half takes long enough to be measured. */
  readonly times?: number;
  /** Nobody does it beside another. */
  readonly alone?: true;
  /** Pieces of work in one, a row of an import for instance. */
  readonly pieces?: number;
  readonly worker: (side: Side, number: number) => Worker;
}

/** The same of the one and of the other. */
type Pair = readonly [first: number, second: number];

export interface Measured {
  readonly ms: Pair;
  readonly p95: Pair;
  /** From the end of one to the end of the next, whoever does them: shorter than each takes where several do it at once. */
  readonly between: Pair;
  /** How often the first does it in the time of the second: above one it is the quicker. Median over the pairs. */
  readonly ratio: number;
  /** The same of the time on processors, the database's included. */
  readonly cpu: number;
}

const halfMs = 1000;
/** So long each does a kind of work before it is measured at it: by then its code is compiled as it will be all day. */
const warmMs = 20_000;
const warm = new WeakSet<Operation>();

/**
 * Measures two servers at the same work, by turns: each pair is one stretch of work on each, and whoever was first in
 * one pair is second in the next. What disturbs the machine disturbs both. Start-up is over by then (A. Georges, D.
 * Buytaert, L. Eeckhout, "Statistically rigorous Java performance evaluation", OOPSLA 2007).
 */
export async function measurePairs(
  sides: readonly [first: Side, second: Side],
  operation: Operation,
  { pairs, concurrency }: { readonly pairs: number; readonly concurrency: number },
): Promise<Measured> {
  const lanes = new Map<Side, readonly Worker[]>();
  for (const side of sides)
    lanes.set(
      side,
      Array.from({ length: concurrency }, (_, number) => operation.worker(side, number)),
    );
  let slowest = 0;
  for (const side of sides) {
    const until = performance.now() + (operation.times !== undefined || warm.has(operation) ? 0 : warmMs);
    let took: number;
    do {
      const { wall, each } = await stretch(lanes.get(side)!, operation.times ?? concurrency * 4);
      took = wall / each.length;
    } while (performance.now() < until);
    slowest = Math.max(slowest, took);
  }
  warm.add(operation);
  const times = operation.times ?? Math.max(concurrency, Math.min(20_000, Math.ceil(halfMs / slowest)));
  const [first, second] = sides;
  const found = new Map(
    sides.map((side) => [side, { walls: [] as number[], cpus: [] as number[], each: [] as number[] }]),
  );
  for (let pair = 0; pair < pairs; pair++)
    for (const side of pair % 2 === 0 ? [first, second] : [second, first]) {
      const before = await cpuOf(await side.pids());
      const { wall, each } = await stretch(lanes.get(side)!, times);
      const after = await cpuOf(await side.pids());
      const kept = found.get(side)!;
      kept.walls.push(wall / times);
      kept.cpus.push(sum([...after].map(([pid, ms]) => ms - (before.get(pid) ?? 0))));
      kept.each.push(...each);
    }
  const [mine, theirs] = [found.get(first)!, found.get(second)!];
  return {
    ms: [at(mine.each, 0.5), at(theirs.each, 0.5)],
    p95: [at(mine.each, 0.95), at(theirs.each, 0.95)],
    between: [at(mine.walls, 0.5), at(theirs.walls, 0.5)],
    ratio: at(
      mine.walls.map((wall, pair) => theirs.walls[pair]! / wall),
      0.5,
    ),
    cpu: sum(theirs.cpus) / sum(mine.cpus),
  };
}

/** The value below which a share of all values lie. */
export function at(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? Number.NaN;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** So many pieces of work, as many at a time as there are workers. */
async function stretch(workers: readonly Worker[], times: number) {
  const each: number[] = [];
  let left = times;
  const begun = performance.now();
  await Promise.all(
    workers.map(async (work) => {
      while (left-- > 0) {
        const started = performance.now();
        await work();
        each.push(performance.now() - started);
      }
    }),
  );
  return { wall: performance.now() - begun, each };
}

const tickMs = 10;

/** Time on processors so far, of each process that is there. */
async function cpuOf(pids: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const each = pids.map(async (pid) => {
    const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const parts = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return [pid, (Number(parts[11]) + Number(parts[12])) * tickMs] as const;
  });
  return new Map((await Promise.all(each)).filter(([, ms]) => !Number.isNaN(ms)));
}

/** The same of all of them. */
export const cpuMs = async (pids: readonly number[]): Promise<number> => sum([...(await cpuOf(pids)).values()]);
