import type { FunctionType } from "./function-type.ts";

/** Whether a text holds another one, as it is written. */
export const contains: FunctionType = {
  name: "contains",
  label: "contains",
  method: true,
  takes: [["text-like"], ["text-like"]],
  gives: { kind: "boolean" },
  evaluate: ([text, part]) => typeof text === "string" && typeof part === "string" && text.includes(part),
  sql: () => "coalesce(strpos($1, $2) > 0, false)",
  immutable: true,
  examples: [
    { cel: "'Kestrel'.contains('str')", gives: true },
    { cel: "'Kestrel'.contains('STR')", gives: false },
    { cel: "contains('禾光百貨', '百')", gives: true },
  ],
};
