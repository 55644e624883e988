import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openPool, type Pool } from "../../runtime/database/pool.ts";
import { makeDatabase, type Database } from "../database.ts";
import { Chance } from "../fixtures/laws/chance.ts";
import { stone } from "../fixtures/stones.ts";
import { removeData, startProduct, type Product } from "../process.ts";

/** How many edits there are; more on demand, over more records. */
const edits = Number(process.env.TRELLIS_CASES ?? 2000);
const records = Math.min(1000, Math.max(20, Math.ceil(edits / 100)));
const clients = 16;
const admin = { email: "ada@example.com", password: "correct horse battery" };

const state = (name: string, event: string, target: string) => ({
  on: { [event]: [{ target, meta: { id: `tr_${event.split(".")[1]}`, title: event } }] },
  meta: { id: `st_${name}`, title: name },
});
const documents: readonly AnyDocument[] = [
  stone({
    number: { $anchor: "fld_number", field: "auto_number", title: "Number", pattern: "S-{00000}" },
    tally: { $anchor: "fld_tally", field: "integer", title: "Tally", default: 0 },
    place: { $anchor: "fld_place", field: "state", title: "Place", workflow: "stone" },
  }),
  {
    $schema: "urn:trellis:workflow:1",
    id: "stone",
    initial: "lying",
    context: {},
    states: { lying: state("lying", "stone.take", "taken"), taken: state("taken", "stone.drop", "lying") },
    meta: {
      id: "wf_stone",
      title: "Stone",
      format: "wf/1",
      kind: "pipeline",
      entity: "stone",
      events: { "stone.take": { title: "Take", source: "user" }, "stone.drop": { title: "Drop", source: "user" } },
    },
  } as unknown as AnyDocument,
];

let database: Database;
let pool: Pool;
const products: Product[] = [];

beforeAll(async () => {
  database = await makeDatabase(inject("databaseUrl"));
  pool = openPool(database.url, () => undefined);
  const env = { DATABASE_URL: database.url, TRELLIS_ADMIN_EMAIL: admin.email, TRELLIS_ADMIN_PASSWORD: admin.password };
  for (let at = 0; at < 2; at++) products.push(await startProduct({ env }));
});
afterAll(async () => {
  for (const product of products) {
    await product.stop();
    await removeData(product.folder);
  }
  await pool.end();
  await database.drop();
});

type Ask = (method: string, path: string, body?: unknown, version?: number) => Promise<{ status: number; json: any }>;

