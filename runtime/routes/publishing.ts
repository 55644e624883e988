import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "hono";
import type { App } from "../app.ts";
import type { Publisher } from "../store/changes.ts";
import type { Publishing } from "../store/publish.ts";

/** A publish that takes longer is answered with its operation. */
const patienceMs = 1000;

/** Who publishes, and when. */
export const by = (c: Context<App>): Publisher => ({ author: c.var.principal.id, now: c.var.now });

/** A publish that is switched soon is answered by its version; another one by the operation that shows its progress. */
export async function answer(c: Context<App>, { operation, switched }: Publishing): Promise<Response> {
  const published = await (operation === undefined ? switched : Promise.race([switched, sleep(patienceMs)]));
  if (operation !== undefined) c.header("trellis-operation", operation);
  if (published) return c.json({ ...published, ...(operation === undefined ? {} : { operation }) });
  return c.json({ operation }, 202);
}
