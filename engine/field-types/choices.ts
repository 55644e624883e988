import type { Choice } from "schemas";
import type { JsonSchema } from "./field-type.ts";
import { plainText } from "./text.ts";

/** What a value may be chosen from. The model fills `choices` from the value set where the document names one. */
export interface Choosing {
  readonly choices?: readonly Choice[];
  readonly value_set?: string;
}

const choice = {
  type: "object",
  properties: {
    value: { type: "string", minLength: 1, maxLength: 100, pattern: plainText },
    title: { type: "string", minLength: 1, maxLength: 100 },
    colour: { enum: ["cat-1", "cat-2", "cat-3", "cat-4", "cat-5", "cat-6", "cat-7", "cat-8"] },
    retired: { type: "boolean" },
  },
  required: ["value", "title"],
  additionalProperties: false,
} as const;

/** The keywords of every type that chooses. */
export const choosingKeywords = {
  choices: { type: "array", items: choice, minItems: 1, maxItems: 2000 },
  value_set: { type: "string", "x-document": "value-set" },
} as const;

/** JSON Schema of one chosen value. Without choices, as for the roles of a user, any word will do. */
export function choiceSchema({ choices }: Choosing): JsonSchema {
  if (!choices) return { type: "string", minLength: 1, maxLength: 100, pattern: plainText };
  return { type: "string", enum: [...new Set(choices.map(({ value }) => value))] };
}

/** The choice that a text of a file names, by its value or, whatever the case, by its title. */
export function readChoice(written: string, { choices }: Choosing): string | undefined {
  const text = written.trim();
  const lower = text.toLowerCase();
  if (!choices) return text || undefined;
  const found =
    choices.find(({ value }) => value === text) ??
    choices.find(({ title }) => title.toLowerCase() === lower) ??
    choices.find(({ value }) => value.toLowerCase() === lower);
  return found?.value;
}
