import { sqlState } from "./begin.ts";

/** SQLSTATE and socket errors by which a server stops, starts, or cannot be reached (PostgreSQL, appendix A). */
const states = new Set([
  "57P01",
  "57P02",
  "57P03",
  "08000",
  "08001",
  "08003",
  "08004",
  "08006",
  "53300",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
]);

/** Whether an error says that the database cannot be reached, or that no connection to it was to be had in time. */
export function isAway(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return states.has(state);
  return (
    error instanceof Error &&
    /timeout exceeded when trying to connect|Connection terminated|is not queryable/.test(error.message)
  );
}
