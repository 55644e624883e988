import { expect, test, type APIRequestContext, type Page } from "@playwright/test";
import type { Shown } from "./product.ts";
import { accessible, admin, showSales, signIn, type Sales } from "./sales.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
let product: Shown;
let api: APIRequestContext;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
  ({ product, api } = sales);
  const ben = { name: "Ben", email: "ben@example.com", password: admin.password, roles: ["admin"] };
  expect((await api.post("/api/users", { data: ben })).ok()).toBe(true);
});
test.afterAll(() => sales.close());

const tab = (page: Page, name: RegExp | string) =>
  page.getByRole("navigation", { name: "Views" }).getByRole("link", { name });
const viewsOf = async (entity: string) => (await (await api.get(`/api/views?entity=${entity}`)).json()).items;

/** What a tab's menu offers, taken. */
async function act(page: Page, view: string, name: string) {
  await page.getByRole("button", { name: `View ${view}` }).click();
  await page.getByRole("menuitem", { name }).click();
}

test("what is looked at is saved as a view, for oneself or for everybody, changed, reset and deleted", async ({
  page,
  browser,
}) => {
  await signIn(page, product);
  await page.goto(`${product.address}/deal?view=all_deals`);
  await expect(page.getByRole("link", { name: "Self-checkout pilot" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Save as new…" })).toHaveCount(0);

  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByLabel("Fields", { exact: true }).selectOption({ label: "Amount" });
  await page.getByLabel("Choose…").fill("20000");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByRole("link", { name: "Care plans for 48 stores" })).toHaveCount(0);
  await page.getByRole("columnheader", { name: "Amount" }).getByRole("button").click();
  await page.getByRole("button", { name: /^Columns/ }).click();
  const columns = page.getByRole("dialog", { name: "Columns" });
  await columns.getByLabel("Columns: Field").selectOption({ label: "Company › Industry" });
  await columns.getByRole("button", { name: "Remove: Probability" }).click();
  await columns.locator("#list-columns-8").focus();
  await page.keyboard.press("Alt+ArrowUp");
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("columnheader").last()).toContainText("Owner");
  await expect(page.getByRole("columnheader", { name: "Industry" })).toBeVisible();
  const pilot = page.getByRole("row").filter({ hasText: "Self-checkout pilot" });
  await expect(pilot.getByRole("cell", { name: "Retail" })).toBeVisible();

  await page.getByRole("button", { name: "Save as new…" }).click();
  const dialog = page.getByRole("dialog", { name: "Save view" });
  await dialog.getByLabel("Title").fill("Large deals");
  await page.keyboard.press("Enter");
  await expect(tab(page, /^Large deals/)).toHaveAttribute("aria-current", "page");
  await expect(page.getByRole("button", { name: "Save as new…" })).toHaveCount(0);
  expect(await viewsOf("deal")).toMatchObject([
    { title: "Large deals", shared: false, sort: "amount", filter: { cel: "amount >= 20000" } },
  ]);
  const [{ id, columns: kept }] = await viewsOf("deal");
  expect(kept.slice(-2)).toEqual(["company.industry", "owner"]);
  expect(kept).not.toContain("probability");
  expect(new URL(page.url()).search).toBe(`?view=${id}`);

  // A condition of the view itself is taken out, looked at without, and put back.
  await page.getByRole("button", { name: /^Remove: Amount/ }).click();
  await expect(page.getByRole("link", { name: "Care plans for 48 stores" })).toBeVisible();
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(page.getByRole("link", { name: "Care plans for 48 stores" })).toHaveCount(0);

  await page.getByRole("button", { name: /^Group/ }).click();
  await page.getByRole("menuitem", { name: "Stage" }).click();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("Large deals is saved")).toBeVisible();
  await expect(page.getByRole("button", { name: "Save changes" })).toHaveCount(0);
  expect(await viewsOf("deal")).toMatchObject([{ group: "stage", version: 2 }]);

  const context = await browser.newContext();
  const his = await context.newPage();
  await his.goto(`${product.address}/sign-in?to=${encodeURIComponent(`/deal?view=${id}`)}`);
  await his.getByLabel("E-mail").fill("ben@example.com");
  await his.getByLabel("Password").fill(admin.password);
  await his.keyboard.press("Enter");
  await expect(his.getByText("This view is no longer there, or is not shared with you.")).toBeVisible();
  await expect(tab(his, /^Large deals/)).toHaveCount(0);

  await act(page, "Large deals", "Rename or share…");
  const naming = page.getByRole("dialog", { name: "Large deals" });
  await naming.getByLabel("Title").fill("Twenty thousand");
  await naming.getByLabel("For everybody").check();
  await accessible(page);
  await naming.getByRole("button", { name: "Save" }).click();
  await expect(tab(page, /^Twenty thousand/)).toContainText("shared by you");

  await his.reload();
  await expect(tab(his, /^Twenty thousand/)).toContainText("shared by ada");
  await expect(tab(his, /^Twenty thousand/)).toHaveAttribute("aria-current", "page");
  await expect(his.getByRole("columnheader", { name: "Industry" })).toBeVisible();
  await his.getByRole("columnheader", { name: "Close date" }).getByRole("button").click();
  await expect(his.getByRole("button", { name: "Save as new…" })).toBeVisible();
  await expect(his.getByRole("button", { name: "Save changes" })).toHaveCount(0);
  await context.close();

  await act(page, "Twenty thousand", "Delete view");
  await expect(tab(page, /^Twenty thousand/)).toHaveCount(0);
  expect(await viewsOf("deal")).toEqual([]);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(tab(page, /^Twenty thousand/)).toHaveAttribute("aria-current", "page");
  expect(await viewsOf("deal")).toMatchObject([{ title: "Twenty thousand", shared: true, group: "stage" }]);
});

