/** Whether this is the tag of a language, `ja` or `zh-Hant` for instance (BCP 47). */
export function isLanguage(tag: string): boolean {
  return /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(tag) && meant(tag) !== undefined;
}

/** Whether this names a time zone, `Asia/Tokyo` for instance. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** The languages that an `Accept-Language` header asks for, the dearest first. What it cannot mean is left out. */
export function acceptedLanguages(header: string): readonly string[] {
  if (header === "") return [];
  return header
    .split(",", 20)
    .map((part) => {
      const [tag = "", ...rest] = part.split(";").map((it) => it.trim());
      const weight = rest.find((it) => /^q=/i.test(it));
      return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
    })
    .filter(({ tag, weight }) => weight > 0 && meant(tag) !== undefined)
    .sort((one, other) => other.weight - one.weight)
    .map(({ tag }) => tag);
}

/** The tags among what somebody says of her languages, as BCP 47 writes them: `zh_Hant` is `zh-Hant`. */
export const tagsIn = (said: readonly unknown[]): readonly string[] =>
  said.filter((it) => typeof it === "string").map((it) => it.trim().replaceAll("_", "-"));

/**
 * Which of the languages that there are somebody gets who wants these, the dearest first: the same tag, else the same
 * language in the same script. `zh-TW` finds `zh-Hant`, never `zh-Hans`.
 */
export function languageFor(wanted: readonly string[], available: readonly string[]): string | undefined {
  for (const tag of wanted) {
    const found = available.find((it) => it === tag) ?? available.find((it) => same(it, tag));
    if (found !== undefined) return found;
  }
  return undefined;
}

function same(one: string, other: string): boolean {
  const [a, b] = [meant(one), meant(other)];
  return a !== undefined && b !== undefined && a.language === b.language && a.script === b.script;
}

/** What a tag means, with the script that it leaves unsaid. */
function meant(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag).maximize();
  } catch {
    return undefined;
  }
}
