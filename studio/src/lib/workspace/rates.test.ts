import type { WorkspaceDocument } from "schemas";
import { expect, test } from "vitest";
import { ratesByCurrency, withRate } from "./rates.ts";

const rates: WorkspaceDocument["rates"] = [
  { currency: "USD", from: "2026-01-01", rate: "0.9" },
  { currency: "CHF", from: "2026-01-01", rate: "1.05" },
  { currency: "USD", from: "2026-07-01", rate: "0.92" },
];
const document = { rates } as WorkspaceDocument;

test("rates stand by their currencies, of each the latest first, and keep their places in the document", () => {
  expect(ratesByCurrency(rates).map(({ rate, at }) => [rate.currency, rate.from, at])).toEqual([
    ["CHF", "2026-01-01", 1],
    ["USD", "2026-07-01", 2],
    ["USD", "2026-01-01", 0],
  ]);
});

test("another rate begins as the latest of its currency, on a day on which none is said", () => {
  expect(withRate(document, "USD", "2026-07-01").at(-1)).toEqual({ currency: "USD", from: "2026-07-02", rate: "0.92" });
  expect(withRate(document, "JPY", "2026-07-01").at(-1)).toEqual({ currency: "JPY", from: "2026-07-01", rate: "1" });
});
