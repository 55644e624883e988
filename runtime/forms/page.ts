import { modelFor, questionsOf, type Model, type FormQuestion } from "engine";
import { html, raw } from "hono/html";
import type { FormDocument } from "schemas";
import { publicStyle } from "./style.ts";
import { isPublicLanguage, publicLanguages, type PublicLanguage } from "../public-language.ts";
import { publicWords } from "./words.ts";

/** A piece of a page. */
export type Html = ReturnType<typeof html>;

/** A form as it is shown. */
export interface ShownForm {
  /** The model in the language of the page. */
  readonly model: Model;
  readonly form: FormDocument;
  readonly language: PublicLanguage;
  /** The address of the page, without what follows `?`. */
  readonly path: string;
  /** Within another page: without a head of its own. */
  readonly embedded: boolean;
  /** What the page's address brought along, by name. */
  readonly query: Readonly<Record<string, string>>;
  /** What was sent and is to be mended; nothing at first. */
  readonly answers: (name: string) => readonly string[];
  /** What is wrong with it, by question. */
  readonly faults: ReadonlyMap<string, string>;
  /** What is wrong with it as a whole. */
  readonly refused?: string;
  /** Only to be looked at. */
  readonly preview?: boolean;
}

/** In which language a form speaks: the one that is asked for, its own, or English. */
export function languageOf(form: FormDocument, asked: string | undefined): PublicLanguage {
  return isPublicLanguage(asked) ? asked : (form.language ?? "en");
}

/** A form and its model as they are said in a language. */
export function spokenForm(model: Model, form: FormDocument, language: string) {
  const spoken = modelFor(model, { languages: [language] });
  return { model: spoken, form: spoken.forms.get(form.$id) ?? form };
}

/** The page of a form. */
export function formPage(shown: ShownForm): Html {
  const { form, language, embedded, model } = shown;
  const body = html`<main class="${form.description && !embedded ? "two" : "one"}">
    ${
      form.description && !embedded
        ? html`<div class="about">
            <h1>${form.title}</h1>
            ${paragraphs(form.description)}
          </div>`
        : ""
    }
    ${theForm(shown)}
  </main>`;
  const links = embedded ? "" : languageLinks(shown);
  return publicPage({
    title: form.title,
    company: model.workspace.name,
    language,
    embedded,
    script: !shown.preview,
    whole: shown.preview === true,
    links,
    body,
  });
}

/** What is said after a form was sent, and whenever there is nothing to fill in. */
export function tellingPage(given: {
  readonly title: string;
  readonly text: string;
  readonly more?: string;
  readonly company: string;
  readonly language: PublicLanguage;
  readonly embedded: boolean;
  /** What a button does by POST. */
  readonly button?: string;
}): Html {
  const { title, text, more, button, ...rest } = given;
  const body = html`<main class="one">
    <div class="card told" role="status">
      <h1>${title}</h1>
      ${paragraphs(text)}${more === undefined ? "" : html`<p class="soft">${more}</p>`}
      ${button === undefined ? "" : html`<form method="post"><button>${button}</button></form>`}
    </div>
  </main>`;
  return publicPage({ ...rest, title, script: rest.embedded, links: "", body });
}

/** What stands on a page for everybody. */
export interface Page {
  readonly title: string;
  readonly company: string;
  readonly language: PublicLanguage;
  readonly embedded: boolean;
  readonly script: boolean;
  /** Its look stands in it: nothing is loaded. */
  readonly whole?: boolean;
  readonly links: Html | "";
  readonly body: Html;
  /** The address of its look; that of forms without it. */
  readonly look?: string;
}

