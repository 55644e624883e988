import { expect, test, type APIRequestContext, type Locator, type Page } from "@playwright/test";
import type { EntityDocument } from "schemas";
import { conditional, cover } from "../fixtures/conditions.ts";
import type { Shown } from "./product.ts";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";
import { publishDocuments } from "./steps.ts";

let sales: Sales;
let product: Shown;
let api: APIRequestContext;

const accountLayout = {
  $schema: "urn:trellis:layout:1",
  $id: "account",
  $anchor: "lay_account",
  title: "Account",
  entity: "account",
  sections: [{ fields: ["name", "kind", "industry", "type"] }],
  quick_create: ["name", "kind", "industry", "type"],
};

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  ({ product, api } = sales);
  await publishDocuments(api, [...(conditional as readonly EntityDocument[]), accountLayout]);
});
test.afterAll(() => sales.close());

const questions = ["Payload", "Permit no", "Driver count", "Goods", "Route"];
const full = { vehicle: "commercial", payload: 7, permit_no: "P1", driver_count: 2, goods: "Eggs", route: "A1" };
const json = async (path: string) => (await api.get(path)).json();
const create = async (entity: string, data: object) => (await api.post(`/api/records/${entity}`, { data })).json();
const asked = async (on: Locator) =>
  (await on.locator("label").allTextContents()).map((text) => text.trim().replace(/\s+required$/, "*"));

/** The record page, once its fields stand there. */
async function open(page: Page, entity: string, id: string): Promise<void> {
  await page.goto(`${product.address}/${entity}/${id}`);
  await expect(page.getByRole("button", { name: "Edit: Name" })).toBeAttached();
}

test("a new record shows, asks for and offers what is entered", async ({ page }) => {
  await signIn(page, product);
  await page.goto(`${product.address}/cover?new=1`);
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await expect.poll(() => asked(dialog)).toEqual(["Name*", "Vehicle"]);
  await dialog.getByLabel("Name").fill("Lorry");
  await dialog.getByLabel("Vehicle").selectOption("Commercial");
  await expect(dialog.getByLabel("Route")).toBeVisible();
  await expect
    .poll(() => asked(dialog))
    .toEqual(["Name*", "Vehicle", "Payload*", "Permit no*", "Driver count", "Goods", "Route"]);
  await expect(dialog.getByRole("status")).toHaveText(`Now asked as well: ${questions.join(", ")}.`);
  await expect(dialog.getByLabel("Payload")).toHaveAttribute("aria-required", "true");
  await accessible(page);
  await dialog.getByLabel("Vehicle").press("Tab");
  for (const title of questions) {
    await expect(dialog.getByLabel(title)).toBeFocused();
    await page.keyboard.type("7");
    await page.keyboard.press("Tab");
  }

  await dialog.getByLabel("Vehicle").selectOption("Private car");
  await expect(dialog.getByText(`Saving empties: ${questions.join(", ")}.`)).toBeVisible();
  await expect.poll(() => asked(dialog)).toEqual(["Name*", "Vehicle"]);
  await accessible(page);
  await dialog.getByLabel("Vehicle").selectOption("Commercial");
  await expect(dialog.getByLabel("Goods")).toHaveValue("7");
  await dialog.getByLabel("Permit no").fill("");
  await page.keyboard.press("Enter");
  await expect(dialog.getByLabel("Permit no")).toBeFocused();
  await expect(dialog.getByRole("alert")).toHaveText(/Permit no/);
  await page.keyboard.type("P7");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  const { items } = await json("/api/records/cover");
  expect(items).toMatchObject([{ ...full, name: "Lorry", permit_no: "P7", driver_count: 7, goods: "7", route: "7" }]);

  await page.goto(`${product.address}/account?new=1`);
  await dialog.getByLabel("Name").fill("Bank");
  await dialog.getByLabel("Kind").selectOption("Customer");
  await dialog.getByLabel("Industry").selectOption("Finance");
  await dialog.getByLabel("Kind").selectOption("Partner");
  await expect(dialog.getByRole("alert")).toHaveText("“Finance” is not offered here. Choose another.");
  await expect(dialog.getByLabel("Industry").getByRole("option")).toHaveText(["", "Consulting", "Education"]);
  await expect(dialog.getByLabel("Industry")).toHaveValue("");
  await accessible(page);
  await dialog.getByLabel("Kind").selectOption("Customer");
  await expect(dialog.getByLabel("Industry")).toHaveValue("finance");
});

test("a record page follows a change before it is saved, and tells what becomes of the rest", async ({ page }) => {
  const { id } = await create("cover", { name: "Kept lorry", ...full });
  await signIn(page, product);
  await open(page, "cover", id);
  const lorry = page.getByRole("heading", { name: "Lorry", exact: true });
  await expect(lorry).toBeVisible();
  await page.getByRole("button", { name: "Edit: Vehicle" }).click();
  await page.getByLabel("Vehicle").selectOption("Private car");
  await expect(page.getByText(`Saving empties: ${questions.join(", ")}.`)).toBeVisible();
  await expect(lorry).toBeHidden();
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(lorry).toBeVisible();
  expect(await json(`/api/records/cover/${id}`)).toMatchObject(full);

  await publishDocuments(api, [cover("keep")]);
  await open(page, "cover", id);
  await page.getByRole("button", { name: "Edit: Vehicle" }).click();
  await page.getByLabel("Vehicle").selectOption("Private car");
  await expect(page.getByText(`Shown no longer; the values stay: ${questions.join(", ")}.`)).toBeVisible();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Vehicle is saved")).toBeVisible();
  await expect(lorry).toBeHidden();
  expect(await json(`/api/records/cover/${id}`)).toMatchObject({ ...full, vehicle: "private_car" });
  await publishDocuments(api, [cover()]);
});

test("a change that asks for other fields is saved together with them", async ({ page }) => {
  const car = await create("cover", { name: "Car", vehicle: "private_car" });
  await signIn(page, product);
  await open(page, "cover", car.id);
  await page.getByRole("button", { name: "Edit: Vehicle" }).click();
  await page.getByLabel("Vehicle").selectOption("Commercial");
  await expect(page.getByRole("term").filter({ hasText: "Payload" })).toContainText("required");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "This is asked along with it" });
  await expect(dialog.getByLabel("Payload")).toBeFocused();
  await expect.poll(() => asked(dialog)).toEqual(["Vehicle", "Payload*", "Permit no*"]);
  await accessible(page);
  await page.keyboard.type("12");
  await page.keyboard.press("Enter");
  await expect(dialog.getByLabel("Permit no")).toBeFocused();
  await page.keyboard.type("P9");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Vehicle is saved")).toBeVisible();
  const saved = await json(`/api/records/cover/${car.id}`);
  expect(saved).toMatchObject({ vehicle: "commercial", payload: 12, permit_no: "P9", version: car.version + 1 });

  const bank = await create("account", { name: "Bank", kind: "customer", industry: "finance" });
  await open(page, "account", bank.id);
  await page.getByRole("button", { name: "Edit: Kind" }).click();
  await page.getByLabel("Kind").selectOption("Partner");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(dialog.getByText("“Finance” is not offered here. Choose another.")).toBeVisible();
  await dialog.getByLabel("Industry").selectOption("Education");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  expect(await json(`/api/records/account/${bank.id}`)).toMatchObject({ kind: "partner", industry: "education" });
});
