import { expect, test, type APIRequestContext, type Browser, type Locator, type Page } from "@playwright/test";
import { createTransport } from "nodemailer";
import { freePort } from "../process.ts";
import { admin, showSales, type Sales } from "./sales.ts";
import { publishDocuments } from "./steps.ts";

let sales: Sales;
let api: APIRequestContext;
let mailPort: number;
const pages: Page[] = [];
const people = {
  mari: { name: "Mari", roles: ["sales_manager"] },
  dana: { name: "Dana", roles: ["sales_director"] },
  ken: { name: "Ken", roles: ["seller"] },
  leo: { name: "Leo", roles: ["seller"] },
  aya: { name: "Aya", roles: ["agent"] },
} as const;
const ids: Record<string, string> = {};

test.beforeAll(async ({ playwright }) => {
  test.setTimeout(600_000);
  mailPort = await freePort();
  const env = { TRELLIS_CLOCK: "test", TRELLIS_MAIL_PORT: String(mailPort) };
  sales = await showSales(playwright, { samples: false, env });
  ({ api } = sales);
  await at("2026-03-02T09:00:00Z");
  const installed = await api.post("/api/templates/closed_loop/install", { data: {}, timeout: 280_000 });
  expect(installed.ok(), await installed.text()).toBe(true);
  for (const [key, { name, roles }] of Object.entries(people)) {
    const data = { name, roles, email: `${key}@example.com`, password: admin.password };
    ids[key] = await made("users", key === "ken" || key === "leo" ? { ...data, manager: ids.mari } : data);
  }
  const campaign = await record("campaign", { name: "Spring", utm_campaign: "spring", status: "running" });
  const amount = { amount: "2000", currency: "USD" };
  await record("campaign_cost", { title: "Advertisements", campaign, kind: "actual", amount, on: "2026-03-02" });
  const book = { name: "Dollars", currency: "USD", smallest: "0.01", rounding: "half_up", tax_rate: "10" };
  ids.book = await record("price_book", book);
  ids.laser = await record("product", { name: "Laser LX1", list_price: { amount: "5000", currency: "USD" } });
  await record("price_book_entry", { price_book: ids.book, product: ids.laser, unit_price: "5000" });
  for (const [up_to, levels] of [
    ["10", 0],
    ["20", 1],
    ["30", 2],
  ])
    await record("discount_tier", { name: `Up to ${up_to} %`, up_to, levels });
});
test.afterAll(() => sales.close());

async function made(path: string, data: object): Promise<string> {
  const answer = await api.post(`/api/${path}`, { data });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()).id as string;
}
const record = (entity: string, data: object) => made(`records/${entity}`, data);
const read = async (path: string) => (await api.get(`/api/${path}`)).json();

/** It is now this moment, for the product and for whoever looks at it. */
async function at(now: string): Promise<void> {
  expect((await api.post("/api/test/clock", { data: { now } })).ok()).toBe(true);
  for (const page of pages) await page.clock.setFixedTime(now);
  moment = now;
}
let moment = "";

async function open(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: sales.product.address, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.clock.setFixedTime(moment);
  pages.push(page);
  return page;
}
async function enter(browser: Browser, email: string): Promise<Page> {
  const page = await open(browser);
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(admin.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  return page;
}

/** Pictures of a screen, wide and narrow, for people to judge (`TRELLIS_PICTURES=1`). */
async function picture(page: Page, name: string): Promise<void> {
  if (!process.env.TRELLIS_PICTURES) return;
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: `test-results/loop-${name}-${width}.png` });
  }
}