/** A page for everybody. */
export function publicPage({
  title,
  company,
  language,
  embedded,
  script,
  whole = false,
  links,
  body,
  look,
}: Page): Html {
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} · ${company}</title>
        ${
          whole
            ? html`<style>
                ${raw(publicStyle)}
              </style>`
            : html`<link rel="stylesheet" href="${look ?? "/f/-/form.css"}" />`
        }
        ${script ? html`<script type="module" src="/f/-/form-page.js"></script>` : ""}
      </head>
      <body class="${embedded ? "embedded" : ""}">
        ${embedded ? "" : html`<header><b>${company}</b>${links}</header>`} ${body}
      </body>
    </html>`;
}

/** A text as paragraphs. */
export const paragraphs = (text: string) => html`${text.split(/\n+/).map((it) => html`<p>${it}</p>`)}`;

function languageLinks({ path, query, language }: ShownForm): Html {
  const { languages } = publicWords(language);
  const to = (code: string) => `${path}?${new URLSearchParams({ ...query, lang: code })}`;
  return html`<nav aria-label="${languages}">
    ${Object.entries(publicLanguages).map(
      ([code, name]) =>
        html`<a href="${to(code)}" lang="${code}" ${code === language ? html`aria-current="true"` : ""}>${name}</a>`,
    )}
  </nav>`;
}

function theForm(shown: ShownForm): Html {
  const { form, model, language, embedded, faults, refused, path, query, preview } = shown;
  const words = publicWords(language);
  const questions = questionsOf(model, form);
  const heading = form.description && !embedded ? html`<h2>${form.title}</h2>` : html`<h1>${form.title}</h1>`;
  const action = `${path}?${new URLSearchParams({ lang: language, ...(embedded ? { embed: "1" } : {}) })}`;
  const work = JSON.stringify({ hideFooter: true, hideLogo: true });
  return html`<form
    class="card"
    method="post"
    action="${action}"
    novalidate
    data-form="${form.$id}"
    data-work="${JSON.stringify(words.work)}"
  >
    ${heading} ${form.description && embedded ? paragraphs(form.description) : ""}
    ${refused === undefined ? "" : html`<p class="bad" role="alert">${refused}</p>`}
    ${faults.size === 0 ? "" : wrongList(questions, shown)}
    ${questions.map((question) => questionShown(question, shown))}
    ${(form.consents ?? []).map((consent, at) => consentBox(consent, at, shown))}
    ${(form.hidden ?? []).flatMap(({ query: name }) =>
      name === undefined
        ? []
        : [html`<input type="hidden" name="~${name}" value="${query[name] ?? shown.answers(`~${name}`)[0] ?? ""}" />`],
    )}
    <input type="hidden" name="~page" value="${shown.answers("~page")[0] ?? query.page ?? ""}" />
    <input type="hidden" name="~device" value="" />
    <div class="pot">
      <label>${words.leaveEmpty}<input name="fax_number" tabindex="-1" autocomplete="off" /></label>
    </div>
    ${
      preview
        ? ""
        : html`<altcha-widget
              challenge="${path}/-/challenge"
              name="altcha"
              auto="onfocus"
              type="native"
              language="en"
              configuration="${work}"
              aria-label="${words.robots}"
            ></altcha-widget
            ><noscript><p class="soft">${words.noScript}</p></noscript>`
    }
    <button ${preview ? html`type="button"` : ""}>${form.submit ?? words.submit}</button>
  </form>`;
}

function wrongList(questions: readonly FormQuestion[], { faults, language, form }: ShownForm): Html {
  const titles = new Map<string, string>([
    ...questions.map(({ name, title }) => [name, title] as const),
    ...(form.consents ?? []).map(({ wording }, at) => [`consent-${at}`, wording] as const),
  ]);
  return html`<div class="bad" role="alert">
    <b>${publicWords(language).wrong}</b>
    <ul>
      ${[...faults.keys()].map((name) => html`<li><a href="#q-${name}">${titles.get(name) ?? name}</a></li>`)}
    </ul>
  </div>`;
}

function consentBox(
  { wording, required }: NonNullable<FormDocument["consents"]>[number],
  at: number,
  shown: ShownForm,
): Html {
  const name = `consent-${at}`;
  const words = publicWords(shown.language);
  const checked = shown.answers(name).includes("yes");
  return html`<div class="question${shown.faults.has(name) ? " wrong" : ""}">
    <label class="check"
      ><input
        type="checkbox"
        id="q-${name}"
        name="${name}"
        value="yes"
        ${checked ? html`checked` : ""}
        ${saidBy(name, shown)}
      /><span>${wording}${required ? html` <i>${words.required}</i>` : ""}</span></label
    >
    ${fault(name, shown)}
  </div>`;
}

/** What has been answered to questions, and what is wrong with it. */
export type Answering = Pick<ShownForm, "language" | "answers" | "faults">;

/** One question of a page, with what was answered to it and what is wrong with that. */
export function questionShown(question: FormQuestion, shown: Answering): Html {
  const { name, title, required, description } = question;
  const { required: word } = publicWords(shown.language);
  const mark = required ? html` <i>${word}</i>` : "";
  const wrong = shown.faults.has(name) ? " wrong" : "";
  const help = description ? html`<p class="help" id="q-${name}-help">${description}</p>` : "";
  if (question.asks === "yes_or_no")
    return html`<div class="question${wrong}">
      <label class="check"
        ><input
          type="checkbox"
          id="q-${name}"
          name="${name}"
          value="yes"
          ${shown.answers(name).includes("yes") ? html`checked` : ""}
          ${saidBy(name, shown, description)}
        /><span>${title}${mark}</span></label
      >
      ${help}${fault(name, shown)}
    </div>`;
  if (question.asks === "some_of")
    return html`<fieldset class="question${wrong}" id="q-${name}" tabindex="-1" ${saidBy(name, shown, description)}>
      <legend>${title}${mark}</legend>
      ${question.choices.map(
        ({ value, title: choice }) =>
          html`<label class="check"
            ><input
              type="checkbox"
              name="${name}"
              value="${value}"
              ${shown.answers(name).includes(value) ? html`checked` : ""}
            /><span>${choice}</span></label
          >`,
      )}${help}${fault(name, shown)}
    </fieldset>`;
  return html`<div class="question${wrong}">
    <label for="q-${name}">${title}${mark}</label> ${control(question, shown)}${help}${fault(name, shown)}
  </div>`;
}

function control({ name, asks, required, choices, description, property }: FormQuestion, shown: Answering): Html {
  const value = shown.answers(name)[0] ?? "";
  const told = html`id="q-${name}" name="${name}" ${required ? html`required` : ""} ${saidBy(name, shown, description)}`;
  const most = typeof property.maxLength === "number" ? html`maxlength="${property.maxLength}"` : "";
  if (asks === "lines") return html`<textarea ${told} ${most} rows="4">${value}</textarea>`;
  if (asks === "one_of")
    return html`<select ${told}>
      <option value="">${publicWords(shown.language).choose}</option>
      ${choices.map(
        (it) => html`<option value="${it.value}" ${it.value === value ? html`selected` : ""}>${it.title}</option>`,
      )}
    </select>`;
  const type = asks === "number" ? html`type="text" inputmode="decimal"` : html`type="${asks}"`;
  const complete = completes[asks] === undefined ? "" : html`autocomplete="${completes[asks]}"`;
  return html`<input ${type} ${told} ${most} ${complete} value="${value}" />`;
}

const completes: Readonly<Record<string, string>> = { email: "email", tel: "tel", url: "url" };

function saidBy(name: string, { faults }: Answering, description?: string): Html {
  const ids = [...(faults.has(name) ? [`q-${name}-fault`] : []), ...(description ? [`q-${name}-help`] : [])];
  return html`${faults.has(name) ? html`aria-invalid="true"` : ""}
  ${ids.length > 0 ? html`aria-describedby="${ids.join(" ")}"` : ""}`;
}

function fault(name: string, { faults }: Answering): Html | "" {
  const said = faults.get(name);
  return said === undefined ? "" : html`<p class="fault" id="q-${name}-fault">${said}</p>`;
}
