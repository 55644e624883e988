import { Problem, type RecordWrite } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { settle } from "./settle.ts";
import { tried } from "./tried.ts";
import { writeWhatHolds, type Sorted, type WriteOptions } from "./write.ts";

/**
 * Writes the records that hold, with all that follows from them in other records, and leaves out the others. Where what
 * follows is refused, a rule over a roll-up or a workflow that is told for instance, they are written in halves until
 * those stand alone that it is refused for; the earlier go before the later. A right that is missing still refuses all.
 */
export async function writeSettled(
  tx: Connection,
  scene: Scene,
  asked: readonly RecordWrite[],
  options: WriteOptions = {},
): Promise<Sorted> {
  let sorted: Sorted = { writes: [], faults: new Map() };
  const failed = await tried(tx, scene, async (opened) => {
    await opened();
    sorted = await writeWhatHolds(tx, scene, asked, options);
    await settle(tx, scene);
  });
  if (!failed) return sorted;
  const { error } = failed;
  if (!(error instanceof Problem) || error.faults.some(({ code }) => code === "right.missing")) throw error;
  if (asked.length === 1) return { writes: [], faults: new Map([[0, error.faults]]) };
  const half = Math.ceil(asked.length / 2);
  const first = await writeSettled(tx, scene, asked.slice(0, half), options);
  const second = await writeSettled(tx, scene, asked.slice(half), options);
  return joined(half, first, asked.length - half, second);
}

/** Both halves as one: what was asked for in its order, then what went along. */
function joined(half: number, first: Sorted, rest: number, second: Sorted): Sorted {
  const [own, others] = [half - first.faults.size, rest - second.faults.size];
  return {
    writes: [
      ...first.writes.slice(0, own),
      ...second.writes.slice(0, others),
      ...first.writes.slice(own),
      ...second.writes.slice(others),
    ],
    faults: new Map([...first.faults, ...[...second.faults].map(([at, found]) => [at + half, found] as const)]),
  };
}
