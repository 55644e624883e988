import type { Hono } from "hono";
import type { App } from "../app.ts";
import { access } from "./access.ts";
import { auth } from "./auth.ts";
import { changes } from "./changes.ts";
import { clock } from "./clock.ts";
import { connections, intakes } from "./connections.ts";
import { doctor } from "./doctor.ts";
import { documents } from "./documents.ts";
import { events } from "./events.ts";
import { exports } from "./exports.ts";
import { files, recordFiles } from "./files.ts";
import { history } from "./history.ts";
import { holidays } from "./holidays.ts";
import { hooks } from "./hooks.ts";
import { imports } from "./imports.ts";
import { incidents } from "./incidents.ts";
import { keys } from "./keys.ts";
import { live } from "./live.ts";
import { me } from "./me.ts";
import { model } from "./model.ts";
import { notifications } from "./notifications.ts";
import { docs, openapi } from "./openapi.ts";
import { operations } from "./operations.ts";
import { presence } from "./presence.ts";
import { records } from "./records.ts";
import { search } from "./search.ts";
import { setup } from "./setup.ts";
import { tasks } from "./tasks.ts";
import { templates } from "./templates.ts";
import { upserts } from "./upserts.ts";
import { users } from "./users.ts";
import { views } from "./views.ts";
import { versions } from "./versions.ts";
import { workflows } from "./workflows.ts";
import { writes } from "./writes.ts";

/** What answers whoever asks. */
export const open: readonly (readonly [path: string, route: Hono<App>])[] = [
  ["/auth", auth],
  ["/setup", setup],
  ["/hooks", hooks],
];

/** What answers those who have signed in. */
export const routes: readonly (readonly [path: string, route: Hono<App>])[] = [
  ["/model", model],
  ["/me", me],
  ["/doctor", doctor],
  ["/documents", documents],
  ["/changes/versions", versions],
  ["/changes", changes],
  ["/versions", versions],
  ["/templates", templates],
  ["/workflows", workflows],
  ["/holidays", holidays],
  ["/records", records],
  ["/records", writes],
  ["/records", upserts],
  ["/records", history],
  ["/records", recordFiles],
  ["/records", events],
  ["/records", access],
  ["/records", presence],
  ["/views", views],
  ["/search", search],
  ["/imports", imports],
  ["/exports", exports],
  ["/files", files],
  ["/openapi.json", openapi],
  ["/docs", docs],
  ["/live", live],
  ["/notifications", notifications],
  ["/tasks", tasks],
  ["/operations", operations],
  ["/users", users],
  ["/keys", keys],
  ["/connections", connections],
  ["/incidents", incidents],
  ["/intakes", intakes],
  ["/test", clock],
];
