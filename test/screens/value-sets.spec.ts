import { expect, test, type APIRequestContext, type Page } from "@playwright/test";
import type { EntityDocument } from "schemas";
import type { Shown } from "./product.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";
import { publishDocuments } from "./steps.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
let product: Shown;
let api: APIRequestContext;

const visit: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "visit",
  $anchor: "ent_visit",
  type: "object",
  title: "Visit",
  plural: "Visits",
  name_field: "purpose",
  properties: {
    purpose: { $anchor: "fld_purpose", field: "text", title: "Purpose" },
    channel: { $anchor: "fld_channel", field: "select", title: "Channel", value_set: "source" },
  },
};

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
  ({ product, api } = sales);
  await publishDocuments(api, [visit]);
});
test.afterAll(() => sales.close());

const made = async (entity: string, data: object): Promise<string> => {
  const answer = await api.post(`/api/records/${entity}`, { data });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()).id;
};
const valueOf = async (entity: string, id: string, field: string) =>
  (await (await api.get(`/api/records/${entity}/${id}`)).json())[field];

/** The choices that a record is offered for a field, by their labels. */
async function offered(page: Page, path: string, field: string): Promise<readonly string[]> {
  await page.goto(`${product.address}${path}`);
  await page.getByRole("button", { name: new RegExp(`: ${field}$`) }).press("Enter");
  const choice = page.getByRole("definition").getByRole("combobox");
  await expect(choice).toBeVisible();
  return choice.locator("option").allTextContents();
}

