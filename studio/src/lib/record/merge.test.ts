import type { DescribedEntity } from "engine";
import { expect, test } from "vitest";
import type { RecordRow } from "#lib/api.ts";
import { bodyOf, chosenOf, differing, writtenAt } from "./merge.ts";

const field = (name: string, more: object = {}) => ({ name, title: name, field: "text", targets: [], ...more });
const person = {
  name: "person",
  fields: [field("name"), field("phone"), field("stage", { field: "state" }), field("seen", { readOnly: true })],
} as unknown as DescribedEntity;
const a = { id: "a", name: "Hana", phone: null, stage: "new", seen: 1 } as unknown as RecordRow;
const b = { id: "b", name: "Hana", phone: "12", stage: "old", seen: 2 } as unknown as RecordRow;
const c = { id: "c", name: "Hana M.", phone: "", stage: "old", seen: 2 } as unknown as RecordRow;

test("only what differs and is written by hand is chosen, and an empty value gives way to one", () => {
  expect(differing(person, [a, b, c]).map(({ name }) => name)).toEqual(["name", "phone"]);
  expect(chosenOf("name", a, [b, c])).toBe("a");
  expect(chosenOf("phone", a, [b, c])).toBe("b");
});

test("what is chosen of those that go is asked of each of them", () => {
  const chosen = new Map([
    ["name", "c"],
    ["phone", "b"],
  ]);
  expect(bodyOf(a, [b, c], chosen)).toEqual({
    path: "b/merge",
    body: { into: "a", take: ["phone"], also: [{ id: "c", take: ["name"] }] },
  });
});

test("a field was written when the newest step with it happened", () => {
  const steps = [
    { at: "2027-03-02", after: { phone: "12" } },
    { at: "2027-03-01", after: { phone: "11", name: "Hana" } },
  ];
  expect([...writtenAt(steps)]).toEqual([
    ["phone", "2027-03-02"],
    ["name", "2027-03-01"],
  ]);
});
