import { expect, test, type APIRequestContext, type Page } from "@playwright/test";
import type { Shown } from "./product.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
let product: Shown;
let api: APIRequestContext;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  ({ product, api } = sales);
});
test.afterAll(() => sales.close());

async function create(deals: readonly object[]): Promise<void> {
  const made = await api.post("/api/records/deal", { data: deals });
  expect(made.status(), await made.text()).toBe(201);
}

/** Deals whose titles begin with a word, by their titles. */
async function deals(word: string): Promise<readonly Record<string, any>[]> {
  const query = new URLSearchParams({ filter: `title.startsWith('${word}')`, sort: "title", limit: "500" });
  return (await (await api.get(`/api/records/deal?${query}`)).json()).items;
}

/** The list of these deals, by their titles. */
async function open(page: Page, word: string) {
  const query = new URLSearchParams({ view: "all_deals", sort: "title", filter: `title.startsWith('${word}')` });
  await page.goto(`${product.address}/deal?${query}`);
  await expect(page.getByRole("link", { name: new RegExp(`^${word}`) }).first()).toBeVisible();
}

const rowOf = (page: Page, title: string) => page.getByRole("row").filter({ hasText: title });
const bar = (page: Page) => page.getByRole("region", { name: "What is done with the chosen" });

test("a field is set in the chosen rows, after a look at what would change, and one undo takes it back", async ({
  page,
}) => {
  await create([
    ...["A", "B"].map((letter) => ({ title: `Mouse ${letter}`, engage_date: "2026-05-01" })),
    { title: "Mouse C", engage_date: "2026-07-01" },
    { title: "Mouse D", engage_date: "2026-05-01" },
  ]);
  const before = await deals("Mouse");
  await signIn(page, product);
  await open(page, "Mouse");
  await rowOf(page, "Mouse A").getByRole("checkbox").click();
  await rowOf(page, "Mouse C")
    .getByRole("checkbox")
    .click({ modifiers: ["Shift"] });
  await expect(bar(page)).toContainText("3 chosen");
  await accessible(page);
  await bar(page).getByRole("button", { name: "Set a field" }).click();
  const dialog = page.getByRole("dialog", { name: "Set a field in each" });
  await dialog.getByLabel("Field").selectOption({ label: "Close date" });
  await dialog.getByLabel("Close date").fill("2026-06-01");
  await expect(dialog.getByRole("listitem").filter({ hasText: /^2 change$/ })).toBeVisible();
  const refused = dialog.getByRole("list", { name: "are refused and stay as they are" });
  await expect(refused).toContainText("A deal closes after it was engaged.");
  await expect(refused).toContainText("Mouse C");
  await expect(dialog.getByRole("row").filter({ hasText: "Mouse B" })).toContainText("Empty Jun 1, 2026");
  await accessible(page);
  expect(await deals("Mouse")).toEqual(before);
  await dialog.getByRole("button", { name: "Change 2 deals" }).click();
  await expect(page.getByText("Changed: 2 deals")).toBeVisible();
  await expect(rowOf(page, "Mouse B")).toContainText("Jun 1, 2026");
  expect((await deals("Mouse")).map((it) => it.close_date)).toEqual(["2026-06-01", "2026-06-01", null, null]);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(rowOf(page, "Mouse B")).not.toContainText("Jun 1, 2026");
  expect(await deals("Mouse")).toEqual(before);
});

test("rows are chosen, moved to the trash and brought back by keyboard alone", async ({ page }) => {
  await create(["A", "B", "C", "D", "E"].map((letter) => ({ title: `Keys ${letter}` })));
  await signIn(page, product);
  await open(page, "Keys");
  for (const key of ["j", "j", "Shift+ArrowDown", "Shift+J", "Shift+K", "k", "k", "x", "x", "Shift+J"])
    await page.keyboard.press(key);
  const chosen = (letter: string) => rowOf(page, `Keys ${letter}`).getByRole("checkbox");
  for (const letter of ["A", "B", "C"]) await expect(chosen(letter)).toBeChecked();
  for (const letter of ["D", "E"]) await expect(chosen(letter)).not.toBeChecked();
  await page.keyboard.press("Escape");
  await expect(bar(page)).toHaveCount(0);
  for (const key of ["x", "j", "x", "Delete"]) await page.keyboard.press(key);
  const dialog = page.getByRole("dialog", { name: "Move to the trash" });
  await expect(dialog.getByRole("listitem").filter({ hasText: "2 go to the trash" })).toBeVisible();
  await accessible(page);
  await page.keyboard.press("Enter");
  await expect(page.getByText("In the trash: 2 deals")).toBeVisible();
  await expect(page.getByRole("link", { name: /^Keys/ })).toHaveText(["Keys A", "Keys D", "Keys E"]);
  await page.keyboard.press("Control+z");
  await expect(page.getByRole("link", { name: /^Keys/ })).toHaveCount(5);
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("Delete");
  await expect(dialog).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(bar(page)).toContainText("1 chosen");
});

test("all that match are meant, those beyond the rows on screen as well", async ({ page }) => {
  await create(Array.from({ length: 130 }, (_, n) => ({ title: `Many ${String(n).padStart(3, "0")}` })));
  await signIn(page, product);
  await open(page, "Many");
  await page.getByRole("checkbox", { name: "Choose all that are shown" }).click();
  await expect(bar(page)).toContainText("100 chosen");
  await page.getByRole("button", { name: "All 130 that match" }).click();
  await expect(bar(page)).toContainText("130 chosen");
  await page.keyboard.press("s");
  const dialog = page.getByRole("dialog", { name: "Set a field in each" });
  await dialog.getByLabel("Field").selectOption({ label: "Probability" });
  await dialog.getByLabel("Probability").fill("40");
  await dialog.getByRole("button", { name: "Change 130 deals" }).click();
  await expect(page.getByText("Changed: 130 deals")).toBeVisible();
  expect((await deals("Many")).every(({ probability }) => probability === "40")).toBe(true);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(rowOf(page, "Many 000")).toContainText("10 %");
  expect((await deals("Many")).every(({ probability }) => probability === "10")).toBe(true);
});

test("on a phone rows are chosen by touch, and the bar fits", async ({ browser }) => {
  await create(["A", "B", "C", "D"].map((letter) => ({ title: `Touch ${letter}` })));
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
  const page = await context.newPage();
  await signIn(page, product);
  await open(page, "Touch");
  await rowOf(page, "Touch A").getByRole("checkbox").tap();
  await rowOf(page, "Touch D").getByRole("checkbox").tap();
  await expect(bar(page)).toContainText("2 chosen");
  const wider = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(await wider()).toBeLessThanOrEqual(0);
  await accessible(page);
  await bar(page).getByRole("button", { name: "Set a field" }).tap();
  await page.getByRole("dialog").getByLabel("Field").selectOption({ label: "Owner" });
  await accessible(page);
  await context.close();
});
