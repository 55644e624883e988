import { describe, expect, test } from "vitest";
import { withDefaults } from "../model.ts";
import type { FieldType, ReadHints } from "./field-type.ts";
import { numbered } from "./auto-number.ts";
import { fieldTypes, type FieldTypeName } from "./index.ts";

const usual: ReadHints = { currency: "USD", dates: "mdy", decimal: ".", zone: "Europe/Berlin" };

function read(name: FieldTypeName, text: string, hints: Partial<ReadHints> = {}, keywords: object = {}): unknown {
  const type: FieldType<any> = fieldTypes[name];
  return type.read?.(text, withDefaults(type, "value", keywords), { ...usual, ...hints });
}

describe("a text of a file is read", () => {
  test.each([
    ["1,234.50", ".", "1234.50"],
    ["1.234,50", ",", "1234.50"],
    ["1 234", ".", "1234"],
    ["1'234'567", ".", "1234567"],
    ["(12.5)", ".", "-12.5"],
    ["−3", ".", "-3"],
    ["0042", ".", "42"],
    [".5", ".", "0.5"],
    ["-0", ".", "0"],
    ["1,5", ".", undefined],
    ["1.5", ",", undefined],
    ["12,34,567", ".", undefined],
    ["1e5", ".", undefined],
    ["", ".", undefined],
    [".", ".", undefined],
    ["twelve", ".", undefined],
  ] as const)("decimal %j with %j gives %j", (text, decimal, value) =>
    expect(read("decimal", text, { decimal })).toBe(value),
  );

  test.each([
    ["$1,054", { amount: "1054", currency: "USD" }],
    ["1054.00 JPY", { amount: "1054.00", currency: "JPY" }],
    ["EUR 5", { amount: "5", currency: "EUR" }],
    ["five", undefined],
  ])("money %j gives %j", (text, value) => expect(read("money", text)).toEqual(value));

  test.each([
    ["2016-10-20", "mdy", "2016-10-20"],
    ["10/20/2016", "mdy", "2016-10-20"],
    ["20/10/2016", "dmy", "2016-10-20"],
    ["20.10.2016", "dmy", "2016-10-20"],
    ["2016/1/2", "dmy", "2016-01-02"],
    ["3 March 2017", "dmy", "2017-03-03"],
    ["2016-10-20 00:00:00", "dmy", "2016-10-20"],
    ["20/10/2016", "mdy", undefined],
    ["10/20/16", "mdy", undefined],
    ["2016-02-30", "mdy", undefined],
    ["soon", "mdy", undefined],
  ] as const)("date %j as %s gives %j", (text, dates, value) => expect(read("date", text, { dates })).toBe(value));

  test.each([
    ["2024-07-01T10:00:00Z", "2024-07-01T10:00:00.000Z"],
    ["2024-07-01 10:00:00", "2024-07-01T08:00:00.000Z"],
    ["12/24/2024 6:30 PM", "2024-12-24T17:30:00.000Z"],
    ["2024-07-01", "2024-06-30T22:00:00.000Z"],
    ["2024-10-27 02:30", "2024-10-27T00:30:00.000Z"],
    ["2024-07-01 25:00", undefined],
  ])("date_time %j in Berlin gives %j", (text, value) => expect(read("date_time", text)).toBe(value));

  test("a zone that nobody knows reads no local time", () =>
    expect(read("date_time", "2024-07-01 10:00", { zone: "Mars/Base" })).toBeUndefined());

  test.each([
    ["Yes", true],
    ["0", false],
    ["TRUE", true],
    ["perhaps", undefined],
  ])("boolean %j gives %j", (text, value) => expect(read("boolean", text)).toBe(value));

  test("a choice is named by its value or by its title", () => {
    const choices = [
      { value: "won", title: "Closed won" },
      { value: "lost", title: "Lost" },
    ];
    expect(read("select", "closed WON", {}, { choices })).toBe("won");
    expect(read("select", "drawn", {}, { choices })).toBeUndefined();
    expect(read("multi_select", "Lost; won", {}, { choices })).toEqual(["lost", "won"]);
    expect(read("multi_select", "Lost, drawn", {}, { choices })).toBeUndefined();
  });

  test("a web address without its scheme gets one", () => {
    expect(read("url", "www.example.com/a")).toBe("https://www.example.com/a");
    expect(read("url", "example.com:8080")).toBe("https://example.com:8080");
    expect(read("url", "javascript:alert(1)")).toBeUndefined();
    expect(read("url", "nothing")).toBeUndefined();
  });

  test("a whole number is whole", () => {
    expect(read("integer", "2,822")).toBe(2822);
    expect(read("integer", "2.5")).toBeUndefined();
    expect(read("integer", "99999999999999999999")).toBeUndefined();
  });
});

test("numbers are padded as their pattern says, and grow beyond it", () => {
  expect(numbered("D-{0000}", 12)).toBe("D-0012");
  expect(numbered("{0}/x", 123456n)).toBe("123456/x");
});
