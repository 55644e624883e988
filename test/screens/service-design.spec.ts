import { expect, test, type Page } from "@playwright/test";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";

let sales: Sales;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright);
  const installed = await sales.api.post("/api/templates/service/install", { data: {} });
  expect(installed.ok(), await installed.text()).toBe(true);
});
test.afterAll(() => sales.close());

/** Makes a document from its list by keyboard alone; the page of the new one stands. */
async function makeNew(page: Page, kinds: string, title: string): Promise<void> {
  await page.goto(`${sales.product.address}/design/${kinds}`);
  await expect(page.getByRole("button", { name: /^New / })).toBeVisible();
  await page.keyboard.press("n");
  await expect(page.getByRole("dialog").getByLabel("Label")).toBeFocused();
  await page.keyboard.type(title);
  const entity = page.getByRole("dialog").getByLabel("Entity");
  await entity.selectOption({ label: "Case" });
  await page.getByRole("dialog").getByLabel("Label").press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
}

const saved = (page: Page) => expect(page.getByText("Saved", { exact: true })).toBeVisible();

test("what is promised is said in hours or days, and when a case is due is counted as it is typed", async ({
  page,
}) => {
  test.slow();
  await signIn(page, sales.product);
  await makeNew(page, "sla-policies", "Partner promises");
  const preview = page.getByRole("complementary", { name: "When it is due" });
  await page.getByLabel("Calendar", { exact: true }).first().selectOption({ label: "Service hours" });
  await preview.getByLabel("Comes on").fill("2027-01-08T16:00");
  const due = preview.getByRole("status");
  await expect(due).toContainText("Mon Jan 11");
  await page.getByLabel("First response", { exact: true }).fill("2");
  await page.getByLabel("First response", { exact: true }).press("Tab");
  await expect(due).toContainText("2 business hours");
  await page.getByLabel("Unit of First response: All others").selectOption("days");
  await expect(due).toContainText("2 working days");
  await expect(due).toContainText("Tue Jan 12");

  await page.getByRole("button", { name: "Add a promise" }).press("Enter");
  await expect(page.getByLabel("Label of promise 1")).toBeFocused();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("Urgent");
  await page.locator("summary").first().press("Enter");
  await page.locator("#target-when-0").fill("priority == 'urgent' && nobody");
  await expect(page.getByRole("alert").first()).toContainText("nobody");
  await page.locator("#target-when-0").fill("priority == 'urgent'");
  await expect(page.getByRole("alert")).toHaveCount(0);
  await page.getByLabel("Label of promise 1").press("Alt+ArrowDown");
  await expect(page.getByLabel("Label of promise 2")).toHaveValue("Urgent");
  await page.getByLabel("Label of promise 2").press("Alt+ArrowUp");
  await saved(page);
  await accessible(page);

  await page.getByRole("link", { name: /^Clocks/ }).press("Enter");
  await page.getByLabel("Add a clock").selectOption({ label: "Resolution" });
  const panel = page.getByRole("group", { name: "Resolution", exact: true });
  await expect(panel.getByRole("group", { name: /^It stands: / }).getByLabel("sla.waiting_customer")).toBeChecked();
  await panel.getByRole("button", { name: "Add a warning" }).press("Enter");
  await expect(panel.getByLabel("Warning 2", { exact: true })).toHaveValue("90");
  await panel.getByLabel("Keeps how it stands in").selectOption({ label: "Resolution" });
  await saved(page);
  await accessible(page);
  await page
    .getByRole("link", { name: /^Promises/ })
    .last()
    .press("Enter");
  await page.getByLabel("Resolution", { exact: true }).first().fill("8");
  await page.getByLabel("Resolution", { exact: true }).first().press("Tab");
  await expect(due).toContainText("8 business hours");

  await page.getByRole("link", { name: "Settings", exact: true }).last().press("Enter");
  await page.getByLabel("Name", { exact: true }).fill("partners");
  await page.getByLabel("Name", { exact: true }).press("Enter");
  await expect(page).toHaveURL(/sla-policy\/partners/);
  await saved(page);
  await page.getByRole("button", { name: "Remove policy" }).press("Enter");
  await expect(page.getByRole("link", { name: "Partner promises" })).toHaveCount(0);
  await expect(page.getByRole("link", { name: /Service promises/ })).toBeVisible();
});

