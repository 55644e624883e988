import { expect, test } from "@playwright/test";
import type { Shown } from "./product.ts";
import { enter, showSales, type Sales } from "./sales.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
let product: Shown;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
  ({ product } = sales);
});
test.afterAll(() => sales.close());

test("a deal is found, changed, moved and taken back by keyboard alone", async ({ page }) => {
  await enter(page, product);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("pilot self-check");
  await expect(page.getByRole("option", { name: /Self-checkout pilot/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Self-checkout pilot" })).toBeVisible();

  await page.getByRole("button", { name: "Edit: Title" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Title" })).toBeFocused();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("Self-checkout in ten stores");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Self-checkout in ten stores" })).toBeVisible();
  await page.locator("body").press("Control+z");
  await expect(page.getByRole("heading", { name: "Self-checkout pilot" })).toBeVisible();

  await page.locator("body").press("a");
  await expect(page.getByRole("button", { name: /Mark as won/ })).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: /^Engaging$/ })).toHaveAttribute("aria-current", "step");
  await page.locator("body").press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
});

test("a new record tells all that is wrong with it, beside each field", async ({ page }) => {
  await enter(page, product);
  await page.locator("body").press("n");
  const dialog = page.getByRole("dialog", { name: "New deal" });
  await expect(dialog.getByLabel("Title")).toBeFocused();
  await dialog.getByRole("textbox", { name: "Amount" }).fill("a lot");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toHaveCount(2);
  await dialog.getByLabel("Title").fill("Typed by hand");
  await dialog.getByRole("textbox", { name: "Amount" }).fill("1200");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Typed by hand is created")).toBeVisible();
  await expect(page.getByRole("region", { name: "Prospecting" })).toContainText("Typed by hand");
});

test("what is found after a field was left opens no list over the others", async ({ page }) => {
  await enter(page, product);
  await page.locator("body").press("n");
  const company = page.getByRole("dialog", { name: "New deal" }).getByRole("combobox", { name: "Company" });
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await page.route("**/api/records/company?**", (route) =>
    held.then(() => route.continue()).catch((error: Error) => expect(error.message).toContain("aborted")),
  );
  await company.focus();
  await page.keyboard.press("Tab");
  release();
  await page.unrouteAll({ behavior: "wait" });
  await page.evaluate(() => fetch("/api/records/company?limit=1").then((answer) => answer.text()));
  await expect(company).toHaveAttribute("aria-expanded", "false");
});
