import { Unanswered, type Ask } from "engine";
import type { Connection } from "../database/pool.ts";
import { flush } from "../store/commit.ts";
import type { Scene } from "../store/operation.ts";
import { personInTurn } from "./person.ts";
import { recordsLike } from "./records.ts";

/** How each kind of question is answered, in the transaction of the step that asks it. */
const answers: {
  readonly [Kind in Ask["ask"]]: (tx: Connection, scene: Scene, ask: Extract<Ask, { ask: Kind }>) => Promise<unknown>;
} = { records: recordsLike, person: personInTurn };

/** The answer to a question, as the database has it now. */
export function answerTo(tx: Connection, scene: Scene, ask: Ask): Promise<unknown> {
  return (answers[ask.ask] as (...asked: unknown[]) => Promise<unknown>)(tx, scene, ask);
}

/**
 * Makes a move that may have questions. The kernel is pure, so the move is begun again with each answer: what it did
 * before it asked, it does again alike.
 */
export async function answered<Made>(
  tx: Connection,
  scene: Scene,
  move: (answers: readonly unknown[]) => Made,
): Promise<Made> {
  const known: unknown[] = [];
  for (;;) {
    try {
      return move(known);
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      // What is staged of this operation counts in what it asks.
      await flush(tx, scene);
      known.push(await answerTo(tx, scene, error.ask));
    }
  }
}
