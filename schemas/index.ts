import expression from "./expression.schema.json" with { type: "json" };
import { schemas } from "./generated/kinds.ts";

/** The JSON Schema of an expression, to which the others refer. */
export const expressionSchema = expression;

/** The JSON Schema of every kind of document, by the name of the kind: one file in this folder each. */
export { schemas };

/** The kinds of documents. */
export type Kind = keyof typeof schemas;

export type * from "./generated/index.ts";
