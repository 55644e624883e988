import { expect, test } from "vitest";
import { answerFields, answersOf, shelfOf, type Task } from "./task.ts";

const form = {
  type: "object",
  required: ["decision"],
  properties: {
    decision: {
      title: "Decision",
      oneOf: [
        { const: "yes", title: "Yes" },
        { const: "no", title: "No" },
      ],
    },
    level: { enum: ["a", "b"] },
    parts: { type: "array", items: { enum: ["x", "y"] } },
    hours: { type: "number" },
    pieces: { type: "integer" },
    sure: { type: "boolean" },
    on: { type: "string", format: "date" },
    note: { type: "string", contentMediaType: "text/plain" },
    name: { type: "string" },
  },
};

test("a form is asked for by the widgets of records, in its own order", () => {
  const fields = answerFields(form);
  expect(fields.map(({ name, widget }) => `${name} ${widget}`)).toEqual([
    "decision select",
    "level select",
    "parts multi_select",
    "hours decimal",
    "pieces integer",
    "sure boolean",
    "on date",
    "note long_text",
    "name text",
  ]);
  expect(fields[0]).toMatchObject({ title: "Decision", required: true, choices: [{ value: "yes", title: "Yes" }, {}] });
  expect(answerFields(null)).toEqual([]);
});

test("numbers are sent as numbers, what is empty is not sent, what is no number is left for the server to refuse", () => {
  const entered = { hours: "1.5", pieces: 2, note: "", name: null, sure: false, on: "2027-01-01" };
  expect(answersOf(answerFields(form), entered)).toEqual({ hours: 1.5, pieces: 2, sure: false, on: "2027-01-01" });
  expect(answersOf(answerFields(form), { hours: "x" })).toEqual({ hours: "x" });
});

test("a task lies on the shelf of its day", () => {
  const now = Date.parse("2027-01-01T12:00:00Z");
  const at = (due_at: string | null) => shelfOf({ due_at } as Task, now);
  expect(at(null)).toBe("undated");
  expect(at("2027-01-01T11:59:00Z")).toBe("overdue");
  expect(at("2027-01-02T12:00:00Z")).toBe("day");
  expect(at("2027-01-08T12:00:00Z")).toBe("week");
  expect(at("2027-02-08T12:00:00Z")).toBe("later");
});