test("who gets the next case is told beside the queue that is typed, with what stands against the others", async ({
  page,
}) => {
  test.slow();
  const { api } = sales;
  for (const subject of ["Kiosk prints nothing", "Opening screen"])
    expect((await api.post("/api/records/case", { data: { subject, priority: "urgent" } })).ok()).toBe(true);
  await signIn(page, sales.product);
  await makeNew(page, "queues", "First line");
  const preview = page.getByRole("complementary", { name: "Who gets the next one" });
  const told = preview.getByRole("status");
  await page.getByLabel("Worked on by this role").selectOption({ label: "any role" });
  await expect(page.getByRole("alert").first()).toContainText("needs a team or a role");
  await page.getByLabel("Worked on by this role").selectOption({ label: "Agent" });
  await expect(preview.getByText("Nobody has this role in this team.")).toBeVisible();
  await page.getByLabel("Who is next").selectOption({ label: "Who has the most room" });
  await expect(told).toContainText("Nobody can have it now.");

  const made = await api.patch(`/api/users/${(await me()).id}`, { data: { roles: ["admin", "agent"] } });
  expect(made.ok(), await made.text()).toBe(true);
  await preview.getByLabel("For").selectOption({ label: "Kiosk prints nothing" });
  const members = preview.getByRole("list", { name: "Who works here" });
  await expect(members).toContainText("takes no work yet");
  await members.getByRole("button", { name: /^What .* takes$/ }).press("Enter");
  await members.getByLabel("takes work").press("Space");
  await expect(members).toContainText("gets it");
  await page.getByLabel("Takes of a capacity").fill("9");
  await page.getByLabel("Takes of a capacity").press("Tab");
  await expect(members).toContainText("has enough");
  await members.getByLabel("At once, at most").fill("20");
  await members.getByLabel("At once, at most").press("Tab");
  await expect(members).toContainText("gets it");
  await page.getByRole("button", { name: "Add a skill" }).press("Enter");
  await page.getByLabel("Skill 1", { exact: true }).fill("printers");
  await page.getByLabel("Skill 1", { exact: true }).press("Tab");
  await expect(members).toContainText("lacks a skill");
  await members.getByLabel("Can").fill("printers 3");
  await members.getByLabel("Can").press("Tab");
  await expect(members).toContainText("gets it");
  await expect(members).toContainText("printers 3");
  await page.getByLabel("What goes first").selectOption({ label: "Priority" });
  await expect(page.getByRole("group", { name: "The most urgent first" })).toContainText("Urgent");
  await page.locator("#queue-when").fill("priority == 'low'");
  await expect(told).toContainText("It does not wait here.");
  await saved(page);
  await accessible(page);
  const first = { label: "Who gets what" };
  await expect(page.getByRole("region", { name: first.label })).toBeVisible();

  async function me(): Promise<{ id: string }> {
    return (await (await api.get("/api/model")).json()).user as { id: string };
  }
});

test("a mailbox is tried with a mail that is pasted, and nothing of it is stored", async ({ page }) => {
  test.slow();
  await signIn(page, sales.product);
  await makeNew(page, "mailboxes", "Service");
  // The template has its own mailbox there already; whoever writes is proposed as a person, not as her company.
  await expect(page.getByLabel("Address", { exact: true })).toHaveValue("service-2@example.com");
  await expect(page.getByLabel("Who wrote goes to").getByRole("option", { selected: true })).toHaveText("Contact");
  await page.getByLabel("Address", { exact: true }).fill("trial@example.com");
  await page.getByLabel("Address", { exact: true }).press("Tab");
  const trial = page.getByRole("complementary", { name: "Try a mail" });
  const comes = trial.getByRole("status");
  await trial.getByRole("button", { name: "See what comes of it" }).press("Enter");
  await expect(comes).toContainText("It makes a new case.");
  await expect(comes).toContainText("The laser stops after ten minutes");
  await page.getByLabel("Who wrote goes to").selectOption({ label: "Contact" });
  await page.getByLabel("Make a record of somebody whom nobody knows").press("Space");
  await page.getByLabel("Values that every new record has: Field").selectOption({ label: "Priority" });
  await page.getByRole("link", { name: "Answer at once" }).press("Enter");
  await page.getByLabel("Tell whoever made a new record that it has come").press("Space");
  await page.getByRole("textbox", { name: "Text", exact: true }).fill("Hello {{ sender }}, this is {{ nobody }}.");
  await expect(page.getByRole("alert")).toContainText('"nobody" is nothing that a text can show');
  await page.getByRole("textbox", { name: "Text", exact: true }).fill("Hello {{ sender }}, it has come.");
  await expect(page.getByRole("alert")).toHaveCount(0);
  await trial.getByRole("button", { name: "See what comes of it" }).press("Enter");
  await expect(comes).toContainText("Contact, made");
  await expect(comes).toContainText("hana@customer.example");
  await expect(comes).toContainText("Hello Hana Mori, it has come.");
  await accessible(page);
  const cases = await sales.api.get("/api/records/case?search=laser&limit=1");
  expect((await cases.json()).items).toEqual([]);

  await page.getByRole("link", { name: "How mails join" }).press("Enter");
  await page.locator("#done-when").fill("!in_state(stage, 'open')");
  await expect(page.getByLabel("Opened again within days")).toHaveValue("14");
  await trial.getByLabel("A mail as it came").fill("no mail at all");
  await trial.getByRole("button", { name: "See what comes of it" }).press("Enter");
  await expect(comes).toContainText("This is no mail that can be read.");
  await saved(page);
  await accessible(page);
});

test("a snippet shows beside itself how it reads on a record, and becomes a macro by what it does", async ({
  page,
}) => {
  test.slow();
  const made = await sales.api.post("/api/records/case", { data: { subject: "Belt is loose" } });
  expect(made.ok(), await made.text()).toBe(true);
  await signIn(page, sales.product);
  await makeNew(page, "snippets", "We look at it");
  const preview = page.getByRole("complementary", { name: "As it would stand in an answer" });
  await preview.getByLabel("Record").selectOption({ label: "Belt is loose" });
  const text = page.getByRole("textbox", { name: "Text", exact: true });
  await text.fill("About ");
  await page.getByLabel("Text: Put a value in").selectOption("subject");
  await expect(text).toHaveValue("About {{ subject }}");
  await expect(preview.getByRole("status")).toContainText("About Belt is loose");
  await text.fill("About {{ subjekt }}");
  await expect(page.getByRole("alert")).toContainText('"subjekt" is nothing that a text can show');
  await text.fill("About {{ subject }}");
  await page.getByLabel("Values that the record gets: Field").selectOption({ label: "Priority" });
  await page.getByLabel("Priority", { exact: true }).selectOption({ label: "Urgent" });
  await expect(preview).toContainText("Priority becomes Urgent");
  await page.getByLabel("Who may use it: Field").selectOption({ label: "Agent" });
  await saved(page);
  await expect(page.getByRole("alert")).toHaveCount(0);
  await accessible(page);
  await page.goto(`${sales.product.address}/design/snippets`);
  await expect(page.getByRole("link", { name: /We look at it.*macro/ })).toBeVisible();
});
