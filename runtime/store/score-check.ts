import { fitOf, nothingYet, scoresOf, standingOf, type Behaviour, type Score, type Values } from "engine";
import { identifier } from "engine/sql";
import { transaction } from "../database/begin.ts";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { engineScene } from "./due.ts";
import { sharing } from "./model-lock.ts";
import type { Scene } from "./operation.ts";
import { lockRecords } from "./rows.ts";
import { behaviourOf, environmentOf } from "./scores.ts";
import { flipDue } from "./segment-flips.ts";

/** A score that some records do not stand with as their fields and what has happened to them say. */
export interface ScoreDrift {
  readonly score: Score;
  readonly records: readonly string[];
}

interface Kept {
  readonly record: string;
  readonly fit: number;
  readonly behaviour: Pick<Behaviour, "pools" | "caps">;
  readonly over: boolean;
  readonly grade: string | null;
  readonly waits: boolean;
}

const batchRows = 1000;

/**
 * Works out every score of every record anew and compares it with what is kept. What a publish or time has left to be
 * worked out is no difference. Where all is well the answer is empty.
 */
export async function scoresDrift(workspace: Workspace, now: Date): Promise<readonly ScoreDrift[]> {
  const scene = engineScene(workspace, workspace.model, now);
  return transaction(workspace.pool, "report", async (tx) => {
    const found: ScoreDrift[] = [];
    for (const score of scoresOf(workspace.model)) {
      const records: string[] = [];
      for (
        let ids = await idsBehind(tx, scene, score);
        ids.length > 0;
        ids = await idsBehind(tx, scene, score, ids.at(-1))
      )
        records.push(...(await driftedOf(tx, scene, score, ids)));
      if (records.length > 0) found.push({ score, records });
    }
    return found;
  });
}

async function idsBehind(tx: Connection, { workspace: { schema } }: Scene, { entity }: Score, last?: string) {
  const { rows } = await tx.query(
    `select id from ${schema}.${identifier(entity.name)} where deleted_at is null and ($1::uuid is null or id > $1::uuid)
     order by id limit ${batchRows}`,
    [last ?? null],
  );
  return rows.map(({ id }: { id: string }) => id);
}

async function driftedOf(tx: Connection, scene: Scene, score: Score, ids: readonly string[]) {
  const { schema } = scene.workspace;
  const records = await lockRecords(tx, scene, score.entity, { ids, trash: "without", loose: true });
  const logged = await behaviourOf(tx, schema, score, ids);
  const { rows } = await tx.query(
    `select record, fit, behaviour, over, grade, (stale or coalesce(due_at <= $3::timestamptz, false)) as waits from ${schema}._score
     where score = $1 and record = any($2::uuid[])`,
    [score.anchor, ids, scene.now],
  );
  const kept = new Map((rows as Kept[]).map((row) => [row.record, row]));
  return [...records].flatMap(([id, record]) =>
    isSound(scene, score, { kept: kept.get(id), record, logged: logged.get(id) }) ? [] : [id],
  );
}

interface Compared {
  readonly kept: Kept | undefined;
  readonly record: Values;
  readonly logged: Pick<Behaviour, "pools" | "caps"> | undefined;
}

function isSound(scene: Scene, score: Score, { kept, record, logged }: Compared): boolean {
  if (!kept) return false;
  if (kept.waits) return true;
  const fit = fitOf(score, environmentOf(scene, score, record));
  const { pools, caps } = logged ?? nothingYet;
  const standing = standingOf(score, { fit, pools, wasOver: kept.over }, scene.now.getTime());
  return (
    kept.fit === fit &&
    kept.over === standing.over &&
    kept.grade === standing.grade &&
    sortedText(kept.behaviour) === sortedText({ pools, caps })
  );
}

/** JSON whose members are in the order of their names: PostgreSQL keeps them in its own. */
export const sortedText = (value: unknown): string =>
  JSON.stringify(value, (_, it: unknown) =>
    typeof it === "object" && it !== null && !Array.isArray(it) ? Object.fromEntries(Object.entries(it).sort()) : it,
  );

/** Has the scores worked out anew that are not what they come to; as with a publish nobody is told. Answers which. */
export async function mendScores(workspace: Workspace, now: Date): Promise<readonly string[]> {
  const { pool, schema } = workspace;
  const drifted = await scoresDrift(workspace, now);
  if (drifted.length === 0) return [];
  const rows = drifted.flatMap(({ score, records }) => records.map((record) => ({ score: score.anchor, record })));
  await transaction(
    pool,
    "bulk",
    (tx) =>
      tx.query(
        `insert into ${schema}._score (score, record, since, due_at, stale)
         select d.score, d.record, $3::timestamptz, $3::timestamptz, true from unnest($1::text[], $2::uuid[]) as d(score, record)
         order by d.record on conflict (score, record) do update set stale = true, due_at = excluded.due_at`,
        [rows.map(({ score }) => score), rows.map(({ record }) => record), now],
      ),
    sharing(workspace),
  );
  while ((await flipDue(workspace, now)) > 0);
  return drifted.map(({ score }) => score.document.$id);
}
