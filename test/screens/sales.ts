import AxeBuilder from "@axe-core/playwright";
import { expect, type APIRequestContext, type Page, type PlaywrightWorkerArgs } from "@playwright/test";
import { showProduct, type Shown } from "./product.ts";

export const admin = { email: "ada@example.com", password: "correct horse battery" };

/** The product with sales in it, and an administrator at its API beside the browser. */
export interface Sales {
  readonly product: Shown;
  readonly api: APIRequestContext;
  close(): Promise<void>;
}

export interface SalesOptions {
  readonly samples?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the product and installs the templates `core` and `sales`. */
export async function showSales(
  playwright: PlaywrightWorkerArgs["playwright"],
  { samples = true, env = {} }: SalesOptions = {},
): Promise<Sales> {
  const { email, password } = admin;
  const product = await showProduct({ TRELLIS_ADMIN_EMAIL: email, TRELLIS_ADMIN_PASSWORD: password, ...env });
  const { address } = product;
  const api = await playwright.request.newContext({ baseURL: address, extraHTTPHeaders: { origin: address } });
  await api.post("/api/auth/sign-in/email", { data: admin });
  for (const template of ["core", "sales"]) {
    const answer = await api.post(`/api/templates/${template}/install`, { data: { samples } });
    expect(answer.ok(), await answer.text()).toBe(true);
  }
  const close = async () => {
    await api.dispose();
    await product.close();
  };
  return { product, api, close };
}

/** Signs the administrator in by the form. */
export async function signIn(page: Page, { address }: Shown): Promise<void> {
  await page.goto(`${address}/sign-in`);
  await page.getByLabel("E-mail").fill(admin.email);
  await page.getByLabel("Password").fill(admin.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Deals" })).toBeVisible();
}

/** Whether axe finds nothing on a page. */
export async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`)).toEqual(
    [],
  );
}
