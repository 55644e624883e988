import { expect, test, type APIRequestContext, type Page } from "@playwright/test";
import type { Shown } from "./product.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";
import { Person, publishDraft, tellSteps } from "./steps.ts";

test.describe.configure({ mode: "serial" });
const now = "2026-06-01T12:00:00.000Z";
const ago = (days: number) => new Date(Date.parse(now) - days * 86_400_000).toISOString();
const deals = { Fresh: 3, Seven: 7, Nine: 9, Warm: 20, Thirty: 30, Cold: 45, Silent: undefined };
const ids: Record<string, string> = {};
let sales: Sales;
let product: Shown;
let api: APIRequestContext;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false, env: { TRELLIS_CLOCK: "test" } });
  ({ product, api } = sales);
  await api.post("/api/test/clock", { data: { now } });
  for (const [title, days] of Object.entries(deals)) {
    ids[title] = (await (await api.post("/api/records/deal", { data: { title } })).json()).id;
    if (days !== undefined) await call(title, ago(days), "connected");
  }
});
test.afterAll(() => sales.close());

async function call(title: string, start: string, result: string | null) {
  const about = { entity: "deal", id: ids[title] };
  const made = await api.post("/api/records/call", { data: { subject: "Call", start, about, result } });
  expect(made.ok(), await made.text()).toBe(true);
}

const colours = [
  ["Blue", "Within a week", "last_call >= now - days(7)"],
  ["Yellow", "Within a month", "last_call >= now - days(30)"],
  ["Red", "Longer ago", "last_call != null"],
  ["White", "Never", "true"],
] as const;

/** What a screen says of each deal. */
async function expectLabels(page: Page, role: "article" | "row", labels: Record<string, string>) {
  for (const [title, label] of Object.entries(labels))
    await expect(page.getByRole(role).filter({ hasText: title }), title).toContainText(label);
}

const expected = {
  Fresh: "Within a week",
  Seven: "Within a week",
  Nine: "Within a month",
  Warm: "Within a month",
  Thirty: "Within a month",
  Cold: "Longer ago",
  Silent: "Never",
};

test("deals are coloured by how long nobody has talked to the customer, on list and board", async ({ page }) => {
  await signIn(page, product);
  const person = new Person(page);
  await person.open(`${product.address}/design/entity/deal`);
  await person.click(page.getByRole("button", { name: "Field", exact: true }));
  const dialog = page.getByRole("dialog", { name: "Add a field" });
  await person.fill(dialog.getByLabel("Label"), "Last call");
  await person.click(dialog.getByRole("radio", { name: /^Roll-up/ }));
  await person.click(dialog.getByRole("button", { name: "Add Last call" }));
  const panel = page.getByRole("complementary", { name: "Last call" });
  await person.choose(panel.getByLabel("Over the list"), "Calls (calls)");
  await person.choose(panel.getByLabel("Measure"), "max");
  await person.choose(panel.getByLabel("Gives"), "date time");
  await person.fill(panel.getByRole("textbox", { name: "Formula" }), "start");
  await person.fill(panel.getByRole("textbox", { name: "Only where" }), "result == 'connected'");
  await expect(panel.getByRole("alert")).toHaveCount(0);
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  for (const view of ["all_deals", "deal_board"]) {
    await person.open(`${product.address}/design/view/${view}`);
    for (const [at, [colour, title, when]] of colours.entries()) {
      await person.click(page.getByRole("button", { name: "Colour", exact: true }));
      const which = page.getByLabel("Colour", { exact: true }).nth(at);
      if (at === 3) await person.choose(which, colour);
      await expect(which).toHaveValue(colour.toLowerCase());
      await person.fill(page.locator(`#colour-${at}-when`), when);
      await person.fill(page.locator(`#colour-${at}-title`), title);
    }
    await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  }
  await accessible(page);
  await publishDraft(person);
  await tellSteps("colour-by-last-contact", person);

  await page.goto(`${product.address}/deal?view=all_deals`);
  await expectLabels(page, "row", expected);
  await accessible(page);
  const legend = page.getByRole("group", { name: "Colours" });
  await expect(legend.getByRole("button", { name: "Within a month 3" })).toBeVisible();
  await legend.getByRole("button", { name: "Within a month" }).click();
  await expect(page.getByRole("link", { name: /^(Nine|Warm|Thirty)$/ })).toHaveCount(3);
  await expect(page.getByRole("link", { name: /^(Fresh|Cold|Silent)$/ })).toHaveCount(0);
  await legend.getByRole("button", { name: "Within a month" }).click();
  await legend.getByRole("button", { name: "Sort by colour" }).click();
  await expect(page.getByRole("row").nth(1)).toContainText("Within a week");
  await expect(
    page
      .getByRole("row")
      .filter({ hasText: /Within|Longer|Never/ })
      .last(),
  ).toContainText("Never");

  await page.goto(`${product.address}/deal?view=deal_board`);
  await expectLabels(page, "article", expected);
  await accessible(page);
  await call("Cold", "2026-06-08T12:00:00.000Z", null);
  await call("Silent", ago(12), "connected");
  await expectLabels(page, "article", { Silent: "Within a month", Cold: "Longer ago" });
  await call("Cold", ago(0), "connected");
  await expectLabels(page, "article", { Cold: "Within a week" });
});

test("seven days become ten", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/view/deal_board`);
  await page.locator("#colour-0-when").fill("last_call >= now - days(10)");
  await expect(
    page.getByRole("region", { name: "Preview" }).getByRole("article").filter({ hasText: "Nine" }),
  ).toContainText("Within a week");
  const person = new Person(page);
  await publishDraft(person);
  await page.goto(`${product.address}/deal?view=deal_board`);
  await expectLabels(page, "article", { Nine: "Within a week", Warm: "Within a month" });
});

test("the colours are counted by owner, and calls with the contact count where the condition says so", async () => {
  const [[, , blue], [, , yellow]] = colours;
  const counted = await api.post("/api/records/deal/aggregate", {
    data: { group: ["owner"], measures: { n: "count()" }, filter: `!(${blue}) && (${yellow})` },
  });
  expect((await counted.json()).rows.map(({ n }: { n: number }) => n)).toEqual([4]);
  const contact = (await (await api.post("/api/records/contact", { data: { name: "Ann" } })).json()).id;
  const about = { entity: "contact", id: contact };
  await api.post("/api/records/call", { data: { subject: "Call", start: ago(1), about, result: "connected" } });
  const deal = await (await api.get(`/api/records/deal/${ids.Warm}`)).json();
  const headers = { "if-match": `"${deal.version}"` };
  await api.patch(`/api/records/deal/${ids.Warm}`, { data: { contact }, headers });
  const among = `contact.calls.any(c, c.result == 'connected' && c.start >= now - days(7))`;
  const query = new URLSearchParams({ colours: JSON.stringify([`${blue} || ${among}`]), filter: "title == 'Warm'" });
  const { items } = await (await api.get(`/api/records/deal?${query}`)).json();
  expect(items[0]._colour).toBe(0);
});
