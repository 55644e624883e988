import { afterAll, describe, expect, test } from "vitest";
import { generatedOpportunities } from "../fixtures/opportunities.ts";
import { importPlans } from "../fixtures/import-plans.ts";
import { launch, removeData, startProduct, type Product } from "../process.ts";

const env = { TRELLIS_ADMIN_EMAIL: "ada@example.com", TRELLIS_ADMIN_PASSWORD: "correct horse battery" };
const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await removeData(folder);
});

async function start(options: Parameters<typeof startProduct>[0] = {}): Promise<Product> {
  const product = await startProduct({ ...options, env });
  if (!folders.includes(product.folder)) folders.push(product.folder);
  return product;
}

/** Asks as the first admin, signed in by a cookie as a browser is. */
async function signIn({ address }: Product) {
  const headers = { origin: address, "content-type": "application/json" };
  const body = JSON.stringify({ email: env.TRELLIS_ADMIN_EMAIL, password: env.TRELLIS_ADMIN_PASSWORD });
  const answer = await fetch(`${address}/api/auth/sign-in/email`, { method: "POST", headers, body });
  expect(answer.status).toBe(200);
  const cookie = answer.headers
    .getSetCookie()
    .map((it) => it.split(";")[0])
    .join("; ");
  return async (method: string, path: string, body?: unknown) => {
    const form = body instanceof FormData;
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { origin: address, cookie, ...(form ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, json: text === "" ? undefined : JSON.parse(text) };
  };
}

describe("one owner", () => {
  test("a second runtime on the same data folder is refused at once, by the owner's process id", async () => {
    const first = await start();
    const second = await launch({ folder: first.folder, env });
    expect(await second.ending).toBe(1);
    expect(second.output()).toContain(`process ${first.pid}`);
    expect((await fetch(`${first.address}/readyz`)).status).toBe(200);
    expect(await first.stop()).toBe(0);
  });

  test("a port in use is told with a way out", async () => {
    const first = await start();
    const second = await launch({ port: first.port, env });
    folders.push(second.folder);
    expect(await second.ending).toBe(1);
    expect(second.output()).toContain(`Port ${first.port} is in use`);
    expect(await first.stop()).toBe(0);
  });
});

describe("killed in the middle", () => {
  test("an import goes on by itself behind the last row that was committed, and the orphaned server is adopted", async () => {
    const source = generatedOpportunities(3000);
    const plans = importPlans(source);
    let product = await start();
    let ask = await signIn(product);
    for (const template of ["core", "sales"])
      expect((await ask("POST", `/api/templates/${template}/install`, {})).status).toBeLessThan(300);
    const bring = async (file: string, plan: object) => {
      const form = new FormData();
      form.set("file", new File([file], "file.csv"));
      form.set("plan", JSON.stringify(plan));
      const { status, json } = await ask("POST", "/api/imports", form);
      expect(status, JSON.stringify(json)).toBe(202);
      return json.id as string;
    };
    const until = async (id: string, wanted: (it: any) => boolean) => {
      for (;;) {
        const { json } = await ask("GET", `/api/imports/${id}`);
        if (wanted(json)) return json;
        await new Promise((done) => setTimeout(done, 20));
      }
    };
    const done = (it: any) => !["queued", "running"].includes(it.status);
    await until(await bring(source.files.accounts, plans.companies), done);
    await until(await bring(source.files.products, plans.products), done);
    const id = await bring(source.files.pipeline, plans.deals);
    await until(id, ({ row }) => row >= 500);
    await product.kill9();

    product = await start({ folder: product.folder, port: product.port });
    ask = await signIn(product);
    expect(await until(id, done)).toMatchObject({ status: "done", rows: 3000, created: 3000, rejected: 0 });
    const { json } = await ask("POST", "/api/records/deal/aggregate", { group: ["stage"] });
    expect(Object.fromEntries(json.rows.map(({ stage, n }: any) => [stage, n]))).toEqual(source.answers.stages);
    await product.stop();
  });

  test("every acknowledged move is there with its history and its task, every other one wholly or not at all", async () => {
    let product = await start();
    let ask = await signIn(product);
    for (const template of ["core", "sales"]) await ask("POST", `/api/templates/${template}/install`, {});
    const { json: company } = await ask("POST", "/api/records/company", { name: "Brightwater" });
    const deals = Array.from({ length: 60 }, (_, at) => ({
      title: `Deal ${at}`,
      company: company.id,
      amount: { amount: "5", currency: "USD" },
      close_date: "2999-01-01",
    }));
    const { json: made } = await ask("POST", "/api/records/deal", deals);
    const ids = made.items.map(({ id }: { id: string }) => id) as string[];
    for (const id of ids) await ask("POST", `/api/records/deal/${id}/events`, { type: "deal.advance" });
    const acknowledged = new Set<string>();
    const moves = ids.map((id) =>
      ask("POST", `/api/records/deal/${id}/events`, { type: "deal.win" }).then(
        ({ status }) => status === 200 && acknowledged.add(id),
        () => undefined,
      ),
    );
    while (acknowledged.size < 10) await new Promise((done) => setTimeout(done, 2));
    await product.kill9();
    await Promise.all(moves);

    product = await start({ folder: product.folder, port: product.port });
    ask = await signIn(product);
    const { json: won } = await ask(
      "GET",
      `/api/records/deal?${new URLSearchParams({ filter: "stage == 'won'", limit: "100", fields: "title" })}`,
    );
    const there = new Set(won.items.map(({ id }: { id: string }) => id));
    for (const id of acknowledged) expect(there.has(id)).toBe(true);
    const { json: tasks } = await ask("GET", "/api/records/task?limit=100&fields=about");
    expect(new Set(tasks.items.map(({ about }: any) => about.id))).toEqual(there);
    for (const { id } of won.items) {
      const { json } = await ask("GET", `/api/records/deal/${id}/history`);
      expect(json.items.filter(({ act }: any) => act === "move")).toHaveLength(2);
    }
    await product.stop();
  });

  test("the database server that dies comes back without help; meanwhile requests hear so", async () => {
    const product = await start();
    const ask = await signIn(product);
    const server = Number(
      (await import("node:fs")).readFileSync(`${product.folder}/postgres/postmaster.pid`, "utf8").split("\n")[0],
    );
    process.kill(server, "SIGKILL");
    const answers = new Set<number>();
    for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
      const { status } = await ask("GET", "/api/records/user");
      answers.add(status);
      if (status === 200 && answers.size > 1) break;
      await new Promise((done) => setTimeout(done, 20));
    }
    expect([...answers].sort(), product.output()).toEqual([200, 503]);
    await product.stop();
  });
});
