import type { AnyDocument } from "schemas";
import { words } from "#lib/words/index.ts";
import type { Draft } from "./draft.svelte.ts";
import { silenced } from "./translate.ts";

/** A document with other members; one that is given as undefined is taken out. */
export function withMembers<Document extends object>(
  document: Document,
  given: Partial<Record<keyof Document, unknown>>,
): Document {
  const entries = Object.entries({ ...document, ...given }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Document;
}

/** The same; an empty text and an empty list are taken out as well. */
export const withFilled = <Document extends object>(
  document: Document,
  given: Partial<Record<keyof Document, unknown>>,
): Document =>
  withMembers(
    document,
    Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, isEmpty(value) ? undefined : value]),
    ) as Partial<Record<keyof Document, unknown>>,
  );

const isEmpty = (value: unknown) => value === "" || (Array.isArray(value) && value.length === 0);

/** Takes a document away, and what translations say of it and of its parts, as one act. */
export function removeDocument(draft: Draft, document: AnyDocument & { $anchor: string; title: string }): void {
  const { $anchor: anchor, title } = document;
  const speaks = (address: string) => address.startsWith(anchor) && /^([#=/!~]|$)/.test(address.slice(anchor.length));
  draft.edit(words.act.remove(title), { gone: document }, ...silenced(draft, speaks));
}
