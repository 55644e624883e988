import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@playwright/test";
import { packageOf } from "../../runtime/store/template-files.ts";
import { zip } from "../../runtime/zip.ts";
import { showProduct, type Shown } from "./product.ts";

const admin = { email: "ada@example.com", password: "correct horse battery" };
let product: Shown;
let folder: string;

test.beforeAll(async () => {
  product = await showProduct({ TRELLIS_ADMIN_EMAIL: admin.email, TRELLIS_ADMIN_PASSWORD: admin.password });
  folder = await mkdtemp(join(tmpdir(), "trellis-package-"));
});
test.afterAll(async () => {
  await product.close();
  await rm(folder, { recursive: true });
});

/** The shipped template in a newer version, in which the entity of companies is called otherwise. */
async function newerCore(): Promise<string> {
  await cp(fileURLToPath(new URL("../../templates/core", import.meta.url)), join(folder, "core"), { recursive: true });
  const files = new Map<string, Uint8Array>();
  for (const path of await readdir(join(folder, "core"), { recursive: true })) {
    if (!path.endsWith(".json")) continue;
    let text = await readFile(join(folder, "core", path), "utf8");
    if (path === "template.json") text = text.replace(/"version": "[^"]*"/, '"version": "1.9.0"');
    if (path === "entities/company.json") text = text.replace('"title": "Company"', '"title": "Organisation"');
    files.set(path, Buffer.from(text));
  }
  expect(packageOf("core", new Map([...files].map(([path, it]) => [path, String(it)])))).toBeDefined();
  const file = join(folder, "core.zip");
  await writeFile(file, zip(files));
  return file;
}

test("a template is looked at, installed, upgraded with a choice, and taken away", async ({ page }) => {
  await page.goto(`${product.address}/sign-in`);
  await page.getByLabel("E-mail").fill(admin.email);
  await page.getByLabel("Password").fill(admin.password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.includes("sign-in"));
  await page.goto(`${product.address}/design/templates`);
  const panel = page.getByRole("region", { name: "Core" });
  await expect(panel.getByRole("heading", { name: "Entities" })).toBeVisible();
  await expect(panel.getByText("Company", { exact: true })).toBeVisible();
  await panel.getByRole("button", { name: "Install Core" }).click();
  await expect(panel.getByRole("button", { name: /Remove \d+ example records/ })).toBeVisible({ timeout: 30_000 });

  const cookie = { origin: product.address };
  const change = await (
    await page.request.post(product.address + "/api/changes", { data: { reason: "Mine" }, headers: cookie })
  ).json();
  const company = await (await page.request.get(product.address + "/api/documents/entity/company")).json();
  const put = await page.request.put(`${product.address}/api/documents/entity/company?change=${change.id}`, {
    data: { ...company, title: "Customer" },
    headers: cookie,
  });
  expect(put.ok(), await put.text()).toBe(true);
  const published = await page.request.post(`${product.address}/api/changes/${change.id}/publish`, {
    data: {},
    headers: cookie,
  });
  expect(published.ok(), await published.text()).toBe(true);

  await page.getByLabel("Bring a package").setInputFiles(await newerCore());
  await expect(panel.getByText("You and the template have changed the same")).toBeVisible({ timeout: 30_000 });
  const conflict = panel.getByRole("group", { name: "entity/company" });
  await expect(conflict.getByRole("radio", { name: "Yours Customer" })).toBeChecked();
  await conflict.getByRole("radio", { name: "The template’s Organisation" }).check();
  await expect(panel.getByText(/Customer.*Organisation/)).toBeVisible();
  await panel.getByRole("button", { name: "Upgrade to 1.9.0" }).click();
  await expect(panel.getByRole("heading", { name: "What the upgrade does" })).toBeHidden({ timeout: 30_000 });
  expect((await (await page.request.get(product.address + "/api/documents/entity/company")).json()).title).toBe(
    "Organisation",
  );

  await panel.getByRole("button", { name: /example records/ }).click();
  await expect(page.getByText(/\d+ example records removed/)).toBeVisible({ timeout: 30_000 });

  await page.getByRole("button", { name: "Export this workspace" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("aoba");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  expect((await download).suggestedFilename()).toBe("aoba.zip");

  await panel.getByRole("button", { name: "Uninstall" }).click();
  await page.getByRole("radio", { name: /Take it away with its data/ }).check();
  await page.getByRole("dialog").getByRole("button", { name: "Uninstall" }).click();
  await expect(panel.getByRole("button", { name: "Install Core" })).toBeVisible({ timeout: 30_000 });
});
