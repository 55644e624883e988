import type { RowRule } from "../access.ts";
import type { Entity } from "../model.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/** The condition under which a rule covers the row `t`, for statements that stand on one table. */
export function rowCondition(reader: Reader, entity: Entity, rule: RowRule): Piece {
  const source = new Source(reader, entity, "t");
  return source.alone(rule, source.root);
}
