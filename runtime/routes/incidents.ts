import { fault, refuse } from "engine";
import { Hono, type Context } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { incidentStatuses, listIncidents, type IncidentStatus } from "../store/incidents.ts";
import { moveOn, retry, skip } from "../store/mend.ts";
import type { Connection } from "../database/pool.ts";
import { operate, type Scene } from "../store/operation.ts";
import { isId } from "../store/records.ts";

/** As much as is read of what another system answers. */
const outputMost = 262_144;

/** What goes on only by a person's word: what has stopped, and having it tried anew, left out, or gone around. */
export const incidents = new Hono<App>()

  .get("/", async (c) => {
    const { status = "open", workflow, entity, record, state, cursor, ...others } = c.req.query();
    const known = status === "all" || incidentStatuses.includes(status as IncidentStatus);
    refuse([
      ...Object.keys(others).map((name) =>
        fault("query.unknown", { name: name.slice(0, 80), path: `/${name.slice(0, 80)}` }),
      ),
      ...(known ? [] : [wanted(`${incidentStatuses.join(", ")} or all`, "/status")]),
      ...(record === undefined || isId(record) ? [] : [wanted("the id of a record", "/record")]),
      ...(cursor === undefined || isId(cursor) ? [] : [wanted("the id of an incident", "/cursor")]),
    ]);
    const one = status === "all" ? undefined : (status as IncidentStatus);
    return c.json(await listIncidents(c.var, { status: one, workflow, entity, record, state, before: cursor }));
  })

  .post("/:id/retry", (c) => act(c, "Try again", (tx, scene, id) => retry(tx, scene, id)))

  .post("/:id/skip", async (c) => {
    const { output = null, ...rest } = await readObject(c);
    refuse([
      ...Object.keys(rest).map((name) => wanted("output alone", `/${name}`)),
      ...(JSON.stringify(output).length <= outputMost ? [] : [wanted("an output of 256 KB at most", "/output")]),
    ]);
    return act(c, "Leave out", (tx, scene, id) => skip(tx, scene, id, output));
  })

  .post("/:id/move", async (c) => {
    const { state, ...rest } = await readObject(c);
    refuse([
      ...Object.keys(rest).map((name) => wanted("state alone", `/${name}`)),
      ...(typeof state === "string" ? [] : [wanted("the key of a state", "/state")]),
    ]);
    return act(c, "Move on", (tx, scene, id) => moveOn(tx, scene, id, String(state)));
  });

async function act(
  c: Context<App, any>,
  title: string,
  work: (tx: Connection, scene: Scene, id: string) => Promise<void>,
): Promise<Response> {
  const { workspace, principal, now, services } = c.var;
  const told = { kind: "incident", title, now };
  const { operation } = await operate(workspace, principal, told, (tx, scene) =>
    work(tx, scene, c.req.param("id") ?? ""),
  );
  services.nudge();
  return c.body(null, 204, { "trellis-operation": operation });
}

const wanted = (text: string, path: string) => fault("incident.value", { wanted: text, path });
