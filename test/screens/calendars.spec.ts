import { expect, test } from "@playwright/test";
import type { Shown } from "./product.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";
import { Person, publishDraft } from "./steps.ts";

let sales: Sales;
let product: Shown;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  ({ product } = sales);
});
test.afterAll(() => sales.close());

test("hours are kept by keyboard: a week, a zone, holidays, a day of one's own; what is counted in them is tried at once", async ({
  page,
}) => {
  test.slow();
  await signIn(page, product);
  await page.goto(`${product.address}/design/calendars`);
  await expect(page.getByText("No hours are kept yet.")).toBeVisible();
  await page.keyboard.press("n");
  await expect(page.getByRole("dialog").getByLabel("Label")).toBeFocused();
  await page.keyboard.type("Support");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Support" })).toBeVisible();

  await page.getByLabel("Time zone").selectOption("Europe/Berlin");
  const monday = page.getByLabel("Hours of Monday");
  await monday.fill("nine to five");
  await monday.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "Write hours like 09:00-17:00." })).toBeVisible();
  await monday.fill("9-12, 13.30-18");
  await monday.press("Enter");
  await expect(monday).toHaveValue("09:00-12:00, 13:30-18:00");
  await page.getByRole("button", { name: "Tuesday to Friday as Monday" }).press("Enter");
  await expect(page.getByLabel("Hours of Friday")).toHaveValue("09:00-12:00, 13:30-18:00");
  await page.getByLabel("Hours of Friday").fill("12-9");
  await page.getByLabel("Hours of Friday").press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "12:00-09:00 ends before it begins." })).toBeVisible();
  await page.getByRole("button", { name: /^Undo: / }).press("Enter");
  await expect(page.getByRole("alert")).toHaveCount(0);

  const trial = page.getByRole("complementary", { name: "Try it" });
  await trial.getByLabel("From").fill("2027-12-23T17:00");
  await expect(trial.getByRole("status")).toContainText("Fri Dec 24, 2027, 10:00 AM");

  await page.getByRole("link", { name: /^Other days/ }).press("Enter");
  await page.getByRole("button", { name: "Take holidays" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Take holidays" });
  await dialog.getByLabel("Country").selectOption({ label: "Germany" });
  await dialog.getByLabel("Part of it").selectOption({ label: "Berlin" });
  const eve = dialog.getByRole("checkbox", { name: /Dec 24, 2027/ });
  await expect(eve).not.toBeChecked();
  await expect(dialog.getByRole("checkbox", { name: /Dec 25, 2027/ })).toBeChecked();
  await expect(dialog.getByText("6th Sunday before")).toHaveCount(0);
  await eve.press("Space");
  await accessible(page);
  await dialog.getByRole("button", { name: /^Take \d+ days$/ }).press("Enter");
  await expect(page.getByLabel("Hours of Dec 24, 2027")).toHaveValue("09:00-12:00, 13:30-14:00");
  await expect(trial.getByRole("status")).toContainText("Fri Dec 24, 2027, 10:00 AM");
  await page.getByLabel("Day", { exact: true }).fill("2027-12-24");
  await page.getByLabel("What for", { exact: true }).fill("Moving");
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("What for: Dec 24, 2027")).toHaveValue("Moving");
  await expect(trial.getByRole("status")).toContainText("Mon Dec 27, 2027, 10:00 AM");

  await publishDraft(new Person(page));
  const { exceptions } = await (await sales.api.get("/api/documents/calendar/support")).json();
  expect(exceptions["2027-12-24"]).toEqual({ title: "Moving" });
  expect(exceptions["2027-12-25"]).toMatchObject({ holiday: "DE-BE" });

  await page.goto(`${product.address}/design/workflow/deal_pipeline?as=outline&at=tr_rotten_prospecting`);
  await page.getByLabel("Counted in").selectOption("Support");
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await page.goto(`${product.address}/design/calendar/support`);
  await expect(page.getByRole("complementary", { name: "Try it" }).getByRole("link")).toContainText("Deal pipeline");
});
