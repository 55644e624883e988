import { sql } from "kysely";
import type { Entity, Field } from "../model.ts";
import { bigramsOf } from "./bigrams.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/**
 * Each word stands in some searched field, whatever its case; what a reader may not see is not looked into. For a WHERE:
 * null where a field is empty and none holds a word.
 */
export function searched(source: Source, words: readonly string[]): Piece {
  const { entity } = source.root;
  const fields = [...entity.fields.values()].filter(
    (field) => field.type.searched && !field.system && isSeen(source, field),
  );
  if (fields.length === 0) return sql`false`;
  const values = fields.map((field) => (source.value(field) as { value: Piece }).value);
  return sql.join(
    words.map((word) => holding(values, word)),
    sql` and `,
  );
}

/** One of the values holds the word. */
function holding(values: readonly Piece[], word: string): Piece {
  const pattern = `%${literally(word)}%`;
  const signs = bigramsOf(word);
  const each = values.map((value) => {
    const held = sql`${value} ilike ${pattern}`;
    // The index knows the signs; were it asked for the pattern too, which may be too short for it, it would read all.
    return signs.length === 0
      ? held
      : sql`(trellis.bigrams(${value}) @> ${signs}::text[] and coalesce(${held}, false))`;
  });
  return sql`(${sql.join(each, sql` or `)})`;
}

/** A text as a pattern that nothing but it fulfils. */
const literally = (text: string) => text.replaceAll(/[\\%_]/g, "\\$&");

function isSeen(source: Source, field: Field): boolean {
  return source.maskOf(field)?.kind !== "none";
}

/** How near a record is to what is asked: its name begins with it, or at least has each word as the beginning of a word. */
type Near = "begins" | "leads";

/** Records of an entity that are looked for: those that hold the words, or of them the ones that are as near. */
export interface Sought {
  readonly entity: Entity;
  readonly words: readonly string[];
  readonly near?: Near;
}

/** What is looked for where the nearest come first. Who is found by one is found by all behind it. */
export const nearestFirst = (entity: Entity, words: readonly string[]): readonly Sought[] => [
  { entity, words, near: "begins" },
  { entity, words, near: "leads" },
  { entity, words },
];

/** The condition of those that are looked for. */
export function soughtIn(source: Source, { words, near }: Sought): Piece {
  const held = searched(source, words);
  return near ? sql`${held} and ${nearIn(source, words)[near]}` : held;
}

/** The place of a record's nearness among those of `nearestFirst`. */
export function nearness(source: Source, words: readonly string[]): Piece {
  const { begins, leads } = nearIn(source, words);
  return sql`case when ${begins} then 0 when ${leads} then 1 else 2 end`;
}

/** What stands before a word of a name: nothing, or the blank of any script. */
const before = ["", "% ", "%\u3000"];

function nearIn(source: Source, words: readonly string[]): Readonly<Record<Near, Piece>> {
  const { value } = source.value(source.root.entity.nameField!) as { value: Piece };
  const fits = (pattern: string) => sql`${value}::text ilike ${pattern}`;
  const leads = words.map((word) => {
    const each = before.map((it) => fits(`${it}${literally(word)}%`));
    return sql`(${sql.join(each, sql` or `)})`;
  });
  return { begins: fits(`${literally(words.join(" "))}%`), leads: sql.join(leads, sql` and `) };
}

/** The live records that are looked for, whoever sees them. */
function holders(reader: Reader, sought: Sought, alias: string): Piece {
  const source = new Source(reader, sought.entity, alias);
  const row = sql.id(alias);
  const held = soughtIn(source, sought);
  return sql`select ${row}.* from ${source.from()} where ${row}.deleted_at is null and ${held}`;
}

/**
 * Those records as a source, where they are few: PostgreSQL finds all of them by their words before it looks at anything
 * else that is asked (`offset 0` keeps it from mixing the two), be it whose they are or in which order.
 */
export function holdersAs(reader: Reader, sought: Sought, alias: string): Source {
  const rows = sql`${holders(reader, sought, alias)} offset 0`;
  return new Source(reader, sought.entity, alias, undefined, { rows, many: true });
}

/** All that are looked for. Not to be run: how PostgreSQL would find them tells where they are few. */
export function holdersStatement(reader: Reader, each: readonly Sought[]): CompiledStatement {
  const parts = each.map((sought, at) => holders(reader, sought, aliasOf(at)));
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

/**
 * What of that is few, in the plan of `holdersStatement`: what is found by the index of words, and of the nearest what is
 * less than a third of its table. These stand together in the order of names, and who walks along it passes all before them.
 */
export function fewOf(each: readonly Sought[], plan: PlanNode, rows: ReadonlyMap<string, number>): ReadonlySet<Sought> {
  const nodes = nodesIn(plan);
  return new Set(
    each.filter(({ entity, near }, at) => {
      const own = nodes.filter(({ Alias }) => Alias === aliasOf(at));
      if (own.some((node) => node["Node Type"] === "Bitmap Heap Scan")) return true;
      return near !== undefined && own.every((node) => node["Plan Rows"] * 3 < (rows.get(entity.name) ?? 0));
    }),
  );
}

const nodesIn = (node: PlanNode): readonly PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesIn)];
