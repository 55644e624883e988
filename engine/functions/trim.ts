import type { FunctionType } from "./function-type.ts";

/** The text without spaces at its ends. */
export const trim: FunctionType = {
  name: "trim",
  label: "without spaces around",
  method: true,
  takes: [["text-like"]],
  gives: { kind: "text" },
  evaluate: ([text]) => (typeof text === "string" ? bare(text) : null),
  sql: () => "btrim($1, ' ')",
  immutable: true,
  examples: [{ cel: "trim('  a b ')", gives: "a b" }],
};

/** Spaces alone are taken away, as SQL does; a pattern for those at the end would look at each run of them again and again. */
function bare(text: string): string {
  let end = text.length;
  while (text[end - 1] === " ") end--;
  return text.slice(0, end).replace(/^ +/, "");
}
