import { isMoment, kindOf, problem, refuse, shapeFaults } from "engine";
import { Hono } from "hono";
import type { AnyDocument, SurveyDocument } from "schemas";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { onlyAdmins } from "../people.ts";
import { surveyResults } from "../store/survey-results.ts";
import { askingMail } from "../surveys/mail.ts";
import { surveyPage } from "../surveys/page.ts";

/** What surveys look like while they are designed, and what has come of them. */
export const surveys = new Hono<App>()
  .use(onlyAdmins("design surveys"))

  .post("/preview", async (c) => {
    const given = await readObject(c);
    refuse(shapeFaults(given));
    if (kindOf(given as unknown as AnyDocument) !== "survey")
      throw problem("document.malformed", { wanted: "is no survey", path: "/$schema" });
    const document = given as unknown as SurveyDocument;
    const { model } = c.var;
    const language = document.language ?? "en";
    const company = model.workspace.name;
    const page = surveyPage({
      ...{ document, company, language, action: "", answer: () => "", faults: new Map<string, string>() },
      ...{ again: false, preview: true },
    });
    const { html } = askingMail({ document, language, company, link: "#", message: document.mail.message });
    return c.json({ page: String(page), mail: html });
  })

  .get("/:name/results", async (c) => {
    const document = c.var.model.surveys.get(c.req.param("name"));
    if (!document) throw problem("survey.missing", { name: c.req.param("name").slice(0, 80) });
    const [from, until] = [momentIn(c.req.query("from"), "from"), momentIn(c.req.query("until"), "until")];
    return c.json(await surveyResults(c.var.workspace, document, { from, until }));
  });

/** A moment of the query, in ISO 8601; nothing where none is named. */
function momentIn(given: string | undefined, name: string): Date | undefined {
  if (given === undefined) return undefined;
  if (!isMoment(given)) throw problem("survey.moment", { path: `/${name}` });
  return new Date(given);
}
