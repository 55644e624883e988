import { askedOf, type FormQuestion, type Model } from "engine";
import { html } from "hono/html";
import type { FormField, PortalDocument, PortalRecords } from "schemas";
import { paragraphs, publicPage, questionShown, type Answering } from "../forms/page.ts";
import { publicWords } from "../forms/words.ts";
import { publicLanguages, type PublicLanguage } from "../public-language.ts";
import type { PublicOffer } from "../store/portal-acts.ts";
import type { PublicMail } from "../store/portal-talk.ts";
import { attaching, filesShown } from "./files.ts";
import { filesName } from "./sent.ts";
import { momentIn, type ShownRecord } from "./shown.ts";
import { portalWords } from "./words.ts";

type Html = ReturnType<typeof html>;

/** What every page of a portal is made by. */
export interface Around {
  /** In the language of the page. */
  readonly model: Model;
  readonly portal: PortalDocument;
  readonly language: PublicLanguage;
  /** The address of the portal, and where this page is. */
  readonly path: string;
  readonly here: string;
  /** The language was asked for by the page's address: links keep it. */
  readonly lang: string | undefined;
  /** Who has signed in. */
  readonly visitor: string | undefined;
}

/** The address of another page of the portal. */
export function linkTo({ path, lang }: Pick<Around, "path" | "lang">, rest = "", query: Record<string, string> = {}) {
  const asked = new URLSearchParams({ ...query, ...(lang === undefined ? {} : { lang }) }).toString();
  return `${path}${rest}${asked === "" ? "" : `?${asked}`}`;
}

/** What records are called here. */
export const titleOf = ({ model }: Pick<Around, "model">, { entity, title }: PortalRecords): string =>
  title ?? model.entities.get(entity)?.plural ?? entity;

function whole(around: Around, title: string, kind: string, body: Html): Html {
  const { model, portal, language, visitor } = around;
  const words = portalWords(language);
  const company = model.workspace.name;
  const links = html`<b class="who"><a href="${linkTo(around)}">${portal.title}</a></b>
    <nav aria-label="${publicWords(language).languages}">${languages(around)}</nav>
    ${
      visitor === undefined
        ? ""
        : html`<span class="who">${visitor}</span>
            <form method="post" action="${linkTo(around, "/-/leave")}">
              <button class="text">${words.signOut}</button>
            </form>`
    }`;
  const look = "/portal/-/portal.css";
  return publicPage({
    ...{ title, company, language, embedded: false, script: false, links, look },
    body: html`<main class="${kind}">${body}</main>`,
  });
}

/** The languages to choose from. That of who has signed in is kept with her record. */
function languages({ language, visitor, here, path }: Around): Html {
  const current = (code: string) => (code === language ? html`aria-current="true"` : "");
  const all = Object.entries(publicLanguages);
  if (visitor === undefined)
    return html`${all.map(
      ([code, name]) =>
        html`<a href="${linkTo({ path: here, lang: code })}" lang="${code}" ${current(code)}>${name}</a>`,
    )}`;
  return html`<form method="post">
    <input type="hidden" name="to" value="${here}" />
    ${all.map(([code, name]) => {
      const action = linkTo({ path, lang: code }, "/-/language");
      return html`<button class="text" formaction="${action}" lang="${code}" ${current(code)}>${name}</button>`;
    })}
  </form>`;
}

/** Where somebody asks for a link, and hears that it is under way. */
export function signInPage(
  around: Around,
  { sent, wrong, given }: { readonly sent: boolean; readonly wrong?: string; readonly given?: string },
): Html {
  const { portal, language } = around;
  const words = portalWords(language);
  const about = portal.description ? paragraphs(portal.description) : "";
  const body = sent
    ? html`<div class="card told" role="status">
        <h1>${words.sent}</h1>
        <p>${words.sentText}</p>
        <p><a href="${linkTo(around)}">${words.begin}</a></p>
      </div>`
    : html`<form class="card" method="post" action="${linkTo(around, "/-/link")}" novalidate>
        <h1>${portal.title}</h1>
        ${about}
        <p>${words.signInText}</p>
        <div class="question${wrong === undefined ? "" : " wrong"}">
          <label for="email">${words.address}</label>
          <input
            id="email"
            name="email"
            type="email"
            autocomplete="email"
            required
            value="${given ?? ""}"
            ${wrong === undefined ? "" : html`aria-invalid="true" aria-describedby="email-fault"`}
          />
          ${wrong === undefined ? "" : html`<p class="fault" id="email-fault" role="alert">${wrong}</p>`}
        </div>
        <button>${words.sendLink}</button>
      </form>`;
  return whole(around, portal.title, "one", body);
}

