import { expect, test } from "vitest";
import { cellsOf } from "./rows.ts";

test("one row is its cells, several are a list for each column", () => {
  expect(cellsOf([["a", 1]])).toEqual(["a", 1]);
  expect(
    cellsOf([
      ["a", 1],
      ["b", null],
    ]),
  ).toEqual([`{"a","b"}`, "{1,null}"]);
});

test.each([
  ["words", ["a", "NULL", ""], `{"a","NULL",""}`],
  ["what is not there", [null, undefined, "a"], `{null,null,"a"}`],
  ["numbers", [1, -2.5, 1e21], "{1,-2.5,1e+21}"],
  ["no numbers", [Number.NaN, Number.POSITIVE_INFINITY], "{NaN,Infinity}"],
  ["quotes and backslashes", ['say "a"', "a\\b", "\\n"], String.raw`{"say \"a\"","a\\b","\\n"}`],
  ["lines", ["a\nb", "\t", "c"], `{"a\nb","\t","c"}`],
  ["a backslash before a line", ["a\\\nb"], `{"a\\\\\nb"}`],
  ["signs of all scripts", ["会社 \u2028 🙂"], `{"会社 \u2028 🙂"}`],
  ["JSON", [JSON.stringify({ a: 'b"c' })], String.raw`{"{\"a\":\"b\\\"c\"}"}`],
  ["lists", [["a", 'b"'], []], String.raw`{"{\"a\",\"b\\\"\"}","{}"}`],
  ["moments", [new Date(0)], `{"1970-01-01T00:00:00.000Z"}`],
])("a list of %s is written as PostgreSQL writes it", (_, cells, text) => {
  expect(cellsOf([...cells.map((cell) => [cell]), ["last"]])).toEqual([text.replace(/\}$/, `,"last"}`)]);
});
