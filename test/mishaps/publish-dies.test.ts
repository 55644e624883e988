import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { EntityDocument, Property } from "schemas";
import { openPool, type Pool } from "../../runtime/database/pool.ts";
import { catalogue } from "../fixtures/catalogue.ts";
import { stone } from "../fixtures/stones.ts";
import { removeData, startProduct, type Product } from "../process.ts";
import { freshDatabase } from "../world.ts";

const env = { TRELLIS_ADMIN_EMAIL: "ada@example.com", TRELLIS_ADMIN_PASSWORD: "correct horse battery" };
const size: Property = { $anchor: "fld_size", field: "text", title: "Size" };
const rows = 120_000;

let url: string;
let drop: () => Promise<void>;
let pool: Pool;
const running: Product[] = [];

beforeAll(async () => {
  ({ url, drop } = await freshDatabase());
  pool = openPool(url, () => undefined);
});
afterAll(async () => {
  for (const product of running) {
    await product.kill9();
    await removeData(product.folder);
  }
  await pool.end();
  await drop();
});

async function start(): Promise<Product> {
  const product = await startProduct({ env: { ...env, DATABASE_URL: url } });
  running.push(product);
  return product;
}

/** Asks as the first admin. A process that is killed meanwhile answers nothing. */
async function signIn({ address }: Product) {
  const headers = { origin: address, "content-type": "application/json" };
  const body = JSON.stringify({ email: env.TRELLIS_ADMIN_EMAIL, password: env.TRELLIS_ADMIN_PASSWORD });
  const answer = await fetch(`${address}/api/auth/sign-in/email`, { method: "POST", headers, body });
  const cookie = answer.headers
    .getSetCookie()
    .map((it) => it.split(";")[0])
    .join("; ");
  return async (method: string, path: string, sent?: unknown) => {
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { ...headers, cookie },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
  };
}
type Ask = Awaited<ReturnType<typeof signIn>>;

async function change(ask: Ask, document: EntityDocument): Promise<string> {
  const { id } = (await ask("POST", "/api/changes", { reason: "Test" })).json;
  const { status, json } = await ask("PUT", `/api/documents/entity/stone?change=${id}`, document);
  expect(status, JSON.stringify(json)).toBe(200);
  return id;
}

const until = async (what: () => Promise<boolean>, ms = 60_000) => {
  for (const deadline = Date.now() + ms; !(await what());) {
    if (Date.now() > deadline) throw new Error("It did not come to pass.");
    await new Promise((done) => setTimeout(done, 5));
  }
};
/** The lease of the dead runs out. */
const leaseEnds = () => pool.query("update ws_main._publish set lease_until = clock_timestamp()");
const statusOf = async () => (await pool.query("select status from ws_main._publish")).rows[0]?.status as string;
const operationOf = async () =>
  (
    await pool.query(
      "select id, status, detail from ws_main._operation where kind = 'publish' order by at desc, id desc",
    )
  ).rows[0];

describe("a publish whose process is killed", () => {
  let ask: Ask;
  let product: Product;

  beforeAll(async () => {
    expect(inject("databaseUrl")).toBeDefined();
    product = await start();
    ask = await signIn(product);
    const id = await change(ask, stone({ size }));
    expect((await ask("POST", `/api/changes/${id}/publish`, {})).status).toBe(200);
    await pool.query(
      `insert into ws_main.stone (id, name, size, created_at, updated_at, version)
       select gen_random_uuid(), 'Stone ' || n, n::text, now(), now(), 1 from generate_series(1, ${rows}) as n`,
    );
    await pool.query("analyze ws_main.stone");
  });

  test("while it prepares is begun again by another process, under the same operation", async () => {
    const other = await start();
    const id = await change(ask, stone({ size: { ...size, field: "integer" } }));
    const publishing = ask("POST", `/api/changes/${id}/publish`, {}).catch(() => undefined);
    await until(
      async () =>
        (
          await pool.query(
            `select 1 from information_schema.columns where table_schema = 'ws_main' and column_name = '_new_fld_size'`,
          )
        ).rows.length > 0,
    );
    const { id: operation } = await operationOf();
    await product.kill9();
    await publishing;
    await leaseEnds();
    product = other;
    ask = await signIn(product);
    await until(async () => ["done", "failed"].includes((await operationOf()).status));
    expect(await operationOf()).toMatchObject({ id: operation, status: "done" });
    const said = await catalogue(pool, "ws_main");
    expect(said).toContain("column stone.size bigint");
    expect(said.filter((it) => /_new|_p |invalid|unproven/.test(it))).toEqual([]);
    const { json } = await ask("GET", "/api/records/stone?limit=1&filter=size%20%3D%3D%2077");
    expect(json.items).toHaveLength(1);
  });

  test("while it finishes is finished by another process", async () => {
    const other = await start();
    const weight: Property = { $anchor: "fld_weight", field: "integer", title: "Weight", default: 3 };
    const id = await change(ask, stone({ size: { ...size, field: "integer" }, weight }, { required: ["weight"] }));
    const { json, status } = await ask("POST", `/api/changes/${id}/publish`, {});
    expect(status).toBe(200);
    const standing = await statusOf();
    await product.kill9();
    await leaseEnds();
    product = other;
    ask = await signIn(product);
    await until(async () => (await statusOf()) === undefined);
    expect(["finishing", undefined]).toContain(standing);
    expect((await operationOf()).status).toBe("done");
    expect((await operationOf()).detail.version).toBe(json.version);
    const said = await catalogue(pool, "ws_main");
    expect(said).toContain("column stone.weight bigint held");
    expect(said.filter((it) => /_new|invalid|unproven/.test(it))).toEqual([]);
  });

  test("can be cancelled before its switch, and leaves nothing behind", async () => {
    const before = await catalogue(pool, "ws_main");
    const weight: Property = { $anchor: "fld_weight", field: "text", title: "Weight" };
    const id = await change(ask, stone({ size: { ...size, field: "integer" }, weight }));
    const publishing = ask("POST", `/api/changes/${id}/publish`, {});
    await until(
      async () =>
        (
          await pool.query(
            `select 1 from information_schema.columns where table_schema = 'ws_main' and column_name = '_new_fld_weight'`,
          )
        ).rows.length > 0,
    );
    const second = await change(ask, stone({ size: { ...size, field: "integer" } }, { title: "Second" }));
    expect((await ask("POST", `/api/changes/${second}/publish`, {})).json.code).toBe("publish.running");
    const { id: operation } = await operationOf();
    expect((await ask("POST", `/api/operations/${operation}/cancel`, {})).status).toBe(200);
    expect([202, 409]).toContain((await publishing).status);
    await until(async () => (await operationOf()).status === "cancelled");
    expect(await catalogue(pool, "ws_main")).toEqual(before);
    expect((await ask("POST", `/api/changes/${second}/publish`, {})).status).toBe(200);
  });
});
