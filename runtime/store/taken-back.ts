import { anchorOf, keepNames, problem, sameDocument, type Change, type Mappings } from "engine";
import type { AnyDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import type { Difference } from "./switch.ts";

/** What a version did, as its undo needs it. */
export interface Done {
  readonly version: number;
  readonly differences: readonly Difference[];
  /** Anchors of the documents that did nothing but follow a rename: they follow it back, whatever became of them. */
  readonly followers: ReadonlySet<string>;
}

export const anchorIn = ({ before, after }: Difference) => anchorOf((after ?? before) as AnyDocument);

/** Kinds whose documents are named in part by others; a version that changed one of them did more than follow. */
const naming = /^urn:trellis:(entity|value-set|workflow|template):/;

/** The documents that a version changed only because something that they name is called otherwise since. */
export function followersOf(
  published: readonly AnyDocument[],
  differences: readonly Difference[],
  plan: readonly Change[],
): ReadonlySet<string> {
  const touched = new Set(differences.map(anchorIn));
  const others = published.filter((document) => !touched.has(anchorOf(document)));
  const plain = differences.filter(
    ({ before, after }) => before && after && !naming.test(after.$schema ?? "urn:trellis:workflow:1"),
  );
  const before = [...others, ...differences.flatMap((it) => it.before ?? [])];
  const halfway = [...others, ...differences.flatMap((it) => (plain.includes(it) ? it.before : it.after) ?? [])];
  const mappings: Mappings = Object.fromEntries(
    plan.flatMap((change) => ("mapping" in change && change.mapping ? [[change.address, change.mapping]] : [])),
  );
  const followed = new Map(keepNames(before, halfway, mappings).documents.map((it) => [anchorOf(it), it]));
  return new Set(plain.map(anchorIn).filter((anchor, at) => sameDocument(followed.get(anchor), plain[at]?.after)));
}

/** Later versions that changed documents which a version did not merely let follow. */
export async function dependentVersions(
  db: Queryable,
  { schema }: Workspace,
  { version, differences, followers }: Done,
): Promise<readonly number[]> {
  const anchors = new Set(differences.map(anchorIn).filter((anchor) => !followers.has(anchor)));
  const { rows } = await db.query(
    `select number, documents from ${schema}._version where number > $1 order by number`,
    [version],
  );
  return (rows as { number: number; documents: readonly Difference[] }[])
    .filter(({ documents }) => documents.some((it) => anchors.has(anchorIn(it))))
    .map(({ number }) => number);
}

/** The documents as they were before a version, where they still are as it left them; what followed it follows it back. */
export function takenBack(
  published: readonly AnyDocument[],
  { version, differences, followers }: Done,
  later: readonly number[],
): readonly AnyDocument[] {
  const current = new Map(published.map((document) => [anchorOf(document), document]));
  for (const difference of differences) {
    const { before, after } = difference;
    const anchor = anchorIn(difference);
    const untouched = sameDocument(current.get(anchor) ?? null, after);
    if (!untouched && followers.has(anchor)) continue;
    if (!untouched) {
      const by = later.length === 0 ? "a later version" : `version ${later.join(", ")}`;
      throw problem("version.needed", { version, by });
    }
    current.delete(anchor);
    if (before) current.set(anchor, before);
  }
  return [...current.values()];
}
