import { expect, test, type APIRequestContext } from "@playwright/test";
import type { Shown } from "./product.ts";
import { accessible, enter, showSales, signIn, type Sales } from "./sales.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
let product: Shown;
let api: APIRequestContext;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
  ({ product, api } = sales);
});
test.afterAll(() => sales.close());

const pipeline = async () => (await api.get("/api/documents/workflow/deal_pipeline")).json();

test("a state with a reminder is drawn between two others, published, and stands on the board", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/workflow/deal_pipeline`);
  await page.locator("#box-tr_engage").click();
  await page.getByRole("button", { name: "Add here: Engage" }).click();
  await page.getByRole("dialog").getByLabel("Title").fill("Trial");
  await page.getByRole("dialog").getByRole("button", { name: "Add here" }).click();
  await page.locator("#box-tr_engage").click();
  await page.getByRole("button", { name: "Add here: Engage" }).click();
  const onTheWay = page.getByRole("dialog").getByRole("list", { name: "Or do on the way" });
  await onTheWay.getByRole("button", { name: "Remember a value" }).click();
  await expect(page.getByRole("complementary", { name: "Engage" })).toContainText("Remember a value");
  await page.getByRole("button", { name: "Undo: Remember a value: Engage" }).click();
  await page.getByRole("button", { name: "Undo: Add Trial" }).waitFor();
  await page.locator("[id^='box-st_']").filter({ hasText: "Trial" }).click();
  const panel = page.getByRole("complementary", { name: "Trial" });
  await panel.getByRole("button", { name: "A reminder" }).click();
  const wait = page.getByRole("complementary", { name: "Remind the owner" });
  await expect(wait.getByRole("textbox").nth(1)).toHaveValue("14");
  await accessible(page);
  await expect(page.getByRole("button", { name: "Undo: Add a reminder to Trial" })).toBeVisible();
  await page.getByRole("button", { name: "Review plan" }).click();
  await expect(page.getByRole("cell", { name: "Prospecting", exact: true })).toBeVisible();
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  await page.goto(`${product.address}/deal`);
  await expect(page.getByRole("region", { name: "Trial", exact: true })).toBeVisible();
  const { states, meta } = await pipeline();
  expect(Object.keys(states.sale.states.open.states)).toEqual([
    "prospecting",
    "trial",
    "engaging",
    "proposing",
    "negotiating",
    "where_it_stood",
  ]);
  expect(meta.delays).toMatchObject({ two_weeks: { duration: "P14D" } });
});

test("a wait that gets other terms is asked of the deals that wait by it", async ({ page }) => {
  const body = await pipeline();
  for (const delay of Object.values<any>(body.meta.delays)) if (delay.duration) delay.duration = "P40D";
  const { id } = await (await api.post("/api/changes", { data: { reason: "Later" } })).json();
  await api.put(`/api/documents/workflow/deal_pipeline?change=${id}`, { data: body });
  await signIn(page, product);
  await page.goto(`${product.address}/design/plan`);
  const asked = page.getByRole("combobox", { name: /has other terms: \d+ waits? ha/ }).first();
  await asked.selectOption("They are counted by the new terms");
  await expect(asked).toHaveValue("follow");
  const mapped = async () => (await (await api.get(`/api/changes/${id}`)).json()).mappings.wf_deal_pipeline ?? {};
  await expect.poll(async () => Object.values(await mapped())).toEqual(["follow"]);
  await accessible(page);
  expect((await api.delete(`/api/changes/${id}`)).ok()).toBe(true);
});

test("the outline does the same by keyboard alone", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/workflow/deal_pipeline?as=outline`);
  const grid = page.getByRole("treegrid", { name: "Deal pipeline" });
  await grid.getByRole("row", { name: /^Negotiating State/ }).focus();
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("heading", { level: 2, name: "Remind the owner" })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("heading", { level: 2, name: "Negotiating" })).toBeVisible();
  await page.keyboard.press("a");
  await expect(page.getByRole("dialog").getByLabel("Title")).toBeFocused();
  await page.keyboard.type("Legal check");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 2, name: "Legal check" })).toBeVisible();
  await accessible(page);
  await page.keyboard.press("F2");
  await expect(page.getByLabel("Title")).toBeFocused();
  await page.keyboard.press("End");
  await page.keyboard.type("s");
  await expect(grid.getByRole("row", { name: /Legal checks/ }).first()).toBeVisible();
  await grid.getByRole("row", { selected: true }).first().focus();
  await page.keyboard.press("Delete");
  await expect(grid.getByRole("row", { name: /Legal checks/ })).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(grid.getByRole("row", { name: /Legal checks/ }).first()).toBeVisible();
  await page.keyboard.press("o");
  await expect(page.locator(".svelte-flow")).toBeVisible();
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await page.locator("#box-st_proposing").focus();
  await page.keyboard.press("Enter");
  await page.locator("#box-st_proposing").focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("heading", { level: 2, name: "Negotiate" })).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("heading", { level: 2, name: "Negotiating" })).toBeVisible();
});

