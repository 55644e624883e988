import { reports as reporting } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { reading } from "../store/read.ts";
import { draftReport, reportNamed, runReport } from "../store/reports.ts";
import { rightsBy, sceneOf } from "./records.ts";

/** Reports, run by whoever asks with her own rights. */
export const reports = new Hono<App>()

  .post("/run", async (c) => {
    const { report, parameters } = await readObject(c);
    const [document, chosen] = [draftReport(report), reporting.readParameters(parameters)];
    return c.json(await reading(sceneOf(c), rightsBy(c), (scene) => runReport(scene, c.var.spoken, document, chosen)));
  })

  .post("/:name/run", async (c) => {
    const { parameters } = await readObject(c);
    const [document, chosen] = [reportNamed(c.var.spoken, c.req.param("name")), reporting.readParameters(parameters)];
    return c.json(await reading(sceneOf(c), rightsBy(c), (scene) => runReport(scene, c.var.spoken, document, chosen)));
  });