test("a view whose field is gone opens without it and says so", async ({ page }) => {
  const put = async (act: (fields: Record<string, unknown>) => void) => {
    const { id } = await (await api.post("/api/changes", { data: { reason: "Given" } })).json();
    const document = await (await api.get("/api/documents/entity/product")).json();
    act(document.properties);
    const answer = await api.put(`/api/documents/entity/product?change=${id}`, { data: document });
    expect(answer.ok(), await answer.text()).toBe(true);
    const published = await api.post(`/api/changes/${id}/publish`, { data: {} });
    expect(published.status(), await published.text()).toBe(200);
  };
  await put((fields) => (fields.weight = { $anchor: "fld_weight", field: "integer", title: "Weight" }));
  const view = { entity: "product", title: "Heavy", type: "table", columns: ["name", "weight"], sort: "-weight" };
  const { id } = await (await api.post("/api/views", { data: { ...view, filter: { cel: "weight > 5" } } })).json();
  await put((fields) => delete fields.weight);
  await signIn(page, product);
  await page.goto(`${product.address}/product?view=${id}`);
  await expect(page.getByText("Some of this view is no longer there and is left out.")).toBeVisible();
  await expect(page.getByRole("columnheader")).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Save changes" })).toHaveCount(0);
  await page.getByRole("columnheader").getByRole("button").click();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("Some of this view")).toHaveCount(0);
  expect(await viewsOf("product")).toMatchObject([{ columns: ["name"], sort: "name", problems: [] }]);
});

const dealOf = async (title: string) =>
  (await (await api.get(`/api/records/deal?${new URLSearchParams({ filter: `title == '${title}'` })}`)).json())
    .items[0];
const cell = (page: Page, day: string) => page.locator(`#day-${day}`);

test("a calendar is walked through by keys, makes records on its days and shows what others do", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/deal?view=all_deals&day=2027-03-30`);
  await page.getByRole("button", { name: "Shown as: Table" }).click();
  await page.getByRole("menuitem", { name: "Calendar: Close date" }).click();
  await expect(cell(page, "2027-03-31")).toContainText("Self-checkout pilot");
  await expect(page.getByRole("heading", { name: "March 2027" })).toBeVisible();
  await expect(page.getByRole("columnheader").first()).toHaveText("Mon");
  await expect(page.getByRole("button", { name: "Save as new…" })).toBeVisible();

  const body = page.locator("body");
  await body.press("ArrowRight");
  await expect(cell(page, "2027-03-31")).toBeFocused();
  await expect(page).toHaveURL(/day=2027-03-31/);
  await page.keyboard.press("PageDown");
  await expect(page.getByRole("heading", { name: "April 2027" })).toBeVisible();
  await expect(cell(page, "2027-04-30")).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(cell(page, "2027-04-23")).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(cell(page, "2027-04-22")).toBeFocused();
  await accessible(page);

  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog", { name: "New deal" });
  await expect(dialog.getByLabel("Close date")).toHaveValue("2027-04-22");
  await dialog.getByLabel("Title").fill("Spring kiosks");
  await page.keyboard.press("Enter");
  await expect(cell(page, "2027-04-22")).toContainText("Spring kiosks");
  for (let n = 1; n <= 9; n++)
    await api.post("/api/records/deal", { data: { title: `Kiosk ${n}`, close_date: "2027-04-23" } });
  await expect(cell(page, "2027-04-23")).toContainText(/\+\d more/);
  await cell(page, "2027-04-23").getByRole("button").click();
  const day = page.getByRole("dialog", { name: "Apr 23, 2027" });
  await expect(day.getByRole("listitem")).toHaveCount(9);
  await page.keyboard.press("Escape");

  await cell(page, "2027-04-22").focus();
  await page.keyboard.press("Home");
  await expect(page.locator("[aria-current='date']")).toBeFocused();
  await page.goto(`${product.address}/deal?view=all_deals&as=calendar:close_date&day=2027-05-28`);
  await expect(cell(page, "2027-05-28")).toContainText("Care plans for 48 stores");
  await body.press("Enter");
  await expect(page.getByRole("heading", { name: "Care plans for 48 stores" })).toBeVisible();
});

test("a record is laid on another day by hand and by keys, and taken back", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/deal?view=all_deals&as=calendar:close_date&day=2027-03-31`);
  const entry = page.getByRole("link", { name: "Self-checkout pilot" });
  await entry.dragTo(cell(page, "2027-03-17"));
  await expect(page.getByText("Self-checkout pilot moved to Mar 17, 2027")).toBeVisible();
  await expect(cell(page, "2027-03-17")).toContainText("Self-checkout pilot");
  expect((await dealOf("Self-checkout pilot")).close_date).toBe("2027-03-17");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(cell(page, "2027-03-31")).toContainText("Self-checkout pilot");
  await expect.poll(async () => (await dealOf("Self-checkout pilot")).close_date).toBe("2027-03-31");

  await entry.focus();
  await page.keyboard.press("Alt+ArrowDown");
  await expect(page.getByRole("heading", { name: "April 2027" })).toBeVisible();
  await expect(cell(page, "2027-04-07")).toContainText("Self-checkout pilot");
  await expect(entry).toBeFocused();
  await page.locator("body").press("Control+z");
  await expect(cell(page, "2027-03-31")).toContainText("Self-checkout pilot");

  // A moment keeps its time of day, in the zone of whoever looks.
  await api.post("/api/records/meeting", { data: { subject: "Kick-off", start: "2027-03-26T14:30:00Z" } });
  await page.goto(`${product.address}/meeting?as=calendar:start&day=2027-03-26`);
  const meeting = page.getByRole("link", { name: /Kick-off/ });
  await expect(cell(page, "2027-03-26")).toContainText("02:30 PM");
  await meeting.dragTo(cell(page, "2027-03-29"));
  await expect(cell(page, "2027-03-29")).toContainText("02:30 PM");
  // It is shown before it is kept.
  await expect
    .poll(
      async () => (await (await api.get("/api/records/meeting?filter=subject == 'Kick-off'")).json()).items[0].start,
    )
    .toMatch(/^2027-03-29T14:30:00/);
});

