import { expect, test, type Page } from "@playwright/test";
import { faultsOn } from "./axe.ts";
import {
  addressOf,
  doorways,
  enquiry,
  audience,
  office,
  renewal,
  service,
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
  await publishDocuments(sales.api, [office, ...enquiry, renewal, ...audience, ...service]);
});
test.afterAll(() => sales.close());

const desk = { width: 1440, height: 844 };
const phone = { width: 390, height: 844 };
const colours = ["color-contrast", "link-in-text-block"];

/**
 * Opens a place on a desk and sees that it is whole and accessible in both themes, and on a phone too: no wider than the
 * screen on either. What is wrong with one place keeps no other from being looked at. A theme changes colours alone, so
 * in the dark axe looks at those; a phone changes all but colours.
 */
async function look(page: Page, at: string, { path, shows }: Place) {
  await page.setViewportSize(desk);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.goto(at);
  await whole(page, shows, path);
  const found = { light: await faultsOn(page), dark: [] as string[], phone: [] as string[] };
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  found.dark = await faultsOn(page, { only: colours });
  await page.setViewportSize(phone);
  await whole(page, shows, path);
  found.phone = await faultsOn(page, { but: colours });
  expect.soft(found, path).toEqual({ light: [], dark: [], phone: [] });
}

async function whole(page: Page, shows: string, path: string) {
  await expect.soft(page.getByText(shows).filter({ visible: true }).first(), path).toBeVisible();
  // What a place shows may stand in the menu beside it, which is there before the place is.
  await expect.soft(page.getByRole("heading", { level: 1 }).first(), path).toBeAttached();
  const overflow = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await expect.poll(overflow, `${path} is wider than the screen`).toBeLessThanOrEqual(0);
}

test("every screen is whole and accessible in light and dark, on a desk and on a phone", async ({ browser }) => {
  test.slow();
  const context = await browser.newContext({ viewport: desk });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  await look(page, `${product.address}${signInDoor.path}`, signInDoor);
  await page.setViewportSize(desk);
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