async function openMail(page: Page, subject: RegExp): Promise<void> {
  await page.goto("/design/mailbox");
  await page.getByRole("navigation", { name: "Mailbox" }).getByRole("link", { name: subject }).first().click();
  await expect(page.getByRole("heading", { level: 2, name: subject })).toBeVisible();
}
async function followLink(page: Page, subject: RegExp): Promise<void> {
  await openMail(page, subject);
  await page.getByRole("button", { name: "Links" }).click();
  await page.getByRole("button", { name: "Click" }).first().click();
  await expect(page.getByText("Done: Click.")).toBeVisible();
}
async function decide(page: Page, task: RegExp, decision: string): Promise<void> {
  await page.goto("/my-tasks");
  await page.getByRole("button", { name: task }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Decision").selectOption({ label: decision });
  await picture(page, `task-${decision}`);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(dialog).toHaveCount(0);
}

test("a visitor becomes a lead, a deal and a customer who complains, and marketing learns what she was worth", async ({
  browser,
}) => {
  test.setTimeout(600_000);
  const ada = await enter(browser, admin.email);
  const lead = await capture(browser, ada);
  const seller = await handOff(browser, ada, lead);
  await sell(browser, seller, lead);
  await serve(browser, seller, lead);
  await rate(browser, ada);
  await tell(ada, lead);
});

test("what receivers do is done in the mailbox, and to whom a mail comes back or who complains nothing more goes", async ({
  browser,
}) => {
  const ada = await enter(browser, admin.email);
  await at("2026-05-04T09:00:00Z");
  const leads: Record<string, string> = {};
  for (const name of ["Back", "Cross", "Done"]) {
    const address = `${name.toLowerCase()}@example.com`;
    leads[name] = await record("lead", { name, email: address });
    const about = { entity: "lead", record: leads[name], channel: "email", address, purpose: "newsletter" };
    const granted = await api.post("/api/consents", { data: { ...about, action: "confirm", proof: "By telephone" } });
    expect(granted.ok(), await granted.text()).toBe(true);
  }
  const does = async (subject: RegExp, ...what: readonly string[]) => {
    await expect(async () => openMail(ada, subject)).toPass();
    for (const it of what) {
      if (it === "Click") await ada.getByRole("button", { name: "Links" }).click();
      await ada.getByRole("button", { name: it, exact: true }).first().click();
      await expect(ada.getByText(`Done: ${it}.`)).toBeVisible();
    }
  };
  await does(/Welcome, Back/, "Open", "Click", "Bounce");
  await does(/Welcome, Cross/, "Complain");
  await does(/Welcome, Done/, "Unsubscribe");
  await picture(ada, "mailbox-does");
  await ada.goto("/design/workflow/welcome_series");
  const sums = ada.getByRole("region", { name: "Who has come through" });
  for (const [what, times] of Object.entries({ "Came back": 1, Unsubscribed: 1, "Opened by people": 1 }))
    await expect(sums.locator("dl > div").filter({ hasText: what })).toHaveText(new RegExp(`${what}\\s*${times}`));

  await at("2026-05-07T10:00:00Z");
  await ada.goto("/design/sent-mail?status=suppressed");
  const stopped = ada.getByRole("list", { name: "Sent mail" }).getByRole("listitem");
  for (const [address, why] of [
    ["back@example.com", "nothing is sent to this address"],
    ["cross@example.com", "nothing is sent to this address"],
    ["done@example.com", "consent withdrawn"],
  ] as const)
    await expect(async () => {
      await ada.reload();
      await expect(stopped.filter({ hasText: address })).toContainText(`Why: ${why}`, { timeout: 3000 });
    }).toPass();
  await ada.goto(`/lead/${leads.Back}`);
  await ada.getByRole("button", { name: "Timeline" }).click();
  await expect(ada.getByText("nobody is known there")).toBeVisible();
  await ada.goto(`/lead/${leads.Done}`);
  await expect(list(ada, "Consent").locator(".tag.withdrawn")).toBeVisible();
});

async function capture(browser: Browser, ada: Page): Promise<string> {
  const visitor = await open(browser);
  await visitor.goto("/f/ask_for_a_plan?utm_source=search&utm_campaign=spring");
  await picture(visitor, "form");
  await visitor.getByLabel("Your name").fill("Rei Ono");
  await visitor.getByLabel("Work mail").fill("rei@ono.example");
  await visitor.getByLabel("Company").fill("Ono Kogyo");
  await visitor.getByLabel("Phone").fill("+81 6 1234 5678");
  await visitor.getByLabel("What is it about?").fill("Lasers for two lines");
  for (const name of [/answer me by mail/, /Send me news/]) await visitor.getByRole("checkbox", { name }).check();
  await expect(visitor.locator("input[name=altcha]")).not.toHaveValue("");
  await visitor.getByRole("button", { name: "Ask for a plan" }).click();
  await expect(visitor.getByRole("status")).toContainText("Thank you");

  await openMail(ada, /Please confirm/);
  await picture(ada, "mailbox");
  await ada.getByRole("button", { name: "Links" }).click();
  const link = ada.getByRole("link", { name: /\/f\/-\/confirm\// });
  await visitor.goto((await link.getAttribute("href"))!);
  await visitor.getByRole("button", { name: "Yes, I confirm" }).click();
  await expect(visitor.getByRole("heading", { name: "Confirmed" })).toBeVisible();

  const [{ id: lead }] = (await read("records/lead?search=rei")).items;
  await ada.goto(`/lead/${lead}`);
  await expect(ada.getByRole("link", { name: "Spring" })).toBeVisible();
  await ada.getByRole("button", { name: "Nurture" }).click();
  await picture(ada, "lead");
  await openMail(ada, /^.*Welcome, Rei Ono/);
  await at("2026-03-03T09:00:00Z");
  await followLink(ada, /Welcome, Rei Ono/);
  await at("2026-03-06T09:00:00Z");
  await openMail(ada, /What others ask first/);
  await picture(ada, "nurture-mail");
  await at("2026-03-10T09:00:00Z");
  await followLink(ada, /What others ask first/);
  await showWay(ada, lead);
  return lead as string;
}

/** From the page of a record its own way is shown on the canvas of the journey, beside what became of all. */
async function showWay(ada: Page, lead: string): Promise<void> {
  await ada.goto(`/lead/${lead}`);
  await ada.getByRole("button", { name: /^Welcome series/ }).click();
  await ada.getByRole("link", { name: "Show on the canvas" }).click();
  const onTheWay = ada.getByRole("button", { name: /On the way that is shown/ });
  for (const title of ["Welcome", "Three days", "First steps", "Does she read?"])
    await expect(onTheWay.filter({ hasText: title })).toBeVisible();
  await expect(ada.getByRole("button", { name: /^Offer of a plan/ })).toBeVisible();
  await expect(onTheWay.filter({ hasText: "Offer of a plan" })).toHaveCount(0);
  await expect(ada.getByText("1 sent, 0 opened, 1 clicked")).toHaveCount(2);
  const sums = ada.getByRole("region", { name: "Who has come through" });
  await expect(sums.locator("dl > div").filter({ hasText: /^Entered/ })).toHaveText(/Entered\s*1/);
  await picture(ada, "way");
  await ada.locator("#box-st_first_steps").click();
  await expect(ada.getByText(/^1 came in, 1 went on/)).toBeVisible();
}

async function handOff(browser: Browser, ada: Page, lead: string): Promise<Page> {
  await ada.goto(`/lead/${lead}`);
  await expect(ada.getByRole("button", { name: /^Take Rei Ono\?/ })).toBeVisible();
  await expect(ada.getByText("63.5")).toBeVisible();
  await picture(ada, "lead-qualified");
  const { owner } = await read(`records/lead/${lead}`);
  const [key] = Object.entries(ids).find(([, id]) => id === owner)!;
  expect(["ken", "leo"]).toContain(key);
  const seller = await enter(browser, `${key}@example.com`);
  await decide(seller, /^Take Rei Ono\?/, "Accept");
  await seller.goto(`/lead/${lead}`);
  await seller.getByRole("button", { name: "Convert", exact: true }).click();
  const dialog = seller.getByRole("dialog", { name: "Convert" });
  await expect(dialog.getByText("A new deal")).toBeVisible();
  await dialog.getByRole("button", { name: "Convert" }).click();
  await expect(dialog).toHaveCount(0);
  await seller.getByRole("link", { name: "Lasers for two lines" }).first().click();
  await expect(seller.getByRole("heading", { level: 1, name: "Lasers for two lines" })).toBeVisible();
  return seller;
}

const list = (page: Page, title: string) =>
  page.locator("section").filter({ has: page.getByRole("heading", { name: new RegExp(`^${title}`) }) });

/** Begins a record in a list of the page; lists change places when it is known which of them are empty. */
async function add(page: Page, title: string): Promise<void> {
  const button = list(page, title).getByRole("button");
  await expect(button).toBeVisible();
  await expect(page.locator("ul[aria-busy=true]")).toHaveCount(0);
  await button.click();
}

async function choose(page: Page, label: string, option: string): Promise<void> {
  const box = page.getByRole("dialog").getByRole("combobox", { name: label });
  await box.fill(option);
  await page.getByRole("dialog").getByRole("option", { name: option }).click();
}

async function sell(browser: Browser, seller: Page, lead: string): Promise<void> {
  const { deal } = await read(`records/lead/${lead}`);
  await move(seller, "Engage");
  await move(seller, "Propose");
  await add(seller, "Quotes");
  await picture(seller, "new-quote");
  await choose(seller, "Price book", "Dollars");
  await seller.getByRole("dialog").getByRole("button", { name: "New quote" }).click();
  await list(seller, "Quotes").getByRole("link", { name: "Lasers for two lines" }).click();
  await expect(seller).toHaveURL(/\/quote\//);
  await add(seller, "Quote lines");
  await choose(seller, "Product", "Laser LX1");
  await seller.getByRole("dialog").getByLabel("Quantity").fill("4");
  await seller.getByRole("dialog").getByLabel("Discount", { exact: true }).fill("25");
  await picture(seller, "new-line");
  await seller.getByRole("dialog").getByRole("button", { name: "New quote line" }).click();
  await picture(seller, "quote");
  await move(seller, "Submit");
  for (const key of ["mari", "dana"]) {
    const page = await enter(browser, `${key}@example.com`);
    await decide(page, /^Approve the discount of Lasers for two lines/, "Approve");
  }
  await move(seller, "Send");
  await expect(list(seller, "Files").getByRole("link", { name: /Q-00001/ })).toBeVisible();
  await picture(seller, "quote-sent");
  await move(seller, "Accept");
  await list(seller, "Orders").getByRole("link", { name: "Lasers for two lines" }).click();
  await move(seller, "Confirm");
  await picture(seller, "order");
  await seller.goto(`/deal/${deal}`);
  await seller.getByRole("button", { name: /^Mark as won/ }).click();
  await seller.getByRole("dialog").getByLabel("Close date").fill("2026-03-10");
  await seller.getByRole("dialog").getByRole("button", { name: "Mark as won" }).click();
  await expect(seller.getByRole("dialog")).toHaveCount(0);
  await picture(seller, "deal-won");
}

/** A mail by SMTP, as the customer's server brings it. */
async function mailed(subject: string, text: string, more: object = {}): Promise<void> {
  const way = createTransport({ host: "127.0.0.1", port: mailPort, secure: false, ignoreTLS: true });
  const from = "Rei Ono <rei@ono.example>";
  await way.sendMail({ from, to: "service@example.com", subject, text, ...more });
  way.close();
}

/** A value as it stands beside the button that edits it. */
const value = (page: Page, label: string) =>
  page.getByRole("definition").filter({ has: page.getByRole("button", { name: `Edit: ${label}`, exact: true }) });

async function edit(page: Page, label: string, take: (field: Locator) => Promise<unknown>): Promise<void> {
  await page.getByRole("button", { name: `Edit: ${label}`, exact: true }).click();
  const saved = page.waitForResponse((it) => it.request().method() === "PATCH");
  await take(page.getByLabel(label, { exact: true }));
  await page.keyboard.press("Enter");
  expect((await saved).ok()).toBe(true);
}

async function move(page: Page, event: string, form: Readonly<Record<string, string>> = {}): Promise<void> {
  await page.getByRole("button", { name: new RegExp(`^${event}( A)?$`) }).click();
  const dialog = page.getByRole("dialog");
  for (const [label, value] of Object.entries(form)) await dialog.getByLabel(label).fill(value);
  if (Object.keys(form).length > 0) await dialog.getByRole("button", { name: event }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("button", { name: new RegExp(`^${event}( A)?$`) })).toHaveCount(0);
}

/** She complains on the eve of Easter; the promise waits for the holidays, the laser is repaired under its warranty. */
async function serve(browser: Browser, seller: Page, lead: string): Promise<void> {
  const { company } = await read(`records/lead/${lead}`);
  const bound = await api.put("/api/mailboxes/service", { data: { owner: ids.aya } });
  expect(bound.ok(), await bound.text()).toBe(true);
  const calendar = await read("documents/calendar/service_hours");
  const easter = { "2026-04-03": { title: "Good Friday" }, "2026-04-06": { title: "Easter Monday" } };
  await publishDocuments(api, [{ ...calendar, exceptions: easter }]);
  await at("2026-04-02T16:00:00Z");
  await mailed("The laser stops", "It stops after an hour. We are not amused.");

  const aya = await enter(browser, "aya@example.com");
  await aya.goto("/desk");
  const waiting = aya.locator("section").filter({ has: aya.getByRole("heading", { name: /^Waiting/ }) });
  await expect(waiting.getByRole("link", { name: /The laser stops/ })).toBeVisible();
  await aya.keyboard.press("n");
  const mine = aya.locator("section").filter({ has: aya.getByRole("heading", { name: /^With me/ }) });
  await expect(mine.getByRole("link", { name: /The laser stops/ })).toBeVisible();
  await expect(aya.getByRole("button", { name: /^First response.*Apr 7, 2026, 11:00/ })).toBeVisible();
  await picture(aya, "desk");
  const [complaint] = (await read(`records/case?filter=${encodeURIComponent(`company == '${company}'`)}`)).items;
  expect(complaint).toMatchObject({
    first_response_due: "2026-04-07T11:00:00.000Z",
    resolution_due: "2026-04-09T16:00:00.000Z",
    origin: "email",
    owner: ids.aya,
  });

  await at("2026-04-07T10:00:00Z");
  await aya.goto(`/case/${complaint.id}`);
  await edit(aya, "Type", (field) => field.selectOption({ label: "Complaint" }));
  await expect(aya.getByRole("button", { name: "Edit: Cause" })).toBeVisible();
  await move(aya, "Start");
  await aya.getByLabel("Your answer").fill("Dear Rei Ono,\n\nwe fetch it today and repair it.");
  await aya.getByLabel("Your answer").press("Control+Enter");
  await expect(aya.getByText("we fetch it today").first()).toBeVisible();
  await expect(aya.getByRole("button", { name: /^First response.*kept/ })).toBeVisible();
  await picture(aya, "case");

  await add(aya, "Repairs");
  await choose(aya, "Product", "Laser LX1");
  await aya.getByRole("dialog").getByLabel("Delivered on").fill("2026-03-12");
  await picture(aya, "new-repair");
  await aya.getByRole("dialog").getByRole("button", { name: "New repair" }).click();
  await list(aya, "Repairs").getByRole("link", { name: /^R-/ }).click();
  await expect(aya.getByRole("link", { name: "Ono Kogyo" }).first()).toBeVisible();
  await move(aya, "Look up the warranty", { "Delivered on": "2026-03-12" });
  await move(aya, "Diagnose");
  await picture(aya, "repair");
  await move(aya, "Under warranty or goodwill", { Diagnosis: "A loose fan" });
  await move(aya, "Repair");

  await seller.goto(`/company/${company}`);
  await add(seller, "Orders");
  await seller.getByRole("dialog").getByLabel("Title").fill("Spare fans");
  await seller.getByRole("dialog").getByRole("button", { name: "New order" }).click();
  await list(seller, "Orders").getByRole("link", { name: "Spare fans" }).click();
  await expect(seller.getByText("This customer has an open complaint.")).toBeVisible();
  // An order without lines is not confirmed yet; to give it up is not proposed in its place.
  await expect(seller.getByRole("button", { name: "Confirm" })).toHaveAttribute("aria-disabled", "true");
  await expect(seller.locator(".moves kbd")).toHaveCount(0);
  await picture(seller, "next-order");

  await aya.goto(`/contact/${complaint.contact}`);
  await expect(aya.locator(".fact").filter({ hasText: "Next due" })).toContainText("Apr 9, 2026, 04:00 PM");
  await expect(list(aya, "Cases").getByTitle(/^Resolution: .*Apr 9, 2026/)).toBeVisible();
  await expect(list(aya, "Consent").locator(".tag.granted")).toHaveCount(2);
  await picture(aya, "complaining-contact");
  await aya.goBack();

  for (const event of ["Test", "Passed", "Sent or collected"]) await move(aya, event);
  await aya.goto(`/case/${complaint.id}`);
  await edit(aya, "Cause", (field) => field.selectOption({ label: "Product fault" }));
  await expect(value(aya, "Cause")).toContainText("Product fault");
  await edit(aya, "Remedy", (field) => field.selectOption({ label: "Repair" }));
  await expect(value(aya, "Remedy")).toContainText("Repair");
  await move(aya, "Resolve");
  await seller.reload();
  await expect(seller.getByRole("heading", { level: 1, name: "Spare fans" })).toBeVisible();
  await expect(seller.getByText("This customer has an open complaint.")).toHaveCount(0);
}

/** Eight working hours later she is asked, and answers by the link in the mail. */
async function rate(browser: Browser, ada: Page): Promise<void> {
  await at("2026-04-08T12:00:00Z");
  await openMail(ada, /How did we do\? The laser stops/);
  await ada.getByRole("button", { name: "Links" }).click();
  const link = ada.getByRole("link", { name: /\/f\/-\/survey\// }).first();
  const customer = await open(browser);
  await customer.goto((await link.getAttribute("href"))!);
  await customer.getByRole("radio", { name: /^5/ }).check();
  await customer.getByLabel("What should we keep").fill("Quick, once you knew.");
  await picture(customer, "survey");
  await customer.getByRole("button", { name: "Send answer" }).click();
  await expect(customer.getByRole("heading", { name: "Thank you" })).toBeVisible();
  expect((await read("records/case_rating")).items).toMatchObject([{ score: 5, comment: "Quick, once you knew." }]);
}

/** Funnel, forecast, ROI, figures, the customer's page and the API say the same. */
async function tell(ada: Page, lead: string): Promise<void> {
  const { company, contact } = await read(`records/lead/${lead}`);
  const worth = { won_value: "15000", ordered_value: "15000", open_deals: 0, open_cases: 0 };
  for (const [entity, id, score] of [
    ["contact", contact, /Engagement.* 60/],
    ["company", company, /Relationship.* 70/],
  ] as const) {
    expect(await read(`records/${entity}/${id}`)).toMatchObject(worth);
    await ada.goto(`/${entity}/${id}`);
    await expect(ada.locator(".fact").filter({ hasText: "Won" })).toContainText("15,000");
    await expect(ada.getByRole("region", { name: "Segments and scores" }).getByText(score)).toBeVisible();
    await picture(ada, entity);
  }
  await expect(list(ada, "Deals").getByRole("link", { name: "Lasers for two lines" })).toBeVisible();
  await expect(list(ada, "Cases").getByRole("link", { name: "The laser stops" })).toBeVisible();
  await expect(list(ada, "Consent: Contacts").getByRole("listitem")).toHaveText(
    /Rei Ono.*enquiries: granted.*Newsletter: granted/,
  );
  await ada.goto("/dashboards/sales?period=2026-01-01_2026-06-30");
  await expect(
    ada.getByRole("region", { name: "Sales in figures" }).getByText("$15,000", { exact: true }),
  ).toBeVisible();
  const forecast = ada.getByRole("region", { name: "Forecast" });
  await expect(forecast.getByRole("link", { name: "March 2026, Won: $15,000" })).toBeAttached();
  const funnel = ada.getByRole("region", { name: "Funnel" }).getByRole("listitem");
  await expect(funnel.filter({ hasText: "Won" }).getByRole("link", { name: "1", exact: true })).toBeVisible();
  await picture(ada, "dashboard");
  await ada.goto("/reports/campaign_return");
  await expect(ada.getByRole("row").filter({ hasText: "Spring" })).toContainText("650%");
  await picture(ada, "return");
}
