import { problem, wordsMax, wordsOf } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { noteKey } from "../store/key-use.ts";
import { search as find } from "../store/search.ts";
import { sceneOf } from "./records.ts";

/** Finds records of all entities by what is written in them. */
export const search = new Hono<App>().get("/", async (c) => {
  const asked = (c.req.query("q") ?? "").trim();
  if (asked.length > 200) throw problem("query.search_too_long", { max: 200, path: "/q" });
  if (asked.includes("\0") || !asked.isWellFormed()) throw problem("value.not_text", { path: "/q" });
  const words = wordsOf(asked);
  if (words.length > wordsMax) throw problem("query.search_words", { max: wordsMax, path: "/q" });
  const items = words.length === 0 ? [] : await find(sceneOf(c), words);
  for (const entity of new Set(items.map((it) => it.entity)))
    noteKey(c, entity, [c.var.model.entities.get(entity)?.nameField?.name ?? ""]);
  return c.json({ items });
});
