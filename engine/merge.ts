import { same } from "./plan.ts";

/**
 * What becomes of a template's text when a new version of it meets what the customer made of the old one, path by path:
 * who alone has changed something is followed; where both have, the customer stands. Lists are one value.
 */
export function mergeThree(base: unknown, next: unknown, ours: unknown): unknown {
  if (same(base, ours)) return next;
  if (same(base, next) || !isObject(next) || !isObject(ours)) return ours;
  const from = isObject(base) ? base : {};
  const keys = [...new Set([...Object.keys(next), ...Object.keys(ours)])];
  const merged = keys.map((key) => [key, mergeThree(own(from, key), own(next, key), own(ours, key))] as const);
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined));
}

const own = (object: Readonly<Record<string, unknown>>, key: string) =>
  Object.hasOwn(object, key) ? object[key] : undefined;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
