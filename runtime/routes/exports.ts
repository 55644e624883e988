import { fault, refuse } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { noteKey, wordsIn } from "../store/key-use.ts";
import { queueExport, readExport, type ExportRequest } from "../store/export.ts";

/** Lists as files. */
export const exports = new Hono<App>()

  .post("/", async (c) => {
    const request = readRequest(await readObject(c));
    const made = await queueExport(c.var.workspace, c.var.principal, request, c.var.now);
    const { entity, ...asked } = request;
    noteKey(c, entity, request.fields ? wordsIn(asked) : []);
    c.var.services.nudge();
    return c.json(made, 202);
  })

  .get("/:id", async (c) => c.json(await readExport(c.var.workspace, c.var.principal, c.req.param("id"))));

function readRequest(body: Readonly<Record<string, unknown>>): ExportRequest {
  const faults = [];
  const known = ["entity", "filter", "sort", "search", "fields"];
  for (const name of Object.keys(body))
    if (!known.includes(name)) faults.push(fault("query.unknown", { name, path: `/${name}` }));
  for (const name of ["entity", "filter", "sort", "search"])
    if (body[name] !== undefined && typeof body[name] !== "string")
      faults.push(fault("report.malformed", { wanted: "a text", path: `/${name}` }));
  if (body.fields !== undefined && !(Array.isArray(body.fields) && body.fields.every((it) => typeof it === "string")))
    faults.push(fault("report.malformed", { wanted: "a list of fields", path: "/fields" }));
  refuse(faults);
  return { entity: "", ...body } as ExportRequest;
}
