/**
 * The name among `names` that was probably meant by `given`: one that differs in case, spaces or punctuation alone, or
 * the closest by edit distance (Levenshtein 1966) when at most a third of it is wrong. Otherwise `undefined`.
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

function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, sign] of [...from].entries()) {
    const next = [index + 1];
    for (const [at, other] of [...to].entries())
      next.push(Math.min((next[at] ?? 0) + 1, (row[at + 1] ?? 0) + 1, (row[at] ?? 0) + (sign === other ? 0 : 1)));
    row = next;
  }
  return row[to.length] ?? from.length;
}
