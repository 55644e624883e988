import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, type APIRequestContext, type Locator, type Page } from "@playwright/test";

/** Somebody at the screen whose every step is counted: a click, a field filled, a choice taken, a key, a card carried. */
export class Person {
  steps = 0;
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async click(on: Locator): Promise<void> {
    this.steps++;
    await on.click();
  }

  async doubleClick(on: Locator): Promise<void> {
    this.steps++;
    await on.dblclick();
  }

  async fill(field: Locator, text: string): Promise<void> {
    this.steps++;
    await field.fill(text);
  }

  async choose(field: Locator, label: string): Promise<void> {
    this.steps++;
    await field.selectOption({ label });
  }

  /** A key, or several at once. */
  async press(keys: string): Promise<void> {
    this.steps++;
    await this.page.keyboard.press(keys);
  }

  async carry(what: Locator, to: Locator): Promise<void> {
    this.steps++;
    await what.dragTo(to);
  }

  /** Goes somewhere: one step, as by a link or by a name in the palette. */
  async open(address: string): Promise<void> {
    this.steps++;
    await this.page.goto(address);
  }
}

/** Looks at the plan of the draft and publishes it. */
export async function publishDraft(person: Person): Promise<void> {
  const { page } = person;
  await person.click(page.getByRole("button", { name: "Review plan" }));
  const publish = page.getByRole("button", { name: /^Publish version/ });
  await expect(publish).toBeEnabled({ timeout: 120_000 });
  await person.click(publish);
  await expect(page.getByText(/^Version \d+ is live$/)).toBeVisible();
}

/** Publishes documents past the screens: what a task finds there. */
export async function publishDocuments(api: APIRequestContext, documents: readonly object[]): Promise<void> {
  const { id } = await (await api.post("/api/changes", { data: { reason: "Given" } })).json();
  for (const data of documents as readonly { $schema: string; $id?: string; id?: string }[]) {
    const kind = data.$schema.split(":")[2];
    const put = await api.put(`/api/documents/${kind}/${data.$id ?? data.id}?change=${id}`, { data });
    expect(put.ok(), await put.text()).toBe(true);
  }
  const published = await api.post(`/api/changes/${id}/publish`, { data: {} });
  expect(published.status(), await published.text()).toBe(200);
}

interface Peer {
  readonly product: string;
  readonly steps: number | null;
}

const tasks =
  process.env.TRELLIS_TEST_TASKS ?? fileURLToPath(new URL("../../../shared/tasks/tasks.jsonl", import.meta.url));

/** The product that does a task in the fewest steps, of those for which somebody has published a number. */
async function bestPeer(task: string): Promise<Peer | undefined> {
  const text = await readFile(tasks, "utf8").catch(() => "");
  const all = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as { readonly id: string; readonly peers: readonly Peer[] });
  const counted = all.find(({ id }) => id === task)?.peers.filter(({ steps }) => steps !== null) ?? [];
  return counted.toSorted((one, other) => one.steps! - other.steps!)[0];
}

/** Prints in how many steps a task, or a part of it, was done, beside the best count that is published. */
export async function tellSteps(task: string, { steps }: Person, part = ""): Promise<void> {
  const peer = await bestPeer(task);
  const beside = peer ? `${peer.product} publishes ${peer.steps}` : "nobody publishes a count";
  console.log(`  steps of ${task}${part && `, ${part}`}: ${steps}; ${beside}`);
}
