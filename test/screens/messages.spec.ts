import { expect, test, type Page } from "@playwright/test";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";
import { publishDocuments } from "./steps.ts";

let sales: Sales;
test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
});
test.afterAll(() => sales.close());

async function lookedAt(page: Page, name: string) {
  for (const colorScheme of ["light", "dark"] as const)
    for (const width of [1440, 390]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await accessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      await page.screenshot({ path: `test-results/${name}-${colorScheme}-${width}.png` });
    }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize({ width: 1440, height: 900 });
}

test("a message is written by the keys, seen as somebody gets it, tried out, and read in the mailbox", async ({
  page,
}) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await signIn(page, sales.product);
  await page.goto(`${sales.product.address}/design/messages`);
  await expect(page.getByText("No message is written yet.")).toBeVisible();
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Label").fill("Your tills");
  await dialog.getByLabel("Written to").selectOption("contact");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Your tills" })).toBeVisible();
  await page.getByLabel("Subject").fill("For {{ name }}");
  await page.getByRole("button", { name: "Text", exact: true }).click();
  await page.getByRole("textbox", { name: "Text" }).fill("Dear {{ nam }}, **we** write.");
  await expect(page.getByRole("alert").first()).toBeVisible();
  await page.getByRole("textbox", { name: "Text" }).fill('Dear {{ name | default: "you" }}, **we** write.');
  const outline = page.getByRole("list").filter({ hasText: "Heading" });
  await outline.getByRole("button", { name: /^Text/ }).press("Alt+ArrowUp");
  await expect(outline.getByRole("button").first()).toContainText("Text");
  const mail = page.frameLocator("iframe");
  await expect(mail.getByText("we", { exact: true })).toBeVisible();
  await expect(page.getByText(/would get it now/)).toBeVisible();
  await lookedAt(page, "message");
  // In another language: its words stand beside what is said otherwise, and what it lacks is told before it goes.
  const written = page.getByRole("combobox", { name: "Language", exact: true });
  await written.selectOption("ja");
  await expect(page.getByText("日本語: 3 texts are not written yet.")).toBeVisible();
  await expect(page.getByText('Otherwise: Dear {{ name | default: "you" }}')).toBeVisible();
  await page.getByRole("textbox", { name: "Text" }).fill('こんにちは、{{ job_title | default: "お客" }}様。');
  await expect(mail.getByText(/^こんにちは/)).toBeVisible();
  await expect(page.getByText("Values that only one of its languages names: ja: job_title.")).toBeVisible();
  const settings = page.getByRole("complementary", { name: "Settings" });
  await settings.getByRole("button", { name: "The mail" }).press("Enter");
  await settings.getByLabel("Subject").fill("{{ name }}様へ");
  await expect(page.getByText("日本語: 1 text is not written yet.")).toBeVisible();
  await lookedAt(page, "message-ja");
  await written.selectOption("en");
  await expect(mail.getByText("we", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Send me a test" }).click();
  await expect(page.getByText("On its way to ada@example.com.")).toBeVisible();
  await expect(async () => {
    await page.goto(`${sales.product.address}/design/mailbox`);
    await page.getByRole("link", { name: /ada@example.com/ }).click({ timeout: 2000 });
  }).toPass();
  await expect(page.frameLocator("iframe").getByText("we", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Headers" }).click();
  await expect(page.getByText("Message-ID")).toBeVisible();
  await lookedAt(page, "mailbox");
  await page.goto(`${sales.product.address}/design/sent-mail?status=accepted`);
  await expect(page.getByText("ada@example.com")).toBeVisible();
  await lookedAt(page, "sent-mail");
});

test("a message is sent to the members of a segment: how many get it is seen before, and why others do not", async ({
  page,
}) => {
  await publishDocuments(sales.api, [
    {
      $schema: "urn:trellis:segment:1",
      $id: "with_a_name",
      $anchor: "seg_with_a_name",
      title: "With a name",
      entity: "contact",
      where: { cel: "name != ''" },
    },
    {
      $schema: "urn:trellis:message:1",
      $id: "to_many",
      $anchor: "msg_to_many",
      title: "To many",
      entity: "contact",
      channel: "mail",
      subject: "For {{ name }}",
      blocks: [{ id: "head", type: "heading", text: "Hello" }],
    },
  ]);
  const made = await sales.api.post("/api/records/contact", { data: { name: "Nobody's address" } });
  expect(made.status(), await made.text()).toBe(201);
  await signIn(page, sales.product);
  await page.goto(`${sales.product.address}/design/message/to_many?tab=sent`);
  await expect(page.getByText("It has not gone to many yet.")).toBeVisible();
  await page.getByLabel("Members of").selectOption({ label: "With a name" });
  const count = page.getByRole("status").filter({ hasText: "will get it" });
  await expect(count).toContainText(/^\d+ of \d+ will get it\./);
  await expect(count).toContainText("1 has no address.");
  await page.getByRole("textbox", { name: "The same, typed" }).fill('name == "Nobody\'s address"');
  await expect(count).toContainText("0 of 1 will get it.");
  await page.getByRole("textbox", { name: "The same, typed" }).fill("");
  await expect(count).not.toContainText("0 of 1 will get it.");
  await lookedAt(page, "sent-to-many");
  await page.getByRole("button", { name: "Send to many" }).press("Enter");
  await expect(page.getByText(/mails are on their way/)).toBeVisible();
  await expect(page.getByText('in_segment("with_a_name")')).toBeVisible();
});
