import { html } from "hono/html";
import type { PublicLanguage } from "../public-language.ts";

/** What a mail says that brings a link and nothing else. */
export type LinkMailWords<Told> = Readonly<
  Record<"subject" | "hello" | "ask" | "button" | "ignore", (told: Told) => string>
>;

/** A mail that brings a link: as text, and as HTML with a button. */
export function linkMail<Told extends { readonly link: string }>(
  { subject, hello, ask, button, ignore }: LinkMailWords<Told>,
  told: Told,
  language: PublicLanguage,
) {
  const lines = [hello(told), ask(told), `${button(told)}: ${told.link}`, ignore(told)];
  const body = html`<!doctype html>
    <html lang="${language}">
      <body style="font-family:sans-serif;line-height:1.5">
        <p>${hello(told)}</p>
        <p>${ask(told)}</p>
        <p>
          <a
            href="${told.link}"
            style="display:inline-block;padding:10px 18px;background:#17694e;color:#ffffff;border-radius:6px;text-decoration:none"
            >${button(told)}</a
          >
        </p>
        <p>${ignore(told)}</p>
      </body>
    </html>`;
  return { subject: subject(told), text: lines.join("\n\n"), html: String(body) };
}
