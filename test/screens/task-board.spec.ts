import { expect, test, type APIRequestContext, type Page } from "@playwright/test";
import type { Shown } from "./product.ts";
import { enter, showSales, signIn, type Sales } from "./sales.ts";
import { Person, publishDraft, tellSteps } from "./steps.ts";

let sales: Sales;
let product: Shown;
let api: APIRequestContext;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  ({ product, api } = sales);
  for (const [at, way] of [1, 1, 1, 1, 0].entries()) {
    const { id } = await (await api.post("/api/records/deal", { data: { title: `Card ${at}` } })).json();
    for (const type of ["deal.advance", "deal.propose", ...(way ? ["deal.negotiate"] : [])])
      expect((await api.post(`/api/records/deal/${id}/events`, { data: { type } })).ok()).toBe(true);
  }
});
test.afterAll(() => sales.close());

const lane = (on: Page, name: string) => on.getByRole("region", { name, exact: true });

test("a board is called otherwise and gets a stage, and stays a board for everybody", async ({ page, browser }) => {
  const other = await (await browser.newContext({ baseURL: product.address })).newPage();
  await enter(other, product);
  await expect(lane(other, "Negotiating").getByRole("article")).toHaveCount(4);
  await signIn(page, product);
  const person = new Person(page);
  await person.open(`${product.address}/design/view/deal_board`);
  await person.fill(page.getByLabel("Title", { exact: true }), "East board");
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await person.open(`${product.address}/design/workflow/deal_pipeline`);
  await person.click(page.locator("#box-tr_negotiate"));
  // The picture makes room for the panel of what is chosen: what glides away under the pointer is pressed again.
  await expect(async () => {
    await page.getByRole("button", { name: "Add here: Negotiate" }).click({ timeout: 3000 });
    await expect(page.getByRole("dialog").getByLabel("Title")).toBeVisible({ timeout: 3000 });
  }).toPass();
  person.steps++;
  await person.fill(page.getByRole("dialog").getByLabel("Title"), "Trial");
  await person.click(page.getByRole("dialog").getByRole("button", { name: "Add here" }));
  await expect(page.getByRole("complementary", { name: "Trial" })).toBeVisible();
  // It makes room for the new stage, too.
  await expect(async () => {
    await page.locator("#box-st_negotiating").click();
    await expect(page.getByRole("complementary", { name: "Negotiating" })).toBeVisible({ timeout: 3000 });
  }).toPass();
  person.steps++;
  await person.fill(page.getByLabel("Title", { exact: true }), "Closing");
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await publishDraft(person);
  await tellSteps("board-survives-rename-and-new-stage", person);

  await expect(lane(other, "Trial")).toBeVisible();
  await expect(other.getByRole("link", { name: "East board" })).toHaveAttribute("aria-current", "page");
  await other.reload();
  await expect(lane(other, "Closing").getByRole("article")).toHaveCount(4);
  const lanes = await other.locator(".board > section").evaluateAll((all) => all.map((it) => it.ariaLabel));
  expect(lanes.slice(2, 5)).toEqual(["Proposing", "Trial", "Closing"]);
  await expect(lane(other, "Trial").getByRole("article")).toHaveCount(0);

  await lane(other, "Proposing").getByRole("article").dragTo(lane(other, "Trial"));
  await expect(lane(other, "Trial").getByRole("article")).toHaveCount(1);
  const { items } = await (await api.get("/api/records/deal?search=Card 4")).json();
  const history = await (await api.get(`/api/records/deal/${items[0].id}/history`)).json();
  expect(history.items[0]).toMatchObject({ act: "move", before: { stage: "proposing" }, after: { stage: "trial" } });
  await other.goto("/deal?view=all_deals&group=stage");
  await expect(other.locator("th[scope=rowgroup]").filter({ hasText: "Closing" })).toContainText("4");
  await other.context().close();
});
