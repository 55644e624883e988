import { begin, place, Problem, type Entity, type Fault, type RecordWrite, type Values } from "engine";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import { answered } from "../asks/index.ts";
import { effectWrites } from "../effects/index.ts";
import { cascade } from "./cascade.ts";
import type { Part } from "./commit.ts";
import type { Scene } from "./operation.ts";
import { moveParts } from "./moves.ts";
import { beginsRuns, machineFor, movedValues, surroundings, type Moved } from "./run.ts";

/** Runs of new records, begun but not yet written. */
export interface BegunRuns {
  /** The records with their states, and with what entry actions have set; in the order given. */
  readonly records: readonly Values[];
  /** The inserts of `_run`, `_journal`, `_notification`; committed along with the records. */
  readonly parts: readonly Part[];
  /** The fields that must be filled where the runs come to stand, by the record: whoever writes it tells of them. */
  readonly requires: ReadonlyMap<string, readonly string[]>;
  /** What stands against the beginning of runs, by the record; nothing of these is written. */
  readonly faults: ReadonlyMap<string, readonly Fault[]>;
  /** What entry actions want written besides, each with the id of the record whose run asks for it; done after the records stand. */
  readonly writes: readonly (readonly [record: string, write: RecordWrite])[];
}

/**
 * Begins the runs of new records, all of one entity. `states` gives the state of those that an import brings in mid-life;
 * `together` are the records that are made with them, by entity and id.
 */
export async function beginRuns(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  records: readonly Values[],
  states?: ReadonlyMap<string, string>,
  together?: ReadonlyMap<string, Values>,
): Promise<BegunRuns> {
  const machine = machineFor(scene, entity);
  if (!machine) return { records, parts: [], writes: [], requires: new Map(), faults: new Map() };
  const around = await surroundings(tx, scene, machine, records, together);
  const moved: Moved[] = [];
  const requires = new Map<string, readonly string[]>();
  const faults = new Map<string, readonly Fault[]>();
  const after = new Map<string, Values>();
  for (const record of records) {
    const id = String(record.id);
    const state = states?.get(id);
    const event = { type: state === undefined ? "begin" : "place" };
    try {
      const step =
        state === undefined
          ? await answered(tx, scene, { ...around, record }, (asked) => begin(machine, asked))
          : place(machine, state, { ...around, record });
      const begun = { ...step, requires: [] };
      const move: Moved = { run: newId(scene.now), record: id, revision: 1, event, before: undefined, step: begun };
      const all = beginsRuns(step) ? await cascade(tx, scene, machine, { move, record }) : undefined;
      moved.push(...(all?.moves ?? [move]));
      after.set(id, all?.values ?? movedValues(scene, machine, step));
      requires.set(id, step.requires);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      faults.set(id, error.faults);
    }
  }
  const owners = new Map(records.map((record) => [String(record.id), record.owner]));
  return {
    records: records.map((record) => ({ ...record, ...after.get(String(record.id)) })),
    requires,
    faults,
    parts: await moveParts(tx, scene, machine, moved, (record) => owners.get(record)),
    writes: moved.flatMap((move) => effectWrites(scene, [move]).map((write) => [move.record, write] as const)),
  };
}
