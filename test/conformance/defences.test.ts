import { readFile } from "node:fs/promises";
import { expect, inject, test } from "vitest";
import { differencesWithout } from "../defences.ts";
import { defences, without } from "../fixtures/defences.ts";

test.each(defences.map((it) => [it.name, it] as const))("%s stands once where it is said to be", async (_, defence) => {
  const text = await readFile(new URL(`../../${defence.file}`, import.meta.url), "utf8");
  expect(without(defence, text)).not.toBe(text);
});

/** Each day it is another one's turn; `node test/defences.ts` takes all of them. */
const today = defences[Math.floor(Date.now() / 86_400_000) % defences.length]!;

test(`without one of them, today that of ${today.name}, models by chance differ`, async () => {
  const { alike, told } = await differencesWithout(today.name, inject("databaseUrl"), 400);
  expect(alike + told).toBeGreaterThan(0);
});
