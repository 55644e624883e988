import type { Model } from "engine";
import { Cache } from "engine/sql";
import { isJoined } from "../database/form.ts";
import type { Query, Queryable } from "../database/pool.ts";
import { named, nameIn } from "./named.ts";

/** One statement, ready to run. Its parameters say their types: it may stand in a larger one. */
export interface Part {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/**
 * Writes a step: statements that do not see each other's results. On a plain server they are one statement and one
 * round trip, planned once by each connection; on a cluster they follow each other in the same transaction, in the order
 * given.
 */
export async function commit(tx: Queryable, parts: readonly Part[], model: Model): Promise<void> {
  for (const query of queriesOf(parts, model)) await tx.query(query);
}

/** Parts as `commit` sends them. */
export function queriesOf(parts: readonly Part[], model: Model): readonly Query[] {
  if (parts.length === 0) return [];
  return (isJoined() ? [join(parts)] : parts).map(({ sql, parameters }) => ({
    text: sql,
    values: [...parameters],
    ...nameIn(named(model, { sql, parameters })),
  }));
}

/** Writes parts now, or with the operation's row where the operation is one write alone. */
export async function stage(tx: Queryable, scene: Staging, parts: readonly Part[]): Promise<void> {
  if (scene.staged) scene.staged.push(...parts);
  else await commit(tx, parts, scene.model);
}

/** Writes what was staged, where something is about to read it. */
export async function flush(tx: Queryable, scene: Staging): Promise<void> {
  await commit(tx, scene.staged?.splice(0) ?? [], scene.model);
}

interface Staging {
  readonly model: Model;
  readonly staged?: Part[];
}

const joined = new Cache<string>(500);

/** Parts as one statement. What they return is dropped. */
export function join(parts: readonly Part[]): Part {
  const [first, ...more] = parts;
  if (first && more.length === 0) return first;
  const sql = joined.get(parts.map((part) => part.sql).join("\0"), () => textOf(parts));
  return { sql, parameters: parts.flatMap(({ parameters }) => parameters) };
}

function textOf(parts: readonly Part[]): string {
  let offset = 0;
  const steps = parts.map(({ sql, parameters }, index) => {
    const from = offset;
    offset += parameters.length;
    return `p${index} as (${behind(sql, from)})`;
  });
  return `with ${steps.join(", ")} select`;
}

/** The text of a statement whose parameters stand behind so many others. */
export function behind(sql: string, others: number): string {
  return sql.replaceAll(/\$(\d+)/g, (_, n: string) => `$${Number(n) + others}`);
}
