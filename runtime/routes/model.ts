import { accessFor, describeModel, translatedLanguages } from "engine";
import { Hono } from "hono";
import { answerJson } from "../answers.ts";
import type { App } from "../app.ts";
import { readOrigins } from "../store/documents.ts";
import { ownSettings } from "../store/me.ts";
import { textOf } from "../store/live.ts";
import { once } from "../store/once.ts";

/** All that the studio needs to know about the workspace, in one answer, as far as the caller may know it. */
export const model = new Hono<App>().get("/", async (c) => {
  const { model, spoken, access, principal, workspace } = c.var;
  const { pool, schema } = workspace;
  const { head, ...own } = await ownSettings(workspace, principal.id);
  const { name, currency, time_zone, languages, week_start = 1, fiscal_year_start = 1 } = model.workspace;
  const heard = { workspace, model: spoken, access: accessFor(spoken, principal) };
  const origins = await readOrigins(pool, schema);
  const described = once(heard, ["described", ...origins], () =>
    JSON.stringify(describeModel(spoken, heard.access, origins)),
  );
  const told = JSON.stringify({
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
  // Whoever listens from there on (`/api/live?since=`) misses nothing of what she reads from now on.
  const listening = { "trellis-live": textOf(head) };
  return answerJson(c, `${described.slice(0, -1)},${told.slice(1)}`, 200, listening);
});
