import type { FunctionType } from "./function-type.ts";

/** Whether a text begins with another one. */
export const startsWith: FunctionType = {
  name: "startsWith",
  label: "starts with",
  method: true,
  takes: [["text-like"], ["text-like"]],
  gives: { kind: "boolean" },
  evaluate: ([text, part]) => typeof text === "string" && typeof part === "string" && text.startsWith(part),
  sql: () => "coalesce(starts_with($1, $2), false)",
  immutable: true,
  examples: [
    { cel: "'Kestrel'.startsWith('Ke')", gives: true },
    { cel: "'Kestrel'.startsWith('ke')", gives: false },
  ],
};
