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
