import { expect, test, type APIRequestContext, type Browser, type Locator, type Page } from "@playwright/test";
import type { EntityDocument } from "schemas";
import { account, cover, coverLayout, position, vendor } from "../fixtures/conditions.ts";
import type { Shown } from "./product.ts";
import { accessible, admin, showSales, signIn, type Sales } from "./sales.ts";
import { Person, publishDocuments, publishDraft, tellSteps } from "./steps.ts";

let sales: Sales;
let product: Shown;
let api: APIRequestContext;
/** What Ken does past the screens. */
let his: APIRequestContext;

/** An entity before anybody has set conditions, and without some of its fields. */
function bare(document: EntityDocument, ...gone: readonly string[]): EntityDocument {
  const properties = Object.entries(document.properties)
    .filter(([name]) => !gone.includes(name))
    .map(([name, { visible_when: _, when_hidden: __, required_when: ___, offers: ____, ...rest }]) => [name, rest]);
  return { ...document, properties: Object.fromEntries(properties), required: ["name"] };
}

const ken = { name: "Ken", email: "ken@example.com", password: admin.password, roles: ["vendor"] };

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  ({ product, api } = sales);
  const given = { ...coverLayout, sections: [] as object[] };
  given.sections = coverLayout.sections!.map(({ visible_when: _, ...section }) => section);
  const accounts = {
    ...{ $schema: "urn:trellis:layout:1", $id: "account", $anchor: "lay_account", title: "Account", entity: "account" },
    quick_create: ["name", "industry", "type"],
  };
  await publishDocuments(api, [
    ...[position({ rule: false }), bare(cover()), given, bare(account, "kind"), accounts, vendor],
  ]);
  expect((await api.post("/api/users", { data: ken })).ok()).toBe(true);
  const { address } = product;
  his = await playwright.request.newContext({ baseURL: address, extraHTTPHeaders: { origin: address } });
  const { email, password } = ken;
  expect((await his.post("/api/auth/sign-in/email", { data: { email, password } })).ok()).toBe(true);
});
test.afterAll(async () => {
  await his.dispose();
  await sales.close();
});

const json = async (path: string, by = api) => (await by.get(path)).json();
const create = async (entity: string, data: object, by = api) =>
  (await by.post(`/api/records/${entity}`, { data })).json();
const saved = (page: Page) => expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
const edit = (page: Page, title: string) => page.getByRole("button", { name: `Edit: ${title}` });
const save = (page: Page) => page.getByRole("button", { name: "Save", exact: true });

/** The status and the faults of a refusal; of what is accepted the status alone. */
async function answered(entity: string, data: object, by = api): Promise<readonly unknown[]> {
  const answer = await by.post(`/api/records/${entity}`, { data });
  const { problems = [] } = await answer.json();
  return [answer.status(), ...problems.map(({ path, detail }: Record<string, string>) => `${path} ${detail}`)];
}

