import { expect, type Page } from "@playwright/test";
import axe from "axe-core";

/**
 * What axe finds wrong on a page, each as the rule and the places: of all rules, or of those named. Colours are looked
 * at when they have settled: what moves is waited for, unless it moves for ever.
 */
export async function faultsOn(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  return page.evaluate(async (only) => {
    const moving = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(moving.map(({ finished }) => finished));
    const { axe: runner } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await runner.run(document, {
      resultTypes: ["violations"],
      ...(only ? { runOnly: { type: "rule" as const, values: [...only] } } : {}),
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  }, rules);
}

/** Whether axe finds nothing on a page. */
export async function accessible(page: Page): Promise<void> {
  expect(await faultsOn(page)).toEqual([]);
}
