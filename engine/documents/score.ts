import type { ScoreDocument } from "schemas";
import { at } from "../check/place.ts";
import { checkScore } from "../check/score.ts";
import { recordScope } from "../expression/scope.ts";
import type { DocumentKind, Part } from "./document-kind.ts";
import { entityName, expression } from "./mention.ts";
import { itself, saidOf, whole } from "./part.ts";

/** A score names its entity and what the conditions of its fit read. */
export const score: DocumentKind<ScoreDocument> = {
  check: (document, model, known) => checkScore(model, document, known),
  mentions: (document, model) => {
    const entity = model.entities.get(document.entity);
    return [
      ...entityName(model, document.entity, ["entity"]),
      ...(document.fit ?? []).flatMap(({ when }, index) =>
        entity ? expression(when, recordScope(model, entity.name), ["fit", index, "when"]) : [],
      ),
    ];
  },
  parts: (document) => [
    whole(document, document.title, document.$id, "fit", "behaviour"),
    ...(["fit", "behaviour"] as const).flatMap((kind) =>
      (document[kind] ?? []).map((rule, index): Part => ({
        id: `/${kind}/${index}`,
        path: at([kind, index]),
        what: kind === "fit" ? "Fit" : "Behaviour",
        title: rule.title,
        ordered: true,
        values: { ...rule },
      })),
    ),
  ],
  said: (document) => saidOf(itself, document),
};
