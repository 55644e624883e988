import type { AnyDocument, Kind } from "schemas";
import type { Mappings } from "../change.ts";
import { at } from "../check/place.ts";
import { readSound } from "../check/sound.ts";
import type { Mention, Steps } from "../documents/document-kind.ts";
import { mentionsOf } from "../documents/index.ts";
import { anchorOf, kindOf, nameOf, type Model } from "../model.ts";
import { same } from "../plan.ts";
import { fault, type Fault } from "../problem.ts";
import { withFormerNames } from "./aliases.ts";
import { keepLabels } from "./keep-labels.ts";
import { namesOf, nextAddress, nextName, renamesBetween, type Names } from "./names.ts";
import { placeKey, rewrite, textAt, type Rewrite } from "./rewrite.ts";

/** One text of one document that follows a rename. */
export type DocumentRewrite = Rewrite & { readonly kind: Kind; readonly name: string };

/** Documents in which every name leads where it led. */
export interface Kept {
  readonly documents: readonly AnyDocument[];
  readonly rewrites: readonly DocumentRewrite[];
  /** Names that would come to mean something else where they stand. */
  readonly faults: readonly Fault[];
}

/**
 * Lets every document follow what has been renamed: what has the same identity before and after, and another name. What
 * a draft has left as it was published speaks in the former names; what it wrote anew speaks in the next ones, and in
 * former ones where these are nobody's.
 */
export function keepNames(
  before: readonly AnyDocument[],
  after: readonly AnyDocument[],
  mappings: Mappings = {},
): Kept {
  const now = readSound(before);
  const next = readSound(after);
  const renames = renamesBetween(now, next, mappings);
  const labelled = (documents: readonly AnyDocument[]) => keepLabels(now, next, documents, renames);
  if (renames.size === 0) return { documents: labelled(after), rewrites: [], faults: [] };
  const follower = new Follower(now, next, renames);
  const followed = after.map((document) => follower.follow(document));
  const documents = labelled(followed.map(({ document }) => document));
  const kept = readSound(documents);
  return {
    documents,
    rewrites: followed.flatMap(({ document, rewrites }) =>
      rewrites.map((it) => ({ kind: kindOf(document), name: nameOf(document), ...it })),
    ),
    faults: followed.flatMap((it) => captured(it, kept, renames)),
  };
}

/** Lets documents that stand apart from the others, saved views for instance, follow what two models call things. */
export function followRenames<Document extends AnyDocument>(
  now: Model,
  next: Model,
  documents: readonly Document[],
  mappings: Mappings = {},
): readonly Document[] {
  const renames = renamesBetween(now, next, mappings);
  if (renames.size === 0) return documents;
  const names = namesOf(next);
  return documents.map(
    (document) =>
      rewrite(document, mentionsOf(document, now), ({ address }) => nextName(address, names, renames)).document,
  );
}

interface Followed {
  readonly document: AnyDocument;
  readonly rewrites: readonly Rewrite[];
  readonly mentions: readonly Mention[];
}

class Follower {
  readonly #now: Model;
  readonly #both: Model;
  readonly #names: Names;
  readonly #renames: Names;
  readonly #former: ReadonlyMap<string, AnyDocument>;

  constructor(now: Model, next: Model, renames: Names) {
    this.#now = now;
    this.#both = withFormerNames(now, next.documents, renames);
    this.#names = namesOf(next);
    this.#renames = renames;
    this.#former = new Map(now.documents.map((document) => [anchorOf(document), document]));
  }

  follow(document: AnyDocument): Followed {
    const mentions = this.#mentions(document);
    const done = rewrite(document, mentions, ({ address }) => nextName(address, this.#names, this.#renames));
    return { ...done, mentions };
  }

  /** What stands as it was published is read by the former names, all else by both. */
  #mentions(document: AnyDocument): readonly Mention[] {
    const was = this.#former.get(anchorOf(document));
    const old = was && kindOf(was) === kindOf(document) ? mentionsOf(was, this.#now) : [];
    if (was && same(was, document)) return old;
    const written = mentionsOf(document, this.#both);
    if (!was) return written;
    const places = placesByIdentity(document);
    const kept = new Map<string, readonly Mention[]>();
    for (const [key, them] of Map.groupBy(old, (it) => identityKey(was, it.steps, it.key))) {
      const steps = places.get(key);
      const [first] = them;
      if (steps && first && textAt(was, first.steps, first.key) === textAt(document, steps, first.key))
        kept.set(
          placeKey(steps, first.key),
          them.map((it) => ({ ...it, steps })),
        );
    }
    return [...written.filter((it) => !kept.has(placeKey(it.steps, it.key))), ...[...kept.values()].flat()];
  }
}

/** The names of a place mean what they meant; a new name may be taken there by a variable or by something else. */
function captured({ document, mentions, rewrites }: Followed, kept: Model, renames: Names): readonly Fault[] {
  const moved = new Map(rewrites.flatMap(({ path, key, after }) => (key ? [[path, after] as const] : [])));
  const wanted = addressesBy(
    mentions,
    (steps, key) => placed(steps, key, moved),
    (it) => nextAddress(it, renames),
  );
  const found = addressesBy(mentionsOf(document, kept), placeKey, (it) => it);
  return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((place) => {
    if (found.get(place) === wanted.get(place)) return [];
    return [fault("rename.captured", { path: `/${kindOf(document)}/${nameOf(document)}${place.slice(1)}` })];
  });
}

/** A place as it is called when the keys on the way to it are renamed. */
function placed(steps: Steps, key: true | undefined, moved: ReadonlyMap<string, string>): string {
  const renamed = steps.map((step, index) => {
    const isKey = typeof step === "string" && (index < steps.length - 1 || key);
    const to = isKey ? moved.get(at(steps.slice(0, index + 1))) : undefined;
    return to ?? step;
  });
  return placeKey(renamed, key);
}

function addressesBy(
  mentions: readonly Mention[],
  keyOf: (steps: Steps, key: true | undefined) => string,
  addressOf: (address: string) => string,
): ReadonlyMap<string, string> {
  const groups = Map.groupBy(mentions, ({ steps, key }) => keyOf(steps, key));
  return new Map([...groups].map(([place, them]) => [place, them.map(({ address }) => addressOf(address)).join(" ")]));
}

/** A place by the identities of what holds it: parts that have an anchor are found by it, wherever they stand. */
function identityKey(document: AnyDocument, steps: Steps, key: true | undefined): string {
  let value: unknown = document;
  const named = steps.map((step, index) => {
    value = (value as Record<string | number, unknown> | undefined)?.[step];
    return key && index === steps.length - 1 ? step : (identityOf(value) ?? step);
  });
  return placeKey(named, key);
}

function identityOf(value: unknown): string | undefined {
  const given = value as { $anchor?: unknown; meta?: { id?: unknown } } | undefined | null;
  const identity = given?.$anchor ?? given?.meta?.id;
  return typeof identity === "string" ? `@${identity}` : undefined;
}

/** Every text and every key of a document by its identity. */
function placesByIdentity(document: AnyDocument): ReadonlyMap<string, Steps> {
  const places = new Map<string, Steps>();
  const visit = (value: unknown, steps: Steps) => {
    if (typeof value === "string") places.set(identityKey(document, steps, undefined), steps);
    if (typeof value !== "object" || value === null) return;
    for (const [name, item] of Object.entries(value)) {
      const here = [...steps, Array.isArray(value) ? Number(name) : name];
      if (!Array.isArray(value)) places.set(identityKey(document, here, true), here);
      visit(item, here);
    }
  };
  visit(document, []);
  return places;
}
