import { Decimal } from "decimal.js";
import type { FunctionType } from "./function-type.ts";

/** How many signs (code points) a text has. */
export const size: FunctionType = {
  name: "size",
  label: "length",
  method: true,
  takes: [["text-like"]],
  gives: { kind: "number" },
  evaluate: ([text]) => (typeof text === "string" ? new Decimal([...text].length) : null),
  sql: () => "length($1)::numeric",
  immutable: true,
  examples: [
    { cel: "size('ﬁ')", gives: "1" },
    { cel: "'禾光🌱'.size()", gives: "3" },
  ],
};
