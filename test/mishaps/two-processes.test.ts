import type { AnyDocument, RoleDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { openPool, type Pool } from "../../runtime/database/pool.ts";
import { makeDatabase, type Database } from "../database.ts";
import { Chance } from "../fixtures/laws/chance.ts";
import { listen } from "../fixtures/listening.ts";
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
const carrier = (stones: object): RoleDocument => ({
  $schema: "urn:trellis:role:1",
  $id: "carrier",
  $anchor: "role_carrier",
  title: "Carrier",
  entities: { stone: stones },
});

let database: Database;
let pool: Pool;
const products: Product[] = [];
/** An admin who has signed in at the first process, and is asked for at both. */
let admins: Both;

beforeAll(async () => {
  database = await makeDatabase(inject("databaseUrl"));
  pool = openPool(database.url, () => undefined);
  const env = { DATABASE_URL: database.url, TRELLIS_ADMIN_EMAIL: admin.email, TRELLIS_ADMIN_PASSWORD: admin.password };
  for (const TRELLIS_LOG of ["all", "off"]) products.push(await startProduct({ env: { ...env, TRELLIS_LOG } }));
  admins = await signedIn();
  await publish([...documents, carrier({ create: "all", read: "all", update: "all" })]);
});
afterAll(async () => {
  for (const product of products) {
    await product.stop();
    await removeData(product.folder);
  }
  await pool.end();
  await database.drop();
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: any;
}
type Sent = Readonly<Record<string, string>>;
type Ask = (method: string, path: string, body?: unknown, headers?: Sent) => Promise<Answer>;
/** Somebody who asks the one process and the other. */
type Both = readonly [one: Ask, other: Ask];

const askerOf =
  ({ address }: Product, own: Sent): Ask =>
  async (method, path, body, headers = {}) => {
    const answer = await fetch(`${address}/api${path}`, {
      method,
      headers: { origin: address, ...own, ...headers, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: text === "" ? undefined : JSON.parse(text) };
  };
const bothBy = (own: Sent): Both => [askerOf(products[0]!, own), askerOf(products[1]!, own)];
const match = (version: number) => ({ "if-match": `"${version}"` });
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** A session that was begun at the first process. */
async function signedIn(): Promise<Both> {
  const { status, headers } = await askerOf(products[0]!, {})("POST", "/auth/sign-in/email", admin);
  expect(status).toBe(200);
  const cookies = headers.getSetCookie().map((it) => it.split(";")[0]);
  return bothBy({ cookie: cookies.join("; ") });
}

/** Publishes at the first process; answers when the other one knows it. */
async function publish(published: readonly AnyDocument[]): Promise<void> {
  const [ask, other] = admins;
  const { json: change } = await ask("POST", "/changes", { reason: "Test" });
  for (const document of published) {
    const [kind, name] = "$id" in document ? [document.$schema.split(":")[2], document.$id] : ["workflow", "stone"];
    const put = await ask("PUT", `/documents/${kind}/${name}?change=${change.id}`, document);
    expect(put.status, put.text).toBe(200);
  }
  const answer = await ask("POST", `/changes/${change.id}/publish`, {});
  expect(answer.status, answer.text).toBe(200);
  await until(async () => expect((await other("GET", "/documents")).json.version).toBe(answer.json.version));
}

/** Somebody with a key; answers both ids and the key. */
async function somebody(name: string, roles: readonly string[]) {
  const user = await admins[0]("POST", "/users", { name, roles });
  expect(user.status, user.text).toBe(201);
  const { json } = await admins[0]("POST", "/keys", { name, user: user.json.id });
  return { id: user.json.id as string, keyId: json.id as string, key: json.key as string };
}

/** Waits until something holds. */
const until = (holds: () => unknown) => vi.waitFor(holds, { timeout: 100_000, interval: 20 });

/** What was acknowledged of a record. */
interface Acknowledged {
  tallied: number;
  moved: number;
}

test(`${edits} edits of ${records} records by ${clients} clients at once, over two processes: none is lost, none happens twice`, async () => {
  const asks: Ask[] = [];
  for (let at = 0; at < clients; at++)
    asks.push(askerOf(products[at % 2]!, bearer((await somebody(`Client ${at}`, ["admin"])).key)));
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
        const { status } = await ask("PATCH", `/records/stone/${id}`, { tally: seen.tally + 1 }, match(seen.version));
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

describe("a write that comes to both processes at once, with one key", () => {
  const copies = 3;
  const made = async (name: string) => {
    const { status, json, text } = await admins[0]("POST", "/records/stone", { name });
    expect(status, text).toBe(201);
    return json.id as string;
  };
  const versionOf = async (id: string) => (await admins[1]("GET", `/records/stone/${id}`)).json.version;
  const named = async (name: string) =>
    (await admins[1]("GET", `/records/stone?${new URLSearchParams({ filter: `name == '${name}'` })}`)).json.items
      .length;

  test.each(["one record", "several", "a change", "a move", "many changes"])("%s: is done once", async (what) => {
    const carried = bothBy(bearer((await somebody(`Carrier of ${what}`, ["carrier", "admin"])).key));
    for (let round = 0; round < 8; round++) {
      const name = `${what} ${round}`;
      const id = await made(`${name} before`);
      const [method, path, body, headers = {}] = {
        "one record": ["POST", "/records/stone", { name }] as const,
        several: ["POST", "/records/stone", [{ name }, { name }]] as const,
        "a change": ["PATCH", `/records/stone/${id}`, { tally: 1 }, match(1)] as const,
        "a move": ["POST", `/records/stone/${id}/events`, { type: "stone.take" }] as const,
        "many changes": ["POST", "/records/stone/bulk", { ids: [id], set: { tally: 1 } }] as const,
      }[what]!;
      const key = { ...headers, "idempotency-key": `${what.replaceAll(" ", "-")}-${round}` };
      const send = (ask: Ask) => ask(method, path, body, key);
      const answers = await Promise.all(carried.flatMap((ask) => Array.from({ length: copies }, () => send(ask))));
      const early = answers.filter(({ status }) => status === 409);
      for (const { json, text } of early) expect(json.code, text).toBe("idempotency.in_flight");
      const all = [...answers.filter((it) => !early.includes(it)), ...(await Promise.all(carried.map(send)))];
      const told = all.map(({ status, text, headers }) => [status, text, headers.get("trellis-operation")]);
      expect(told[0]?.[0], all[0]?.text).toBeLessThan(300);
      expect(new Set(told.map((it) => JSON.stringify(it))).size).toBe(1);
      const creates = path === "/records/stone";
      if (creates) expect(await named(name)).toBe(Array.isArray(body) ? body.length : 1);
      else expect(await versionOf(id)).toBe(2);
      const another = await Promise.all(carried.map((ask) => ask(method, path, { ...body, name: "Another" }, key)));
      expect(another.map(({ status, json }) => [status, json.code])).toEqual([
        [422, "idempotency.reused"],
        [422, "idempotency.reused"],
      ]);
    }
  });
});

describe("a right that is taken at one process is gone at the other", () => {
  const listening = (key: string) => {
    const { address } = products[1]!;
    return listen(
      async ({ url, headers }) => fetch(url.replace("http://localhost", address), { headers }),
      bearer(key),
    );
  };
  const status = (ask: Ask) => async () => (await ask("GET", "/records/stone?limit=1")).status;
  const change = async (id: string, name: string) => {
    const { json } = await admins[0]("GET", `/records/stone/${id}`);
    const { status, text } = await admins[0]("PATCH", `/records/stone/${id}`, { name }, match(json.version));
    expect(status, text).toBe(200);
  };
  const made = async () => (await admins[0]("POST", "/records/stone", { name: "Heard" })).json.id as string;

  test("a role: nothing is read or told by it, and what is shown is to be read again", async () => {
    const { id, key } = await somebody("Cara", ["carrier"]);
    const watcher = await somebody("Wat", ["admin"]);
    const [, asks] = bothBy(bearer(key));
    const [ear, beside] = [await listening(key), await listening(watcher.key)];
    const stones = [await made(), await made()] as const;
    await change(stones[0], "Seen");
    await ear.hears({ type: "changed", id: stones[0] });
    expect(await status(asks)()).toBe(200);
    const resets = () => ear.heard.filter(({ type }) => type === "reset").length;
    const before = resets();
    expect((await admins[0]("PATCH", `/users/${id}`, { roles: [] })).status).toBe(200);
    await until(async () => expect(await status(asks)()).toBe(404));
    await until(() => expect(resets()).toBeGreaterThan(before));
    const told = ear.heard.length;
    await change(stones[1], "Not hers");
    await beside.hears({ type: "changed", id: stones[1], version: 2 });
    expect((await admins[0]("PATCH", `/users/${id}`, { roles: ["carrier"] })).status).toBe(200);
    await until(async () => expect(await status(asks)()).toBe(200));
    await change(stones[0], "Seen again");
    await ear.hears({ type: "changed", id: stones[0], version: 3 });
    expect(ear.heard.slice(told).filter((it) => it.id === stones[1])).toEqual([]);
    await Promise.all([ear.close(), beside.close()]);
  });

  test("what a role may do: by the next model", async () => {
    const { key } = await somebody("Mora", ["carrier"]);
    const [, asks] = bothBy(bearer(key));
    const ear = await listening(key);
    expect(await status(asks)()).toBe(200);
    await publish([carrier({ create: "all" })]);
    await ear.hears({ type: "model" });
    await until(async () => expect(await status(asks)()).toBe(404));
    await ear.close();
    await publish([carrier({ create: "all", read: "all", update: "all" })]);
  });

  test.each(["a key", "an account"])("%s: whoever asked or listened by it does so no more", async (what) => {
    const { id, keyId, key } = await somebody(`Kay by ${what}`, ["carrier"]);
    const [, asks] = bothBy(bearer(key));
    const ear = await listening(key);
    expect(await status(asks)()).toBe(200);
    const taken =
      what === "a key"
        ? await admins[0]("DELETE", `/keys/${keyId}`)
        : await admins[0]("PATCH", `/users/${id}`, { active: false });
    expect(taken.status, taken.text).toBeLessThan(300);
    await until(async () => expect(await status(asks)()).toBe(401));
    await ear.ended;
  });

  test("a session", async () => {
    const [one, other] = await signedIn();
    expect(await status(other)()).toBe(200);
    expect((await one("POST", "/auth/sign-out", {})).status).toBe(200);
    await until(async () => expect(await status(other)()).toBe(401));
  });
});

test("the log tells of each request which it was, who asked and how long it took, where it is to tell of all", async () => {
  const { id, key } = await somebody("Lou", ["carrier"]);
  const asks = bothBy(bearer(key));
  const answers = await Promise.all(asks.map((ask) => ask("GET", "/records/stone?filter=name%20%3D%3D%20'Whisper'")));
  const [first, second] = answers.map(({ headers }) => headers.get("x-request-id")!);
  const lineOf = (request: string) =>
    products[0]!
      .output()
      .split("\n")
      .find((line) => line.includes(request));
  await until(() => expect(lineOf(first!)).toBeDefined());
  expect(JSON.parse(lineOf(first!)!)).toEqual({
    ...{ at: expect.any(String), level: "info", event: "request", request: first },
    ...{ method: "GET", route: "/api/records/:entity", status: 200, ms: expect.any(Number), caller: id },
  });
  for (const secret of ["Whisper", key, admin.password, admin.email])
    expect(products[0]!.output()).not.toContain(secret);
  expect(products[1]!.output()).not.toContain(second);
});
