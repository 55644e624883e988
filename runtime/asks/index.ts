import { Unanswered, type Ask, type RunScene } from "engine";
import type { Connection } from "../database/pool.ts";
import { flush } from "../store/commit.ts";
import type { Scene } from "../store/operation.ts";
import { Further } from "./further.ts";
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
 * Makes a move that may have questions, and lead further than what was read around it. The kernel is pure, so the move is
 * begun again with each answer: what it did before it asked, it does again alike.
 */
export async function answered<Around extends Pick<RunScene, "related" | "listed">, Made>(
  tx: Connection,
  scene: Scene,
  around: Around,
  move: (around: Around & Pick<RunScene, "answers">) => Made,
): Promise<Made> {
  const answers: unknown[] = [];
  const further = new Further();
  const asked = { ...around, ...further.around(around), answers };
  for (;;) {
    try {
      const made = move(asked);
      if (!(await further.read(tx, scene))) return made;
    } catch (error) {
      if (await further.read(tx, scene)) continue;
      if (!(error instanceof Unanswered)) throw error;
      // What is staged of this operation counts in what it asks.
      await flush(tx, scene);
      answers.push(await answerTo(tx, scene, error.ask));
    }
  }
}
