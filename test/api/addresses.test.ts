import { bind, compile, writing } from "engine/sql";
import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { found } from "../../runtime/store/migrations/workspace-47-addresses.ts";
import { collectStatements } from "../fixtures/emitted.ts";
import { world, type Answer, type Client, type World } from "../world.ts";

const documents = [
  {
    $schema: "urn:trellis:entity:1",
    $id: "guest",
    $anchor: "ent_guest",
    type: "object",
    title: "Guest",
    name_field: "name",
    person: { address: "email" },
    properties: {
      name: { $anchor: "fld_name", field: "text", title: "Name" },
      email: { $anchor: "fld_email", field: "email", title: "E-mail", unique: true },
      other: { $anchor: "fld_other", field: "email", title: "Other e-mail" },
      former: { $anchor: "fld_former", field: "email", title: "Former e-mail" },
      room: { $anchor: "fld_room", field: "integer", title: "Room" },
    },
  },
  {
    $schema: "urn:trellis:entity:1",
    $id: "stay",
    $anchor: "ent_stay",
    type: "object",
    title: "Stay",
    properties: {
      key: { $anchor: "fld_key", field: "text", title: "Key", unique: true },
      guest: { $anchor: "fld_guest", field: "reference", to: "guest", title: "Guest" },
    },
  },
  {
    $schema: "urn:trellis:role:1",
    $id: "porter",
    $anchor: "role_porter",
    title: "Porter",
    entities: {
      guest: { create: "all", read: "all", update: "all", fields: { former: { read: "none", write: "none" } } },
      stay: { create: "all", read: "all" },
    },
  },
  {
    $schema: "urn:trellis:role:1",
    $id: "clerk",
    $anchor: "role_clerk",
    title: "Clerk",
    entities: { guest: { create: "all", read: "own", update: "own" } },
  },
] as unknown as readonly AnyDocument[];

let w: World;
let porter: Client;
let clerk: Client;
beforeAll(async () => {
  w = await world({ documents });
  porter = await w.user("Pia", { roles: ["porter"] });
  clerk = await w.user("Cem", { roles: ["clerk"] });
  await w.work();
});
afterAll(() => w.close());

let number = 0;
/** The addresses of somebody new. */
function somebody() {
  number += 1;
  return { email: `main${number}@x.example`, other: `other${number}@x.example`, former: `former${number}@x.example` };
}

async function guest(values: object, who = w.admin): Promise<string> {
  const made = await who.post("/api/records/guest", { name: "Ada", ...values });
  expect(made.status, made.text).toBe(201);
  return made.json.id;
}

const of = async (id: string) => (await w.admin.get(`/api/records/guest/${id}`)).json;
const put = (address: string, body: object, who = w.admin) =>
  who.send("PUT", `/api/records/guest/by/email/${encodeURIComponent(address)}`, { body });
const told = ({ status, json }: Answer) => [
  status,
  ...(json.problems ?? []).map(({ code, path }: { code: string; path: string }) => `${code} ${path}`),
];

async function imported(entity: string, match: readonly string[], text: string, who = w.admin): Promise<any> {
  const columns = Object.fromEntries(
    text
      .slice(0, text.indexOf("\n"))
      .split(",")
      .map((name) => [name, name]),
  );
  const form = new FormData();
  form.set("file", new File([text], "rows.csv"));
  const named = { guest: { to: "guest", match: "email" } };
  form.set("plan", JSON.stringify({ entity, match, columns: entity === "stay" ? { ...columns, ...named } : columns }));
  const begun = await who.send("POST", "/api/imports", { body: form });
  expect(begun.status, begun.text).toBe(202);
  for (;;) {
    const { json } = await who.get(`/api/imports/${begun.json.id}`);
    if (!["queued", "running"].includes(json.status)) return json;
    await new Promise((done) => setTimeout(done, 50));
  }
}