test("choices that two entities share are changed in one place: one more, one gone for another, one in Japanese", async ({
  page,
}) => {
  test.slow();
  const ann = await made("contact", { name: "Ann", source: "trade_show" });
  const tour = await made("visit", { purpose: "Tour", channel: "trade_show" });
  await signIn(page, product);
  await page.goto(`${product.address}/design/overview`);
  await page.getByRole("link", { name: "Source", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Source" })).toBeVisible();
  await page.getByRole("navigation", { name: "Back" }).getByRole("link", { name: "Shared choices" }).click();
  const row = page.getByRole("link", { name: /^Source/ });
  await expect(row).toContainText("Contact › Source, Visit › Channel");
  await row.click();
  const users = page.getByRole("complementary", { name: "Where Source is used" });
  await expect(users.getByRole("listitem")).toHaveCount(2);

  const labels = page.getByRole("textbox", { name: /^Label \d+$/ });
  await expect(labels).toHaveCount(14);
  await page.getByRole("button", { name: "Choice", exact: true }).click();
  await expect(page.getByRole("button", { name: "Undo: Add Choice 15" })).toBeVisible();
  await expect(page.getByLabel("Label 15")).toBeFocused();
  await page.getByLabel("Label 15").fill("Podcast");
  await expect(page.getByText("podcast", { exact: true })).toBeVisible();
  await page.getByLabel("Labels in").selectOption({ label: "日本語" });
  await page.getByLabel("Translate Podcast").fill("ポッドキャスト");
  await page.getByLabel("Translate Referral").fill("紹介");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Undo: Translate Referral" })).toBeVisible();

  const rows = page.getByRole("listitem").filter({ has: labels });
  await rows.last().locator(".grip").dragTo(rows.first());
  await expect(page.getByLabel("Label 1", { exact: true })).toHaveValue("Podcast");
  await page.getByRole("button", { name: "Undo: Move Podcast" }).click();
  await expect(page.getByLabel("Label 15")).toHaveValue("Podcast");
  await page.getByRole("button", { name: "Redo: Move Podcast" }).click();
  await expect(page.getByLabel("Label 1", { exact: true })).toHaveValue("Podcast");
  await page.getByLabel("Colour: Podcast").selectOption({ label: "Colour 2" });
  await page.getByRole("button", { name: "Retired: Social" }).click();
  await page.getByRole("button", { name: "Remove: Trade show" }).click();
  await expect(labels).toHaveCount(14);
  await accessible(page);

  await page.getByRole("button", { name: "Review plan" }).click();
  await expect(page.getByLabel("What becomes of trade_show")).toHaveCount(2);
  await accessible(page);
  for (const left of [2, 1]) {
    await expect(page.getByLabel("What becomes of trade_show")).toHaveCount(left);
    await page.getByLabel("What becomes of trade_show").first().selectOption({ label: "Referral" });
    await page.getByRole("button", { name: "Apply and plan again" }).first().click();
  }
  await expect(page.getByLabel("What becomes of trade_show")).toHaveCount(0);
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();

  expect(await valueOf("contact", ann, "source")).toBe("referral");
  expect(await valueOf("visit", tour, "channel")).toBe("referral");
  for (const [path, field] of [
    [`/contact/${ann}`, "Source"],
    [`/visit/${tour}`, "Channel"],
  ] as const) {
    const titles = await offered(page, path, field);
    expect(titles.slice(0, 3)).toEqual(["", "Podcast", "Call"]);
    expect(titles).not.toContain("Trade show");
    expect(titles).not.toContain("Social");
  }
  await api.patch("/api/me", { data: { locale: "ja" } });
  const spoken = await offered(page, `/visit/${tour}`, "Channel");
  expect(spoken.slice(0, 3)).toEqual(["", "ポッドキャスト", "Call"]);
  expect(spoken).toContain("紹介");
  await api.patch("/api/me", { data: { locale: null } });
});

test("by keyboard alone a set is made, ordered, taken back and found again, and a field takes its choices from it", async ({
  page,
}) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/value-sets`);
  await expect(page.getByRole("link", { name: /^Source/ })).toBeVisible();
  await page.keyboard.press("n");
  await expect(page.getByRole("dialog").getByLabel("Label")).toBeFocused();
  await page.keyboard.type("Mood");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Mood" })).toBeVisible();
  await page.getByLabel("Label 1").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("Good");
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Label 2")).toBeFocused();
  await page.keyboard.type("Bad");
  await page.keyboard.press("Alt+ArrowUp");
  await expect(page.getByLabel("Label 1")).toHaveValue("Bad");
  await expect(page.getByLabel("Label 1")).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Control+z");
  await expect(page.getByLabel("Label 1")).toHaveValue("Good");
  await expect(page.getByRole("button", { name: "Redo: Move Bad" })).toBeVisible();
  await page.keyboard.press("Control+Shift+z");
  await expect(page.getByLabel("Label 1")).toHaveValue("Bad");
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();

  await page.goto(`${product.address}/design/entity/visit?field=channel`);
  const panel = page.getByRole("complementary", { name: "Channel" });
  await panel.getByLabel("Shared choices").selectOption({ label: "Mood" });
  await panel.getByRole("link", { name: "Open the choices of Mood" }).press("Enter");
  await expect(page.getByLabel("Label 2")).toHaveValue("Good");
  await page.getByRole("link", { name: /Visit.*Channel/ }).press("Enter");
  await expect(page.getByRole("complementary", { name: "Channel" })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await page.getByRole("button", { name: "Discard" }).press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).press("Enter");
  await expect(page.getByRole("button", { name: "Review plan" })).toHaveCount(0);
});

test("faults of a set stand where they are made", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/value-set/priority?tab=json`);
  const text = page.getByLabel("The document");
  await text.fill((await text.inputValue()).replace('"normal"', '"low"'));
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("link", { name: /^Choices/ }).click();
  await expect(page.getByRole("alert").filter({ hasText: 'The choice "low" stands here twice.' })).toBeVisible();
  await page.getByRole("button", { name: "Undo: Change the document of Priority" }).click();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await page.getByLabel("Label 1").fill("");
  await expect(page.getByText("Not saved")).toBeVisible();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByRole("button", { name: "Undo: Rename Choice 1" }).click();
  await expect(page.getByRole("button", { name: "Review plan" })).toHaveCount(0);
});
