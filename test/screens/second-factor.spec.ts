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

test("an administrator takes the second factor of somebody who has lost it, and the bell tells her; an agent of its own gets a key beside the people", async ({
  page,
  browser,
  playwright,
}) => {
  const { product } = sales;
  const ben = { email: "ben@example.com", password: admin.password };
  await signIn(page, product);
  const made = await page.request.post(`${product.address}/api/users`, {
    data: { ...ben, name: "Ben", roles: ["seller"] },
    headers: { origin: product.address },
  });
  expect(made.ok()).toBe(true);
  const his = await browser.newContext({ baseURL: product.address, extraHTTPHeaders: { origin: product.address } });
  await his.request.post("/api/auth/sign-in/email", { data: ben });
  const begun = await his.request.post("/api/auth/two-factor/enable", { data: { password: ben.password } });
  const code = codeOf((await begun.json()).totpURI);
  expect((await his.request.post("/api/auth/two-factor/confirm", { data: { code } })).ok()).toBe(true);

  await page.goto(`${product.address}/design/people`);
  await page.getByRole("button", { name: "Edit Ben" }).click();
  const dialog = page.getByRole("dialog", { name: "Ben" });
  await dialog.getByText("Take the second factor").click();
  await accessible(page);
  await dialog.getByRole("button", { name: "Take it away" }).press("Enter");
  await expect(page.getByText("Ben has no second factor any more")).toBeVisible();
  await page.getByRole("button", { name: "Edit Ben" }).click();
  await expect(dialog.getByText("Take the second factor")).toHaveCount(0);

  await page.keyboard.press("Escape");
  const keys = page.getByRole("region", { name: "Keys for programs" });
  await keys.getByRole("button", { name: "New key" }).press("Enter");
  const making = page.getByRole("dialog", { name: "New key" });
  await making.getByLabel("Name").fill("Night clerk");
  await making.getByLabel("Seller", { exact: true }).check();
  await making.getByRole("button", { name: "New key" }).press("Enter");
  const secret = page.getByRole("dialog", { name: "The key is made" }).getByLabel("Secret");
  const headers = { authorization: `Bearer ${await secret.inputValue()}` };
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
  await page.keyboard.press("Escape");
  const clerk = await playwright.request.newContext({ baseURL: product.address, extraHTTPHeaders: headers });
  expect((await (await clerk.get("/api/model")).json()).user).toMatchObject({ name: "Night clerk", roles: ["seller"] });
  await accessible(page);
  await keys.getByRole("button", { name: "End the key Night clerk" }).press("Enter");
  const ending = page.getByRole("dialog", { name: "End the key Night clerk" });
  await accessible(page);
  await ending.getByRole("button", { name: "End it" }).press("Enter");
  await expect(keys.getByRole("row")).toHaveCount(0);
  expect((await clerk.get("/api/model")).status()).toBe(401);
  await clerk.dispose();

  const theirs = await his.newPage();
  await theirs.goto("/sign-in");
  await theirs.getByLabel("E-mail").fill(ben.email);
  await theirs.getByLabel("Password").fill(ben.password);
  await theirs.keyboard.press("Enter");
  await theirs.getByRole("button", { name: "Notifications: 1" }).click();
  await expect(theirs.getByText(/has taken your second factor/)).toBeVisible();
});
