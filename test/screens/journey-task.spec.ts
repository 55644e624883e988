import { expect, test, type Page } from "@playwright/test";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";
import { Person, publishDocuments, publishDraft } from "./steps.ts";

/** A journey of deals that waits a week and is over. */
const journey = {
  $schema: "urn:trellis:workflow:1",
  id: "follow_up",
  initial: "quiet",
  states: {
    quiet: {
      after: { week: [{ target: "over", meta: { id: "tr_week", title: "A week later" } }] },
      meta: { id: "st_quiet", title: "Left alone" },
    },
    over: { type: "final", meta: { id: "st_over", title: "Over" } },
  },
  meta: {
    id: "wf_follow_up",
    title: "Follow-up",
    format: "wf/1",
    kind: "journey",
    entity: "deal",
    events: {},
    delays: { week: { title: "One week", duration: "P7D" } },
  },
};

let sales: Sales;
test.beforeEach(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  await publishDocuments(sales.api, [journey]);
});
test.afterEach(() => sales.close());

/** Chooses a box of the canvas; what is pressed next is meant for it. A canvas that is laid out takes focus from its boxes. */
async function choose(page: Page, box: string, title: string): Promise<void> {
  await expect(async () => {
    await page.locator(`#box-${box}`).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { level: 2, name: title })).toBeVisible({ timeout: 3000 });
  }).toPass();
}

/** Adds something to what is chosen, by the keyboard alone. */
async function add(page: Page, what: string): Promise<void> {
  await page.keyboard.press("a");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Title")).toBeFocused();
  await dialog.getByRole("button", { name: what }).focus();
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
}

test("a human task is drawn in a journey on the canvas by keyboard, and moves the run when it is done; who is under way goes on without it", async ({
  page,
}) => {
  const { product, api } = sales;
  const begin = async (title: string) => {
    const { id } = await (await api.post("/api/records/deal", { data: { title } })).json();
    const begun = await api.post(`/api/records/deal/${id}/runs`, { data: { workflow: "follow_up" } });
    expect(begun.ok(), await begun.text()).toBe(true);
  };
  await begin("Under way");
  await signIn(page, product);
  await page.goto(`${product.address}/design/workflow/follow_up`);
  await choose(page, "tr_week", "A week later");
  await page.keyboard.press("a");
  await expect(page.getByRole("dialog").getByLabel("Title")).toBeFocused();
  await page.keyboard.type("Call");
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary", { name: "Call" });
  await expect(panel.getByRole("button", { name: /^Over/ })).toBeVisible();
  await expect(page.locator("#box-tr_week")).toContainText("A week later");
  await add(page, "A person does something here");
  const asked = panel.getByRole("group", { name: "A person does" });
  await asked.getByLabel("What is to be done").fill("Call about the offer");
  await page.keyboard.press("Tab");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await accessible(page);
  }

  await choose(page, "st_quiet", "Left alone");
  await add(page, "A person does something here");
  const first = page.getByRole("complementary", { name: "Left alone" });
  await page.locator("#box-st_quiet").focus();
  await page.keyboard.press("c");
  await expect(first.getByLabel("Way out to")).toBeFocused();
  await page.keyboard.type("Over");
  await page.keyboard.press("Enter");
  const way = page.getByRole("complementary", { name: "Over" });
  await expect(way.getByText("when that is done")).toBeVisible();
  await expect(way.getByLabel("Title")).toHaveValue("Over");
  await page.setViewportSize({ width: 390, height: 844 });
  const outline = page.getByRole("treegrid", { name: "Follow-up" });
  await expect(outline.getByRole("row", { name: /A task for a person: Call about the offer/ })).toBeVisible();
  await accessible(page);
  await page.setViewportSize({ width: 1440, height: 900 });
  await choose(page, "st_quiet", "Left alone");

  await page.keyboard.press("Control+p");
  const publish = page.getByRole("button", { name: /^Publish version/ });
  await expect(publish).toBeEnabled();
  const runs = page.getByRole("row", { name: /^Left alone/ });
  await expect(runs).toHaveText(/1\s*stays with its version\s*$/);
  const goOn = page.getByLabel("Runs of Follow-up under way");
  await goOn.selectOption("They go on by the new version");
  await expect(runs).not.toContainText("with its version");
  await goOn.selectOption("They stay with the version by which they began");
  await expect(runs).toContainText("stays with its version");
  await accessible(page);
  await publish.press("Enter");
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
  await begin("Kiosks");
  const tasks = async () => (await (await api.get("/api/tasks")).json()).items;
  const [task] = await tasks();
  expect(task).toMatchObject({ title: "Left alone" });
  expect((await api.post(`/api/tasks/${task.id}/complete`, { data: {} })).ok()).toBe(true);
  expect(await tasks()).toEqual([]);
});