test("on a phone the outline comes first: what is legal is offered, the rest says why, and a fault has its fix", async ({
  page,
}) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await signIn(page, product);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${product.address}/design/workflow/deal_pipeline`);
  const grid = page.getByRole("treegrid", { name: "Deal pipeline" });
  await grid.getByRole("row", { name: /^On hold/ }).click();
  await expect(page.getByRole("heading", { level: 2, name: "On hold" })).toBeVisible();
  await page.keyboard.press("a");
  const dialog = page.getByRole("dialog", { name: "Add to On hold" });
  await dialog.getByLabel("Title").fill("Waiting room");
  await dialog.getByText(/not legal here$/).click();
  await expect(dialog.getByText("It holds no states to come back to.")).toBeVisible();
  await dialog.getByRole("button", { name: "A group around it" }).click();
  await expect(page.getByRole("heading", { level: 2, name: "Waiting room" })).toBeVisible();
  await page.getByRole("button", { name: "Undo: A group around it: On hold" }).click();
  await expect(grid.getByRole("row", { name: /^Waiting room/ })).toHaveCount(0);

  await grid.getByRole("row", { name: /^On hold/ }).click();
  await expect(page.getByRole("heading", { level: 2, name: "On hold" })).toBeVisible();
  await page.keyboard.press("a");
  await dialog.getByLabel("Title").fill("Shelf");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Make it an end" }).click();
  await expect(page.getByRole("button", { name: "Undo: Mend Shelf" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Make it an end" })).toHaveCount(0);
  await page.getByRole("button", { name: "Undo: Mend Shelf" }).click();
  await page.getByRole("button", { name: "The whole workflow" }).click();
  const told = page
    .getByRole("region", { name: "To look at" })
    .getByRole("listitem")
    .filter({ hasText: /^R2.*Shelf/ });
  await expect(told.getByText(/^The way there: The start → .*Shelf$/)).toBeVisible();
  await told.getByRole("button", { name: "Make it an end" }).click();
  await expect(told).toHaveCount(0);
  await accessible(page);
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await expect(grid.getByRole("row", { name: /^Shelf/ })).toHaveCount(0);
});

test("a guard of groups is built and taken apart by mouse and by keys; what rows cannot show is left as it is typed", async ({
  page,
}) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/workflow/deal_pipeline?as=outline&at=tr_win`);
  const guard = page.getByRole("group", { name: "May move when" });
  const typed = guard.getByRole("textbox", { name: "The same, typed" });
  const said = "record.approval != 'requested' && record.approval != 'rejected'";
  await expect(typed).toHaveValue(said);
  await expect(page.getByRole("button", { name: "Nothing to undo" })).toBeVisible();

  await guard.getByRole("button", { name: "Condition", exact: true }).click();
  await guard.getByLabel("Fields").selectOption({ label: "Amount" });
  await guard.getByLabel("Choose…").fill("100");
  await guard.getByRole("button", { name: "Apply" }).click();
  await expect(typed).toHaveValue(`${said} && record.amount >= 100`);
  await guard.getByRole("button", { name: "Into a group: Amount is at least 100" }).click();
  await expect(typed).toHaveValue(`${said} && (record.amount >= 100)`);
  const inner = guard.getByRole("group", { name: "any of these" });
  await inner.getByRole("button", { name: "Condition", exact: true }).click();
  await inner.getByLabel("Fields").selectOption({ label: "Probability" });
  await inner.getByLabel("Choose…").fill("50");
  await inner.getByRole("button", { name: "Apply" }).click();
  const grouped = `${said} && (record.amount >= 100 || record.probability >= 50)`;
  await expect(typed).toHaveValue(grouped);
  await accessible(page);

  await inner.getByRole("button", { name: /^Probability is at least 50/ }).focus();
  await page.keyboard.press("Alt+ArrowUp");
  await expect(typed).toHaveValue(`${said} && (record.probability >= 50 || record.amount >= 100)`);
  await expect(inner.getByRole("button", { name: /^Probability is at least 50/ })).toBeFocused();
  await page.keyboard.press("Alt+ArrowRight");
  await expect(typed).toHaveValue(`${said} && ((record.probability >= 50) || record.amount >= 100)`);
  await expect(guard.getByRole("button", { name: /^Probability is at least 50/ })).toBeFocused();
  await page.keyboard.press("Alt+ArrowLeft");
  await page.keyboard.press("Alt+ArrowLeft");
  await expect(typed).toHaveValue(`${said} && (record.amount >= 100) && record.probability >= 50`);
  await page.keyboard.press("Enter");
  await expect(guard.getByLabel("Fields")).toBeFocused();
  await guard.getByLabel("Choose…").fill("75");
  await page.keyboard.press("Enter");
  await expect(typed).toHaveValue(`${said} && (record.amount >= 100) && record.probability >= 75`);
  await page.keyboard.press("Delete");
  await guard.getByRole("button", { name: "Take the group apart" }).press("Enter");
  await expect(typed).toHaveValue(`${said} && record.amount >= 100`);
  await guard.getByLabel("Together").selectOption({ label: "any of these" });
  await expect(typed).toHaveValue(`${said.replace("&&", "||")} || record.amount >= 100`);

  const odd = "(record.amount > 5 ? true : false) && record.title == 'a || (b' // why";
  await typed.fill(odd);
  await expect(guard.getByText("Rows cannot show this. It stands as it is typed.")).toBeVisible();
  await expect(typed).toHaveValue(odd);
  await typed.fill(grouped);
  await expect(guard.getByRole("button", { name: /^Amount is at least 100/ })).toBeVisible();
  await expect(typed).toHaveValue(grouped);
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await expect(typed).toHaveValue(said);
});

