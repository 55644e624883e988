import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ofPerson, Problem, problem, type Fault } from "engine";
import { Hono, type Context } from "hono";
import type { FormDocument } from "schemas";
import { answerPublic } from "../answers.ts";
import type { App } from "../app.ts";
import { readBytes } from "../body.ts";
import { clientAddress, networkOf } from "../client-address.ts";
import { newChallenge, solved } from "../forms/challenge.ts";
import { formPage, languageOf, spokenForm, tellingPage, type ShownForm } from "../forms/page.ts";
import { embedScript, pageScript } from "../forms/scripts.ts";
import { originOf } from "../own-origin.ts";
import { publicStyle } from "../forms/style.ts";
import { publicWords } from "../forms/words.ts";
import { isPublicLanguage, type PublicLanguage } from "../public-language.ts";
import { confirmLink, readLink, type Confirming } from "../store/confirm.ts";
import { withinRate } from "../store/rate.ts";
import { submitForm } from "../store/submit.ts";
import type { Workspace } from "../workspace.ts";

const bytesMax = 64_000;
const minuteMs = 60_000;
const rates = {
  send: { most: 20, withinMs: 10 * minuteMs },
  challenge: { most: 120, withinMs: 10 * minuteMs },
} as const;

/** The widget as its package brings it. */
const altcha = join(dirname(createRequire(import.meta.url).resolve("altcha")), "altcha.min.js");
const kept = { "cache-control": "public, max-age=3600" } as const;
const script = { "content-type": "text/javascript; charset=utf-8", ...kept } as const;

/** A form that everybody may see, where it is, and in which language it is spoken. */
interface Open {
  readonly workspace: Workspace;
  readonly form: FormDocument;
  readonly path: string;
  readonly language: PublicLanguage;
  readonly embedded: boolean;
}

/** Forms for everybody, each on a page of its own or within other pages. Nobody signs in, and no cookie is set. */
export const forms = new Hono<App>()

  .get("/-/form.css", (c) => answerPublic(c, publicStyle, 200, { "content-type": "text/css; charset=utf-8", ...kept }))
  .get("/-/form-page.js", (c) => answerPublic(c, pageScript, 200, script))
  .get("/-/altcha.js", async (c) => answerPublic(c, await readFile(altcha, "utf8"), 200, script))

  .get("/-/confirm/:token", async (c) =>
    withLink(c, ({ address, purposes }, words) => ({
      ...{ title: words.confirmTitle, button: words.confirmButton },
      text: words.confirmText(address, purposes.join(", ")),
    })),
  )

  .post("/-/confirm/:token", async (c) =>
    withLink(c, async (link, words) => {
      await confirmLink(link, c.var.now);
      return { title: words.confirmed, text: words.confirmedText };
    }),
  )

  .get("/:form/-/challenge", async (c) => challengeOf(c, openForm(c, c.var.workspace, c.req.param("form"))))
  .get("/:workspace/:form/-/challenge", async (c) => challengeOf(c, openForm(c, workspaceOf(c), c.req.param("form"))))
  .get("/:form", (c) => shown(c, c.var.workspace, c.req.param("form")))
  .get("/:workspace/:form", (c) => shown(c, workspaceOf(c), c.req.param("form")))
  .post("/:form", async (c) => taken(c, openForm(c, c.var.workspace, c.req.param("form"))))
  .post("/:workspace/:form", async (c) => taken(c, openForm(c, workspaceOf(c), c.req.param("form"))));

const asked = (c: Context<App, any>): PublicLanguage => {
  const lang = c.req.query("lang");
  return isPublicLanguage(lang) ? lang : "en";
};

function workspaceOf(c: Context<App, any>): Workspace {
  const workspace = c.var.services.workspaces.get(c.req.param("workspace") ?? "");
  if (!workspace) throw problem("form.missing", {});
  return workspace;
}

function openForm(c: Context<App, any>, workspace: Workspace, name: string): Open {
  const form = workspace.model.forms.get(name);
  if (!form) throw problem("form.missing", {});
  const path =
    workspace === c.var.services.workspaces.get("main") ? `/f/${form.$id}` : `/f/${workspace.name}/${form.$id}`;
  const language = languageOf(form, c.req.query("lang"));
  return { workspace, form, path, language, embedded: c.req.query("embed") === "1" };
}

async function bounded(
  c: Context<App, any>,
  workspace: Workspace,
  of: keyof typeof rates,
  what: string,
): Promise<void> {
  const network = networkOf(clientAddress(c, c.var.services.proxies) ?? "");
  const key = createHash("sha256").update(`${of} ${what} ${network}`).digest("base64url");
  if (!(await withinRate(workspace, key, rates[of], c.var.now))) throw problem("form.too_often", {});
}

type Told = Pick<Parameters<typeof tellingPage>[0], "title" | "text" | "button">;

/** Does something with the link of a mail, and tells what; where the link is none of ours, that. */
async function withLink(
  c: Context<App, any>,
  act: (link: Confirming, words: ReturnType<typeof publicWords>) => Told | Promise<Told>,
): Promise<Response> {
  const language = asked(c);
  const words = publicWords(language);
  try {
    const link = await readLink(c.var.services.workspaces, c.req.param("token") ?? "", c.var.now);
    const company = link.workspace.model.workspace.name;
    return answerPublic(c, tellingPage({ ...(await act(link, words)), company, language, embedded: false }));
  } catch (error) {
    if (!(error instanceof Problem) || error.faults[0].code !== "form.link") throw error;
    const company = c.var.workspace.model.workspace.name;
    const told = { title: words.badLink, text: words.badLinkText, company, language, embedded: false };
    return answerPublic(c, tellingPage(told), 410);
  }
}

