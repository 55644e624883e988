import { duplicateRulesOn, type Model, type ReadDuplicateRule } from "engine";
import { likeness } from "engine/sql";
import type { Clock } from "../clock.ts";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { comparing } from "./alike.ts";
import { hasIndexes } from "./indexes.ts";
import { engineItself, operate, type Scene } from "./operation.ts";
import { rowsOf } from "./rows.ts";

/** So many records are compared with all others in one transaction. */
const batchRows = 200;
/** So many open pairs of a rule are enough: who has not gone through these needs no others. */
const pairsMost = 10_000;

/** Models by whose rules all records have been searched: until the next one there is nothing to look for. */
const searched = new WeakSet<Model>();

const rulesIn = (model: Model): readonly ReadDuplicateRule[] =>
  [...model.entities.keys()].flatMap((name) => duplicateRulesOn(model, name));

/** What a rule says of which records are alike. */
const saidBy = ({ document: { match, where }, entity }: ReadDuplicateRule): string =>
  JSON.stringify([entity.anchor, match, where?.cel ?? ""]);

/** The anchors of rules by which the records that stood before them were not searched yet, once what they are found by is there. */
export async function waitingSearches(workspace: Workspace): Promise<readonly string[]> {
  const { model, pool, schema } = workspace;
  if (model.duplicateRules.size === 0 || searched.has(model)) return [];
  const { rows } = await pool.query(`select rule, said from ${schema}._alike_search where done_at is not null`);
  const done = new Map((rows as { rule: string; said: string }[]).map(({ rule, said }) => [rule, said]));
  const open = rulesIn(model).filter((rule) => done.get(rule.anchor) !== saidBy(rule));
  if (open.length === 0) searched.add(model);
  return open.length > 0 && (await hasIndexes(workspace)) ? open.map(({ anchor }) => anchor) : [];
}

/** Finds the pairs that a rule makes of the records that there are, a batch a transaction, and goes on where another has stopped. */
export async function workOnSearch(
  workspace: Workspace,
  clock: Clock,
  anchor: string,
  stopping: AbortSignal,
): Promise<void> {
  for (let more = true; more && !stopping.aborted;) {
    const now = clock.now();
    const told = {
      kind: "search",
      title: "Records that are alike",
      now,
      operation: newId(now),
      unbounded: true,
      bulk: true,
    };
    ({ result: more } = await operate(workspace, engineItself, told, (tx, scene) => searchBatch(tx, scene, anchor)));
  }
}

/** Whether there is more to search. */
async function searchBatch(tx: Connection, scene: Scene, anchor: string): Promise<boolean> {
  const { model, workspace, now, operation } = scene;
  const { schema } = workspace;
  const rule = rulesIn(model).find((it) => it.anchor === anchor);
  if (!rule) return false;
  const { rows } = await tx.query(
    `insert into ${schema}._alike_search as s (rule, said) values ($1, $2)
     on conflict (rule) do update set said = excluded.said,
       after = case when s.said = excluded.said then s.after end, done_at = case when s.said = excluded.said then s.done_at end
     returning after, done_at, (select count(*)::int from ${schema}._alike a where a.rule = $1 and a.decided_at is null) as pairs`,
    [anchor, saidBy(rule)],
  );
  const [at] = rows as [{ after: string | null; done_at: Date | null; pairs: number }];
  if (at.done_at !== null) return false;
  const reader = { model, schema, access: undefined };
  const ids =
    at.pairs < pairsMost
      ? await rowsOf<{ id: string }>(tx, scene, likeness.nextOf(reader, rule, at.after, batchRows))
      : [];
  const last = ids.at(-1)?.id;
  if (last !== undefined)
    await comparing(
      tx,
      scene,
      rule,
      likeness.keepPairs(
        reader,
        rule,
        ids.map(({ id }) => id),
        { now, operation, by: null, reason: null },
      ),
    );
  await tx.query(`update ${schema}._alike_search set after = coalesce($2, after), done_at = $3 where rule = $1`, [
    anchor,
    last ?? null,
    last === undefined ? now : null,
  ]);
  return last !== undefined;
}
