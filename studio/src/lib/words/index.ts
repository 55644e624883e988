import { en } from "./en/index.ts";
import type { Spoken } from "./spoken.ts";

/** What every language has words for. */
export type Words = Spoken<typeof en>;

/** The languages of the screens by their own names. All but English are fetched when somebody speaks them. */
export const languages: Readonly<Record<string, { readonly title: string; readonly read: () => Promise<Words> }>> = {
  en: { title: "English", read: async () => en },
  ja: { title: "日本語", read: async () => (await import("./ja/index.ts")).ja },
  "zh-Hant": { title: "繁體中文", read: async () => (await import("./zh-Hant/index.ts")).zhHant },
  id: { title: "Bahasa Indonesia", read: async () => (await import("./id/index.ts")).id },
};

/** A language by its own name. */
export const titleOfLanguage = (code: string): string =>
  languages[code]?.title ?? new Intl.DisplayNames(code, { type: "language", fallback: "code" }).of(code) ?? code;

const spoken = { ...en } as { -readonly [Key in keyof Words]: Words[Key] };

/** The words on screens, in the language that was spoken last. Modules read them when they draw, not when they load. */
export const words: Words = spoken;

/** Changes the words. What has been drawn already keeps its own until it is drawn anew. */
export async function speak(language: string): Promise<void> {
  Object.assign(spoken, await (languages[language] ?? languages.en)!.read());
}
