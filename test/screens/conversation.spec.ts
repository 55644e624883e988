import { expect, test } from "@playwright/test";
import { letter, ticketDocuments } from "../fixtures/tickets.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";

let sales: Sales;
let record = "";

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  const { api } = sales;
  const change = (await (await api.post("/api/changes", { data: { reason: "Test" } })).json()).id;
  for (const document of ticketDocuments) {
    const kind = /^urn:trellis:([a-z-]+):1$/.exec(document.$schema!)![1];
    const name = "$id" in document ? document.$id : document.id;
    const put = await api.put(`/api/documents/${kind}/${name}?change=${change}`, { data: document });
    expect(put.ok(), await put.text()).toBe(true);
  }
  expect((await api.post(`/api/changes/${change}/publish`)).ok()).toBe(true);
  const raw = letter({
    text: "<p>It <b>stops</b> after an hour.</p><script>document.title='x'</script>",
    headers: { "Content-Type": "text/html; charset=utf-8" },
  });
  const arrived = await api.post("/api/mailboxes/support/messages", {
    data: raw,
    headers: { "content-type": "message/rfc822" },
  });
  record = (await arrived.json()).record;
});
test.afterAll(() => sales.close());

test("somebody reads what a customer wrote, notes something for a colleague and answers with a macro, by the keyboard", async ({
  page,
}) => {
  await signIn(page, sales.product);
  await page.goto(`${sales.product.address}/ticket/${record}`);
  const talk = page.getByRole("region", { name: "Conversation" });
  await expect(talk.getByRole("article")).toHaveCount(2);
  await expect(talk.getByText("It stops after an hour.")).toBeVisible();
  await talk.getByRole("button", { name: "Show as it was sent" }).click();
  await expect(page.frameLocator("iframe").locator("b")).toHaveText("stops");
  await expect(talk.getByLabel("To", { exact: true })).toHaveValue("hana@aoba.example");

  await page.getByRole("button", { name: "Watch", exact: true }).press("Enter");
  await expect(page.getByRole("button", { name: "Watched", exact: true })).toHaveAttribute("aria-pressed", "true");
  await page.locator("h1").click();
  await page.keyboard.press("c");
  await talk.getByLabel("A note that only we see").pressSequentially("Same as before, @ad");
  await expect(talk.getByRole("option")).toHaveCount(1);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Enter");
  await expect(talk.getByRole("article")).toHaveCount(3);
  await expect(talk.getByText("Same as before, @")).toBeVisible();

  await page.locator("h1").click();
  await page.keyboard.press("r");
  await expect(talk.getByLabel("Your answer")).toBeFocused();
  await talk.getByRole("button", { name: "Snippets" }).click();
  await page.getByRole("menuitem", { name: /^Solved/ }).click();
  await expect(talk.getByLabel("Your answer")).toHaveValue(/^Dear Hana Mori,\n\nT-\d+ is solved/);
  await accessible(page);
  await page.screenshot({ path: "test-results/conversation.png" });
  await talk.getByLabel("Your answer").press("Control+Enter");
  await expect(talk.getByRole("article")).toHaveCount(4);
  await expect(page.getByText("Resolved").first()).toBeVisible();
  await page.setViewportSize({ width: 390, height: 800 });
  await page.getByRole("tab", { name: "Overview" }).click();
  await expect(talk.getByLabel("Your answer")).toBeVisible();
  await accessible(page);
  await page.screenshot({ path: "test-results/conversation-narrow.png" });
});