describe("a person is found by any of her addresses", () => {
  test("when she is made or changed by one; those that she has stay", async () => {
    const { email, other, former } = somebody();
    const id = await guest({ email, other });
    const changed = await put(other, { room: 1, other: "new@x.example", former });
    expect([changed.status, changed.json.id]).toEqual([200, id]);
    expect(await of(id)).toMatchObject({ email, other, former, room: 1 });
    expect((await put(former, { room: 2 })).json.id).toBe(id);
    expect((await put(email, { former: null })).json).toMatchObject({ id, former: null, room: 2 });
  });

  test("first by the very field; of several who have it elsewhere none is meant", async () => {
    const shared = `shared@x.example`;
    const one = await guest({ ...somebody(), other: shared });
    const two = await guest({ ...somebody(), former: shared });
    expect(told(await put(shared, { room: 1 }))).toEqual([422, "reference.ambiguous /email"]);
    const before = [await of(one), await of(two)];
    await w.sql("update {ws}.guest set email = $1, other = null where id = $2", [shared, one]);
    expect((await put(shared, { room: 3 })).json.id).toBe(one);
    expect(await of(two)).toEqual(before[1]);
  });

  test("once among many; who is meant twice is told", async () => {
    const [one, two] = [somebody(), somebody()];
    const ids = [await guest(one), await guest(two)];
    const many = (rows: readonly object[]) => w.admin.send("PUT", "/api/records/guest/by/email", { body: rows });
    const both = await many([
      { email: one.other, room: 5 },
      { email: two.former, room: 6 },
    ]);
    expect(both.json.items.map((it: any) => [it.id, it.room, it.email])).toEqual([
      [ids[0], 5, one.email],
      [ids[1], 6, two.email],
    ]);
    expect(told(await many([{ email: one.email }, { email: one.other }]))).toEqual([422, "records.twice /1"]);
  });

  test("but by none that the caller may not read, and nobody is shown whom she does not see", async () => {
    const { email, other, former } = somebody();
    const id = await guest({ email, other, former });
    expect((await put(other, { room: 7 }, porter)).json.id).toBe(id);
    expect(told(await put(former, { room: 8 }, porter))).toEqual([409, "record.duplicate /email"]);
    expect(told(await put(other, { room: 8 }, clerk))).toEqual([409, "record.duplicate /email"]);
    expect(await of(id)).toMatchObject({ room: 7 });
    const match = (address: string) => porter.post("/api/records/stay", { guest: { match: { email: address } } });
    expect((await match(other)).json.guest).toBe(id);
    expect(told(await match(former))).toEqual([422, "reference.missing /guest"]);
  });

  test("where no two may share one: neither in the same field nor in another", async () => {
    const { email, other, former } = somebody();
    const id = await guest({ email, other });
    const post = (values: object, who = w.admin) => who.post("/api/records/guest", { name: "Bo", ...values });
    expect(told(await post({ email: other }))).toEqual([409, "record.duplicate /email"]);
    expect((await post({ email: other })).json.problems[0].hint).toBe(id);
    expect((await post({ email: other }, clerk)).json.problems[0].hint).toBeUndefined();
    expect(told(await post({ former: email }))).toEqual([409, "record.duplicate /former"]);
    expect((await post({ former: other })).status).toBe(201);
    const pair = [
      { name: "Cy", email: former },
      { name: "Di", email: "di@x.example", other: former },
    ];
    expect(told(await w.admin.post("/api/records/guest", pair))).toEqual([409, "record.duplicate /1/other"]);
    expect(told(await w.admin.post("/api/records/guest", pair.toReversed()))).toEqual([
      409,
      "record.duplicate /1/email",
    ]);
    const twice = somebody().email;
    expect((await post({ email: twice, other: twice })).status).toBe(201);
  });

  test("when her address goes to another field in the moment in which another takes hers", async () => {
    const [one, two] = [somebody(), somebody()];
    const ids = [await guest({ email: one.email }), await guest({ email: two.email })];
    const merged = await w.admin.post(`/api/records/guest/${ids[1]}/merge`, { into: ids[0] });
    expect(merged.status, merged.text).toBe(200);
    expect(await of(ids[0]!)).toMatchObject({ email: one.email, other: two.email });
    const undone = await w.admin.post(`/api/operations/${merged.headers.get("trellis-operation")}/undo`);
    expect(undone.json.conflicts).toEqual([]);
    expect([(await of(ids[0]!)).other, (await of(ids[1]!)).email]).toEqual([null, two.email]);
  });
});

describe("a file finds people by any of their addresses", () => {
  test("of which those that they have stay", async () => {
    const [one, two] = [somebody(), somebody()];
    const id = await guest({ email: one.email, other: one.other });
    const text = `email,former,name,room\n${one.other},${one.former},Ada,21\n${two.email},,Bo,22\n`;
    expect(await imported("guest", ["email"], text)).toMatchObject({ created: 1, updated: 1, rejected: 0 });
    expect(await of(id)).toMatchObject({ email: one.email, other: one.other, former: one.former, room: 21 });
  });

  test("in the order of the rows, however they name her", async () => {
    const { email, other, former } = somebody();
    const id = await guest({ email, other, former, room: 1 });
    const rows = [`${email},2`, `${other},1`, `${former},1`, `${email},3`].join("\n");
    expect(await imported("guest", ["email"], `email,room\n${rows}`)).toMatchObject({ updated: 3, unchanged: 1 });
    expect(await of(id)).toMatchObject({ email, other, former, room: 3 });
  });

  test("the next row whom the one before has made", async () => {
    const { email, other } = somebody();
    const text = `email,other,room\n${email},${other},5\n${other},,6\n`;
    expect(await imported("guest", ["email"], text)).toMatchObject({ created: 1, updated: 1, rejected: 0 });
    const [made] = (await w.admin.get(`/api/records/guest?filter=email == '${email}'`)).json.items;
    expect(made).toMatchObject({ email, other, room: 6 });
  });

  test("whom other records are about", async () => {
    const { email, other, former } = somebody();
    const id = await guest({ email, other, former });
    const text = `key,guest\na,${email}\nb,${other}\nc,${former}\n`;
    expect(await imported("stay", ["key"], text, porter)).toMatchObject({ created: 2, rejected: 1 });
    const stays = (await w.admin.get("/api/records/stay?sort=key&filter=key != null")).json.items;
    expect(stays.map((it: any) => [it.key, it.guest])).toEqual([
      ["a", id],
      ["b", id],
    ]);
  });
});

