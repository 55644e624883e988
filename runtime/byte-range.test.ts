import { expect, test } from "vitest";
import { readRange } from "./byte-range.ts";

test.each([
  ["bytes=0-3", { from: 0, until: 4 }],
  ["bytes=4-", { from: 4, until: 10 }],
  ["bytes=-3", { from: 7, until: 10 }],
  ["bytes=-30", { from: 0, until: 10 }],
  ["bytes=8-99", { from: 8, until: 10 }],
  ["Bytes= 9-9", { from: 9, until: 10 }],
  ["bytes=10-", null],
  ["bytes=-0", null],
  ["bytes=3-2", undefined],
  ["bytes=0-1,4-5", undefined],
  ["bytes=-", undefined],
  ["bytes=a-b", undefined],
  ["items=0-1", undefined],
  ["bytes=99999999999999999-", undefined],
  [undefined, undefined],
])("of ten bytes %j asks for %j", (header, span) => expect(readRange(header, 10)).toEqual(span));

test("an empty file has no part", () => expect(readRange("bytes=0-", 0)).toBeNull());
