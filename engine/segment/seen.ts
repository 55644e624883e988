import { covers, type Access } from "../access.ts";
import type { Model } from "../model.ts";
import { scoresOf, seesScore } from "../score/score.ts";
import type { ReadSegment } from "./segment.ts";
import { segmentsIn } from "./segment.ts";
import { readsOf } from "./watch.ts";

/**
 * Whether a reader may know who is in a segment: whoever knows learns what stands in the fields that it is made of. So
 * she must read each of these on every record of its entity that she sees; of related entities, on all records. The same
 * goes for the segments that it is made of. Those by whose moments workflows begin nobody sees.
 */
export function seesSegment(model: Model, access: Access | undefined, segment: ReadSegment): boolean {
  if (segment.entry) return false;
  if (!access) return true;
  const rights = access.entity(segment.entity.name);
  if (!rights) return false;
  const fields = readsOf(model, segment).every(({ entity, field }) => {
    const own = access.entity(entity);
    const found = own?.entity.fields.get(field);
    if (!own || !found) return false;
    const wanted = entity === segment.entity.name ? rights.rule("read") : ({ kind: "all" } as const);
    return covers(own.readable(found), wanted);
  });
  const parts = segment.clauses.flatMap((clause) => (clause.kind === "in" ? clause.segment : []));
  const scores = segment.clauses.flatMap((clause) => (clause.kind === "score" ? clause.score : []));
  const scored = scoresOf(model).every((it) => !scores.includes(it.anchor) || seesScore(access, it));
  return (
    fields && scored && segmentsIn(model).every((it) => !parts.includes(it.anchor) || seesSegment(model, access, it))
  );
}
