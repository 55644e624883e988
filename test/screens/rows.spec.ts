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

let faults: string[] = [];
test.beforeEach(({ page }) => {
  faults = [];
  page.on("pageerror", ({ message }) => faults.push(message));
});
test.afterEach(() => expect(faults).toEqual([]));

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

test("of those that go to the trash, the ones that others point at are kept where one says so", async ({ page }) => {
  await create(["free", "linked"].map((it) => ({ title: `Tied ${it}` })));
  const [, linked] = await deals("Tied");
  const call = { subject: "About it", about: { entity: "deal", id: linked!.id } };
  expect((await api.post("/api/records/call", { data: call })).ok()).toBe(true);
  await signIn(page, product);
  await open(page, "Tied");
  await page.getByRole("checkbox", { name: "Choose all that are shown" }).click();
  await bar(page).getByRole("button", { name: "Trash…" }).click();
  const dialog = page.getByRole("dialog", { name: "Move to the trash" });
  await expect(dialog.getByRole("listitem").filter({ hasText: "1 others change with them" })).toBeVisible();
  await dialog.getByLabel("Keep those that other records point at").check();
  await expect(dialog.getByRole("listitem").filter({ hasText: "1 go to the trash" })).toBeVisible();
  await accessible(page);
  await dialog.getByRole("button", { name: "Move 1 deal to the trash" }).click();
  await expect(page.getByText("In the trash: 1 deal")).toBeVisible();
  expect((await deals("Tied")).map(({ id }) => id)).toEqual([linked!.id]);
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
  await expect(rowOf(page, "Many 000")).toContainText("40 %");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(rowOf(page, "Many 000")).toContainText("10 %");
  expect((await deals("Many")).every(({ probability }) => probability === "10")).toBe(true);
});

