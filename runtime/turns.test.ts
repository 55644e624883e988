import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Turns, type GiveBack } from "./turns.ts";

const limits = { each: 2, all: 3, lineMax: 4, waitingMax: 6, waitMs: 60_000 };
const settle = () => new Promise((done) => setImmediate(done));

/** Asks for a turn and notes when it has come. */
function asking(turns: Turns, caller: string, came: string[], name: string): { give?: GiveBack; refused?: string } {
  const mine: { give?: GiveBack; refused?: string } = {};
  turns.take(caller).then(
    (give) => {
      mine.give = give;
      came.push(name);
    },
    (error) => (mine.refused = error.faults[0].code),
  );
  return mine;
}

describe("a turn", () => {
  test("comes at once while there is room, and one caller leaves room for others", async () => {
    const turns = new Turns(limits);
    const came: string[] = [];
    for (const name of ["a1", "a2", "a3", "a4"]) asking(turns, "a", came, name);
    asking(turns, "b", came, "b1");
    await settle();
    expect(came).toEqual(["a1", "a2", "b1"]);
    expect([turns.running, turns.waiting]).toEqual([3, 2]);
  });

  test("goes round: who came later with one request is not behind a hundred of another", async () => {
    const turns = new Turns({ ...limits, each: 1, all: 1 });
    const came: string[] = [];
    const first = asking(turns, "a", came, "a1");
    const rest = ["a2", "a3"].map((name) => asking(turns, "a", came, name));
    const other = asking(turns, "b", came, "b1");
    await settle();
    for (const one of [first, rest[0]!, other, rest[1]!]) {
      one.give?.();
      await settle();
    }
    expect(came).toEqual(["a1", "a2", "b1", "a3"]);
  });

  test("is refused where the caller's own line is too long, and where all are", async () => {
    const turns = new Turns(limits);
    const came: string[] = [];
    const asked = Array.from({ length: 7 }, (_, index) => asking(turns, "a", came, `a${index}`));
    await settle();
    expect(asked.map(({ refused }) => refused)).toEqual([...Array(6).fill(undefined), "caller.crowded"]);
    const others = ["b", "c", "d"].map((caller) => [1, 2].map(() => asking(turns, caller, came, caller))).flat();
    await settle();
    expect(others.filter(({ refused }) => refused === "server.crowded")).toHaveLength(3);
    const { callers } = turns;
    await expect(turns.take("stranger")).rejects.toMatchObject({ faults: [{ code: "server.crowded" }] });
    expect(turns.callers).toBe(callers);
  });

  test("is given up by who has waited too long, and her place is free", async () => {
    const turns = new Turns({ ...limits, each: 1, all: 1, waitMs: 5 });
    const give = await turns.take("a");
    await expect(turns.take("b")).rejects.toMatchObject({ faults: [{ code: "server.crowded", status: 503 }] });
    expect(turns.waiting).toBe(0);
    give();
    give();
    expect(turns.running).toBe(0);
    (await turns.take("b"))();
  });

  test("comes to everybody in the end, and never to more than there may be", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ caller: fc.constantFrom("a", "b", "c"), holds: fc.nat(3) }), { maxLength: 30 }),
        async (requests) => {
          const turns = new Turns({ ...limits, lineMax: 100, waitingMax: 100 });
          const running = new Map<string, number>();
          let most = 0;
          await Promise.all(
            requests.map(async ({ caller, holds }) => {
              const give = await turns.take(caller);
              running.set(caller, (running.get(caller) ?? 0) + 1);
              most = Math.max(most, turns.running);
              expect(running.get(caller)).toBeLessThanOrEqual(limits.each);
              for (let held = 0; held < holds; held++) await settle();
              running.set(caller, running.get(caller)! - 1);
              give();
            }),
          );
          expect(most).toBeLessThanOrEqual(limits.all);
          expect([turns.running, turns.waiting, turns.callers]).toEqual([0, 0, 0]);
        },
      ),
      { numRuns: 100 },
    );
  });
});
