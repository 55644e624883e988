import { afterAll, expect, test } from "vitest";
import { voyageEntity, voyageWorkflow } from "../fixtures/voyage.ts";
import { freshDatabase } from "../world.ts";
import { launch, removeData, startProduct, type Product } from "../process.ts";

const env = {
  TRELLIS_ADMIN_EMAIL: "ada@example.com",
  TRELLIS_ADMIN_PASSWORD: "correct horse battery",
  TRELLIS_CLOCK: "test",
};
const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await removeData(folder);
});

async function signIn({ address }: Product) {
  const headers = { origin: address, "content-type": "application/json" };
  const body = JSON.stringify({ email: env.TRELLIS_ADMIN_EMAIL, password: env.TRELLIS_ADMIN_PASSWORD });
  const answer = await fetch(`${address}/api/auth/sign-in/email`, { method: "POST", headers, body });
  expect(answer.status).toBe(200);
  const cookie = answer.headers
    .getSetCookie()
    .map((it) => it.split(";")[0])
    .join("; ");
  return async (method: string, path: string, sent?: unknown) => {
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { origin: address, cookie, "content-type": "application/json" },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
  };
}

test("a worker that is killed in the middle of reminders has lost none and told none twice", async () => {
  // More than are moved in one go.
  const [deals, once] = [1100, 550];
  let product = await startProduct({ env });
  folders.push(product.folder);
  let ask = await signIn(product);
  for (const template of ["core", "sales"])
    expect((await ask("POST", `/api/templates/${template}/install`, {})).status).toBeLessThan(300);
  let last = "";
  for (let from = 0; from < deals; from += once) {
    const some = Array.from({ length: once }, (_, at) => ({ title: `Deal ${from + at}` }));
    const made = await ask("POST", "/api/records/deal", some);
    expect(made.status).toBe(201);
    last = made.json.items[0].id;
  }
  const { json: first } = await ask("GET", `/api/records/deal/${last}`);
  const later = new Date(Date.parse(first.created_at) + 15 * 86_400_000).toISOString();
  const unread = async () => (await ask("GET", "/api/notifications")).json.unread as number;
  let kills = 0;
  for (;;) {
    expect((await ask("POST", "/api/test/clock", { now: later })).status).toBe(200);
    let seen = await unread();
    const before = seen;
    while (seen < deals && (kills >= 3 || seen === before)) {
      await new Promise((done) => setTimeout(done, 5));
      seen = await unread();
    }
    if (seen >= deals) break;
    kills++;
    await product.kill9();
    product = await startProduct({ folder: product.folder, env });
    ask = await signIn(product);
  }
  expect(kills).toBeGreaterThan(0);
  await new Promise((done) => setTimeout(done, 500));
  expect(await unread()).toBe(deals);
  expect(await product.stop()).toBe(0);
});

test("a server without a worker leaves waits alone, and a worker apart sees to them", async () => {
  const { url, drop } = await freshDatabase();
  const shared = { ...env, TRELLIS_CLOCK: "", DATABASE_URL: url, TRELLIS_POOL: "4" };
  const server = await startProduct({ env: shared, command: ["serve", "--no-worker"] });
  const ask = await signIn(server);
  const workflow = structuredClone(voyageWorkflow);
  workflow.meta.delays!.idle = { duration: "PT1S" };
  const { json: change } = await ask("POST", "/api/changes", { reason: "Voyages" });
  for (const [kind, document] of [
    ["entity", voyageEntity],
    ["workflow", workflow],
  ] as const)
    expect((await ask("PUT", `/api/documents/${kind}/voyage?change=${change.id}`, document)).status).toBe(200);
  expect((await ask("POST", `/api/changes/${change.id}/publish`, {})).status).toBe(200);
  expect((await ask("POST", "/api/records/voyage", { name: "Vega" })).status).toBe(201);
  const unread = async () => (await ask("GET", "/api/notifications")).json.unread as number;
  await new Promise((done) => setTimeout(done, 1500));
  expect(await unread()).toBe(0);
  const worker = await launch({ env: shared, command: ["work"] });
  folders.push(server.folder, worker.folder);
  for (const deadline = Date.now() + 30_000; (await unread()) === 0 && Date.now() < deadline;)
    await new Promise((done) => setTimeout(done, 50));
  expect(await unread(), worker.output()).toBe(1);
  expect(await worker.stop()).toBe(0);
  expect(await server.stop()).toBe(0);
  await drop();
});

test("a command that nobody knows is told with those that there are", async () => {
  const wrong = await launch({ env: {}, command: ["dig"] });
  folders.push(wrong.folder);
  expect(await wrong.ending).toBe(1);
  expect(wrong.output()).toContain('Trellis knows "serve", "serve --no-worker" and "work", not "dig".');
});
