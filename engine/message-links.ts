import type { MessageDocument } from "schemas";
import { at } from "./check/place.ts";
import { mailLinks, messageTexts, variablesIn } from "./message.ts";

/**
 * What is wrong with where a link leads: it goes over no TLS (`plain`), to a domain that stands for one that is still to be
 * put in (`placeholder`), or what it begins with is left to a value of the record (`value`).
 */
export type LinkFault = "empty" | "relative" | "malformed" | "plain" | "placeholder" | "value";

/** A link that leads nowhere, or not where its writer wants; `path` is the JSON Pointer of its text. */
export interface FaultyLink {
  readonly why: LinkFault;
  readonly to: string;
  readonly path: string;
}

const written = /\[[^\]\n]+\]\(([^)\n]*)\)/g;
const bare = /\bhttps?:\/\/[^\s)\]]*/g;

/** The links of a message that a reader cannot follow as they are, each once in each text. */
export function faultyLinks(document: MessageDocument): readonly FaultyLink[] {
  return messageTexts(document).flatMap(({ text, steps, url }) =>
    [...new Set(url ? [text.trim()] : linksIn(text))].flatMap((to): FaultyLink[] => {
      const why = faultOf(to);
      return why ? [{ why, to, path: at(steps) }] : [];
    }),
  );
}

function linksIn(text: string): readonly string[] {
  const named = [...text.matchAll(written)].map(([, to = ""]) => to.trim());
  return [...named, ...(text.replaceAll(written, " ").match(bare) ?? [])];
}

function faultOf(to: string): LinkFault | undefined {
  if (to === "") return "empty";
  const { variables, broken } = variablesIn(to);
  if (broken.length > 0) return "malformed";
  const [first] = variables;
  if (first?.start === 0) return first.end === to.length || mailLinks.includes(first.path) ? undefined : "value";
  const host = /^https?:\/\/([^/?#]*)/i.exec(to)?.[1];
  if (host?.includes("{{")) return "value";
  return addressFault(
    variables.toReversed().reduce((sofar, it) => sofar.slice(0, it.start) + "x" + sofar.slice(it.end), to),
  );
}

/** Domains that RFC 2606 and RFC 6761 keep for examples and trials, and what people write for their own. */
const placeholders =
  /(?:(?:^|\.)(?:example\.(?:com|net|org)|localhost)|\.(?:example|test|invalid))$|^(?:www\.)?(?:your|my)-?(?:domain|site|company|website)\.[a-z]+$/;

function addressFault(to: string): LinkFault | undefined {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(to) ?? [];
  if (scheme === undefined) return "relative";
  if (/^mailto$/i.test(scheme)) return /^mailto:[^@\s]+@[^@\s.]+\.[^@\s]+$/i.test(to) ? undefined : "malformed";
  if (/^tel$/i.test(scheme)) return /^tel:\+?[\d().-]+$/i.test(to) ? undefined : "malformed";
  if (!/^https?:\/\/\S+$/i.test(to) || !URL.canParse(to)) return "malformed";
  const { hostname, protocol } = new URL(to);
  if (placeholders.test(hostname)) return "placeholder";
  if (!hostname.includes(".") && !hostname.startsWith("[")) return "malformed";
  return protocol === "http:" ? "plain" : undefined;
}
