import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { schemas } from "schemas";
import { newAjv } from "./ajv.ts";
import { check } from "./check.ts";
import type { TemplateLayer } from "./template.ts";
import { worldOf } from "./template-world.ts";

const templates = new URL("../templates/", import.meta.url);

const ship = (more: object = {}): Record<string, any> => ({
  $schema: "urn:trellis:entity:1",
  $id: "ship",
  $anchor: "ent_ship",
  type: "object",
  title: "Ship",
  name_field: "name",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    price: { $anchor: "fld_price", field: "money", title: "Price" },
    flag: { $anchor: "fld_flag", field: "select", title: "Flag", value_set: "flag" },
    sister: { $anchor: "fld_sister", field: "reference", to: "ship", title: "Sister", inverse: "sisters" },
  },
  ...more,
});
const flag = {
  $schema: "urn:trellis:value-set:1",
  $id: "flag",
  $anchor: "vs_flag",
  title: "Flag",
  choices: [{ value: "red", title: "Red" }],
};
const field = (property: object, name = "extra") => ship({ properties: { ...ship().properties, [name]: property } });
const voyage = (states: object, more: object = {}) => ({
  $schema: "urn:trellis:workflow:1",
  id: "voyage",
  initial: "out",
  states,
  meta: {
    id: "wf_voyage",
    title: "Voyage",
    format: "wf/1",
    kind: "pipeline",
    entity: "ship",
    events: { "ship.land": { title: "Land", source: "user" } },
  },
  ...more,
});
const out = (more: object = {}) => ({
  on: { "ship.land": [{ target: "home", meta: { id: "tr_land" } }] },
  meta: { id: "st_out", title: "Out" },
  ...more,
});
const home = { tags: ["end"], meta: { id: "st_home", title: "Home" } };
const sailing = field({ $anchor: "fld_x", field: "state", title: "X", workflow: "voyage" });
const view = (more: object = {}) => ({
  $schema: "urn:trellis:view:1",
  $id: "ships",
  $anchor: "view_ships",
  title: "Ships",
  entity: "ship",
  type: "table",
  ...more,
});
const told = (...documents: unknown[]) =>
  check([flag, ...documents]).map(({ code, path, hint }) => [code, path, ...(hint ? [hint] : [])].join(" "));

describe("documents that hold together", () => {
  test("have no problem", () => expect(told(ship(), view({ columns: ["name", "sister.sister.flag"] }))).toEqual([]));
});

