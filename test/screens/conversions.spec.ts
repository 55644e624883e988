import { expect, test, type APIRequestContext } from "@playwright/test";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";

let sales: Sales;
let lead: string;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
  const { api } = sales;
  for (const template of ["marketing", "closed_loop"])
    expect((await api.post(`/api/templates/${template}/install`, { data: {} })).ok()).toBe(true);
  lead = await make(api, "lead", {
    name: "Rei Ono",
    email: "rei@ono.example",
    company_name: "Brightwater Grocers",
    interest: "Self-checkout for two stores",
  });
  expect((await api.post(`/api/records/lead/${lead}/events`, { data: { type: "lead.qualify" } })).ok()).toBe(true);
});
test.afterAll(() => sales.close());

async function make(api: APIRequestContext, entity: string, data: object): Promise<string> {
  const answer = await api.post(`/api/records/${entity}`, { data });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()).id as string;
}

test("a lead is converted by keyboard: what will be made and found is shown, and the customer's page tells all of it", async ({
  page,
}) => {
  const { product } = sales;
  const fresh = await make(sales.api, "lead", { name: "Not asked yet", email: "later@ono.example" });
  await signIn(page, product);
  await page.goto(`${product.address}/lead/${fresh}`);
  await expect(
    page.getByRole("button", { name: "Convert This record cannot be converted as it stands." }),
  ).toBeDisabled();
  await page.goto(`${product.address}/lead/${lead}`);
  await page.getByRole("button", { name: "Convert", exact: true }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Convert" });
  await expect(dialog.getByRole("radio", { name: "Use Brightwater Grocers, which stands already" })).toBeChecked();
  await expect(dialog.getByText("A new contact")).toBeVisible();
  await expect(dialog.getByText("A new deal")).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "test-results/convert-wide.png" });
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
  await page.screenshot({ path: "test-results/convert-narrow.png" });
  await page.setViewportSize({ width: 1440, height: 900 });
  await dialog.getByRole("button", { name: "Convert" }).focus();
  await page.keyboard.press("Enter");
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Convert", exact: true })).toHaveCount(0);

  const { company } = await (await sales.api.get(`/api/records/lead/${lead}`)).json();
  await page.goto(`${product.address}/company/${company}`);
  await expect(page.getByRole("link", { name: "Self-checkout for two stores" }).first()).toBeVisible();
  await expect(page.getByText("Open deals")).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "test-results/customer-wide.png" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("tab", { name: "Overview" }).click();
  await accessible(page);
  await page.screenshot({ path: "test-results/customer-narrow.png" });
  await page.setViewportSize({ width: 1440, height: 900 });

  await page.goto(`${product.address}/design/conversion/lead_to_customer`);
  await expect(page.getByText("Carry over fields of the same name and type").first()).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "test-results/design-conversion-wide.png", fullPage: true });
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
});
