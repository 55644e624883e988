import {
  explain,
  problem,
  readSegment,
  seesSegment,
  segmentNamed,
  segmentsOn,
  segmentsIn,
  withFormulas,
  type ReadSegment,
  type SegmentClauseRead,
  type Values,
} from "engine";
import { bind, compile, segmentSql, shown, writing } from "engine/sql";
import type { SegmentDocument } from "schemas";
import { transaction } from "../database/begin.ts";
import { readDrafted } from "./drafted.ts";
import { engineScene } from "./due.ts";
import { getRecord, readerOf, slotsOf, type ReadScene } from "./read.ts";
import { related } from "./related.ts";
import { buildingOf } from "./segment-pass.ts";
import { membersOf } from "./segment-tally.ts";

const sampleMost = 5;

async function run<Row>(scene: ReadScene, piece: writing.Piece): Promise<readonly Row[]> {
  const { sql, parameters } = compile(piece);
  const { rows } = await scene.workspace.pool.query(sql, [...bind(parameters, slotsOf(scene))]);
  return rows as Row[];
}

/** The segments that a reader may know, with how many members each has, and whether it is being built still. */
export async function listSegments(scene: ReadScene) {
  const { model, access, workspace } = scene;
  const known = segmentsIn(model).filter((segment) => seesSegment(model, access, segment));
  const { pool, schema } = workspace;
  const [counts, building] = await Promise.all([membersOf(pool, schema), buildingOf(pool, schema)]);
  // Whoever sees some records alone is not told how many there are.
  const whole = (segment: ReadSegment) => access.entity(segment.entity.name)?.rule("read").kind === "all";
  return known.map((segment) => ({
    name: segment.document.$id,
    title: segment.document.title,
    entity: segment.entity.name,
    members: whole(segment) ? (counts.get(segment.anchor) ?? 0) : null,
    building: building.has(segment.anchor),
  }));
}

/** A segment that the reader may know, by its name. To others it is not there. */
function segmentFor({ model, access }: ReadScene, name: string): ReadSegment {
  const found = segmentNamed(model, name);
  if (!found || !seesSegment(model, access, found)) throw problem("segment.unknown", { segment: name.slice(0, 80) });
  return found;
}

/**
 * How many records fulfil a segment that need not be published, and the first of them, as far as the reader sees them.
 * All that is wrong with it is told at once.
 */
export async function previewSegment(scene: ReadScene, given: unknown) {
  const { model, access } = scene;
  const document = readDrafted<SegmentDocument>(model, "segment", given);
  const segment = readSegment(model, document);
  if (!segment || !seesSegment(model, access, segment)) throw problem("segment.hidden", {});
  const reader = readerOf(scene);
  const pieces = segmentSql.previewed(reader, segment, sampleMost);
  const [counted, sample] = await Promise.all([
    run<{ n: number }>(scene, pieces.count),
    run<{ id: string }>(scene, pieces.sample),
  ]);
  const ids = sample.map(({ id }) => id);
  const records =
    ids.length === 0 ? [] : await run<{ record: Values }>(scene, shown.shownRows(reader, segment.entity, ids));
  return { count: counted[0]?.n ?? 0, sample: records.map(({ record }) => record).reverse() };
}

/** The segments of an entity that the reader may know: whether a record of hers is in each, since when and why. */
export async function segmentsOfRecord(scene: ReadScene, entity: string, id: string) {
  const { model, access, workspace } = scene;
  await getRecord(scene, entity, id, { fields: "id" });
  const known = segmentsOn(model, entity).filter((segment) => seesSegment(model, access, segment));
  const { rows } = await workspace.pool.query(
    `select m.segment, m.since, (select c.cause from ${workspace.schema}._segment_change c
       where c.record = m.record and c.segment = m.segment and c.change = 'enter' order by c.at desc limit 1) as cause
     from ${workspace.schema}._segment_member m where m.record = $1 and m.segment = any($2::text[])`,
    [id, known.map(({ anchor }) => anchor)],
  );
  const building = await buildingOf(workspace.pool, workspace.schema);
  const members = new Map(
    (rows as { segment: string; since: string; cause: string | null }[]).map((row) => [row.segment, row]),
  );
  return known.map(({ anchor, document: { $id, title } }) => {
    const member = members.get(anchor);
    return {
      name: $id,
      title,
      member: member !== undefined,
      building: building.has(anchor),
      since: member?.since ?? null,
      cause: member?.cause ?? null,
    };
  });
}

/** Why a record is in a segment or not, clause by clause, and when time alone may change it. */
export async function whyInSegment(scene: ReadScene, entity: string, id: string, name: string) {
  await getRecord(scene, entity, id, { fields: "id" });
  const segment = segmentFor(scene, name);
  if (segment.entity.name !== entity) throw problem("segment.unknown", { segment: name.slice(0, 80) });
  const working = { model: scene.model, schema: scene.workspace.schema };
  const [found] = await run<{ holds: boolean[]; flip: string | null }>(
    scene,
    segmentSql.clausesOf(working, segment, id),
  );
  const holds = found?.holds ?? segment.clauses.map(() => false);
  const record = JSON.parse((await getRecord(scene, entity, id, {})).text) as Values;
  const values = await valuesOf(scene, segment, record);
  const { match = "all" } = segment.document;
  return {
    name: segment.document.$id,
    title: segment.document.title,
    member: match === "any" ? holds.includes(true) : holds.length > 0 && !holds.includes(false),
    match,
    flips_at: found?.flip ?? null,
    clauses: segment.clauses.map((clause, at) => ({
      ...told(clause),
      holds: holds[at] === true,
      parts: values[at] ?? [],
    })),
  };
}

function told(clause: SegmentClauseRead) {
  return clause.kind === "where"
    ? { kind: clause.kind, cel: clause.where.text }
    : { kind: clause.kind, clause: clause.clause };
}

/** What the condition reads and what stands there, part by part. Who sees the segment sees that. */
async function valuesOf(scene: ReadScene, segment: ReadSegment, record: Values) {
  const { model, workspace, now } = scene;
  return transaction(workspace.pool, "read", async (tx) => {
    const engine = engineScene(workspace, model, now);
    const answers = [];
    for (const clause of segment.clauses) {
      if (clause.kind !== "where") answers.push([]);
      else {
        const around = await related(tx, engine, segment.entity, [record], clause.where.paths);
        const slots = slotsOf(scene);
        const moment = { now: String(slots.now), today: String(slots.today) };
        const environment = withFormulas(model, segment.entity, { record, ...moment, ...around });
        answers.push(
          explain(clause.where, environment).clauses.map(({ text, holds, values: read }) => ({
            text,
            holds,
            values: read.map(({ name, title, value }) => ({ name, title, value })),
          })),
        );
      }
    }
    return answers;
  });
}
