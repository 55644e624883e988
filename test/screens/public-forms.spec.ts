import { expect, test, type Page } from "@playwright/test";
import { enquiry } from "./places.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";
import { publishDocuments } from "./steps.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  await publishDocuments(sales.api, [...enquiry]);
});
test.afterAll(() => sales.close());

const sizes = [
  [1440, 900],
  [390, 844],
] as const;
const schemes = ["light", "dark"] as const;

test("a form is designed by keys: a question more, in another order, as visitors will see it", async ({ page }) => {
  const { product } = sales;
  await signIn(page, product);
  await page.goto(`${product.address}/design/form/enquiry`);
  const questions = page.getByRole("list", { name: "Questions" });
  const preview = page.frameLocator("iframe[title='As visitors see it']");
  await expect(preview.getByText("Work mail")).toBeVisible();
  await page.getByLabel("Ask for", { exact: true }).selectOption("phone");
  await expect(questions.getByRole("button")).toHaveText([
    /Your name/,
    /Work mail/,
    /Job title/,
    /What is it about/,
    "Phone",
  ]);
  await expect(preview.getByText("Phone")).toBeVisible();
  await page.getByLabel("What it asks").fill("Where to call");
  await questions.getByRole("button", { name: /Where to call/ }).press("Alt+ArrowUp");
  await expect(questions.getByRole("button").nth(3)).toHaveText(/Where to call/);
  await expect(questions.getByRole("button", { name: /Where to call/ })).toBeFocused();
  await expect(preview.getByText("Where to call")).toBeVisible();
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    await accessible(page);
  }
});

test("a form may find whoever sends it by her address: she is asked first, and its record leads to her", async ({
  page,
}) => {
  const { product } = sales;
  await signIn(page, product);
  await page.goto(`${product.address}/design/forms`);
  await page.getByRole("button", { name: "New form" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("#new-title").fill("Ask for an offer");
  await dialog.getByLabel("Makes").selectOption("Deal");
  await dialog.getByRole("button", { name: "New form" }).click();
  const sender = page.getByRole("list", { name: "About whoever sends it" });
  await expect(sender.getByRole("button")).toHaveText(["Name", "E-mail"]);
  await page.getByLabel("Ask her for", { exact: true }).selectOption("phone");
  await page.getByLabel("What it asks").fill("Where to call you");
  const preview = page.frameLocator("iframe[title='As visitors see it']");
  await expect(preview.locator("label").nth(2)).toHaveText("Where to call you");
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    await accessible(page);
  }
  await page.getByRole("link", { name: "Settings" }).click();
  await expect(page.getByLabel("Finds the record by")).toBeHidden();
  await expect(page.getByLabel("Whoever sends it")).toHaveValue("contact");
  await expect(page.getByLabel("Finds her by")).toHaveValue("email");
  await page.getByLabel("Taken over from who wrote: Field").selectOption("company");
  await expect(page.getByLabel("Company", { exact: true })).toHaveValue("company");
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    await accessible(page);
  }
  await page.getByLabel("Whoever sends it").selectOption("Nobody but the record itself");
  await expect(page.getByLabel("Finds her by")).toBeHidden();
});

test("a visitor fills it in: what is wrong is told, what is sent is there with her consent, not confirmed yet", async ({
  page,
}) => {
  const { product, api } = sales;
  for (const [width, height] of sizes)
    for (const colorScheme of schemes) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.goto(`${product.address}/f/enquiry`);
      await accessible(page);
    }
  await page.getByLabel("Your name").fill("Sari Wulandari");
  await page.getByLabel("Work mail").fill("sari@");
  await expect(page.getByRole("checkbox", { name: "I am not a robot" }).or(page.getByText("Done"))).toBeAttached();
  await expect(page.locator("input[name=altcha]")).not.toHaveValue("");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.getByRole("alert").getByRole("link", { name: "Work mail" })).toBeVisible();
  await accessible(page);
  await page.getByLabel("Work mail").fill("sari@nusantara.example");
  await page.getByRole("checkbox", { name: /Send me news/ }).check();
  await expect(page.locator("input[name=altcha]")).not.toHaveValue("");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.getByRole("status")).toContainText("Thank you");
  await accessible(page);
  const [contact] = (await (await api.get("/api/records/contact?search=sari")).json()).items;
  expect(contact).toMatchObject({ name: "Sari Wulandari", email: "sari@nusantara.example", source: "web_site" });

  await page.setViewportSize({ width: 1440, height: 900 });
  await signIn(page, product);
  await page.goto(`${product.address}/contact/${contact.id}`);
  const consent = page.locator("section", { has: page.getByRole("heading", { name: "Consent" }) });
  await expect(consent.getByText("not confirmed yet")).toBeVisible();
  await consent.locator("summary").first().click();
  await expect(consent.getByText("Send me news, twice a month at most.")).toBeVisible();
  await consent.getByRole("button", { name: "Withdraw: Newsletter" }).click();
  await expect(consent.getByText("withdrawn", { exact: true }).first()).toBeVisible();
  await accessible(page);
});

