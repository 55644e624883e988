import { sql } from "kysely";
import { waysMax } from "../discovery/process-map.ts";
import type { MapPlan } from "../discovery/question.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { nowSlot } from "./slot.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/**
 * The map of what the runs of a workflow did, over the records and by the field that the reader sees, as one row with one
 * JSON value: `discover` over the same steps. What a run begins in is its first state; it has no edge.
 */
export function processMapStatement(reader: Reader, plan: MapPlan): CompiledStatement {
  const schema = sql.raw(reader.schema);
  const source = new Source(reader, plan.entity);
  const mask = source.maskOf(plan.field);
  const seen = [
    source.visible(),
    sql`${sql.id(source.root.alias)}.deleted_at is null`,
    ...(mask ? [source.condition(mask, source.root)] : []),
  ];
  const records = sql`select ${sql.id(source.root.alias)}.id from ${source.from()} where ${sql.join(seen, sql` and `)}`;
  const within =
    plan.days === null ? sql`true` : sql`j.at >= ${nowSlot} - make_interval(secs => ${plan.days * 86_400})`;
  const inner = JSON.stringify(plan.inner);
  return compile(sql`with steps as materialized (
      select j.run, j.revision, j.to_state as name,
        lag(j.to_state) over one as before,
        extract(epoch from j.at - lag(j.at) over one)::float8 as seconds,
        j.at, lead(j.run) over one is null as last
      from ${schema}._journal as j join ${schema}._run as r on r.id = j.run
      where r.workflow = ${plan.workflow} and r.record in (${records}) and ${within}
        and (j.event->>'type') <> 'publish'
        and not (j.from_state is not distinct from j.to_state and j.transitions <@ ${inner}::jsonb)
      window one as (partition by j.run order by j.revision)
    ), runs as materialized (
      select run, array_agg(name order by revision) as way, extract(epoch from max(at) - min(at))::float8 as seconds
      from steps group by run
    )
    select json_build_object(
      'cases', (select count(*) from runs), 'events', (select count(*) from steps),
      'nodes', ${listed(sql`select name, count(*)::int as count, count(distinct run)::int as cases,
          count(*) filter (where before is null)::int as starts, count(*) filter (where last)::int as ends
        from steps group by name order by count desc, name collate "C"`)},
      'edges', ${listed(sql`select before as "from", name as "to", count(*)::int as count, count(distinct run)::int as cases,
          ${times(sql`seconds`)}
        from steps where before is not null group by before, name
        order by count desc, before collate "C", name collate "C"`)},
      'variants', (select count(distinct way) from runs),
      'ways', ${listed(sql`select way as trace, count(*)::int as count from runs group by way
        order by count desc, array_to_string(way, ' ') collate "C" limit ${waysMax}`)},
      'throughput', (select to_json(t) from (select ${times(sql`seconds`)}, min(seconds) as min,
          ${share(sql`seconds`, 0.25)} as p25, ${share(sql`seconds`, 0.75)} as p75, max(seconds) as max
        from runs having count(*) > 0) as t)
    )::text as row`);
}

const listed = (rows: Piece): Piece => sql`(select coalesce(json_agg(x), '[]') from (${rows}) as x)`;

const share = (of: Piece, at: number): Piece => sql`percentile_cont(${sql.lit(at)}) within group (order by ${of})`;

const times = (of: Piece): Piece => sql`avg(${of}) as mean, ${share(of, 0.5)} as median, ${share(of, 0.9)} as p90`;
