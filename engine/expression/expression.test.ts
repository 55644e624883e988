import type { EntityDocument, WorkflowDocument } from "schemas";
import { describe, expect, test } from "vitest";
import { readModel } from "../model.ts";
import { checkExpression } from "./check.ts";
import { evaluate, holds } from "./evaluate.ts";
import { emptyInputs, explain } from "./explain.ts";
import { recordScope } from "./scope.ts";

const house: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "house",
  $anchor: "ent_house",
  type: "object",
  title: "House",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    rooms: { $anchor: "fld_rooms", field: "integer", title: "Rooms" },
    price: { $anchor: "fld_price", field: "money", title: "Price" },
    share: { $anchor: "fld_share", field: "percent", title: "Share" },
    built: { $anchor: "fld_built", field: "date", title: "Built" },
    sold: { $anchor: "fld_sold", field: "date", title: "Sold" },
    kind: {
      $anchor: "fld_kind",
      field: "select",
      title: "Kind",
      choices: [
        { value: "flat", title: "Flat" },
        { value: "villa", title: "Villa" },
      ],
    },
    tags: { $anchor: "fld_tags", field: "multi_select", title: "Tags", choices: [{ value: "old", title: "Old" }] },
    open: { $anchor: "fld_open", field: "boolean", title: "Open" },
    parent: { $anchor: "fld_parent", field: "reference", to: "house", inverse: "parts", title: "Part of" },
    stage: { $anchor: "fld_stage", field: "state", workflow: "selling", title: "Stage" },
  },
};
const selling = {
  id: "selling",
  initial: "offered",
  states: {
    offered: { meta: { id: "st_offered", title: "Offered" } },
    talks: {
      initial: "first",
      states: { first: { meta: { id: "st_first", title: "First" } }, last: { meta: { id: "st_last", title: "Last" } } },
      meta: { id: "st_talks", title: "Talks" },
    },
  },
  meta: { id: "wf_selling", title: "Selling", format: "wf/1", kind: "pipeline", entity: "house", events: {} },
} as unknown as WorkflowDocument;

const model = readModel([house, selling]);
const scope = recordScope(model, "house");
const environment = { now: "2026-03-02T09:00:00.000Z", today: "2026-03-02" };

function value(cel: string, record: Record<string, unknown> = {}, rest: object = {}): unknown {
  const { expression, faults } = checkExpression(cel, scope);
  expect(faults).toEqual([]);
  return evaluate(expression!, { ...environment, record, user: { id: "u1" }, ...rest });
}

function codes(cel: string): readonly string[] {
  return checkExpression(cel, scope).faults.map(({ code }) => code);
}

describe("an expression", () => {
  test.each<[string, Record<string, unknown>, unknown]>([
    ["0.1 + 0.2 == 0.3", {}, true],
    ["1 / 3", {}, "0.333333333333"],
    ["0 - 2 / 3", {}, "-0.666666666667"],
    ["rooms / 0", { rooms: 3 }, null],
    [
      "price * share / 100",
      { price: { amount: "200.50", currency: "EUR" }, share: "10" },
      { amount: "20.05", currency: "EUR" },
    ],
    ["price > 100", { price: { amount: "200", currency: "EUR" } }, true],
    ["price + price", { price: { amount: "1.10", currency: "EUR" } }, { amount: "2.2", currency: "EUR" }],
    ["price.currency", { price: { amount: "1", currency: "JPY" } }, "JPY"],
    ["rooms > 3", { rooms: null }, false],
    ["rooms < 3", { rooms: null }, false],
    ["rooms == null", { rooms: null }, true],
    ["rooms != 3", { rooms: null }, true],
    ["!open", { open: null }, true],
    ["rooms * 1000000000 * 1000000000 * 1000000000 * 1000000000", { rooms: 9 }, null],
    ["sold - built", { built: "2024-02-28", sold: "2024-03-01" }, "2"],
    ["built + duration('P1D')", { built: "2024-02-28" }, "2024-02-29"],
    ["built >= '2024-01-01'", { built: "2024-02-28" }, true],
    ["now > timestamp('2026-03-02T08:00:00Z')", {}, true],
    ["today == date('2026-03-02')", {}, true],
    ["kind == 'flat'", { kind: "flat" }, true],
    ["kind in ['flat', 'villa']", { kind: null }, false],
    ["'old' in tags", { tags: ["old"] }, true],
    ["in_state(stage, 'talks')", { stage: "last" }, true],
    ["in_state(stage, 'talks')", { stage: "offered" }, false],
    ["rooms > 2 ? 'big' : 'small'", { rooms: 4 }, "big"],
    ["name + '!'", { name: null }, null],
    ["'ｚ' < '🌱'", {}, true],
    ["has(name)", { name: "x" }, true],
    ["owner == user", { owner: "u1" }, true],
    ["owner == 'u1'", { owner: "u1" }, true],
  ])("%s of %j is %j", (cel, record, expected) => expect(value(cel, record)).toEqual(expected));

  test("follows references and asks lists", () => {
    const records: Record<string, Record<string, unknown>> = { h2: { id: "h2", name: "Hall", parent: null } };
    const related = (_: string, id: string) => records[id];
    expect(value("parent.name", { parent: "h2" }, { related })).toBe("Hall");
    expect(value("parent.parent.name", { parent: "h2" }, { related })).toBe(null);
    const listed = () => [{ rooms: 1 }, { rooms: 5 }];
    expect(value("parts.any(p, p.rooms > 3)", { id: "h1" }, { listed })).toBe(true);
    expect(value("parts.all(p, p.rooms > 3)", { id: "h1" }, { listed })).toBe(false);
    expect(value("parts.none(p, p.rooms > 9)", { id: "h1" }, { listed })).toBe(true);
  });

  test("tells which fields it reads and whether it looks at the clock", () => {
    const { expression } = checkExpression("parent.rooms > 2 && built < today", scope);
    expect(expression?.paths.map((path) => path.map(({ name }) => name).join("."))).toEqual(["parent.rooms", "built"]);
    expect(expression?.usesClock).toBe(true);
  });
});

