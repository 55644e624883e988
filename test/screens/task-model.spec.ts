import { expect, test, type APIRequestContext, type Page } from "@playwright/test";
import type { EntityDocument, LayoutDocument } from "schemas";
import { application, review } from "../fixtures/reviews.ts";
import type { Shown } from "./product.ts";
import { accessible, admin, showSales, signIn, type Sales } from "./sales.ts";
import { Person, publishDocuments, publishDraft, tellSteps } from "./steps.ts";

const choices = ["Manufacturing", "Retail", "Finance", "Healthcare", "Other"].map((title) => ({
  value: title.toLowerCase(),
  title,
}));
const account: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "account",
  $anchor: "ent_account",
  type: "object",
  title: "Account",
  plural: "Accounts",
  name_field: "name",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    industry: { $anchor: "fld_industry", field: "select", title: "Industry", choices },
    employees: { $anchor: "fld_employees", field: "text", title: "Employees" },
  },
};

const layout: LayoutDocument = {
  $schema: "urn:trellis:layout:1",
  $id: "account",
  $anchor: "layout_account",
  title: "Account",
  entity: "account",
  sections: [{ fields: ["name", "industry", "employees"] }],
  quick_create: ["name", "industry"],
};

let sales: Sales;
let product: Shown;
let api: APIRequestContext;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  ({ product, api } = sales);
  const { score: _, ...asked } = review.properties;
  await publishDocuments(api, [account, layout, application(), { ...review, properties: asked }]);
});
test.afterAll(() => sales.close());

const json = async (path: string) => (await api.get(path)).json();
const create = async (entity: string, data: object) => (await api.post(`/api/records/${entity}`, { data })).json();
const listed = (entity: string, query: Record<string, string>) =>
  json(`/api/records/${entity}?${new URLSearchParams({ limit: "200", ...query })}`);
const saved = (page: Page) => expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();

/** Sees that a choice is offered, found and grouped by the name that the reader has for it. */
async function offeredEverywhere(page: Page, id: string, label: string, words: { filter: string; apply: string }) {
  const option = page.getByRole("option", { name: label });
  const row = page.getByRole("row").filter({ hasText: "Aoba Transport" });
  await page.goto(`${product.address}/account?new=1`);
  await expect(page.getByRole("dialog").getByLabel("Industry").getByRole("option", { name: label })).toBeAttached();
  await page.goto(`${product.address}/account/${id}`);
  await page.getByRole("button", { name: "Industry" }).click();
  await expect(option).toBeAttached();
  await page.goto(`${product.address}/account`);
  await row.getByRole("cell").nth(1).dblclick();
  await expect(row.getByRole("option", { name: label })).toBeAttached();

  await page.goto(`${product.address}/account?group=industry`);
  const groups = page.locator("th[scope=rowgroup]");
  await expect(groups.filter({ hasText: label })).toContainText("1");
  expect((await groups.allTextContents()).slice(-2).map((text) => text.trim().split(/\s/)[0])).toEqual([
    label,
    "Other",
  ]);

  await page.goto(`${product.address}/account`);
  await expect(page.getByRole("link", { name: "Firm 0" })).toBeVisible();
  await page.getByRole("button", { name: words.filter, exact: true }).click();
  await page.locator("#filter-field").selectOption({ label: "Industry" });
  await page.locator("#filter-value").selectOption({ label });
  await page.getByRole("button", { name: words.apply, exact: true }).click();
  await expect(page.getByRole("link", { name: "Firm 0" })).toBeHidden();
  await expect(row).toContainText(label);
  await expect(page.getByRole("row").filter({ has: page.getByRole("link") })).toHaveCount(1);

  await page.goto(`${product.address}/import?entity=account`);
  const buffer = Buffer.from("Name,Industry\nFirm 0,Lgst\n");
  await page.locator("input[type=file]").setInputFiles({ name: "more.csv", mimeType: "text/csv", buffer });
  const column = page.getByRole("row").filter({ hasText: "Lgst" });
  await column.getByRole("textbox").fill("Lgst");
  await page.keyboard.press("Enter");
  await expect(column.getByRole("combobox", { name: "Lgst" }).getByRole("option", { name: label })).toBeAttached();
}

