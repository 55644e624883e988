import type { AnyDocument } from "schemas";
import { at } from "../check/place.ts";
import type { Mention, Steps } from "../documents/document-kind.ts";

/** One text or key of a document, as it was and as it is to be. */
export interface Rewrite {
  /** The JSON Pointer in the document, as it stood. */
  readonly path: string;
  /** A key is renamed, and what stands under it stays. */
  readonly key?: true;
  readonly before: string;
  readonly after: string;
}

/** A document with the names that its mentions are to have; all else stands as it stood, the order of keys included. */
export function rewrite<Document extends AnyDocument>(
  document: Document,
  mentions: readonly Mention[],
  nameOf: (mention: Mention) => string | undefined,
): { readonly document: Document; readonly rewrites: readonly Rewrite[] } {
  const groups = Map.groupBy(mentions, (mention) => placeKey(mention.steps, mention.key));
  const after = new Map<string, string>();
  const rewrites: Rewrite[] = [];
  for (const [place, them] of groups) {
    const [first] = them;
    const written = first && textAt(document, first.steps, first.key);
    if (!first || written === undefined) continue;
    const text = rewritten(written, them, nameOf);
    if (text === written) continue;
    after.set(place, text);
    rewrites.push({ path: at(first.steps), ...(first.key ? { key: true } : {}), before: written, after: text });
  }
  return rewrites.length === 0
    ? { document, rewrites }
    : { document: rebuilt(document, [], after) as Document, rewrites };
}

/** A text with its names changed and nothing else. A place that names several things at once follows if all agree. */
function rewritten(
  text: string,
  mentions: readonly Mention[],
  nameOf: (mention: Mention) => string | undefined,
): string {
  const pieces = Map.groupBy(mentions, ({ start }) => start);
  const later = [...pieces.values()].sort(([one], [other]) => other!.start - one!.start);
  let changed = text;
  for (const them of later) {
    const names = new Set(them.map(nameOf));
    const [name] = names;
    const { start, end, quoted } = them[0]!;
    if (names.size !== 1 || name === undefined) continue;
    const piece = quoted ? requoted(text.slice(start, end), name) : name;
    changed = changed.slice(0, start) + piece + changed.slice(end);
  }
  return changed;
}

/** A literal with another value, in the quotes that it had. What needs no change is left as it was written. */
function requoted(literal: string, value: string): string {
  const quote = literal.includes('"') && !literal.startsWith("'") ? '"' : "'";
  if (literal === quote + value + quote) return literal;
  const escaped = value
    .replaceAll("\\", "\\\\")
    .replaceAll(quote, `\\${quote}`)
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r");
  return quote + escaped + quote;
}

/** What stands at a place: a text, or the key that is the last step. */
export function textAt(document: AnyDocument, steps: Steps, key?: true): string | undefined {
  let value: unknown = document;
  for (const step of steps) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  if (key) return String(steps.at(-1));
  return typeof value === "string" ? value : undefined;
}

/** One word for a place in a document. */
export const placeKey = (steps: Steps, key: true | undefined): string => `${key ? "k" : "t"}${at(steps)}`;

function rebuilt(value: unknown, steps: Steps, after: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return after.get(placeKey(steps, undefined)) ?? value;
  if (Array.isArray(value)) return value.map((item, index) => rebuilt(item, [...steps, index], after));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const here = [...steps, name];
      return [after.get(placeKey(here, true)) ?? name, rebuilt(item, here, after)];
    }),
  );
}