test("a record stands beside its list, goes along with it, is changed there and opened from there", async ({
  page,
}) => {
  await signIn(page, product);
  await page.goto(`${product.address}/deal?view=all_deals&search=kiosk&sort=title`);
  await expect(page.getByRole("link", { name: "Kiosk 1" })).toBeVisible();
  const body = page.locator("body");
  const beside = page.getByRole("complementary", { name: "Show beside the list" });
  await body.press("ArrowDown");
  await body.press("Space");
  await expect(beside.getByRole("heading", { name: "Kiosk 1" })).toBeVisible();
  await expect(page).toHaveURL(/peek=/);
  await body.press("ArrowDown");
  await expect(beside.getByRole("heading", { name: "Kiosk 2" })).toBeVisible();
  await expect(beside.getByRole("button", { name: "Engage", exact: true })).toBeVisible();
  await accessible(page);
  await page.reload();
  await expect(beside.getByRole("heading", { name: "Kiosk 2" })).toBeVisible();

  await beside.getByRole("button", { name: "Edit: Title" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("Kiosk two");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: "Kiosk two" })).toBeVisible();
  await expect(beside.getByRole("heading", { name: "Kiosk two" })).toBeVisible();
  await expect(beside.getByRole("region", { name: "Latest" })).toContainText("Kiosk two");

  await body.press("Escape");
  await expect(beside).toHaveCount(0);
  await expect(page).not.toHaveURL(/peek=/);
  await page.getByRole("button", { name: /^Look at the record beside the list: Kiosk two$/ }).click();
  await expect(beside.getByRole("heading", { name: "Kiosk two" })).toBeVisible();

  await page.goto(`${product.address}/deal`);
  await page.getByRole("link", { name: "Kiosk two" }).focus();
  await page.keyboard.press("Space");
  await expect(beside.getByRole("heading", { name: "Kiosk two" })).toBeVisible();
  await beside.getByRole("button", { name: "Open", exact: true }).click();
  await expect(page).toHaveURL(/deal\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { name: "Kiosk two", level: 1 })).toBeVisible();

  await page.goto(`${product.address}/deal?view=all_deals&as=calendar:close_date&day=2027-03-31`);
  await expect(cell(page, "2027-03-31")).toContainText("Self-checkout pilot");
  await body.press("Space");
  await expect(beside.getByRole("heading", { name: "Self-checkout pilot" })).toBeVisible();
});

test("a view is designed as a calendar by a date that is chosen", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/view/won_deals`);
  await page.getByLabel("Shown as").selectOption("calendar");
  await page.getByLabel("By the date").selectOption({ label: "Engaged on" });
  const grid = page.getByRole("region", { name: "Preview" }).getByRole("grid");
  await expect(grid).toBeVisible();
  await expect(page.getByRole("region", { name: "Preview" })).toContainText("Engaged on");
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await page.getByRole("link", { name: "JSON" }).click();
  await expect(page.locator("#document-json")).toHaveValue(/"date": "engage_date"/);
});
