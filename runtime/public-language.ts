import { acceptedLanguages, languageFor, tagsIn } from "engine";

/** The languages of pages and mails for everybody, each by its own name. */
export const publicLanguages = { en: "English", ja: "日本語", "zh-Hant": "繁體中文", id: "Bahasa Indonesia" } as const;
export type PublicLanguage = keyof typeof publicLanguages;

const primaries = new Map((Object.keys(publicLanguages) as PublicLanguage[]).map((tag) => [tag.slice(0, 2), tag]));

/** Whether pages for everybody speak a language, by its very tag. */
export const isPublicLanguage = (given: unknown): given is PublicLanguage =>
  typeof given === "string" && Object.hasOwn(publicLanguages, given);

/** The language of ours for who speaks one of these, the dearest first: `ja-JP` is `ja`. Who reads any Chinese reads ours. */
export function spokenTo(tags: readonly unknown[]): PublicLanguage | undefined {
  const wanted = tagsIn(tags);
  const same = languageFor(wanted, Object.keys(publicLanguages)) as PublicLanguage | undefined;
  return same ?? wanted.flatMap((it) => primaries.get(it.toLowerCase().split("-")[0] ?? "") ?? [])[0];
}

/** The language of ours that a browser asks for (`Accept-Language`), if any. */
export const languageAsked = (header: string | undefined): PublicLanguage | undefined =>
  spokenTo(acceptedLanguages(header ?? ""));
