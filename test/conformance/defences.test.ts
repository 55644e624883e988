import { readFile } from "node:fs/promises";
import { expect, inject, test } from "vitest";
import { differencesWithout } from "../defences.ts";
import { defences, without } from "../fixtures/defences.ts";

test.each(defences.map((it) => [it.name, it] as const))("%s stands once where it is said to be", async (_, defence) => {
  const text = await readFile(new URL(`../../${defence.file}`, import.meta.url), "utf8");
  expect(without(defence, text)).not.toBe(text);
});

test("without the rows of a list, models by chance differ; `node test/defences.ts` takes all of them", async () => {
  const { alike, told } = await differencesWithout("rows of a list", inject("databaseUrl"), 400);
  expect(alike + told).toBeGreaterThan(0);
});
