import { expect, test, type Page } from "@playwright/test";
import { accessible, admin, showSales, signIn, type Sales } from "./sales.ts";

let sales: Sales;
let ben: string;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
  const { api } = sales;
  const made = async (path: string, data: object) => {
    const answer = await api.post(path, { data });
    expect(answer.ok(), await answer.text()).toBe(true);
    return (await answer.json()).id as string;
  };
  await made("/api/records/team", { name: "Night shift" });
  ben = await made("/api/users", {
    name: "Ben",
    email: "ben@example.com",
    password: admin.password,
    roles: ["seller"],
  });
});
test.afterAll(() => sales.close());

async function signInAs(page: Page, email: string) {
  await page.goto(`${sales.product.address}/sign-in`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(admin.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Deals" })).toBeVisible();
}

test("a record is shared by keyboard for a time, told with why, changed and taken back; who is away lends her place, and it says so", async ({
  page,
  browser,
}) => {
  const { product } = sales;
  await signIn(page, product);
  await page.goto(`${product.address}/deal?view=all_deals`);
  await page.getByRole("link", { name: "Self-checkout pilot" }).click();
  await page.getByRole("button", { name: "Share", exact: true }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Share Self-checkout pilot" });
  await expect(dialog.getByText("With nobody yet.")).toBeVisible();
  await expect(dialog.getByText("Nothing that is linked to it goes along.")).toBeVisible();
  await dialog.getByRole("combobox", { name: "Person or team", exact: true }).focus();
  await page.keyboard.type("Ben");
  await expect(dialog.getByRole("option", { name: "Ben" })).toBeVisible();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  const later = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
  await dialog.getByLabel("Until (optional)").fill(later);
  await page.keyboard.press("Enter");
  await expect(dialog.getByLabel("Ben may")).toHaveValue("read");
  await expect(dialog.getByText("shared by Ada, to read")).toBeVisible();
  await dialog.getByLabel("Ben may").selectOption("write");
  await expect(dialog.getByText("shared by Ada, to change")).toBeVisible();
  await expect(dialog.getByText(new RegExp(`^until .*\\b${Number(later.slice(8))}\\b`))).toBeVisible();
  await accessible(page);

  const theirs = await (await browser.newContext()).newPage();
  await signInAs(theirs, "ben@example.com");
  await theirs.goto(`${product.address}/deal?view=all_deals`);
  await expect(theirs.getByRole("link", { name: "Self-checkout pilot" })).toBeVisible();
  await theirs.goto(`${product.address}/shared-records?entity=deal`);
  const shared = theirs.getByRole("row").filter({ hasText: "Self-checkout pilot" });
  await expect(shared).toContainText("Ben");
  await theirs.setViewportSize({ width: 390, height: 844 });
  await accessible(theirs);
  await shared.getByRole("button", { name: "End sharing Self-checkout pilot with Ben" }).press("Enter");
  await expect(theirs.getByText("Nothing is shared")).toBeVisible();
  await sales.api.put(`/api/records/deal/${new URL(page.url()).pathname.split("/").at(-1)}/shares/${ben}`, {
    data: { level: "read" },
  });
  await theirs.setViewportSize({ width: 1280, height: 720 });
  await theirs.goto(`${product.address}/deal?view=all_deals`);
  await expect(theirs.getByRole("link", { name: "Self-checkout pilot" })).toBeVisible();
  await dialog.getByRole("button", { name: "Stop sharing with Ben" }).click();
  await expect(dialog.getByText("With nobody yet.")).toBeVisible();
  await expect(theirs.getByRole("link", { name: "Self-checkout pilot" })).toHaveCount(0);
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Ask why" }).press("Enter");
  const why = page.getByRole("dialog", { name: "Who may do what with Self-checkout pilot" });
  const askedOf = async (who: string) => {
    await why.getByRole("combobox", { name: "Person" }).fill(who);
    await why.getByRole("option", { name: who }).click();
  };
  await askedOf("Ada");
  await expect(why.getByText("Ada sees this record.")).toBeVisible();
  await expect(why.getByText("Admin: all records").first()).toBeVisible();
  await askedOf("Ben");
  await expect(why.getByText("Ben does not see this record.")).toBeVisible();
  await expect(why.getByText("The owner of this record is Ada.")).toBeVisible();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 720 });
  await why.getByRole("link", { name: "Seller: records that she owns" }).press("Enter");
  await expect(page).toHaveURL(/\/design\/roles\?role=seller&entity=deal/);
  await page.goto(`${product.address}/deal?view=all_deals`);

  await page.getByRole("button", { name: "Ada" }).click();
  await page.getByRole("menuitem", { name: "While I am away" }).click();
  const settings = page.getByRole("dialog", { name: "While I am away" });
  await settings.getByRole("combobox", { name: "Who acts for you" }).fill("Ben");
  await settings.getByRole("option", { name: "Ben" }).click();
  await settings.getByLabel("Until").fill(later);
  await settings.getByRole("button", { name: "Let her act for me" }).click();
  await expect(settings.getByRole("button", { name: "Take back from Ben" })).toBeVisible();
  await accessible(page);

  await theirs.getByRole("button", { name: "Ben" }).click();
  await theirs.getByRole("menuitem", { name: "Act for Ada" }).click();
  await expect(theirs.getByText("You act for Ada")).toBeVisible();
  await theirs.goto(`${product.address}/deal?view=all_deals`);
  await expect(theirs.getByRole("link", { name: "Self-checkout pilot" })).toBeVisible();
  await accessible(theirs);
  await settings.getByRole("button", { name: "Take back from Ben" }).click();
  await theirs.reload();
  await expect(theirs.getByRole("button", { name: "Ben" })).toBeVisible();
  await expect(theirs.getByText("You act for Ada")).toHaveCount(0);
});

test("files hang on a record: chosen, dropped, saved, taken away and brought back", async ({ page }) => {
  const { product } = sales;
  await signIn(page, product);
  await page.goto(`${product.address}/deal?view=all_deals`);
  await page.getByRole("link", { name: "Kiosk order points" }).click();
  const files = page.getByRole("region", { name: "Files" });
  const chosen = page.waitForEvent("filechooser");
  await files.getByRole("button", { name: "Add files" }).press("Enter");
  const offer = {
    name: "Offer.svg",
    mimeType: "image/svg+xml",
    buffer: Buffer.from("<svg onload='document.title=1'/>"),
  };
  await (await chosen).setFiles([offer, { name: "Terms.txt", mimeType: "text/plain", buffer: Buffer.from("net 30") }]);
  await expect(page.getByText("2 files are attached")).toBeVisible();
  await expect(files.getByRole("listitem")).toHaveCount(2);

  const dropped = await page.evaluateHandle(() => {
    const brought = new DataTransfer();
    brought.items.add(new File(["x".repeat(1_234_000)], "Photographs of the shop floor, first visit.zip"));
    return brought;
  });
  await files.dispatchEvent("dragover", { dataTransfer: dropped });
  await files.dispatchEvent("drop", { dataTransfer: dropped });
  await expect(files.getByRole("link", { name: "Photographs of the shop floor, first visit.zip" })).toBeVisible();
  await expect(files.getByText("1.2 MB")).toBeVisible();
  await expect(page.getByRole("listitem").getByText("attached Offer.svg")).toBeVisible();
  await accessible(page);

  const saved = page.waitForEvent("download");
  await files.getByRole("link", { name: "Offer.svg" }).click();
  expect((await saved).suggestedFilename()).toBe("Offer.svg");
  await files.getByRole("button", { name: "Take Terms.txt away" }).press("Enter");
  await expect(files.getByRole("listitem")).toHaveCount(2);
  await expect(files.getByRole("button", { name: "Add files" })).toBeFocused();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(files.getByRole("link", { name: "Terms.txt" })).toBeVisible();
});