test("one choice more is offered everywhere", async ({ browser, page }) => {
  for (let n = 0; n < 9; n++) await create("account", { name: `Firm ${n}`, industry: choices[n % 5]!.value });
  const { id } = await create("account", { name: "Aoba Transport", industry: "other" });
  await signIn(page, product);
  const person = new Person(page);
  await person.open(`${product.address}/design/entity/account`);
  await person.click(page.getByRole("option", { name: /^Industry/ }));
  const panel = page.getByRole("complementary", { name: "Industry" });
  await person.click(panel.getByRole("button", { name: "Choice", exact: true }));
  await person.fill(panel.getByLabel("Label 6"), "Logistics");
  await person.click(panel.getByRole("button", { name: "Move up: Logistics" }));
  await saved(page);
  await person.open(`${product.address}/design/translations?into=ja`);
  await person.fill(page.getByRole("row").filter({ hasText: "Logistics" }).getByRole("textbox"), "物流");
  await person.press("Tab");
  await saved(page);
  await publishDraft(person);
  await person.open(`${product.address}/account`);
  const row = page.getByRole("row").filter({ hasText: "Aoba Transport" });
  await person.doubleClick(row.getByRole("cell").nth(1));
  await person.choose(row.getByRole("combobox", { name: "Industry" }), "Logistics");
  await person.press("Enter");
  await expect.poll(async () => (await json(`/api/records/account/${id}`)).industry).toBe("logistics");
  await tellSteps("picklist-value-everywhere", person);

  await offeredEverywhere(page, id, "Logistics", { filter: "Filter", apply: "Apply" });
  const ken = { name: "Ken", email: "ken@example.com", password: admin.password, roles: ["admin"] };
  expect((await api.post("/api/users", { data: ken })).ok()).toBe(true);
  const context = await browser.newContext({ locale: "ja-JP" });
  await context.request.post(`${product.address}/api/auth/sign-in/email`, {
    data: { email: ken.email, password: ken.password },
    headers: { origin: product.address },
  });
  await offeredEverywhere(await context.newPage(), id, "物流", { filter: "絞り込み", apply: "適用" });
  await context.close();

  const [version, filter] = [(await json(`/api/records/account/${id}`)).version, { filter: "industry == 'logistics'" }];
  expect((await listed("account", filter)).items.map((it: { name: string }) => it.name)).toEqual(["Aoba Transport"]);
  const { components } = await json("/api/openapi.json");
  expect(JSON.stringify(components.schemas.Account)).toContain(
    JSON.stringify([...choices.slice(0, 4).map(({ value }) => value), "logistics", "other"]),
  );
  const refused = await api.patch(`/api/records/account/${id}`, {
    data: { industry: "Logistix" },
    headers: { "if-match": `"${version}"` },
  });
  expect([refused.status(), (await refused.json()).problems[0].path]).toEqual([422, "/industry"]);
  expect((await json(`/api/records/account/${id}`)).version).toBe(version);
  const plan = { entity: "account", match: ["name"], columns: { firm: "name", trade: "industry" } };
  const file = { name: "more.csv", mimeType: "text/csv", buffer: Buffer.from("firm,trade\nFirm 0,Logistics\n") };
  const begun = await (await api.post("/api/imports", { multipart: { file, plan: JSON.stringify(plan) } })).json();
  await expect.poll(async () => (await json(`/api/imports/${begun.id}`)).status).toBe("done");
  expect((await listed("account", filter)).items).toHaveLength(2);

  await page.goto(`${product.address}/design/entity/account`);
  await page.getByRole("option", { name: /^Industry/ }).click();
  await panel.getByLabel("Label 5").fill("Logistics & transport");
  await publishDraft(new Person(page));
  expect((await json(`/api/records/account/${id}`)).industry).toBe("logistics");
  expect((await listed("account", filter)).items).toHaveLength(2);
  await page.goto(`${product.address}/account`);
  await expect(row).toContainText("Logistics & transport");
});

