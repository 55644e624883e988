import { accessFor, modelFor, Problem, problem, reports, zoneNamed, type Model, type Principal } from "engine";
import type { DashboardDocument, DashboardMails } from "schemas";
import { dashboardLetter } from "../mail/dashboard-letter.ts";
import type { Workspace } from "../workspace.ts";
import { engineItself, operate } from "./operation.ts";
import { reading, type ReadScene } from "./read.ts";
import { runReport } from "./reports.ts";
import { intendMail } from "./sendings.ts";

/** So many people get their dashboards in one pass; the others in the next. */
const peopleMost = 50;

type Mailed = DashboardDocument & { readonly mails: DashboardMails };

/** Somebody who gets a dashboard. */
interface Receiver {
  readonly dashboard: string;
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly locale: string | null;
  readonly zone: string | null;
}

const mailedIn = (model: Model): readonly Mailed[] =>
  [...model.dashboards.values()].filter((it): it is Mailed => it.mails !== undefined);

/** Up to which minute, and under which model, a workspace was looked through. */
const looked = new WeakMap<Workspace, string>();

/**
 * Means the mails of dashboards to go whose time has come, each once for each person and day: what its reports come to by
 * her rights, in her language. It looks once a minute.
 */
export async function intendDashboards(workspace: Workspace, origin: string, now: Date): Promise<void> {
  const { model } = workspace;
  const minute = `${Math.floor(now.getTime() / 60_000)} ${model.version}`;
  const dashboards = mailedIn(model);
  if (dashboards.length === 0 || looked.get(workspace) === minute) return;
  looked.set(workspace, minute);
  const due = await dueNow(workspace, dashboards, now);
  for (const one of due.slice(0, peopleMost)) await intendOne(workspace, one, { origin, now });
  if (due.length > peopleMost) looked.delete(workspace);
}

interface Due {
  readonly receiver: Receiver;
  readonly dashboard: Mailed;
  readonly key: string;
}

/** Who gets what now and has not got it yet. */
async function dueNow({ pool, schema, model }: Workspace, dashboards: readonly Mailed[], now: Date) {
  const asked = dashboards.map(({ $anchor, mails }) => ({ dashboard: $anchor, roles: mails.roles }));
  const { rows } = await pool.query(
    `select d.dashboard, u.id, u.name, u.email, u.roles, u.locale, u.time_zone as zone
     from jsonb_to_recordset($1::jsonb) as d(dashboard text, roles text[]) join ${schema}."user" u on u.roles && d.roles
     where u.active and u.deleted_at is null and u.email is not null
       and not exists (select from ${schema}._dashboard_left l where l.dashboard = d.dashboard and l.person = u.id)
     order by u.id, d.dashboard`,
    [JSON.stringify(asked)],
  );
  const wanted = (rows as Receiver[]).flatMap((receiver): readonly Due[] => {
    const dashboard = dashboards.find(({ $anchor }) => $anchor === receiver.dashboard)!;
    const calendar = model.calendars.get(dashboard.mails.calendar ?? "");
    const zone = zoneNamed(receiver.zone) ?? model.workspace.time_zone;
    const day = reports.mailedFor(dashboard.mails, { zone, now, calendar });
    return day === undefined
      ? []
      : [{ receiver, dashboard, key: `dashboard:${dashboard.$anchor}:${receiver.id}:${day}` }];
  });
  if (wanted.length === 0) return [];
  const { rows: gone } = await pool.query(
    `select effect_key from ${schema}._sending where effect_key = any($1::text[])`,
    [wanted.map(({ key }) => key)],
  );
  const there = new Set(gone.map(({ effect_key }) => effect_key as string));
  return wanted.filter(({ key }) => !there.has(key));
}

async function intendOne(
  workspace: Workspace,
  { receiver, dashboard, key }: Due,
  { origin, now }: { readonly origin: string; readonly now: Date },
): Promise<void> {
  const { id, name, roles, locale, email } = receiver;
  const languages = [...(locale === null ? [] : [locale]), ...workspace.model.workspace.languages];
  const principal: Principal = { id, name, roles, languages, via: "engine" };
  const scene: ReadScene = {
    ...{ workspace, principal, now, model: workspace.model },
    access: accessFor(workspace.model, principal),
    unhurried: true,
  };
  const spoken = modelFor(workspace.model, principal);
  const shown = spoken.dashboards.get(dashboard.$id) ?? dashboard;
  const cards = await Promise.all(shown.cards.map((card) => answerOf(scene, spoken, card)));
  const some = cards.filter((it) => it !== undefined);
  if (some.length === 0) return;
  const link = `${origin}/dashboards/${dashboard.$id}`;
  const letter = dashboardLetter({ title: shown.title, language: languages[0] ?? "en", cards: some, link });
  const told = { kind: "mail", title: dashboard.title, now, unbounded: true };
  await operate(workspace, engineItself, told, async (tx, scene) => {
    await intendMail(tx, scene, { effectKey: key, to: email, ...letter, purpose: null, auto: true });
  });
}

/** What a card comes to for whoever reads; nothing where it is no report, or none that she may see. */
async function answerOf(scene: ReadScene, spoken: Model, { report, title }: DashboardDocument["cards"][number]) {
  const document = report === undefined ? undefined : spoken.reports.get(report);
  if (!document) return undefined;
  try {
    const rights = (model: Model) => accessFor(model, scene.principal);
    const answer = await reading(scene, rights, (it) => runReport(it, spoken, document, {}));
    return { title: title ?? answer.title, answer };
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/** A dashboard that goes by mail to this reader, by its name. Throws where there is none. */
function mailedTo(model: Model, name: string, { roles }: Principal): Mailed {
  const found = mailedIn(model).find((it) => it.$id === name && it.mails.roles.some((role) => roles.includes(role)));
  if (!found) throw problem("document.missing", { kind: "dashboard", name: name.slice(0, 80) });
  return found;
}

/** Whether somebody gets a dashboard by mail, and at what time of her day. */
export async function readWanted({ workspace, model, principal }: ReadScene, name: string) {
  const { $anchor, mails } = mailedTo(model, name, principal);
  const { rows } = await workspace.pool.query(
    `select from ${workspace.schema}._dashboard_left where dashboard = $1 and person = $2`,
    [$anchor, principal.id],
  );
  return { wanted: rows.length === 0, at: mails.at };
}

/** Somebody says for herself whether she wants a dashboard by mail. */
export async function keepWanted({ workspace, model, principal }: ReadScene, name: string, wanted: boolean) {
  const { $anchor, mails } = mailedTo(model, name, principal);
  const { pool, schema } = workspace;
  await pool.query(
    wanted
      ? `delete from ${schema}._dashboard_left where dashboard = $1 and person = $2`
      : `insert into ${schema}._dashboard_left (dashboard, person) values ($1, $2) on conflict do nothing`,
    [$anchor, principal.id],
  );
  return { wanted, at: mails.at };
}
