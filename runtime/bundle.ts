import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Where the bundle lies: within the package, so that it finds the packages that it leaves outside. */
export const bundleFolder = fileURLToPath(new URL("node_modules/.cache/trellis-bundle/", import.meta.url));
export const marksName = "marks.json";

/** What tells a file, by its path from the root, from what it was before. */
export function markOf(path: string): string {
  const { mtimeMs = 0, size = 0 } = statSync(root + path, { throwIfNoEntry: false }) ?? {};
  return `${mtimeMs} ${size} ${process.version}`;
}

/**
 * All of the runtime in one file, where `build-runtime.ts` has made one and every file in it is still what it was then: a
 * thousand files take four times as long to be found and linked as they take to run. Without a bundle the files are run
 * themselves, and do the same.
 */
export function standingBundle(folder = bundleFolder): string | undefined {
  try {
    const marks = JSON.parse(readFileSync(folder + marksName, "utf8")) as Readonly<Record<string, string>>;
    return Object.entries(marks).every(([path, mark]) => markOf(path) === mark) ? `${folder}start.js` : undefined;
  } catch {
    return undefined;
  }
}
