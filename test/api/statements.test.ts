import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documents } from "../bench/documents.ts";
import { collectStatements } from "../fixtures/emitted.ts";
import { world, type Answer, type Client, type World } from "../world.ts";

let here: World;
let rep: Client;
let firm: string;

beforeAll(async () => {
  here = await world({ documents });
  rep = await here.user("Rep", { roles: ["rep"] });
  firm = (await here.admin.post("/api/records/company", { name: "Aoba" })).json.id;
});
afterAll(() => here.close());

let made = 0;
const contact = () => ({ name: "Nadia", external_id: `C-${(made += 1)}`, company: firm, city: "Kobe", score: 5 });

/** What a request sends to the database, after another of its kind has made what is made once. */
async function statementsOf(request: () => Promise<Answer>): Promise<readonly string[]> {
  await request();
  const { emitted, stop } = collectStatements();
  const { status, text } = await request();
  stop();
  expect(status, text).toBeLessThan(300);
  return emitted.map(({ sql }) => sql);
}

/** Who asks, and by which key, is looked up anew now and then. */
const asksForUser = (sql: string) => sql.includes("and active and deleted_at is null");
const asksForKey = (sql: string) => sql.includes("trellis.api_key");

/** Begin, the hold of the model with the version that is held, and commit. */
const frames = (sql: string) =>
  /^(begin|commit)\b/.test(sql) || sql.includes("pg_advisory_xact_lock_shared") || /^select model from \S+$/.test(sql);

/** Without who asks, and without what frames a transaction. */
const own = (statements: readonly string[]) =>
  statements.filter((sql) => !frames(sql) && !asksForUser(sql) && !asksForKey(sql));

async function patch(id: string, values: object): Promise<Answer> {
  const { headers } = await rep.get(`/api/records/contact/${id}`);
  return rep.patch(`/api/records/contact/${id}`, values, { "if-match": headers.get("etag") ?? "" });
}

describe("a request", () => {
  test("asks who it comes from with two statements, and not again for those who ask often", async () => {
    const newcomer = await here.user("Newcomer", { roles: ["rep"] });
    const { emitted, stop } = collectStatements();
    await Promise.all(Array.from({ length: 5 }, () => newcomer.get("/api/records/contact")));
    stop();
    const asked = emitted.map(({ sql }) => sql);
    expect([asked.filter(asksForUser), asked.filter(asksForKey)]).toEqual([[expect.anything()], [expect.anything()]]);
  });

  test.each([
    ["one record", "contact/ID"],
    ["one record with what it points at, and what that points at", "contact/ID?expand=company,owner.manager"],
  ])("reads %s with one statement", async (_, path) => {
    const { json } = await rep.post("/api/records/contact", contact());
    expect(own(await statementsOf(() => rep.get(`/api/records/${path.replace("ID", json.id)}`)))).toHaveLength(1);
  });

  test("reads a page with one statement, after whose rows she sees", async () => {
    const path = "contact?filter=score>1&sort=-created_at&expand=company";
    await rep.post("/api/records/contact", contact());
    const [whose, page, ...more] = own(await statementsOf(() => rep.get(`/api/records/${path}`)));
    expect([whose, page]).toEqual([expect.stringContaining('as "circle team"'), expect.stringContaining(" limit 51")]);
    expect(more).toEqual([]);
    expect(own(await statementsOf(() => rep.get(`/api/records/${path}&count=capped`)))).toHaveLength(3);
    expect(own(await statementsOf(() => here.admin.get(`/api/records/${path}`)))).toHaveLength(1);
  });

  test("reads what is found by words with one statement and counts it with another, in many rows after how they would be found", async () => {
    const path = "contact?search=nad&sort=name";
    await rep.post("/api/records/contact", contact());
    await rep.get(`/api/records/${path}`);
    const [page, ...more] = own(await statementsOf(() => rep.get(`/api/records/${path}`)));
    expect([page, more]).toEqual([expect.stringContaining(" limit 51"), []]);
    expect(own(await statementsOf(() => rep.get(`/api/records/${path}&count=capped`)))).toHaveLength(2);
    here.workspace.manyRows = -2;
    here.clock.advance(60_000);
    await rep.get(`/api/records/${path}`);
    const [how, found, ...others] = own(await statementsOf(() => rep.get(`/api/records/${path}`)));
    expect([how, found]).toEqual([expect.stringContaining("explain "), expect.stringContaining(" limit 51")]);
    expect(others).toEqual([]);
    const several = ["/api/records/contact?search=nad kyo n", "/api/search?q=nad", '/api/search?q=nad "kyo n" o'];
    for (const path of several) expect(own(await statementsOf(() => rep.get(path)))).toHaveLength(2);
    here.workspace.manyRows = 100_000;
    here.clock.advance(60_000);
    await rep.get(several[0]!);
    for (const path of several) expect(own(await statementsOf(() => rep.get(path)))).toHaveLength(1);
  });

  test("counts groups with one statement", async () => {
    const asked = { group: ["stage"], measures: { n: "count()" } };
    expect(own(await statementsOf(() => rep.post("/api/records/deal/aggregate", asked)))).toHaveLength(1);
  });

  test("makes a record with three: what it hangs on, what is written, what is told", async () => {
    expect(own(await statementsOf(() => rep.post("/api/records/contact", contact())))).toHaveLength(3);
  });

  test("makes a thousand with as many", async () => {
    const thousand = () => rep.post("/api/records/contact", Array.from({ length: 1000 }, contact));
    expect(own(await statementsOf(thousand))).toHaveLength(3);
  });

  test("changes a record with three: its lock, what is written, what is told", async () => {
    const { json } = await rep.post("/api/records/contact", contact());
    let score = 0;
    const statements = await statementsOf(() => patch(json.id, { city: "Nara", score: (score += 1) }));
    // And the read of the version that it names.
    expect(own(statements)).toHaveLength(1 + 3);
  });

  test("changes a record without a look at its history, however long that is", async () => {
    const { json } = await rep.post("/api/records/contact", contact());
    let score = 0;
    const statements = await statementsOf(() => patch(json.id, { score: (score += 1) }));
    expect(statements.filter((sql) => /\b(?:from|join)\s+\S*_history\b/.test(sql))).toEqual([]);
  });

  test("changes a record by its id, however few records there are besides", async () => {
    const { json } = await rep.post("/api/records/contact", contact());
    let score = 0;
    const statements = await statementsOf(() => patch(json.id, { score: (score += 1) }));
    const [update = ""] = statements.filter((sql) => /\bupdate "ws_main"\."contact"/.test(sql));
    // A set of rows is expected to have many: then a small table is read whole.
    expect(update).toMatch(/where t\.id = \$\d+::uuid\)/);
    expect(update).not.toContain("unnest(");
  });

  test("moves a record with three: the locks of the record and of its run, what is written, what is told", async () => {
    const { json } = await rep.post("/api/records/deal", { title: "Sails", amount: { amount: "5", currency: "USD" } });
    let there = false;
    const move = () => {
      there = !there;
      return rep.post(`/api/records/deal/${json.id}/events`, { type: there ? "deal.advance" : "deal.back" });
    };
    await move();
    expect(own(await statementsOf(move))).toHaveLength(3);
  });

  test("tells what may be sent to a record with two: the locks of the record and of all its runs", async () => {
    const { json } = await rep.post("/api/records/deal", { title: "Masts", amount: { amount: "5", currency: "USD" } });
    expect(own(await statementsOf(() => rep.get(`/api/records/deal/${json.id}/events`)))).toHaveLength(2);
  });
});