describe("what is wrong is told with its place and, where one is near, the way out", () => {
  const cases: readonly (readonly [string, readonly unknown[], readonly string[]])[] = [
    ["no object", [5], ["document.malformed /document/1"]],
    [
      "a kind that is none",
      [{ ...flag, $schema: "urn:trellis:entiti:1" }],
      ["document.kind_unknown /entiti/flag/$schema entity"],
    ],
    ["a misspelt member", [ship({ plurel: "Ships" })], ["document.malformed /entity/ship/plurel plural"]],
    ["a long name", [ship({ $id: "s".repeat(41) })], [`name.too_long /entity/${"s".repeat(41)}/$id`]],
    ["a malformed name", [ship({ $id: "Ship" })], ["document.malformed /entity/Ship/$id"]],
    [
      "a target that is no name",
      [field({ $anchor: "fld_x", field: "reference", title: "X", to: 5, inverse: "x" })],
      ["document.malformed /entity/ship/properties/extra/to"],
    ],
    ["two documents of one name", [ship(), ship({ $anchor: "ent_other" })], ["name.taken /entity/ship/$id"]],
    ["two documents of one anchor", [ship(), view({ $anchor: "ent_ship" })], ["anchor.taken /view/ships/$anchor"]],
    [
      "two fields of one anchor",
      [field({ $anchor: "fld_name", field: "text", title: "X" })],
      ["anchor.taken /entity/ship/properties/extra/$anchor"],
    ],
    [
      "a field named like the system's",
      [field({ $anchor: "fld_x", field: "text", title: "X" }, "owner")],
      ["name.reserved /entity/ship/properties/owner"],
    ],
    [
      "a field named like a column of money",
      [field({ $anchor: "fld_x", field: "text", title: "X" }, "price_currency")],
      ["name.reserved /entity/ship/properties/price_currency"],
    ],
    [
      "a field with a leading underscore",
      [field({ $anchor: "fld_x", field: "text", title: "X" }, "_x")],
      ["document.malformed /entity/ship/properties/_x"],
    ],
    [
      "an unknown field type",
      [field({ $anchor: "fld_x", field: "mony", title: "X" })],
      ["field_type.unknown /entity/ship/properties/extra/field money"],
    ],
    [
      "an unknown keyword",
      [field({ $anchor: "fld_x", field: "text", title: "X", maxlength: 5 })],
      ["keyword.unknown /entity/ship/properties/extra/maxlength maxLength"],
    ],
    [
      "a keyword of a wrong type",
      [field({ $anchor: "fld_x", field: "rating", title: "X", maximum: 50 })],
      ["document.malformed /entity/ship/properties/extra/maximum"],
    ],
    [
      "an unknown target",
      [field({ $anchor: "fld_x", field: "reference", title: "X", to: ["ship", "shp"] })],
      ["document.entity_unknown /entity/ship/properties/extra/to/1 ship"],
    ],
    [
      "an unknown value set",
      [field({ $anchor: "fld_x", field: "select", title: "X", value_set: "flags" })],
      ["value_set.unknown /entity/ship/properties/extra/value_set flag"],
    ],
    [
      "a choice without choices",
      [field({ $anchor: "fld_x", field: "select", title: "X" })],
      ["choices.missing /entity/ship/properties/extra"],
    ],
    [
      "an unknown workflow",
      [field({ $anchor: "fld_x", field: "state", title: "X", workflow: "voyage" })],
      ["workflow.unknown /entity/ship/properties/extra/workflow"],
    ],
    [
      "a default that is no value",
      [field({ $anchor: "fld_x", field: "percent", title: "X", default: 10 })],
      ["default.invalid /entity/ship/properties/extra/default"],
    ],
    [
      "bounds that cross",
      [field({ $anchor: "fld_x", field: "decimal", title: "X", minimum: 5, maximum: 1 })],
      ["bounds.crossed /entity/ship/properties/extra/minimum"],
    ],
    [
      "a unique long text",
      [field({ $anchor: "fld_x", field: "long_text", title: "X", unique: true })],
      ["unique.unfit /entity/ship/properties/extra/unique"],
    ],
    [
      "a list whose name is taken",
      [field({ $anchor: "fld_x", field: "reference", title: "X", to: "ship", inverse: "flag" })],
      ["inverse.taken /entity/ship/properties/extra/inverse"],
    ],
    [
      "a name field that is none",
      [ship({ name_field: "nam" })],
      ["document.field_unknown /entity/ship/name_field name"],
    ],
    ["an asked field that is none", [ship({ required: ["x"] })], ["document.field_unknown /entity/ship/required/0"]],
    [
      "an activity about a text",
      [ship({ activity: { about: "name" } })],
      ["activity.about /entity/ship/activity/about"],
    ],
    ["a view of nothing", [ship(), view({ entity: "shp" })], ["document.entity_unknown /view/ships/entity ship"]],
    [
      "a path that breaks off",
      [ship(), view({ columns: ["sister.nam"], sort: "-pric" })],
      ["document.field_unknown /view/ships/columns/0 name", "document.field_unknown /view/ships/sort price"],
    ],
    [
      "a state that nothing reaches",
      [sailing, voyage({ out: out(), home, lost: { ...home, meta: { id: "st_lost", title: "Lost" } } })],
      ["workflow.unreachable /workflow/voyage/states/lost"],
    ],
    [
      "a transition to nowhere",
      [sailing, voyage({ out: out({ on: { "ship.land": [{ target: "hom", meta: { id: "tr_land" } }] } }), home })],
      [
        "workflow.target /workflow/voyage/states/out/on/ship.land/0/target",
        "workflow.unreachable /workflow/voyage/states/home",
      ],
    ],
    [
      "a loop that never ends",
      [
        sailing,
        voyage({
          out: out({ always: [{ target: "back", meta: { id: "tr_a" } }] }),
          back: { always: [{ target: "out", meta: { id: "tr_b" } }], meta: { id: "st_back", title: "Back" } },
          home,
        }),
      ],
      ["workflow.loop /workflow/voyage/states/out/always/0", "workflow.loop /workflow/voyage/states/back/always/0"],
    ],
    [
      "a rule that is no condition",
      [ship({ rules: [{ $anchor: "rule_a", require: { cel: "price" }, message: "No." }] })],
      ["expression.result /entity/ship/rules/0/require/cel"],
    ],
    [
      "a filter over a field that is none",
      [ship(), view({ filter: { cel: "nam == 'Argo'" } })],
      ["field.unknown /view/ships/filter/cel name"],
    ],
    [
      "a formula that gives something else",
      [field({ $anchor: "fld_x", field: "formula", title: "X", value: { cel: "price * 2" }, result: "text" })],
      ["expression.result /entity/ship/properties/extra/value/cel"],
    ],
    [
      "formulas that go round in a circle",
      [field({ $anchor: "fld_x", field: "formula", title: "X", value: { cel: "extra + 1" }, result: "number" })],
      ["formula.cycle /entity/ship/properties/extra/value"],
    ],
    [
      "a formula that reaches into another record",
      [field({ $anchor: "fld_x", field: "formula", title: "X", value: { cel: "sister.price" }, result: "money" })],
      ["formula.reaches /entity/ship/properties/extra/value/cel"],
    ],
    [
      "records that are joined by an event that wants more",
      [
        { ...sailing, merge: { into: "sister", event: "ship.land" } },
        voyage({
          out: out({
            on: {
              "ship.land": [
                {
                  target: "home",
                  meta: {
                    id: "tr_land",
                    title: "Land",
                    form: ["sister", "flag"].map((it) => ({ field: it, required: true })),
                  },
                },
              ],
            },
          }),
          home,
        }),
      ],
      ["entity.merge_asks /entity/ship/merge/event"],
    ],
    [
      "a time zone that there is not, in which a report is to count days",
      [
        ship(),
        {
          $schema: "urn:trellis:workspace:1",
          $id: "workspace",
          $anchor: "workspace",
          name: "Fleet",
          currency: "USD",
          time_zone: "Mars/Olympus",
          languages: ["en"],
        },
        {
          $schema: "urn:trellis:report:1",
          $id: "fleet",
          $anchor: "rep_fleet",
          title: "Fleet",
          source: "ship",
          measures: [{ id: "n", agg: "count" }],
          layout: { kind: "table" },
        },
      ],
      ["calendar.zone /workspace/workspace/time_zone"],
    ],
    [
      "a template without its ground",
      [
        {
          $schema: "urn:trellis:template:1",
          $id: "fleet",
          $anchor: "tpl_fleet",
          version: "1.0.0",
          title: "Fleet",
          needs: { core: "^1" },
        },
      ],
      ["template.need /template/fleet/needs/core"],
    ],
  ];
  test.each(cases)("%s", (_name, documents, faults) => expect(told(...documents)).toEqual(faults));

  test("a document that is malformed itself is not missed by those who name it", () =>
    expect(told(ship({ title: "" }), view())).toEqual(["document.malformed /entity/ship/title"]));
});

