import { scoresOn, type Model, type PlannedWrite, type Score } from "engine";
import type { Fact } from "./facts.ts";
import type { Scene } from "./operation.ts";

/** What an operation does that a score hangs on. */
export interface ScoreNote {
  readonly score: Score;
  /** Records whose fit is worked out anew, and those of which all is. */
  readonly looks: Set<string>;
  readonly anew: Set<string>;
  readonly facts: Fact[];
}

/** By the anchors of the scores, until they are kept at the operation's end. */
export type ScoreNotes = Map<string, ScoreNote>;

/** Remembers what was noted so far; the answer goes back to it. */
export function markScores({ scores }: Pick<Scene, "scores">): () => void {
  const kept = [...scores].map(([anchor, { score, looks, anew, facts }]) => {
    const note: ScoreNote = { score, looks: new Set(looks), anew: new Set(anew), facts: [...facts] };
    return [anchor, note] as const;
  });
  return () => {
    scores.clear();
    for (const [anchor, note] of kept) scores.set(anchor, note);
  };
}

export function scoreNote(scene: Pick<Scene, "scores">, score: Score): ScoreNote {
  const found = scene.scores.get(score.anchor) ?? { score, looks: new Set(), anew: new Set(), facts: [] };
  scene.scores.set(score.anchor, found);
  return found;
}

/** Whether a write of these fields changes how well an entity's records fit. */
export const isScored = (model: Model, entity: string, names: ReadonlySet<string>): boolean =>
  scoresOn(model, entity).some(({ inputs }) => [...inputs].some((name) => names.has(name)));

/** Notes writes of records whose fit they change. */
export function noteScores(scene: Scene, writes: readonly PlannedWrite[]): void {
  for (const { entity, id, act, changed } of writes)
    for (const score of scoresOn(scene.model, entity))
      if (act === "create" || changed.some(({ name }) => score.inputs.has(name))) scoreNote(scene, score).looks.add(id);
}

/** Notes fields that the engine has written by itself. */
export function noteScored(scene: Scene, entity: string, ids: readonly string[], names: readonly string[]): void {
  for (const score of scoresOn(scene.model, entity))
    if (names.some((name) => score.inputs.has(name))) for (const id of ids) scoreNote(scene, score).looks.add(id);
}

/** Notes facts that count for scores; in the order in which they became known. */
export function noteBehaviour(scene: Scene, facts: readonly Fact[]): void {
  for (const fact of facts)
    for (const score of scoresOn(scene.model, fact.entity))
      if (score.types.has(fact.type)) scoreNote(scene, score).facts.push(fact);
}

/** Notes that older facts have joined a record: all of its behaviour is worked out anew. */
export function noteAttached(scene: Scene, entity: string, id: string): void {
  for (const score of scoresOn(scene.model, entity)) scoreNote(scene, score).anew.add(id);
}
