import type { FunctionType } from "./function-type.ts";

/** The text without spaces at its ends. */
export const trim: FunctionType = {
  name: "trim",
  label: "without spaces around",
  method: true,
  takes: [["text-like"]],
  gives: { kind: "text" },
  evaluate: ([text]) => (typeof text === "string" ? text.replace(/^ +/, "").replace(/ +$/, "") : null),
  sql: () => "btrim($1, ' ')",
  immutable: true,
  examples: [{ cel: "trim('  a b ')", gives: "a b" }],
};