test("a guard is rows and text at once, and an entity gets a workflow of its own", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/workflow/deal_pipeline?at=tr_win`);
  const typed = page.getByRole("textbox", { name: "The same, typed" });
  await expect(typed).toHaveValue("record.approval != 'requested' && record.approval != 'rejected'");
  await typed.fill("record.amount != null");
  await expect(page.getByRole("button", { name: "Amount is not empty", exact: true })).toBeVisible();
  await page.getByRole("button", { name: /Discard/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();

  await page.goto(`${product.address}/design/workflows`);
  await page.getByRole("button", { name: "New workflow" }).click();
  await page.getByRole("dialog").getByLabel("Title").fill("Care");
  await page.getByRole("dialog").getByLabel("Of entity").selectOption("company");
  await page.getByRole("dialog").getByRole("button", { name: "New workflow" }).click();
  await expect(page.getByRole("heading", { name: "Care" })).toBeVisible();
  await page.getByRole("button", { name: "Review plan" }).click();
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  const { items } = await (await api.get("/api/records/company?limit=1&fields=stage")).json();
  expect(items[0].stage).toBe("open");
});

test("a journey is drawn: who begins it, its goal, its quiet hours and caps; published, it leads whom it is for", async ({
  page,
}) => {
  await enter(page, product, "Companies");
  await page.goto(`${product.address}/design/workflows`);
  await page.getByRole("button", { name: "New workflow" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Title").fill("Welcome");
  await dialog.getByLabel("Kind").selectOption("journey");
  await dialog.getByLabel("Of entity").selectOption("company");
  await dialog.getByRole("button", { name: "New workflow" }).click();
  const panel = page.getByRole("complementary");
  await panel.getByLabel("Begins", { exact: true }).selectOption("when a record is made");
  await panel.getByLabel("A record may go through again").check();
  await panel.getByLabel("Not before so many days").fill("30");
  await panel.getByLabel("Nothing is sent from").fill("20:00");
  await panel.getByLabel("In the time zone of").selectOption("");
  await panel.getByRole("button", { name: "Limit what is sent" }).click();
  await panel.getByLabel("What is too much").selectOption("is left out");
  await accessible(page);
  await page.locator("[id^='box-tr_']").click();
  await page.getByLabel("Comes from").selectOption("a change of the record");
  await expect(page.getByText("Sent when")).toBeVisible();
  await page.getByLabel("Comes from").selectOption("a person");
  await page.getByRole("button", { name: "Review plan" }).click();
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  const { meta } = await (await api.get("/api/documents/workflow/welcome")).json();
  expect(meta).toMatchObject({
    kind: "journey",
    enrol: { on: "created", again: "after_end", window: "P30D" },
    quiet_hours: { from: "20:00", to: "08:00" },
    caps: [{ channel: "notify", max: 3, per: "P7D", over: "skip" }],
  });
  const made = await (await api.post("/api/records/company", { data: { name: "Newcomer" } })).json();
  const offers = await (await api.get(`/api/records/company/${made.id}/events`)).json();
  expect(offers.map(({ workflow }: { workflow: string }) => workflow)).toContain("welcome");
});

test("a journey begins so long before a day of its record, or after it, as is chosen", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/workflows`);
  await page.getByRole("button", { name: "New workflow" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Title").fill("Before the close");
  await dialog.getByLabel("Kind").selectOption("journey");
  await dialog.getByLabel("Of entity").selectOption("deal");
  await dialog.getByRole("button", { name: "New workflow" }).click();
  const panel = page.getByRole("complementary");
  await panel.getByLabel("Begins", { exact: true }).selectOption("when a date of it comes");
  await panel.getByLabel("Date of the record").selectOption("created_at");
  await expect(panel.getByLabel("Unit").getByRole("option")).toHaveText(["days", "hours", "minutes"]);
  await panel.getByLabel("Date of the record").selectOption("close_date");
  await expect(panel.getByLabel("Unit").getByRole("option")).toHaveText(["days"]);
  const span = panel.getByLabel("So long before or after");
  await span.fill("14");
  await span.press("Tab");
  await panel.getByLabel("Before or after it").selectOption("after it");
  await accessible(page);
  await page.getByRole("button", { name: "Review plan" }).click();
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  const { meta } = await (await api.get("/api/documents/workflow/before_the_close")).json();
  expect(meta.enrol).toEqual({ on: "date", field: "close_date", after: "P14D" });
});
