import { endedAt, step, type Machine, type Values } from "engine";
import { noFurther } from "../asks/further.ts";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { lockRecords } from "./rows.ts";
import { lockRunsOf, snapshotOf, surroundings, type RunOfRecord } from "./run.ts";
import { plain, send, stageOf, type CarriedOut } from "./step.ts";
import { carryOutAll, isAlone, isRefused, unlessFailing } from "./together.ts";

/**
 * Moves records by an event that needs no form, as `send` moves each of them: those of whose moves nothing follows in
 * other runs with as many statements as one, the others one by one. Where any is refused all of it is.
 */
export async function sendAll(
  tx: Connection,
  scene: Scene,
  name: string,
  { ids, type }: { readonly ids: readonly string[]; readonly type: string },
): Promise<void> {
  const moved = ids.length > 1 ? await sendTogether(tx, scene, name, { ids, type }) : new Set();
  const sent = { type, values: undefined, data: undefined, version: undefined };
  for (const id of ids) if (!moved.has(id)) await send(tx, scene, name, id, sent);
}

/** Moves those whose moves can be written together; answers their ids. */
async function sendTogether(
  tx: Connection,
  scene: Scene,
  name: string,
  { ids, type }: { readonly ids: readonly string[]; readonly type: string },
): Promise<ReadonlySet<string>> {
  const { entity, access, machines } = stageOf(scene, name);
  const machine = machines.find(({ document }) => Object.hasOwn(document.meta.events, type));
  if (!machine) return new Set();
  const asked = { move: access?.event(type) };
  const rows = await lockRecords(tx, scene, entity, { ids, trash: "without", asked, seen: access?.rule("read") });
  const runs = Map.groupBy(await lockRunsOf(tx, scene, ids, [machine.id]), ({ record }) => record);
  const around = await surroundings(tx, scene, machine, [...rows.values()].map(plain));
  const carried = [...rows].flatMap(([id, before]) => {
    const live = (runs.get(id) ?? []).filter(({ status }) => status === "active");
    if (before._asked_move === false || live.length !== 1) return [];
    return carriedBy(scene, machine, { run: live[0]!, before, around, type }) ?? [];
  });
  if (!(await carryOutAll(tx, scene, machine, carried))) return new Set();
  return new Set(carried.map(({ move }) => move.record));
}

interface Sending {
  readonly run: RunOfRecord;
  readonly before: Values;
  readonly around: Awaited<ReturnType<typeof surroundings>>;
  readonly type: string;
}

/** The move of one; nothing where it is refused, or where more follows from it. */
function carriedBy(scene: Scene, machine: Machine, { run, before, around, type }: Sending): CarriedOut | undefined {
  const record = plain(before);
  const at = snapshotOf(run);
  if (endedAt(machine, at, { type }, { ...around, record })) return undefined;
  const made = unlessFailing(() => step(machine, at, { type }, { ...noFurther(around), record, answers: [] }));
  if (!made || !isAlone(made, run) || isRefused(scene, machine, made, record, record)) return undefined;
  const move = {
    run: run.id,
    record: run.record,
    revision: run.revision + 1,
    event: { type },
    before: run,
    step: made,
  };
  return { move, before, given: {} };
}
