import type { Problem } from "../api.ts";

/** What a refusal says of a field. A rule names, as its hint, all the fields that it wants filled. */
export function faultOf(problem: Problem | undefined, name: string): string | undefined {
  return problem?.for(name) ?? problem?.faults.find(({ hint }) => hint?.split(", ").includes(name))?.detail;
}

/** The fields that a refusal names, of those there are. */
export function fieldsNamed(problem: Problem, names: readonly string[]): readonly string[] {
  return names.filter((name) => faultOf(problem, name) !== undefined);
}
