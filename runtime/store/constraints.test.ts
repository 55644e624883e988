import { expect, test } from "vitest";
import { readModel } from "engine";
import { constraintProblem } from "./constraints.ts";

const broken = (code: string, name: string) =>
  constraintProblem(
    readModel([]),
    Object.assign(new Error(`duplicate key value violates unique constraint "${name}"`), { code }),
  )?.faults[0].code;

test("a unique rule that is being published refuses a double before the model knows its fields", () => {
  expect(broken("23505", `uq_${"a".repeat(24)}_k`)).toBe("record.duplicate");
  expect(broken("23505", `uq_${"a".repeat(24)}_p`)).toBe("record.duplicate");
  expect(broken("23505", "pk_something_else")).toBeUndefined();
  expect(broken("23503", `fk_${"a".repeat(24)}_k`)).toBeUndefined();
});
