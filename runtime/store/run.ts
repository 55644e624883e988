import type { Entity, RecordWrite, Values } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Part } from "./commit.ts";
import type { Scene } from "./operation.ts";

/** Runs of new records, begun but not yet written. */
export interface BegunRuns {
  /** The records with their states, and with what entry actions have set; in the order given. */
  readonly records: readonly Values[];
  /** The inserts of `_run`, `_journal`, `_timer`, `_effect`, `_notification`; committed along with the records. */
  readonly parts: readonly Part[];
  /** What entry actions want written besides; done after the records stand. */
  readonly writes: readonly RecordWrite[];
}

/** Begins the runs of new records, all of one entity. `states` gives the state of those that an import brings in mid-life. */
export async function beginRuns(
  _tx: Connection,
  _scene: Scene,
  _entity: Entity,
  records: readonly Values[],
  _states?: ReadonlyMap<string, string>,
): Promise<BegunRuns> {
  return { records, parts: [], writes: [] };
}

/** What puts the runs of `records` back to where they stood before `operation` moved them, its journal included. */
export async function undoMoves(
  _tx: Connection,
  _scene: Scene,
  _operation: string,
  _records: readonly string[],
): Promise<readonly Part[]> {
  return [];
}
