import type { Attributes, IOptions } from "sanitize-html";

const marks = ["b", "i", "u", "s", "em", "strong", "small", "sub", "sup", "code", "span", "font", "br", "a", "img"];
const blocks = ["p", "div", "blockquote", "pre", "hr", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "center"];
const tables = ["table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "colgroup", "col"];

const plain = [/^[\w#%.,() -]{1,80}$/];

/** Elements by which mail programs wrap what they quote. */
const quotes =
  /(?:^|\s)(?:gmail_quote|gmail_quote_container|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra)(?:\s|$)/;

/** What may stand in a mail that is shown. No script, form, frame or style sheet; nothing is fetched from elsewhere. */
function rules(fileAt: (contentId: string) => string | undefined, quoted: boolean): IOptions {
  return {
    allowedTags: [...marks, ...blocks, ...tables],
    disallowedTagsMode: "discard",
    allowedAttributes: {
      a: ["href", "title", "rel", "target"],
      img: ["src", "alt", "width", "height"],
      "*": ["style", "dir", "lang", "align"],
      td: ["colspan", "rowspan", "width", "valign"],
      th: ["colspan", "rowspan", "width", "valign"],
      font: ["color"],
      ol: ["start"],
    },
    allowedStyles: {
      "*": {
        color: plain,
        "background-color": plain,
        "text-align": plain,
        "font-weight": plain,
        "font-style": plain,
        "text-decoration": plain,
        "white-space": plain,
        "padding-left": [/^\d{1,3}px$/],
        "margin-left": [/^\d{1,3}px$/],
      },
    },
    allowedSchemes: ["http", "https", "mailto", "tel"],
    allowedSchemesByTag: { img: [] },
    allowProtocolRelative: false,
    allowedSchemesAppliedToAttributes: ["href"],
    nestingLimit: 60,
    nonTextTags: ["script", "style", "textarea", "option", "noscript", "title", "head", ...(quoted ? [] : ["quoted"])],
    transformTags: {
      ...(quoted ? {} : { div: unlessQuoted, blockquote: unlessQuoted }),
      a: (tagName, { href = "", title }) => ({
        tagName,
        attribs: { href, ...(title ? { title } : {}), rel: "noopener noreferrer nofollow", target: "_blank" },
      }),
      img: (tagName, { src = "", alt = "", width, height }) => {
        const shown = src.startsWith("cid:") ? fileAt(decoded(src.slice(4))) : undefined;
        const sized = { ...(width ? { width } : {}), ...(height ? { height } : {}) };
        return { tagName, attribs: { alt, ...sized, ...(shown ? { src: shown } : {}) } };
      },
    },
    exclusiveFilter: ({ tag, attribs, text }) =>
      (tag === "img" && !attribs.src && !attribs.alt) || (tag === "a" && !attribs.href && text.trim() === ""),
  };
}

/** Gives what wraps a quote a name under which it is left out with all that stands in it. */
function unlessQuoted(tagName: string, attribs: Attributes) {
  const quote = quotes.test(attribs.class ?? "") || (tagName === "blockquote" && attribs.type === "cite");
  return { tagName: quote ? "quoted" : tagName, attribs };
}

/**
 * A mail's html as it may be shown. Pictures are those that came with it, found by `fileAt`; those that lie elsewhere
 * are left out, since fetching them would tell that the mail is read. Without `quoted`, what it repeats of former mails
 * is left out, too.
 */
export async function cleanHtml(
  html: string,
  {
    fileAt = () => undefined,
    quoted = true,
  }: { fileAt?: (contentId: string) => string | undefined; quoted?: boolean } = {},
): Promise<string> {
  const { default: sanitizeHtml } = await import("sanitize-html");
  return sanitizeHtml(html, rules(fileAt, quoted)).trim();
}

/** The text of a mail that has html alone. */
export async function textOfHtml(html: string): Promise<string> {
  const { default: sanitizeHtml } = await import("sanitize-html");
  const broken = html.replaceAll(/<(?:br|\/p|\/div|\/tr|\/li|\/h[1-6])\b[^>]*>/gi, "$&\n");
  const text = sanitizeHtml(broken, { allowedTags: [], allowedAttributes: {} });
  const signs: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " ", "#39": "'" };
  const read = text.replaceAll(/&(amp|lt|gt|quot|nbsp|#39);/g, (_, name: string) => signs[name] ?? "");
  return read
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
