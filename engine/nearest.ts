/**
 * The name among `names` that was probably meant by `given`: one that differs in case, spaces or punctuation alone, or
 * the closest by edit distance when at most a third of it is wrong. Otherwise `undefined`.
 */
export function nearest(given: string, names: Iterable<string>): string | undefined {
  const wanted = plain(given);
  let best: string | undefined;
  let fewest = Math.floor(Math.max(wanted.length, 3) / 3) + 1;
  for (const name of names) {
    const candidate = plain(name);
    if (candidate === wanted) return name;
    if (Math.abs(candidate.length - wanted.length) >= fewest) continue;
    const edits = distance(wanted, candidate);
    if (edits < fewest) [best, fewest] = [name, edits];
  }
  return best;
}

const plain = (text: string) =>
  text
    .slice(0, 200)
    .toLowerCase()
    .replaceAll(/[\s_\-.]/g, "");

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let index = 0; index < from.length; index++) {
    const next = [index + 1];
    for (let at = 0; at < to.length; at++) {
      const replaced = (row[at] ?? 0) + (from[index] === to[at] ? 0 : 1);
      const swaps = index > 0 && at > 0 && from[index] === to[at - 1] && from[index - 1] === to[at];
      const swapped = swaps ? (before[at - 1] ?? 0) + 1 : Infinity;
      next.push(Math.min((next[at] ?? 0) + 1, (row[at + 1] ?? 0) + 1, replaced, swapped));
    }
    [before, row] = [row, next];
  }
  return row[to.length] ?? from.length;
}
