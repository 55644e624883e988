import { Hono, type Context } from "hono";
import type { App } from "../app.ts";
import { escaped, mailPage } from "../mail/page.ts";
import { clientAddress, networkOf } from "../client-address.ts";
import { linkOf } from "../mail/links.ts";
import { noteHit, type Hit } from "../store/mail-hits.ts";
import { pageWords } from "../mail/page-words.ts";
import { isPublicLanguage, languageAsked, publicLanguages, type PublicLanguage } from "../public-language.ts";
import { idOfToken, isToken, tokenOf, type TokenUse } from "../mail/token.ts";
import { choicesOf, keepChoices, purposeOf, receivedMail, stopMails, type Received } from "../store/mail-stop.ts";
import { secretOf } from "../store/secret.ts";

const dayMs = 86_400_000;
const pauses = [2, 4, 8, 12] as const;
const weeklies = [1, 2, 5] as const;
const formBytes = 20_000;

/**
 * What the links of mails lead to. The token is the proof: nobody signs in, and no cookie is set. Only POST does anything:
 * what looks at links before their reader does (scanners, previews) looks by GET and HEAD.
 */
export const mailLinks = new Hono<App>()

  .get("/stop/:token", async (c) => {
    const mail = await mailOf(c, "stop");
    return mail ? stopPage(c, mail, false) : gone(c);
  })

  .post("/stop/:token", async (c) => {
    const mail = await mailOf(c, "stop");
    if (!mail) return gone(c);
    await stopMails(c.var.workspace, mail, "link", c.var.now);
    return stopPage(c, mail, true);
  })

  .get("/choices/:token", async (c) => {
    const mail = await mailOf(c, "choices");
    return mail ? choicesPage(c, mail, false) : gone(c);
  })

  .post("/choices/:token", async (c) => {
    const mail = await mailOf(c, "choices");
    if (!mail) return gone(c);
    const form = await formOf(c);
    const { workspace, now } = c.var;
    const weeks = pauses.find((it) => String(it) === form.get("pause"));
    const weekly = weeklies.find((it) => String(it) === form.get("weekly")) ?? null;
    const language = form.get("language");
    const known = [...workspace.model.purposes.keys()];
    await keepChoices(
      workspace,
      mail,
      {
        purposes: form.getAll("purpose").filter((it) => known.includes(it)),
        pausedUntil: weeks === undefined ? null : new Date(now.getTime() + weeks * 7 * dayMs),
        weekly,
        language: isPublicLanguage(language) ? language : null,
      },
      now,
    );
    return choicesPage(c, mail, true);
  })

  .get("/open/:token", async (c) => {
    const mail = await mailOf(c, "open");
    if (mail) await noteHit(c.var.workspace, hitOf(c, { sending: mail.id, kind: "open", link: null }), c.var.now);
    return c.body(new Uint8Array(dot), 200, { "content-type": "image/gif" });
  })

  .get("/to/:token", async (c) => {
    const token = c.req.param("token");
    const { workspace, now } = c.var;
    const link = isToken(token) ? linkOf(await secretOf(workspace.pool, "mail"), token) : undefined;
    const hit = link && hitOf(c, { sending: link.sending, kind: "click", link: link.number });
    const to = hit && (await noteHit(workspace, hit, now));
    return to === undefined ? gone(c) : c.redirect(to, 302);
  });

/** A picture of one dot that nobody sees (GIF). */
const dot = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

/** A look at a mail: by which program, and from which network; its own address is nobody's business. */
function hitOf(c: Context<App, any>, hit: Pick<Hit, "sending" | "kind" | "link">): Hit {
  const network = networkOf(clientAddress(c, c.var.services.proxies) ?? "");
  return { ...hit, method: c.req.method, agent: c.req.header("user-agent") ?? "", network };
}

