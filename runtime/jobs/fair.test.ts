import { expect, test } from "vitest";
import { Fair, type Waiting } from "./fair.ts";

const line = (workspace: string, lane: Waiting["lane"] = "normal"): Waiting => ({ workspace, lane });

/** Serves one after the other of those that always have more; answers how often each came. */
function served(fair: Fair, waiting: readonly Waiting[], times: number): readonly number[] {
  const counts = waiting.map(() => 0);
  for (let time = 0; time < times; time++) {
    const next = fair.next(waiting)!;
    fair.note(next, 1);
    counts[waiting.indexOf(next)]! += 1;
  }
  return counts;
}

test("workspaces get the same, whatever their lanes; lanes of one get as much as they weigh", () => {
  const two = [line("a", "bulk"), line("b", "interactive")];
  expect(served(new Fair(), two, 100)).toEqual([50, 50]);
  const four = [line("a", "bulk"), line("a", "normal"), line("a", "sla"), line("a", "interactive")];
  expect(served(new Fair(), four, 150)).toEqual([10, 20, 40, 80]);
});

test("who comes, or comes back after a while, begins where the others are: nobody saves up", () => {
  const fair = new Fair();
  const [a, b, c] = [line("a"), line("b"), line("c")];
  expect(served(fair, [a, b], 10)).toEqual([5, 5]);
  served(fair, [a], 1000);
  expect(served(fair, [a, b, c], 30)).toEqual([10, 10, 10]);
  const [sla, bulk] = [line("a", "sla"), line("a", "bulk")];
  served(fair, [sla], 1000);
  expect(served(fair, [sla, bulk], 50)).toEqual([40, 10]);
});

test("where nobody waits nobody is next", () => {
  expect(new Fair().next([])).toBeUndefined();
});
