import { blockWords } from "engine";
import type { MessageBlock, MessageDocument } from "schemas";
import { mapped } from "./blocks.ts";

/** What a message or a block of it says in a language. */
export type WordKey = "subject" | "preheader" | (typeof blockWords)[number];

type Words = Readonly<Partial<Record<WordKey, string>>>;
type Said = Readonly<Record<string, Words>>;

/** With a word in a language; one that is empty is not said. */
function put(said: Said | undefined, language: string, key: WordKey, text: string): Said {
  const { [key]: _, ...others } = said?.[language] ?? {};
  return { ...said, [language]: text === "" ? others : { ...others, [key]: text } };
}

/** A message that says its subject, or what stands behind it, in a language. */
export const messageSaying = (document: MessageDocument, language: string, key: WordKey, text: string) =>
  ({ ...document, languages: put(document.languages, language, key, text) }) as MessageDocument;

/** A block that says something in a language; one that says nothing in any has no languages. */
export function blockSaying(block: MessageBlock, language: string, key: WordKey, text: string): MessageBlock {
  const { languages, ...own } = block;
  const said = Object.entries(put(languages, language, key, text)).filter(([, it]) => Object.keys(it).length > 0);
  return said.length === 0 ? own : ({ ...own, languages: Object.fromEntries(said) } as MessageBlock);
}

/** A message that is written in one language more. */
export const withLanguage = (document: MessageDocument, language: string): MessageDocument => ({
  ...document,
  languages: { ...document.languages, [language]: {} },
});

/** A message without one of its languages, and without what its blocks say in it. */
export function withoutLanguage(document: MessageDocument, language: string): MessageDocument {
  const { languages, blocks, ...own } = document;
  const left = without(languages, language);
  const kept = mapped(blocks, ({ languages: said, ...block }) => {
    const others = without(said, language);
    return others ? { ...block, languages: others } : block;
  });
  return { ...own, ...(left ? { languages: left } : {}), blocks: kept };
}

function without<Words>(said: Readonly<Record<string, Words>> | undefined, language: string) {
  const { [language]: _, ...others } = said ?? {};
  return Object.keys(others).length === 0 ? undefined : others;
}

/** What a message, or a block, says itself: what there is to be said in other languages. */
export function wordsOf(it: MessageDocument | MessageBlock): readonly (readonly [WordKey, string])[] {
  const keys: readonly WordKey[] = "subject" in it ? ["subject", "preheader"] : blockWords;
  return keys.flatMap((key) => {
    const text = (it as Words)[key];
    return text === undefined ? [] : [[key, text] as const];
  });
}
