import { expect, test } from "vitest";
import { check, shapeFaults } from "engine";
import { exampleDocuments, exampleNames, exampleOf } from "../fixtures/worked-examples.ts";

test.each(exampleNames)("the worked example %s is of the form that the schema wants", (name) => {
  expect(shapeFaults(exampleOf(name))).toEqual([]);
});

test("what no executor carries out is all that stands against publishing the worked examples", () => {
  const faults = check(exampleDocuments());
  expect(faults.filter(({ code }) => code !== "workflow.not_run")).toEqual([]);
  expect(new Set(faults.map(({ path }) => path.split("/")[2]))).toEqual(new Set(exampleNames));
});
