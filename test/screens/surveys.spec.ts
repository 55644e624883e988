import { expect, test } from "@playwright/test";
import { enquiry } from "./places.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";
import { publishDocuments } from "./steps.ts";

let sales: Sales;
test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  await publishDocuments(sales.api, [...enquiry]);
});
test.afterAll(() => sales.close());

test("a survey is made and designed by keys: a question more, in another order, its mail, and whom it asks", async ({
  page,
}) => {
  await signIn(page, sales.product);
  await page.goto(`${sales.product.address}/design/surveys`);
  await expect(page.getByRole("link", { name: /How was buying from us/ })).toBeVisible();
  await page.keyboard.press("n");
  await page.getByLabel("Label").fill("After a lost deal");
  await page.getByRole("dialog").getByLabel("About").selectOption({ label: "Deal" });
  await page.keyboard.press("Enter");
  const questions = page.getByRole("list", { name: "Questions" });
  await expect(questions.getByRole("button")).toHaveText([/How satisfied are you/, /What should we do better/]);
  const preview = page.frameLocator("iframe[title='As readers see it']");
  await expect(preview.getByRole("radio", { name: "5" })).toBeAttached();
  await page.getByLabel("Another question").selectOption("nps");
  await page.getByLabel("The question").fill("Would you come back?");
  await expect(preview.getByText("Would you come back?")).toBeVisible();
  await questions.getByRole("button", { name: /Would you come back/ }).press("Alt+ArrowUp");
  await expect(questions.getByRole("button").nth(1)).toHaveText(/Would you come back/);
  await expect(questions.getByRole("button").nth(1)).toBeFocused();
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const)
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await accessible(page);
    }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole("button", { name: "Mail", exact: true }).press("Enter");
  await page.getByLabel("What stands before the scale").fill("We are sorry, {{ contact.name }}.");
  await expect(preview.getByText("We are sorry")).toBeVisible();
  await expect(preview.getByRole("link", { name: "4" })).toBeVisible();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("textbox", { name: "Not asked where" }).fill("stage == 'won'");
  await page.getByLabel("Days until the same person is asked again").fill("90");
  await page.keyboard.press("Tab");
  await accessible(page);
  await page.getByRole("link", { name: "JSON" }).click();
  await expect(page.getByLabel("The document")).toHaveValue(/"every": "P90D"/);
  await expect(page.getByLabel("The document")).toHaveValue(/"cel": "stage == 'won'"/);
});