/** The templates of the house, what they build on first. */
const order = ["core", "sales", "marketing", "service", "closed_loop"];

test("every template of the house holds together", () => {
  expect(
    readdirSync(templates)
      .filter((name) => !name.includes("."))
      .sort(),
  ).toEqual(order.toSorted());
  const layers = order.map((name): TemplateLayer => {
    const files = readdirSync(new URL(name, templates), { recursive: true, withFileTypes: true })
      .filter((file) => file.name.endsWith(".json") && !file.parentPath.endsWith("records"))
      .map((file) => ({ extends: file.name.endsWith(".extend.json"), path: `${file.parentPath}/${file.name}` }))
      .map((file) => ({ ...file, read: JSON.parse(readFileSync(file.path, "utf8")) }));
    const [manifest] = files.filter(({ path }) => path.endsWith("/template.json")).map(({ read }) => read);
    const own = files.filter(({ read, extends: extending }) => !extending && read !== manifest);
    return {
      manifest,
      documents: own.map(({ read }) => read),
      extensions: files.filter((file) => file.extends).map(({ read }) => read),
    };
  });
  const { documents, faults } = worldOf(layers);
  expect([...faults, ...check([...documents.values()])]).toEqual([]);
});

test("the schemas of documents are schemas themselves: nobody looks at that again", () => {
  const ajv = newAjv();
  for (const schema of Object.values(schemas)) expect(ajv.validateSchema(schema), schema.$id).toBe(true);
});

describe("garbage is told and never thrown", () => {
  test("of any form", () => fc.assert(fc.property(fc.array(fc.jsonValue()), (given) => void check(given))));

  const documents = [sailing, view(), flag, voyage({ out: out(), home })];
  const mangled = fc
    .tuple(fc.nat(documents.length - 1), fc.array(fc.nat(12), { maxLength: 4 }), fc.jsonValue())
    .map(([index, steps, value]) => {
      const copy = structuredClone(documents);
      let at: any = copy[index];
      for (const [depth, step] of steps.entries()) {
        const keys = Object.keys(at);
        const key = keys[step % Math.max(keys.length, 1)];
        if (key === undefined) break;
        const inner = at[key];
        if (depth === steps.length - 1 || typeof inner !== "object" || inner === null) {
          at[key] = value;
          break;
        }
        at = inner;
      }
      return copy;
    });
  test("of documents with one part mangled", () =>
    fc.assert(
      fc.property(mangled, (given) => {
        for (const { path, status } of check(given)) {
          expect(path.startsWith("/")).toBe(true);
          expect(status).toBe(422);
        }
      }),
      { numRuns: 1000 },
    ));
});
