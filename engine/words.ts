/** How many words are looked for at once. */
export const wordsMax = 30;

/** What stands in quotation marks, be it only begun, and other signs without a blank between them. */
const word = /"([^"]*[^"\s][^"]*)(?:"(?!\S)|$)|\S+/g;

/** The words of what is looked for, each once: what stands between blanks, and whole what is quoted. Within a word a quotation mark is a sign like any other. */
export function wordsOf(asked: string): readonly string[] {
  return [...new Set([...asked.trim().matchAll(word)].map(([whole, quoted]) => quoted ?? whole))];
}
