import { describe, expect, test } from "vitest";
import { fromRecord, ofRecord } from "./guard.ts";

describe("a guard in rows", () => {
  test.each([
    ["", ""],
    ["record.amount >= 100", "amount >= 100"],
    ["record.company.industry == 'Retail' && record.amount != null", "company.industry == 'Retail' && amount != null"],
    ["lower(record.title).contains(lower('x'))", "lower(title).contains(lower('x'))"],
    ["!record.done", "!done"],
  ])("%s is %s, both ways", (guard, rows) => {
    expect(ofRecord(guard)).toBe(rows);
    expect(fromRecord(rows)).toBe(guard);
  });

  test("is typed where rows cannot show it", () => {
    expect(ofRecord("context.tries > 3")).toBeUndefined();
    expect(ofRecord("record.a == 1 || record.b == 2")).toBeUndefined();
  });
});