/** Ken at his own browser. */
async function kenAt(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await page.goto(`${product.address}/sign-in?to=/position`);
  await page.getByLabel("E-mail").fill(ken.email);
  await page.getByLabel("Password").fill(ken.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Positions" })).toBeVisible();
  return page;
}

/** Adds a condition in rows: what is asked, how, and for which value. */
async function addCondition(person: Person, box: Locator, field: string, value: string, how?: string): Promise<void> {
  await person.click(box.getByRole("button", { name: "Condition", exact: true }));
  await person.choose(box.getByLabel("Fields"), field);
  if (how) await person.choose(box.getByLabel("Filter"), how);
  await person.choose(box.getByLabel("Choose…"), value);
  await person.click(box.getByRole("button", { name: "Apply" }));
}

test("a field is required of everybody but administrators, with a sentence of one's own", async ({ browser, page }) => {
  const message = "Every Position must have a Hiring Manager.";
  const [baker, cook] = [await create("position", { title: "Baker" }), await create("position", { title: "Cook" })];
  await signIn(page, product);
  const person = new Person(page);
  await person.open(`${product.address}/design/entity/position?tab=rules`);
  await person.click(page.getByRole("button", { name: "Rule", exact: true }));
  const when = page.getByRole("group", { name: "When", exact: true });
  await addCondition(person, when, "Role of who writes", "Admin", "does not contain");
  await person.fill(
    page.getByRole("group", { name: "Then this must hold" }).getByRole("textbox"),
    "hiring_manager != null",
  );
  await person.fill(page.getByLabel("Otherwise say"), message);
  await saved(page);
  await accessible(page);
  await person.click(page.getByRole("button", { name: "Review plan" }));
  await expect(page.getByText("2 records break it")).toBeVisible();
  const listing = page.waitForEvent("popup");
  await page.getByRole("link", { name: "Open all 2" }).click();
  const list = await listing;
  for (const title of ["Baker", "Cook"]) await expect(list.getByRole("row").filter({ hasText: title })).toBeVisible();
  await expect(list.getByText("2 positions")).toBeVisible();
  await list.close();
  await person.click(page.getByRole("button", { name: /^Publish version/ }));
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  await tellSteps("conditional-required-by-role", person);

  await page.goto(`${product.address}/position?new=1`);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Title").fill("Tailor");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  expect((await json("/api/records/position?filter=title=='Tailor'")).items).toHaveLength(1);

  const kens = await kenAt(browser);
  const asked = kens.getByRole("dialog");
  const manager = asked.getByRole("combobox", { name: "Hiring manager" });
  await kens.goto(`${product.address}/position?new=1`);
  await asked.getByLabel("Title").fill("Smith");
  await expect(manager).toHaveAttribute("aria-required", "true");
  await kens.keyboard.press("Enter");
  await expect(asked.getByRole("alert")).toHaveText(message);
  await expect(manager).toBeFocused();
  await accessible(kens);
  expect(await answered("position", { title: "Smith" }, his)).toEqual([422, `/hiring_manager ${message}`]);

  const buffer = Buffer.from("title,manager\nOne,Ken\nTwo,\nThree,Ken\n");
  const plan = { entity: "position", columns: { title: "title", manager: "hiring_manager" } };
  const file = { name: "positions.csv", mimeType: "text/csv", buffer };
  const begun = await (await his.post("/api/imports", { multipart: { file, plan: JSON.stringify(plan) } })).json();
  await expect.poll(async () => (await json(`/api/imports/${begun.id}`, his)).status).toBe("done");
  const done = await json(`/api/imports/${begun.id}`, his);
  expect(done).toMatchObject({ created: 2, rejected: 1 });
  expect(await (await his.get(done.errors_url)).text()).toContain(message);

  await kens.goto(`${product.address}/position/${baker.id}`);
  await edit(kens, "Title").click();
  await kens.getByLabel("Title").fill("Master baker");
  await kens.keyboard.press("Enter");
  await expect(asked.getByRole("alert")).toHaveText(message);
  await expect(manager).toBeFocused();
  await kens.context().close();
  expect((await json(`/api/records/position/${baker.id}`)).title).toBe("Baker");

  for (const on of [false, true]) {
    await page.goto(`${product.address}/design/entity/position?tab=rules`);
    await page.getByLabel("This rule holds").setChecked(on);
    await expect(page.getByText("Switched off")).toHaveCount(on ? 0 : 1);
    await saved(page);
    await publishDraft(new Person(page));
    await page.goto(`${product.address}/design/versions`);
    await expect(page.getByRole("region").getByRole("listitem").filter({ hasText: message })).toBeVisible();
    const told = on ? [422, `/hiring_manager ${message}`] : [201];
    expect(await answered("position", { title: `Smith ${on}` }, his)).toEqual(told);
  }
  expect((await json(`/api/records/position/${cook.id}`)).hiring_manager).toBeNull();
});

test("five questions are shown for lorries alone, two of them required", async ({ page }) => {
  const questions = ["Payload", "Permit no", "Driver count", "Goods", "Route"];
  await signIn(page, product);
  const person = new Person(page);
  await person.open(`${product.address}/design/entity/cover`);
  const panelOf = async (title: string) => {
    await person.click(page.getByRole("option", { name: new RegExp(`^${title}`) }));
    return page.getByRole("complementary", { name: title });
  };
  const first = await panelOf("Payload");
  await addCondition(person, first.getByRole("group", { name: "Shown when" }), "Vehicle", "Commercial");
  await expect(page.getByRole("button", { name: "Undo: Change shown when of Payload" })).toBeVisible();
  await person.choose(first.getByLabel("Where it is not shown, its value"), "is emptied");
  await person.click(first.getByLabel("Must be filled wherever it is shown"));
  await accessible(page);
  for (const title of questions.slice(1)) {
    const panel = await panelOf(title);
    await person.choose(panel.getByLabel("Shown with"), "Payload");
    if (title === "Permit no") await person.click(panel.getByLabel("Must be filled wherever it is shown"));
  }
  await saved(page);
  await publishDraft(person);
  await tellSteps("show-section-by-choice", person);

  await page.goto(`${product.address}/cover?new=1`);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Car");
  await dialog.getByLabel("Vehicle").selectOption("Private car");
  for (const title of questions) await expect(dialog.getByLabel(title)).toHaveCount(0);
  await dialog.getByLabel("Vehicle").press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  expect((await json("/api/records/cover")).items).toMatchObject([{ name: "Car", vehicle: "private_car" }]);

  await page.goto(`${product.address}/cover?new=1`);
  await dialog.getByLabel("Name").fill("Lorry");
  await dialog.getByLabel("Vehicle").selectOption("Commercial");
  await expect(dialog.getByRole("status")).toHaveText(`Now asked as well: ${questions.join(", ")}.`);
  for (const title of ["Payload", "Permit no"])
    await expect(dialog.getByLabel(title)).toHaveAttribute("aria-required", "true");
  await dialog.getByLabel("Vehicle").press("Tab");
  for (const title of questions) {
    await expect(dialog.getByLabel(title)).toBeFocused();
    if (title !== "Permit no") await page.keyboard.type("7");
    await page.keyboard.press("Tab");
  }
  await dialog.getByLabel("Route").press("Enter");
  await expect(dialog.getByLabel("Permit no")).toBeFocused();
  await expect(dialog.getByRole("alert")).toContainText("Permit no");
  await page.keyboard.type("P7");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();

  expect((await answered("cover", { name: "L", vehicle: "commercial", permit_no: "P" })).slice(0, 1)).toEqual([422]);
  expect(await answered("cover", { name: "C", vehicle: "private_car" })).toEqual([201]);

  const [lorry] = (await json("/api/records/cover?filter=name=='Lorry'")).items;
  await page.goto(`${product.address}/cover/${lorry.id}`);
  await expect(page.getByRole("heading", { name: "Lorry", level: 2 })).toBeVisible();
  await edit(page, "Vehicle").click();
  await page.getByLabel("Vehicle").selectOption("Private car");
  await expect(page.getByText(`Saving empties: ${questions.join(", ")}.`)).toBeVisible();
  await expect(page.getByRole("heading", { name: "Lorry", level: 2 })).toBeHidden();
  await save(page).click();
  await expect(page.getByText("Vehicle is saved")).toBeVisible();
  expect(await json(`/api/records/cover/${lorry.id}`)).toMatchObject({ payload: null, permit_no: null, route: null });
});

test("two kinds of account have their own choices", async ({ browser, page }) => {
  const bank = await create("account", { name: "Bank", industry: "finance" });
  await signIn(page, product);
  const person = new Person(page);
  const [customer, partner] = ["Customer account", "Partner account"];
  await person.open(`${product.address}/design/entity/account`);
  await person.click(page.getByRole("button", { name: "Field", exact: true }));
  const adding = page.getByRole("dialog", { name: "Add a field" });
  await person.fill(adding.getByLabel("Label"), "Kind");
  await person.click(adding.getByRole("radio", { name: /^Choice(?!s)/ }));
  await person.click(adding.getByRole("button", { name: "Add Kind" }));
  const kind = page.getByRole("complementary", { name: "Kind" });
  await person.fill(kind.getByLabel("Label 1"), customer);
  await person.click(kind.getByRole("button", { name: "Choice", exact: true }));
  await person.fill(kind.getByLabel("Label 2"), partner);
  await person.choose(kind.getByLabel("Default"), customer);
  await person.click(kind.getByLabel("Must be filled", { exact: true }));
  const offer = async (panel: Locator, at: number, without: readonly string[], field: string, value: string) => {
    await person.click(panel.getByRole("button", { name: "Choices by condition", exact: true }));
    const box = panel.getByRole("group", { name: `Choices by condition ${at}` });
    await addCondition(person, box, field, value);
    for (const title of without) await person.click(box.getByLabel(title, { exact: true }));
  };
  await offer(kind, 1, [partner], "Role of who writes", "Vendor");
  await person.click(page.getByRole("option", { name: "Industry industry" }));
  const industry = page.getByRole("complementary", { name: "Industry" });
  await offer(industry, 1, ["Consulting", "Education"], "Kind", customer);
  await offer(industry, 2, ["Manufacturing", "Retail", "Finance"], "Kind", partner);
  await person.click(page.getByRole("option", { name: "Type type" }));
  const type = page.getByRole("complementary", { name: "Type" });
  await offer(type, 1, ["Prospect", "Customer direct", "Customer channel"], "Kind", partner);
  await accessible(page);
  await saved(page);
  await publishDraft(person);
  await tellSteps("record-types-two-account-kinds", person);

  await page.goto(`${product.address}/account?new=1`);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Helper");
  await dialog.getByLabel("Kind").selectOption(partner);
  await expect(dialog.getByLabel("Industry").getByRole("option")).toHaveText(["", "Consulting", "Education"]);
  await expect(dialog.getByLabel("Type").getByRole("option")).toHaveText(["", "Partner", "Supplier"]);
  const values = { name: "P", kind: "partner_account" };
  expect((await answered("account", { ...values, industry: "finance" }))[0]).toBe(422);
  expect(await answered("account", { ...values, industry: "education", type: "supplier" })).toEqual([201]);

  await page.goto(`${product.address}/account/${bank.id}`);
  await edit(page, "Kind").click();
  await page.getByLabel("Kind").selectOption(partner);
  await save(page).click();
  await expect(dialog.getByText("“Finance” is not offered here. Choose another.")).toBeVisible();
  await accessible(page);
  await dialog.getByLabel("Industry").selectOption("Consulting");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  expect(await json(`/api/records/account/${bank.id}`)).toMatchObject({ kind: values.kind, industry: "consulting" });

  const kens = await kenAt(browser);
  const asked = kens.getByRole("dialog");
  await kens.goto(`${product.address}/account?new=1`);
  await asked.getByLabel("Name").fill("His");
  await expect(asked.getByText(`Kind ${customer}`)).toBeVisible();
  await expect(asked.getByLabel("Kind")).toHaveCount(0);
  await expect(asked.getByLabel("Industry").getByRole("option")).toHaveText(["", "Manufacturing", "Retail", "Finance"]);
  await kens.keyboard.press("Enter");
  await expect(asked).toBeHidden();
  await kens.context().close();
  expect((await json("/api/records/account?filter=name=='His'")).items).toMatchObject([{ kind: "customer_account" }]);

  await page.goto(`${product.address}/account?group=kind`);
  const groups = page.locator("th[scope=rowgroup]");
  await expect(groups.filter({ hasText: customer })).toContainText("1");
  await expect(groups.filter({ hasText: partner })).toContainText("2");
  await page.goto(`${product.address}/account?filter=${encodeURIComponent("kind == 'partner_account'")}`);
  await expect(page.getByText("2 accounts")).toBeVisible();
  const counted = await api.post("/api/records/account/aggregate", { data: { group: ["kind"] } });
  expect((await counted.json()).rows.map(({ n }: { n: number }) => n).toSorted()).toEqual([1, 2]);
});

test("a section has its condition in the layout, and a condition tells its faults while it is typed", async ({
  page,
}) => {
  await signIn(page, product);
  const person = new Person(page);
  await page.goto(`${product.address}/design/layout/cover`);
  const box = page.getByRole("group", { name: "Section shown when" }).last();
  await addCondition(person, box, "Vehicle", "Commercial");
  await expect(page.getByRole("button", { name: "Undo: Change section shown when of Lorry" })).toBeVisible();
  await box.getByText("The same, typed").click();
  const typed = box.getByRole("textbox", { name: "Section shown when" });
  await expect(typed).toHaveValue("vehicle == 'commercial'");
  await typed.fill("vehicl == 'commercial'");
  await expect(box.getByRole("alert")).toContainText("vehicl");
  await accessible(page);
  await typed.fill("vehicle == 'commercial'");
  await saved(page);
  await publishDraft(person);
  const { id } = await create("cover", { name: "Wagon", vehicle: "private_car" });
  await page.goto(`${product.address}/cover/${id}`);
  await expect(edit(page, "Vehicle")).toBeAttached();
  const section = page.getByRole("heading", { name: "Lorry", level: 2 });
  await expect(section).toBeHidden();
  await edit(page, "Vehicle").click();
  await page.getByLabel("Vehicle").selectOption("Commercial");
  await expect(section).toBeVisible();
});
