import { scaleOf, stepsOf } from "engine";
import { html } from "hono/html";
import type { SurveyDocument } from "schemas";
import type { PublicLanguage } from "../public-language.ts";
import { surveyWords } from "./words.ts";

/** What a mail that asks is made of. */
export interface AskingMail {
  /** The survey in the language of the mail. */
  readonly document: SurveyDocument;
  readonly language: PublicLanguage;
  readonly link: string;
  /** The message with its fields filled in. */
  readonly message: string;
  readonly company: string;
}

/** The mail that asks: with the numbers of the scale where the first question has one, each a link that chooses it. */
export function askingMail({ document, language, link, message, company }: AskingMail) {
  const words = surveyWords(language);
  const [first] = document.questions;
  const scale = first && scaleOf(first);
  const steps = scale ? stepsOf(scale) : [];
  const [least, most] = first && first.type !== "choice" && first.type !== "text" ? words.ends[first.type] : ["", ""];
  const asked = scale && first ? `${first.title}\n${least} = ${scale.least}, ${most} = ${scale.most}\n\n` : "";
  const text = `${message.trim()}\n\n${asked}${words.mailButton}: ${link}\n\n${words.mailFoot}\n${company}\n`;
  const cell = "padding:0 6px 6px 0";
  const step =
    "display:inline-block;min-width:40px;padding:10px 0;text-align:center;border:1px solid #17694e;border-radius:7px;color:#17694e;text-decoration:none;font-weight:600";
  const button =
    "display:inline-block;padding:12px 22px;border-radius:7px;background:#17694e;color:#ffffff;text-decoration:none;font-weight:600";
  const markup = html`<!doctype html>
    <html lang="${language}">
      <body
        style="margin:0;padding:24px;font:16px/1.5 -apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;color:#17201a"
      >
        ${message
          .trim()
          .split(/\n+/)
          .map((it) => html`<p style="margin:0 0 14px">${it}</p>`)}
        ${
          scale && first
            ? html`<p style="margin:8px 0 10px;font-weight:600">${first.title}</p>
                <table role="presentation" cellpadding="0" cellspacing="0">
                  <tr>
                    ${steps.map(
                      (it) =>
                        html`<td style="${cell}"><a style="${step}" href="${link}?${first.id}=${it}">${it}</a></td>`,
                    )}
                  </tr>
                </table>
                <p style="margin:0 0 18px;font-size:13px;color:#48534b">
                  ${scale.least} = ${least} · ${scale.most} = ${most}
                </p>`
            : html`<p style="margin:18px 0"><a style="${button}" href="${link}">${words.mailButton}</a></p>`
        }
        <p style="margin:18px 0 0;font-size:13px;color:#48534b">${words.mailFoot}<br />${company}</p>
      </body>
    </html>`;
  return { text, html: String(markup) };
}
