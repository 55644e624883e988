import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import type { Shown } from "./product.ts";
import { showSales, signIn, type Sales } from "./sales.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
let product: Shown;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
  ({ product } = sales);
});
test.afterAll(() => sales.close());

const screens: readonly (readonly [path: string, shows: string])[] = [
  ["/deal", "Self-checkout pilot"],
  ["/deal?view=all_deals&group=stage", "Kiosk order points"],
  ["/company", "Brightwater Grocers"],
  ["/contact?search=nobody-is-called-so", "Nothing matches."],
  ["/import", "Choose a CSV file"],
  ["/design/overview", "Deal pipeline"],
  ["/design/entities", "Deal"],
  ["/design/entity/deal", "Remove field"],
  ["/design/entity/deal?tab=rules", "Otherwise say"],
  ["/design/entity/deal?tab=settings", "Remove entity"],
  ["/design/entity/deal?tab=json", "The document"],
  ["/design/workflows", "Deal pipeline"],
  ["/design/workflow/deal_pipeline?as=canvas&at=st_engaging", "Remove state"],
  ["/design/workflow/deal_pipeline?as=outline&at=tr_win", "Remove move"],
  ["/design/views", "Page of deal"],
  ["/design/view/all_deals", "Remove view"],
  ["/design/layout/deal", "Another list"],
  ["/design/roles?role=seller&entity=deal", "Mark as won"],
  ["/design/plan", "Nothing is changed yet."],
  ["/design/versions", "Template Sales 2.0.0"],
  ["/design/templates", "What do you want to grow?"],
  ["/design/people", "ada@example.com"],
  ["/nowhere", "Nothing found."],
];

for (const scheme of ["light", "dark"] as const)
  for (const width of [1440, 390])
    test(`every screen is whole and accessible, ${scheme}, ${width} pixels wide`, async ({ browser }) => {
      const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 844 } });
      const page = await context.newPage();
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(error.message));
      await signIn(page, product);
      for (const [path, shows] of screens) {
        await page.goto(`${product.address}${path}`);
        await expect(page.getByText(shows).first(), path).toBeVisible();
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(
          violations.map(({ id, nodes }) => `${path} ${id}: ${nodes.map(({ target }) => target.join(" "))}`),
        ).toEqual([]);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow, `${path} is wider than the screen`).toBeLessThanOrEqual(0);
      }
      expect(faults).toEqual([]);
      await context.close();
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
