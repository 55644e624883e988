import { describe, expect, test } from "vitest";
import type { EntityDocument } from "schemas";
import { readModel } from "./model.ts";
import { brokenRules } from "./rules.ts";
import { readNew, readPatch } from "./values.ts";
import { isSame, planWrite } from "./write.ts";

const ship: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "ship",
  $anchor: "ent_ship",
  type: "object",
  title: "Ship",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name", maxLength: 20 },
    price: { $anchor: "fld_price", field: "money", title: "Price" },
    load: { $anchor: "fld_load", field: "decimal", title: "Load", default: 5 },
    twin: { $anchor: "fld_twin", field: "reference", to: "ship", title: "Twin" },
    about: { $anchor: "fld_about", field: "reference", to: ["ship", "user"], title: "About" },
    seen: { $anchor: "fld_seen", field: "date_time", title: "Seen" },
    weight: { $anchor: "fld_weight", field: "formula", result: "number", title: "Weight", value: { cel: "load * 2" } },
  },
  required: ["name"],
  rules: [
    {
      $anchor: "rule_heavy",
      when: { cel: "weight > 100" },
      require: { cel: "price != null && seen != null" },
      message: "Heavy.",
    },
  ],
};
const model = readModel([ship]);
const entity = model.entities.get("ship")!;
const id = "01890a5d-ac96-774b-bcce-b302099a8057";
const told = (faults: readonly { code: string; path: string }[]) => faults.map(({ code, path }) => `${code} ${path}`);

describe("values of a new record", () => {
  test("stand at length, and defaults fill what is empty", () => {
    const { values, faults } = readNew(
      { model, entity },
      {
        name: "Argo",
        price: "5",
        twin: { id: id.toUpperCase(), name: "x" },
        about: { entity: "user", id, name: "y" },
        seen: "2026-01-01T01:00:00+01:00",
        load: null,
      },
    );
    expect(faults).toEqual([]);
    expect(values).toEqual({
      name: "Argo",
      price: { amount: "5", currency: "USD" },
      twin: id,
      about: { entity: "user", id },
      seen: "2026-01-01T00:00:00.000Z",
      load: "5",
    });
  });

  test("are told with all their faults and places", () => {
    const { faults } = readNew({ model, entity, path: "/3" }, { nam: "A", weight: 4, id, load: "x", price: {} });
    expect(told(faults)).toEqual([
      "field.unknown /3/nam",
      "field.read_only /3/weight",
      "field.read_only /3/id",
      "value.missing /3/name",
      "value.invalid /3/price",
      "value.invalid /3/load",
    ]);
    expect(faults[0]?.hint).toBe("name");
  });

  test("know no names that JavaScript has for itself", () => {
    for (const name of ["__proto__", "constructor", "toString"])
      expect(told(readNew({ model, entity }, JSON.parse(`{"name": "A", "${name}": 1}`)).faults)).toEqual([
        `field.unknown /${name}`,
      ]);
  });
});

test("a patch looks only at what it names", () => {
  expect(readPatch({ model, entity }, { load: 2 })).toMatchObject({ values: { load: "2" }, faults: [] });
  expect(told(readPatch({ model, entity }, { name: "" }).faults)).toEqual(["value.missing /name"]);
});

test("decimals and money are compared by what they amount to", () => {
  expect(isSame(entity.fields.get("load")!, "1.50", "1.5")).toBe(true);
  expect(
    isSame(entity.fields.get("price")!, { amount: "1.0", currency: "USD" }, { currency: "USD", amount: "1" }),
  ).toBe(true);
  expect(isSame(entity.fields.get("price")!, { amount: "1", currency: "EUR" }, { amount: "1", currency: "USD" })).toBe(
    false,
  );
});

test("a write that changes nothing leaves the version alone", () => {
  const before = { id, name: "Argo", load: "1", version: 3 };
  const writing = { by: id, now: new Date("2026-01-01T00:00:00Z") };
  const same = planWrite(entity, { act: "update", entity: "ship", id, before, after: { load: "1.0" } }, writing);
  expect([same.changed, same.record.version]).toEqual([[], 3]);
  const other = planWrite(
    entity,
    { act: "update", entity: "ship", id, before: { ...before, _highest: 7 }, after: { load: "2" } },
    writing,
  );
  expect([other.changed.map(({ name }) => name), other.record.version]).toEqual([["load"], 8]);
});

test("a rule sees formulas, and names what it wants filled", () => {
  const at = { now: "2026-01-01T00:00:00.000Z", today: "2026-01-01" };
  expect(brokenRules(model, entity, { ...at, record: { load: "10" } })).toEqual([]);
  expect(brokenRules(model, entity, { ...at, record: { load: "60" } })).toMatchObject([
    { code: "rule.broken", detail: "Heavy.", path: "/price", hint: "price, seen" },
  ]);
});
