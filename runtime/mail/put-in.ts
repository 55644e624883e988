import type { Liquid, Template } from "liquidjs";
import type { MessageForm } from "./message-form.ts";

/** A mail with its values put in. */
export interface PutIn {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** What is put in: values by the steps of their paths, conditions, links. */
export type Values = Readonly<Record<string, unknown>>;

interface Engines {
  readonly html: Liquid;
  readonly text: Liquid;
}

let engines: Promise<Engines> | undefined;

/** Liquid within bounds: what is not there is an error, and nothing is read but what was put in. */
async function opened(): Promise<Engines> {
  const { Liquid } = await import("liquidjs");
  const bounds = {
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    parseLimit: 2_000_000,
    renderLimit: 2000,
    memoryLimit: 20_000_000,
  };
  return { html: new Liquid({ ...bounds, outputEscape: "escape" }), text: new Liquid(bounds) };
}

interface Parsed {
  readonly subject: Template[];
  readonly html: Template[];
  readonly text: Template[];
}

const parsed = new Map<string, Parsed>();
const parsedMost = 50;

/** Puts values into a message. Throws where one that is named is not there. */
export async function putIn(form: MessageForm, values: Values): Promise<PutIn> {
  const { html, text } = await (engines ??= opened());
  const templates = parsed.get(form.hash) ?? {
    subject: text.parse(form.subject),
    html: html.parse(form.html),
    text: text.parse(form.text),
  };
  if (parsed.size >= parsedMost) parsed.delete(parsed.keys().next().value!);
  parsed.set(form.hash, templates);
  return {
    subject: String(text.renderSync(templates.subject, values)).replaceAll(/\s+/g, " ").trim(),
    html: String(html.renderSync(templates.html, values)),
    text: `${String(text.renderSync(templates.text, values))
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n")
      .replaceAll(/\n{3,}/g, "\n\n")
      .trim()}\n`,
  };
}

/** Puts values into one text, a link for instance. */
export async function putInto(liquid: string, values: Values): Promise<string> {
  const { text } = await (engines ??= opened());
  return String(text.parseAndRenderSync(liquid, values));
}
