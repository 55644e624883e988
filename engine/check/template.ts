import type { TemplateDocument } from "schemas";
import type { Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { near, placeOf } from "./place.ts";

/** Whether what a template builds on is there, in a version that will do. */
export function checkTemplate(model: Model, document: TemplateDocument): readonly Fault[] {
  return Object.entries(document.needs ?? {}).flatMap(([needs, range]) => {
    const installed = model.templates.get(needs);
    if (installed && satisfies(installed.version, range)) return [];
    const hint = near(needs, model.templates.keys());
    return [
      fault("template.need", { name: document.$id, needs, range, path: placeOf(document, "needs", needs), ...hint }),
    ];
  });
}

/** Whether a version stands in a range `^1`, `^1.2` or `^1.2.3`: the same first number, and not older. */
export function satisfies(version: string, range: string): boolean {
  const [given, wanted] = [numbersOf(version), numbersOf(range.replace("^", ""))];
  return given[0] === wanted[0] && compareVersions(version, wanted.join(".")) >= 0;
}

/** Below zero where `one` is older than `other`, above where it is newer. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  return a.map((number, index) => number - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

const numbersOf = (version: string): readonly number[] => {
  const numbers = version.split(".").map(Number);
  return [0, 1, 2].map((index) => numbers[index] ?? 0);
};