/** What a welcome series sends, and how one comes into it. */
const purpose = {
  $schema: "urn:trellis:purpose:1",
  $id: "news",
  $anchor: "pur_news",
  title: "News",
  basis: "legitimate",
};
const letter = (id: string, title: string) => ({
  $schema: "urn:trellis:message:1",
  $id: id,
  $anchor: `msg_${id}`,
  title,
  entity: "contact",
  channel: "mail",
  purpose: "news",
  subject: `${title}, {{ name }}`,
  blocks: [{ id: "body", type: "text", text: "We are glad." }],
});
const form = {
  $schema: "urn:trellis:form:1",
  $id: "newsletter",
  $anchor: "form_newsletter",
  title: "Newsletter",
  entity: "contact",
  fields: [{ field: "name", required: true }, { field: "email" }],
  hidden: [],
  consents: [{ purpose: "news", channel: "email", wording: "Send me news." }],
  match: "email",
};

/** Task welcome-series-with-optout: what `test/api/journey-tasks.test.ts` does with a document is drawn here. */
test("a welcome series is drawn without a name of the machine's, and welcomes whoever fills the form in", async ({
  page,
}) => {
  const { product, api } = sales;
  await publishDocuments(api, [purpose, letter("hello", "Welcome"), letter("more", "First steps"), form]);
  await signIn(page, product);
  const person = new Person(page);
  await person.open(`${product.address}/design/workflows`);
  await person.click(page.getByRole("button", { name: "New workflow" }));
  const dialog = page.getByRole("dialog");
  await person.fill(dialog.getByLabel("Title"), "Welcome series");
  await person.choose(dialog.getByLabel("Kind"), "Journey");
  await person.choose(dialog.getByLabel("Of entity"), "Contact");
  await person.click(dialog.getByRole("button", { name: "New workflow" }));

  const whole = page.getByRole("complementary");
  await person.choose(whole.getByLabel("Begins"), "when an event comes");
  await person.choose(whole.getByLabel("Event that begins it"), "Filled in a form");
  await person.choose(whole.getByLabel("Of the form"), "Newsletter");
  await person.choose(whole.getByLabel("Leaves by"), "Withdrew consent");
  await person.choose(whole.getByLabel("For the purpose"), "News");

  const box = (title: string) => page.locator("[id^=box-]").filter({ hasText: title });
  const sends = async (panel: string, message: string) => {
    const here = page.getByRole("complementary", { name: panel });
    await person.choose(here.getByLabel("Action: On entry"), "Send a message");
    await person.choose(here.getByLabel("Message"), message);
  };
  const way = async (panel: string, to: string) => {
    const here = page.getByRole("complementary", { name: panel });
    await person.click(here.getByRole("button", { name: new RegExp(`to ${to}$`) }));
  };
  await person.click(box("Finish"));
  await person.press("a");
  await expect(page.getByRole("dialog").getByLabel("Title")).toBeFocused();
  await page.keyboard.type("Second mail");
  await person.press("Enter");
  await sends("Second mail", "more");
  await way("Second mail", "Done");
  await person.choose(page.getByLabel("Taken by"), "By itself, at once");
  await person.click(box("Open"));
  await sends("Open", "hello");
  await way("Open", "Second mail");
  await person.choose(page.getByLabel("Taken by"), "Time");
  await person.fill(page.getByLabel("For a time"), "3");
  await person.press("Tab");
  await publishDraft(person);
  expect(person.steps).toBeLessThan(30);

  await page.goto(`${product.address}/f/newsletter`);
  await page.getByLabel("Name").fill("Aya Mori");
  await page.getByLabel("E-mail").fill("aya@example.com");
  await page.getByRole("checkbox", { name: /Send me news/ }).check();
  await expect(page.locator("input[name=altcha]")).not.toHaveValue("");
  await page.getByRole("button").click();
  await expect(page.getByRole("status")).toBeVisible();
  const read = async (path: string) => (await api.get(path)).json();
  const [{ id }] = (await read("/api/records/contact?search=aya")).items;
  const run = async () => (await read(`/api/records/contact/${id}/journeys`)).runs[0];
  await expect.poll(run, { timeout: 20_000 }).toMatchObject({ status: "active", mails: [{ status: "accepted" }] });
  const [wait] = (await run()).waits;
  expect(Math.round((Date.parse(wait.due_at) - Date.now()) / 86_400_000)).toBe(3);
  const [mail] = (await read("/api/mailbox")).items;
  expect(mail).toMatchObject({ to: "aya@example.com", subject: "Welcome, Aya Mori" });
  expect((await api.post(`/api/mailbox/${mail.id}/simulate`, { data: { as: "unsubscribe" } })).ok()).toBe(true);
  await expect.poll(run, { timeout: 20_000 }).toMatchObject({ status: "left", reason: "Withdrew consent", waits: [] });
});
