import type { EntityDocument, RoleDocument } from "schemas";
import { describe, expect, test, vi } from "vitest";
import { accessOf, both, covers, either, type RowRule } from "./access.ts";
import { readModel } from "./model.ts";

const entity: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "sample",
  $anchor: "ent_sample",
  type: "object",
  title: "Sample",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    cost: { $anchor: "fld_cost", field: "decimal", title: "Cost" },
    size: { $anchor: "fld_size", field: "decimal", title: "Size" },
    total: { $anchor: "fld_total", field: "formula", title: "Total", value: { cel: "cost * size" }, result: "number" },
    twice: { $anchor: "fld_twice", field: "formula", title: "Twice", value: { cel: "total * 2" }, result: "number" },
  },
};

const role = (name: string, sample: RoleDocument["entities"][string]): RoleDocument => ({
  $schema: "urn:trellis:role:1",
  $id: name,
  $anchor: `role_${name}`,
  title: name,
  entities: { sample },
});

const model = readModel([
  entity,
  role("seller", { read: "own", update: "own", fields: { cost: { read: "all", write: "none" } } }),
  role("viewer", { read: "all", fields: { cost: { read: "none" }, size: { read: { cel: "name == 'open'" } } } }),
  role("maker", { read: "team", create: "all" }),
  role("clerk", { read: "all", update: "all", fields: { name: { write: "own" } } }),
]);
const field = (name: string) => model.entities.get("sample")!.fields.get(name)!;
const rights = (...roles: string[]) => accessOf(model, roles).entity("sample")!;
const scope = (...scopes: ("own" | "team" | "below")[]): RowRule => ({
  kind: "any",
  scopes,
  conditions: [],
  overlaps: [],
});
const [all, none] = [{ kind: "all" }, { kind: "none" }] as const;

describe("rules", () => {
  test("of two roles cover what either covers", () => {
    expect(either(scope("team"), scope("below"))).toEqual(scope("team", "below"));
    expect(either(scope("own"), scope("team"))).toEqual(scope("team"));
    expect(either(none, scope("own"))).toEqual(scope("own"));
    expect(either(all, scope("own"))).toEqual(all);
  });

  test("of a record and its field cover what both cover", () => {
    expect(both(all, scope("own"))).toEqual(scope("own"));
    expect(both(scope("team"), scope("own"))).toEqual(scope("own"));
    expect(both(none, all)).toEqual(none);
    expect(both(scope("team"), scope("below"))).toMatchObject({ overlaps: [[scope("team"), scope("below")]] });
  });

  test("cover what they say, and no more", () => {
    const overlap = both(scope("team"), scope("below"));
    expect(covers(scope("team"), overlap)).toBe(true);
    expect(covers(overlap, scope("team"))).toBe(false);
    expect(covers(overlap, both(scope("below"), scope("team")))).toBe(true);
    expect(covers(scope("own"), scope("team"))).toBe(false);
    expect(covers(scope("below"), scope("own"))).toBe(true);
  });
});

describe("what roles give", () => {
  test("is worked out once for a set, whatever its order", () => {
    expect(accessOf(model, ["seller", "viewer"])).toBe(accessOf(model, ["viewer", "seller", "viewer"]));
  });

  test("is nothing where nothing is named, and everything for the admin", () => {
    expect(accessOf(model, []).entity("sample")).toBeUndefined();
    expect(accessOf(model, ["unheard_of"]).entity("sample")).toBeUndefined();
    expect(rights("viewer").rule("update")).toEqual(none);
    expect(rights("admin").rule("bypass")).toEqual(all);
  });

  test("shows a field on the records of the very role that shows it", () => {
    expect(rights("seller").readable(field("cost"))).toEqual(scope("own"));
    expect(rights("seller", "viewer").rule("read")).toEqual(all);
    expect(rights("seller", "viewer").readable(field("cost"))).toEqual(scope("own"));
    expect(rights("viewer").readable(field("cost"))).toEqual(none);
  });

  test("shows what is computed where all of its inputs are shown", () => {
    expect(rights("viewer").readable(field("total"))).toEqual(none);
    expect(rights("viewer").readable(field("twice"))).toEqual(none);
    expect(rights("seller").readable(field("twice"))).toEqual(scope("own"));
    const mixed = rights("seller", "viewer").readable(field("total"));
    expect(covers(scope("own"), mixed)).toBe(true);
    expect(mixed.kind).toBe("any");
  });

  test("writes a field by the right that the role has: to make records, or to change them", () => {
    expect(rights("seller").writable(field("name"), "update")).toEqual(all);
    expect(rights("seller").writable(field("cost"), "update")).toEqual(none);
    expect(rights("maker").writable(field("name"), "create")).toEqual(all);
    expect(rights("maker").writable(field("name"), "update")).toEqual(none);
    expect(rights("maker", "clerk").writable(field("name"), "update")).toEqual(scope("own"));
  });

  test("names users and teams to everybody, roles and accounts to the admin", () => {
    const users = accessOf(model, []).entity("user")!;
    const of = (name: string) => users.readable(users.entity.fields.get(name)!).kind;
    expect(["name", "email", "active", "manager"].map(of)).toEqual(["all", "all", "all", "all"]);
    expect(["roles", "account_id"].map(of)).toEqual(["none", "none"]);
    expect(users.rule("update")).toEqual(none);
  });
});

test("entities and events that nobody knows leave nothing behind, however many are asked for", () => {
  const access = accessOf(model, ["clerk"]);
  access.entity("sample")?.event("sample.known");
  const kept = vi.spyOn(Map.prototype, "set");
  const asked = ["unknown", "constructor", "sample.unknown"];
  for (const name of asked) {
    expect(access.entity(name)).toBeUndefined();
    expect(access.entity("sample")?.event(name)).toBe(access.entity("sample")?.rule("update"));
  }
  const keys = kept.mock.calls.map(([key]) => key);
  kept.mockRestore();
  expect(keys.filter((key) => asked.includes(String(key)))).toEqual([]);
});
