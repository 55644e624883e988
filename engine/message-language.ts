import type { MessageBlock, MessageDocument } from "schemas";
import { languageFor, tagsIn } from "./locale.ts";
import type { Steps } from "./documents/document-kind.ts";
import { mailLinks, messageTexts, variablesIn } from "./message.ts";

/** The languages that a message is written in, its own first; `usual` is its own where it says nothing of it. */
export const messageLanguages = (
  { language, languages = {} }: Pick<MessageDocument, "language" | "languages">,
  usual: string,
): readonly [string, ...string[]] => [language ?? usual, ...Object.keys(languages)];

/** The language in which a message speaks to who wants these, the dearest first; its own where it has none of them. */
export function languageOfMessage(
  document: Pick<MessageDocument, "language" | "languages">,
  wanted: readonly unknown[],
  usual: string,
): string {
  const known = messageLanguages(document, usual);
  return languageFor(tagsIn(wanted), known) ?? known[0];
}

const spoken = new WeakMap<MessageDocument, Map<string, MessageDocument>>();

/**
 * A message as it is in one of its languages, and in no other. What is not said in that language is said as the message
 * says it.
 */
export function messageIn(document: MessageDocument, language: string): MessageDocument {
  const byLanguage = spoken.get(document) ?? new Map<string, MessageDocument>();
  spoken.set(document, byLanguage);
  const known = byLanguage.get(language);
  if (known) return known;
  const { languages = {}, blocks, ...own } = document;
  const made = {
    ...own,
    ...filled(languages[language]),
    language,
    blocks: blocks.map((block) => blockIn(block, language)),
  };
  byLanguage.set(language, made);
  return made;
}

/** What is said of all that could be. */
const filled = <Words extends object>(words: Words | undefined): Partial<Words> =>
  Object.fromEntries(Object.entries(words ?? {}).filter(([, text]) => String(text).trim() !== "")) as Partial<Words>;

function blockIn(block: MessageBlock, language: string): MessageBlock {
  const { languages = {}, ...own } = block;
  const { columns, then, else: otherwise } = own;
  const all = (them: readonly MessageBlock[]) => them.map((it) => blockIn(it, language));
  return {
    ...own,
    ...filled(languages[language]),
    ...(columns ? { columns: columns.map(all) as NonNullable<MessageBlock["columns"]> } : {}),
    ...(then ? { then: all(then) } : {}),
    ...(otherwise ? { else: all(otherwise) } : {}),
  };
}

/** How what a message says in one language differs from what it says in its own. */
export interface LanguageGap {
  readonly language: string;
  /** Where its own words are, of those that are not said in this language. */
  readonly lacks: readonly string[];
  /** Values that only one of both names. */
  readonly differs: readonly string[];
}

/** What each other language of a message lacks, and which values it names that its own does not, or the other way round. */
export function languageGaps(document: MessageDocument): readonly LanguageGap[] {
  const texts = messageTexts(document);
  const own = texts.filter(({ language }) => language === undefined);
  const wanted = valuesIn(own.map(({ text }) => text));
  return Object.keys(document.languages ?? {}).flatMap((language) => {
    const here = new Map(
      texts.flatMap((it) =>
        it.language === language && it.text.trim() !== "" ? [[ownPlace(it.steps), it.text] as const] : [],
      ),
    );
    const lacks = own.flatMap(({ steps, text, url }) => {
      const place = ownPlace(steps);
      return url || text.trim() === "" || here.has(place) ? [] : [place];
    });
    const kept = own.flatMap(({ steps, text }) => (here.has(ownPlace(steps)) ? [] : [text]));
    const named = valuesIn([...here.values(), ...kept]);
    const differs = [...named, ...wanted].filter((path) => named.has(path) !== wanted.has(path)).sort();
    return lacks.length + differs.length === 0 ? [] : [{ language, lacks, differs }];
  });
}

/** Where a text stands in the message's own language: `blocks/0/text` for what `blocks/0/languages/ja/text` says. */
function ownPlace(steps: Steps): string {
  const at = steps.indexOf("languages");
  return (at < 0 ? steps : [...steps.slice(0, at), ...steps.slice(at + 2)]).join("/");
}

const valuesIn = (texts: readonly string[]): ReadonlySet<string> =>
  new Set(
    texts.flatMap((text) =>
      variablesIn(text).variables.flatMap(({ path }) => (mailLinks.includes(path) ? [] : [path])),
    ),
  );
