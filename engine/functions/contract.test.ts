import { describe, expect, test } from "vitest";
import { checkExpression } from "../expression/check.ts";
import { evaluate } from "../expression/evaluate.ts";
import { recordScope } from "../expression/scope.ts";
import { readModel } from "../model.ts";
import { functions } from "./index.ts";
import type { FunctionType } from "./function-type.ts";

const scope = recordScope(readModel([]), "team");
const environment = { now: "2026-03-02T09:00:00.000Z", today: "2026-03-02" };

describe.each(Object.entries<FunctionType>(functions))("function %s", (name, called) => {
  test("stands in the registry under its own name", () => expect(called.name).toBe(name));

  test.each(called.examples)("$cel", ({ cel, gives }) => {
    const { expression, faults } = checkExpression(cel, scope);
    expect(faults).toEqual([]);
    expect(evaluate(expression!, environment)).toEqual(gives);
  });

  test("answers null to null and throws at nothing", () => {
    const nulls = called.takes.map(() => null);
    expect([null, false]).toContain(called.evaluate(nulls));
  });
});
