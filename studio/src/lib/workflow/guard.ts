import { readClauses } from "../views/filter.ts";

/**
 * A guard as a filter over the record's own fields: `record.amount > 1` is `amount > 1` there. Nothing where a clause
 * reads something else, or cannot be shown in rows.
 */
export function ofRecord(guard: string): string | undefined {
  const clauses = readClauses(guard);
  if (clauses.some(({ path }) => !path.startsWith("record."))) return undefined;
  return clauses.map(({ cel, path }) => cel.replace(path, path.slice("record.".length))).join(" && ");
}

/** The guard of such a filter. */
export function fromRecord(filter: string): string {
  return readClauses(filter)
    .map(({ cel, path }) => (path === "" ? cel : cel.replace(path, `record.${path}`)))
    .join(" && ");
}
