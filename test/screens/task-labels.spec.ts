import { readFile } from "node:fs/promises";
import { expect, test, type Page } from "@playwright/test";
import { accessible, admin, showSales, signIn, type Sales } from "./sales.ts";

/** The task `labels-two-languages`: an own object in English gets Japanese labels by table and by file. */
test.describe.configure({ mode: "serial" });
let sales: Sales;

const titles = ["Purpose", "Place", "Minutes", "Guests", "Held on", "Paid", "Kind", "Mood"];
const types = ["text", "text", "integer", "integer", "date", "boolean", "select", "select"];
const name = (title: string) => title.toLowerCase().replace(" ", "_");
const choices = (...given: readonly string[]) => given.map((title) => ({ value: title.toLowerCase(), title }));
const visit = {
  $schema: "urn:trellis:entity:1",
  $id: "visit",
  $anchor: "ent_visit",
  type: "object",
  title: "Visit",
  plural: "Visits",
  name_field: "purpose",
  properties: Object.fromEntries(
    titles.map((title, at) => [
      name(title),
      {
        $anchor: `fld_${name(title)}`,
        field: types[at],
        title,
        ...(title === "Kind" ? { choices: choices("First", "Repeat") } : {}),
        ...(title === "Mood" ? { choices: choices("Good", "Bad") } : {}),
      },
    ]),
  ),
  rules: [
    {
      $anchor: "rule_minutes",
      require: { cel: "minutes == null || minutes > 0" },
      message: "A visit takes a minute at least.",
    },
  ],
};
const view = {
  $schema: "urn:trellis:view:1",
  $id: "all_visits",
  $anchor: "view_visits",
  title: "All visits",
  entity: "visit",
  type: "table",
  columns: ["purpose", "minutes", "kind", "mood"],
};

async function publishDocuments(documents: readonly { readonly $schema: string; readonly $id: string }[]) {
  const { api } = sales;
  const { id } = await (await api.post("/api/changes", { data: { reason: "Visits" } })).json();
  for (const document of documents) {
    const kind = document.$schema.split(":")[2];
    const put = await api.put(`/api/documents/${kind}/${document.$id}?change=${id}`, { data: document });
    expect(put.ok(), await put.text()).toBe(true);
  }
  const done = await api.post(`/api/changes/${id}/publish`, { data: {} });
  expect(done.ok(), await done.text()).toBe(true);
}

test.beforeAll(async ({ playwright }) => {
  sales = await showSales(playwright, { samples: false });
  await publishDocuments([visit, view]);
  for (const values of [
    { purpose: "Tour", kind: "first" },
    { purpose: "Follow-up", kind: "repeat" },
  ])
    await sales.api.post("/api/records/visit", { data: values });
});
test.afterAll(() => sales.close());

async function publish(page: Page) {
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await page.getByRole("button", { name: "Review plan" }).click();
  await page.getByRole("button", { name: /^Publish version/ }).click();
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
}

const japanese = ["目的", "場所", "所要時間", "人数", "実施日", "支払済み", "種類", "雰囲気"];

test("a table shows every label with its state, and takes translations one by one and by file", async ({ page }) => {
  await signIn(page, sales.product);
  await page.goto(`${sales.product.address}/design/translations?into=ja`);
  const rows = page.getByRole("row").filter({ hasText: "visit", hasNotText: "deals made in the period" });
  await expect(rows).toHaveCount(2 + titles.length + 4 + 1 + 1);
  await expect(rows.filter({ hasText: "missing" })).toHaveCount(await rows.count());
  await expect(page.getByText(/^0 % translated/)).toBeVisible();
  await accessible(page);

  for (const [at, title] of titles.entries()) {
    await page.getByLabel(`Translate visit › Field: ${title}`, { exact: true }).fill(japanese[at]!);
    await page.keyboard.press("Tab");
  }
  await expect(rows.filter({ hasText: "done" })).toHaveCount(titles.length);

  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export file" }).click();
  const file = await readFile(await (await waiting).path(), "utf8");
  const put = (text: string, address: string, source: string, said: string) =>
    text.replace(`${address},${source},,missing`, `${address},${source},${said},missing`);
  const filled = [
    ["ent_visit,title", "Visit", "訪問"],
    ["ent_visit,plural", "Visits", "訪問"],
    ["ent_visit#fld_kind=first,title", "First", "初回"],
    ["ent_visit#fld_mood=good,title", "Good", "良い"],
    ["ent_visit#fld_mood=bad,title", "Bad", "悪い"],
    ["ent_visit#rule_minutes,message", "A visit takes a minute at least.", "訪問は1分以上必要です。"],
    ["view_visits,title", "All visits", "すべての訪問"],
  ].reduce((text, [address, source, said]) => put(text, address!, source!, said!), file);
  const chosen = { name: "ja.csv", mimeType: "text/csv", buffer: Buffer.from(filled) };
  await page.getByLabel("Import file").and(page.locator("input")).setInputFiles(chosen);
  await expect(page.getByText("7 labels changed by the file")).toBeVisible();
  await expect(rows.filter({ hasText: "missing" })).toHaveCount(1);
  await publish(page);
});

test("who speaks Japanese sees it everywhere, what is missing in English; the others see what they saw", async ({
  browser,
  page,
}) => {
  const { api, product } = sales;
  const ken = { name: "Ken", email: "ken@example.com", password: admin.password, roles: ["admin"] };
  expect((await api.post("/api/users", { data: ken })).ok()).toBe(true);
  const context = await browser.newContext({ locale: "ja-JP" });
  const his = await context.newPage();
  await his.goto(`${product.address}/sign-in?to=/visit`);
  await his.getByLabel("メールアドレス").fill(ken.email);
  await his.getByLabel("パスワード").fill(ken.password);
  await his.getByRole("button", { name: "サインイン" }).click();
  await expect(his.getByRole("heading", { name: "訪問" })).toBeVisible();
  await expect(his.getByRole("link", { name: "すべての訪問" })).toBeVisible();
  for (const title of ["目的", "所要時間", "種類"])
    await expect(his.getByRole("columnheader", { name: title })).toBeVisible();
  await expect(his.getByRole("cell", { name: "初回" })).toBeVisible();
  await expect(his.getByRole("cell", { name: "Repeat" })).toBeVisible();

  const told = await his.request.post(`${product.address}/api/records/visit`, {
    data: { purpose: "見学", minutes: 0 },
    headers: { origin: product.address, "accept-language": "ja" },
  });
  expect((await told.json()).problems[0].detail).toContain("訪問は1分以上必要です。");
  await context.close();

  await signIn(page, product);
  await page.goto(`${product.address}/visit`);
  await expect(page.getByRole("columnheader", { name: "Purpose" })).toBeVisible();
  await expect(page.getByRole("cell", { name: "First" })).toBeVisible();
});

test("a label that is called otherwise makes its translation out of date, and stays heard until then", async ({
  page,
}) => {
  const kind = { ...visit.properties.kind, title: "Sort of visit" };
  await publishDocuments([{ ...visit, properties: { ...visit.properties, kind } } as typeof visit]);
  await signIn(page, sales.product);
  await page.goto(`${sales.product.address}/design/translations?into=ja&show=undone`);
  await expect(page.getByRole("row").filter({ hasText: "Sort of visit" })).toContainText("out of date");
  await expect(page.getByText(/1 out of date$/)).toBeVisible();
});
