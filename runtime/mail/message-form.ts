import { createHash } from "node:crypto";
import { messageTexts, variablesIn } from "engine";
import type { MessageDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import { keepForm, keptForm } from "../store/message-forms.ts";
import { drawMessage, filledSlots, linkedHtml, type Foot } from "./mjml.ts";
import { spokenTo, type PublicLanguage } from "../public-language.ts";

/** A message made ready: all of it in Liquid, so that a mail is made by putting values in. */
export interface MessageForm {
  /** What tells it from every other: what was sent by it can be read again. */
  readonly hash: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** Where its links lead, in Liquid, by their numbers. */
  readonly links: readonly string[];
}

const feet: Readonly<Record<PublicLanguage, Foot>> = {
  en: { reason: "You get this because you agreed to it.", choices: "Choose what we send", stop: "Stop these mails" },
  ja: {
    reason: "このメールは、配信に同意された方にお送りしています。",
    choices: "受け取る内容を選ぶ",
    stop: "配信を停止",
  },
  "zh-Hant": { reason: "您收到此信，是因為您已同意接收。", choices: "選擇接收內容", stop: "停止接收" },
  id: {
    reason: "Anda menerima ini karena Anda menyetujuinya.",
    choices: "Pilih yang kami kirim",
    stop: "Hentikan surel ini",
  },
};

const version = 1;
const made = new WeakMap<MessageDocument, Promise<MessageForm>>();

/** Whether a message says by itself how it is stopped. */
export const saysHowToStop = (document: MessageDocument): boolean =>
  messageTexts(document).some(({ text }) =>
    variablesIn(text).variables.some(({ path }) => path === "stop_url" || path === "choices_url"),
  );

/** A message made ready, as it is kept; made now where nobody has. */
export async function formOf(
  db: Queryable,
  schema: string,
  document: MessageDocument,
  { language, now }: { readonly language: string; readonly now: Date },
): Promise<MessageForm> {
  const known = made.get(document);
  if (known) return known;
  const making = stored(db, schema, document, { language, now });
  made.set(document, making);
  making.catch(() => made.delete(document));
  return making;
}

async function stored(
  db: Queryable,
  schema: string,
  document: MessageDocument,
  { language, now }: { readonly language: string; readonly now: Date },
): Promise<MessageForm> {
  const { subject, preheader, blocks, purpose, opens, title } = document;
  const said = [version, subject, preheader, blocks, purpose, opens, title, document.language ?? language];
  const hash = createHash("sha256").update(JSON.stringify(said)).digest("hex");
  const kept = await keptForm(db, schema, hash);
  if (kept) return kept;
  const form = { hash, ...(await makeForm(document, language)) };
  await keepForm(db, schema, form, { message: document.$anchor, now });
  return form;
}

/** Makes a message ready: MJML to HTML, HTML to text. Both are loaded when the first message is made. */
export async function makeForm(document: MessageDocument, language: string): Promise<Omit<MessageForm, "hash">> {
  const [{ default: mjml2html }, { convert }] = await Promise.all([import("mjml"), import("html-to-text")]);
  const spoken = spokenTo([document.language ?? language]) ?? "en";
  const foot = document.purpose !== undefined && !saysHowToStop(document) ? feet[spoken] : undefined;
  const { mjml, slots } = drawMessage(document, foot);
  const { html: drawn } = await mjml2html(mjml, { validationLevel: "strict", minify: false });
  const followed = document.purpose !== undefined;
  const { html, links } = linkedHtml(drawn, slots, followed);
  const pixel = document.opens ? '<img src="{{ open_url }}" width="1" height="1" alt="" style="display:block" />' : "";
  const text = convert(linkedHtml(bodyOf(drawn), slots, followed).html, {
    wordwrap: false,
    selectors: [
      { selector: "img", format: "skip" },
      { selector: "h1", options: { uppercase: false } },
      { selector: "a", options: { linkBrackets: ["(", ")"], hideLinkHrefIfSameAsText: true } },
    ],
  });
  return {
    subject: filledSlots(document.subject, slots),
    html: html.replace("</body>", `${pixel}</body>`),
    text,
    links,
  };
}

/** Without the preview and the styles: what a reader sees. */
const bodyOf = (html: string) =>
  html.slice(html.search(/<body/i)).replace(/<div[^>]*display:none[^>]*>[\s\S]*?<\/div>/i, "");
