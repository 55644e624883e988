import { begin, place, type Entity, type RecordWrite, type Values } from "engine";
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
  if (!machine) return { records, parts: [], writes: [], requires: new Map() };
  const around = await surroundings(tx, scene, machine, records, together);
  const moved: Moved[] = [];
  const requires = new Map<string, readonly string[]>();
  for (const record of records) {
    const state = states?.get(String(record.id));
    const step =
      state === undefined
        ? await answered(tx, scene, { ...around, record }, (asked) => begin(machine, asked))
        : place(machine, state, { ...around, record });
    const event = { type: state === undefined ? "begin" : "place" };
    const id = String(record.id);
    requires.set(id, step.requires);
    const begun = { ...step, requires: [] };
    moved.push({ run: newId(scene.now), record: id, revision: 1, event, before: undefined, step: begun });
  }
  const after = new Map<string, Values>();
  const extra: Moved[] = [];
  for (const [at, move] of moved.entries()) {
    if (!beginsRuns(move.step)) continue;
    const all = await cascade(tx, scene, machine, { move, record: records[at]! });
    after.set(move.record, all.values);
    extra.push(...all.moves);
  }
  const untouched = moved.filter(({ record }) => !after.has(record));
  const every = [...untouched, ...extra];
  const owners = new Map(records.map((record) => [String(record.id), record.owner]));
  return {
    records: records.map((record, at) => ({
      ...record,
      ...(after.get(String(record.id)) ?? movedValues(scene, machine, moved[at]!.step)),
    })),
    requires,
    parts: await moveParts(tx, scene, machine, every, (record) => owners.get(record)),
    writes: every.flatMap((move) => effectWrites(scene, [move]).map((write) => [move.record, write] as const)),
  };
}
