import { expect, test } from "vitest";
import { shared } from "./shared.ts";

test("who asks while the same is under way is answered by it; later it is done anew, and what fails stays with nobody", async () => {
  const [one, other] = [{ name: "one" }, { name: "other" }];
  const done: string[] = [];
  const gates: ((failed?: Error) => void)[] = [];
  const work = shared(({ name }: { name: string }, words: string) => {
    done.push(`${name} ${words}`);
    return new Promise<string>((answer, fail) => gates.push((failed) => (failed ? fail(failed) : answer(words))));
  });
  const [first, second, beside] = [work(one, "first"), work(one, "second"), work(other, "beside")];
  expect(done).toEqual(["one first", "other beside"]);
  for (const open of gates.splice(0)) open();
  expect(await Promise.all([first, second, beside])).toEqual(["first", "first", "beside"]);
  const failing = [work(one, "third"), work(one, "fourth")];
  gates.pop()!(new Error("Not now."));
  for (const it of failing) await expect(it).rejects.toThrow("Not now.");
  const again = work(one, "fifth");
  gates.pop()!();
  expect(await again).toBe("fifth");
});
