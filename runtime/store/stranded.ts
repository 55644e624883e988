import { documentOf, relocate, sameDocument, type Model } from "engine";
import type { Queryable } from "../database/pool.ts";
import { documentThen } from "./kept.ts";
import type { Scene } from "./operation.ts";
import type { StoredRun } from "./run.ts";

/** What an operation has done to records, to be taken back. */
interface ToUndo<Done, Moved> {
  readonly done: readonly Done[];
  readonly moves: readonly Moved[];
}

interface WentFrom {
  readonly record: string;
  readonly entity: string;
  readonly workflow: string;
  readonly before: StoredRun;
}

/**
 * Leaves out the records of which a run would go back to where its workflow has no place for it any more, whoever forces
 * it: a publish has taken the state away since, given its name to another, or put regions beside it.
 */
export async function withoutStranded<
  Done extends { readonly id: string; readonly created: boolean },
  Moved extends { readonly record: string },
>(db: Queryable, { workspace, model }: Scene, operation: string, { done, moves }: ToUndo<Done, Moved>) {
  if (moves.length === 0) return { done, moves, stranded: [] };
  const { schema } = workspace;
  const created = new Set(done.flatMap((it) => (it.created ? [it.id] : [])));
  const { rows } = await db.query(
    `select distinct on (j.run) r.record, r.entity, r.workflow, j.before from ${schema}._journal j
       join ${schema}._run r on r.id = j.run
     where j.operation = $1 and r.record = any($2::uuid[]) and j.before is not null
     order by j.run, j.revision`,
    [operation, moves.map(({ record }) => record).filter((it) => !created.has(it))],
  );
  const stranded = new Map<string, string>();
  for (const alike of Map.groupBy(rows as WentFrom[], placeOf).values())
    if (!(await hasPlace(db, { schema, model }, alike[0]!)))
      for (const { record, entity } of alike) stranded.set(record, entity);
  return {
    done: done.filter(({ id }) => !stranded.has(id)),
    moves: moves.filter(({ record }) => !stranded.has(record)),
    stranded: [...stranded].map(([id, entity]) => ({ entity, id, why: "stranded" as const })),
  };
}

const placeOf = ({ workflow, before: { version, value, history } }: WentFrom) =>
  JSON.stringify([workflow, version, value, history]);

/** Whether the workflow of a run, as it goes by it now, has the states in which it stood. */
async function hasPlace(
  db: Queryable,
  at: { readonly schema: string; readonly model: Model },
  { workflow, before }: WentFrom,
): Promise<boolean> {
  const [live, now] = [at.model.workflows.get(workflow), documentOf(at.model, workflow, before.version)];
  if (!live || !now) return true;
  const then = await documentThen(db, at, live, before.version);
  const { value, history = {} } = before;
  const { to } = relocate(then, now, { value, history });
  return sameDocument(to?.value ?? null, value);
}
