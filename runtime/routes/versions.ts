import { readMappings, refuse } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { onlyAdmins } from "../people.ts";
import { getVersion, listVersions, undoVersion } from "../store/changes.ts";
import type { UndoMapping } from "../store/undo-mapping.ts";
import { answer, by } from "./publishing.ts";

/** What has been published: who, when, why, what it did to each document, and the way back. */
export const versions = new Hono<App>()

  .use(onlyAdmins("publish changes"))

  .get("/", async (c) => c.json({ items: await listVersions(c.var.workspace.pool, c.var.workspace) }))

  .get("/:number", async (c) => {
    const { workspace } = c.var;
    return c.json(await getVersion(workspace.pool, workspace, numberOf(c.req.param("number"))));
  })

  .post("/:number/undo", async (c) => {
    const { mapping = {} } = await readObject(c);
    const undone = undoVersion(c.var.workspace, numberOf(c.req.param("number")), readUndoMapping(mapping), by(c));
    return answer(c, await undone);
  });

function numberOf(given: string): number {
  return /^[0-9]{1,9}$/.test(given) ? Number(given) : 0;
}

/** A mapping for all values alike, or one for each address. */
function readUndoMapping(given: unknown): UndoMapping {
  const flat =
    typeof given === "object" &&
    given !== null &&
    !Array.isArray(given) &&
    Object.values(given).every((to) => to === null || typeof to === "string");
  if (flat) return given as UndoMapping;
  const { mappings, faults } = readMappings(given, "/mapping");
  refuse(faults);
  return mappings;
}
