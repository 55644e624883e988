import { isLanguage, languageFor } from "engine";
import { languages, speak } from "./words/index.ts";

/** Speaks the first of these languages that the screens know, else English. */
export async function speakOneOf(wanted: readonly string[]): Promise<void> {
  const language = languageFor(wanted, Object.keys(languages)) ?? "en";
  await speak(language);
  document.documentElement.lang = language;
}

/** By which language dates, numbers and money are written: what the reader chose, else what she and her browser share. */
export function localeOf(chosen: string | null, workspace: readonly string[]): string {
  if (chosen !== null && isLanguage(chosen)) return chosen;
  const known = Object.keys(languages);
  return navigator.languages.find((it) => languageFor([it], known) !== undefined) ?? workspace.find(isLanguage) ?? "en";
}
