import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AnyDocument, EntityDocument, Property } from "schemas";
import { inverseOf } from "./change.ts";
import { readModel } from "./model.ts";
import { plan, same } from "./plan.ts";
import { ddlOf } from "./sql/ddl.ts";

function entity(
  name: string,
  properties: Record<string, Property>,
  more: Partial<EntityDocument> = {},
): EntityDocument {
  return {
    $schema: "urn:trellis:entity:1",
    $id: name,
    $anchor: `ent_${name}`,
    type: "object",
    title: name,
    properties,
    ...more,
  };
}
const name: Property = { $anchor: "fld_name", field: "text", title: "Name" };
const price: Property = { $anchor: "fld_price", field: "money", title: "Price" };
const moves = (now: AnyDocument[], next: AnyDocument[]) =>
  plan(readModel(now), readModel(next)).map((change) =>
    [change.act, "field" in change ? change.field : "entity" in change ? change.entity : ""].join(" ").trim(),
  );

describe("a plan", () => {
  test("of a new entity creates it, and of none hides it", () => {
    expect(moves([], [entity("ship", { name })])).toEqual(["entity.create ship"]);
    expect(moves([entity("ship", { name })], [])).toEqual(["entity.hide ship"]);
  });

  test("follows a field by its anchor", () => {
    expect(moves([entity("ship", { name })], [entity("ship", { label: name })])).toEqual(["field.rename label"]);
    expect(moves([entity("ship", { name })], [entity("ship", { name: { ...name, $anchor: "fld_other" } })])).toEqual([
      "field.hide name",
      "field.add name",
    ]);
  });

  test("tells what changes about a field, one move each", () => {
    const next = entity("ship", { name: { ...name, unique: true }, price }, { required: ["name"], title: "Vessel" });
    expect(moves([entity("ship", { name })], [next])).toEqual([
      "field.required name",
      "field.unique name",
      "field.add price",
      "document.change",
    ]);
  });

  test("brings back what waits, when its columns still fit", () => {
    const gone = { entities: new Map(), fields: new Map([["ent_ship#fld_price", ["numeric", "character(3)"]]]) };
    const change = plan(readModel([entity("ship", { name })]), readModel([entity("ship", { name, price })]), gone);
    expect(change.map(({ act }) => act)).toEqual(["field.restore"]);
  });

  test("extends the engine's own entities", () =>
    expect(moves([], [entity("user", { phone: { $anchor: "fld_phone", field: "phone", title: "Phone" } })])).toEqual([
      "field.add phone",
    ]));

  test("frees names before it takes them", () => {
    const other: Property = { $anchor: "fld_other", field: "text", title: "Other" };
    const [now, next] = [entity("ship", { a: name, b: other }), entity("ship", { a: other, b: name })].map((it) =>
      readModel([it]),
    );
    const statements = ddlOf({ schema: "ws_x", now: now!, next: next! }, plan(now!, next!)).map(({ sql }) => sql);
    expect(statements.map((sql) => sql.replace('alter table "ws_x"."ship" rename column ', ""))).toEqual([
      '"b" to "_move_fld_other"',
      '"a" to "_move_fld_name"',
      '"_move_fld_other" to "a"',
      '"_move_fld_name" to "b"',
    ]);
  });
});

describe("whatever the models", () => {
  const properties = fc.dictionary(
    fc.constantFrom("a", "b", "c", "d"),
    fc.constantFrom("text", "money", "integer", "json"),
  );
  const document = properties.chain((types) =>
    fc
      .shuffledSubarray(["fa", "fb", "fc", "fd"], { minLength: 4 })
      .map((anchors) =>
        entity(
          "ship",
          Object.fromEntries(
            Object.entries(types).map(([key, field], index) => [key, { $anchor: anchors[index]!, field, title: key }]),
          ),
        ),
      ),
  );

  test("nothing is to be done from a model to itself", () =>
    fc.assert(
      fc.property(document, (it) => {
        expect(plan(readModel([it]), readModel([structuredClone(it)]))).toEqual([]);
      }),
    ));

  test("the names that follow from the moves are those of the next model", () =>
    fc.assert(
      fc.property(document, document, (one, other) => {
        const columns = new Map(
          Object.entries(one.properties).map(([key, { $anchor }]) => [`ent_ship#${$anchor}`, key]),
        );
        for (const change of plan(readModel([one]), readModel([other]))) {
          if (change.act === "field.hide") columns.delete(change.address);
          if (change.act === "field.add") columns.set(change.address, change.field);
          if (change.act === "field.rename") columns.set(change.address, change.to);
        }
        const wanted = Object.entries(other.properties).map(
          ([key, { $anchor }]) => [`ent_ship#${$anchor}`, key] as const,
        );
        expect(columns).toEqual(new Map(wanted));
      }),
    ));

  test("taking back twice changes nothing", () =>
    fc.assert(
      fc.property(document, document, (one, other) => {
        for (const { title: _title, lock: _lock, inverse: _inverse, ...move } of plan(
          readModel([one]),
          readModel([other]),
        ))
          if (!["field.add", "entity.create"].includes(move.act)) expect(inverseOf(inverseOf(move))).toEqual(move);
      }),
    ));
});

test("two documents are the same whatever the order of their keys", () => {
  expect(same({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toBe(true);
  expect(same({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
  expect(same({ a: undefined }, { b: undefined })).toBe(false);
});
