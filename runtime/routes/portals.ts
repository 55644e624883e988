import { randomUUID } from "node:crypto";
import { askedOf, Problem, problem, refuse, type Fault } from "engine";
import { Hono, type Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { PortalRecords } from "schemas";
import { answerPublic } from "../answers.ts";
import type { App } from "../app.ts";
import { publicWords } from "../forms/words.ts";
import { isPublicLanguage, type PublicLanguage } from "../public-language.ts";
import { originOf } from "../own-origin.ts";
import {
  atDoor,
  bounded,
  cookie,
  inside,
  isWithin,
  shown,
  visitorAt,
  type Door,
  type Inside,
} from "../portals/door.ts";
import {
  askPage,
  linkTo,
  listPage,
  recordPage,
  signInPage,
  tellPage,
  type Around,
  type Asked,
} from "../portals/page.ts";
import { readFields, sentFrom, type ReadSent } from "../portals/sent.ts";
import { shownRecord } from "../portals/shown.ts";
import { portalStyle } from "../portals/style.ts";
import { portalWords } from "../portals/words.ts";
import { keepLanguage, makeRecord, offersOf, sendFromPortal, writeAnswer } from "../store/portal-acts.ts";
import { findPublicFile, readPublicTalk } from "../store/portal-talk.ts";
import { askForLink, enterByLink, leave, readAs, sessionMs, type PortalAt } from "../store/portal-visitor.ts";
import { getRecord, list, type ReadScene } from "../store/read.ts";
import { isAddress } from "../store/sendings.ts";
import { answerFile } from "../stored-file.ts";

type C = Context<App, any>;
const listMost = 50;

/** Pages for persons outside, who sign in by a link in a mail. Their sessions open nothing else, nor do others open them. */
export const portals = new Hono<App>()

  .get("/-/portal.css", (c) =>
    answerPublic(c, portalStyle, 200, {
      ...{ "content-type": "text/css; charset=utf-8", "cache-control": "public, max-age=3600" },
    }),
  )

  .post("/:portal/-/link", async (c) => atDoor(c, async (door) => askedForLink(c, door)))

  .get("/:portal/-/enter/:token", async (c) =>
    atDoor(c, ({ around, language }) => {
      const words = portalWords(language);
      return shown(c, tellPage(around, { title: words.signIn, text: words.enterText, button: words.enter }));
    }),
  )

  .post("/:portal/-/enter/:token", async (c) => atDoor(c, async (door) => entered(c, door)))

  .post("/:portal/-/language", async (c) => atDoor(c, async (door) => chosen(c, door)))

  .post("/:portal/-/leave", async (c) =>
    atDoor(c, async ({ at, around }) => {
      const session = getCookie(c, cookie);
      if (session) await leave(at, session);
      deleteCookie(c, cookie, { path: around.path });
      return c.redirect(linkTo(around), 303);
    }),
  )

  .get("/:portal", async (c) =>
    atDoor(c, async (door) => {
      const visitor = await visitorAt(c, door);
      const [first] = door.at.portal.records;
      if (visitor && first) return c.redirect(linkTo(door.around, `/${first.entity}`), 303);
      return shown(c, signInPage(door.around, { sent: c.req.query("sent") !== undefined }));
    }),
  )

  .get("/:portal/:entity", async (c) => inside(c, async (it) => listed(c, it)))
  .get("/:portal/:entity/-/new", async (c) => inside(c, (it) => asking(c, it, {})))
  .post("/:portal/:entity", async (c) => inside(c, async (it) => made(c, it)))
  .get("/:portal/:entity/:id", async (c) => inside(c, async (it) => looked(c, it, {})))
  .get("/:portal/:entity/:id/files/:file", async (c) => inside(c, async (it) => fetched(c, it)))
  .post("/:portal/:entity/:id/answers", async (c) => inside(c, async (it) => answered(c, it)))
  .get("/:portal/:entity/:id/events/:event", async (c) => inside(c, async (it) => askingEvent(c, it, {})))
  .post("/:portal/:entity/:id/events/:event", async (c) => inside(c, async (it) => sentEvent(c, it)));

async function askedForLink(c: C, { at, around, language }: Door): Promise<Response> {
  const words = portalWords(language);
  const sent = await readFields(c);
  const given = (sent.get("email") ?? "").trim();
  if (!isAddress(given)) return shown(c, signInPage(around, { sent: false, wrong: words.addressWrong, given }), 422);
  if (!(await isWithin(c, at.workspace, "link")))
    return shown(c, signInPage(around, { sent: false, wrong: words.tooOften, given }), 429);
  const origin = originOf(c);
  const leads = origin === undefined ? undefined : (token: string) => `${origin}${enterPath(around, token)}`;
  await askForLink(at, { address: given, leads });
  c.var.services.nudge();
  return c.redirect(linkTo(around, "", { sent: "1" }), 303);
}

const enterPath = ({ path, language }: Around, token: string) => `${path}/-/enter/${token}?lang=${language}`;

async function entered(c: C, { at, around, language }: Door): Promise<Response> {
  const words = portalWords(language);
  const bad = () => shown(c, tellPage(around, { title: words.badLink, text: words.badLinkText, on: words.begin }), 410);
  if (!(await isWithin(c, at.workspace, "enter")))
    return shown(c, tellPage(around, { title: at.portal.title, text: words.tooOften }), 429);
  const session = await enterByLink(at, c.req.param("token") ?? "");
  if (session === undefined) return bad();
  const secure = (c.var.services.origin ?? c.req.url).startsWith("https:");
  setCookie(c, cookie, session, {
    ...{ httpOnly: true, secure, sameSite: "Lax", path: around.path, maxAge: sessionMs / 1000 },
  });
  return c.redirect(linkTo(around), 303);
}

/** Goes on in the language that was chosen; that of who has signed in is kept for what is written to her. */
async function chosen(c: C, door: Door): Promise<Response> {
  const { at, around, language } = door;
  const visitor = await visitorAt(c, door);
  const to = (await readFields(c)).get("to") ?? "";
  const keeps = visitor && isPublicLanguage(c.req.query("lang")) && (await isWithin(c, at.workspace, "write"));
  if (keeps) await keepLanguage(at, visitor, language);
  const path = to.startsWith(`${around.path}/`) && /^[!-~]+$/.test(to) ? to : around.path;
  return c.redirect(linkTo({ path, lang: around.lang }), 303);
}

/** What of a record is read: what the portal shows, and the names of what references lead to, where she sees them. */
function asRead({ access, model }: ReadScene, { entity, fields, state }: PortalRecords) {
  const own = model.entities.get(entity);
  const names = [...fields.map(({ field }) => field), ...(state === undefined ? [] : [state]), "created_at"];
  const references = fields.flatMap(({ field }) => {
    const targets = own?.fields.get(field)?.targets ?? [];
    return targets.length === 1 && access.entity(targets[0] ?? "") ? [field] : [];
  });
  return { fields: names.join(), ...(references.length > 0 ? { expand: references.join() } : {}) };
}

function entityIn({ model }: Around, { entity }: PortalRecords) {
  const found = model.entities.get(entity);
  if (!found) throw problem("portal.missing", {});
  return found;
}

async function listed(c: C, { at, around, visitor, records }: Inside): Promise<Response> {
  const entity = entityIn(around, records);
  const search = (c.req.query("search") ?? "").trim();
  const cursor = c.req.query("cursor");
  const text = await readAs(at, visitor, (scene) =>
    list(scene, entity.name, {
      ...{ ...asRead(scene, records), sort: "-created_at", limit: String(listMost) },
      ...(search === "" ? {} : { search }),
      ...(cursor === undefined ? {} : { cursor }),
    }),
  );
  const { items, next } = JSON.parse(text) as { items: readonly Record<string, any>[]; next: string | null };
  const rows = items.map((row) => shownRecord(around, entity, records, row));
  return shown(c, listPage(around, records, { items: rows, next, search }));
}

type Mended = Partial<Pick<Asked, "answers" | "faults" | "refused" | "once">>;

const asked = (language: PublicLanguage, mended: Mended): Asked => ({
  ...{ language, answers: () => [], faults: new Map<string, string>(), once: randomUUID() },
  ...mended,
});

async function looked(c: C, { at, around, visitor, records, language }: Inside, mended: Mended): Promise<Response> {
  const entity = entityIn(around, records);
  const id = c.req.param("id") ?? "";
  const { text } = await readAs(at, visitor, (scene) => getRecord(scene, entity.name, id, asRead(scene, records)));
  const record = shownRecord(around, entity, records, JSON.parse(text));
  const talk = records.conversation ? await readPublicTalk(at, entity, records, id, visitor) : undefined;
  const offers = await offersOf(at, visitor, records, id);
  const status = mended.faults || mended.refused !== undefined ? 422 : 200;
  return shown(c, recordPage(around, records, { record, talk, offers, asked: asked(language, mended) }), status);
}

function asking(c: C, { around, records, language }: Inside, mended: Mended): Response {
  if (!records.new) throw problem("portal.missing", {});
  const title = records.new.title ?? portalWords(language).add;
  const { fields } = records.new;
  const writes = askedOf(around.model, records.entity, fields).some((it) => it.asks === "lines");
  const attaches = records.conversation !== undefined && writes;
  const at = { title, fields, attaches, action: `/${records.entity}`, back: `/${records.entity}` };
  return shown(c, askPage(around, records, { ...asked(language, mended), ...at }), mended.answers ? 422 : 200);
}

async function made(c: C, it: Inside): Promise<Response> {
  const { at, around, visitor, records } = it;
  const sent = await sentFrom(c);
  if (sent.files.length > 0) await bounded(c, at.workspace, "files", visitor.principal.id);
  return mending(
    sent,
    it,
    async () => {
      const id = await makeRecord(at, visitor, records.entity, sent);
      told(c, at);
      return c.redirect(linkTo(around, `/${records.entity}${id === "" ? "" : `/${id}`}`), 303);
    },
    (mended) => asking(c, it, mended),
  );
}

async function answered(c: C, it: Inside): Promise<Response> {
  const { at, around, visitor, records } = it;
  const sent = await sentFrom(c);
  if (sent.files.length > 0) await bounded(c, at.workspace, "files", visitor.principal.id);
  const id = c.req.param("id") ?? "";
  return mending(
    sent,
    it,
    async () => {
      await writeAnswer(at, visitor, records.entity, id, sent);
      told(c, at);
      return c.redirect(linkTo(around, `/${records.entity}/${id}`), 303);
    },
    (mended) => looked(c, it, mended),
  );
}

/** A file of a message that she sees, of a record that she sees. */
async function fetched(c: C, { at, around, visitor, records }: Inside): Promise<Response> {
  const entity = entityIn(around, records);
  const { id: record = "", file = "" } = c.req.param() as { id?: string; file?: string };
  await readAs(at, visitor, (scene) => getRecord(scene, entity.name, record, { fields: "id" }));
  const found = await findPublicFile(at, entity, records, { record, file }, visitor);
  c.header("cache-control", "private, no-store");
  return answerFile(c, at.workspace, found);
}

async function askingEvent(c: C, it: Inside, mended: Mended): Promise<Response> {
  const { at, around, visitor, records, language } = it;
  const [id, type] = [c.req.param("id") ?? "", c.req.param("event")];
  const offer = (await offersOf(at, visitor, records, id)).find(({ event }) => event.event === type);
  if (!offer) throw problem("portal.missing", {});
  const back = `/${records.entity}/${id}`;
  const page = { title: offer.title, fields: offer.event.fields ?? [], action: `${back}/events/${type}`, back };
  return shown(c, askPage(around, records, { ...asked(language, mended), ...page }), mended.answers ? 422 : 200);
}

async function sentEvent(c: C, it: Inside): Promise<Response> {
  const { at, around, visitor, records } = it;
  const sent = await sentFrom(c);
  const [id, event] = [c.req.param("id") ?? "", c.req.param("event") ?? ""];
  return mending(
    sent,
    it,
    async () => {
      await sendFromPortal(at, visitor, { entity: records.entity, id, event }, sent);
      told(c, at);
      return c.redirect(linkTo(around, `/${records.entity}/${id}`), 303);
    },
    (mended) => askingEvent(c, it, mended),
  );
}

/** Timers, mails and open pages hear of what was written. */
function told(c: C, { workspace }: PortalAt): void {
  c.var.services.nudge();
  c.var.services.live.of(workspace).nudge();
}

/** Does something with what was sent; what is wrong with its values is told beside them, all else by `inside`. */
async function mending(
  { answers, once, faults }: ReadSent,
  { language }: Inside,
  act: () => Promise<Response>,
  again: (mended: Mended) => Response | Promise<Response>,
): Promise<Response> {
  try {
    refuse(faults);
    return await act();
  } catch (error) {
    if (
      !(error instanceof Problem) ||
      error.faults.some(({ status, code }) => status !== 422 || code === "portal.not_asked")
    )
      throw error;
    return again({ answers, once, ...saidOf(error.faults, language) });
  }
}

/** Faults in the language of the page, beside the questions that they are about. */
function saidOf(faults: readonly Fault[], language: PublicLanguage): Pick<Asked, "faults" | "refused"> {
  const words = publicWords(language);
  const said = new Map<string, string>();
  const others: string[] = [];
  for (const { path, code, detail } of faults) {
    const name = path.split("/").at(-1) ?? "";
    const local =
      code === "value.missing"
        ? words.missing
        : language === "en"
          ? detail
          : code === "portal.file"
            ? portalWords(language).attachText
            : words.invalid;
    if (name === "" || name === "values") others.push(language === "en" ? detail : words.invalid);
    else said.set(name, said.get(name) ?? local);
  }
  return { faults: said, ...(others[0] === undefined ? {} : { refused: others[0] }) };
}
