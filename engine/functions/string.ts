import { Decimal } from "decimal.js";
import type { FunctionType } from "./function-type.ts";

/** A number or a day as text: a number without zeros at its end, a day as it travels. */
export const string: FunctionType = {
  name: "string",
  label: "as text",
  takes: [["number", "date"]],
  gives: { kind: "text" },
  evaluate: ([value]) => {
    if (value instanceof Decimal) return value.isZero() ? "0" : value.toFixed();
    return typeof value === "string" ? value : null;
  },
  sql: () => String.raw`regexp_replace(regexp_replace(($1)::text, '^(-?[0-9]+[.][0-9]*?)0+$', '\1'), '[.]$', '')`,
  immutable: false,
  examples: [
    { cel: "string(1.50)", gives: "1.5" },
    { cel: "string(0 - 100)", gives: "-100" },
    { cel: "'until ' + string(date('2026-03-02'))", gives: "until 2026-03-02" },
  ],
};
