import type { PlannedMove } from "engine";

/** What becomes of each value that a move would lose, by the address of its field. */
export type Decisions = Readonly<Record<string, Readonly<Record<string, string | null>>>>;

/** Values that a person must decide about: of a choice that goes, or that do not convert. */
export function undecided(move: PlannedMove): readonly string[] {
  if (!("address" in move)) return [];
  const mapping = "mapping" in move ? (move.mapping ?? {}) : {};
  if (move.act === "choices.change") return move.removed.filter((value) => !(value in mapping));
  const lost = (move.samples ?? []).filter(({ before, after }) => before !== null && before !== "" && after === null);
  return [...new Set(lost.map(({ before }) => String(before)))].filter((value) => !(value in mapping));
}

/** The sign of a move. */
export function iconOf({ act }: PlannedMove): string {
  const verb = act.split(".")[1] ?? "";
  if (["create", "add", "restore"].includes(verb)) return "plus";
  return ["hide", "remove"].includes(verb) ? "x" : "pencil";
}
