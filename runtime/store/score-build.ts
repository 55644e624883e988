import { anchorOf, scoresOf } from "engine";
import { identifier } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { scoreNote } from "./score-notes.ts";
import type { Scene } from "./operation.ts";
import type { Building } from "./segment-build.ts";

/** Marks the scores that a publish changes to be worked out anew, record by record, after it. */
export async function restartScores(tx: Connection, { schema, now, next, differences, at }: Building): Promise<void> {
  const changed = new Set(
    differences.flatMap(({ before, after }) => [before, after].flatMap((it) => (it ? anchorOf(it) : []))),
  );
  const kept = new Set(scoresOf(next).map(({ anchor }) => anchor));
  const gone = scoresOf(now).flatMap(({ anchor }) => (kept.has(anchor) ? [] : [anchor]));
  if (gone.length > 0) await tx.query(`delete from ${schema}._score where score = any($1::text[])`, [gone]);
  for (const { anchor, entity } of scoresOf(next))
    if (changed.has(anchor) || changed.has(entity.anchor))
      await tx.query(
        `insert into ${schema}._score (score, record, since, due_at, stale)
         select $1::text, t.id, $2::timestamptz, $2::timestamptz, true from ${schema}.${identifier(entity.name)} t where t.deleted_at is null
         on conflict (score, record) do update set stale = true, due_at = excluded.due_at`,
        [anchor, at],
      );
}

const batchRows = 500;

/** Takes some records whose points decay past something now, or that a publish has left to be worked out. */
export async function takeScoresDue(tx: Connection, scene: Scene): Promise<number> {
  const { schema } = scene.workspace;
  const { rows } = await tx.query(
    `select score, record from ${schema}._score where due_at <= $1 order by due_at, record limit ${batchRows}`,
    [scene.now],
  );
  const due = rows as { score: string; record: string }[];
  const scores = new Map(scoresOf(scene.model).map((score) => [score.anchor, score]));
  for (const [score, them] of Map.groupBy(due, (it) => scores.get(it.score))) {
    if (!score) continue;
    const ids = them.map(({ record }) => record);
    const { rows: free } = await tx.query(
      `select id from ${schema}.${identifier(score.entity.name)} where id = any($1::uuid[]) and deleted_at is null order by id
       for no key update skip locked`,
      [ids],
    );
    for (const { id } of free as { id: string }[]) scoreNote(scene, score).looks.add(id);
    await tx.query(
      `delete from ${schema}._score s where s.score = $1 and s.record = any($2::uuid[])
         and not exists (select from ${schema}.${identifier(score.entity.name)} t where t.id = s.record and t.deleted_at is null)`,
      [score.anchor, ids],
    );
  }
  return due.length;
}
