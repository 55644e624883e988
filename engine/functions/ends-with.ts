import type { FunctionType } from "./function-type.ts";

/** Whether a text ends with another one. */
export const endsWith: FunctionType = {
  name: "endsWith",
  label: "ends with",
  method: true,
  takes: [["text-like"], ["text-like"]],
  gives: { kind: "boolean" },
  evaluate: ([text, part]) => typeof text === "string" && typeof part === "string" && text.endsWith(part),
  sql: () => "coalesce(right($1, length($2)) = $2, false)",
  immutable: true,
  examples: [
    { cel: "'Kestrel'.endsWith('rel')", gives: true },
    { cel: "'Kestrel'.endsWith('')", gives: true },
  ],
};
