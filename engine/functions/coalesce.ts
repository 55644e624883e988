import type { FunctionType } from "./function-type.ts";

/** The first value that is not empty. */
export const coalesce: FunctionType = {
  name: "coalesce",
  label: "the first of",
  takes: [["any"], ["any"]],
  many: true,
  gives: (types) => types.find(({ kind }) => kind !== "null") ?? { kind: "null" },
  evaluate: (args) => args.find((value) => value !== null) ?? null,
  sql: (count) => `coalesce(${Array.from({ length: count }, (_, at) => `$${at + 1}`).join(", ")})`,
  immutable: true,
  examples: [
    { cel: "coalesce(null, 'a', 'b')", gives: "a" },
    { cel: "coalesce(null, null)", gives: null },
  ],
};