describe("what is refused", () => {
  test.each([
    ["nam == 'x'", "field.unknown"],
    ["constructor", "field.unknown"],
    ["__proto__ == null", "expression.syntax"],
    ["name > 3", "expression.type"],
    ["name && open", "expression.type"],
    ["kind == 'flot'", "expression.choice"],
    ["stage == 'sold'", "expression.choice"],
    ["in_state(stage, 'nowhere')", "expression.choice"],
    ["built == '2023-02-29'", "expression.literal"],
    ["built == '0000-01-01'", "expression.literal"],
    ["now < timestamp('9999-12-31T23:59:59-01:00')", "expression.literal"],
    ["now > timestamp('0001-01-01T00:00:00+05:00')", "expression.literal"],
    ["built + duration('P1M')", "expression.literal"],
    ["name.matches('a+')", "expression.function"],
    ["toString()", "expression.function"],
    ["name.constructor", "expression.no_member"],
    ["rooms >", "expression.syntax"],
    ["", "expression.syntax"],
    ["name == 'a\\u0000b' ? ", "expression.syntax"],
    ["rooms == 1u", "expression.unsupported"],
    ["name[0] == 'a'", "expression.unsupported"],
    ["open.any(x, true)", "expression.no_list"],
  ])("%s: %s", (cel, code) => expect(codes(cel)).toContain(code));

  test("says what was probably meant", () => {
    expect(checkExpression("romms > 3", scope).faults[0]?.hint).toBe("rooms");
    expect(checkExpression("kind == 'flot'", scope).faults[0]?.hint).toBe("flat");
  });

  test.each([
    ["deep brackets", `${"(".repeat(100)}open${")".repeat(100)}`],
    ["many prefixes", `${"!".repeat(5000)}open`],
    ["a long chain", Array.from({ length: 600 }, () => "open").join(" && ")],
    ["a megabyte", `name == '${"x".repeat(1_000_000)}'`],
    ["nested lists", `${"[".repeat(3000)}${"]".repeat(3000)}`],
    ["nested choices", "open ? ".repeat(200) + "open" + " : open".repeat(200)],
  ])("%s, at once and without a crash", (_, cel) => expect(codes(cel).length).toBeGreaterThan(0));

  test("a field that the reader must not know is not there", () => {
    const narrow = recordScope(model, "house", (field) => field.name !== "price");
    const [hidden, absent] = ["price > 3", "prize > 3"].map((cel) => checkExpression(cel, narrow).faults[0]);
    expect(hidden?.code).toBe("field.unknown");
    expect(absent?.hint).toBe(hidden?.hint);
  });
});

test("an explanation names the clause that fails, with its values", () => {
  const { expression } = checkExpression("rooms > 2 && price != null && open", scope);
  const record = { rooms: 3, price: null, open: true };
  const { holds: all, clauses } = explain(expression!, { ...environment, record });
  expect(all).toBe(false);
  expect(clauses.map(({ text, holds }) => [text, holds])).toEqual([
    ["rooms > 2", true],
    ["price != null", false],
    ["open", true],
  ]);
  expect(clauses[1]?.values).toMatchObject([{ name: "price", title: "Price", value: null, path: [{ name: "price" }] }]);
  expect(emptyInputs(expression!, { ...environment, record })).toEqual(["price"]);
  expect(holds(expression!, { ...environment, record })).toBe(false);
});
