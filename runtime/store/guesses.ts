import type { Principal } from "engine";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { withinRate, type Rate } from "./rate.ts";

/** So often somebody is told that a record is like one that she may not see; then she waits. */
const guesses: Rate = { most: 20, withinMs: 3_600_000 };

interface Asking {
  readonly workspace: Workspace;
  readonly principal: Principal;
  readonly now: Date;
}

/** Who acts in another's place guesses for herself. */
const keyOf = ({ principal }: Asking) => `alike ${principal.actor?.id ?? principal.id}`;

/** Whether somebody has been told too often already: then nothing more is told her, whether it is alike or not. */
export async function hasGuessed(tx: Queryable, asking: Asking): Promise<boolean> {
  const { rows } = await tx.query(
    `select from ${asking.workspace.schema}._rate where key = $1 and count >= $2 and since > $3`,
    [keyOf(asking), guesses.most, new Date(asking.now.getTime() - guesses.withinMs)],
  );
  return rows.length > 0;
}

/** Counts that somebody was told once more. */
export async function noteGuess(asking: Asking): Promise<void> {
  await withinRate(asking.workspace, keyOf(asking), guesses, asking.now);
}
