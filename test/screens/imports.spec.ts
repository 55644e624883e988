import { expect, test } from "@playwright/test";
import type { EntityDocument } from "schemas";
import { accessible, showSales, signIn, type Sales } from "./sales.ts";
import { publishDocuments } from "./steps.ts";

const field = (name: string, title: string, more: object = {}) => ({
  [name]: { $anchor: `fld_${name}`, field: "text", title, ...more },
});
const pupil = {
  $schema: "urn:trellis:entity:1",
  $id: "pupil",
  $anchor: "ent_pupil",
  type: "object",
  title: "Pupil",
  plural: "Pupils",
  name_field: "family",
  properties: {
    ...field("family", "Family name"),
    ...field("given", "Given name"),
    ...field("mail", "Mail", { field: "email", unique: true }),
    ...field("company", "Company", { field: "reference", to: "company" }),
    ...field("phone", "Phone"),
  },
} as unknown as EntityDocument;

let sales: Sales;
test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  await publishDocuments(sales.api, [pupil]);
});
test.afterAll(() => sales.close());

test("names are shared out, the columns go where they went before, and what undoing does is told before it is done", async ({
  page,
}) => {
  const { api, product } = sales;
  await signIn(page, product);
  const rows = Array.from({ length: 5 }, (_, at) => `Yamada Taro${at},p${at}@school.example,Aoba`);
  const file = {
    name: "pupils.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(["Person,Mail,Company", ...rows].join("\n")),
  };
  const choose = async () => {
    await page.goto(`${product.address}/import?entity=pupil`);
    await page.locator("input[type=file]").setInputFiles(file);
  };
  await choose();
  const person = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "Person" }) });
  await person.getByLabel("Person: Goes to 1").selectOption({ label: "Family name" });
  await person.getByLabel("Person: Goes to 2").selectOption({ label: "Given name" });
  await person.getByLabel("A word for each").check();
  await page.getByLabel("Company: When it is missing").selectOption("create");
  await page.getByLabel("Rows find their record by").selectOption({ label: "Mail" });
  await page.getByRole("button", { name: "Rehearse" }).click();
  await expect(page.getByText("Companies made along with them: 1")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Import 5 rows" }).click();
  await expect(page.getByRole("heading", { name: "The import is done" })).toBeVisible();
  const pupils = async () => (await (await api.get("/api/records/pupil?sort=given")).json()).items;
  const [first, second, ...others] = await pupils();
  expect([first.family, first.given, others.length]).toEqual(["Yamada", "Taro0", 3]);

  const data = { phone: "1234", family: "Sato" };
  const changed = await api.patch(`/api/records/pupil/${second.id}`, { data, headers: { "if-match": '"1"' } });
  expect(changed.ok()).toBe(true);
  await page.getByRole("button", { name: "Undo the import" }).click();
  const dialog = page.getByRole("dialog", { name: "Undo the import" });
  await expect(dialog.getByText("4 records that it made go to the trash")).toBeVisible();
  await expect(dialog.getByRole("listitem").filter({ hasText: "Sato" })).toContainText("was changed since");
  await accessible(page);
  await dialog.getByRole("button", { name: "Take it back" }).click();
  await expect(dialog).toBeHidden();
  expect((await pupils()).map(({ family }: { family: string }) => family)).toEqual(["Sato"]);

  await choose();
  await expect(page.getByText("The columns go where they went the last time.")).toBeVisible();
  await expect(person.getByLabel("Person: Goes to 2")).toHaveValue("given");
  await expect(person.getByLabel("A word for each")).toBeChecked();
  await expect(page.getByLabel("Company: When it is missing")).toHaveValue("create");
  await expect(page.getByLabel("Rows find their record by")).toHaveValue("mail");
});
