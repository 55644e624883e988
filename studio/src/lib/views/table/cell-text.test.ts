import type { DescribedField } from "engine";
import { describe, expect, test } from "vitest";
import { readBlock, readCell, writeBlock, writeCell, type Hand } from "./cell-text.ts";

const english: Hand = { locale: "en-US", timeZone: "Asia/Tokyo", currency: "USD", yes: "Yes", no: "No" };
const indonesian: Hand = { ...english, locale: "id", currency: "IDR", yes: "Ya", no: "Tidak" };
const japanese: Hand = { ...english, locale: "ja", currency: "JPY", yes: "はい", no: "いいえ" };
const british: Hand = { ...english, locale: "en-GB", currency: "GBP" };

function field(name: string, more: Partial<DescribedField> = {}): DescribedField {
  return { name: "it", title: "It", field: name, widget: name, targets: [], ...more } as DescribedField;
}
const choices = [
  { value: "trade", title: "Trade fair" },
  { value: "web", title: "Website" },
];
const unreadable = { kind: "unreadable" };
const value = (of: unknown) => ({ kind: "value", value: of });

describe("a text of a cell is read by its field and by who writes it", () => {
  test.each([
    ["integer", "1,234", english, 1234],
    ["integer", "1.234", indonesian, 1234],
    ["decimal", "1,234.50", english, "1234.50"],
    ["decimal", "1.234,5", indonesian, "1234.5"],
    ["percent", "12.5 %", english, "12.5"],
    ["money", "$1,054", english, { amount: "1054", currency: "USD" }],
    ["money", "1,054 EUR", english, { amount: "1054", currency: "EUR" }],
    ["money", "Rp 410.000", indonesian, { amount: "410000", currency: "IDR" }],
    ["money", "￥8,240,000", japanese, { amount: "8240000", currency: "JPY" }],
    ["date", "2026-06-01", english, "2026-06-01"],
    ["date", "6/1/2026", english, "2026-06-01"],
    ["date", "6/1/2026", british, "2026-01-06"],
    ["date", "Jun 1, 2026", english, "2026-06-01"],
    ["date", "1 June 2026", british, "2026-06-01"],
    ["date", "2026年6月1日", japanese, "2026-06-01"],
    ["date_time", "2026-06-01 09:30", english, "2026-06-01T00:30:00.000Z"],
    ["boolean", "yes", english, true],
    ["boolean", "いいえ", japanese, false],
    ["boolean", "TRUE", indonesian, true],
    ["text", " Aoba ", english, "Aoba"],
    ["integer", "  ", english, null],
  ] as const)("%s %j", (type, text, hand, wanted) => expect(readCell(field(type), text, hand)).toEqual(value(wanted)));

  test.each([
    ["integer", "1.5"],
    ["decimal", "a lot"],
    ["decimal", "1,5"],
    ["money", "five"],
    ["date", "soon"],
    ["date", "13/13/2026"],
    ["boolean", "perhaps"],
    ["email", "nobody"],
  ])("%s %j cannot be read", (type, text) => expect(readCell(field(type), text, english)).toEqual(unreadable));

  test("a choice is called by its label or by its key, and some of several as well", () => {
    expect(readCell(field("select", { choices }), "trade FAIR", english)).toEqual(value("trade"));
    expect(readCell(field("select", { choices }), "web", english)).toEqual(value("web"));
    expect(readCell(field("select", { choices }), "radio", english)).toEqual(unreadable);
    expect(readCell(field("multi_select", { choices }), "Website; trade", english)).toEqual(value(["web", "trade"]));
  });

  test("a reference is called by name, or by its id", () => {
    const company = field("reference", { targets: ["company"], to: "company" });
    const id = "01890a5d-ac96-774b-bcce-b302099a8057";
    expect(readCell(company, "Aoba Transport", english)).toEqual({ kind: "name", name: "Aoba Transport" });
    expect(readCell(company, id, english)).toEqual(value(id));
  });
});

describe("what is copied from a cell can be pasted into one", () => {
  test.each([
    ["integer", 1234567, "1,234,567"],
    ["decimal", "1234.5", "1,234.5"],
    ["percent", "12.5", "12.5 %"],
    ["money", { amount: "1054.50", currency: "USD" }, "1,054.5"],
    ["money", { amount: "1054", currency: "EUR" }, "1,054 EUR"],
    ["date", "2026-06-01", "2026-06-01"],
    ["date_time", "2026-06-01T00:30:00.000Z", "2026-06-01 09:30:00"],
    ["boolean", false, "No"],
    ["select", "trade", "Trade fair"],
    ["multi_select", ["web", "trade"], "Website; Trade fair"],
    ["text", "a\tb", "a\tb"],
    ["text", null, ""],
  ] as const)("%s %j is written %j", (type, given, text) => {
    const of = field(type, { choices });
    expect(writeCell(of, given, english)).toBe(text);
    const back = readCell(of, text, english);
    const amount = (it: any) => (it?.amount === undefined ? it : { ...it, amount: Number(it.amount) });
    expect(back.kind === "value" && amount(back.value)).toEqual(amount(given));
  });

  test("a reference is written by its name", () =>
    expect(writeCell(field("reference", { targets: ["company"] }), "id", english, "Aoba")).toBe("Aoba"));
});

test("blocks are read as spreadsheets write them", () => {
  expect(readBlock("a\tb\r\nc\t\r\n")).toEqual([
    ["a", "b"],
    ["c", ""],
  ]);
  expect(readBlock('"x ""y""\nz"\t2')).toEqual([['x "y"\nz', "2"]]);
  expect(readBlock("one")).toEqual([["one"]]);
  expect(readBlock("")).toEqual([]);
  const rows = [
    ['say "hi"', "two\nlines", "a\tb"],
    ["", "plain", ""],
  ];
  expect(readBlock(writeBlock(rows))).toEqual(rows);
});
