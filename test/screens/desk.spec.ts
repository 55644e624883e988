import { expect, test } from "@playwright/test";
import { accessible, enter, showSales, type Sales } from "./sales.ts";

let sales: Sales;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
  const installed = await sales.api.post("/api/templates/service/install", { data: {} });
  expect(installed.ok(), await installed.text()).toBe(true);
  for (const [subject, priority] of [
    ["Kiosk prints nothing", "urgent"],
    ["Opening screen", "low"],
  ]) {
    const made = await sales.api.post("/api/records/case", { data: { subject, priority } });
    expect(made.ok(), await made.text()).toBe(true);
  }
});
test.afterAll(() => sales.close());

test("what waits is taken by a key, the most urgent first, with its clocks beside it, and given back", async ({
  page,
}) => {
  await enter(page, sales.product, "Cases");
  await page.goto(`${sales.product.address}/desk`);
  const waiting = page.locator("section").filter({ has: page.getByRole("heading", { name: /^Waiting/ }) });
  await expect(waiting.getByRole("link")).toHaveCount(2);
  await expect(waiting.getByRole("link").first()).toContainText("Kiosk prints nothing");
  await expect(waiting.getByRole("link").first()).toContainText(/left$/);
  await page.keyboard.press("n");
  const mine = page.locator("section").filter({ has: page.getByRole("heading", { name: /^With me/ }) });
  await expect(mine.getByRole("link")).toContainText("Kiosk prints nothing");
  await expect(page.getByRole("heading", { name: "Kiosk prints nothing" })).toBeVisible();
  const clock = page.getByRole("button", { name: /^First response/ });
  await clock.click();
  await expect(page.getByText(/Service hours \(UTC\)/)).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "test-results/desk.png" });
  await page.keyboard.press("b");
  await expect(waiting.getByRole("link")).toHaveCount(2);
});
