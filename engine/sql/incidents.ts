import { sql } from "kysely";
import type { Entity } from "../model.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/** Which incidents are read. */
export interface IncidentQuery {
  /** Without it those of every status. */
  readonly status?: string | undefined;
  readonly workflow?: string | undefined;
  readonly record?: string | undefined;
  readonly state?: string | undefined;
  /** The id of the incident behind which the page begins. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/**
 * The incidents of records that the reader may read and may put anywhere (`bypass`), of all these entities, the newest
 * first. One statement, whatever the number of entities; each lists by the indexes of incidents, not by its records.
 */
export function incidentsStatement(
  reader: Reader,
  entities: readonly Entity[],
  query: IncidentQuery,
): CompiledStatement {
  const table = (name: string) => sql`${sql.raw(reader.schema)}.${sql.id(name)}`;
  const chosen = sql`select i.*, r.workflow, r.version, r.entity, r.value from ${table("_incident")} as i
    join ${table("_run")} as r on r.id = i.run where ${sql.join(conditionsOf(query, table), sql` and `)}`;
  const parts = entities.map((entity, at) => {
    const source = new Source(reader, entity, `t${at}`);
    const name = entity.nameField ? (source.value(entity.nameField) as { value: Piece }).value : sql`null`;
    const rights = source.rights(entity);
    const mended = rights ? source.condition(rights.rule("bypass"), source.root) : sql`true`;
    const seen = sql`${source.visible()} and ${mended}`;
    const row = sql.id(source.root.alias);
    return sql`(select k.*, ${name}::text as record_name from ${source.from()}
      join chosen as k on k.record = ${row}.id and k.entity = ${entity.name}::text
      where ${seen} and ${row}.deleted_at is null)`;
  });
  return compile(sql`with chosen as (${chosen}), x as (${sql.join(parts, sql` union all `)})
    select x.id, x.kind, x.title, x.error, x.workflow, x.version, x.entity, x.record, x.record_name, x.state, x.value, x.at, x.status,
      x.closed_at, (select json_build_object('id', u.id, 'name', u.name) from ${table("user")} as u where u.id = x.closed_by) as closed_by,
      e.kind as action, e.wire, e.attempts, e.answer, e.repeats, e.uncertain
    from x left join ${table("_effect")} as e on x.kind = 'effect' and e.id::text = x.source
    order by x.at desc, x.id desc limit ${sql.raw(String(query.limit))}`);
}

function conditionsOf(
  { status, workflow, record, state, before }: IncidentQuery,
  table: (name: string) => Piece,
): readonly Piece[] {
  return [
    sql`true`,
    ...(status === undefined ? [] : [sql`i.status = ${status}`]),
    ...(workflow === undefined ? [] : [sql`r.workflow = ${workflow}`]),
    ...(record === undefined ? [] : [sql`i.record = ${record}::uuid`]),
    ...(state === undefined ? [] : [sql`i.state = ${state}`]),
    ...(before === undefined
      ? []
      : [sql`(i.at, i.id) < (select b.at, b.id from ${table("_incident")} as b where b.id = ${before}::uuid)`]),
  ];
}
