import { expect, test } from "@playwright/test";
import { codeOf } from "../fixtures/authenticator.ts";
import { accessible, admin, showSales, signIn, type Sales } from "./sales.ts";

let sales: Sales;
test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
});
test.afterAll(() => sales.close());

test("a second factor is turned on with the keyboard, and from then on asked for; a backup code opens once", async ({
  page,
}) => {
  await signIn(page, sales.product);
  await page.goto(`${sales.product.address}/signing-in`);
  await page.getByRole("button", { name: "Turn on" }).press("Enter");
  await expect(page.getByLabel("Password")).toBeFocused();
  await page.keyboard.type("not my password");
  await page.keyboard.press("Enter");
  await expect(page.getByText("This is not your password.")).toBeVisible();
  await page.getByLabel("Password").fill(admin.password);
  await page.keyboard.press("Enter");

  await expect(page.getByRole("img", { name: "Picture for the authenticator" })).toBeVisible();
  await accessible(page);
  const link = page.getByRole("link", { name: "Set up an authenticator" });
  const address = (await link.getAttribute("href")) ?? "";
  const shown = (await page.locator("code").textContent()) ?? "";
  expect(new URL(address).searchParams.get("secret")).toBe(shown.replaceAll(" ", ""));
  await expect(page.getByLabel("Code")).toBeFocused();
  await page.keyboard.type(codeOf(address));
  await page.keyboard.press("Enter");
  const codes = page.getByRole("list", { name: "Backup codes" }).getByRole("listitem");
  await expect(codes).toHaveCount(10);
  const [first = "", second = ""] = await codes.allTextContents();
  await accessible(page);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a file" }).click();
  expect((await saved).suggestedFilename()).toBe("Backup codes.txt");
  await page.getByRole("button", { name: "I have kept them" }).press("Enter");
  await expect(page.getByText("10 backup codes left")).toBeVisible();
  await expect(page.getByRole("button", { name: "New backup codes" })).toBeFocused();

  await page.getByRole("button", { name: "Ada" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await signInHalf();
  await expect(page.getByLabel("Code")).toBeFocused();
  await accessible(page);
  await page.keyboard.type("000000");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("This code is not right");
  await page.getByRole("button", { name: "Use a backup code" }).press("Enter");
  await expect(page.getByLabel("Backup code")).toBeFocused();
  await page.keyboard.type(first);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Deals" })).toBeVisible();

  await page.goto(`${sales.product.address}/signing-in`);
  await expect(page.getByText("9 backup codes left")).toBeVisible();
  await page.getByRole("button", { name: "Turn off" }).press("Enter");
  await page.keyboard.type(admin.password);
  await page.getByLabel("Code").fill(first);
  await page.keyboard.press("Enter");
  await expect(page.getByText("This code is not right")).toBeVisible();
  await page.getByLabel("Code").fill(second);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Turn on" })).toBeFocused();

  async function signInHalf() {
    await page.getByLabel("E-mail").fill(admin.email);
    await page.getByLabel("Password").fill(admin.password);
    await page.keyboard.press("Enter");
  }
});