/** What a form has said, as far as one of ours can be long. */
async function formOf(c: Context<App>): Promise<URLSearchParams> {
  const text = await c.req.text();
  return new URLSearchParams(text.slice(0, formBytes));
}

async function mailOf(c: Context<App, any>, use: TokenUse): Promise<Received | undefined> {
  const token = c.req.param("token") ?? "";
  if (!isToken(token)) return undefined;
  const key = await secretOf(c.var.workspace.pool, "mail");
  return receivedMail(c.var.workspace, idOfToken(key, use, token));
}

const languageOf = (c: Context<App, any>): PublicLanguage => languageAsked(c.req.header("accept-language")) ?? "en";

function gone(c: Context<App, any>): Response {
  const language = languageOf(c);
  const { name } = c.var.model.workspace;
  return c.html(mailPage(language, { name, title: pageWords[language].gone, told: "" }), 404);
}

async function stopPage(c: Context<App, any>, mail: Received, done: boolean): Promise<Response> {
  const language = languageOf(c);
  const words = pageWords[language];
  const { workspace, model } = c.var;
  const purpose = purposeOf(workspace, mail)?.title ?? model.workspace.name;
  const choices = tokenOf(await secretOf(workspace.pool, "mail"), "choices", mail.id);
  const more = `<p><a href="/api/mail/choices/${choices}">${escaped(words.choices)}</a></p>`;
  const body = done
    ? `<p role="status">${escaped(words.stopped(purpose, mail.address))}</p>${more}`
    : `<p>${escaped(words.stopAsk(purpose, mail.address))}</p><form method="post"><button>${escaped(words.stopButton)}</button></form>${more}`;
  return c.html(mailPage(language, { name: model.workspace.name, title: words.stopTitle, told: body }));
}

async function choicesPage(c: Context<App, any>, mail: Received, saved: boolean): Promise<Response> {
  const { workspace, model, now } = c.var;
  const chosen = await choicesOf(workspace, mail, now);
  const language = isPublicLanguage(chosen.language) ? chosen.language : languageOf(c);
  const words = pageWords[language];
  const box = ({ name, title, description, on }: (typeof chosen.purposes)[number]) =>
    `<label class="row"><input type="checkbox" name="purpose" value="${escaped(name)}"${on ? " checked" : ""}><span>${escaped(title)}${description ? `<small>${escaped(description)}</small>` : ""}</span></label>`;
  const option = (value: string, text: string, on: boolean) =>
    `<option value="${escaped(value)}"${on ? " selected" : ""}>${escaped(text)}</option>`;
  const paused = chosen.pausedUntil !== null && new Date(chosen.pausedUntil) > now;
  const left = paused ? Math.ceil((Date.parse(chosen.pausedUntil!) - now.getTime()) / (7 * dayMs)) : 0;
  const weeks = pauses.find((it) => it >= left) ?? pauses.at(-1)!;
  const body = `${saved ? `<p role="status">${escaped(words.saved)}</p>` : ""}<p>${escaped(words.about(mail.address))}</p>
<form method="post"><fieldset><legend>${escaped(words.kinds)}</legend>${chosen.purposes.map(box).join("")}</fieldset>
<label><span class="label">${escaped(words.pause)}</span><select name="pause">${option("", words.noPause, !paused)}${pauses.map((it) => option(String(it), words.weeks(it), paused && it === weeks)).join("")}</select></label>
<label><span class="label">${escaped(words.often)}</span><select name="weekly">${option("", words.always, chosen.weekly === null)}${weeklies.map((it) => option(String(it), words.weekly(it), it === chosen.weekly)).join("")}</select></label>
<label><span class="label">${escaped(words.language)}</span><select name="language">${Object.entries(publicLanguages)
    .map(([key, title]) => option(key, title, key === language))
    .join("")}</select></label>
<button>${escaped(words.save)}</button></form>`;
  return c.html(mailPage(language, { name: model.workspace.name, title: words.choicesTitle, told: body }));
}
