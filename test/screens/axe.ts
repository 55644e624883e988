import { expect, type Page } from "@playwright/test";
import axe from "axe-core";

/** Which rules axe holds a page against: all, those named, or all but those named. */
interface Rules {
  readonly only?: readonly string[];
  readonly but?: readonly string[];
}

/** Axe, which tells where a fault stands and writes the text of no element down. */
const source = `${axe.source}; axe.configure({ noHtml: true });`;

/**
 * What axe finds wrong on a page, each as the rule and the places. Colours are looked at when they have settled: what
 * moves is waited for, unless it moves for ever.
 */
export async function faultsOn(page: Page, rules: Rules = {}): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(source);
  return page.evaluate(async ({ only, but = [] }) => {
    const moving = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(moving.map(({ finished }) => finished));
    const { axe: runner } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await runner.run(document, {
      resultTypes: ["violations"],
      ...(only ? { runOnly: { type: "rule" as const, values: [...only] } } : {}),
      rules: Object.fromEntries(but.map((rule) => [rule, { enabled: false }])),
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  }, rules);
}

/** Whether axe finds nothing on a page. */
export async function accessible(page: Page): Promise<void> {
  expect(await faultsOn(page)).toEqual([]);
}
