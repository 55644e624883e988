import type { Queryable } from "../database/pool.ts";

/** One statement, ready to run. */
export interface Part {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Whether the parts of a step travel together: on a cluster a `with` that writes is cut into steps, and slow. */
export type Form = "joined" | "single";

let form: Form = "joined";

/** Chooses the form for this process: by the kind of server, and by tests that want both. */
export function useForm(wanted: Form): void {
  form = wanted;
}

/**
 * Writes a step: statements that do not see each other's results. On a plain server they are one statement and one
 * round trip; on a cluster they follow each other in the same transaction, in the order given.
 */
export async function commit(tx: Queryable, parts: readonly Part[]): Promise<void> {
  const [first, ...more] = parts;
  if (!first) return;
  if (form === "joined" && more.length > 0) {
    const { sql, parameters } = join(parts);
    await tx.query(sql, parameters);
  } else for (const { sql, parameters } of parts) await tx.query(sql, parameters);
}

/** Parts as one statement. What they return is dropped. */
export function join(parts: readonly Part[]): Part {
  const parameters: unknown[] = [];
  const steps = parts.map((part, index) => {
    const offset = parameters.length;
    parameters.push(...part.parameters);
    return `p${index} as (${part.sql.replaceAll(/\$(\d+)/g, (_, n: string) => `$${Number(n) + offset}`)})`;
  });
  return { sql: `with ${steps.join(", ")} select`, parameters };
}
