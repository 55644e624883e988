import { createHash } from "node:crypto";
import { commentMost, Problem, problem, scaleOf, type Fault } from "engine";
import { Hono, type Context } from "hono";
import type { SurveyDocument } from "schemas";
import { answerPublic } from "../answers.ts";
import type { App } from "../app.ts";
import { readBytes } from "../body.ts";
import { clientAddress, networkOf } from "../client-address.ts";
import { tellingPage } from "../forms/page.ts";
import { publicWords } from "../forms/words.ts";
import { languageAsked, type PublicLanguage } from "../public-language.ts";
import { withinRate } from "../store/rate.ts";
import { answerSurvey, readAsk, type OpenAsk } from "../store/survey-answers.ts";
import { spokenSurvey, surveyPage, type ShownSurvey } from "../surveys/page.ts";
import { surveyWords } from "../surveys/words.ts";

const bytesMax = 400_000;
const rate = { most: 60, withinMs: 10 * 60_000 } as const;

/**
 * What the links of surveys lead to. The token is the proof: nobody signs in, and no cookie is set. Only POST answers:
 * what looks at links before their reader does (scanners, previews) looks by GET and HEAD, and a number that was chosen
 * in the mail is chosen on the page, no more.
 */
export const surveyPages = new Hono<App>()

  .get("/:token", (c) =>
    withAsk(c, (ask) => {
      if (ask.closed) return closedPage(c, ask, ask.closed);
      const chosen = c.req.query();
      const given = (id: string) => chosen[id] ?? String(ask.answers?.[id] ?? "");
      return asking(c, ask, { answer: given });
    }),
  )

  .post("/:token", (c) =>
    withAsk(c, async (ask) => {
      const words = publicWords(ask.language);
      const sent = await readSent(c);
      const answer = (id: string) => sent.get(id) ?? "";
      const network = networkOf(clientAddress(c, c.var.services.proxies) ?? "");
      const key = createHash("sha256").update(`survey ${network}`).digest("base64url");
      if (!(await withinRate(ask.workspace, key, rate, c.var.now)))
        return asking(c, ask, { answer, refused: words.tooOften }, 429);
      try {
        await answerSurvey(ask, (id) => sent.getAll(id), c.var.now);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const [{ code }] = error.faults;
        if (code === "survey.link") throw error;
        if (code === "survey.over" || code === "survey.kept")
          return closedPage(c, ask, code === "survey.over" ? "over" : "kept");
        return asking(c, ask, { answer, faults: saidOf(error.faults, ask) }, 422);
      }
      c.var.services.nudge();
      c.var.services.live.of(ask.workspace).nudge();
      return thanksPage(c, await readAsk(c.var.services.workspaces, c.req.param("token") ?? "", c.var.now));
    }),
  );

/** Does something with the ask of a link; where the link is none of ours, tells that. */
async function withAsk(c: Context<App, any>, act: (ask: OpenAsk) => Response | Promise<Response>): Promise<Response> {
  try {
    return await act(await readAsk(c.var.services.workspaces, c.req.param("token") ?? "", c.var.now));
  } catch (error) {
    if (!(error instanceof Problem) || error.faults[0].code !== "survey.link") throw error;
    const language = languageAsked(c.req.header("accept-language")) ?? "en";
    const { badLink, badLinkText } = publicWords(language);
    return telling(
      c,
      { title: badLink, text: badLinkText, company: c.var.workspace.model.workspace.name, language },
      410,
    );
  }
}

function telling(
  c: Context<App, any>,
  told: Omit<Parameters<typeof tellingPage>[0], "embedded">,
  status: 200 | 410,
): Response {
  return answerPublic(c, tellingPage({ ...told, embedded: false }), status);
}

const spoken = ({ workspace, document, language }: OpenAsk): SurveyDocument =>
  spokenSurvey(workspace.model, document, language);

type Filling = Pick<ShownSurvey, "answer"> & Partial<Pick<ShownSurvey, "faults" | "refused">>;

function asking(c: Context<App, any>, ask: OpenAsk, filling: Filling, status: 200 | 422 | 429 = 200): Response {
  const { workspace, language, answers } = ask;
  const page = surveyPage({
    ...{ document: spoken(ask), company: workspace.model.workspace.name, language, again: answers !== null },
    ...{ action: `/f/-/survey/${c.req.param("token")}`, faults: new Map<string, string>(), ...filling },
  });
  return answerPublic(c, page, status);
}

function closedPage(c: Context<App, any>, { workspace, language }: OpenAsk, why: "over" | "kept"): Response {
  const words = surveyWords(language);
  const said =
    why === "over" ? { title: words.over, text: words.overText } : { title: words.answered, text: words.answeredText };
  return telling(c, { ...said, company: workspace.model.workspace.name, language }, 410);
}

function thanksPage(c: Context<App, any>, ask: OpenAsk): Response {
  const { workspace, language, changeableUntil, closed } = ask;
  const words = surveyWords(language);
  const { message } = spoken(ask);
  const { name, time_zone: timeZone } = workspace.model.workspace;
  const told = { title: words.thanks, text: message ?? words.thanksText, company: name, language };
  if (!changeableUntil || closed) return telling(c, told, 200);
  const until = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short", timeZone });
  return telling(c, { ...told, more: words.changeable(until.format(changeableUntil)) }, 200);
}

/** What stands in an answer that was sent: not as files, not as JSON, and not without end. */
async function readSent(c: Context<App, any>): Promise<URLSearchParams> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) throw problem("body.type", { type: type.slice(0, 80) });
  return new URLSearchParams((await readBytes(c, bytesMax)).toString("utf8"));
}

/** Faults in the language of the page, by question. */
function saidOf(faults: readonly Fault[], { document, language }: OpenAsk): ReadonlyMap<string, string> {
  return new Map(
    faults.flatMap(({ path, code }) => {
      const question = document.questions.find(({ id }) => `/${id}` === path);
      return question ? [[question.id, saidBy(question, code, language)] as const] : [];
    }),
  );
}

function saidBy(question: SurveyDocument["questions"][number], code: string, language: PublicLanguage): string {
  const words = surveyWords(language);
  if (code === "value.missing") return publicWords(language).missing;
  const scale = scaleOf(question);
  if (scale) return words.wanted(scale.least, scale.most);
  return question.type === "text" ? words.tooLong(commentMost) : words.oneChoice;
}
