import { expect, test, type APIRequestContext, type Page } from "@playwright/test";
import type { Shown } from "./product.ts";
import { showSales, signIn, type Sales } from "./sales.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
let product: Shown;
let api: APIRequestContext;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
  ({ product, api } = sales);
});
test.afterAll(() => sales.close());

async function publish(page: Page) {
  await page.getByRole("button", { name: "Review plan" }).click();
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
}

/** What is drafted is saved a moment later. */
const saved = (page: Page) => expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
const documentOf = async (path: string) => (await api.get(`/api/documents/${path}`)).json();

test("a view, a page and a role are changed and published together", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/views`);
  await page.getByRole("link", { name: "All deals" }).click();
  await page.getByLabel("Columns: Field").selectOption({ label: "Company › Industry" });
  await expect(
    page.getByRole("region", { name: "Preview" }).getByRole("columnheader", { name: /Industry/ }),
  ).toBeVisible();
  await page.locator("#view-columns-9").focus();
  await page.keyboard.press("Alt+ArrowUp");
  await expect(page.getByRole("button", { name: "Undo: Change columns of All deals" })).toBeVisible();
  await page.getByRole("textbox", { name: "The same, typed" }).fill("amount != null");
  await expect(page.getByRole("button", { name: "Amount is not empty", exact: true })).toBeVisible();
  await saved(page);

  await page.goto(`${product.address}/design/layout/deal`);
  await page.getByLabel("In the head of the page: Field").selectOption({ label: "Probability" });
  await expect(page.getByRole("region", { name: "Preview" }).getByText("Probability").first()).toBeVisible();
  await saved(page);

  await page.goto(`${product.address}/design/roles?role=seller`);
  await page.getByLabel("Company: Removes").selectOption("none");
  await page.getByRole("button", { name: "Fields Deal" }).click();
  await page.getByLabel("Amount: Reads").selectOption("none");
  await page.getByLabel("May be shared with them").selectOption("none");
  await publish(page);

  const view = await documentOf("view/all_deals");
  expect(view.columns.at(-2)).toBe("company.industry");
  expect(view.filter).toEqual({ cel: "amount != null" });
  expect((await documentOf("layout/deal")).facts).toContain("probability");
  const role = await documentOf("role/seller");
  expect(role.entities.company.delete).toBe("none");
  expect(role.entities.deal.fields.amount).toEqual({ read: "none" });
  expect(role.entities.deal.shared).toBe("none");
  await page.goto(`${product.address}/design/view/all_deals`);
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview.getByRole("columnheader", { name: "Amount" })).toBeVisible();
  await preview.getByLabel("As seen by").selectOption({ label: "Seller" });
  await expect(preview.getByRole("columnheader", { name: "Amount" })).toHaveCount(0);
  await expect(preview.getByRole("columnheader", { name: /Industry/ })).toBeVisible();

  await page.goto(`${product.address}/deal?view=all_deals`);
  await expect(page.getByRole("columnheader", { name: /Industry/ })).toBeVisible();
});

test("what has no view, page or role yet gets one", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/views`);
  await page.getByRole("button", { name: "View Product" }).click();
  await page.getByLabel("Title").fill("Price list");
  await expect(page.getByRole("heading", { name: "Price list" })).toBeVisible();
  await saved(page);
  await page.goto(`${product.address}/design/roles`);
  await page.getByRole("button", { name: "New role" }).click();
  await page.getByLabel("Title").fill("Guest");
  await page.getByLabel("Product: Reads").selectOption({ label: "all" });
  await publish(page);
  const { items } = await (await api.get("/api/documents?kind=role")).json();
  expect(items.find(({ title }: { title: string }) => title === "Guest").entities).toEqual({
    product: { read: "all" },
  });
  await page.goto(`${product.address}/product`);
  await expect(page.getByRole("link", { name: "Price list" })).toBeVisible();
});

test("a view that its JSON calls otherwise stands at its new address; what is applied twice is taken back one by one", async ({
  page,
}) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/view/all_deals?tab=json`);
  const text = page.getByLabel("The document");
  const apply = async (from: string, to: string) => {
    await text.fill((await text.inputValue()).replace(from, to));
    await page.getByRole("button", { name: "Apply" }).click();
  };
  await apply('"all_deals"', '"every_deal"');
  await expect(page).toHaveURL(`${product.address}/design/view/every_deal?tab=json`);
  await apply('"-close_date"', '"close_date"');
  await apply('"measure": "amount"', '"measure": "probability"');
  await page.getByRole("button", { name: "Undo: Change the document of All deals" }).click();
  await expect(text).toHaveValue(/"sort": "close_date",\s+"measure": "amount"/);
});
