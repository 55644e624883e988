import { expect, test, type APIRequestContext, type Page } from "@playwright/test";
import type { WorkflowDocument } from "schemas";
import { purchaseDocuments } from "../fixtures/purchase.ts";
import type { Shown } from "./product.ts";
import { accessible, admin, showSales, type Sales } from "./sales.ts";
import { publishDocuments } from "./steps.ts";

test.describe.configure({ mode: "serial" });
let sales: Sales;
let product: Shown;
let api: APIRequestContext;

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  ({ product, api } = sales);
  await publishDocuments(api, [...purchaseDocuments, inspection]);
  const [ada] = (await (await api.get("/api/users")).json()).items;
  expect((await api.patch(`/api/users/${ada.id}`, { data: { roles: ["admin", "buyer"] } })).ok()).toBe(true);
});
test.afterAll(() => sales.close());

/** A process that people begin on a purchase. */
const inspection = {
  $schema: "urn:trellis:workflow:1",
  id: "inspection",
  initial: "looking",
  states: {
    looking: {
      invoke: {
        id: "look",
        src: "human.task",
        input: { title: { cel: "'Inspect ' + record.title" } },
        onDone: [{ target: "over", meta: { id: "tr_inspected", title: "Inspected" } }],
      },
      meta: { id: "st_looking", title: "Looking" },
    },
    over: { type: "final", meta: { id: "st_inspected", title: "Over" } },
  },
  meta: {
    id: "wf_inspection",
    title: "Inspection",
    format: "wf/1",
    kind: "process",
    entity: "purchase",
    events: {},
  },
} as unknown as WorkflowDocument;

async function enter(page: Page) {
  await page.goto(`${product.address}/sign-in`);
  await page.getByLabel("E-mail").fill(admin.email);
  await page.getByLabel("Password").fill(admin.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: "My tasks" })).toBeVisible();
}

/** A purchase that waits to be reviewed. */
async function submitted(title: string): Promise<string> {
  const made = await (await api.post("/api/records/purchase", { data: { title, amount: "400" } })).json();
  const moved = await api.post(`/api/records/purchase/${made.id}/events`, { data: { type: "purchase.submit" } });
  expect(moved.ok(), await moved.text()).toBe(true);
  return made.id;
}

test("a task is found among one's own, answered by keyboard alone and taken back; others come while one looks", async ({
  page,
}) => {
  await submitted("Chairs");
  await enter(page);
  await page.getByRole("link", { name: "My tasks" }).click();
  const open = page.getByRole("button", { name: "Review Chairs" });
  await expect(open).toBeVisible();
  await accessible(page);
  await submitted("Lamps");
  await expect(page.getByRole("button", { name: "Review Lamps" })).toBeVisible();
  await open.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Review Chairs" });
  await expect(dialog.getByText("Waits for buyer")).toBeVisible();
  await accessible(page);
  await dialog.getByRole("button", { name: "Done" }).focus();
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toContainText("must not be empty");
  await dialog.getByLabel("Decision").focus();
  await page.keyboard.type("a");
  await dialog.getByLabel("Note").fill("Fine");
  await page.keyboard.press("Enter");
  await expect(dialog).toHaveCount(0);
  await expect(open).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Review Lamps" })).toBeFocused();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(open).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  expect(wide).toBe(false);
});

test("a process is begun on the page of a record by keyboard alone, once at a time, and taken back", async ({
  page,
}) => {
  const made = await (await api.post("/api/records/purchase", { data: { title: "Vans", amount: "1" } })).json();
  await enter(page);
  await page.goto(`${product.address}/purchase/${made.id}`);
  const begin = page.getByRole("button", { name: "Begin …" });
  await expect(begin).toBeVisible();
  await accessible(page);
  await begin.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "Inspection" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Inspection has begun")).toBeVisible();
  await expect(page.getByRole("button", { name: "Inspect Vans" })).toBeVisible();
  await begin.click();
  await expect(page.getByRole("menuitem", { name: "Inspection" })).toBeDisabled();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Undo" }).click();
  const may = async () => (await (await api.get(`/api/records/purchase/${made.id}/runs`)).json())[0].allowed;
  await expect.poll(may).toBe(true);
});

test("the page of a record shows what waits there, who has it, and does it", async ({ page }) => {
  const id = await submitted("Desks");
  await enter(page);
  await page.goto(`${product.address}/purchase/${id}`);
  const here = page.getByRole("region", { name: "Tasks of this record" });
  await here.getByRole("button", { name: "Review Desks" }).click();
  await page.getByRole("button", { name: "Take it" }).click();
  await expect(here.getByText("Ada")).toBeVisible();
  await here.getByRole("button", { name: "Review Desks" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Let it go" })).toBeVisible();
  await dialog.getByRole("button", { name: "Give to another" }).click();
  await dialog.getByRole("combobox").fill("a");
  await expect(dialog.getByRole("option", { name: "ada" })).toBeInViewport({ ratio: 1 });
  await dialog.getByRole("button", { name: "Close" }).click();
  await here.getByRole("button", { name: "Review Desks" }).click();
  await dialog.getByLabel("Decision").selectOption("approve");
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(here).toHaveCount(0);
  await accessible(page);
});

test("an admin draws a task: who does it, what is asked and until when, and it leads on when it is done", async ({
  page,
}) => {
  await enter(page);
  await page.goto(`${product.address}/design/workflow/purchase?as=outline&at=st_draft`);
  const grid = page.getByRole("treegrid", { name: "Purchase" });
  await grid.getByRole("row", { name: /^Draft State/ }).focus();
  await page.keyboard.press("a");
  await page.getByRole("dialog").getByRole("button", { name: "A person does something here" }).click();
  const panel = page.getByRole("complementary", { name: "Draft" });
  await panel.getByLabel("What is to be done").fill("= 'Complete ' + record.title");
  await panel.getByLabel("Who does it").selectOption("A role");
  await panel.getByLabel("A role").selectOption("buyer");
  await panel.getByLabel("Due after (days)").fill("3");
  await panel.getByRole("button", { name: "Ask something" }).click();
  await panel.getByLabel("Question", { exact: true }).fill("Supplier");
  await panel.getByLabel("Question", { exact: true }).press("Tab");
  await panel.getByLabel("Kind of answer: Supplier").selectOption("One of");
  await panel.getByLabel("Choices, separated by commas: Supplier").fill("North, South");
  await panel.getByRole("checkbox", { name: /must be answered/ }).check();
  await accessible(page);
  await panel.getByLabel("Way out to").selectOption("Approved");
  await expect(grid.getByRole("row", { name: /when that is done/ })).toHaveCount(6);
  await page.keyboard.press("Escape");
  await grid.getByRole("row", { name: /^Draft State/ }).focus();
  await page.keyboard.press("o");
  await expect(page.locator(".svelte-flow").getByText("A task for a person: 'Complete")).toBeVisible();
  await page.getByText("Saved").waitFor();
  const [change] = (await (await api.get("/api/changes")).json()).items;
  const drafts = await (await api.get(`/api/documents/workflow/purchase?change=${change.id}`)).json();
  expect(drafts.states.draft.invoke).toMatchObject({
    src: "human.task",
    input: {
      title: { cel: "'Complete ' + record.title" },
      role: "buyer",
      due: "P3D",
      form: {
        properties: { question: { title: "Supplier", enum: ["North", "South"] } },
        required: ["question"],
      },
    },
    onDone: [{ target: "approved" }],
  });
});
