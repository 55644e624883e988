import { variablesIn } from "engine";
import type { MessageBlock, MessageDocument } from "schemas";
import { escaped } from "./page.ts";

/** What stands for something that is put in when a mail is sent; no writer of mails or of HTML touches it. */
const slot = (at: number) => `TRLSLOT${at}X`;
const slotForm = /TRLSLOT(\d+)X/g;

/** A message as MJML, in which slots stand for what each mail puts in. */
export interface Drawn {
  readonly mjml: string;
  /** Liquid, by the number of the slot. */
  readonly slots: readonly string[];
}

/** Texts with slots, made while a message is drawn. */
class Pen {
  readonly slots: string[] = [];

  slot(liquid: string): string {
    return slot(this.slots.push(liquid) - 1);
  }

  /** A text as it stands in HTML, its values as slots. */
  text(text: string): string {
    return escaped(this.plain(text));
  }

  plain(text: string): string {
    let at = 0;
    let out = "";
    for (const { start, end } of variablesIn(text).variables) {
      out += text.slice(at, start) + this.slot(text.slice(start, end));
      at = end;
    }
    return out + text.slice(at);
  }

  /** Paragraphs apart by an empty line, **strong**, *emphasis*, [links](https://example.com). */
  rich(text: string): string {
    const paragraphs = this.text(text).split(/\n\s*\n/);
    const inline = (it: string) =>
      it
        .replaceAll(/\[([^\]\n]+)\]\(([^)\s]+)\)/g, '<a href="$2" style="color:#155e4f">$1</a>')
        .replaceAll(/\*\*([^*\n]+)\*\*/g, "<strong>$1</strong>")
        .replaceAll(/\*([^*\n]+)\*/g, "<em>$1</em>")
        .replaceAll("\n", "<br />");
    return paragraphs.map((it) => `<p style="margin:0 0 12px">${inline(it)}</p>`).join("");
  }
}

/** What the foot of a mail with a purpose says, where no block of it has these links. */
export interface Foot {
  readonly reason: string;
  readonly choices: string;
  readonly stop: string;
}

/** Draws a message; `foot` is put below where the message says nothing of how to stop it. */
export function drawMessage({ preheader, blocks, title }: MessageDocument, foot: Foot | undefined): Drawn {
  const pen = new Pen();
  const body = blocks.map((it) => section(pen, it)).join("");
  const below = foot
    ? `<mj-section padding="8px 0"><mj-column><mj-divider border-width="1px" border-color="#d8d6cf" padding="8px 25px" /><mj-text font-size="13px" color="#5d5a52">${escaped(foot.reason)} <a href="${pen.slot("{{ choices_url }}")}" style="color:#5d5a52">${escaped(foot.choices)}</a> · <a href="${pen.slot("{{ stop_url }}")}" style="color:#5d5a52">${escaped(foot.stop)}</a></mj-text></mj-column></mj-section>`
    : "";
  const preview = preheader ? `<mj-preview>${pen.text(preheader)}</mj-preview>` : "";
  return {
    mjml: `<mjml><mj-head><mj-title>${pen.text(title)}</mj-title>${preview}<mj-attributes><mj-all font-family="Helvetica, Arial, sans-serif" /><mj-text font-size="16px" line-height="1.6" color="#21201c" /></mj-attributes></mj-head><mj-body background-color="#ffffff" width="600px">${body}${below}</mj-body></mjml>`,
    slots: pen.slots,
  };
}

function section(pen: Pen, block: MessageBlock): string {
  if (block.type === "when") return condition(block, (it) => section(pen, it));
  const columns = block.columns ?? [[block]];
  const drawn = columns.map((them) => `<mj-column>${them.map((it) => part(pen, it)).join("")}</mj-column>`).join("");
  return `<mj-section padding="4px 0">${drawn}</mj-section>`;
}

const raw = (liquid: string) => `<mj-raw>${liquid}</mj-raw>`;

function condition({ id, then = [], else: other = [] }: MessageBlock, draw: (block: MessageBlock) => string): string {
  const otherwise = other.length > 0 ? raw("{% else %}") + other.map(draw).join("") : "";
  return `${raw(`{% if when_${id} %}`)}${then.map(draw).join("")}${otherwise}${raw("{% endif %}")}`;
}

const sizes = "28px";

function part(pen: Pen, block: MessageBlock): string {
  const { type, text = "", url = "", link, alt = "", width, align } = block;
  const aligned = ` align="${align ?? "left"}"`;
  switch (type) {
    case "text":
      return `<mj-text${aligned}>${pen.rich(text)}</mj-text>`;
    case "heading":
      return `<mj-text${aligned} font-size="${sizes}" line-height="1.25" font-weight="700"><h1 style="margin:0;font-size:${sizes}">${pen.text(text)}</h1></mj-text>`;
    case "button":
      return `<mj-button${aligned} href="${pen.text(url)}" background-color="#155e4f" color="#ffffff" border-radius="8px" font-size="16px" font-weight="600">${pen.text(text)}</mj-button>`;
    case "image":
      return `<mj-image${aligned} src="${pen.text(url)}" alt="${pen.text(alt)}"${link === undefined ? "" : ` href="${pen.text(link)}"`}${width === undefined ? "" : ` width="${width}px"`} />`;
    case "divider":
      return `<mj-divider border-width="1px" border-color="#d8d6cf" />`;
    case "when":
      return condition(block, (it) => part(pen, it));
    // Columns within columns are drawn one below the other.
    case "columns":
      return (block.columns ?? [])
        .flat()
        .map((it) => part(pen, it))
        .join("");
  }
}

/** A text with its slots filled. */
export const filledSlots = (text: string, slots: readonly string[]): string =>
  text.replaceAll(slotForm, (whole, at: string) => slots[Number(at)] ?? whole);

const own: ReadonlySet<string> = new Set(["{{ stop_url }}", "{{ choices_url }}"]);
const plain = (href: string) =>
  href
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

/**
 * HTML with its slots filled. Where links are followed, each leads over us: `link_<n>` is put in for the one that stands
 * at that place of `links`, a text in Liquid.
 */
export function linkedHtml(
  html: string,
  slots: readonly string[],
  followed: boolean,
): { readonly html: string; readonly links: readonly string[] } {
  const links: string[] = [];
  const through = html.replaceAll(
    /(<a\b[^>]*?\bhref=")([^"]*)(")/gi,
    (whole, before: string, href: string, after: string) => {
      const to = plain(filledSlots(href, slots));
      if (!followed || own.has(to.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, "{{ $1 }}")) || !/^(?:https?:|\{\{)/.test(to))
        return whole;
      const known = links.indexOf(to);
      const at = known >= 0 ? known : links.push(to) - 1;
      return `${before}{{ link_${at} }}${after}`;
    },
  );
  return { html: filledSlots(through, slots), links };
}
