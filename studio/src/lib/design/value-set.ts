import { usesWithin, type Model, type Use } from "engine";
import type { ValueSetDocument } from "schemas";
import { words } from "#lib/words/index.ts";
import { nameFor, newAnchor } from "./entity.ts";

/** A new set with one choice, for others to follow. */
export function newValueSet(title: string, taken: readonly string[]): ValueSetDocument {
  return {
    $schema: "urn:trellis:value-set:1",
    $id: nameFor(title, taken),
    $anchor: newAnchor("values"),
    title,
    choices: [{ value: "choice", title: words.choice }],
  };
}

/** Where a set or one of its choices is used; nowhere, as far as one can tell, while documents do not hold together. */
export const usesOfSet = (model: Model | undefined, { $anchor }: ValueSetDocument): readonly Use[] =>
  model ? usesWithin(model, $anchor) : [];
