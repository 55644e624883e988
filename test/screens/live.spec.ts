import { expect, test, type APIRequestContext } from "@playwright/test";
import type { Shown } from "./product.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
let product: Shown;
let other: APIRequestContext;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  ({ product, api: other } = sales);
});
test.afterAll(() => sales.close());

/** Somebody else, at another machine. */
async function create(title: string): Promise<{ id: string; version: number }> {
  const answer = await other.post("/api/records/deal", { data: { title } });
  expect(answer.status(), await answer.text()).toBe(201);
  return answer.json();
}

async function change(id: string, version: number, data: object) {
  const answer = await other.patch(`/api/records/deal/${id}`, { data, headers: { "if-match": `"${version}"` } });
  expect(answer.status(), await answer.text()).toBe(200);
}

test("a list, a board and a record show what others do, without a click", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/deal?view=all_deals`);
  const { id } = await create("Night ferry");
  await expect(page.getByRole("link", { name: "Night ferry" })).toBeVisible();
  await change(id, 1, { title: "Day ferry" });
  await expect(page.getByRole("link", { name: "Day ferry" })).toBeVisible();

  await page.goto(`${product.address}/deal`);
  const lane = (name: string) => page.getByRole("region", { name, exact: true });
  await expect(lane("Prospecting").getByRole("link", { name: "Day ferry" })).toBeVisible();
  const moved = await other.post(`/api/records/deal/${id}/events`, { data: { type: "deal.advance" } });
  expect(moved.ok(), await moved.text()).toBe(true);
  await expect(lane("Engaging").getByRole("link", { name: "Day ferry" })).toBeVisible();

  await page.goto(`${product.address}/deal/${id}`);
  await expect(page.getByRole("heading", { name: "Day ferry" })).toBeVisible();
  const { version } = await (await other.get(`/api/records/deal/${id}`)).json();
  await change(id, version, { title: "Ferry by day" });
  await expect(page.getByRole("heading", { name: "Ferry by day" })).toBeVisible();
  await other.delete(`/api/records/deal/${id}`, { headers: { "if-match": `"${version + 1}"` } });
  await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
  await page.goto(`${product.address}/deal?view=all_deals`);
  await expect(page.getByText("Ferry by day")).toHaveCount(0);
});

test("who is writing into a cell is told that somebody was first, and what she typed stays", async ({ page }) => {
  await signIn(page, product);
  const { id } = await create("Ropeway");
  await page.goto(`${product.address}/deal?view=all_deals`);
  const row = page.getByRole("row").filter({ hasText: "Ropeway" });
  const amount = row.getByRole("cell").nth(4);
  await amount.dblclick();
  const typed = row.getByRole("textbox", { name: "Amount" });
  await typed.fill("500");
  await change(id, 1, { amount: { amount: "700", currency: "USD" } });
  await expect(row.getByRole("alert")).toContainText("700");
  await expect(typed).toHaveValue("500");
});

test("tabs share one connection, and the next takes over", async ({ context }) => {
  const [one, two] = [await context.newPage(), await context.newPage()];
  await signIn(one, product);
  await one.goto(`${product.address}/deal?view=all_deals`);
  await two.goto(`${product.address}/deal?view=all_deals`);
  await expect(two.getByRole("heading", { name: "Deals" })).toBeVisible();
  await create("Funicular");
  for (const tab of [one, two]) await expect(tab.getByRole("link", { name: "Funicular" })).toBeVisible();
  await one.close();
  await create("Chairlift");
  await expect(two.getByRole("link", { name: "Chairlift" })).toBeVisible();
});

test("a record shows who else looks at it and what she edits, until she leaves", async ({ page, browser }) => {
  const bea = { name: "Bea Moss", email: "bea@example.com", password: "correct horse battery", roles: ["seller"] };
  const made = await other.post("/api/users", { data: bea });
  expect(made.status(), await made.text()).toBe(201);
  const { id: owner } = await made.json();
  const { id } = await create("Cable car");
  await change(id, 1, { owner });

  const hers = await browser.newContext();
  const headers = { origin: product.address };
  await hers.request.post(`${product.address}/api/auth/sign-in/email`, { data: bea, headers });
  await signIn(page, product);
  await page.goto(`${product.address}/deal/${id}`);
  const there = page.getByRole("list", { name: "Also here" });
  await expect(there).toBeAttached();
  await expect(there.getByRole("listitem")).toHaveCount(0);

  const her = await hers.newPage();
  await her.goto(`${product.address}/deal/${id}`);
  await expect(there).toHaveText("Bea Moss is here");
  await expect(her.getByRole("list", { name: "Also here" })).toHaveText("ada is here");
  await her.getByRole("button", { name: /: Amount$/ }).click();
  await expect(there).toHaveText("Bea Moss is editing Amount");
  await accessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(there).toBeVisible();
  await accessible(page);
  await her.keyboard.press("Escape");
  await expect(there).toHaveText("Bea Moss is here");
  await her.goto("about:blank");
  await expect(there.getByRole("listitem")).toHaveCount(0);
  await hers.close();
});
