import { expect, test } from "vitest";
import { utmOf } from "./utm.ts";

test.each([
  ["utm_source=Google&utm_medium=PPC", { utm_source: "google", utm_medium: "cpc" }],
  ["UTM_SOURCE=%20fb%20&utm_campaign=Spring+Sale", { utm_source: "facebook", utm_campaign: "spring sale" }],
  ["utm_source=&utm_source=a&utm_source=b", { utm_source: "a" }],
  ["utm_term=%E5%93%81%E8%B3%AA&ref=x&token=secret", { utm_term: "品質" }],
  ["", {}],
])("%s", (query, said) => {
  expect(utmOf(new URLSearchParams(query))).toEqual(said);
});
