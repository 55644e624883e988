import type { EntityDocument } from "schemas";
import { expect, test } from "vitest";
import { readModel } from "../model.ts";
import { checkExpression } from "./check.ts";
import { readsIn } from "./reads.ts";
import { recordScope } from "./scope.ts";

const room: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "room",
  $anchor: "ent_room",
  type: "object",
  title: "Room",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    house: { $anchor: "fld_house", field: "reference", to: "room", inverse: "rooms", title: "Part of" },
  },
};
const model = readModel([room]);
const readsOf = (cel: string) =>
  readsIn(model, model.entities.get("room")!, checkExpression(cel, recordScope(model, "room")).expression!).map(
    ({ entity, field, chain }) => [entity, field, chain.map(({ name }) => name).join(".")],
  );

test("what an expression hangs on is each field on its way, with the way there", () => {
  expect(readsOf("house.name == 'Attic'")).toEqual([
    ["room", "house", ""],
    ["room", "name", "house"],
  ]);
  expect(readsOf("rooms.any(r, r.name == 'Attic')")).toEqual([
    ["room", "house", "rooms"],
    ["room", "name", "rooms"],
  ]);
});

test("the list of a record that is referred to hangs on whether that one is in the trash", () => {
  expect(readsOf("house.rooms.none(r, r.name == 'Attic')")).toContainEqual(["room", "deleted_at", "house"]);
});
