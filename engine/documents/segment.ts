import type { SegmentDocument } from "schemas";
import { at } from "../check/place.ts";
import { checkSegment } from "../check/segment.ts";
import { recordScope } from "../expression/scope.ts";
import type { DocumentKind, Part } from "./document-kind.ts";
import { entityName, expression, named } from "./mention.ts";
import { itself, saidOf, whole } from "./part.ts";

const clauses = ["facts", "consent", "score", "in"] as const;
const what = { facts: "Facts", consent: "Consent", score: "Score", in: "Segment" };

/** A segment names its entity, what its condition reads, purposes, and other segments. */
export const segment: DocumentKind<SegmentDocument> = {
  check: (document, model, known) => checkSegment(model, document, known),
  mentions: (document, model) => {
    const entity = model.entities.get(document.entity);
    return [
      ...entityName(model, document.entity, ["entity"]),
      ...(entity ? expression(document.where, recordScope(model, entity.name), ["where"]) : []),
      ...(document.consent ?? []).flatMap(({ purpose }, index) =>
        named(purpose, model.purposes.get(purpose)?.$anchor, ["consent", index, "purpose"], { spare: true }),
      ),
      ...(document.score ?? []).flatMap((clause, index) =>
        named(clause.score, model.scores.get(clause.score)?.$anchor, ["score", index, "score"], { spare: true }),
      ),
      ...(document.in ?? []).flatMap((clause, index) =>
        named(clause.segment, model.segments.get(clause.segment)?.$anchor, ["in", index, "segment"], { spare: true }),
      ),
    ];
  },
  parts: (document) => [
    whole(document, document.title, document.$id, ...clauses),
    ...clauses.flatMap((kind) =>
      (document[kind] ?? []).map((clause, index): Part => ({
        id: `/${kind}/${index}`,
        path: at([kind, index]),
        what: what[kind],
        title:
          "type" in clause
            ? clause.type
            : "purpose" in clause
              ? clause.purpose
              : "score" in clause
                ? clause.score
                : clause.segment,
        ordered: true,
        values: { ...clause },
      })),
    ),
  ],
  said: (document) => saidOf(itself, document),
};
