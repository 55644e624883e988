import type { Model } from "engine";
import type { Queryable } from "../database/pool.ts";

/** Why a run is not taken back by the undo of the version that moved it: it has made a step since, has ended, or another publish has moved it. */
export type GoneOn = "step" | "end" | "publish";

/** The runs of a workflow that a version let go on by what was published. */
export interface MovedRuns {
  readonly workflow: string;
  readonly title: string;
  /** So many are as the version left them: its undo takes them back. */
  readonly back: number;
  readonly gone_on: Readonly<Record<GoneOn, number>>;
  /** Some of those that have gone on. */
  readonly examples: readonly { readonly run: string; readonly record: string; readonly why: GoneOn }[];
}

const examplesMost = 20;

/** What became of the runs that a version let go on by what was published, by workflow. */
export async function movedRuns(
  db: Queryable,
  { schema, model }: { readonly schema: string; readonly model: Model },
  version: number,
): Promise<readonly MovedRuns[]> {
  const workflows = [...model.workflows.values()];
  const { rows } = await db.query(
    `with span as (
       select w.name, v.version as since, v.moved_by, coalesce(v.until, 2147483647) as until
       from (select *, lead(version) over (partition by anchor order by version) as until from ${schema}._workflow_version) v
         join unnest($2::text[], $3::text[]) as w(anchor, name) using (anchor)
       where v.moved_by = $1),
     moved as (
       select r.workflow, r.id as run, r.record, case
           when r.status <> 'active' then 'end'
           when r.version < s.until or (l.event->>'type' = 'publish' and l.event->'data'->>'version' = $1::text) then 'back'
           when l.event->>'type' = 'publish' then 'publish'
           else 'step' end as now
       from span s join ${schema}._run r on r.workflow = s.name
         left join ${schema}._journal l on l.run = r.id and l.revision = r.revision
       where (r.version >= s.since and r.version < s.until and r.status = 'active')
         or (r.version >= s.moved_by and exists (select from ${schema}._journal j where j.run = r.id
           and (j.before->>'version')::integer >= s.since and (j.before->>'version')::integer < s.until)))
     select workflow, now, count(*)::integer as n, (array_agg(run order by run))[1:${examplesMost}] as runs,
       (array_agg(record order by run))[1:${examplesMost}] as records
     from moved group by workflow, now`,
    [version, workflows.map(({ meta }) => meta.id), workflows.map(({ id }) => id)],
  );
  const found = Map.groupBy(rows as Found[], ({ workflow }) => workflow);
  return workflows.flatMap(({ id, meta }) => {
    const own = found.get(id);
    if (!own) return [];
    const countOf = (now: Found["now"]) => own.find((it) => it.now === now)?.n ?? 0;
    const examples = own.flatMap(({ now: why, runs, records }) =>
      why === "back" ? [] : runs.map((run, at) => ({ run, record: records[at]!, why })),
    );
    return {
      workflow: id,
      title: meta.title,
      back: countOf("back"),
      gone_on: { step: countOf("step"), end: countOf("end"), publish: countOf("publish") },
      examples: examples.slice(0, examplesMost),
    };
  });
}

interface Found {
  readonly workflow: string;
  readonly now: GoneOn | "back";
  readonly n: number;
  readonly runs: readonly string[];
  readonly records: readonly string[];
}
