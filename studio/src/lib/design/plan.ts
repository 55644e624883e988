import { choicesOf, type Model, type PlannedMove } from "engine";
import type { Choice } from "schemas";

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

/** What a value of a field may become, where it takes one of several choices: those that are offered. */
export function offeredAt(model: Model | undefined, address: string): readonly Choice[] {
  const fields = [...(model?.entities.values() ?? [])].flatMap((entity) => [...entity.fields.values()]);
  const field = fields.find((it) => it.address === address);
  return model && field ? choicesOf(model, field.property).filter(({ retired }) => !retired) : [];
}

/** The sign of a move. */
export function iconOf({ act }: PlannedMove): string {
  const verb = act.split(".")[1] ?? "";
  if (["create", "add", "restore"].includes(verb)) return "plus";
  return ["hide", "remove"].includes(verb) ? "x" : "pencil";
}
