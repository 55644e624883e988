import { describe, expect, test } from "vitest";
import { acceptedLanguages, isLanguage, isTimeZone, languageFor } from "./locale.ts";

describe("an Accept-Language header", () => {
  test("is read by its weights, those that are equal in the order of the header", () => {
    expect(acceptedLanguages("en;q=0.5, ja , zh-TW;q=0.9,id;q=0.9")).toEqual(["ja", "zh-TW", "id", "en"]);
  });

  test("loses what it refuses, what is no language, and the star", () => {
    expect(acceptedLanguages("*, ja;q=0, 日本語, ;;;, en;q=x, fr")).toEqual(["fr"]);
    expect(acceptedLanguages("")).toEqual([]);
  });
});

describe("the language that somebody gets", () => {
  const available = ["en", "ja", "zh-Hant", "id"];

  test.each([
    [["ja-JP", "en"], "ja"],
    [["de", "en-GB"], "en"],
    [["zh-TW"], "zh-Hant"],
    [["zh-HK"], "zh-Hant"],
    [["in"], "id"],
    [["zh-CN"], undefined],
    [["de"], undefined],
    [["no language", "ja"], "ja"],
  ])("of those who want %j is %s", (wanted, found) => expect(languageFor(wanted, available)).toBe(found));

  test("is the very one before its like", () => expect(languageFor(["en-GB"], ["en", "en-GB"])).toBe("en-GB"));
});

test("languages and time zones are told from other texts", () => {
  expect(["ja", "zh-Hant", "日本語", "", "en_US", "x"].map(isLanguage)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(["Asia/Tokyo", "UTC", "Mars/Base"].map(isTimeZone)).toEqual([true, true, false]);
});
