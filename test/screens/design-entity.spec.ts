import { expect, test, type APIRequestContext } from "@playwright/test";
import type { Shown } from "./product.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
let product: Shown;
let api: APIRequestContext;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
  ({ product, api } = sales);
});
test.afterAll(() => sales.close());

const fieldOf = async (name: string) => {
  const { properties } = await (await api.get("/api/documents/entity/deal")).json();
  return properties[name];
};

test("a field is added and another renamed while others work; the plan says what follows; undo takes both back", async ({
  page,
  browser,
}) => {
  const other = await (await browser.newContext({ baseURL: product.address })).newPage();
  await signIn(other, product);
  await other.goto(`${product.address}/deal?view=all_deals`);
  await expect(other.getByRole("columnheader", { name: "Amount" })).toBeVisible();

  await signIn(page, product);
  await page.goto(`${product.address}/design/entities`);
  await page.getByRole("link", { name: /^Deal deal/ }).click();
  await page.getByRole("button", { name: "Field", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Add a field" });
  await dialog.getByLabel("Label").fill("Competitor");
  await dialog.getByRole("radio", { name: "Choice One of several choices." }).click();
  await accessible(page);
  await dialog.getByRole("button", { name: "Add Competitor" }).click();
  const panel = page.getByRole("complementary", { name: "Competitor" });
  await panel.getByLabel("Label 1").fill("Northwind");
  await panel.getByRole("button", { name: "Choice", exact: true }).click();
  await panel.getByLabel("Label 2").fill("Contoso");
  await expect(page.getByRole("region", { name: "Preview" }).getByLabel("Competitor")).toContainText("Contoso");

  await page.getByRole("option", { name: /^Amount/ }).click();
  await expect(page.getByRole("heading", { name: /Where Amount is used/ })).toBeVisible();
  await page.getByRole("complementary", { name: "Amount" }).getByLabel("Name").fill("value");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("option", { name: /^Amount .*value/ })).toBeVisible();
  await expect(page.getByRole("button", { name: "Undo: Rename Amount" })).toBeVisible();
  await accessible(page);

  await page.getByRole("button", { name: "Review plan" }).click();
  await expect(page.getByRole("heading", { name: "Publish 1 change" })).toBeVisible();
  await expect(page.getByText(/places follow by themselves/)).toBeVisible();
  await page.getByRole("button", { name: "SQL" }).click();
  await expect(page.locator("pre").first()).toContainText("alter table");
  await accessible(page);
  await page.getByLabel("Reason").fill("Whom we lose to");
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();

  expect(await fieldOf("competitor")).toMatchObject({
    field: "select",
    choices: [
      { value: "northwind", title: "Northwind" },
      { value: "contoso", title: "Contoso" },
    ],
  });
  expect(await fieldOf("amount")).toBeUndefined();
  const view = await (await api.get("/api/documents/view/all_deals")).json();
  expect(view.columns).toContain("value");
  await other.keyboard.press("n");
  await expect(other.getByRole("dialog").getByLabel("Amount").first()).toBeVisible();
  await other.keyboard.press("Escape");

  await page.getByRole("button", { name: /^Undo version/ }).click();
  await expect(page.getByRole("heading", { name: /^Version \d+$/ }).first()).toBeVisible();
  await expect.poll(async () => (await fieldOf("amount"))?.title).toBe("Amount");
  expect(await fieldOf("competitor")).toBeUndefined();
  await other.context().close();
});

test("the same by keyboard alone, with undo and redo by name", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/entity/deal`);
  await expect(page.getByRole("option", { name: /^Title/ })).toBeVisible();
  await page.keyboard.press("f");
  await expect(page.getByRole("dialog", { name: "Add a field" }).getByLabel("Label")).toBeFocused();
  await page.keyboard.type("Rival");
  await page.keyboard.press("Tab");
  await page.keyboard.type("one of several");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("option", { name: /^Rival/ })).toBeVisible();
  await expect(page.getByLabel("Label", { exact: true })).toBeFocused();
  await page.keyboard.press("Escape");
  await page.getByRole("option", { name: /^Rival/ }).focus();
  await page.keyboard.press("Alt+ArrowUp");
  await expect(page.getByRole("button", { name: "Undo: Move Rival" })).toBeVisible();
  await page.keyboard.press("Control+z");
  await expect(page.getByRole("button", { name: "Redo: Move Rival" })).toBeVisible();
  await page.keyboard.press("Control+Shift+z");
  await expect(page.getByRole("button", { name: "Undo: Move Rival" })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("option", { name: /^Rival/ })).toBeVisible();
  await page.keyboard.press("Control+p");
  await expect(page.getByRole("button", { name: /^Publish version/ })).toBeEnabled();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  expect(await fieldOf("rival")).toMatchObject({ field: "select" });
});

test("faults stand where they are made, and nothing wrong is published", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/entity/deal?tab=rules`);
  await page.getByRole("button", { name: "Rule", exact: true }).click();
  const wanted = page.getByRole("group", { name: "Then this must hold" }).last().getByRole("textbox");
  await wanted.fill("amuont != null");
  await expect(page.getByRole("alert").filter({ hasText: "amuont" })).toBeVisible();
  await page.getByRole("button", { name: "amount?" }).click();
  await expect(wanted).toHaveValue(/amount/);
  await wanted.fill("amuont != null");
  await expect(page.getByText("1 fault")).toBeVisible();
  await page.getByRole("button", { name: "Review plan" }).click();
  await expect(page.getByText("These faults must go first.").first()).toBeVisible();
  await page.goto(`${product.address}/design/entities`);
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await expect(page.getByRole("button", { name: "Review plan" })).toHaveCount(0);
});

