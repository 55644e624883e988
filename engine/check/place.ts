import type { AnyDocument } from "schemas";
import { pointer } from "../entity-schema.ts";
import { kindOf, nameOf } from "../model.ts";
import { nearest } from "../nearest.ts";

/** The place of a part of a document: `/<kind>/<name>` and the JSON Pointer inside. */
export function placeOf(document: AnyDocument, ...steps: readonly (string | number)[]): string {
  return at([kindOf(document), nameOf(document), ...steps]);
}

/** A JSON Pointer of steps. */
export function at(steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${typeof step === "number" ? step : pointer(step)}`).join("");
}

/** The hint that names what was probably meant; nothing where nothing comes near. */
export function near(given: string, names: Iterable<string>): { readonly hint?: string } {
  const hint = nearest(given, names);
  return hint === undefined ? {} : { hint };
}
