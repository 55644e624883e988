/**
 * Takes a picture of every screen, light and dark, 1440 and 390 pixels wide: `npm run screenshots`, into `screenshots/`.
 * Words behind the command choose screens whose names contain one of them; `--readme` renews the pictures in `docs/`.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import playwright, { type Browser, type Page, type Request } from "@playwright/test";
import { launchOptions } from "./browser.ts";
import { fillPipeline } from "./pipeline.ts";
import {
  addressOf,
  audience,
  enquiry,
  office,
  places,
  renewal,
  service,
  setUp,
  signInDoor,
  type Place,
} from "./places.ts";
import { showProduct } from "./product.ts";
import { showSales, signIn, type Sales } from "./sales.ts";
import openServer from "./server.ts";
import { publishDocuments } from "./steps.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(root, "screenshots");
const schemes = ["light", "dark"] as const;
const sizes = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];
/** The pictures that the README shows. */
const inReadme: Readonly<Record<string, string>> = {
  "board-light-1440": "pipeline.png",
  "design-workflow-canvas-light-1440": "builder.png",
};

const words = process.argv.slice(2);
const readme = words.includes("--readme");
const chosen = words.filter((word) => !word.startsWith("--"));
const wanted = ({ name }: Place) => chosen.length === 0 || chosen.some((word) => name.includes(word));

/** What a page has asked for and waits for, save what stays open while it is looked at. */
function watch(page: Page): ReadonlySet<Request> {
  const open = new Set<Request>();
  page.on("request", (request) => void (request.url().endsWith("/api/live") || open.add(request)));
  page.on("requestfinished", (request) => void open.delete(request));
  page.on("requestfailed", (request) => void open.delete(request));
  return open;
}

/** The picture of a page that has come to rest: it waits for no answer, and two pictures in a row are the same. */
async function settled(page: Page, open: ReadonlySet<Request>): Promise<Buffer> {
  const shoot = () => page.screenshot({ animations: "disabled", caret: "hide" });
  let before = await shoot();
  for (let tries = 0; tries < 40; tries++) {
    const waits = open.size > 0;
    const now = await shoot();
    if (!waits && now.equals(before)) return now;
    before = now;
  }
  return before;
}

async function take(page: Page, open: ReadonlySet<Request>, at: string, { name, shows }: Place, called: string) {
  await page.goto(at);
  await page.getByText(shows).first().waitFor();
  const picture = await settled(page, open);
  await writeFile(join(folder, `${name}-${called}.png`), picture);
  const shown = inReadme[`${name}-${called}`];
  if (readme && shown) await writeFile(join(root, "docs", shown), picture);
}

async function takeAll(browser: Browser, sales: Sales, fresh: string, scheme: (typeof schemes)[number], at: number) {
  const viewport = sizes[at]!;
  const context = await browser.newContext({ colorScheme: scheme, viewport, hasTouch: viewport.width < 760 });
  const page = await context.newPage();
  const open = watch(page);
  const called = `${scheme}-${viewport.width}`;
  const { address } = sales.product;
  if (wanted(setUp)) await take(page, open, fresh + setUp.path, setUp, called);
  if (wanted(signInDoor)) await take(page, open, address + signInDoor.path, signInDoor, called);
  await signIn(page, sales.product);
  for (const place of places.filter(wanted))
    await take(page, open, address + (await addressOf(place, sales.api)), place, called);
  await context.close();
}

if (chosen.length === 0) await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const browser = await playwright.chromium.launch(await launchOptions());
const closeServer = await openServer();
const fresh = await showProduct();
const sales = await showSales(playwright);
try {
  await fillPipeline(sales.api);
  await publishDocuments(sales.api, [office, ...enquiry, renewal, ...audience, ...service]);
  for (const scheme of schemes) for (const at of sizes.keys()) await takeAll(browser, sales, fresh.address, scheme, at);
  console.log(`The pictures lie in ${folder}`);
} finally {
  await browser.close();
  await sales.close();
  await fresh.close();
  await closeServer();
}
