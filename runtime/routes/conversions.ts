import { entityAccess, fault, refuse, type Fault } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { newId } from "../id.ts";
import { convert, conversionsFor, convertedMost, foreseeConversion, type Converting } from "../store/convert.ts";
import { operate } from "../store/operation.ts";
import { getRecord } from "../store/read.ts";
import { isId } from "../store/records.ts";
import { asked } from "./asked.ts";
import { sceneOf } from "./records.ts";

/** What records become by a conversion, and what they would. */
export const conversions = new Hono<App>()

  .get("/:entity/:id/conversions", async (c) => {
    const { entity, id } = c.req.param();
    await getRecord(sceneOf(c), entity, id, { fields: "id" });
    const { workspace, principal, now } = c.var;
    const told = { kind: "look", title: "Look at conversions", now, operation: newId(now) };
    const { result } = await operate(workspace, principal, told, (tx, scene) => conversionsFor(tx, scene, entity, id));
    return c.json({ items: result });
  })

  .post("/:entity/convert", async (c) => {
    const entity = c.req.param("entity");
    entityAccess(c.var.model, c.var.access, entity);
    const { preview, ...converting } = readConverting(await readObject(c));
    const { workspace, principal, now, model } = c.var;
    if (preview) {
      const told = { kind: "look", title: "Look at a conversion", now, operation: newId(now) };
      const { result } = await operate(workspace, principal, told, (tx, scene) =>
        foreseeConversion(tx, scene, entity, converting),
      );
      return c.json({ items: result });
    }
    const title = model.conversions.get(converting.conversion)?.title ?? "Convert";
    const told = { kind: "convert", title, now, bulk: converting.ids.length > 1 };
    const work = (how: typeof told) =>
      operate(workspace, principal, how, (tx, scene) => convert(tx, scene, entity, converting));
    const { operation, result } = await (told.bulk ? work(told) : asked(c, (how) => work({ ...told, ...how })));
    return c.json({ operation, items: result }, 200, { "trellis-operation": operation });
  });

function readConverting(body: Readonly<Record<string, unknown>>): Converting & { readonly preview: boolean } {
  const faults: Fault[] = [];
  const wanted = (right: boolean, wanted: string, path: string) =>
    right || faults.push(fault("conversion.malformed", { wanted, path }));
  const { conversion, ids, choose = {}, preview = false, ...others } = body;
  for (const name of Object.keys(others)) faults.push(fault("query.unknown", { name, path: `/${name}` }));
  wanted(typeof conversion === "string", "the name of a conversion", "/conversion");
  const listed =
    Array.isArray(ids) &&
    ids.length > 0 &&
    ids.length <= convertedMost &&
    ids.every((id) => typeof id === "string" && isId(id));
  wanted(listed && new Set(ids).size === ids.length, `a list of at most ${convertedMost} ids, each once`, "/ids");
  const chosen = typeof choose === "object" && choose !== null && !Array.isArray(choose) ? Object.values(choose) : [1];
  const holds = chosen.every((it) => it === null || (typeof it === "string" && isId(it)));
  wanted(
    holds && (chosen.length === 0 || (Array.isArray(ids) && ids.length === 1)),
    "ids of what was found for one record",
    "/choose",
  );
  wanted(typeof preview === "boolean", "`true` or `false`", "/preview");
  refuse(faults);
  return {
    conversion: String(conversion),
    ids: ids as readonly string[],
    choose: choose as Converting["choose"],
    preview: preview === true,
  };
}
