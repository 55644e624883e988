import { sql } from "kysely";
import type { Entity, Field } from "../model.ts";
import { bigramsOf } from "./bigrams.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/**
 * Any of the searched fields holds the words, whatever their case; what a reader may not see is not looked into. For a
 * WHERE: null where a field is empty and none holds them.
 */
export function searched(source: Source, words: string): Piece {
  const { entity } = source.root;
  const pattern = `%${words.replaceAll(/[\\%_]/g, "\\$&")}%`;
  const fields = [...entity.fields.values()].filter(
    (field) => field.type.searched && !field.system && isSeen(source, field),
  );
  if (fields.length === 0) return sql`false`;
  const signs = bigramsOf(words);
  const each = fields.map((field) => {
    const { value } = source.value(field) as { value: Piece };
    const held = sql`${value} ilike ${pattern}`;
    // The index knows the signs; were it asked for the pattern too, which may be too short for it, it would read all.
    return signs.length === 0
      ? held
      : sql`(trellis.bigrams(${value}) @> ${signs}::text[] and coalesce(${held}, false))`;
  });
  return sql`(${sql.join(each, sql` or `)})`;
}

function isSeen(source: Source, field: Field): boolean {
  return source.maskOf(field)?.kind !== "none";
}

/** The live records of an entity that hold the words, whoever sees them. */
function holders(reader: Reader, entity: Entity, alias: string, words: string): Piece {
  const source = new Source(reader, entity, alias);
  const row = sql.id(alias);
  const held = searched(source, words);
  return sql`select ${row}.* from ${source.from()} where ${row}.deleted_at is null and ${held}`;
}

/**
 * Those records as a source, where they are few: PostgreSQL finds all of them by their words before it looks at anything
 * else that is asked (`offset 0` keeps it from mixing the two), be it whose they are or in which order.
 */
export function holdersAs(reader: Reader, entity: Entity, alias: string, words: string): Source {
  const rows = sql`${holders(reader, entity, alias, words)} offset 0`;
  return new Source(reader, entity, alias, undefined, { rows, many: true });
}

/** All those records of entities. Not to be run: how PostgreSQL would find them tells where they are few. */
export function holdersStatement(reader: Reader, entities: readonly Entity[], words: string): CompiledStatement {
  const parts = entities.map((entity, at) => holders(reader, entity, aliasOf(at), words));
  const ids = parts.map((part) => sql`select h.id from (${part}) as h`);
  return compile(sql`${sql.join(ids, sql` union all `)}`);
}

const aliasOf = (at: number) => `t${at}`;

/** A node of a plan as PostgreSQL explains it. */
export interface PlanNode {
  readonly "Node Type": string;
  readonly "Plan Rows": number;
  readonly Alias?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Of which entities the records are found by the index of their words, in the plan of `holdersStatement`. */
export function foundByWords(entities: readonly Entity[], plan: PlanNode): ReadonlySet<Entity> {
  const aliases = (node: PlanNode): readonly (string | undefined)[] => [
    ...(node["Node Type"] === "Bitmap Heap Scan" ? [node.Alias] : []),
    ...(node.Plans ?? []).flatMap(aliases),
  ];
  const found = new Set(aliases(plan));
  return new Set(entities.filter((_, at) => found.has(aliasOf(at))));
}
