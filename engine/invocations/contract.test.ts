import { describe, expect, test } from "vitest";
import { newAjv } from "../ajv.ts";
import { invocations } from "./index.ts";

describe.each(Object.entries(invocations))("what is invoked as %s", (name, type) => {
  const accepts = newAjv().compile(type.input);
  test("stands in the registry under its own name", () => expect(type.name).toBe(name));
  test.each(type.examples.valid)("accepts %j", (input) => expect(accepts(input)).toBe(true));
  test.each(type.examples.invalid)("refuses %j", (input) => expect(accepts(input)).toBe(false));
});
