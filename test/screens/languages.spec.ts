import { expect, test } from "@playwright/test";
import { accessible, admin, enter, showSales, type Sales } from "./sales.ts";

let sales: Sales;
test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
});
test.afterAll(() => sales.close());

test("a person chooses her language; words, dates, numbers and money follow at once, and stay so", async ({ page }) => {
  const { product } = sales;
  await enter(page, product);
  await page.locator(".foot .menu-trigger").click();
  await page.getByRole("menuitem", { name: "Language and time zone" }).click();
  await page.getByLabel("Language", { exact: true }).selectOption({ label: "日本語" });
  await accessible(page);
  await page.getByRole("button", { name: "Save" }).click();

  await expect(page.locator("html")).toHaveAttribute("lang", "ja");
  await expect(page.getByRole("link", { name: "業務" })).toBeVisible();
  await page.goto(`${product.address}/deal?view=all_deals`);
  await expect(page.getByRole("button", { name: "絞り込み" })).toBeVisible();
  await expect(page.getByRole("cell", { name: /\d{4}年\d{1,2}月\d{1,2}日/ }).first()).toBeVisible();
  await accessible(page);

  for (const [title, words] of [
    ["繁體中文", { menu: "言語とタイムゾーン", language: "言語", save: "保存", work: "工作" }],
    ["Bahasa Indonesia", { menu: "語言與時區", language: "語言", save: "儲存", work: "Kerja" }],
    ["English", { menu: "Bahasa dan zona waktu", language: "Bahasa", save: "Simpan", work: "Work" }],
  ] as const) {
    await page.locator(".foot .menu-trigger").click();
    await page.getByRole("menuitem", { name: words.menu }).click();
    await page.getByLabel(words.language, { exact: true }).selectOption({ label: title });
    await page.getByRole("button", { name: words.save }).click();
    await expect(page.getByRole("link", { name: words.work, exact: true })).toBeVisible();
  }
});

test("before anybody is known, screens speak the language of the browser, and a person who chose none keeps it", async ({
  browser,
}) => {
  const { product, api } = sales;
  await api.patch("/api/me", { data: { locale: null } });
  const context = await browser.newContext({ locale: "zh-TW" });
  const page = await context.newPage();
  await page.goto(`${product.address}/sign-in`);
  await page.getByLabel("電子郵件").fill(admin.email);
  await page.getByLabel("密碼").fill(admin.password);
  await page.getByRole("button", { name: "登入" }).click();
  await expect(page.getByRole("link", { name: "工作", exact: true })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-Hant");
  await context.close();
});
