import { Problem, problem } from "engine";
import type { Context } from "hono";
import type { App } from "../app.ts";
import { noteGuess } from "../store/guesses.ts";
import type { OperationTold } from "../store/operation.ts";

const reasonMost = 500;

/** How a write is told whose writer is asked about records that are alike, and why she stores it all the same: `despite`. */
type Asked = Pick<OperationTold, "asks">;

/**
 * Does a write whose writer is asked about records that are alike. That she was told of one which she may not see is
 * counted, and logged, whatever becomes of the write.
 */
export async function asked<Result>(c: Context<App, any>, work: (asked: Asked) => Promise<Result>): Promise<Result> {
  const despite = c.req.query("despite")?.trim();
  if (despite !== undefined && (despite.length === 0 || despite.length > reasonMost || /\0/.test(despite)))
    throw problem("despite.malformed", { path: "/despite" });
  try {
    return await work({ asks: { despite: despite ?? null } });
  } catch (error) {
    const faults = error instanceof Problem ? error.faults : [];
    if (faults.some(({ alike }) => alike?.hidden)) await noteGuess(c.var);
    if (faults.some(({ code, alike }) => alike?.hidden || code === "record.guessed"))
      c.var.services.log("warn", "told of a record that is hidden", {
        request: c.var.requestId,
        user: c.var.principal.id,
        code: faults[0]?.code,
      });
    throw error;
  }
}
