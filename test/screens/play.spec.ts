import { expect, test } from "@playwright/test";
import { readingHours } from "../fixtures/reading-hours.ts";
import { requestDocuments } from "../fixtures/requests.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";
import { publishDocuments } from "./steps.ts";

let sales: Sales;
test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  await publishDocuments(sales.api, [...requestDocuments, ...readingHours]);
  const made = async (entity: string, data: object) => {
    const answer = await sales.api.post(`/api/records/${entity}`, { data });
    expect(answer.ok(), await answer.text()).toBe(true);
    return (await answer.json()).id as string;
  };
  const client = await made("client", { name: "Ada", rank: "gold" });
  await made("tariff", { name: "south", price: 20 });
  await made("request", { name: "Her roof", area: "north", client });
  await made("request", { name: "Her cellar", area: "south", client });
  await made("reader", { name: "Mei", mail: "mei@example.com" });
});
test.afterAll(() => sales.close());

test("a case with the data of a record takes the way of its run, and says where it cannot be known", async ({
  page,
}) => {
  const { product } = sales;
  await signIn(page, product);
  await page.goto(`${product.address}/design/workflow/request/play`);
  const pick = page.getByRole("combobox", { name: "Begin with the data of" });
  const stands = page.getByRole("region", { name: /^Stands in/ });
  await expect(stands.getByRole("status")).toHaveText("Open");
  await pick.fill("Her cellar");
  await page.getByRole("option", { name: "Her cellar" }).click();
  await expect(stands.getByRole("status")).toHaveText("Known");
  await expect(page.getByRole("combobox", { name: "Client" })).toHaveValue("Ada");
  await expect(stands.getByRole("button", { name: "Keep as a test" })).toHaveAttribute("aria-disabled", "true");
  await stands.getByRole("button", { name: "count", exact: true }).press("Enter");
  await expect(stands.getByRole("status")).toHaveText("Counted");
  await stands.getByRole("button", { name: "more", exact: true }).press("Enter");
  const story = page.getByRole("region", { name: "What has happened" });
  await expect(story.getByText(/hangs on other records \(Tariffs\)/)).toBeVisible();
  await expect(stands.getByRole("status")).toHaveText("Counted");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await accessible(page);
  }
});

test("what a server that is away does not tell is not known", async ({ page }) => {
  const { product } = sales;
  await signIn(page, product);
  await page.goto(`${product.address}/design/workflow/request/play`);
  const stands = page.getByRole("region", { name: /^Stands in/ });
  await expect(stands.getByRole("status")).toHaveText("Open");
  await page.route("**/api/workflows/known", (route) => route.abort());
  await page.getByLabel("Area", { exact: true }).fill("south");
  await expect(page.getByText(/hangs on other records \(Tariffs\)/)).toBeVisible();
  await expect(stands.getByRole("status")).toHaveText("Read");
});

test("a mail of a case says when it would go and why not before, and a dry run how many would not", async ({
  page,
}) => {
  const { product } = sales;
  await signIn(page, product);
  await page.clock.setFixedTime("2026-06-01T22:30:00Z");
  await page.goto(`${product.address}/design/workflow/petting/play`);
  const story = page.getByRole("region", { name: "What has happened" });
  await page.getByLabel("Pet", { exact: true }).fill("Rex");
  await page.getByLabel("Town", { exact: true }).fill("Asia/Tokyo");
  await expect(story.getByText(/Not before .+: quiet hours/)).toBeVisible();
  await page.goto(`${product.address}/design/workflow/petting/map`);
  const dryRun = page.getByRole("region", { name: "Dry run", exact: true });
  await dryRun.getByLabel("Only where (CEL)").fill("name == 'Mei'");
  await dryRun.getByRole("button", { name: "Play the records" }).press("Enter");
  await expect(dryRun.getByRole("row", { name: /^Would not go: First, .* 1$/ })).toBeVisible();
  await accessible(page);
});
