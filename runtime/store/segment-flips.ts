import { segmentsIn, type ReadSegment } from "engine";
import { transaction } from "../database/begin.ts";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { flush } from "./commit.ts";
import { engineScene } from "./due.ts";
import { sharedVersion, sharing } from "./model-lock.ts";
import { keepOperation, type Scene } from "./operation.ts";
import { takeScoresDue } from "./score-build.ts";
import { tellMembers } from "./segments.ts";
import { settle } from "./settle.ts";

const batchRows = 500;

/** A segment of which nobody is told yet, for it is not whole; and one that is no more. */
const beingBuilt = (schema: string) => `select from ${schema}._segment_build b where b.segment = c.segment`;
const beingGone = (schema: string) =>
  `select from ${schema}._segment_build b where b.segment = d.segment and b.entity is null`;

/** Whether time has changed who is in a segment or how a score stands, or somebody's coming by a publish is yet to be told. */
export async function areFlipsDue({ pool, schema }: Workspace, now: Date): Promise<boolean> {
  const { rows } = await pool.query(
    `select exists (select from ${schema}._segment_due d where d.due_at <= $1 and not exists (${beingGone(schema)}))
       or exists (select from ${schema}._score where due_at <= $1)
       or exists (select from ${schema}._segment_change c where not c.told and not exists (${beingBuilt(schema)})) as due`,
    [now],
  );
  return rows[0].due;
}

/**
 * Looks at some of the records whose moment has come, in one transaction, and tells journeys of some who came or went by a publish. Records
 * that others are at are left for the next time. Answers how many were looked at.
 */
export async function flipDue(workspace: Workspace, now: Date): Promise<number> {
  const work = async (tx: Connection, opened: readonly any[]) => {
    if (sharedVersion(opened) !== workspace.model.version) await workspace.refresh();
    const scene: Scene = { ...engineScene(workspace, workspace.model, now), staged: [] };
    const count = (await takeScoresDue(tx, scene)) + (await lookAtDue(tx, scene)) + (await tellUntold(tx, scene));
    if (count === 0) return 0;
    await settle(tx, scene);
    await keepOperation(tx, scene, { kind: "segment", title: "Segments" });
    await flush(tx, scene);
    return count;
  };
  return transaction(workspace.pool, "bulk", work, sharing(workspace));
}

async function lookAtDue(tx: Connection, scene: Scene): Promise<number> {
  const { workspace, model, now } = scene;
  const { schema } = workspace;
  const { rows } = await tx.query(
    `select d.segment, d.record from ${schema}._segment_due d where d.due_at <= $1 and not exists (${beingGone(schema)})
     order by d.due_at, d.record limit ${batchRows}`,
    [now],
  );
  const due = rows as { segment: string; record: string }[];
  const segments = new Map(segmentsIn(model).map((segment) => [segment.anchor, segment]));
  let count = 0;
  for (const [entity, them] of Map.groupBy(due, (it) => segments.get(it.segment)?.entity)) {
    if (!entity) continue;
    const ids = [...new Set(them.map(({ record }) => record))];
    const free = await tx.query(
      `select id from ${schema}."${entity.name}" where id = any($1::uuid[]) order by id for no key update skip locked`,
      [ids],
    );
    const held = new Set(free.rows.map(({ id }: { id: string }) => id));
    const there = await tx.query(`select id from ${schema}."${entity.name}" where id = any($1::uuid[])`, [ids]);
    const standing = new Set(there.rows.map(({ id }: { id: string }) => id));
    for (const { segment, record } of them)
      if (held.has(record) || !standing.has(record)) {
        scene.segments.look(segments.get(segment)!, [record], "time");
        count += 1;
      }
  }
  return count;
}

/** Somebody's coming or going of which nobody was told, by the segment's anchor. */
interface Untold {
  readonly segment: string;
  readonly record: string;
  readonly change: "enter" | "leave";
  readonly cause: string;
}

async function tellUntold(tx: Connection, scene: Scene): Promise<number> {
  const { schema } = scene.workspace;
  const { rows } = await tx.query(
    `with untold as (select c.segment, c.record, c.operation, c.change from ${schema}._segment_change c
       where not c.told and not exists (${beingBuilt(schema)}) order by c.at, c.record
       limit ${batchRows} for update skip locked)
     update ${schema}._segment_change as c set told = true from untold s
     where c.segment = s.segment and c.record = s.record and c.operation = s.operation and c.change = s.change
     returning c.segment, c.record, c.change, c.cause`,
  );
  const segments = new Map(segmentsIn(scene.model).map((segment) => [segment.anchor, segment]));
  const flips = (rows as Untold[]).flatMap(({ segment, ...flip }) => {
    const found: ReadSegment | undefined = segments.get(segment);
    return found ? [{ segment: found, ...flip }] : [];
  });
  await tellMembers(tx, scene, flips);
  return rows.length;
}
