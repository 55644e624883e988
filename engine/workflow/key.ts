/** What runs are found by, as a text; nothing where there is none. */
export function keyOf(value: unknown): string | undefined {
  if (value === null || value === undefined || value === "" || typeof value === "object") return undefined;
  return String(value).slice(0, 400);
}
