import { expect, test } from "@playwright/test";
import type { Shown } from "./product.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";

let sales: Sales;
let product: Shown;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  ({ product } = sales);
  for (const title of ["Kiosks", "Tills"]) {
    const { id } = await (await sales.api.post("/api/records/deal", { data: { title } })).json();
    const sent = await sales.api.post(`/api/records/deal/${id}/events`, { data: { type: "deal.advance" } });
    expect(sent.ok(), await sent.text()).toBe(true);
  }
});
test.afterAll(() => sales.close());

test("a workflow shows what happened over its design, and what the past would have come to", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/workflow/deal_pipeline`);
  await page.getByRole("link", { name: "What happened" }).press("Enter");
  const followed = page.getByRole("region", { name: "What followed what", exact: true });
  await expect(followed.getByRole("row", { name: /Prospecting Engaging 2/ })).toBeVisible();
  await expect(page.getByText("Records: 2. Different ways: 1.")).toBeVisible();
  const days = page.getByRole("group", { name: "Time span" }).getByRole("button", { name: "30 days" });
  await days.press("Enter");
  await expect(days).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", { name: "Play the past" }).press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "2 records were played." })).toBeVisible();
  await expect(page.getByRole("row", { name: "Stand in: Engaging 2 2 0" })).toBeVisible();
  await accessible(page);
});

test("a draft is played over the records that are there, and its states tell how many came", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/workflow/deal_pipeline/map`);
  const dryRun = page.getByRole("region", { name: "Dry run", exact: true });
  await dryRun.getByRole("button", { name: "Play the records" }).press("Enter");
  await expect(dryRun.getByRole("status")).toHaveText("Records: 2. Of these begin: 2.");
  await expect(dryRun.getByRole("row", { name: "Prospecting 2 0 2" })).toBeVisible();
  await expect(dryRun.getByRole("row", { name: /^Would go out: Notify a person \d/ })).toBeVisible();
  const picture = dryRun.getByRole("region", { name: /^Dry run of/ });
  await expect(picture.locator("text.visits").filter({ hasText: /^2$/ }).first()).toBeVisible();
  await expect(dryRun.getByText(/^Taken as not happening: .*Engage/)).toBeVisible();
  await accessible(page);
  await dryRun.getByLabel("Only where (CEL)").fill("title == 'Kiosks'");
  await dryRun.getByRole("button", { name: "Play the records" }).press("Enter");
  await expect(dryRun.getByRole("status")).toHaveText("Records: 1. Of these begin: 1.");
  await dryRun.getByLabel("Only where (CEL)").fill("nothing == 1");
  await dryRun.getByRole("button", { name: "Play the records" }).press("Enter");
  await expect(dryRun.getByText(/nothing/)).toBeVisible();
});

test("a log from elsewhere is held against a workflow, its columns and activities as a person says", async ({
  page,
}) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/workflow/deal_pipeline/map`);
  const log = page.getByRole("region", { name: "A log from elsewhere" });
  await log.getByLabel("Or pasted").fill("nothing of the kind");
  await expect(log.getByText("This is no log", { exact: false })).toBeVisible();
  const lines = [
    "when;ticket;done;by",
    "2026-01-01 09:00;1;engage;Ann",
    "2026-01-03 09:00;1;Lose;Ben",
    "2026-01-02 09:00;2;engage;Ann",
    "2026-01-02 12:00;2;Sign;Ann",
    "soon;3;engage;Ann",
  ];
  await log.getByLabel("A CSV file").setInputFiles({
    name: "log.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(lines.join("\r\n")),
  });
  await expect(log.getByLabel("Case")).toHaveValue("1");
  await log.getByLabel("Time").selectOption("when");
  await log.getByLabel("Activity").selectOption("done");
  await log.getByLabel("Whose doing").selectOption("by");
  await expect(log.getByRole("status")).toHaveText(/Events: 4\. Cases: 2\..*: 1\./);
  await expect(log.getByLabel("Sign")).toHaveValue("");
  await log.getByLabel("Lose").selectOption("Mark as lost");
  const hold = log.getByRole("button", { name: "Hold it against the workflow" });
  await page.route("**/conformance", (route) => route.abort());
  await hold.press("Enter");
  await expect(hold, "a server that is away can be asked again").toBeEnabled();
  await page.unroute("**/conformance");
  await hold.press("Enter");
  const against = page.getByRole("region", { name: /^The log against/ });
  await expect(against.getByRole("status")).toContainText("Of 2 cases 1 go as designed (50 %).");
  await expect(against.getByRole("row", { name: /Engaging Sign/ })).toBeVisible();
  const picture = page.getByRole("region", { name: "The log as a picture" });
  expect((await picture.boundingBox())?.height, "it is not squeezed by what stands below").toBeGreaterThan(100);
  await expect(page.getByRole("row", { name: /Engage Mark as lost 1 2 days/ })).toBeVisible();
  await expect(page.getByRole("row", { name: "Ann 3 2" })).toBeVisible();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await accessible(page);
  }
});

test("a case is played by keyboard, branched, and kept as a test", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/design/workflow/deal_pipeline`);
  await page.getByRole("link", { name: "Play", exact: true }).press("Enter");
  const stands = page.getByRole("region", { name: /^Stands in/ });
  await expect(stands.getByRole("status")).toHaveText("Prospecting");
  await page.getByLabel("Title", { exact: true }).fill("Kiosks");
  await stands.getByRole("button", { name: "Up to the next wait" }).press("Enter");
  const story = page.getByRole("region", { name: "What has happened" });
  await expect(story.getByText(/Kiosks has not been engaged/)).toBeVisible();
  await stands.getByRole("button", { name: "Engage", exact: true }).press("Enter");
  await expect(stands.getByRole("status")).toHaveText("Engaging");
  await story.getByRole("button", { name: "Branch from here" }).first().press("Enter");
  await expect(stands.getByRole("status")).toHaveText("Prospecting");
  await page.getByRole("button", { name: "Branch 1" }).press("Enter");
  await expect(stands.getByRole("status")).toHaveText("Engaging");
  await accessible(page);
  await stands.getByLabel("What the test is called").fill("Engages");
  await stands.getByRole("button", { name: "Keep as a test" }).press("Enter");
  await expect(page.getByText("“Engages” is played on each publish now.")).toBeVisible();
  await expect
    .poll(async () => {
      const { items } = await (await sales.api.get("/api/changes")).json();
      const { drafts } = await (await sales.api.get(`/api/changes/${items[0]?.id}`)).json();
      return Object.values<any>(drafts ?? {}).map((it) => it?.title);
    })
    .toEqual(["Engages"]);
});

test("a record tells how it came where it stands, and why it is not elsewhere", async ({ page }) => {
  await signIn(page, product);
  const { items } = await (await sales.api.get("/api/records/deal?search=Kiosks")).json();
  await page.goto(`${product.address}/deal/${items[0].id}`);
  const story = page.getByRole("region", { name: "How it came here" });
  await story.getByRole("button", { name: /Engage: Prospecting → Engaging/ }).press("Enter");
  await expect(story.getByText("is open")).toBeVisible();
  await expect(story.getByText(/^Under version \d+$/)).toBeVisible();
  await story.getByRole("button", { name: "Why not elsewhere?" }).press("Enter");
  await expect(story.getByText("record.approval != 'rejected'").first()).toBeVisible();
  await accessible(page);
});
