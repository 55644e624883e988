import { fault, refuse } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { operate } from "../store/operation.ts";
import { decidePair, listPairs } from "../store/pairs.ts";
import { isId } from "../store/records.ts";
import { sceneOf } from "./records.ts";

const wanted = (text: string, path: string) => fault("pair.value", { wanted: text, path });
const unknown = (names: readonly string[]) =>
  names.map((name) => fault("query.unknown", { name: name.slice(0, 80), path: `/${name.slice(0, 80)}` }));

/** Pairs of records that are alike, and what is decided of them. */
export const duplicates = new Hono<App>()

  .get("/", async (c) => {
    const { entity, decided = "false", cursor, ...others } = c.req.query();
    refuse([
      ...unknown(Object.keys(others)),
      ...(decided === "true" || decided === "false" ? [] : [wanted("`true` or `false`", "/decided")]),
      ...(cursor === undefined || isId(cursor) ? [] : [wanted("the id of a pair", "/cursor")]),
    ]);
    return c.json(await listPairs(sceneOf(c), { entity, decided: decided === "true", before: cursor }));
  })

  .post("/:id", async (c) => {
    const { same, ...others } = await readObject(c);
    refuse([
      ...unknown(Object.keys(others)),
      ...(same === false || same === null ? [] : [wanted("`false`, or null for not yet decided", "/same")]),
    ]);
    const { workspace, principal, now } = c.var;
    const told = { kind: "decide", title: "Decide whether two records are the same", now };
    const { operation } = await operate(workspace, principal, told, (tx, scene) =>
      decidePair(tx, scene, c.req.param("id"), same === null),
    );
    return c.body(null, 204, { "trellis-operation": operation });
  });