test("a test of a package that a change breaks is told in the plan, and can be left out", async ({ page }) => {
  const document = await (await api.get("/api/documents/workflow/deal_pipeline")).json();
  const { states } = document.states.sale;
  for (const state of [states.open, states.on_hold]) for (const it of state.on["deal.lose"]) delete it.meta.form;
  delete states.lost.meta.requires;
  const { id } = await (await api.post("/api/changes", { data: { reason: "No reason asked" } })).json();
  const put = await api.put(`/api/documents/workflow/deal_pipeline?change=${id}`, { data: document });
  expect(put.ok(), await put.text()).toBe(true);
  await signIn(page, product);
  await page.goto(`${product.address}/design/entities`);
  await page.getByRole("button", { name: "Review plan" }).click();
  await expect(page.getByText(/A deal is lost for a reason/)).toBeVisible();
  await page.getByRole("button", { name: "Leave the test out" }).click();
  await expect(page.getByText(/A deal is lost for a reason.*does not come true/)).toHaveCount(0);
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  expect((await api.get("/api/documents/test/lost_deal_needs_reason")).status()).toBe(404);
});

test("nothing is called saved that is still on its way, and what was lost goes along with what comes next", async ({
  page,
}) => {
  await signIn(page, product);
  await page.clock.install();
  await page.goto(`${product.address}/design/entity/deal?tab=settings`);
  const title = page.getByRole("textbox", { name: "Label", exact: true });
  const says = (state: string) => page.getByRole("status").filter({ hasText: new RegExp(`^${state}$`) });
  const sent: string[] = [];
  const gates = ["goes", "is lost", "goes"].map((what) => ({ what, ...Promise.withResolvers<void>() }));
  await page.route("**/api/documents/entity/deal?change=*", async (route) => {
    const gate = gates[sent.push(route.request().postDataJSON().title) - 1]!;
    await gate.promise;
    await (gate.what === "goes" ? route.continue() : route.abort());
  });
  const type = async (text: string) => {
    await title.fill(text);
    await page.clock.runFor(300);
  };
  await type("Deal one");
  await expect.poll(() => sent).toEqual(["Deal one"]);
  await type("Deal two");
  gates[0]!.resolve();
  await expect.poll(() => sent).toEqual(["Deal one", "Deal two"]);
  await expect(says("Saving")).toBeVisible();
  for (const gate of gates.slice(1)) gate.resolve();
  await expect(says("Not saved")).toBeVisible();
  await page.getByRole("button", { name: "Review plan" }).click();
  await expect.poll(() => sent).toEqual(["Deal one", "Deal two", "Deal two"]);
});

test("an entity that is given a place stands first in the navigation, and one comes to it", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/entity/quote?tab=settings`);
  await page.getByLabel("Place in the navigation").fill("1");
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await page.keyboard.press("Control+p");
  await expect(page.getByRole("button", { name: /^Publish version/ })).toBeEnabled();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  await page.goto(product.address);
  await expect(page.getByRole("heading", { name: "Quotes", exact: true })).toBeVisible();
});
