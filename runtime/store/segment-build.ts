import { anchorOf, inputsOfSegment, segmentsIn, type Model, type ReadSegment } from "engine";
import { bind, compile, segmentSql, writing } from "engine/sql";
import type { Connection, Queryable } from "../database/pool.ts";
import type { Difference } from "./switch.ts";
import { allRows, buildingOf, buildSome, markBuilds } from "./segment-pass.ts";
import { momentOf } from "./segment-moment.ts";

/** What a publish builds: by which model before and after, and what differs. */
export interface Building {
  readonly schema: string;
  readonly now: Model;
  readonly next: Model;
  readonly differences: readonly Difference[];
  readonly at: Date;
}

/** The segments that a publish changes: they themselves, what they are made of, or what their conditions read. */
export function segmentsToBuild({ now, next, differences }: Pick<Building, "now" | "next" | "differences">) {
  const changed = new Set(
    differences.flatMap(({ before, after }) => [before, after].flatMap((it) => (it ? anchorOf(it) : []))),
  );
  const standing = new Map(segmentsIn(now).map((segment) => [segment.anchor, segment]));
  const built = new Set<string>();
  for (const segment of segmentsIn(next)) {
    const parts = segment.clauses.flatMap((it) => (it.kind === "in" ? it.segment : []));
    const own = segment.entry ? isOther(standing.get(segment.anchor), segment) : changed.has(segment.anchor);
    const touched = own || [...inputsOfSegment(next, segment)].some((anchor) => changed.has(anchor));
    if (touched || !standing.has(segment.anchor) || parts.some((it) => built.has(it))) built.add(segment.anchor);
  }
  return segmentsIn(next).filter(({ anchor }) => built.has(anchor));
}

/** Of a workflow much may change beside the moment by which it begins. */
const isOther = (was: ReadSegment | undefined, { document: { entity, where } }: ReadSegment): boolean =>
  was?.document.entity !== entity || was.document.where?.cel !== where?.cel;

/**
 * Has the segments built that a publish changes. Where their tables are small it is done in its switch; else they are
 * marked, and built beside what is written meanwhile: writes keep them from here on, and what stood before is looked
 * through in batches. `isLarge` tells of an entity's anchor.
 */
export async function rebuildSegments(
  tx: Connection,
  building: Building,
  isLarge: (anchor: string) => boolean,
): Promise<void> {
  const { schema, now, next, at } = building;
  const kept = new Set(segmentsIn(next).map(({ anchor }) => anchor));
  const left = segmentsIn(now).filter(({ anchor }) => !kept.has(anchor));
  const built = segmentsToBuild(building);
  if (left.length + built.length === 0) return;
  const publish = await markBuilds(tx, schema, { gone: left.map(({ anchor }) => anchor), built, at });
  const inputs = [
    ...built.flatMap((it) => [...inputsOfSegment(next, it)]),
    ...left.flatMap((it) => [...inputsOfSegment(now, it)]),
  ];
  if (inputs.some(isLarge)) return;
  const { rows } = await tx.query(`select exists (select from ${schema}._segment_build where publish <> $1) as older`, [
    publish,
  ]);
  if (!rows[0].older) while ((await buildSome(tx, { schema, model: next, at, rows: allRows })) !== undefined);
}
async function run(db: Queryable, model: Model, at: Date, piece: writing.Piece) {
  const { sql, parameters } = compile(piece);
  return (await db.query(sql, [...bind(parameters, momentOf(model, at))])).rows;
}

/** How many come into a segment and go by a publish; null where its tables are not there before it. */
export interface Turnover {
  readonly segment: string;
  readonly title: string;
  readonly members: number | null;
  readonly joiners: number | null;
  readonly leavers: number | null;
}

/** Who would come and go by a publish. Segments over tables that the publish changes itself are not counted. */
export async function turnoverOf(db: Queryable, building: Building): Promise<readonly Turnover[]> {
  const { schema, next, differences, at } = building;
  const tables = new Set(
    differences.flatMap(({ before, after }) =>
      [before, after].flatMap((it) => (it && "properties" in it ? anchorOf(it) : [])),
    ),
  );
  const told: Turnover[] = [];
  for (const segment of segmentsToBuild(building).filter(({ entry }) => !entry)) {
    const { $id, title } = segment.document;
    const open = [...inputsOfSegment(next, segment)].some((anchor) => tables.has(anchor));
    const [row] = open ? [] : await run(db, next, at, segmentSql.turnover({ model: next, schema }, segment));
    told.push({
      segment: $id,
      title,
      members: row?.members ?? null,
      joiners: row?.joiners ?? null,
      leavers: row?.leavers ?? null,
    });
  }
  return told;
}

/** A segment that does not have whom its condition says. */
export interface SegmentDrift {
  readonly segment: string;
  readonly missing: number;
  readonly surplus: number;
}

/** Compares every segment that is built with what its condition says of all records. Where all is well the answer is empty. */
export async function segmentDrift(
  db: Queryable,
  { schema, model }: { readonly schema: string; readonly model: Model },
  at: Date,
): Promise<readonly SegmentDrift[]> {
  const found: SegmentDrift[] = [];
  const building = await buildingOf(db, schema);
  for (const segment of segmentsIn(model)) {
    if (building.has(segment.anchor)) continue;
    const [row] = await run(db, model, at, segmentSql.turnover({ model, schema }, segment));
    if (row.joiners + row.leavers > 0)
      found.push({ segment: segment.document.$id, missing: row.joiners, surplus: row.leavers });
  }
  return found;
}
