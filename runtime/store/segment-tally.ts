import { segmentsIn, type Model } from "engine";
import { transaction } from "../database/begin.ts";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { inserted } from "./insertion.ts";
import { holdModel } from "./model-lock.ts";
import { passageRows } from "./passages.ts";

/** Under what segments are counted beside workflows: no anchor is called so. What is counted in it is a segment, by its anchor. */
const segmentsCounted = "segment.";

/** How many have come into a segment, or gone from it. */
export interface Turned {
  readonly segment: string;
  readonly n: number;
}

/** Counts who came into segments and who went, so that nobody has to read all members to say how many there are. */
export async function tallySegments(
  tx: Queryable,
  schema: string,
  { came, went }: { readonly came: readonly Turned[]; readonly went: readonly Turned[] },
  now: Date,
): Promise<void> {
  const rows = [...came.map(({ segment, n }) => [segment, n, 0]), ...went.map(({ segment, n }) => [segment, 0, n])];
  const cells = rows.map(([segment, entered, exited]) => [newId(now), segmentsCounted, segment, entered, exited, "0"]);
  for (const { sql, parameters } of inserted(schema, passageRows, cells)) await tx.query(sql, [...parameters]);
}

/** How often each segment stands in a list. */
export const perSegment = (anchors: readonly string[]): readonly Turned[] =>
  [...Map.groupBy(anchors, (anchor) => anchor)].map(([segment, them]) => ({ segment, n: them.length }));

/** How many members segments have, by anchor; those without any may be missing. */
export async function membersOf(db: Queryable, schema: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query(
    `select counted, sum(entered - exited)::integer as n from ${schema}._passage where workflow = $1 group by counted`,
    [segmentsCounted],
  );
  return new Map((rows as { counted: string; n: number }[]).map(({ counted, n }) => [counted, n]));
}

/** By how many members the counter of each segment is short. Asked within a transaction that sees one moment. */
async function shortOf(db: Queryable, { schema, model }: { readonly schema: string; readonly model: Model }) {
  const counted = await membersOf(db, schema);
  const { rows } = await db.query(
    `select segment, count(*)::integer as n from ${schema}._segment_member group by segment`,
  );
  const members = new Map((rows as Turned[]).map(({ segment, n }) => [segment, n]));
  return segmentsIn(model).flatMap(({ anchor, document }) => {
    const n = (members.get(anchor) ?? 0) - (counted.get(anchor) ?? 0);
    return n === 0 ? [] : [{ segment: anchor, name: document.$id, n }];
  });
}

/** The segments whose counters say something else than there are members, by name. */
export async function miscountedSegments({ pool, schema, model }: Workspace): Promise<readonly string[]> {
  const short = await transaction(pool, "report", (tx) => shortOf(tx, { schema, model }));
  return short.map(({ name }) => name);
}

/** Counts the members of segments anew while nobody writes. Answers of which segments the counters were wrong. */
export async function mendCounts(workspace: Workspace, now: Date): Promise<readonly string[]> {
  return transaction(workspace.pool, "bulk", async (tx) => {
    await holdModel(tx, workspace);
    const short = await shortOf(tx, workspace);
    await tallySegments(tx, workspace.schema, { came: short, went: [] }, now);
    return short.map(({ name }) => name);
  });
}
