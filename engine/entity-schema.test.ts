import { queryObjects } from "node:v8";
import { SchemaEnv } from "ajv/dist/compile/index.js";
import { describe, expect, test } from "vitest";
import type { EntityDocument, ValueSetDocument } from "schemas";
import { entitySchema, validatorOf } from "./entity-schema.ts";
import { readModel } from "./model.ts";

const ship: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "ship",
  $anchor: "ent_ship",
  type: "object",
  title: "Ship",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name", maxLength: 10 },
    flag: { $anchor: "fld_flag", field: "select", title: "Flag", value_set: "flag" },
    price: { $anchor: "fld_price", field: "money", title: "Price", minimum: 0 },
    tags: { $anchor: "fld_tags", field: "multi_select", title: "Tags", value_set: "flag" },
    size: { $anchor: "fld_size", field: "decimal", title: "Size", maximum: 9.5 },
  },
  required: ["name", "flag"],
};
const flag: ValueSetDocument = {
  $schema: "urn:trellis:value-set:1",
  $id: "flag",
  $anchor: "vs_flag",
  title: "Flag",
  choices: [
    { value: "red", title: "Red" },
    { value: "blue", title: "Blue" },
  ],
};
const model = readModel([ship, flag], 7);
const validate = (record: unknown, partial = false) =>
  validatorOf(model)
    .validate("ship", record, { partial })
    .map(({ code, path, hint }) => [code, path, hint].filter((it) => it !== undefined).join(" "));

describe("a record is checked against its entity", () => {
  test("and a good one passes", () =>
    expect(validate({ name: "Argo", flag: "red", price: { amount: "1.5", currency: "EUR" }, size: "9.5" })).toEqual(
      [],
    ));

  test("and all its faults are told at once, each with its place and the way out", () =>
    expect(
      validate({ nme: "x", flag: "Blu", price: { amount: "-1", currency: "EUR" }, size: "9.51", name: "far too long" }),
    ).toEqual([
      "field.unknown /nme name",
      "value.invalid /name",
      "value.invalid /flag blue",
      "value.invalid /price/amount",
      "value.invalid /size",
    ]));

  test("and null, empty text and empty list are as good as absent", () => {
    expect(validate({ name: "", flag: null, tags: [], size: null })).toEqual([
      "value.missing /name",
      "value.missing /flag",
    ]);
    expect(validate({ size: null }, true)).toEqual([]);
    expect(validate({ name: null }, true)).toEqual(["value.missing /name"]);
  });

  test("and names of JavaScript's own objects mean nothing", () => {
    expect(validate(JSON.parse('{"name":"Argo","flag":"red","__proto__":{"x":1}}'))).toEqual([
      "field.unknown /__proto__",
    ]);
    expect(validate({ name: "Argo", flag: "red", constructor: 1 })).toEqual(["field.unknown /constructor"]);
    expect(validate([])).toEqual(["record.malformed "]);
  });
});

test("the schema of an entity holds the choices of its value sets, and every system field", () => {
  const schema = entitySchema(model, model.entities.get("ship")!) as any;
  expect(schema.$id).toBe("7/entity/ship");
  expect(schema.properties.flag.enum).toEqual(["red", "blue"]);
  expect(schema.properties.deleted_at.readOnly).toBe(true);
  expect(schema.required).toEqual(["name", "flag"]);
});

test("what was made for models that nobody uses any more is let go", async () => {
  const standing = () => queryObjects(SchemaEnv, { format: "count" });
  const before = standing();
  for (let version = 0; version < 200; version++) {
    const named = { ...ship.properties.name!, maxLength: 20 + version };
    const next = readModel(
      [{ ...ship, properties: { ...ship.properties, name: named } } as EntityDocument, flag],
      version,
    );
    expect(validatorOf(next).validate("ship", { name: "Argo", flag: "red" })).toEqual([]);
  }
  // Whatever was met weakly stays until the turn is over.
  await new Promise((done) => setImmediate(done));
  expect(standing() - before).toBeLessThan(60);
});
