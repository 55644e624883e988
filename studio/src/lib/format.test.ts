import type { DescribedField } from "engine";
import { expect, test } from "vitest";
import { plain } from "./format.ts";

test("a roll-up of amounts is money of the workspace, and how many have no rate is a number", () => {
  const reader = { locale: "en", timeZone: "UTC", currency: "EUR" };
  const field = (more: object) =>
    ({ field: "rollup", targets: [], result: "number", ...more }) as never as DescribedField;
  const currency = { cel: "amount.currency" };
  expect(plain(field({ measure: "sum", currency }), "1234.5", reader)).toBe("€1,234.50");
  expect(plain(field({ measure: "unrated", currency }), 2, reader)).toBe("2");
  expect(plain(field({ measure: "sum" }), "1234.5", reader)).toBe("1,234.5");
});
