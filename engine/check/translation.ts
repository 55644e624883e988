import type { TranslationDocument } from "schemas";
import { isLanguage } from "../locale.ts";
import type { Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { labelKey, labelsOf } from "../translation.ts";
import { near, placeOf } from "./place.ts";

/** A translation speaks a language, and of labels that there are. */
export function checkTranslation(model: Model, document: TranslationDocument): readonly Fault[] {
  const known = labelsOf(model);
  const keys = new Set(known.map(({ address, key }) => labelKey(address, key)));
  const addresses = new Set(known.map(({ address }) => address));
  const language = isLanguage(document.language)
    ? []
    : [fault("document.malformed", { wanted: "names a language by BCP 47", path: placeOf(document, "language") })];
  return [
    ...language,
    ...Object.entries(document.labels).flatMap(([address, said]) =>
      Object.keys(said).flatMap((key) => {
        if (keys.has(labelKey(address, key))) return [];
        const path = placeOf(document, "labels", address, key);
        const hint = addresses.has(address) ? {} : near(address, addresses);
        return [fault("translation.unknown", { address: address.slice(0, 120), key, path, ...hint })];
      }),
    ),
  ];
}
