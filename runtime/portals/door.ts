import { createHash } from "node:crypto";
import { modelFor, Problem, problem, recordsIn } from "engine";
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import type { PortalRecords } from "schemas";
import { answerPublic } from "../answers.ts";
import type { App } from "../app.ts";
import { sameOrigin } from "../auth/principal.ts";
import { clientAddress, networkOf } from "../client-address.ts";
import { isPublicLanguage, languageAsked, type PublicLanguage } from "../public-language.ts";
import { visitorOf, type PortalAt, type Visitor } from "../store/portal-visitor.ts";
import { withinRate } from "../store/rate.ts";
import type { Workspace } from "../workspace.ts";
import { linkTo, tellPage, type Around } from "./page.ts";
import { portalWords } from "./words.ts";

type C = Context<App, any>;
const minuteMs = 60_000;
const rates = {
  link: { most: 15, withinMs: 10 * minuteMs },
  enter: { most: 40, withinMs: 10 * minuteMs },
  write: { most: 60, withinMs: 10 * minuteMs },
  files: { most: 12, withinMs: 60 * minuteMs },
} as const;
/** The cookie of a session of portals. It opens nothing else. */
export const cookie = "trellis_portal";
/** Where a page came from is told to our own pages alone: so a browser says of a POST that it came from one. */
const pageHeaders = { "referrer-policy": "same-origin" } as const;

/** A portal as one stands at its door. */
export interface Door {
  readonly at: PortalAt;
  readonly around: Around;
  readonly language: PublicLanguage;
}

/** The same as somebody who has signed in. */
export interface Inside extends Door {
  readonly visitor: Visitor;
  readonly records: PortalRecords;
}

/** The portal of the address: `support`, or `<workspace>.support` where that is another workspace than the main one. */
function doorOf(c: C): Door {
  const [first = "", second] = (c.req.param("portal") ?? "").split(".", 2);
  const { workspaces } = c.var.services;
  const workspace: Workspace | undefined = second === undefined ? c.var.workspace : workspaces.get(first);
  const name = second ?? first;
  const found = workspace?.model.portals.get(name);
  if (!workspace || !found) throw problem("portal.missing", {});
  const asked = c.req.query("lang");
  const own = languageAsked(c.req.header("accept-language")) ?? found.language ?? "en";
  const language = isPublicLanguage(asked) ? asked : own;
  const lang = language === own ? undefined : language;
  const model = modelFor(workspace.model, { languages: [language] });
  const portal = model.portals.get(name) ?? found;
  const path = `/portal/${workspace === workspaces.get("main") ? name : `${workspace.name}.${name}`}`;
  return {
    ...{ language, at: { workspace, portal, language, now: c.var.now } },
    around: { model, portal, language, path, lang, here: new URL(c.req.url).pathname, visitor: undefined },
  };
}

/** Answers at the door of a portal that is open; what writes comes from our own pages. */
export async function atDoor(c: C, act: (door: Door) => Response | Promise<Response>): Promise<Response> {
  const door = doorOf(c);
  const words = portalWords(door.language);
  if (door.at.portal.open === false)
    return shown(c, tellPage(door.around, { title: door.at.portal.title, text: words.closed }), 410);
  if (c.req.method !== "GET") sameOrigin(c.req.raw, c.var.services.origin);
  return act(door);
}

/** Who has signed in, where somebody has. */
export async function visitorAt(c: C, { at }: Door): Promise<Visitor | undefined> {
  const session = getCookie(c, cookie);
  return session === undefined || session.length > 100 ? undefined : visitorOf(at, session);
}

/** For whoever has signed in. What is not there and what is not hers are told alike. */
export async function inside(c: C, act: (inside: Inside) => Response | Promise<Response>): Promise<Response> {
  return atDoor(c, async (door) => {
    const visitor = await visitorAt(c, door);
    if (!visitor) return c.redirect(linkTo(door.around), 303);
    c.set("principal", visitor.principal);
    const { at, language } = door;
    const around = { ...door.around, visitor: visitor.name };
    const words = portalWords(language);
    try {
      const records = recordsIn(at.portal, c.req.param("entity") ?? "");
      if (!records) throw problem("portal.missing", {});
      if (c.req.method !== "GET") await bounded(c, at.workspace, "write", visitor.principal.id);
      return await act({ at, around, language, visitor, records });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const { status, code } = error.faults[0];
      if (code === "cursor.stale") return c.redirect(linkTo(around, `/${c.req.param("entity")}`), 303);
      if (code === "form.too_often")
        return shown(c, tellPage(around, { title: at.portal.title, text: words.tooOften }), 429);
      if (status === 404 || status === 400)
        return shown(c, tellPage(around, { title: words.missing, text: words.missingText }), 404);
      return shown(c, tellPage(around, { title: at.portal.title, text: words.notNow }), status === 409 ? 409 : 422);
    }
  });
}

/** A page of a portal: nobody keeps it, and none shows it within its own. */
export const shown = (
  c: C,
  page: Parameters<typeof answerPublic>[1],
  status: Parameters<typeof answerPublic>[2] = 200,
) => answerPublic(c, page, status, pageHeaders, { within: [] });

/** Throws where it was done too often: by somebody, or from where the request comes from. */
export async function bounded(c: C, workspace: Workspace, of: keyof typeof rates, who?: string): Promise<void> {
  const network = who ?? networkOf(clientAddress(c, c.var.services.proxies) ?? "");
  const key = createHash("sha256").update(`portal ${of} ${network}`).digest("base64url");
  if (!(await withinRate(workspace, key, rates[of], c.var.now))) throw problem("form.too_often", {});
}

/** Whether it was not done too often from where the request comes from. */
export async function isWithin(c: C, workspace: Workspace, of: keyof typeof rates): Promise<boolean> {
  return bounded(c, workspace, of).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Problem) return false;
      throw error;
    },
  );
}
