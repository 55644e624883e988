import { expect, test } from "vitest";
import { choose, obstacleFor, type Agent, type Work } from "./choose.ts";

const agent = (id: string, load = 0, capacity = 5, more: Partial<Agent> = {}): Agent => ({
  id,
  load,
  capacity,
  available: true,
  skills: {},
  idleSince: 0,
  ...more,
});
const work = (more: Partial<Work> = {}): Work => ({ weight: 1, skills: [], ...more });

test("R1: by turns, from whose turn it was last", () => {
  const agents = [agent("c"), agent("a"), agent("b")];
  const turns: string[] = [];
  for (let pointer = "a"; turns.length < 4; turns.push(pointer))
    pointer = choose("round_robin", work(), agents, pointer)!.id;
  expect(turns).toEqual(["b", "c", "a", "b"]);
});

test("R2: the smallest part of the capacity in use", () => {
  const agents = [agent("a", 3, 5), agent("b", 1, 2), agent("c", 2, 5)];
  expect(choose("least_load", work(), agents, null)?.id).toBe("c");
  expect(choose("least_load", work(), [...agents.slice(0, 2), agent("c", 3, 5)], null)?.id).toBe("b");
});

test("R3: at the limit work waits", () => {
  const full = [agent("a", 3, 3), agent("b", 3, 3)];
  expect(choose("most_available", work(), full, null)).toBeUndefined();
  expect(obstacleFor(work(), full[0]!)).toBe("full");
});

test("R4: a skill is had at its level, or at a lower one when it may be", () => {
  const agents = [agent("a", 0, 5, { skills: { german: 1 } })];
  expect(choose("most_available", work({ skills: [{ skill: "german", level: 2 }] }), agents, null)).toBeUndefined();
  expect(choose("most_available", work({ skills: [{ skill: "german", level: 1 }] }), agents, null)?.id).toBe("a");
});

test("R5: what one lets pass goes to another", () => {
  expect(choose("least_load", work({ passedBy: ["a"] }), [agent("a"), agent("b", 4)], null)?.id).toBe("b");
});

test("R6: nobody is given anything who is not there", () => {
  expect(choose("longest_idle", work(), [agent("a", 0, 5, { available: false })], null)).toBeUndefined();
});

test("who had the last one of the same kind has the next, where she can; else by load", () => {
  const agents = [agent("a"), agent("b", 2, 3, { idleSince: -1 })];
  expect(choose("last_agent", work({ last: "b" }), agents, null)?.id).toBe("b");
  expect(choose("last_agent", work({ last: "b", weight: 2 }), agents, null)?.id).toBe("a");
  expect(choose("longest_idle", work(), agents, null)?.id).toBe("b");
  expect(choose("pull", work(), agents, null)).toBeUndefined();
});
