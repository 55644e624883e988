import { expect, test } from "@playwright/test";
import type { Shown } from "./product.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";
import { Person, publishDraft } from "./steps.ts";

let sales: Sales;
let product: Shown;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
  ({ product } = sales);
});
test.afterAll(() => sales.close());

test("a segment and a score are made by keyboard, its size is seen as it is typed, and a record says how it stands and why", async ({
  page,
}) => {
  test.slow();
  await signIn(page, product);
  await page.goto(`${product.address}/design/segments`);
  await expect(page.getByText("Nobody is chosen by a segment yet.")).toBeVisible();
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Label")).toBeFocused();
  await page.keyboard.type("Dated deals");
  await dialog.getByLabel("Entity").selectOption({ label: "Deal" });
  await dialog.getByLabel("Label").press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Dated deals" })).toBeVisible();
  const preview = page.getByRole("complementary", { name: "As it stands now" });
  await expect(preview.getByRole("status")).toContainText(/[1-9]\d* would be in it/);
  const all = await preview.getByRole("status").innerText();
  await page.getByRole("textbox", { name: "The same, typed" }).fill("title == 'Self-checkout pilot'");
  await expect(preview.getByRole("status")).toContainText("1 would be in it");
  expect(all).not.toContain("1 would be in it\n");
  await expect(preview.getByRole("link", { name: "Self-checkout pilot" })).toBeVisible();
  await page.getByRole("button", { name: "Add a fact" }).press("Enter");
  await expect(preview.getByRole("status")).toContainText("0 would be in it");
  await page.getByRole("button", { name: "Remove page.visited" }).press("Enter");
  await expect(page.getByRole("button", { name: "Add a fact" })).toBeFocused();
  await expect(preview.getByRole("status")).toContainText("1 would be in it");
  await accessible(page);
  await publishDraft(new Person(page));

  await page.goto(`${product.address}/design/scores`);
  await expect(page.getByText("Nothing is scored yet.")).toBeVisible();
  await page.keyboard.press("n");
  await expect(dialog.getByLabel("Label")).toBeFocused();
  await page.keyboard.type("Promise");
  await dialog.getByLabel("Entity").selectOption({ label: "Deal" });
  await dialog.getByLabel("Label").press("Enter");
  await page.getByRole("button", { name: "Add a rule of fit" }).press("Enter");
  await page.getByRole("checkbox", { name: "Give grades" }).press("Space");
  await expect(page.getByLabel("Fit of A from")).toHaveValue("70");
  await page.getByLabel("Over from").fill("5");
  await page.getByLabel("Over from").press("Tab");
  await page.getByLabel("Until below").fill("5");
  await page.getByLabel("Until below").press("Tab");
  await accessible(page);
  await publishDraft(new Person(page));

  const answer = await sales.api.get("/api/records/deal?search=Self-checkout&limit=1");
  const [deal] = (await answer.json()).items;
  await page.goto(`${product.address}/deal/${deal.id}`);
  const stands = page.getByRole("region", { name: "Segments and scores" });
  await expect(stands.getByText("Dated deals")).toBeVisible();
  await expect(stands.getByText("10 · D4")).toBeVisible();
  await stands.locator("summary", { hasText: "Dated deals" }).press("Enter");
  await expect(stands.getByRole("list", { name: "Why: Dated deals" })).toContainText("title == 'Self-checkout pilot'");
  await accessible(page);
});
