import { describe, expect, test } from "vitest";
import { languageAsked, spokenTo } from "./public-language.ts";

describe("the language in which somebody outside is spoken to", () => {
  test.each([
    [["ja-JP"], "ja"],
    [[" ja_JP "], "ja"],
    [["zh-TW"], "zh-Hant"],
    [["zh-CN", "en-GB"], "en"],
    [["zh-CN", "fr"], "zh-Hant"],
    [["fr"], undefined],
    [["constructor", "", null, 7, ["ja"]], undefined],
  ])("of those who speak %j is %s", (tags, found) => expect(spokenTo(tags)).toBe(found));

  test("is the one that her browser wants most", () =>
    expect([languageAsked("en;q=0.3, id-ID;q=0.9"), languageAsked(undefined)]).toEqual(["id", undefined]));
});
