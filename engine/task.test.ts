import { expect, test } from "vitest";
import { outputOf, taskAsked } from "./task.ts";

test("who did a task, and for whom, is told by the house and not by the answers", () => {
  expect(outputOf({ decision: "yes", by: "x", for: "y" }, "one", "one")).toEqual({ decision: "yes", by: "one" });
  expect(outputOf({ for: "y" }, "one", "other")).toEqual({ by: "one", for: "other" });
});

test.each([{ type: "string" }, { type: "object", properties: { x: { type: "wish" } } }, "x", null])(
  "a form that an expression gave and nobody could answer is none: %j",
  (form) => expect(taskAsked({ id: "ask", src: "human.task", input: { form } }).form).toBeNull(),
);
