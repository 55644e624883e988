import { accessFor, describeModel, translatedLanguages } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { readOrigins } from "../store/documents.ts";
import { ownSettings } from "../store/me.ts";
import { textOf } from "../store/live.ts";

/** All that the studio needs to know about the workspace, in one answer, as far as the caller may know it. */
export const model = new Hono<App>().get("/", async (c) => {
  const { model, spoken, access, principal, workspace } = c.var;
  const { pool, schema } = workspace;
  const { head, ...own } = await ownSettings(workspace, principal.id);
  // Whoever listens from here on (`/api/live?since=`) misses nothing of what she reads from now on.
  c.header("trellis-live", textOf(head));
  const { name, currency, time_zone, languages, week_start = 1, fiscal_year_start = 1 } = model.workspace;
  return c.json({
    ...describeModel(spoken, accessFor(spoken, principal), await readOrigins(pool, schema)),
    user: {
      id: principal.id,
      name: principal.name,
      ...own,
      roles: principal.roles,
      admin: access.admin && !principal.actor,
    },
    actor: principal.actor ?? null,
    workspace: {
      name,
      currency,
      time_zone,
      languages,
      translated: translatedLanguages(model),
      week_start,
      fiscal_year_start,
    },
  });
});