function askerOf({ address }: Product, headers: Readonly<Record<string, string>>): Ask {
  return async (method, path, body, version) => {
    const match = version === undefined ? {} : { "if-match": `"${version}"` };
    const response = await fetch(`${address}/api${path}`, {
      method,
      headers: { ...headers, ...match, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
  };
}

async function signIn(product: Product): Promise<Ask> {
  const origin = { origin: product.address };
  const body = JSON.stringify(admin);
  const headers = { ...origin, "content-type": "application/json" };
  const answer = await fetch(`${product.address}/api/auth/sign-in/email`, { method: "POST", headers, body });
  expect(answer.status).toBe(200);
  const cookies = answer.headers.getSetCookie().map((it) => it.split(";")[0]);
  return askerOf(product, { ...origin, cookie: cookies.join("; ") });
}

/** Publishes the documents, and makes clients of both processes, each somebody else. */
async function prepare(): Promise<readonly Ask[]> {
  const ask = await signIn(products[0]!);
  const { json: change } = await ask("POST", "/changes", { reason: "Test" });
  for (const document of documents) {
    const [kind, name] = "$id" in document ? ["entity", document.$id] : ["workflow", "stone"];
    const put = await ask("PUT", `/documents/${kind}/${name}?change=${change.id}`, document);
    expect(put.status, JSON.stringify(put.json)).toBe(200);
  }
  const published = await ask("POST", `/changes/${change.id}/publish`, {});
  expect(published.status, JSON.stringify(published.json)).toBeLessThan(300);
  const asks: Ask[] = [];
  for (let at = 0; at < clients; at++) {
    const user = await ask("POST", "/users", { name: `Client ${at}`, roles: ["admin"] });
    expect(user.status, JSON.stringify(user.json)).toBe(201);
    const { json } = await ask("POST", "/keys", { name: `client ${at}`, user: user.json.id });
    asks.push(askerOf(products[at % 2]!, { authorization: `Bearer ${json.key}` }));
  }
  for (;;) {
    const { status } = await asks[1]!("GET", "/records/stone");
    if (status === 200) return asks;
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** What was acknowledged of a record. */
interface Acknowledged {
  tallied: number;
  moved: number;
}

test(`${edits} edits of ${records} records by ${clients} clients at once, over two processes: none is lost, none happens twice`, async () => {
  const asks = await prepare();
  const made: string[] = [];
  const known = new Map<string, Acknowledged>();
  const statuses = new Map<string, number>();
  const create = async (ask: Ask) => {
    const { status, json } = await ask("POST", "/records/stone", { name: "Stone" });
    note("create", status);
    if (status === 201) known.set(json.id, { tallied: 0, moved: 0 });
    return json?.id as string;
  };
  const note = (what: string, status: number) =>
    statuses.set(`${what} ${status}`, (statuses.get(`${what} ${status}`) ?? 0) + 1);
  const left = { records, edits };
  const each = (work: (ask: Ask, chance: Chance) => Promise<void>) =>
    Promise.all(asks.map((ask, at) => work(ask, new Chance(at))));
  await each(async (ask) => {
    while (left.records-- > 0) made.push(await create(ask));
  });
  await each(async (ask, chance) => {
    while (left.edits-- > 0) {
      const id = chance.pick(made);
      const kind = chance.next();
      if (kind < 0.1) await create(ask);
      else if (kind < 0.6) {
        const { json: seen } = await ask("GET", `/records/stone/${id}?fields=tally`);
        const { status } = await ask("PATCH", `/records/stone/${id}`, { tally: seen.tally + 1 }, seen.version);
        note("patch", status);
        if (status === 200) known.get(id)!.tallied++;
      } else {
        const type = chance.pick(["stone.take", "stone.drop"]);
        const { status } = await ask("POST", `/records/stone/${id}/events`, { type });
        note("move", status);
        if (status === 200) known.get(id)!.moved++;
      }
    }
  });
  console.log(JSON.stringify(Object.fromEntries([...statuses].sort())));
  const answered = [...statuses.keys()].map((it) => Number(it.split(" ")[1]));
  expect(answered.filter((it) => ![200, 201, 409, 412, 422].includes(it))).toEqual([]);
  await expectKept(known);
});

/** What stands is what was acknowledged, and the history tells of it step by step. */
async function expectKept(known: ReadonlyMap<string, Acknowledged>): Promise<void> {
  const found = await pool.query("select table_schema as s from information_schema.tables where table_name = 'stone'");
  const schema = `"${found.rows[0].s}"`;
  const { rows } = await pool.query(
    `select id, number, tally::int as tally, version::int as version from ${schema}.stone`,
  );
  expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(known.keys()));
  expect(new Set(rows.map(({ number }) => number)).size).toBe(rows.length);
  const history = await pool.query(
    `select record, version::int as version, after from ${schema}._history order by record, version`,
  );
  const steps = Map.groupBy(history.rows, ({ record }) => record as string);
  const wrong = rows.filter(({ id, tally, version }) => {
    const { tallied, moved } = known.get(id)!;
    const own = steps.get(id) ?? [];
    const places = own.flatMap(({ after }) => after?.["#fld_place"] ?? []);
    const alternate = places.every((place, at) => place !== places[at - 1]);
    const inOrder = own.every((step, at) => step.version === at + 1);
    const whole = own.length === version && version === 1 + tallied + moved;
    return !(tally === tallied && places.length === moved + 1 && alternate && inOrder && whole);
  });
  expect(wrong.map((row) => ({ ...row, ...known.get(row.id), steps: steps.get(row.id) })).slice(0, 2)).toEqual([]);
}
