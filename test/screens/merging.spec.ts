import { expect, test, type Route } from "@playwright/test";
import { audience } from "./places.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";
import { publishDocuments } from "./steps.ts";

let sales: Sales;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  const installed = await sales.api.post("/api/templates/service/install", { data: {} });
  expect(installed.ok(), await installed.text()).toBe(true);
});
test.afterAll(() => sales.close());

async function made(entity: string, data: object): Promise<string> {
  const answer = await sales.api.post(`/api/records/${entity}`, { data });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()).id as string;
}

test("records of one person become one by keyboard: who stays, whose value stands, what moves; and it is taken back", async ({
  page,
}) => {
  test.slow();
  const first = await made("contact", { name: "Hana Mori", email: "a@aoba.example" });
  const second = await made("contact", { name: "Hana Mori", email: "b@aoba.example", phone: "+81 3 1234 5678" });
  await made("contact", { name: "Tom Ito" });
  const kiosk = await made("case", { subject: "Kiosk prints nothing", contact: second });
  await signIn(page, sales.product);
  await page.goto(`${sales.product.address}/contact/${first}`);
  await expect(page.getByRole("heading", { level: 1, name: "Hana Mori" })).toBeVisible();
  await page.getByRole("button", { name: "More", exact: true }).press("Enter");
  await page.getByRole("menuitem", { name: "Merge" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Merge contact" });
  const found = dialog.getByRole("list", { name: "Found" });
  await expect(found.getByRole("button")).toHaveCount(1);
  await found.getByRole("button", { name: /Hana Mori/ }).press("Enter");
  await expect(dialog.getByRole("status")).toContainText("1 Cases");
  await expect(dialog.getByRole("radio", { name: /^Phone: \+81/ })).toBeChecked();
  await expect(dialog.getByRole("radio", { name: /^E-mail: a@/ })).toBeChecked();
  await dialog.getByRole("radio", { name: /^E-mail: b@/ }).press("Space");
  await accessible(page);
  await page.screenshot({ path: "test-results/merging.png" });
  await dialog.getByRole("button", { name: "Merge 2 records" }).press("Enter");
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText("b@aoba.example").first()).toBeVisible();
  await expect(page.getByText("Kiosk prints nothing")).toBeVisible();
  const stood = await sales.api.get(`/api/records/case/${kiosk}`);
  expect((await stood.json()).contact).toBe(first);
  const { items } = await (await sales.api.get(`/api/records/contact/${first}/history`)).json();
  const undone = await sales.api.post(`/api/operations/${items[0].operation}/undo`, { data: {} });
  expect(undone.ok(), await undone.text()).toBe(true);
  await page.reload();
  await expect(page.getByText("Kiosk prints nothing")).toHaveCount(0);
  await expect(page.getByText("a@aoba.example").first()).toBeVisible();
});

test("of two cases the other one stays where it is chosen, and the one that went leads to it", async ({ page }) => {
  test.slow();
  const one = await made("case", { subject: "Belt slips", priority: "low" });
  const two = await made("case", { subject: "Belt slips again", priority: "urgent" });
  expect((await sales.api.post(`/api/records/case/${two}/notes`, { data: { text: "The same as before." } })).ok()).toBe(
    true,
  );
  await signIn(page, sales.product);
  await page.goto(`${sales.product.address}/case/${two}`);
  await page.getByRole("button", { name: "More", exact: true }).press("Enter");
  await page.getByRole("menuitem", { name: "Merge" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Merge case" });
  await dialog.getByLabel("Another case for the same").fill("Belt slips");
  await dialog.getByRole("button", { name: /^Belt slips(?! again)/ }).press("Enter");
  await dialog.getByRole("columnheader").getByRole("radio", { name: "Belt slips", exact: true }).press("Space");
  await expect(dialog.getByRole("radio", { name: /^Priority: Low/ })).toBeChecked();
  await dialog.getByRole("radio", { name: /^Priority: Urgent/ }).press("Space");
  await expect(dialog.getByRole("status")).toContainText("1 notes");
  const merge = (route: Route) => (route.request().method() === "POST" ? route.abort() : route.continue());
  await page.route("**/merge", merge);
  await dialog.getByRole("button", { name: "Merge 2 records" }).press("Enter");
  await expect(dialog.getByRole("button", { name: "Merge 2 records" })).toBeEnabled();
  await page.unroute("**/merge", merge);
  await dialog.getByRole("button", { name: "Merge 2 records" }).press("Enter");
  await expect(page).toHaveURL(new RegExp(`/case/${one}`));
  await expect(page.getByText("The same as before.")).toBeVisible();
  const merged = await (await sales.api.get(`/api/records/case/${one}`)).json();
  expect(merged).toMatchObject({ subject: "Belt slips", priority: "urgent" });
  await page.goto(`${sales.product.address}/case/${two}`);
  await page.getByRole("link", { name: "Open it" }).press("Enter");
  await expect(page).toHaveURL(new RegExp(`/case/${one}`));
});

test("what says above a case that another may be the same leads to joining both", async ({ page }) => {
  const contact = await made("contact", { name: "Ito Sho" });
  const one = await made("case", { subject: "Pump leaks", contact });
  await made("case", { subject: "Re: pump leaks", contact });
  await signIn(page, sales.product);
  await page.goto(`${sales.product.address}/case/${one}`);
  const said = page.getByText("has a like subject");
  await said.getByRole("button", { name: "Merge" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Merge case" });
  await expect(dialog.getByRole("columnheader").getByRole("radio", { name: "Re: pump leaks" })).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "test-results/merge-banner.png" });
  await dialog.getByRole("button", { name: "Merge 2 records" }).press("Enter");
  await expect(dialog).toHaveCount(0);
  await expect(said).toHaveCount(0);
});

test("who makes a company that is there already is asked by keyboard, saves it with a reason, and the pair is decided", async ({
  page,
}) => {
  test.slow();
  await publishDocuments(sales.api, audience);
  const first = await made("company", { name: "Aoba Instruments" });
  await signIn(page, sales.product);
  await page.goto(`${sales.product.address}/company?new=1`);
  const form = page.getByRole("dialog", { name: "New company" });
  await form.getByLabel("Name").fill("Aoba Instrument");
  await page.keyboard.press("Enter");
  const asked = page.getByRole("dialog", { name: "Is there one already? Company" });
  await expect(asked.getByRole("link", { name: "Aoba Instruments" })).toHaveAttribute("href", `/company/${first}`);
  await page.screenshot({ path: "test-results/alike.png" });
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(asked).toHaveCount(0);
  await expect(form.getByRole("alert")).toContainText("alike");
  await form.getByLabel("Name").focus();
  await page.keyboard.press("Enter");
  await asked.getByLabel("Why it is another one").fill("The other town");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Aoba Instrument is created")).toBeVisible();

  await page.getByRole("link", { name: "Duplicates" }).press("Enter");
  const row = page.getByRole("row").filter({ hasText: "The other town" });
  await expect(row).toContainText("Companies of a similar name");
  await page.screenshot({ path: "test-results/duplicates.png" });
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
  await page.screenshot({ path: "test-results/duplicates-phone.png" });
  await page.setViewportSize({ width: 1280, height: 720 });
  await row.getByRole("button", { name: "Merge…" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Merge company" });
  await expect(dialog.getByRole("columnheader").getByRole("radio")).toHaveCount(2);
  await dialog.getByRole("button", { name: "Merge 2 records" }).press("Enter");
  await expect(page.getByText("No two records are alike here.")).toBeVisible();
  await page.getByRole("button", { name: /^Undo/ }).last().press("Enter");
  await row.getByRole("button", { name: "Not the same" }).press("Enter");
  await expect(page.getByText("No two records are alike here.")).toBeVisible();
  await page.getByLabel("Show").selectOption("Not the same");
  await expect(page.getByRole("button", { name: "Open again" })).toBeVisible();

  await page.goto(`${sales.product.address}/design/duplicate-rule/company_alike`);
  await page.getByRole("button", { name: "Compare another field" }).press("Enter");
  await expect(page.getByLabel("Field 2")).toBeVisible();
  await page.screenshot({ path: "test-results/duplicate-rule.png" });
});