test("a thousand are found with one statement, each by an index", async () => {
  await w.sql(
    `insert into {ws}.guest (id, created_at, updated_at, owner, version, name, email, other, former)
     select ('01900000-0005-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, $1, $2, 1, 'Guest ' || n,
       'm' || md5(n::text) || '@many.example', 'o' || md5(n::text) || '@many.example', 'f' || md5(n::text) || '@many.example'
     from generate_series(1, 20000) as n`,
    [w.clock.now(), porter.id],
  );
  await w.sql("vacuum analyze {ws}.guest");
  const [{ email }] = await w.sql("select other as email from {ws}.guest where name = 'Guest 7'");
  const { emitted, stop } = collectStatements();
  expect((await put(email as string, { room: 9 })).status).toBe(200);
  stop();
  const looks = emitted.filter(({ sql }) => /\bas own\b/.test(sql) && sql.includes('t."other"'));
  expect(looks).toHaveLength(1);

  const entity = w.workspace.model.entities.get("guest")!;
  const by = [entity.fields.get("email")!];
  const among = { email: ["email", "other", "former"] };
  const { schema } = w.workspace;
  const { sql, parameters } = compile(
    writing.rowsAlike({ schema, entity }, by, { slot: 0, one: false, among }, undefined),
  );
  const values = Array.from({ length: 1000 }, (_, n) => ({ email: `${n}@many.example` }));
  const slots = { user: porter.id, now: w.clock.now().toISOString(), today: "2026-03-02", ids0: [] };
  const given = bind(parameters, { ...slots, ...writing.cellSlots(by, values) });
  const plan = JSON.stringify(await w.sql(`explain (format json) ${sql}`, given));
  expect(plan).toContain("BitmapOr");
  expect(plan).not.toContain("Seq Scan");
});

describe("capitals and blanks around an address tell nobody apart", () => {
  test("whoever writes it, makes a record by it or looks for it", async () => {
    const { email } = somebody();
    const loud = ` ${email.toUpperCase()} `;
    const id = await guest({ email: loud });
    expect((await of(id)).email).toBe(email);
    expect(told(await w.admin.post("/api/records/guest", { name: "Bo", email: loud }))).toEqual([
      409,
      "record.duplicate /email",
    ]);
    expect((await put(loud.trim(), { room: 31 })).json.id).toBe(id);
    const filters = [`email == '${loud.trim()}'`, `email in ['${loud.trim()}']`, `'${loud}' == email`];
    for (const filter of filters) {
      const { json } = await w.admin.get(`/api/records/guest?filter=${encodeURIComponent(filter)}`);
      expect(
        json.items.map((it: any) => it.id),
        filter,
      ).toEqual([id]);
    }
    const matched = await w.admin.post("/api/records/stay", { guest: { match: { email: loud } } });
    expect(matched.json.guest).toBe(id);
  });

  test("nor in a file, where it matches and where others are about her", async () => {
    const { email } = somebody();
    const id = await guest({ email });
    const text = `email,room\n${email.toUpperCase()},41\n`;
    expect(await imported("guest", ["email"], text)).toMatchObject({ created: 0, updated: 1, rejected: 0 });
    expect(await of(id)).toMatchObject({ email, room: 41 });
    expect(await imported("stay", ["key"], `key,guest\nloud,${email.toUpperCase()}\n`)).toMatchObject({ created: 1 });
    const [stay] = (await w.admin.get("/api/records/stay?filter=key == 'loud'")).json.items;
    expect(stay.guest).toBe(id);
  });

  test("nor among what was kept before, where only capitals told two apart they stay", async () => {
    const [one, two] = [somebody(), somebody()];
    const ids = [await guest({ email: one.email }), await guest({ email: two.email }), await guest({ other: "x@y.z" })];
    const written = [one.email.toUpperCase(), two.email.toUpperCase(), two.email];
    for (const [at, email] of written.entries())
      await w.sql("update {ws}.guest set email = $1 where id = $2", [email, ids[at]]);
    for (const row of await w.sql(found.read)) await w.sql(found.write(row));
    expect(await Promise.all(ids.map(async (id) => (await of(id!)).email))).toEqual([one.email, ...written.slice(1)]);
  });
});
