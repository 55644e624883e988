import { afterAll, beforeAll, expect, test } from "vitest";
import type { Property } from "schemas";
import { openPool, type Pool } from "../../runtime/database/pool.ts";
import { stone } from "../fixtures/stones.ts";
import { removeData, startProduct, type Product } from "../process.ts";
import { freshDatabase } from "../world.ts";

const env = { TRELLIS_ADMIN_EMAIL: "ada@example.com", TRELLIS_ADMIN_PASSWORD: "correct horse battery" };
const size: Property = { $anchor: "fld_size", field: "text", title: "Size" };

let pool: Pool;
let drop: () => Promise<void>;
let products: Product[] = [];
let key: string;

beforeAll(async () => {
  const database = await freshDatabase();
  drop = database.drop;
  pool = openPool(database.url, () => undefined);
  const start = () => startProduct({ env: { ...env, DATABASE_URL: database.url } });
  const first = await start();
  products = [first, ...(await Promise.all([start(), start()]))];
  const headers = { origin: first.address, "content-type": "application/json" };
  const body = JSON.stringify({ email: env.TRELLIS_ADMIN_EMAIL, password: env.TRELLIS_ADMIN_PASSWORD });
  const answer = await fetch(`${first.address}/api/auth/sign-in/email`, { method: "POST", headers, body });
  const cookie = answer.headers
    .getSetCookie()
    .map((it) => it.split(";")[0])
    .join("; ");
  const { rows } = await pool.query(`select id from ws_main."user" limit 1`);
  const made = await fetch(`${first.address}/api/keys`, {
    method: "POST",
    headers: { ...headers, cookie },
    body: JSON.stringify({ name: "swap", user: rows[0].id, roles: ["admin"] }),
  });
  ({ key } = (await made.json()) as { key: string });
});
afterAll(async () => {
  for (const product of products) {
    await product.kill9();
    await removeData(product.folder);
  }
  await pool.end();
  await drop();
});

async function ask(at: number, method: string, path: string, body?: unknown, more: Record<string, string> = {}) {
  const response = await fetch(`${products[at]?.address}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...more },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
}

async function live(at: number, ...documents: readonly ReturnType<typeof stone>[]): Promise<void> {
  const { id } = (await ask(at, "POST", "/api/changes", { reason: "Swap" })).json;
  for (const document of documents)
    expect((await ask(at, "PUT", `/api/documents/entity/${document.$id}?change=${id}`, document)).status).toBe(200);
  const { status, json } = await ask(at, "POST", `/api/changes/${id}/publish`, {});
  expect(status, JSON.stringify(json)).toBe(200);
}

test("every process has a new model, and no request that runs meanwhile fails", async () => {
  await live(0, stone({ size }));
  let stopped = false;
  const failed: unknown[] = [];
  let asked = 0;
  const note = ({ status, json }: { status: number; json: unknown }) => {
    asked++;
    if (status >= 400) failed.push([status, json]);
  };
  const asking = products.map(async (_, at) => {
    while (!stopped) {
      const made = await ask(at, "POST", "/api/records/stone", { name: `Stone of ${at}` });
      note(made);
      note(await ask(at, "GET", "/api/records/stone?limit=5&sort=-name"));
      note(await ask(at, "GET", `/api/records/stone/${made.json?.id}`));
      note(
        await ask(
          at,
          "PATCH",
          `/api/records/stone/${made.json?.id}`,
          { name: "Pebble" },
          { "if-match": `"${made.json?.version}"` },
        ),
      );
      note(await ask(at, "POST", "/api/records/stone/aggregate", { group: ["name"], measures: { n: "count()" } }));
    }
  });
  const longest: number[] = [];
  for (const [round, fields] of [
    { size, extra: { ...size, $anchor: "fld_extra", title: "Extra" } },
    { length: size, extra: { ...size, $anchor: "fld_extra", title: "Extra" } },
    { length: { ...size, field: "long_text" } },
    { size: { ...size, field: "integer" } },
    { size },
  ].entries()) {
    await live(round % 3, stone(fields as Record<string, Property>));
    const begun = performance.now();
    const wanted = Object.keys(fields).sort();
    await Promise.all(
      products.map(async (_, at) => {
        for (;;) {
          const { json } = await ask(at, "GET", "/api/model");
          const own = json.entities
            .find((it: any) => it.name === "stone")
            .fields.map(({ name }: any) => name)
            .filter((name: string) => ["size", "length", "extra"].includes(name));
          if (JSON.stringify(own.sort()) === JSON.stringify(wanted)) break;
          if (performance.now() - begun > 10_000) throw new Error(`Process ${at} has the old model.`);
        }
      }),
    );
    longest.push(performance.now() - begun);
  }
  stopped = true;
  await Promise.all(asking);
  expect(failed).toEqual([]);
  expect(asked).toBeGreaterThan(50);
  console.log(`The model of a publish was in all three processes after at most ${Math.max(...longest).toFixed(0)} ms.`);
});

test("two publishers who do not touch each other both go through, and of two at one entity one is told", async () => {
  const other = { ...stone({}), $id: "shell", $anchor: "ent_shell", title: "Shell" };
  await Promise.all([live(0, stone({ size }, { title: "Both" })), live(1, other)]);
  const titles = async () =>
    (await ask(2, "GET", "/api/documents?kind=entity")).json.items.map(({ title }: any) => title).sort();
  await expect.poll(titles, { timeout: 20_000 }).toEqual(["Both", "Shell"]);
  const begin = async (at: number, title: string) => {
    const { id } = (await ask(at, "POST", "/api/changes", { reason: title })).json;
    await ask(at, "PUT", `/api/documents/entity/stone?change=${id}`, stone({ size }, { title }));
    return id as string;
  };
  const [one, two] = [await begin(0, "One"), await begin(1, "Two")];
  const answers = await Promise.all([
    ask(0, "POST", `/api/changes/${one}/publish`, {}),
    ask(1, "POST", `/api/changes/${two}/publish`, {}),
  ]);
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([200, 409]);
});

test("a request that is sent to several processes at once is done once", async () => {
  const before = (await ask(0, "GET", "/api/records/stone?count=exact&limit=1")).json.count.value as number;
  for (let round = 0; round < 5; round++) {
    const once = { "idempotency-key": `round-${round}` };
    const send = (at: number) => ask(at, "POST", "/api/records/stone", { name: `Once ${round}` }, once);
    const answers = await Promise.all([0, 1, 2, 0, 1, 2].map(send));
    expect(answers.map(({ status }) => status).filter((it) => it !== 201 && it !== 409)).toEqual([]);
    const { json: first } = await send(1);
    const ids = answers.flatMap(({ status, json }) => (status === 201 ? [json.id as string] : []));
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set([...ids, first.id]).size).toBe(1);
  }
  const after = (await ask(1, "GET", "/api/records/stone?count=exact&limit=1")).json.count.value as number;
  expect(after).toBe(before + 5);
});
