import { expect, test } from "vitest";
import { addressOf, consentStanding, type ConsentStep } from "./consent.ts";

const step = (action: ConsentStep["action"], more: Partial<ConsentStep> = {}): ConsentStep => ({
  action,
  source: "form",
  proven: false,
  confirms: false,
  expires_at: null,
  received_at: "2026-03-02T12:00:00.000Z",
  ...more,
});
const double = { confirms: true };
const imported = { source: "import" };

test.each<[string, readonly ConsentStep[], string]>([
  ["nothing was said", [], "none"],
  ["what is granted counts", [step("grant")], "granted"],
  ["what is granted by double opt-in waits", [step("grant", double)], "unconfirmed"],
  ["it counts once it is confirmed", [step("grant", double), step("confirm")], "granted"],
  ["another form takes nothing away", [step("grant", double), step("confirm"), step("grant", double)], "granted"],
  ["a confirmation of nothing grants nothing", [step("confirm")], "none"],
  ["a withdrawal ends it", [step("grant"), step("withdraw")], "withdrawn"],
  ["an old link does not bring it back", [step("grant", double), step("withdraw"), step("confirm")], "withdrawn"],
  ["no import brings it back", [step("withdraw"), step("grant", imported)], "withdrawn"],
  ["an import with a proof does", [step("withdraw"), step("grant", { ...imported, proven: true })], "granted"],
  ["a form after it has to be confirmed", [step("withdraw"), step("grant")], "unconfirmed"],
  ["and is, then", [step("withdraw"), step("grant"), step("confirm")], "granted"],
  ["an end is no withdrawal", [step("grant"), step("expire"), step("grant", imported)], "granted"],
  ["an end leaves a withdrawal alone", [step("object"), step("expire")], "withdrawn"],
])("%s", (_, steps, state) => {
  expect(consentStanding(steps).state).toBe(state);
});

test("of two ends the later one counts, and none where one has none", () => {
  const until = (expires_at: string | null) => step("grant", { expires_at });
  const [may, june] = ["2026-05-01T00:00:00.000Z", "2026-06-01T00:00:00.000Z"];
  expect(consentStanding([until(june), until(may)]).expires_at).toBe(june);
  expect(consentStanding([until(may), until(june)]).expires_at).toBe(june);
  expect(consentStanding([until(may), until(null)]).expires_at).toBe(null);
});

test("it stands so since the word came that made it so", () => {
  const at = (day: number) => ({ received_at: `2026-03-0${day}T12:00:00.000Z` });
  const said = [step("grant", at(1)), step("grant", at(2)), step("withdraw", at(3)), step("object", at(4))];
  const since = [0, 1, 2, 3, 4].map((most) => consentStanding(said.slice(0, most)).since);
  expect(since).toEqual([null, ...[1, 1, 3, 3].map((day) => at(day).received_at)]);
});

test("addresses are one however they are written", () => {
  expect(addressOf("email", " Ada@Example.COM ")).toBe("ada@example.com");
  expect(addressOf("phone", "+49 (30) 123-45")).toBe("+493012345");
});
