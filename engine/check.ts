import type { Known } from "./check/field.ts";
import { checkIdentity, distinct } from "./check/identity.ts";
import { shapeOf } from "./check/shape.ts";
import { readSound } from "./check/sound.ts";
import { checkDocument } from "./documents/index.ts";
import { kindOf } from "./model.ts";
import type { Fault } from "./problem.ts";

/**
 * All problems of the documents of a workspace, taken together: `/<kind>/<name>` and a JSON Pointer each. It never
 * throws, whatever it is given; where it finds nothing, `readModel` may be trusted with them.
 */
export function check(given: readonly unknown[]): readonly Fault[] {
  const shapes = given.map(shapeOf);
  const named = new Set(shapes.map(({ kind, name }) => `${kind} ${name}`));
  const known: Known = (kind, name) => named.has(`${kind} ${name}`);
  const documents = shapes.flatMap(({ document }) => document ?? []);
  const standing = distinct(documents);
  const model = readSound(standing);
  // What a malformed document says is not known; translations of it are no fault of theirs.
  const malformed = shapes.some(({ faults }) => faults.length > 0);
  const checked = standing.filter((it) => !malformed || kindOf(it) !== "translation");
  const faults = [
    ...shapes.flatMap((shape) => shape.faults),
    ...checkIdentity(documents),
    ...checked.flatMap((document) => checkDocument(document, model, known)),
  ];
  return faults.map((fault) => ({ ...fault, status: 422 }));
}

/** What is wrong with the form of one document alone; without faults, it can be held as a draft. */
export function shapeFaults(given: unknown): readonly Fault[] {
  return shapeOf(given, 0).faults;
}