/** Something that is told, and what may be done then. */
export function tellPage(
  around: Around,
  told: { readonly title: string; readonly text: string; readonly button?: string; readonly on?: string },
): Html {
  const words = portalWords(around.language);
  const { title, text, button, on } = told;
  const body = html`<div class="card told" role="status">
    <h1>${title}</h1>
    <p>${text}</p>
    ${
      button === undefined
        ? html`<p><a href="${linkTo(around)}">${on ?? words.back}</a></p>`
        : html`<form method="post"><button>${button}</button></form>`
    }
  </div>`;
  return whole(around, title, "one", body);
}

/** The records of a visitor, the newest first. */
export function listPage(
  around: Around,
  records: PortalRecords,
  shown: { readonly items: readonly ShownRecord[]; readonly next: string | null; readonly search: string },
): Html {
  const { language, portal } = around;
  const words = portalWords(language);
  const title = titleOf(around, records);
  const at = `/${records.entity}`;
  const others = portal.records.length > 1 ? portal.records : [];
  const body = html`<div class="top">
      ${
        others.length === 0
          ? ""
          : html`<nav aria-label="${portal.title}">
              ${others.map(
                (it) =>
                  html`<a
                    href="${linkTo(around, `/${it.entity}`)}"
                    ${it.entity === records.entity ? html`aria-current="page"` : ""}
                    >${titleOf(around, it)}</a
                  >`,
              )}
            </nav>`
      }
      <div class="row">
        <h1>${title}</h1>
        ${
          records.new
            ? html`<a class="button" href="${linkTo(around, `${at}/-/new`)}">${records.new.title ?? words.add}</a>`
            : ""
        }
      </div>
      <form class="search" method="get" action="${around.path}${at}" role="search">
        ${around.lang === undefined ? "" : html`<input type="hidden" name="lang" value="${around.lang}" />`}
        <input
          type="search"
          name="search"
          maxlength="200"
          placeholder="${words.search}"
          aria-label="${words.search}"
          value="${shown.search}"
        />
        <button class="plain">${words.find}</button>
      </form>
    </div>
    ${
      shown.items.length === 0
        ? html`<div class="card"><p class="soft">${shown.search === "" ? words.none : words.noneFound}</p></div>`
        : html`<ul class="card list">
            ${shown.items.map((it) => row(around, records, it))}
          </ul>`
    }
    ${
      shown.next === null
        ? ""
        : html`<p>
            <a
              class="button plain"
              href="${linkTo(around, at, { cursor: shown.next, ...(shown.search ? { search: shown.search } : {}) })}"
              >${words.more}</a
            >
          </p>`
    }`;
  return whole(around, title, "wide", html`<div class="stack">${body}</div>`);
}

function row(around: Around, { entity }: PortalRecords, { id, title, state, madeAt, fields }: ShownRecord): Html {
  const told = [...fields.filter(({ list }) => list).map((it) => `${it.title} ${it.text}`), madeAt];
  return html`<li>
    <a href="${linkTo(around, `/${entity}/${id}`)}"
      ><b>${title}</b>${state === undefined ? "" : html`<span class="state">${state}</span>`}<span class="soft"
        >${told.join(" · ")}</span
      ></a
    >
  </li>`;
}

/** What a page asks for, as it was answered and as it is wrong. */
export interface Asked extends Answering {
  readonly once: string;
  readonly refused?: string;
}

/** A page with questions: a new record, or what is asked for with an event. */
export function askPage(
  around: Around,
  records: PortalRecords,
  asked: Asked & {
    readonly title: string;
    readonly fields: readonly FormField[];
    readonly action: string;
    readonly back: string;
    /** Files may go along. */
    readonly attaches?: boolean;
  },
): Html {
  const words = portalWords(around.language);
  const { title, fields, action, back, refused, faults, once, attaches = false } = asked;
  const questions = askedOf(around.model, records.entity, fields);
  const body = html`<a class="back" href="${linkTo(around, back)}">‹ ${words.back}</a>
    <form
      class="card"
      method="post"
      action="${linkTo(around, action)}"
      ${attaches ? html`enctype="multipart/form-data"` : ""}
      novalidate
    >
      <h1>${title}</h1>
      ${refused === undefined ? "" : html`<p class="bad" role="alert">${refused}</p>`}
      ${faults.size === 0 ? "" : wrongList(questions, asked)} ${questions.map((it) => questionShown(it, asked))}
      ${attaches ? attaching(around.language, faults) : ""}
      <input type="hidden" name="~once" value="${once}" />
      <button>${words.send}</button>
    </form>`;
  return whole(around, title, "one", html`<div class="stack">${body}</div>`);
}

