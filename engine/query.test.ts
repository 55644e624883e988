import type { EntityDocument, RoleDocument } from "schemas";
import { describe, expect, test } from "vitest";
import { accessOf } from "./access.ts";
import { readModel } from "./model.ts";
import { Problem } from "./problem.ts";
import { planList } from "./query.ts";
import { planAggregate } from "./report.ts";

const entity = (name: string, properties: EntityDocument["properties"]): EntityDocument => ({
  $schema: "urn:trellis:entity:1",
  $id: name,
  $anchor: `ent_${name}`,
  type: "object",
  title: name,
  name_field: "name",
  properties: { name: { $anchor: "fld_name", field: "text", title: "Name" }, ...properties },
});

const reader: RoleDocument = {
  $schema: "urn:trellis:role:1",
  $id: "reader",
  $anchor: "role_reader",
  title: "Reader",
  entities: { sample: { read: "all", fields: { secret: { read: "none" } } } },
};

const model = readModel([
  entity("sample", {
    amount: { $anchor: "fld_amount", field: "money", title: "Amount" },
    secret: { $anchor: "fld_secret", field: "text", title: "Secret" },
    parent: { $anchor: "fld_parent", field: "reference", to: "sample", title: "Parent", inverse: "parts" },
    safe: { $anchor: "fld_safe", field: "reference", to: "vault", title: "Safe" },
  }),
  entity("vault", {}),
  reader,
]);
const access = accessOf(model, ["reader"]);

function faultsOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error.faults;
    throw error;
  }
  return [];
}
const listed = (query: Record<string, string>) => faultsOf(() => planList(model, access, "sample", query));
const plan = (query: Record<string, string>) => planList(model, access, "sample", query);

describe("a list", () => {
  test("has limits, an order and fields without being asked", () => {
    const { limit, order, count, trash, shape } = plan({});
    expect({ limit, order, count, trash }).toEqual({ limit: 50, order: [], count: "none", trash: false });
    expect(shape.fields.map(({ name }) => name)).not.toContain("secret");
  });

  test("is ordered by a reference's name, in the direction that is asked, each key once", () => {
    const order = plan({ sort: "-parent,name,-name,-id" }).order.map(({ path, descending }) => [
      path.map(({ name }) => name).join("."),
      descending,
    ]);
    expect(order).toEqual([
      ["parent.name", true],
      ["name", false],
      ["id", true],
    ]);
  });

  test.each(["-1", "0", "501", "1e9", "NaN", "", " 5", "５"])("takes no limit %j", (limit) => {
    expect(listed({ limit }).map(({ code }) => code)).toEqual(["query.limit"]);
  });

  test("expands fifty references at once, those on the way counted, each four hops at most", () => {
    const names = (count: number) => Array.from({ length: count }, (_, at) => `parent.x${at}`).join();
    const told = (expand: string) => [...new Set(listed({ expand }).map(({ code, path }) => `${code} ${path}`))];
    expect(listed({ expand: names(50) })).toMatchObject([
      { code: "query.expand_too_many", status: 400, path: "/expand", detail: expect.stringContaining("51 expanded") },
    ]);
    expect(told(names(49))).toEqual(["field.unknown /expand"]);
    expect(told("parent.parent.parent.parent,parent")).toEqual([]);
    expect(told(Array(5000).fill("parent").join("."))).toEqual(["query.expand_too_deep /expand"]);
  });

  test("tells all that is wrong at once, each with its place", () => {
    const faults = listed({ filter: "amuont > 3", sort: "nmae", fields: "x", expand: "name", limit: "0", page: "2" });
    expect(faults.map(({ path }) => path)).toEqual(["/page", "/fields", "/expand", "/filter", "/sort", "/limit"]);
    expect(faults.map(({ hint }) => hint)).toEqual([undefined, undefined, undefined, "amount", "name", undefined]);
  });
});

describe("a field that its reader never sees", () => {
  const asked: readonly ((name: string) => unknown)[] = [
    (name) => plan({ filter: `${name} == null` }),
    (name) => plan({ filter: `parent.${name} == null` }),
    (name) => plan({ filter: `parts.any(p, p.${name} == null)` }),
    (name) => plan({ sort: name }),
    (name) => plan({ fields: name }),
    (name) => plan({ expand: name }),
    (name) => planAggregate(model, access, "sample", { group: [name] }),
    (name) => planAggregate(model, access, "sample", { measures: { m: `max(${name})` } }),
  ];

  test.each(asked)("is as unknown as one that is not there (%#)", (ask) => {
    const told = (name: string) => JSON.stringify(faultsOf(() => ask(name))).replaceAll(name, "X");
    expect(told("secret")).toBe(told("zzzzzz"));
    expect(told("secret")).toContain("field.unknown");
  });

  test("is no hint", () => {
    expect(listed({ sort: "secre" }).map(({ hint }) => hint)).toEqual([undefined]);
    expect(listed({ filter: "safe.nam == null" }).map(({ code, hint }) => [code, hint])).toEqual([
      ["field.unknown", undefined],
    ]);
  });

  test("and an entity that she never sees is unknown too", () => {
    const told = (name: string) =>
      JSON.stringify(faultsOf(() => planList(model, access, name, {}))).replaceAll(name, "X");
    expect(told("vault")).toBe(told("zzzzz"));
  });
});
