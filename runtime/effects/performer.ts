import type { Effect, RecordWrite } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Part } from "../store/commit.ts";
import type { Scene } from "../store/operation.ts";
import type { Moved } from "../store/run.ts";

/** An effect with the move that asks for it, and its place among the effects of the move. */
export interface Asked<One extends Effect> {
  readonly effect: One;
  readonly move: Moved;
  readonly ordinal: number;
  /** When it is carried out, where quiet hours or caps have it wait. */
  readonly at?: Date;
}

/** How effects of one kind are performed in the step's transaction. One file in this folder each. */
export interface Performer<One extends Effect> {
  /** Records that are written because of it. */
  readonly writes?: (scene: Scene, asked: Asked<One>) => readonly RecordWrite[];
  /** Rows of the engine's own tables: all effects of a kind at once; `entity` is the name of the runs' own. */
  readonly parts?: (
    tx: Connection,
    scene: Scene,
    entity: string,
    asked: readonly Asked<One>[],
  ) => readonly Part[] | Promise<readonly Part[]>;
}