async function challengeOf(c: Context<App, any>, { workspace, form }: Open): Promise<Response> {
  await bounded(c, workspace, "challenge", form.$anchor);
  return c.json(await newChallenge(workspace.pool, form.$anchor, c.var.now), 200, { "cache-control": "no-store" });
}

/** The page, or what other pages load to show it: `<name>.js`. */
function shown(c: Context<App, any>, workspace: Workspace, name: string): Response {
  if (name.endsWith(".js")) {
    const { path } = openForm(c, workspace, name.slice(0, -3));
    return answerPublic(c, embedScript(path), 200, script, { everywhere: true });
  }
  const open = openForm(c, workspace, name);
  if (open.form.open === false) return telling(c, open, publicWords(open.language).closed, 410);
  if (c.req.query("sent") !== undefined) return thanks(c, open);
  return filling(c, open, {});
}

type Filling = Partial<Pick<ShownForm, "answers" | "faults" | "refused">>;

function filling(c: Context<App, any>, open: Open, mended: Filling, status: 200 | 422 | 429 = 200): Response {
  const { workspace, form, path, language, embedded } = open;
  const page = formPage({
    ...spokenForm(workspace.model, form, language),
    ...{ language, path, embedded, query: c.req.query() },
    ...{ answers: () => [], faults: new Map(), ...mended },
  });
  return answerPublic(c, page, status, {}, { within: form.origins ?? [] });
}

function thanks(c: Context<App, any>, open: Open): Response {
  const { workspace, form, language } = open;
  const words = publicWords(language);
  const confirms = (form.consents ?? []).some(({ purpose }) => workspace.model.purposes.get(purpose)?.double_opt_in);
  return telling(c, open, form.thanks ?? words.thanks, 200, confirms ? words.checkMail : undefined);
}

function telling(c: Context<App, any>, open: Open, text: string, status: 200 | 410, more?: string): Response {
  const { workspace, form, language, embedded } = open;
  const company = workspace.model.workspace.name;
  const told = { title: form.title, text, company, language, embedded, ...(more === undefined ? {} : { more }) };
  return answerPublic(c, tellingPage(told), status, {}, { within: form.origins ?? [] });
}

/** Takes what was sent: tells what is wrong with it beside the questions, or goes on to the thanks. */
async function taken(c: Context<App, any>, open: Open): Promise<Response> {
  const { workspace, form, path, language, embedded } = open;
  const words = publicWords(language);
  if (form.open === false) return telling(c, open, words.closed, 410);
  const sent = await readSent(c);
  const answers = (name: string) => sent.getAll(name);
  const refusal = (refused: string, status: 422 | 429) => filling(c, open, { answers, refused }, status);
  try {
    await bounded(c, workspace, "send", form.$anchor);
  } catch (error) {
    if (error instanceof Problem) return refusal(words.tooOften, 429);
    throw error;
  }
  // Only robots fill in what nobody sees. They hear that all is well.
  if (sent.get("fax_number")) return onward(c, open);
  const challenge = await solved(workspace.pool, form.$anchor, sent.get("altcha") ?? "", c.var.now);
  if (challenge === undefined) return refusal(words.again, 422);
  const hash = hashOf(sent);
  const page = (sent.get("~page") ?? "").slice(0, 500);
  const device = sent.get("~device") ?? "";
  try {
    await submitForm(
      workspace,
      form,
      { answers, challenge, hash, language, page, device, origin: originOf(c) },
      c.var.now,
    );
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.faults[0].code === "form.challenge") return refusal(words.again, 422);
    if (error.faults[0].code === "form.closed") return telling(c, open, words.closed, 410);
    return filling(c, open, { answers, ...saidOf(error.faults, open) }, 422);
  }
  c.var.services.nudge();
  c.var.services.live.of(workspace).nudge();
  return form.redirect === undefined || embedded ? onward(c, open) : c.redirect(form.redirect, 303);

  function onward(context: Context<App, any>, to: Open): Response {
    const query = new URLSearchParams({ sent: "1", lang: to.language, ...(embedded ? { embed: "1" } : {}) });
    return context.redirect(`${path}?${query}`, 303);
  }
}

/** What stands in a form that was sent: not as files, not as JSON, and not without end. */
async function readSent(c: Context<App, any>): Promise<URLSearchParams> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) throw problem("body.type", { type: type.slice(0, 80) });
  return new URLSearchParams((await readBytes(c, bytesMax)).toString("utf8"));
}

function hashOf(sent: URLSearchParams): string {
  const told = [...sent].filter(([name]) => name !== "altcha").map(([name, value]) => `${name}\0${value}`);
  return createHash("sha256").update(told.sort().join("\0\0")).digest("hex");
}

/** Faults in the language of the page, beside the questions that they are about; the others above all. */
function saidOf(faults: readonly Fault[], { form, language }: Open): Filling {
  const words = publicWords(language);
  const names = [
    ...(form.person?.fields ?? []).map(({ field }) => ofPerson(field)),
    ...form.fields.map(({ field }) => field),
    ...(form.consents ?? []).map((_, at) => `consent-${at}`),
  ];
  const said = new Map<string, string>();
  const others: string[] = [];
  for (const { path, code, detail } of faults) {
    const name = names.find((it) => `${path}/`.startsWith(`/${it}/`));
    const local = code === "value.missing" ? words.missing : language === "en" ? detail : words.invalid;
    if (name !== undefined) said.set(name, said.get(name) ?? local);
    else others.push(language === "en" ? detail : words.invalid);
  }
  return { faults: said, ...(others[0] === undefined ? {} : { refused: others[0] }) };
}
