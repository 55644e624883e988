import { expect, test, type APIRequestContext, type Page } from "@playwright/test";
import { Webhook } from "standardwebhooks";
import { receiver, type Receiver } from "../fixtures/receiver.ts";
import type { Shown } from "./product.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
let product: Shown;
let api: APIRequestContext;
let there: Receiver;

test.beforeAll(async ({ playwright }) => {
  there = await receiver();
  sales = await showSales(playwright, { env: { TRELLIS_OUTBOUND_OPEN: "127.0.0.0/8" } });
  ({ product, api } = sales);
});
test.afterAll(async () => {
  await sales.close();
  await there.close();
});

async function publish(page: Page) {
  await page.getByRole("button", { name: "Review plan" }).click();
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
}

/** The secret that is shown this once; the dialog is closed afterwards. */
async function secretShown(page: Page): Promise<string> {
  const dialog = page.getByRole("dialog", { name: /^The secret of/ });
  const secret = await dialog.getByLabel("Secret").inputValue();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(dialog).toBeHidden();
  return secret;
}

async function open(page: Page, title: string) {
  await page.goto(`${product.address}/design/connections`);
  await page.getByRole("link", { name: title }).click();
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
}

/** Looks at a page light and dark, wide and narrow. */
async function lookedAt(page: Page) {
  for (const colorScheme of ["light", "dark"] as const)
    for (const width of [1440, 390]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await accessible(page);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wider).toBeLessThanOrEqual(0);
    }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize({ width: 1280, height: 720 });
}

const newDeal = async (values: object) => (await api.post("/api/records/deal", { data: values })).json();

test("somebody outside is told: published, switched on, tried out, sent again, paused", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/connections`);
  await page.getByRole("button", { name: "New connection" }).click();
  await page.getByLabel("Title").fill("To the warehouse");
  await page.getByLabel("Address").fill("warehouse");
  await page.getByLabel("Address").blur();
  await page.getByLabel("Address").fill(`${there.url}/stock`);
  await page.getByLabel("Address").blur();
  const deals = page.getByRole("group", { name: "Deals" });
  await deals.getByLabel("Everything that happens to them").uncheck();
  await expect(deals.getByLabel("Created")).toBeChecked();
  await deals.getByLabel("Mark as won").check();
  await deals.locator("#connection-deal-filter").fill("title != 'Secret'");
  await expect(page.getByText("Publish it first")).toBeVisible();
  await publish(page);
  const { items } = await (await api.get("/api/documents?kind=connection")).json();
  expect(items).toMatchObject([
    {
      url: `${there.url}/stock`,
      entities: {
        deal: { events: ["record.created", "record.updated", "deal.win"], filter: { cel: "title != 'Secret'" } },
      },
    },
  ]);

  await open(page, "To the warehouse");
  await page.getByRole("button", { name: "Switch on" }).click();
  const secret = await secretShown(page);
  await expect(page.getByText("works", { exact: true })).toBeVisible();
  await expect(page.getByText("Nothing has been told yet.")).toBeVisible();
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText("The test arrived: the receiver answered 200.")).toBeVisible();
  const [tried] = there.received;
  expect(new Webhook(secret).verify(tried!.body, tried!.headers as Record<string, string>)).toMatchObject({
    type: "connection.test",
  });

  there.answer = (_, response) => void response.writeHead(400).end();
  const { id } = await newDeal({ title: "Told" });
  await newDeal({ title: "Secret" });
  await expect
    .poll(async () => (await (await api.get("/api/connections")).json()).items[0].failed, { timeout: 50_000 })
    .toBe(1);
  await page.reload();
  const row = page.getByRole("row").filter({ hasText: "Deal: Created" });
  await expect(row.filter({ hasText: "the receiver refused it · answered 400" })).toHaveCount(1);
  await expect(row.filter({ hasText: "not among the records it tells of" })).toHaveCount(1);
  await lookedAt(page);

  there.answer = (_, response) => void response.end();
  await row.filter({ hasText: "answered 400" }).getByRole("button", { name: "Send again" }).press("Enter");
  await expect(row.filter({ hasText: "delivered" })).toHaveCount(1);
  expect(there.received.filter(({ body }) => body.includes(id)).length).toBe(2);
  await page.getByLabel("Status").selectOption("failed");
  await expect(page.getByText("Nothing has been told yet.")).toBeVisible();

  await page.getByRole("button", { name: "New secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "New secret" }).click();
  expect(await secretShown(page)).not.toBe(secret);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText("paused", { exact: true })).toBeVisible();
  await page.goto(`${product.address}/design/connections`);
  await expect(page.getByRole("row").filter({ hasText: "To the warehouse" })).toContainText("paused");
});

test("somebody outside posts: what becomes of each message is told, also why it is refused", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/connections`);
  await page.getByRole("button", { name: "New intake" }).click();
  await page.getByRole("textbox", { name: "Title", exact: true }).fill("Orders of the shop");
  await page.getByLabel("Name in the address").fill("shop_orders");
  await page.getByLabel("Name in the address").blur();
  await page
    .getByLabel("A message", { exact: true })
    .selectOption({ label: "changes the record it finds, or makes one" });
  await expect(page.getByLabel("Finds its record by")).toHaveValue("external_id");
  await page.getByLabel("Title: Place in the message").fill("/order/name");
  await page.getByLabel("Title: Place in the message").blur();
  await page.getByLabel("Which field takes what: Field").selectOption({ label: "Probability" });
  await page.getByLabel("Probability: Place in the message").fill("/order/chance");
  await page.getByLabel("Probability: Otherwise").fill("30");
  await page.getByLabel("Probability: Otherwise").blur();
  await publish(page);

  await open(page, "Orders of the shop");
  await page.getByRole("button", { name: "Switch on" }).click();
  const secret = await secretShown(page);
  const address = await page.getByLabel("Give this address away").inputValue();
  expect(address).toBe(`${product.address}/api/hooks/shop_orders`);
  await expect(page.getByText("No message has come yet.")).toBeVisible();
  const send = async (id: string, body: object) => {
    const [at, text] = [new Date(), JSON.stringify(body)];
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, at, text),
    };
    return (await fetch(address, { method: "POST", headers, body: text })).status;
  };
  expect(await send("m1", { external_id: "S-1", order: { name: "Three shelves" } })).toBe(200);
  const row = (id: string) => page.getByRole("row").filter({ hasText: id });
  await expect(row("m1")).toContainText("taken");
  expect(await send("m2", { external_id: "S-2", order: { name: "Too likely", chance: 400 } })).toBe(422);
  await expect(row("m2")).toContainText("/order/chance");
  await expect(row("m2")).toContainText("refused");
  await lookedAt(page);
  await row("m1").getByRole("link").click();
  await expect(page.getByRole("heading", { name: "Three shelves" })).toBeVisible();
});
