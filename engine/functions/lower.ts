import type { FunctionType } from "./function-type.ts";

/** The text in lower case, sign by sign, whatever the language of the reader. */
export const lower: FunctionType = {
  name: "lower",
  label: "in lower case",
  method: true,
  takes: [["text-like"]],
  gives: { kind: "text" },
  evaluate: ([text]) =>
    typeof text === "string" ? [...text].map((sign) => single(sign, sign.toLowerCase())).join("") : null,
  sql: () => "lower($1)",
  immutable: true,
  examples: [
    { cel: "lower('KESTREL Ü')", gives: "kestrel ü" },
    { cel: "lower('百貨')", gives: "百貨" },
  ],
};

/** PostgreSQL maps one sign to one sign; what JavaScript would make longer stays as it is. */
export function single(sign: string, mapped: string): string {
  return [...mapped].length === 1 ? mapped : sign;
}
