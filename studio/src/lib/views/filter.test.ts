import { expect, test } from "vitest";
import { clauseOf, joined, operatorsFor, readClause, readClauses } from "./filter.ts";

const field = (kind: string, targets: string[] = []) => ({ field: kind, targets }) as never;

test.each([
  ["text", "contains", "it's \\ here"],
  ["text", "==", "&& (no)"],
  ["money", ">=", "12.5"],
  ["date", "<", "2026-03-01"],
  ["date_time", ">=", "2026-03-01"],
  ["select", "==", "retail"],
  ["multi_select", "in", "old"],
  ["multi_select", "notIn", "it's old"],
  ["boolean", "false", ""],
  ["text", "empty", ""],
])("a condition on a %s that %s %j is read back from its expression", (kind, operator, value) => {
  const cel = clauseOf(field(kind), { path: "company.name", operator, value });
  expect(readClause(cel)).toEqual({ cel, path: "company.name", operator, value });
});

test("what is no single condition keeps its expression", () => {
  expect(readClause("(a || b)")).toEqual({ cel: "(a || b)", path: "", operator: "", value: "" });
});

test("a filter is cut where its conditions must all hold", () => {
  expect(readClauses("a && (b || c) && d == 'x && y'").map(({ cel }) => cel)).toEqual([
    "a",
    "(b || c)",
    "d == 'x && y'",
  ]);
  expect(readClauses("a || b").map(({ cel }) => cel)).toEqual(["(a || b)"]);
});

test("every kind of field has conditions", () => {
  for (const kind of ["text", "state", "reference", "json"])
    expect(operatorsFor(field(kind)).length).toBeGreaterThan(1);
});

test.each([
  [["", " "], ""],
  [["a || b", ""], "a || b"],
  [["a == 'x || y'", "b && (c || d)"], "a == 'x || y' && b && (c || d)"],
  [["a || b", "c ? d : e", "f(g || h)"], "(a || b) && (c ? d : e) && f(g || h)"],
])("the filters %j hold all together as %s", (filters, all) => expect(joined(filters)).toBe(all));
