import type { TranslationDocument } from "schemas";
import { checkTranslation } from "../check/translation.ts";
import { at } from "../check/place.ts";
import type { DocumentKind, Part } from "./document-kind.ts";
import { rest, whole } from "./part.ts";

/** A translation knows what it speaks of by addresses, which no rename changes; so it names nothing. */
export const translation: DocumentKind<TranslationDocument> = {
  check: (document, model) => checkTranslation(model, document),
  mentions: () => [],
  parts: (document) => [
    whole(document, document.$id, document.$id, "labels"),
    ...Object.entries(document.labels).flatMap(([address, labels]) =>
      Object.entries(labels).map(([key, label]): Part => ({
        id: `${address} ${key}`,
        path: at(["labels", address, key]),
        what: "Translation",
        title: label.from,
        values: rest(label, "from"),
      })),
    ),
  ],
};
