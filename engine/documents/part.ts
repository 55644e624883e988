import type { Choice } from "schemas";
import { at } from "../check/place.ts";
import type { Entity, Model } from "../model.ts";
import type { Part, Said, SaidKey, Steps } from "./document-kind.ts";
import { fieldPath } from "./mention.ts";

/** What is said of a thing, without what its parts and its name say. */
export function rest(given: object, ...without: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(given).filter(([key]) => !without.includes(key)));
}

/** The document itself as the first of its parts. */
export function whole(document: object, title: string, name: string, ...without: readonly string[]): Part {
  const values = rest(document, "$schema", "$id", "$anchor", ...without);
  return { id: "", path: "", what: "", title, name, values };
}

/** The choices of a field or of a value set, in their order. */
export function choiceParts(choices: readonly Choice[] | undefined, steps: Steps, within: string): readonly Part[] {
  if (!Array.isArray(choices)) return [];
  return choices.map((choice: Choice, index) => ({
    id: `${within}=${choice.value}`,
    path: at([...steps, index]),
    what: "Choice",
    title: choice.title,
    within,
    ordered: true,
    values: rest(choice, "value"),
  }));
}

/** Fields that a document shows one after the other: each is itself whatever it is called by then. */
export function shownParts(
  model: Model,
  entity: Entity | undefined,
  given: {
    readonly what: string;
    readonly paths: readonly string[] | undefined;
    readonly steps: Steps;
    within?: string;
  },
): readonly Part[] {
  return (given.paths ?? []).map((path, index) => {
    const mentions = fieldPath(model, entity, path, []);
    const known = mentions.length > 0 && mentions.at(-1)!.end === path.length;
    const id = known ? mentions.map(({ address }) => address).join(".") : path;
    return {
      id: `/${given.what}/${id}`,
      path: at([...given.steps, index]),
      what: given.what,
      title: path,
      ...(given.within === undefined ? {} : { within: given.within }),
      ordered: true,
      values: {},
    };
  });
}

/** What is said of a thing by these members of it, as far as it has them. */
export function saidOf(
  of: { readonly id: string; readonly what: string; readonly steps: Steps },
  given: object,
  keys: readonly SaidKey[] = ["title", "description"],
): readonly Said[] {
  return keys.flatMap((key) => {
    const text: unknown = Object.hasOwn(given, key) ? given[key as keyof typeof given] : undefined;
    return typeof text === "string" && text !== ""
      ? [{ id: of.id, what: of.what, key, steps: [...of.steps, key], text }]
      : [];
  });
}

/** The document itself as something of which is said. */
export const itself = { id: "", what: "", steps: [] } as const;

/** What is said of the choices of a field or of a value set. */
export function saidOfChoices(choices: readonly Choice[] | undefined, steps: Steps, of: string): readonly Said[] {
  if (!Array.isArray(choices)) return [];
  return choices.flatMap((choice: Choice, index) =>
    saidOf({ id: `${of}=${choice.value}`, what: "Choice", steps: [...steps, index] }, choice, ["title"]),
  );
}
