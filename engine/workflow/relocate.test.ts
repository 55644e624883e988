import { expect, test } from "vitest";
import type { WorkflowDocument } from "schemas";
import { voyageWorkflow } from "../../test/fixtures/voyage.ts";
import { newWaits, relocate } from "./relocate.ts";

const changed = (change: (workflow: any) => void): WorkflowDocument => {
  const document = structuredClone(voyageWorkflow);
  change(document);
  return document;
};
const at = (value: unknown, history = {}) => ({ value, history });
const sailing = at({ course: { under_way: "sailing" }, customs: "declared" }, { st_back: ["st_sailing"] });
const rename = (states: any, from: string, to: string) => {
  states[to] = states[from];
  delete states[from];
};

test("a run stays where it stands when its states keep their identity", () => {
  expect(relocate(voyageWorkflow, voyageWorkflow, sailing)).toEqual({ to: sailing });
});

test("a run follows its state through a new key and into a new state around it", () => {
  const next = changed((it) => {
    const { course } = it.states;
    rename(course.states.under_way.states, "sailing", "at_sea");
    course.states.under_way.states.loading.on["voyage.sail"][0].target = "at_sea";
    rename(course.states, "under_way", "open");
  });
  expect(relocate(voyageWorkflow, next, sailing)).toEqual({
    to: { value: { course: { open: "at_sea" }, customs: "declared" }, history: { st_back: ["st_sailing"] } },
  });
});

test("a run whose state goes wants to be told where to", () => {
  const next = changed((it) => delete it.states.course.states.under_way.states.sailing);
  expect(relocate(voyageWorkflow, next, sailing).missing?.key).toBe("sailing");
  expect(relocate(voyageWorkflow, next, sailing, { sailing: "late" }).to).toEqual({
    value: { course: { under_way: "late" }, customs: "declared" },
    history: {},
  });
  expect(relocate(voyageWorkflow, next, sailing, { sailing: "under_way" }).to?.value).toMatchObject({
    course: { under_way: "loading" },
  });
  expect(relocate(voyageWorkflow, next, sailing, { sailing: "nowhere" }).missing?.key).toBe("sailing");
});

test("a state beside the main one that goes wants it too, a region that goes takes its states along", () => {
  const without = changed((it) => delete it.states.customs.states.declared);
  expect(relocate(voyageWorkflow, without, sailing).missing?.key).toBe("declared");
  const flat = changed((it) => {
    it.states = it.states.course.states;
    it.initial = "under_way";
    delete it.type;
  });
  expect(relocate(voyageWorkflow, flat, sailing).to?.value).toEqual({ under_way: "sailing" });
  expect(relocate(flat, voyageWorkflow, at({ under_way: "late" })).to?.value).toEqual({
    course: { under_way: "late" },
    customs: "none",
  });
});

test("only waits that are new begin by being moved", () => {
  const next = changed((it) => {
    it.meta.delays.slow = { duration: "P30D" };
    it.states.course.states.under_way.states.sailing.after.slow = [{ meta: { id: "tr_slow" } }];
  });
  expect(newWaits(voyageWorkflow, next, sailing.value, sailing.value)).toEqual([
    { delay: "slow", state: "st_sailing" },
  ]);
});
