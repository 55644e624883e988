import {
  behave,
  dayIn,
  fitOf,
  nothingYet,
  segmentsOn,
  standingOf,
  withFormulas,
  type Behaviour,
  type Score,
  type ScoreStanding,
  type Values,
} from "engine";
import type { Connection, Queryable } from "../database/pool.ts";
import { flush } from "./commit.ts";
import { recordFacts } from "./facts.ts";
import type { Scene } from "./operation.ts";
import { lockRecords } from "./rows.ts";
import type { ScoreNote } from "./score-notes.ts";

/** How a record stood with a score. */
interface Stored {
  readonly record: string;
  readonly behaviour: Behaviour;
  readonly over: boolean;
  readonly grade: string | null;
  readonly stale: boolean;
}

/** How it stands now. */
interface Stands extends ScoreStanding {
  readonly record: string;
  readonly fit: number;
  readonly kept: Behaviour;
  readonly wasOver: boolean;
  readonly wasGrade: string | null;
  /** Of what a publish brings nobody is told. */
  readonly silent: boolean;
}

/** Keeps scores up to date with what an operation has done, in its transaction; crossing a threshold is a fact. */
export async function keepScores(tx: Connection, scene: Scene): Promise<void> {
  const notes = [...scene.scores.values()];
  scene.scores.clear();
  if (notes.length > 0) await flush(tx, scene);
  for (const note of notes) await keep(tx, scene, note);
}

async function keep(tx: Connection, scene: Scene, { score, looks, anew, facts }: ScoreNote): Promise<void> {
  const ids = [...new Set([...looks, ...anew, ...facts.map(({ record }) => record)])].sort();
  const records = await lockRecords(tx, scene, score.entity, { ids, trash: "without" });
  const stored = await storedOf(tx, scene, score, [...records.keys()]);
  const again = new Set([...records.keys()].filter((id) => anew.has(id) || !stored.has(id) || stored.get(id)!.stale));
  const logged = await behaviourOf(tx, scene.workspace.schema, score, [...again]);
  const stands = [...records].map(([id, record]): Stands => {
    const before = stored.get(id);
    const fresh = facts.filter((fact) => fact.record === id);
    const kept = again.has(id)
      ? (logged.get(id) ?? nothingYet)
      : fresh.reduce<Behaviour>(
          (sofar, { type, at, data }) => behave(score, sofar, { type, at: at.getTime(), data }),
          before!.behaviour,
        );
    const fit = fitOf(score, environmentOf(scene, score, record));
    const wasOver = before?.over ?? false;
    const standing = standingOf(score, { fit, pools: kept.pools, wasOver }, scene.now.getTime());
    return {
      ...standing,
      record: id,
      fit,
      kept: { pools: kept.pools, caps: kept.caps },
      wasOver,
      wasGrade: before?.grade ?? null,
      silent: before?.stale ?? false,
    };
  });
  await write(tx, scene, score, stands);
  const turned = stands.filter((it) => it.over !== it.wasOver || it.grade !== it.wasGrade).map(({ record }) => record);
  for (const segment of segmentsOn(scene.model, score.entity.name))
    if (segment.clauses.some((it) => it.kind === "score" && it.score === score.anchor))
      scene.segments.look(segment, turned, "score");
  const crossed = stands.filter(({ over, wasOver, silent }) => over !== wasOver && !silent);
  await recordFacts(
    tx,
    scene,
    crossed.map(({ record, over, value, grade }) => ({
      type: "score.crossed",
      subject: { entity: score.entity.name, record },
      at: scene.now,
      source: "score",
      sourceId: `${score.anchor} ${record} ${over} ${scene.operation} ${scene.now.toISOString()}`,
      data: {
        score: score.document.$id,
        title: score.document.title,
        direction: over ? "up" : "down",
        value: rounded(value),
        ...(grade === null ? {} : { grade }),
      },
    })),
  );
}

/** Points as people read them. */
export const rounded = (value: number): number => Math.round(value * 10) / 10;

/** What the conditions of a score's fit see of a record. */
export function environmentOf({ model, now }: Scene, { entity }: Score, record: Values) {
  return withFormulas(model, entity, { record, now: now.toISOString(), today: dayIn(model.workspace.time_zone, now) });
}

async function storedOf(tx: Connection, { workspace }: Scene, { anchor }: Score, ids: readonly string[]) {
  const { rows } = await tx.query(
    `select record, behaviour, over, grade, stale from ${workspace.schema}._score where score = $1 and record = any($2::uuid[])`,
    [anchor, ids],
  );
  return new Map((rows as Stored[]).map((row) => [row.record, row]));
}

/** The behaviour of records as all that has happened to them makes it, in the order in which it became known. */
export async function behaviourOf(
  db: Queryable,
  schema: string,
  score: Score,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Behaviour>> {
  const behaviours = new Map<string, Behaviour>();
  for (const { record, type, at, data } of await factsOf(db, schema, score, ids)) {
    const { pools, caps } = behave(score, behaviours.get(record) ?? nothingYet, {
      type,
      at: new Date(at).getTime(),
      data,
    });
    behaviours.set(record, { pools, caps });
  }
  return behaviours;
}

interface Logged {
  readonly record: string;
  readonly type: string;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The facts about records that a score counts, in the order in which they became known. */
export async function factsOf(
  db: Queryable,
  schema: string,
  score: Score,
  ids: readonly string[],
): Promise<readonly Logged[]> {
  if (ids.length === 0 || score.types.size === 0) return [];
  const { rows } = await db.query(
    `select record, type, at, data from ${schema}._fact where record = any($1::uuid[]) and type = any($2::text[]) order by id`,
    [ids, [...score.types]],
  );
  return rows as Logged[];
}

async function write(tx: Connection, { workspace, now }: Scene, { anchor }: Score, stands: readonly Stands[]) {
  if (stands.length === 0) return;
  await tx.query(
    `insert into ${workspace.schema}._score as s (score, record, fit, behaviour, over, grade, since, due_at, stale)
     select $1::text, r.record, r.fit, r.behaviour, r.over, r.grade, $2::timestamptz, r.due_at, false
     from unnest($3::uuid[], $4::float8[], $5::jsonb[], $6::boolean[], $7::text[], $8::timestamptz[])
       as r(record, fit, behaviour, over, grade, due_at) order by r.record
     on conflict (score, record) do update set fit = excluded.fit, behaviour = excluded.behaviour, over = excluded.over,
       grade = excluded.grade, due_at = excluded.due_at, stale = false,
       since = case when s.over = excluded.over then s.since else excluded.since end`,
    [
      anchor,
      now,
      stands.map(({ record }) => record),
      stands.map(({ fit }) => fit),
      stands.map(({ kept }) => JSON.stringify(kept)),
      stands.map(({ over }) => over),
      stands.map(({ grade }) => grade),
      stands.map(({ due }) => (due === undefined ? null : new Date(due))),
    ],
  );
}
