import { Hono } from "hono";
import { answerJson } from "../answers.ts";
import type { App } from "../app.ts";
import { readJson } from "../body.ts";
import { operate } from "../store/operation.ts";
import { readFacts, tellFacts } from "../store/told-facts.ts";

/** What has happened to records: visits, calls, deliveries that other systems know of. Each is told once. */
export const facts = new Hono<App>().post("/", async (c) => {
  const { workspace, principal, now, services } = c.var;
  const told = readFacts(await readJson(c), now);
  const named = {
    kind: "facts",
    title: told.length === 1 ? `Tell ${told[0]!.type}` : `Tell ${told.length} facts`,
    now,
  };
  const { operation, result } = await operate(workspace, principal, named, (tx, scene) => tellFacts(tx, scene, told));
  services.nudge();
  return answerJson(c, JSON.stringify({ items: result, operation }), 201, { "trellis-operation": operation });
});
