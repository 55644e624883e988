import { describe, expect, test } from "vitest";
import { newAjv } from "../ajv.ts";
import { withDefaults } from "../model.ts";
import type { FieldType, ReadHints } from "./field-type.ts";
import { fieldTypes } from "./index.ts";

const hints: ReadHints = { currency: "EUR", dates: "dmy", decimal: ".", zone: "Asia/Tokyo" };
const common = ["$anchor", "field", "title", "description", "default", "readOnly", "deprecated", "unique", "name"];

/** Vitest spreads a case that is a list; a list of one keeps it whole. */
const cases = (values: readonly unknown[]) => values.map((value) => [value] as const);

describe.each(Object.entries<FieldType<any>>(fieldTypes))("field type %s", (name, type) => {
  const ajv = newAjv();
  const accepts = ajv.compile({ field: name, ...type.examples.field });
  const field = withDefaults(type, "value", type.examples.field);

  test("stands in the registry under its own name", () => expect(type.name).toBe(name));
  test.each(cases(type.examples.valid))("accepts %j", (value) => expect(accepts(value)).toBe(true));
  test.each(cases(type.examples.invalid))("refuses %j", (value) => expect(accepts(value)).toBe(false));

  test("says by JSON Schema which keywords a property may carry, and its example obeys", () => {
    const keywords = ajv.compile({ type: "object", ...type.keywords, additionalProperties: false });
    const own = Object.entries(field).filter(([key]) => !common.includes(key));
    expect(keywords(Object.fromEntries(own)), JSON.stringify(keywords.errors)).toBe(true);
    expect(Object.keys(type.keywords.properties).filter((key) => common.includes(key))).toEqual([]);
  });

  test.runIf(type.read).each(cases(type.examples.valid))("reads back what it writes for %j", (value) => {
    const written = type.write ? type.write(value, field) : String(value);
    expect(type.read?.(written, field, hints)).toEqual(value);
  });

  test.each(cases(type.examples.valid))("stores %j in its own columns", (value) => {
    if (!type.store) return;
    expect(Object.keys(type.store(value, field))).toEqual(Object.keys(type.columns(field)));
    expect(Object.keys(type.store(null, field))).toEqual(Object.keys(type.columns(field)));
  });
});
