import type { Hono } from "hono";
import type { App } from "../app.ts";
import { access } from "./access.ts";
import { auth } from "./auth.ts";
import { banners } from "./banners.ts";
import { changes } from "./changes.ts";
import { clock } from "./clock.ts";
import { consents } from "./consents.ts";
import { clocks, recordClocks } from "./clocks.ts";
import { conversions } from "./conversions.ts";
import { connections, intakes } from "./connections.ts";
import { doctor } from "./doctor.ts";
import { documents } from "./documents.ts";
import { events } from "./events.ts";
import { duplicates } from "./duplicates.ts";
import { exports } from "./exports.ts";
import { facts } from "./facts.ts";
import { formPreview } from "./form-preview.ts";
import { files, recordFiles } from "./files.ts";
import { history } from "./history.ts";
import { holidays } from "./holidays.ts";
import { hooks } from "./hooks.ts";
import { imports } from "./imports.ts";
import { incidents } from "./incidents.ts";
import { keys } from "./keys.ts";
import { live } from "./live.ts";
import { messages } from "./messages.ts";
import { mailLinks } from "./mail-links.ts";
import { mailbox, sendings } from "./mails.ts";
import { mailboxes } from "./mailboxes.ts";
import { me } from "./me.ts";
import { model } from "./model.ts";
import { notifications } from "./notifications.ts";
import { conversation } from "./conversation.ts";
import { docs, openapi } from "./openapi.ts";
import { operations } from "./operations.ts";
import { persons } from "./persons.ts";
import { presence } from "./presence.ts";
import { agents, queuedRecords, queues } from "./queues.ts";
import { records } from "./records.ts";
import { dashboards } from "./dashboards.ts";
import { reports } from "./reports.ts";
import { search } from "./search.ts";
import { recordSegments, segments } from "./segments.ts";
import { setup } from "./setup.ts";
import { shares } from "./shares.ts";
import { surveys } from "./surveys.ts";
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
  ["/mail", mailLinks],
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
  ["/records", conversions],
  ["/records", banners],
  ["/records", upserts],
  ["/records", history],
  ["/records", recordClocks],
  ["/records", queuedRecords],
  ["/queues", queues],
  ["/agents", agents],
  ["/records", recordFiles],
  ["/records", events],
  ["/records", access],
  ["/records", presence],
  ["/records", persons],
  ["/records", conversation],
  ["/facts", facts],
  ["/reports", reports],
  ["/dashboards", dashboards],
  ["/clocks", clocks],
  ["/segments", segments],
  ["/records", recordSegments],
  ["/views", views],
  ["/search", search],
  ["/shares", shares],
  ["/duplicates", duplicates],
  ["/imports", imports],
  ["/exports", exports],
  ["/files", files],
  ["/forms", formPreview],
  ["/openapi.json", openapi],
  ["/docs", docs],
  ["/live", live],
  ["/notifications", notifications],
  ["/tasks", tasks],
  ["/operations", operations],
  ["/users", users],
  ["/keys", keys],
  ["/connections", connections],
  ["/consents", consents],
  ["/incidents", incidents],
  ["/intakes", intakes],
  ["/mailbox", mailbox],
  ["/messages", messages],
  ["/sendings", sendings],
  ["/surveys", surveys],
  ["/mailboxes", mailboxes],
  ["/test", clock],
];
