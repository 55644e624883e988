/** A part of a message as it stands in it: its headers by their names in small letters, and what it holds. */
export interface MailPart {
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The media type in small letters, `text/plain` where none is said. */
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** What it says, decoded; of a part that holds others, what stands before the first of them. */
  readonly text: string;
  readonly parts: readonly MailPart[];
}

const depthMost = 10;
const partsMost = 200;

/** The structure of a raw message (RFC 2045, 2046). It never throws: what is broken is read as text. */
export function partsOf(raw: Uint8Array): MailPart {
  return readPart(Buffer.from(raw).toString("latin1").replaceAll("\r\n", "\n"), 0);
}

/** A part and all that it holds, itself first. */
export function allParts(part: MailPart): readonly MailPart[] {
  return [part, ...part.parts.flatMap(allParts)];
}

/** The first value of a header; empty where it is missing. */
export const headerOf = (part: Pick<MailPart, "headers">, name: string): string => part.headers.get(name)?.[0] ?? "";

/** What is said of a part by words behind semicolons, as in `multipart/report; report-type=delivery-status`. */
export function parametersOf(value: string): Readonly<Record<string, string>> {
  const found = value.matchAll(/;\s*([\w-]+)\*?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g);
  return Object.fromEntries(
    [...found].map(([, name = "", quoted, bare = ""]) => [
      name.toLowerCase(),
      quoted?.replaceAll(/\\(.)/g, "$1") ?? bare,
    ]),
  );
}

/** Headers as they stand above an empty line, unfolded. */
export function readHeaders(text: string): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (const line of text.replaceAll(/\n[ \t]+/g, " ").split("\n")) {
    const [, name = "", value = ""] = /^([!-9;-~]+)[ \t]*:[ \t]*(.*)$/.exec(line) ?? [];
    if (name === "") continue;
    const known = headers.get(name.toLowerCase());
    if (known) known.push(value.trim());
    else headers.set(name.toLowerCase(), [value.trim()]);
  }
  return headers;
}

function readPart(text: string, depth: number, type = "text/plain"): MailPart {
  const bodyless = text.startsWith("\n");
  const end = bodyless ? 0 : text.indexOf("\n\n");
  const headers = readHeaders(bodyless || end === 0 ? "" : text.slice(0, end < 0 ? undefined : end));
  const body = end < 0 ? "" : text.slice(end + (bodyless ? 1 : 2));
  const said = headers.get("content-type")?.[0] ?? type;
  const part = {
    headers,
    type: (/^[^;\s]+/.exec(said)?.[0] ?? type).toLowerCase(),
    parameters: parametersOf(said),
  };
  const boundary = part.parameters.boundary;
  if (part.type.startsWith("multipart/") && boundary !== undefined && boundary !== "" && depth < depthMost) {
    const [before = "", ...rest] = `\n${body}`
      .replaceAll(`\n --${boundary}`, `\n--${boundary}`)
      .split(`\n--${boundary}`);
    const inner = rest.filter((it) => !it.startsWith("--")).slice(0, partsMost);
    const within = part.type === "multipart/digest" ? "message/rfc822" : "text/plain";
    return {
      ...part,
      text: before.trim(),
      parts: inner.map((it) => readPart(it.replace(/^[ \t]*\n/, ""), depth + 1, within)),
    };
  }
  // What is no text is read elsewhere.
  if (!/^(?:text|message)\//.test(part.type)) return { ...part, text: "", parts: [] };
  const decoded = decodePart(body, headers.get("content-transfer-encoding")?.[0] ?? "", part.parameters.charset);
  const holds = part.type === "message/rfc822" && depth < depthMost;
  return { ...part, text: decoded, parts: holds ? [readPart(decoded, depth + 1)] : [] };
}

function decodePart(body: string, encoding: string, charset = "utf-8"): string {
  const bytes =
    encoding.toLowerCase() === "base64"
      ? Buffer.from(body.replaceAll(/[^A-Za-z0-9+/=]/g, ""), "base64")
      : encoding.toLowerCase() === "quoted-printable"
        ? Buffer.from(
            body
              .replaceAll(/[ \t]{0,100}=\n/g, "")
              .replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
            "latin1",
          )
        : Buffer.from(body, "latin1");
  try {
    return new TextDecoder(charset).decode(bytes).replaceAll("\r\n", "\n");
  } catch {
    return new TextDecoder().decode(bytes).replaceAll("\r\n", "\n");
  }
}