/** A page as it looks in each size and colour; pictures of it where they are asked for. */
async function lookedAt(page: Page, name: string): Promise<void> {
  for (const [width, height] of sizes)
    for (const colorScheme of schemes) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await accessible(page);
      const folder = process.env.TRELLIS_PICTURES;
      if (folder) await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png` });
    }
}

/** The newest mail to an address in the mailbox of the house. */
async function mailTo(address: string): Promise<string> {
  const { items } = await (await sales.api.get("/api/mailbox")).json();
  const found = items.find(({ to }: { to: string }) => to.includes(address));
  return found ? (await (await sales.api.get(`/api/mailbox/${found.id}`)).json()).text : "";
}

test("a customer signs in by the link of a mail, by keys: she sees what is hers, writes about it and asks for more", async ({
  page,
}) => {
  const { product, api } = sales;
  const made = async (entity: string, data: object) =>
    (await (await api.post(`/api/records/${entity}`, { data })).json()).id as string;
  const contact = await made("contact", { name: "Dewi Lestari", email: "dewi@nusantara.example" });
  const deal = await made("deal", { title: "Forty tills", contact, close_date: "2027-06-30" });
  await made("deal", { title: "Not hers" });
  await page.goto(`${product.address}/portal/requests`);
  await lookedAt(page, "sign-in");
  await page.getByLabel("Your e-mail address").fill("dewi@");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toHaveText(/no e-mail address/);
  await accessible(page);
  await page.getByLabel("Your e-mail address").fill("dewi@nusantara.example");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status")).toContainText("Look into your mail");
  await expect.poll(() => mailTo("dewi@nusantara.example")).toContain("/portal/requests/-/enter/");
  const [link = ""] = /http\S+\/-\/enter\/\S+/.exec(await mailTo("dewi@nusantara.example")) ?? [];
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in now" }).press("Enter");
  await expect(page.getByRole("heading", { name: "Requests" })).toBeVisible();
  await expect(page.getByRole("main").getByRole("listitem")).toHaveText([/Forty tills/]);
  await lookedAt(page, "list");
  await page.getByRole("link", { name: /Forty tills/ }).press("Enter");
  await expect(page.getByRole("heading", { name: "Forty tills" })).toBeVisible();
  await page.getByLabel("Write a message").fill("Can we have them in May?\nWe open in June.");
  const attached = (name: string, text: string) => ({ name, mimeType: "image/png", buffer: Buffer.from(text) });
  await page.getByLabel("Attach files").setInputFiles([attached("plan.png", "<p>no picture</p>")]);
  await page.getByRole("button", { name: "Send" }).press("Enter");
  await expect(page.getByRole("alert")).toContainText('"plan.png" is no picture');
  await lookedAt(page, "record-refused");
  await page
    .getByLabel("Attach files")
    .setInputFiles([attached("plan.txt", "Two by the door, the rest along the wall.")]);
  await page.getByRole("button", { name: "Send" }).press("Enter");
  await expect(page.getByRole("listitem").getByText("Can we have them in May?")).toBeVisible();
  await expect(page.getByRole("link", { name: "plan.txt" })).toBeVisible();
  await lookedAt(page, "record");
  const { items } = await (await api.get(`/api/records/deal/${deal}/conversation`)).json();
  expect(items).toMatchObject([{ type: "mail", direction: "in", from: { address: "dewi@nusantara.example" } }]);
  await page.getByRole("link", { name: "Requests", exact: false }).first().press("Enter");
  await page.getByRole("link", { name: "New request" }).press("Enter");
  await page.getByRole("button", { name: "Send" }).press("Enter");
  await expect(page.getByRole("alert").getByRole("link", { name: "What do you need?" })).toBeVisible();
  await lookedAt(page, "new");
  await page.getByLabel("What do you need?").fill("A lamp");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "A lamp" })).toBeVisible();
  await page.goto(`${product.address}/portal/requests/deal?lang=ja`);
  await expect(page.getByRole("button", { name: "サインアウト" })).toBeVisible();
  await page.getByRole("button", { name: "サインアウト" }).press("Enter");
  await expect(page.getByLabel("メールアドレス")).toBeVisible();
});

test("a customer page is designed: what is shown, under which name, to whom", async ({ page }) => {
  const { product } = sales;
  await signIn(page, product);
  await page.goto(`${product.address}/design/portal/requests`);
  const shown = page.getByRole("list", { name: "Fields shown" });
  await expect(shown.getByRole("button")).toHaveText(["Title", /Until/]);
  await page.getByLabel("Show a field", { exact: true }).selectOption("amount");
  await expect(shown.getByRole("button")).toHaveCount(3);
  await page.getByRole("complementary", { name: "Part" }).getByLabel("Label").fill("Worth");
  await shown.getByRole("button", { name: /Worth/ }).press("Alt+ArrowUp");
  await expect(shown.getByRole("button").nth(1)).toHaveText(/Worth/);
  await page.getByRole("textbox", { name: "Which of them she sees" }).fill("contact == you");
  await expect(page.getByRole("alert").first()).toContainText("you");
  await page.getByRole("textbox", { name: "Which of them she sees" }).fill("contact == me || company == me.company");
  await expect(page.getByRole("alert")).toHaveCount(0);
  await lookedAt(page, "designer");
});
