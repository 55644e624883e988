import { sql } from "kysely";
import { scoresOf, seesScore } from "../score/score.ts";
import { seesSegment } from "../segment/seen.ts";
import { segmentsIn } from "../segment/segment.ts";
import type { Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/** What more must be so of a fact `f` for its reader to know of it: of segments and scores, that she may know these. */
export function knownFacts({ model, access }: Reader): Piece {
  const hidden = [
    ...segmentsIn(model).filter((segment) => !segment.entry && !seesSegment(model, access, segment)),
    ...scoresOf(model).filter((score) => !seesScore(access, score)),
  ];
  if (hidden.length === 0) return sql``;
  const anchors = hidden.map(({ anchor }) => anchor);
  return sql` and not (f.source in ('segment', 'score') and split_part(f.source_id, ' ', 1) = any(${anchors}::text[]))`;
}
