import { Hono } from "hono";
import type { App } from "../app.ts";
import { readFileForm } from "../body.ts";
import { attach, attachedBytesMax, detach } from "../store/attachments.ts";
import { filesOf, findFile, mustSee } from "../store/files.ts";
import { answerFile } from "../stored-file.ts";
import { sceneOf } from "./records.ts";

/** Files that somebody's work has made, for her: error files, exports; and those of records, for whoever sees these. */
export const files = new Hono<App>().get("/:id", async (c) =>
  answerFile(c, c.var.workspace, await findFile(c.var, c.req.param("id"))),
);

/** The files of a record, for whoever sees it; who may change it brings and takes them. Nothing is read of what comes for another. */
export const recordFiles = new Hono<App>()

  .get("/:entity/:id/files", async (c) => {
    const { entity, id } = c.req.param();
    return c.json({ items: await filesOf(c.var, entity, id) });
  })

  .post("/:entity/:id/files", async (c) => {
    const { entity, id } = c.req.param();
    await mustSee(c.var, entity, id);
    const { name, bytes } = await readFileForm(c, attachedBytesMax);
    const { operation, result } = await attach(sceneOf(c), { entity, id }, { name, bytes });
    return c.json(result, 201, { location: `/api/files/${result.id}`, "trellis-operation": operation });
  })

  .delete("/:entity/:id/files/:file", async (c) => {
    const { operation } = await detach(sceneOf(c), c.req.param());
    return c.body(null, 204, { "trellis-operation": operation });
  });
