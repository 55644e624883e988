import { expect, test, type Page } from "@playwright/test";
import { faultsOn } from "./axe.ts";
import {
  addressOf,
  doorways,
  office,
  places,
  routeOf,
  routesOfStudio,
  setUp,
  signInDoor,
  type Place,
} from "./places.ts";
import type { Shown } from "./product.ts";
import { showSales, signIn, type Sales } from "./sales.ts";
import { publishDocuments } from "./steps.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
let product: Shown;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
  ({ product } = sales);
  await publishDocuments(sales.api, [office]);
});
test.afterAll(() => sales.close());

/**
 * Opens a place and sees that it is whole, no wider than the screen, and accessible in both themes. A theme changes
 * colours alone: in the dark axe looks at those.
 */
async function look(page: Page, at: string, { path, shows }: Place) {
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.goto(at);
  await expect(page.getByText(shows).first(), path).toBeVisible();
  const light = await faultsOn(page);
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  const dark = await faultsOn(page, ["color-contrast", "link-in-text-block"]);
  const found = [...light.map((it) => `light ${it}`), ...dark.map((it) => `dark ${it}`)];
  expect(found, path).toEqual([]);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, `${path} is wider than the screen`).toBeLessThanOrEqual(0);
}

for (const width of [1440, 390])
  test(`every screen is whole and accessible in light and dark, ${width} pixels wide`, async ({ browser }) => {
    test.slow();
    const context = await browser.newContext({ viewport: { width, height: 844 } });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    await look(page, `${product.address}${signInDoor.path}`, signInDoor);
    await signIn(page, product);
    for (const place of places) await look(page, product.address + (await addressOf(place, sales.api)), place);
    expect(faults).toEqual([]);
    await context.close();
  });

test("no screen is forgotten: every route of the studio is among those that are looked at", async () => {
  const routes = await routesOfStudio();
  const seen = [setUp, signInDoor, ...places].map(({ path }) => routeOf(path, routes));
  expect([...new Set([...seen, ...doorways])].sort()).toEqual(routes);
});

test("a deal is found, changed, moved and taken back by keyboard alone", async ({ page }) => {
  await signIn(page, product);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("Self-check");
  await expect(page.getByRole("option", { name: /Self-checkout pilot/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Self-checkout pilot" })).toBeVisible();

  await page.getByRole("button", { name: "Edit: Title" }).focus();
  await page.keyboard.press("Enter");
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
  await signIn(page, product);
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
