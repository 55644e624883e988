import { segmentsIn, type Model, type ReadSegment } from "engine";
import { bind, compile, segmentBuild, type writing } from "engine/sql";
import { transaction } from "../database/begin.ts";
import type { Connection, Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import type { Moves } from "./due.ts";
import { sharedVersion, sharing } from "./model-lock.ts";
import { momentOf } from "./segment-moment.ts";
import { tallySegments, type Turned } from "./segment-tally.ts";

/** As many rows as there are. */
export const allRows = Infinity;
const lastId = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/** Marks segments to be built from their first record on, and to be taken apart. Answers under which id. */
export async function markBuilds(
  tx: Queryable,
  schema: string,
  marked: { readonly gone: readonly string[]; readonly built: readonly ReadSegment[]; readonly at: Date },
): Promise<string> {
  const publish = newId(marked.at);
  const rows = [
    ...marked.built.map(({ anchor, entity, document }) => [anchor, entity.anchor, document.journeys !== "at_once"]),
    ...marked.gone.map((anchor) => [anchor, null, true]),
  ];
  await tx.query(
    `insert into ${schema}._segment_build (segment, publish, entity, told)
     select b.segment, $1::uuid, b.entity, b.told from unnest($2::text[], $3::text[], $4::boolean[]) as b(segment, entity, told)
     on conflict (segment) do update set publish = excluded.publish, entity = excluded.entity, told = excluded.told,
       behind = '00000000-0000-0000-0000-000000000000', done = 0`,
    [publish, rows.map(([anchor]) => anchor), rows.map(([, entity]) => entity), rows.map(([, , told]) => told)],
  );
  return publish;
}

/** The segments that are being built, by anchor: how many records were looked at. */
export async function buildingOf(db: Queryable, schema: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query(`select segment, done from ${schema}._segment_build where entity is not null`);
  return new Map((rows as { segment: string; done: number }[]).map(({ segment, done }) => [segment, done]));
}

interface Marked {
  readonly segment: string;
  readonly publish: string;
  readonly entity: string | null;
  readonly told: boolean;
  readonly behind: string;
}

/** Where and by which model some records more are looked at. */
interface Pass {
  readonly schema: string;
  readonly model: Model;
  readonly at: Date;
  readonly rows: number;
}

/**
 * Looks at the next records of the segments over one entity that the oldest publish has marked, or takes some out of a
 * segment that is no more. Each batch holds for itself: what is killed goes on behind the last one. Answers how many
 * records it had room for; nothing where nothing is to be done, or others are at it.
 */
export async function buildSome(tx: Connection, pass: Pass): Promise<number | undefined> {
  const { schema, model } = pass;
  const { rows } = await tx.query(
    `select segment, publish, entity, told, behind from ${schema}._segment_build
     where publish = (select min(publish::text)::uuid from ${schema}._segment_build) order by entity, segment for update skip locked`,
  );
  const [first] = rows as Marked[];
  if (!first) return undefined;
  const them = (rows as Marked[]).filter(({ entity }) => entity === first.entity);
  if (first.entity === null) return takeApart(tx, pass, first.segment);
  const marked = new Map(them.map((it) => [it.segment, it]));
  const segments = segmentsIn(model).filter(({ anchor }) => marked.has(anchor));
  const context = { ...pass, operation: newId(pass.at), told: (anchor: string) => marked.get(anchor)?.told ?? true };
  const upTo = segments[0] ? await endOf(tx, pass, segments[0], first.behind) : lastId;
  for (const layer of layersOf(segments)) await buildLayer(tx, context, layer, { after: first.behind, upTo });
  const anchors = them.map(({ segment }) => segment);
  if (upTo === lastId)
    await tx.query(`delete from ${schema}._segment_build where segment = any($1::text[])`, [anchors]);
  else
    await tx.query(
      `update ${schema}._segment_build set behind = $2::uuid, done = done + $3::integer where segment = any($1::text[])`,
      [anchors, upTo, pass.rows],
    );
  return pass.rows;
}

async function endOf(tx: Connection, pass: Pass, segment: ReadSegment, after: string): Promise<string> {
  if (pass.rows === allRows) return lastId;
  const [row] = await ask<{ id: string }>(tx, pass, segmentBuild.lastOfBatch(pass, segment, after, pass.rows));
  return row?.id ?? lastId;
}

/** Segments in layers: each is made of segments of earlier layers alone. */
function layersOf(segments: readonly ReadSegment[]): readonly (readonly ReadSegment[])[] {
  const depth = new Map<string, number>();
  for (const { anchor, clauses } of segments) {
    const parts = clauses.flatMap((it) => (it.kind === "in" ? (depth.get(it.segment) ?? -1) : -1));
    depth.set(anchor, Math.max(-1, ...parts) + 1);
  }
  return [...Map.groupBy(segments, ({ anchor }) => depth.get(anchor) ?? 0).entries()]
    .sort(([one], [other]) => one - other)
    .map(([, them]) => them);
}

interface Layering extends Pass {
  readonly operation: string;
  readonly told: (anchor: string) => boolean;
}

interface Turn {
  readonly segment: string;
  readonly record: string;
  readonly comes: boolean;
}

/**
 * Finds who comes and goes without holding anybody, then holds those records and looks at them again: whatever else has
 * been written of them is seen, and what is written from now on follows.
 */
async function buildLayer(
  tx: Connection,
  context: Layering,
  segments: readonly ReadSegment[],
  of: { readonly after: string; readonly upTo: string },
): Promise<void> {
  const found = await ask<Turn>(tx, context, segmentBuild.turns(context, { segments, of }));
  const ids = [...new Set(found.map(({ record }) => record))].sort();
  if (ids.length > 0) {
    await ask(tx, context, segmentBuild.heldRecords(context, segments[0]!, ids));
    await turn(tx, context, await ask<Turn>(tx, context, segmentBuild.turns(context, { segments, of: { ids } })));
  }
  for (const piece of segmentBuild.turningDues(context, { segments, of })) await ask(tx, context, piece);
}

/** Has those come and go who were found, and writes down that a publish has brought and taken them. */
async function turn(tx: Connection, context: Layering, turns: readonly Turn[]): Promise<void> {
  if (turns.length === 0) return;
  const { schema, at, operation, told } = context;
  const columns = (them: readonly Turn[]) => [them.map(({ segment }) => segment), them.map(({ record }) => record)];
  const [coming, going] = [turns.filter(({ comes }) => comes), turns.filter(({ comes }) => !comes)];
  const counting = async (change: string, parameters: readonly unknown[]) =>
    (
      await tx.query(`with c as (${change}) select segment, count(*)::integer as n from c group by segment`, [
        ...parameters,
      ])
    ).rows as Turned[];
  const came = await counting(
    `insert into ${schema}._segment_member (segment, record, since)
     select c.segment, c.record, $3::timestamptz from unnest($1::text[], $2::uuid[]) as c(segment, record)
     on conflict (segment, record) do nothing returning segment`,
    [...columns(coming), at],
  );
  const went = await counting(
    `delete from ${schema}._segment_member as m using unnest($1::text[], $2::uuid[]) as g(segment, record)
     where m.segment = g.segment and m.record = g.record returning m.segment`,
    columns(going),
  );
  await tallySegments(tx, schema, { came, went }, at);
  await tx.query(
    `insert into ${schema}._segment_change (segment, record, change, cause, at, operation, told)
     select c.segment, c.record, case when c.comes then 'enter' else 'leave' end, 'publish', $5::timestamptz, $6::uuid, c.told
     from unnest($1::text[], $2::uuid[], $3::boolean[], $4::boolean[]) as c(segment, record, comes, told)
     on conflict (segment, record, operation, change) do nothing`,
    [...columns(turns), turns.map(({ comes }) => comes), turns.map(({ segment }) => told(segment)), at, operation],
  );
}

async function ask<Row>(tx: Queryable, { model, at }: Pass, piece: writing.Piece): Promise<readonly Row[]> {
  const { sql, parameters } = compile(piece);
  return (await tx.query(sql, [...bind(parameters, momentOf(model, at))])).rows as Row[];
}

async function takeApart(tx: Connection, { schema, rows, at }: Pass, segment: string): Promise<number> {
  const some = rows === allRows ? "" : `limit ${rows}`;
  const gone = await Promise.all(
    ["_segment_member", "_segment_due"].map((name) =>
      tx.query(
        `delete from ${schema}.${name} where segment = $1
           and record = any(array(select record from ${schema}.${name} where segment = $1 order by record ${some}))`,
        [segment],
      ),
    ),
  );
  await tallySegments(tx, schema, { came: [], went: [{ segment, n: gone[0]?.rowCount ?? 0 }] }, at);
  if (gone.every(({ rowCount }) => (rowCount ?? 0) < rows))
    await tx.query(`delete from ${schema}._segment_build where segment = $1`, [segment]);
  return rows;
}

/** Whether a segment waits to be built or taken apart. */
export async function segmentsWait({ pool, schema }: Workspace): Promise<boolean> {
  const { rows } = await pool.query(`select exists (select from ${schema}._segment_build) as waits`);
  return rows[0].waits;
}

/** How many records a batch looks at: as many as it was quick with, so that whoever writes them waits for a moment only. */
const paces = new WeakMap<Workspace, number>();
const [rowsFirst, rowsLeast, rowsMost] = [1000, 500, 20_000];
const [quickMs, slowMs] = [80, 300];

/** Builds segments for one batch of so many records at most, in one transaction. */
export async function buildSegments(workspace: Workspace, now: Date, most = rowsMost): Promise<Moves> {
  const { pool, schema } = workspace;
  const rows = Math.min(most, paces.get(workspace) ?? rowsFirst);
  const begun = performance.now();
  const built = await transaction(
    pool,
    "bulk",
    async (tx, opened) => {
      if (sharedVersion(opened) !== workspace.model.version) await workspace.refresh();
      return buildSome(tx, { schema, model: workspace.model, at: now, rows });
    },
    sharing(workspace),
  );
  const tookMs = performance.now() - begun;
  if (tookMs < quickMs) paces.set(workspace, Math.min(rowsMost, rows * 2));
  else if (tookMs > slowMs) paces.set(workspace, Math.max(rowsLeast, Math.ceil(rows / 2)));
  return { count: built === undefined ? 0 : 1, failures: [] };
}
