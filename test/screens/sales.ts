import { expect, type APIRequestContext, type Page, type PlaywrightWorkerArgs } from "@playwright/test";
import { copyOf } from "../planted.ts";
import { removeData, startProduct } from "../process.ts";
import { showProduct, type Shown } from "./product.ts";

export { accessible } from "./axe.ts";

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

/** Starts the product with the templates `core` and `sales` in it. */
export async function showSales(
  playwright: PlaywrightWorkerArgs["playwright"],
  { samples = true, env = {} }: SalesOptions = {},
): Promise<Sales> {
  const known = { TRELLIS_ADMIN_EMAIL: admin.email, TRELLIS_ADMIN_PASSWORD: admin.password };
  const { TRELLIS_TEST_SERVER: url = "", TRELLIS_TEST_RUN: run = "" } = process.env;
  const database = await copyOf({ url, run }, samples ? "samples" : "bare", async (DATABASE_URL) => {
    const product = await startProduct({ env: { ...known, DATABASE_URL } });
    const api = await apiOf(playwright, product.address);
    for (const template of ["core", "sales"]) {
      const answer = await api.post(`/api/templates/${template}/install`, { data: { samples } });
      expect(answer.ok(), await answer.text()).toBe(true);
    }
    await api.dispose();
    await product.stop();
    await removeData(product.folder);
  });
  const product = await showProduct({ ...known, ...env }, database);
  const api = await apiOf(playwright, product.address);
  const close = async () => {
    await api.dispose();
    await product.close();
  };
  return { product, api, close };
}

/** How long an answer is waited for; templates are installed on crowded machines too. */
const patienceMs = 120_000;

/** The API as the administrator has it beside the browser. */
async function apiOf(playwright: PlaywrightWorkerArgs["playwright"], address: string): Promise<APIRequestContext> {
  const api = await playwright.request.newContext({
    baseURL: address,
    extraHTTPHeaders: { origin: address },
    timeout: patienceMs,
  });
  await api.post("/api/auth/sign-in/email", { data: admin });
  return api;
}

/** Signs the administrator in by what the form sends, without loading a page. */
export async function signIn(page: Page, { address }: Shown): Promise<void> {
  const sent = { data: admin, headers: { origin: address } };
  const answer = await page.request.post(`${address}/api/auth/sign-in/email`, sent);
  expect(answer.ok(), await answer.text()).toBe(true);
}

/** Signs the administrator in, who comes to what she works with first. */
export async function enter(page: Page, product: Shown, first = "Deals"): Promise<void> {
  await signIn(page, product);
  await page.goto(product.address);
  await expect(page.getByRole("heading", { name: first })).toBeVisible();
}
