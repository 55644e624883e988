import { expect, test, type APIRequestContext, type Page } from "@playwright/test";
import { dataFolder } from "../data.ts";
import { importPlans } from "../fixtures/import-plans.ts";
import { generatedOpportunities, realOpportunities } from "../fixtures/opportunities.ts";
import type { Shown } from "./product.ts";
import { enter, showSales, signIn, type Sales } from "./sales.ts";

const real = await realOpportunities(dataFolder);
const source = real ?? generatedOpportunities();

let sales: Sales;
let product: Shown;
let api: APIRequestContext;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false, env: { TRELLIS_CLOCK: "test" } });
  ({ product, api } = sales);
  await api.post("/api/test/clock", { data: { now: "2026-03-02T09:00:00Z" } });
  const { accounts, products, teams, pipeline } = source.files;
  const plans = importPlans(source);
  await bring(accounts, plans.companies);
  await bring(products, plans.products);
  await bring(teams, plans.users);
  await bring(pipeline, plans.deals);
});
test.afterAll(() => sales.close());

async function bring(file: string, plan: object) {
  const begun = await api.post("/api/imports", {
    multipart: {
      file: { name: "file.csv", mimeType: "text/csv", buffer: Buffer.from(file) },
      plan: JSON.stringify(plan),
    },
  });
  const { id } = await begun.json();
  const status = async () => (await (await api.get(`/api/imports/${id}`)).json()).status as string;
  await expect.poll(status, { timeout: 120_000 }).toBe("done");
}

const saved = (page: Page) => expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
const json = async (path: string) => (await api.get(path)).json();

/** Asks for the list again and again, as people and programs do meanwhile; answers what was refused. */
function busy() {
  const refused: string[] = [];
  let stopped = false;
  const asking = (async () => {
    while (!stopped) {
      const answer = await api.get("/api/records/deal?limit=20&sort=-created_at");
      if (!answer.ok()) refused.push(`${answer.status()} ${await answer.text()}`);
    }
  })();
  return async () => {
    stopped = true;
    await asking;
    return refused;
  };
}

test(`a living pipeline of ${real ? "the 8,800 real deals" : "generated deals"} is changed and taken back while others work`, async ({
  page,
  browser,
}) => {
  const second = await (await browser.newContext({ baseURL: product.address })).newPage();
  await enter(second, product);
  const lane = (on: Page, name: string) => on.getByRole("region", { name, exact: true });
  await expect(lane(second, "Engaging")).toBeVisible();
  await signIn(page, product);

  await page.goto(`${product.address}/design/entity/deal`);
  await page.getByRole("button", { name: "Field", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Add a field" });
  await dialog.getByLabel("Label").fill("Competitor");
  await dialog.getByRole("radio", { name: "Choice One of several choices." }).click();
  await dialog.getByRole("button", { name: "Add Competitor" }).click();
  await page.getByRole("complementary", { name: "Competitor" }).getByLabel("Label 1").fill("Northwind");
  await saved(page);

  await page.goto(`${product.address}/design/view/all_deals`);
  await page.getByLabel("Columns: Field").selectOption({ label: "Competitor" });
  await saved(page);

  await page.goto(`${product.address}/design/workflow/deal_pipeline`);
  await page.locator("#box-tr_propose").click();
  await page.getByRole("button", { name: "Add here: Propose" }).click();
  await page.getByRole("dialog").getByLabel("Title").fill("Trial");
  await page.getByRole("dialog").getByRole("button", { name: "Add here" }).click();
  await page.getByRole("complementary", { name: "Trial" }).getByRole("button", { name: "A reminder" }).click();
  await expect(page.getByRole("complementary", { name: "Remind the owner" })).toBeVisible();
  await page.getByRole("button", { name: "Review plan" }).click();
  await expect(page.getByText('Add "Competitor" of Deal.')).toBeVisible();
  await expect(page.getByText("Nobody waits").first()).toBeVisible();

  const done = busy();
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  await expect(lane(second, "Trial")).toBeVisible();
  expect(await done()).toEqual([]);

  await second.goto(`${product.address}/deal?view=all_deals`);
  await expect(second.getByRole("columnheader", { name: "Competitor" })).toBeVisible();
  await second.getByRole("button", { name: "Filter" }).first().click();
  await expect(second.locator("#filter-field")).toContainText("Competitor");
  await second.goto(`${product.address}/import?entity=deal`);
  const described = await json("/api/openapi.json");
  expect(described.components.schemas.Deal.properties).toHaveProperty("competitor");

  const { items } = await json(`/api/records/deal?filter=${encodeURIComponent("stage == 'engaging'")}&limit=1`);
  const [deal] = items;
  const headers = { "if-match": `"${deal.version}"` };
  const mine = { owner: (await json("/api/model")).user.id, competitor: "northwind" };
  expect((await api.patch(`/api/records/deal/${deal.id}`, { data: mine, headers })).status()).toBe(200);
  const offers = await json(`/api/records/deal/${deal.id}/events`);
  const trial = offers.find(({ target }: { target: string }) => target === "trial");
  const moved = await api.post(`/api/records/deal/${deal.id}/events`, { data: { type: trial.type } });
  expect(moved.ok(), await moved.text()).toBe(true);
  expect((await json(`/api/records/deal/${deal.id}`)).stage).toBe("trial");
  await second.goto(`${product.address}/deal`);
  await expect(lane(second, "Trial").getByRole("article")).toHaveCount(1);
  const reminders = async () =>
    (await json("/api/notifications")).items.filter(({ record }: { record: string }) => record === deal.id).length;
  const before = await reminders();
  await api.post("/api/test/clock", { data: { now: "2026-03-16T10:00:00Z" } });
  await expect.poll(reminders).toBe(before + 1);
  await api.post("/api/test/clock", { data: { now: "2026-03-31T10:00:00Z" } });
  await api.get("/api/records/deal?limit=1");
  expect(await reminders()).toBe(before + 1);

  const published = (await json("/api/versions")).items[0].number;
  const back = await api.post(`/api/versions/${published}/undo`, {
    data: { mapping: { wf_deal_pipeline: { trial: "engaging" } } },
  });
  expect(back.ok(), await back.text()).toBe(true);
  await expect(lane(second, "Trial")).toHaveCount(0);
  expect(await json(`/api/records/deal/${deal.id}`)).toMatchObject({ stage: "engaging" });
  expect(await json(`/api/records/deal/${deal.id}`)).not.toHaveProperty("competitor");
  const again = (await json("/api/versions")).items[0].number;
  const forth = await api.post(`/api/versions/${again}/undo`, { data: {} });
  expect(forth.ok(), await forth.text()).toBe(true);
  await expect(lane(second, "Trial")).toBeVisible();
  expect(await json(`/api/records/deal/${deal.id}`)).toMatchObject({ competitor: "northwind" });
  await second.context().close();
});
