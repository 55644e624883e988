import { describe, expect, test } from "vitest";
import type { EntityDocument } from "schemas";
import { fieldTypes } from "../field-types/index.ts";
import type { FieldType } from "../field-types/field-type.ts";
import { readModel } from "../model.ts";
import { plan } from "../plan.ts";
import { ddlOf, systemTables } from "./ddl.ts";
import { goneColumn, structureName } from "./names.ts";
import { constraintsOf, structuresOf } from "./structure.ts";

const every: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "e".repeat(40),
  $anchor: "ent_every",
  type: "object",
  title: "Every",
  properties: Object.fromEntries(
    Object.entries<FieldType<any>>(fieldTypes).map(([name, type]) => [
      `a_${name}`,
      { ...type.examples.field, $anchor: `fld_${name}`, field: name, title: name, unique: type.neverUnique !== true },
    ]),
  ),
  unique: [["a_text", "a_date"]],
};
const [empty, full] = [readModel([]), readModel([every])];
const between = (now = empty, next = full) => ddlOf({ schema: "ws_main", now, next }, plan(now, next));
const all = [...systemTables("ws_main"), ...between(), ...between(full, empty)];

describe("every statement of a publish", () => {
  test.each(all.map(({ sql }) => [sql]))("is one, qualified and short of name: %s", (sql) => {
    expect(sql).not.toContain(";");
    expect(sql).toMatch(/"ws_main"\."/);
    expect(sql).not.toMatch(/\b(serial|identity|merge|trigger|now\(\))\b/i);
    for (const [, name = ""] of sql.matchAll(/"([^"]+)"/g))
      expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(50);
  });
});

test("names of constraints are made of identities, outlive renames and never end in digits", () => {
  const renamed = readModel([{ ...every, $id: "other" }]);
  const names = (model: typeof full, name: string) =>
    structuresOf(model, model.entities.get(name)!).map((it) => it.name);
  expect(names(renamed, "other")).toEqual(names(full, every.$id));
  expect(new Set(names(full, every.$id)).size).toBe(names(full, every.$id).length);
  for (const name of constraintsOf(full).keys()) expect(name).toMatch(/^(uq|fk|ix)_[0-9a-f]{24}_k$/);
});

test("the names of hidden columns of one field, and of fields with like anchors, never meet", () => {
  const names = ["fld", "fld_b", "fld_c"].flatMap((anchor) => [goneColumn(anchor, 0), goneColumn(anchor, 1)]);
  expect(new Set(names).size).toBe(names.length);
  expect(structureName("ix", ["a#b"], "up")).not.toBe(structureName("ix", ["a#b"], "down"));
});
