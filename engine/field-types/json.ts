import type { FieldType } from "./field-type.ts";

/** Any JSON, as other systems send it. The keyword `storable` is ours: `jsonb` refuses some of what JSON allows. */
export const json: FieldType = {
  name: "json",
  label: "JSON",
  about: "Data of another program, as JSON.",
  icon: "braces",
  widget: "json",
  columns: ({ name }) => ({ [name]: "jsonb" }),
  json: (sql, { name }) => sql.ref(name),
  store: (value, { name }) => ({ [name]: value === null || value === undefined ? null : JSON.stringify(value) }),
  keywords: { properties: {} },
  value: () => ({ storable: true }),
  type: () => ({ kind: "json" }),
  read: (written) => {
    try {
      return JSON.parse(written) as unknown;
    } catch {
      return undefined;
    }
  },
  write: (value) => JSON.stringify(value),
  neverUnique: true,
  examples: {
    field: {},
    valid: [{ a: [1, null, "é"] }, "text", 0, false],
    invalid: ["a\u0000", { "\ud800": 1 }, [JSON.parse('{"__proto__": 1}')], Number.POSITIVE_INFINITY],
  },
};

const depthMax = 50;

/** Whether `jsonb` keeps a value as it is: no NUL, no half surrogate, no endless number, 50 levels at most. */
export function isStorable(value: unknown, depth = 0): boolean {
  if (typeof value === "string") return !value.includes("\u0000") && value.isWellFormed();
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return value !== undefined;
  if (depth >= depthMax) return false;
  if (Array.isArray(value)) return value.every((item) => isStorable(item, depth + 1));
  return Object.entries(value).every(
    ([key, item]) => key !== "__proto__" && isStorable(key) && isStorable(item, depth + 1),
  );
}
