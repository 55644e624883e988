import { expect, test } from "@playwright/test";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
});
test.afterAll(() => sales.close());

test("a report is drawn and stands as a table, by keyboard its points open their deals, and a dashboard narrows them", async ({
  page,
}) => {
  const { product } = sales;
  await signIn(page, product);
  await page.goto(`${product.address}/reports`);
  await page.getByRole("link", { name: /^Forecast/ }).click();
  const report = page.getByRole("region", { name: "Forecast" }).first();
  await page.getByRole("combobox", { name: "Period" }).selectOption({ label: "from day to day" });
  await page.getByRole("textbox", { name: "To" }).fill("2020-12-31");
  await page.getByRole("textbox", { name: "From" }).fill("2020-01-01");
  await expect(report.getByText("There is nothing to count here.")).toBeVisible();
  await expect(report.locator("canvas")).toHaveCount(0);
  await page.getByRole("textbox", { name: "To" }).fill("2035-12-31");
  await expect(report.locator("canvas")).toBeVisible();
  await expect(page).toHaveURL(/period=2020-01-01_2035-12-31/);
  const points = page.getByRole("list", { name: "Points of Forecast" });
  await points.getByRole("link").first().focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await expect(points.getByRole("link").nth(1)).toBeFocused();
  await page.getByRole("button", { name: "Table", exact: true }).click();
  await expect(page.getByRole("columnheader", { name: "Weighted, still open" })).toBeVisible();
  await accessible(page);
  await page.getByRole("row", { name: /^All/ }).getByRole("link").nth(1).click();
  await expect(page).toHaveURL(/\/deal\?view=all&filter=/);
  await expect(page.getByRole("table").first()).toBeVisible();

  await page.goto(`${product.address}/dashboards/sales?period=2020-01-01_2035-12-31`);
  await expect(page.getByRole("region", { name: "Funnel" }).getByText("Prospecting")).toBeVisible();
  await expect(page.getByRole("link", { name: "Open deals" })).toBeVisible();
  await page.getByRole("combobox", { name: "Person" }).selectOption({ index: 1 });
  await expect(page).toHaveURL(/owner=/);
  await accessible(page);
});

test("a report is made in the designer, with its preview, and published", async ({ page }) => {
  const { product } = sales;
  await signIn(page, product);
  await page.goto(`${product.address}/design/reports`);
  await page.getByRole("button", { name: "New report" }).click();
  await page.locator("#new-title").fill("Deals by industry");
  await page.locator("#report-entity").selectOption("deal");
  await page.getByRole("button", { name: "New report" }).last().click();
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview.getByRole("columnheader", { name: "n", exact: true })).toBeVisible();
  await page.getByLabel("Group by").selectOption({ label: "Company › Industry" });
  await expect(preview.getByRole("columnheader", { name: "Industry" })).toBeVisible();
  await page.getByLabel("Shown as").selectOption({ label: "Bars" });
  await expect(preview.locator("canvas")).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Review plan" }).click();
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  await page.goto(`${product.address}/reports`);
  await expect(page.getByRole("link", { name: /Deals by industry/ })).toBeVisible();
});

test("shares, buyers, the mailing of a dashboard and what other money is worth are said in their designers, and published", async ({
  page,
}) => {
  const { product, api } = sales;
  await signIn(page, product);
  const saved = page.getByRole("status").filter({ hasText: "Saved" });
  await page.goto(`${product.address}/design/report/deals_by_industry`);
  const preview = page.getByRole("region", { name: "Preview" });
  await page.getByLabel("Shown as").selectOption({ label: "Customers" });
  await expect(preview.getByRole("columnheader", { name: "Customer", exact: true })).toBeVisible();
  await page.getByLabel("Shown as").selectOption({ label: "Shares" });
  await expect(preview.getByRole("columnheader", { name: "U-shaped" })).toBeVisible();
  await page.getByRole("checkbox", { name: /^By time/ }).check();
  await expect(preview.getByRole("columnheader", { name: "By time" })).toBeVisible();
  await expect(saved).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "test-results/design-shares-wide.png", fullPage: true });
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
  await page.screenshot({ path: "test-results/design-shares-narrow.png", fullPage: true });
  await page.setViewportSize({ width: 1440, height: 900 });

  await page.goto(`${product.address}/design/dashboard/sales`);
  await page.getByLabel("A filter for several cards").selectOption({ label: "Deal › Reason for losing" });
  await expect(page.getByRole("region", { name: "Preview" }).getByLabel("Reason for losing")).toBeVisible();
  await page.getByRole("link", { name: "By mail" }).click();
  await page.getByRole("checkbox", { name: "It goes by mail" }).check();
  await page.getByRole("checkbox", { name: "Admin" }).check();
  await page.getByLabel("At", { exact: true }).fill("07:30");
  const receivers = page.getByRole("complementary", { name: "Who gets it" });
  await expect(receivers.getByText("ada@example.com")).toBeVisible();
  await expect(saved).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "test-results/design-mailing-wide.png" });

  await page.goto(`${product.address}/design/workspace?tab=rates`);
  await page.getByLabel("A rate of another currency").selectOption("CHF");
  await page.getByLabel("How much one CHF is worth").fill("1.25");
  await expect(page.getByRole("complementary", { name: "Worth today" })).toContainText("1,250");
  await expect(saved).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "test-results/design-rates-wide.png" });
  await page.getByRole("button", { name: "Review plan" }).click();
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  const workspace = await (await api.get("/api/documents/workspace/workspace")).json();
  expect(workspace.rates).toMatchObject([{ currency: "CHF", rate: "1.25" }]);
  const dashboard = await (await api.get("/api/documents/dashboard/sales")).json();
  expect(dashboard.mails).toMatchObject({ roles: expect.arrayContaining(["admin"]), at: "07:30" });
});

test("what has no rate is told beside the sum of a record and below the card of a report", async ({ page }) => {
  const { product, api } = sales;
  const made = async (entity: string, data: object) =>
    (await (await api.post(`/api/records/${entity}`, { data })).json()).id;
  const company = await made("company", { name: "Far Mills" });
  const amount = { amount: "700", currency: "XTS" };
  await made("deal", { title: "Far away", company, amount, close_date: new Date().toISOString().slice(0, 10) });
  await signIn(page, product);
  await page.goto(`${product.address}/company/${company}`);
  await expect(page.getByText("1 without a rate").first()).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "test-results/unrated-company.png" });
  await page.goto(`${product.address}/reports/sales_forecast`);
  const open = page.getByText("Open: 1 without a rate", { exact: true });
  await expect(open).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "test-results/unrated-report.png" });
  await open.getByRole("link").press("Enter");
  await expect(page.getByRole("link", { name: "Far away" }).first()).toBeVisible();
});
