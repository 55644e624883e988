import { commentMost, modelFor, scaleOf, stepsOf, type Model } from "engine";
import { html } from "hono/html";
import type { SurveyDocument, SurveyQuestion } from "schemas";
import { paragraphs, publicPage, type Html } from "../forms/page.ts";
import { publicWords } from "../forms/words.ts";
import type { PublicLanguage } from "../public-language.ts";
import { surveyWords } from "./words.ts";

/** A survey as it is shown. */
export interface ShownSurvey {
  /** In the language of the page. */
  readonly document: SurveyDocument;
  readonly company: string;
  readonly language: PublicLanguage;
  /** Where it is sent to. */
  readonly action: string;
  /** What is chosen or typed already, by question. */
  readonly answer: (question: string) => string;
  /** What is wrong, by question. */
  readonly faults: ReadonlyMap<string, string>;
  readonly refused?: string;
  /** It was answered before. */
  readonly again: boolean;
  /** Only to be looked at. */
  readonly preview?: boolean;
}

/** A survey as it is said in a language. */
export function spokenSurvey(model: Model, document: SurveyDocument, language: PublicLanguage): SurveyDocument {
  return modelFor(model, { languages: [language] }).surveys.get(document.$id) ?? document;
}

/** The page of a survey: it takes an answer by POST alone, and needs no script. */
export function surveyPage(shown: ShownSurvey): Html {
  const { document, company, language, action, faults, refused, again, preview } = shown;
  const words = surveyWords(language);
  const body = html`<main class="one">
    <form class="card survey" method="post" action="${action}" novalidate>
      <h1>${document.title}</h1>
      ${document.description ? paragraphs(document.description) : ""}
      ${refused === undefined ? "" : html`<p class="bad" role="alert">${refused}</p>`}
      ${faults.size === 0 ? "" : wrongList(shown)} ${document.questions.map((question) => asked(question, shown))}
      <p class="soft">${words.preselected}</p>
      <button ${preview ? html`type="button"` : ""}>${again ? words.change : words.send}</button>
    </form>
  </main>`;
  return publicPage({
    ...{ title: document.title, company, language, body },
    ...{ embedded: false, script: false, whole: preview === true, links: "" },
  });
}

function wrongList({ document, faults, language }: ShownSurvey): Html {
  const titles = new Map(document.questions.map(({ id, title }) => [id, title]));
  return html`<div class="bad" role="alert">
    <b>${publicWords(language).wrong}</b>
    <ul>
      ${[...faults.keys()].map((id) => html`<li><a href="#q-${id}">${titles.get(id) ?? id}</a></li>`)}
    </ul>
  </div>`;
}

function asked(question: SurveyQuestion, shown: ShownSurvey): Html {
  const { id, title, description, required, type } = question;
  const { faults, language, answer } = shown;
  const mark = required ? html` <i>${publicWords(language).required}</i>` : "";
  const help = description ? html`<p class="help" id="q-${id}-help">${description}</p>` : "";
  const said = faults.get(id);
  const fault = said === undefined ? "" : html`<p class="fault" id="q-${id}-fault">${said}</p>`;
  const ids = [...(said === undefined ? [] : [`q-${id}-fault`]), ...(description ? [`q-${id}-help`] : [])].join(" ");
  const told = html`${said === undefined ? "" : html`aria-invalid="true"`} ${ids ? html`aria-describedby="${ids}"` : ""}`;
  const wrong = said === undefined ? "" : " wrong";
  if (type === "text")
    return html`<div class="question${wrong}">
      <label for="q-${id}">${title}${mark}</label>
      <textarea id="q-${id}" name="${id}" rows="4" maxlength="${commentMost}" ${told}>${answer(id)}</textarea>
      ${help}${fault}
    </div>`;
  return html`<fieldset class="question${wrong}" id="q-${id}" tabindex="-1" ${told}>
    <legend>${title}${mark}</legend>
    ${choices(question, shown)}${help}${fault}
  </fieldset>`;
}

function choices(question: SurveyQuestion, { answer, language }: ShownSurvey): Html {
  const { id, type } = question;
  const scale = scaleOf(question);
  const checked = (value: string) => (answer(id) === value ? html`checked` : "");
  if (!scale || type === "choice" || type === "text")
    return html`${(question.choices ?? []).map(
      ({ value, title }) =>
        html`<label class="check"
          ><input type="radio" name="${id}" value="${value}" ${checked(value)} /><span>${title}</span></label
        >`,
    )}`;
  const [least, most] = surveyWords(language).ends[type];
  const meaning = (step: number) => (step === scale.least ? least : step === scale.most ? most : "");
  return html`<div class="scale">
      ${stepsOf(scale).map(
        (step) =>
          html`<label
            ><input type="radio" name="${id}" value="${step}" ${checked(String(step))} /><span>${step}</span>${
              meaning(step) ? html`<span class="pot">${meaning(step)}</span>` : ""
            }</label
          >`,
      )}
    </div>
    <div class="ends" aria-hidden="true"><span>${least}</span><span>${most}</span></div>`;
}
