import {
  behave,
  dayIn,
  holds,
  leftOf,
  nothingYet,
  scoresOn,
  seesScore,
  standingOf,
  withFormulas,
  type Behaviour,
  type Score,
  type Values,
} from "engine";
import { getRecord, type ReadScene } from "./read.ts";
import { factsOf, rounded } from "./scores.ts";

/** How a record stands with the scores of its entity that the reader may know, now, and what contributes how much. */
export async function scoresOfRecord(scene: ReadScene, entity: string, id: string) {
  const { model, access, workspace } = scene;
  const { text } = await getRecord(scene, entity, id, {});
  const record = JSON.parse(text) as Values;
  const scores = scoresOn(model, entity).filter((score) => seesScore(access, score));
  const { rows } = await workspace.pool.query(
    `select score, fit, behaviour, over, since from ${workspace.schema}._score where record = $1 and score = any($2::text[])`,
    [id, scores.map(({ anchor }) => anchor)],
  );
  const stored = new Map((rows as Kept[]).map((row) => [row.score, row]));
  const facts = await Promise.all(scores.map((score) => factsOf(workspace.pool, workspace.schema, score, [id])));
  return scores.map((score, at) => told(scene, score, { record, kept: stored.get(score.anchor), facts: facts[at]! }));
}

interface Kept {
  readonly score: string;
  readonly fit: number;
  readonly behaviour: Behaviour;
  readonly over: boolean;
  readonly since: string;
}

interface Telling {
  readonly record: Values;
  readonly kept: Kept | undefined;
  readonly facts: Awaited<ReturnType<typeof factsOf>>;
}

function told({ model, now }: ReadScene, score: Score, { record, kept, facts }: Telling) {
  const { document } = score;
  const at = now.getTime();
  const fit = kept?.fit ?? 0;
  const standing = standingOf(score, { fit, pools: kept?.behaviour.pools ?? {}, wasOver: kept?.over ?? false }, at);
  const environment = withFormulas(model, score.entity, {
    record,
    now: now.toISOString(),
    today: dayIn(model.workspace.time_zone, now),
  });
  return {
    name: document.$id,
    title: document.title,
    value: rounded(standing.value),
    fit: rounded(fit),
    behaviour: rounded(standing.behaviour),
    grade: standing.grade,
    over: standing.over,
    threshold: document.threshold,
    since: kept?.since ?? null,
    changes_at: standing.due === undefined ? null : new Date(standing.due).toISOString(),
    contributions: [
      ...score.fit.flatMap(({ rule, when }) =>
        holds(when, environment) ? [{ part: "fit", title: rule.title, points: rule.points, times: 1 }] : [],
      ),
      ...contributions(score, facts, at),
    ],
  };
}

/** What each rule of behaviour has given and what of it is left. */
function contributions({ document }: Score, facts: Telling["facts"], now: number) {
  const left = new Map<number, { points: number; times: number }>();
  let sofar: Behaviour = nothingYet;
  for (const { type, at, data } of facts) {
    const moment = new Date(at).getTime();
    const { gave, ...next } = behave({ document }, sofar, { type, at: moment, data });
    sofar = next;
    for (const { rule, points } of gave) {
      const known = left.get(rule) ?? { points: 0, times: 0 };
      const single = behave(
        { document: { ...document, behaviour: [{ ...document.behaviour![rule]!, points }] } },
        nothingYet,
        { type, at: moment, data },
      );
      const [[halfLife = "0", pool] = []] = Object.entries(single.pools);
      left.set(rule, {
        points: known.points + (pool ? leftOf(Number(halfLife), pool, now) : 0),
        times: known.times + 1,
      });
    }
  }
  return [...left].map(([rule, { points, times }]) => ({
    part: "behaviour",
    title: document.behaviour![rule]!.title,
    points: rounded(points),
    times,
  }));
}
