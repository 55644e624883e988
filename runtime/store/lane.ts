import type { Principal } from "engine";

/** How soon what leaves the house goes on its way, the soonest first. */
export const lanes = ["interactive", "sla", "normal", "bulk"] as const;
export type Lane = (typeof lanes)[number];

/** The lane of what is done for somebody: a person who waits for it, a program, many records at once. */
export function laneOf({ via }: Pick<Principal, "via">, bulk: boolean | undefined): Lane {
  if (bulk) return "bulk";
  return via === "session" ? "interactive" : "normal";
}
