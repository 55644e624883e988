import { expect, test } from "vitest";
import { wordsOf } from "./words.ts";

test.each([
  ["", []],
  ["smith", ["smith"]],
  [" Smith \t John\u3000東京 Smith ", ["Smith", "John", "東京"]],
  ['"Smith John" ann', ["Smith John", "ann"]],
  ['ann "Smith  J', ["ann", "Smith  J"]],
  ['5" pipe', ['5"', "pipe"]],
  ['"', ['"']],
  ['"" x', ['""', "x"]],
  ['"a"b c', ['"a"b', "c"]],
  ["100% a_b \\", ["100%", "a_b", "\\"]],
])("%j asks for the words %j", (asked, words) => expect(wordsOf(asked)).toEqual(words));
