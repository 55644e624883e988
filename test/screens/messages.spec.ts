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
  // What was not published lies in nobody's way.
  await page.goto(`${sales.product.address}/design/messages`);
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await expect(page.getByText("No message is written yet.")).toBeVisible();
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

test("a purpose says at which hours and how often it writes; what waits for that tells until when", async ({
  page,
}) => {
  await publishDocuments(sales.api, [
    {
      $schema: "urn:trellis:purpose:1",
      $id: "tips",
      $anchor: "pur_tips",
      title: "Tips",
      basis: "legitimate",
    },
    {
      $schema: "urn:trellis:message:1",
      $id: "tip",
      $anchor: "msg_tip",
      title: "Tip",
      entity: "contact",
      purpose: "tips",
      channel: "mail",
      subject: "A tip",
      blocks: [{ id: "head", type: "heading", text: "Hello" }],
    },
  ]);
  await signIn(page, sales.product);
  await page.goto(`${sales.product.address}/design/purpose/tips`);
  // All but one hour of the day, which is over.
  const now = Date.now();
  const hour = (ago: number) => new Date(now - ago * 3_600_000).toISOString().slice(11, 16);
  await page.getByLabel("Nothing is sent from").fill(hour(1));
  await page.getByLabel("Nothing is sent from").press("Tab");
  await page.getByLabel("until").fill(hour(2));
  await page.getByLabel("until").press("Tab");
  await page.getByRole("button", { name: "Limit what is sent" }).press("Enter");
  await page.getByLabel("So many").fill("2");
  await page.getByLabel("in days").fill("30");
  await page.getByLabel("in days").press("Tab");
  await page.getByLabel("What is too much").selectOption("is left out");
  await lookedAt(page, "purpose");
  await page.goto(`${sales.product.address}/design/message/tip`);
  await page.getByLabel("The time zone of the receiver").selectOption({ label: "Job title" });
  await page.getByRole("button", { name: "Review plan" }).click();
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  const purpose = await (await sales.api.get("/api/documents/purpose/tips")).json();
  expect(purpose).toMatchObject({
    quiet_hours: { from: hour(1), to: hour(2) },
    caps: [{ max: 2, per: "P30D", over: "skip" }],
  });
  expect(await (await sales.api.get("/api/documents/message/tip")).json()).toMatchObject({ zone: "job_title" });
  await page.goto(`${sales.product.address}/design/message/tip?tab=sent`);
  await page.getByRole("button", { name: "Send to many" }).press("Enter");
  await expect(page.getByText(/mails are on their way/)).toBeVisible();
  await expect(async () => {
    await page.goto(`${sales.product.address}/design/sent-mail?status=queued`);
    await expect(page.getByText("Why: quiet").first()).toBeVisible({ timeout: 2000 });
  }).toPass();
  await expect(page.getByText(/^Not before /).first()).toBeVisible();
  await lookedAt(page, "sent-mail-waits");
});
