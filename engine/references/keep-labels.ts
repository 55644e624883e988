import type { AnyDocument, TranslationDocument } from "schemas";
import { kindOf, type Model } from "../model.ts";
import { labelKey, labelsOf } from "../translation.ts";
import { nextAddress, type Names } from "./names.ts";

/**
 * Translations follow what they speak of: a choice that is called otherwise keeps its label, and the labels of what goes
 * go with it. Renames need nothing, an address is for ever.
 */
export function keepLabels(
  now: Model,
  next: Model,
  documents: readonly AnyDocument[],
  renames: Names,
): readonly AnyDocument[] {
  if (!documents.some((it) => kindOf(it) === "translation")) return documents;
  const keysOf = (model: Model) => new Set(labelsOf(model).map(({ address, key }) => labelKey(address, key)));
  const [was, is] = [keysOf(now), keysOf(next)];
  const gone = (address: string, key: string) => was.has(labelKey(address, key)) && !is.has(labelKey(address, key));
  return documents.map((document) => {
    if (kindOf(document) !== "translation") return document;
    const { labels, ...rest } = document as TranslationDocument;
    let followed = false;
    const kept = Object.entries(labels).flatMap(([address, said]) => {
      const here = nextAddress(address, renames);
      const left = Object.fromEntries(Object.entries(said).filter(([key]) => !gone(here, key)));
      if (here !== address || Object.keys(left).length < Object.keys(said).length) followed = true;
      return Object.keys(left).length === 0 ? [] : [[here, left] as const];
    });
    return followed ? { ...rest, labels: Object.fromEntries(kept) } : document;
  });
}
