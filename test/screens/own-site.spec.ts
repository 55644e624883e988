import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test, type Page } from "@playwright/test";
import { enquiry } from "./places.ts";
import { showSales, type Sales } from "./sales.ts";
import { publishDocuments } from "./steps.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
let site: Server;
let page: Page;
let home: string;

test.beforeAll(async ({ playwright, browser }) => {
  sales = await showSales(playwright, { samples: false });
  const { address } = sales.product;
  site = createServer(({ url = "/" }, answer) => {
    const form = url.startsWith("/ask") ? `<script src="${address}/f/enquiry.js" data-title="Ask"></script>` : "";
    answer.setHeader("content-type", "text/html");
    answer.end(
      `<!doctype html><title>Kestrel ${url}</title><script src="${address}/t.js"></script><h1>Kestrel</h1>${form}`,
    );
  });
  await once(site.listen(0, "127.0.0.1"), "listening");
  home = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const documents = enquiry.map((it) => ("$id" in it && it.$id === "enquiry" ? { ...it, origins: [home] } : it));
  await publishDocuments(sales.api, documents);
  // Browsers that say they are steered by nobody's hand are robots to the product.
  const userAgent = (await browser.newPage().then((it) => it.evaluate(() => navigator.userAgent))).replace(
    "Headless",
    "",
  );
  page = await (await browser.newContext({ userAgent })).newPage();
});
test.afterAll(async () => {
  await page.context().close();
  site.close();
  await sales.close();
});

const kept = () => page.evaluate(() => Object.keys(localStorage).sort());
const consent = (given: boolean) => page.evaluate((it) => (window as any).trellis.consent(it), given);
/** What the site's pages tell the product while something is done. */
async function told(work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const note = (request: { url(): string; method(): string }) =>
    request.method() === "POST" && seen.push(new URL(request.url()).pathname);
  page.on("request", note);
  await work();
  page.off("request", note);
  return seen;
}
/** The pages that the product knows somebody to have seen, the newest first. */
async function seen(name: string): Promise<string[]> {
  const [contact] = (await (await sales.api.get(`/api/records/contact?search=${name}`)).json()).items;
  const { items } = await (await sales.api.get(`/api/records/contact/${contact.id}/timeline`)).json();
  const visits = items.filter(({ fact }: any) => fact === "page.visited");
  return visits.map(({ data }: any) => new URL(data.page).pathname);
}
const visitsTold = () => page.waitForResponse((it) => it.url() === `${sales.product.address}/t` && it.status() === 204);
/** The one mail that has come asks somebody to confirm: she does. */
async function confirm(): Promise<void> {
  const mails = async () => (await (await sales.api.get("/api/mailbox")).json()).items;
  await expect.poll(async () => (await mails()).length).toBe(1);
  const [{ id }] = await mails();
  const { text } = await (await sales.api.get(`/api/mailbox/${id}`)).json();
  expect((await sales.api.post(/\/f\/-\/confirm\/\S+/.exec(text)![0])).ok()).toBe(true);
}

test("a page of one's own site tells nothing and keeps nothing before its visitor has agreed", async () => {
  const before = await told(async () => {
    await page.goto(`${home}/?utm_source=spring`);
    await page.goto(`${home}/prices`);
  });
  expect(before).toEqual([]);
  expect(await kept()).toEqual([]);
  const heard = visitsTold();
  await consent(true);
  await heard;
  expect(await kept()).toContain("trellis_device");
  const next = visitsTold();
  await page.goto(`${home}/ask`);
  await next;
  expect(await page.context().cookies()).toEqual([]);
});

test("a form stands in it as high as it is, and who confirms what she has sent is known to be the one who was there", async () => {
  const frame = page.locator("iframe[title=Ask]");
  const form = page.frameLocator("iframe[title=Ask]");
  await expect(form.getByLabel("Work mail")).toBeVisible();
  const heights = async () => [
    (await frame.boundingBox())?.height,
    await form.locator("body").evaluate((it) => Math.ceil(it.getBoundingClientRect().height)),
  ];
  await expect.poll(async () => new Set(await heights()).size).toBe(1);
  expect((await heights())[0]).not.toBe(480);
  await form.getByLabel("Your name").fill("Sari Wulandari");
  await form.getByLabel("Work mail").fill("sari@nusantara.example");
  await form.getByRole("checkbox", { name: /Send me news/ }).check();
  await expect(form.locator("input[name=altcha]")).not.toHaveValue("");
  await form.getByRole("button", { name: "Send" }).click();
  await expect(form.getByRole("status")).toContainText("Thank you");
  expect(await seen("sari"), "anybody may type an address").toEqual([]);
  await confirm();
  await expect.poll(() => seen("sari")).toEqual(["/ask", "/prices"]);
  const later = visitsTold();
  await page.goto(`${home}/again`);
  await later;
  await expect.poll(() => seen("sari")).toEqual(["/again", "/ask", "/prices"]);
});

test("who takes her word back is forgotten in her browser, and nothing more is told", async () => {
  await consent(false);
  expect(await kept()).toEqual([]);
  const after = await told(async () => {
    await page.goto(`${home}/`);
    await page.goto(`${home}/prices`);
  });
  expect(after).toEqual([]);
  expect(await kept()).toEqual([]);
});