test("cells are written by typing, and keys lead from one to the next", async ({ page }) => {
  await create(["A", "B", "C"].map((letter) => ({ title: `Type ${letter}`, amount: "10" })));
  await signIn(page, product);
  await open(page, "Type");
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const at = page.locator("td.at");
  await press("j", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight");
  await expect(at).toHaveText("$10");
  await expect(page.getByRole("status").filter({ hasText: "Amount: 10" })).toBeAttached();
  await accessible(page);
  await page.keyboard.type("2500");
  await expect(page.getByRole("textbox", { name: "Amount" })).toHaveValue("2500");
  await press("Enter");
  await expect(rowOf(page, "Type A")).toContainText("$2,500");
  await expect(at).toHaveText("$10");
  await page.keyboard.type("30 eur");
  await press("Tab");
  await expect(at).toHaveText("10 %");
  await page.keyboard.type("55");
  await press("Shift+Tab");
  await expect(rowOf(page, "Type B")).toContainText("€30");
  await expect(rowOf(page, "Type B")).toContainText("55 %");
  await expect(at).toHaveText("€30");
  await press("F2");
  await page.keyboard.type("5");
  await expect(page.getByRole("textbox", { name: "Amount" })).toHaveValue("305");
  await press("Escape");
  await expect(at).toHaveText("€30");
  await press("Delete");
  await expect(at).toHaveText("–");
  await press("ArrowDown");
  await page.keyboard.type("-1");
  await press("Enter");
  await expect(rowOf(page, "Type C").getByRole("alert")).toContainText("0");
  await press("Escape");
  await expect(rowOf(page, "Type C")).toContainText("$10");
  const amounts = (await deals("Type")).map(({ amount, probability }) => [amount?.amount ?? null, probability]);
  expect(amounts).toEqual([
    ["2500", "10"],
    [null, "55"],
    ["10", "10"],
  ]);
  await press("Escape", "ArrowUp");
  await expect(at).toHaveCount(0);
  await press("Enter");
  await expect(page.getByRole("heading", { name: "Type B" })).toBeVisible();
});

/** Puts a text on the clipboard and pastes it by the keys for it. */
async function paste(page: Page, text: string) {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.evaluate((it) => navigator.clipboard.writeText(it), text);
  await page.keyboard.press("Control+v");
}

test("a block from a spreadsheet is pasted as one act, and cells and rows are copied", async ({ page }) => {
  await create(["A", "B", "C"].map((letter) => ({ title: `Paste ${letter}`, engage_date: "2026-01-01" })));
  const before = await deals("Paste");
  await signIn(page, product);
  await open(page, "Paste");
  await rowOf(page, "Paste A").getByRole("cell").nth(4).click();
  await paste(page, '"1,234.50"\t25 %\t\r\n99 EUR\t"30"\t2/3/2026\r\n');
  await expect(page.getByText("Pasted cells: 6")).toBeVisible();
  await expect(rowOf(page, "Paste A")).toContainText("$1,234.50");
  await expect(rowOf(page, "Paste B")).toContainText("Feb 3, 2026");
  expect((await deals("Paste")).map((it) => [it.amount, it.probability, it.engage_date])).toEqual([
    [{ amount: "1234.50", currency: "USD" }, "25", null],
    [{ amount: "99", currency: "EUR" }, "30", "2026-02-03"],
    [null, "10", "2026-01-01"],
  ]);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Control+c");
  await expect.poll(copied).toBe("99 EUR");
  await rowOf(page, "Paste A").getByRole("checkbox").click();
  await page.keyboard.press("Control+c");
  await expect.poll(copied).toMatch(/^Paste A\t\tProspecting\t\t1,234\.5\t25 %\t\t\t/);
  await page.keyboard.press("Escape");
  await rowOf(page, "Paste C").getByRole("cell").nth(4).click();
  await paste(page, "7");
  await expect(rowOf(page, "Paste C")).toContainText("$7");
  await page.keyboard.press("Control+z");
  await expect(rowOf(page, "Paste C")).not.toContainText("$7");
  const operations = (await (await api.get("/api/operations?limit=5")).json()).items;
  const block = operations.find(({ title }: { title: string }) => title === "Change 2 in Deal");
  expect((await (await api.post(`/api/operations/${block.id}/undo`)).json()).restored).toBe(2);
  const values = ({ version: _, updated_at: __, ...row }: Record<string, any>) => row;
  expect((await deals("Paste")).map(values)).toEqual(before.map(values));
});

test("a block with something that cannot be read writes nothing and says where", async ({ page }) => {
  const companies = await api.post("/api/records/company", {
    data: [{ name: "Twice & Co" }, { name: "Twice & Co" }, { name: "Aoba's" }],
  });
  const [, , { id }] = (await companies.json()).items;
  await create(["A", "B"].map((letter) => ({ title: `Wrong ${letter}` })));
  const before = await deals("Wrong");
  await signIn(page, product);
  await open(page, "Wrong");
  const cell = (title: string, at: number) => rowOf(page, title).getByRole("cell").nth(at);
  await cell("Wrong A", 4).click();
  await paste(page, "100\t20\nfive\t30");
  await expect(cell("Wrong B", 4).getByRole("alert")).toHaveText("“five” is no value for Amount.");
  await expect(page.getByText("Nothing is written: 1 of the cells")).toBeVisible();
  await accessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
  await cell("Wrong A", 4).click();
  await paste(page, "100\t20\n200\t300");
  await expect(cell("Wrong B", 5).getByRole("alert")).toContainText("100");
  await cell("Wrong A", 1).click();
  await paste(page, "Twice & Co\tWon\nNobody");
  await expect(cell("Wrong A", 1).getByRole("alert")).toHaveText("More than one is called “Twice & Co”.");
  await expect(cell("Wrong A", 2).getByRole("alert")).toHaveText("Stage is not written here.");
  await expect(cell("Wrong B", 1).getByRole("alert")).toHaveText("Nothing is called “Nobody”.");
  await paste(page, "1\n2\n3");
  await expect(page.getByText("reaches beyond the table")).toBeVisible();
  expect(await deals("Wrong")).toEqual(before);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("row").getByRole("alert")).toHaveCount(0);
  await expect(page.getByText("Nothing is written")).toHaveCount(0);
  await paste(page, "Aoba's\n");
  await expect(cell("Wrong A", 1)).toContainText("Aoba's");
  expect((await deals("Wrong"))[0]!.company).toBe(id);
});

test("on a phone rows are chosen by touch, and the bar fits", async ({ browser }) => {
  await create(["A", "B", "C", "D"].map((letter) => ({ title: `Touch ${letter}` })));
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    colorScheme: "dark",
  });
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
