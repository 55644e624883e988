import { check, fieldTypes } from "engine";
import fc from "fast-check";
import type { EntityDocument } from "schemas";
import { describe, expect, test } from "vitest";
import {
  addable,
  nameFor,
  newEntity,
  withField,
  withKeywords,
  withMoved,
  withName,
  withoutField,
  withRequired,
  withType,
} from "./entity.ts";
import { actionKinds } from "../workflow/kinds.ts";
import { speak } from "../words/index.ts";

const visit = newEntity("Visit", []);
const names = ({ properties }: EntityDocument) => Object.keys(properties);

describe("an entity in the making", () => {
  test("is sound from its first moment, with a field of any type", () => {
    expect(check([visit])).toEqual([]);
    const typed = addable().filter(({ name }) => !["reference", "rollup", "state"].includes(name));
    for (const type of typed)
      expect([type.name, check([withField(visit, type, "Something").document])]).toEqual([type.name, []]);
  });

  test("finds a free name for every title", () => {
    expect(nameFor("Expected close (m²)", [])).toBe("expected_close_m2");
    expect(nameFor("Überfällig", [])).toBe("uberfallig");
    expect(nameFor("Amount", ["amount", "amount_2"])).toBe("amount_3");
    expect(nameFor("商談", [])).toBe("field");
  });

  test("keeps a field's place and what names it when the field is called otherwise", () => {
    const two = withField(visit, fieldTypes.text, "Place").document;
    const renamed = withName({ ...two, unique: [["name", "place"]] }, "name", "title");
    expect(names(renamed)).toEqual(["title", "place"]);
    expect(renamed).toMatchObject({ name_field: "title", required: ["title"], unique: [["title", "place"]] });
    expect(check([renamed])).toEqual([]);
  });

  test("keeps identity and title when a field gets another type, and what both types know", () => {
    const { document, name } = withField(visit, fieldTypes.decimal, "Size");
    const limited = withKeywords(document, name, { minimum: 1, places: 2 });
    const whole = withType(limited, name, fieldTypes.integer);
    expect(whole.properties[name]).toMatchObject({
      $anchor: document.properties[name]!.$anchor,
      title: "Size",
      field: "integer",
      minimum: 1,
    });
    expect(check([whole])).toEqual([]);
  });

  test("holds together whatever is done to it", () => {
    const act = fc.record({
      act: fc.constantFrom("add", "move", "require", "rename", "remove", "retype"),
      at: fc.nat(9),
      type: fc.constantFrom(...addable().filter(({ name }) => !["reference", "rollup", "state"].includes(name))),
      by: fc.integer({ min: -3, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), (acts) => {
        let document = visit;
        for (const { act: what, at, type, by } of acts) {
          const all = names(document).filter((name) => name !== document.name_field);
          const name = all[at % Math.max(1, all.length)];
          if (what === "add" || name === undefined) document = withField(document, type, `Field ${at}`).document;
          else if (what === "move") document = withMoved(document, name, by);
          else if (what === "require") document = withRequired(document, name, by > 0);
          else if (what === "rename") document = withName(document, name, nameFor(`renamed ${at}`, names(document)));
          else if (what === "remove") document = withoutField(document, name);
          else document = withType(document, name, type);
        }
        expect(check([document]).filter(({ code }) => code !== "value.missing")).toEqual([]);
      }),
    );
  });
});

test("field types and actions are called by the words of the language that is spoken", async () => {
  const named = () => [
    addable().find(({ name }) => name === "integer")?.label,
    actionKinds(undefined).find(({ name }) => name === "notify")?.label,
  ];
  await speak("ja");
  expect(named()).toEqual(["整数", "人に通知する"]);
  await speak("en");
  expect(named()).toEqual(["Whole number", "Notify a person"]);
});