test("a text with dirty values becomes a number, each doubtful value decided", async ({ page }) => {
  const texts = [
    ...Array.from({ length: 90 }, (_, n) => (n === 0 ? "1,200" : String(n + 10))),
    ...["約50", "約50", "約50", "10-20", "10-20", "10-20"],
  ];
  const before = (await listed("account", {})).items.length;
  const rows = texts.map((employees, n) => ({ name: `Size ${n}`, employees }));
  expect((await api.post("/api/records/account", { data: rows })).status()).toBe(201);
  await signIn(page, product);
  const person = new Person(page);
  await person.open(`${product.address}/design/entity/account`);
  await person.click(page.getByRole("option", { name: /^Employees/ }));
  await person.choose(page.getByRole("complementary", { name: "Employees" }).getByLabel("Type"), "Whole number");
  await saved(page);
  await person.click(page.getByRole("button", { name: "Review plan" }));
  await expect(page.getByText(`90 converted, 6 to be decided, ${before} left empty`)).toBeVisible();
  expect((await listed("account", { filter: "employees == '約50'" })).items).toHaveLength(3);
  await accessible(page);
  await person.fill(page.getByLabel("What becomes of 約50"), "50");
  await person.fill(page.getByLabel("What becomes of 10-20"), "15");
  await person.click(page.getByRole("button", { name: "Apply and plan again" }));
  await expect(page.getByText(`96 converted, 0 to be decided, ${before} left empty`)).toBeVisible();
  await person.click(page.getByRole("button", { name: /^Publish version/ }));
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  await tellSteps("change-type-text-to-number", person);

  const { items } = await listed("account", { filter: "employees > 100", sort: "-employees" });
  expect(items[0]).toMatchObject({ name: "Size 0", employees: 1200 });
  expect((await listed("account", { filter: "employees == 50 || employees == 15" })).items).toHaveLength(8);
  await page.goto(`${product.address}/account?filter=${encodeURIComponent("employees > 1000")}`);
  await expect(page.getByRole("row").filter({ hasText: "Size 0" })).toContainText("1,200");
  const [doubtful] = (await listed("account", { filter: "name == 'Size 90'" })).items;
  const history = (await json(`/api/records/account/${doubtful.id}/history`)).items;
  expect([doubtful.employees, history.at(-1).after.employees]).toEqual([50, "約50"]);
});

test("reviews are scored by a formula and totalled on their application", async ({ page }) => {
  await signIn(page, product);
  const person = new Person(page);
  const add = async (title: string, type: RegExp) => {
    await person.click(page.getByRole("button", { name: "Field", exact: true }));
    const dialog = page.getByRole("dialog", { name: "Add a field" });
    await person.fill(dialog.getByLabel("Label"), title);
    await person.click(dialog.getByRole("radio", { name: type }));
    await person.click(dialog.getByRole("button", { name: `Add ${title}` }));
    return page.getByRole("complementary", { name: title });
  };
  await person.open(`${product.address}/design/entity/review`);
  const formula = await add("Score", /^Formula/);
  const cel = "(core + experience + leadership + (recommended == true ? 5 : 0)) / 4";
  await person.fill(formula.getByRole("textbox", { name: "Formula" }), cel);
  await saved(page);
  await tellSteps("score-formula-and-rollup", person, "the formula, which others count");
  await person.open(`${product.address}/design/entity/application`);
  for (const [title, measure] of [
    ["Count", "count"],
    ["Sum", "sum"],
    ["Average", "avg"],
  ] as const) {
    const panel = await add(title, /^Roll-up/);
    await person.choose(panel.getByLabel("Over the list"), "Reviews (reviews)");
    if (measure === "count") continue;
    await person.choose(panel.getByLabel("Measure"), measure);
    await person.fill(panel.getByRole("textbox", { name: "Formula" }), "score");
  }
  await saved(page);
  await publishDraft(person);
  await tellSteps("score-formula-and-rollup", person, "three totals and publishing as well");

  const { id } = await create("application", { name: "One" });
  const a = { application: id, core: 4, experience: 3, leadership: 5, recommended: true };
  const b = { application: id, core: 2, experience: 2, leadership: 3, recommended: false };
  expect((await create("review", a)).score).toBe("4.25");
  expect((await create("review", b)).score).toBe("1.75");
  await page.goto(`${product.address}/application`);
  const row = page.getByRole("row").filter({ hasText: "One" });
  await expect(row.getByRole("cell")).toHaveText(["One", "2", "6", "3"]);
  const grouped = await api.post("/api/records/review/aggregate", {
    data: { group: ["application"], measures: { n: "count()", sum: "sum(score)", mean: "avg(score)" } },
  });
  expect((await grouped.json()).rows).toMatchObject([{ n: 2, sum: "6", mean: "3" }]);
});