function wrongList(questions: readonly FormQuestion[], { faults, language }: Answering): Html {
  const titles = new Map([
    [filesName, portalWords(language).attach],
    ...questions.map(({ name, title }) => [name, title] as const),
  ]);
  return html`<div class="bad" role="alert">
    <b>${publicWords(language).wrong}</b>
    <ul>
      ${[...faults.keys()].map((name) => html`<li><a href="#q-${name}">${titles.get(name) ?? name}</a></li>`)}
    </ul>
  </div>`;
}

/** One record with its conversation, and what may be done with it. */
export function recordPage(
  around: Around,
  records: PortalRecords,
  shown: {
    readonly record: ShownRecord;
    readonly talk: readonly PublicMail[] | undefined;
    readonly offers: readonly PublicOffer[];
    readonly asked: Asked;
  },
): Html {
  const { record, talk, offers, asked } = shown;
  const words = portalWords(around.language);
  const at = `/${records.entity}/${record.id}`;
  const body = html`<div class="top">
      <a class="back" href="${linkTo(around, `/${records.entity}`)}">‹ ${titleOf(around, records)}</a>
      <div class="row">
        <h1>${record.title}</h1>
        ${record.state === undefined ? "" : html`<span class="state">${record.state}</span>`}
      </div>
      ${asked.refused === undefined ? "" : html`<p class="bad" role="alert">${asked.refused}</p>`}
    </div>
    <div class="stack">
      ${
        talk === undefined
          ? ""
          : html`<section class="card" aria-labelledby="talk">
              <h2 id="talk">${words.talk}</h2>
              ${
                talk.length === 0
                  ? html`<p class="soft">${words.noTalk}</p>`
                  : html`<ol class="talk">
                      ${talk.map((it) => said(around, at, it))}
                    </ol>`
              }
              ${records.conversation?.answer ? compose(around, at, asked) : ""}
            </section>`
      }
      ${
        offers.length === 0
          ? ""
          : html`<div class="acts">${offers.map((offer) => act(around, at, offer, asked.once))}</div>`
      }
    </div>
    <aside class="card" aria-labelledby="details">
      <h2 id="details">${words.details}</h2>
      <dl>${record.fields.map(({ title, text }) => pair(title, text))} ${pair(words.made, record.madeAt)}</dl>
    </aside>`;
  return whole(around, record.title, "record", body);
}

const pair = (title: string, text: string) =>
  html`<div>
    <dt>${title}</dt>
    <dd>${text}</dd>
  </div>`;

function said(around: Around, to: string, { ours, mine, name, at, text, files }: PublicMail): Html {
  const { model, language } = around;
  const by = mine ? portalWords(language).you : name;
  return html`<li class="${ours ? "ours" : "theirs"}">
    <div class="by"><b>${by}</b><time datetime="${at.toISOString()}">${momentIn({ model, language }, at)}</time></div>
    <p>${text}</p>
    ${filesShown(
      language,
      files.map((it) => ({ ...it, href: linkTo(around, `${to}/files/${it.id}`) })),
    )}
  </li>`;
}

function compose(around: Around, at: string, { answers, faults, once }: Asked): Html {
  const words = portalWords(around.language);
  const wrong = faults.get("text");
  return html`<form
    class="stack"
    method="post"
    enctype="multipart/form-data"
    action="${linkTo(around, `${at}/answers`)}"
  >
    <div class="question${wrong === undefined ? "" : " wrong"}">
      <label for="text">${words.write}</label>
      <textarea
        id="text"
        name="text"
        rows="4"
        maxlength="20000"
        required
        ${wrong === undefined ? "" : html`aria-invalid="true" aria-describedby="text-fault"`}
      >
${answers("text")[0] ?? ""}</textarea>
      ${wrong === undefined ? "" : html`<p class="fault" id="text-fault" role="alert">${wrong}</p>`}
    </div>
    ${attaching(around.language, faults)}
    <input type="hidden" name="~once" value="${once}" />
    <button>${words.send}</button>
  </form>`;
}

/** An event without questions is sent at once; one with some has a page for them. */
function act(around: Around, at: string, { event, title }: PublicOffer, once: string): Html {
  const to = linkTo(around, `${at}/events/${event.event}`);
  if ((event.fields ?? []).length > 0) return html`<a class="button plain" href="${to}">${title}</a>`;
  return html`<form method="post" action="${to}">
    <input type="hidden" name="~once" value="${once}-${event.event}" /><button class="plain">${title}</button>
  </form>`;
}
