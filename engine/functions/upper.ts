import type { FunctionType } from "./function-type.ts";
import { single } from "./lower.ts";

/** The text in upper case, sign by sign, whatever the language of the reader. */
export const upper: FunctionType = {
  name: "upper",
  label: "in upper case",
  method: true,
  takes: [["text-like"]],
  gives: { kind: "text" },
  evaluate: ([text]) =>
    typeof text === "string" ? [...text].map((sign) => single(sign, sign.toUpperCase())).join("") : null,
  sql: () => "upper($1)",
  immutable: true,
  examples: [
    { cel: "upper('kestrel ü')", gives: "KESTREL Ü" },
    { cel: "upper('ß')", gives: "ß" },
  ],
};
