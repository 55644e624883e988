import { sql } from "kysely";
import { stretches } from "../calendar/business-time.ts";
import type { Schedule } from "../calendar/hours.ts";
import type { Told } from "../measures.ts";
import { nowSlot } from "./slot.ts";
import type { Reader, Source } from "./source.ts";
import type { Piece } from "./write.ts";

/** Business time is known of so many years before the one in which it is asked for, and of the next two. */
const yearsBack = 15;

/** Whether a run of a record has stood in a state, or has made one of some moves. */
export function everTold(
  { schema: name }: Pick<Reader, "schema">,
  record: Piece,
  { workflow, state, moves }: Pick<Told, "workflow" | "state" | "moves">,
): Piece {
  const schema = sql.raw(name);
  const held = moves
    ? sql`(j.from_state, j.to_state) in (select m->>0, m->>1 from jsonb_array_elements(${JSON.stringify(moves)}::jsonb) as m)`
    : sql`j.to_state = ${state}::text`;
  return sql`exists (select from ${schema}._journal as j join ${schema}._run as r on r.id = j.run
    where r.record = ${record} and r.workflow = ${workflow}::text and ${held})`;
}

/**
 * What the journal tells of the record at the root: the seconds that it stood in a state, all visits together, or how
 * often it made one of some moves. Null where it was never there, and where the reader does not see where it stands.
 */
export function toldOf(source: Source, { path, workflow, state, schedule, moves }: Told): Piece {
  const schema = sql.raw(source.reader.schema);
  const journal = sql`${schema}._journal as j join ${schema}._run as r on r.id = j.run
    where r.record = ${sql.id(source.root.alias)}.id and r.workflow = ${workflow}::text`;
  const field = path.at(-1)!.field!;
  const mask = source.maskOf(field);
  const seen = mask ? sql`case when ${source.condition(mask, source.root)} then ` : sql``;
  const end = mask ? sql` end` : sql``;
  if (moves) {
    const pairs = sql`select m->>0, m->>1 from jsonb_array_elements(${JSON.stringify(moves)}::jsonb) as m`;
    return sql`${seen}(select count(*) from ${journal} and (j.from_state, j.to_state) in (${pairs}))::numeric${end}`;
  }
  const spent = schedule ? openBetween : sql`extract(epoch from coalesce(v.gone, ${nowSlot}) - v.at)`;
  const calendar = schedule ? sql` cross join ${openTimes(schedule, source.reader.year!)}` : sql``;
  return sql`${seen}(select sum(${spent})::numeric from (
      select j.to_state, j.at, lead(j.at) over (order by j.revision) as gone from ${journal}
    ) as v${calendar} where v.to_state = ${state}::text)${end}`;
}

/** When a calendar is open, as one row `o` of arrays in seconds: beginnings, ends, and the open time before each. */
function openTimes(schedule: Schedule, year: number): Piece {
  const { starts, ends, before } = stretches(schedule, year - yearsBack, year + 2);
  const [from, to, sum] = [starts, ends, before].map((them) => `{${them.map((it) => it / 1000).join(",")}}`);
  return sql`(select ${from}::float8[] as starts, ${to}::float8[] as ends, ${sum}::float8[] as before) as o`;
}

const openUpTo = (moment: Piece): Piece => {
  const seconds = sql`extract(epoch from ${moment})::float8`;
  const at = sql`width_bucket(${seconds}, o.starts)`;
  return sql`coalesce(o.before[${at}] + least(${seconds}, o.ends[${at}]) - o.starts[${at}], 0)`;
};

const openBetween = sql`${openUpTo(sql`coalesce(v.gone, ${nowSlot})`)} - ${openUpTo(sql`v.at`)}`;
