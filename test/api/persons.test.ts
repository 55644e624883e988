import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createKey } from "../../runtime/auth/keys.ts";
import { waitingErasures, workOnErasure } from "../../runtime/store/erase.ts";
import { traces } from "../../runtime/store/traces.ts";
import { suppressed } from "../../runtime/store/suppressions.ts";
import { unzip } from "../../runtime/zip.ts";
import { world, type Client, type World } from "../world.ts";

const marker = "Zyxmarker";
const address = "Zoe.Zyxmarker@Example.com";
const field = (name: string, type: string, more: object = {}) => ({
  $anchor: `fld_${name}`,
  field: type,
  title: name,
  ...more,
});
const entity = (name: string, properties: object, more: object = {}) => ({
  $schema: "urn:trellis:entity:1",
  $id: name,
  $anchor: `ent_${name}`,
  type: "object",
  title: name,
  name_field: "name",
  properties,
  ...more,
});
const pointing = (more: object) => field("guest", "reference", { to: "guest", inverse: "x", ...more });
const documents = [
  entity(
    "guest",
    {
      name: field("name", "text"),
      email: field("email", "email"),
      phone: field("phone", "phone"),
      about: field("about", "long_text"),
      born: field("born", "date"),
      room: field("room", "select", { choices: [{ value: "sea", title: "Sea" }] }),
      spent: field("spent", "rollup", { of: "stays", measure: "sum", value: { cel: "price" } }),
    },
    { person: { address: "email" }, required: ["name"] },
  ),
  entity("stay", {
    name: field("stay_name", "text"),
    price: field("price", "integer"),
    guest: { ...pointing({ inverse: "stays", on_delete: "restrict" }), $anchor: "fld_stay_guest" },
  }),
  entity("complaint", {
    name: field("complaint_name", "text"),
    weight: field("weight", "integer"),
    guest: { ...pointing({ inverse: "complaints", on_erase: "empty" }), $anchor: "fld_complaint_guest" },
  }),
  entity("wish", {
    name: field("wish_name", "text"),
    guest: { ...pointing({ inverse: "wishes", on_delete: "cascade" }), $anchor: "fld_wish_guest" },
  }),
  { $schema: "urn:trellis:purpose:1", $id: "news", $anchor: "pur_news", title: "News", basis: "consent" },
  {
    $schema: "urn:trellis:segment:1",
    $id: "sea",
    $anchor: "seg_sea",
    title: "Sea",
    entity: "guest",
    where: { cel: "room == 'sea'" },
  },
] as unknown as readonly AnyDocument[];

let w: World;
let zoe: string;
let other: string;
const earlier: string[] = [];
beforeAll(async () => {
  w = await world({ documents });
});
afterAll(() => w.close());

async function made(name: string, values: object, by: Client = w.admin): Promise<string> {
  const answer = await by.post(`/api/records/${name}`, values);
  expect(answer.status, answer.text).toBe(201);
  earlier.push(answer.headers.get("trellis-operation") ?? "");
  return answer.json.id as string;
}

/** All that stands in the database of a workspace, as text; bytes as they are. */
async function dump(): Promise<string> {
  const tables = await w.sql(
    "select relname as name from pg_class where relnamespace = '{ws}'::regnamespace and relkind = 'r'",
  );
  const texts = [];
  for (const { name } of tables)
    texts.push(
      ...(await w.sql(`select '${name} ' || t::text as row from {ws}."${name}" t`)).map(({ row }) => String(row)),
    );
  for (const { bytes } of await w.sql("select bytes from {ws}._file_chunk"))
    texts.push(`_file_chunk ${bytes.toString()}`);
  for (const { raw } of await w.sql("select raw from {ws}._mailbox")) texts.push(`_mailbox ${raw.toString()}`);
  return texts.join("\n");
}
const tracesIn = (text: string) => text.split("\n").filter((it) => /zyxmarker|5550199/i.test(it));

/** Puts her wherever the engine keeps something of a person. */
async function plant(): Promise<void> {
  zoe = await made("guest", {
    name: `Zoe ${marker}`,
    email: address,
    phone: "+49 5550199",
    about: `${marker} likes the sea`,
    born: "1990-01-02",
    room: "sea",
  });
  other = await made("guest", {
    name: "Otto",
    email: "otto@example.com",
    about: `Ask ${address} or +49 5550199 about him`,
  });
  const changed = await w.admin.patch(
    `/api/records/guest/${zoe}`,
    { about: `${marker} snores` },
    { "if-match": '"1"' },
  );
  earlier.push(changed.headers.get("trellis-operation") ?? "");
  await made("stay", { name: `Stay of Zoe ${marker}`, price: 300, guest: zoe });
  await made("complaint", { name: `${marker} was cold`, weight: 3, guest: zoe });
  await made("wish", { name: `${marker} wants a balcony`, guest: zoe });
  await w.admin.post("/api/facts", {
    type: "page.visited",
    entity: "guest",
    record: zoe,
    id: "v1",
    data: { path: `/${marker}` },
  });
  const consent = {
    entity: "guest",
    record: zoe,
    purpose: "news",
    channel: "email",
    action: "grant",
    proof: `Signed by ${marker}`,
  };
  expect((await w.admin.post("/api/consents", consent)).status).toBe(201);
  const at = w.clock.now().toISOString();
  const device = "10000000-0000-7000-8000-000000000001";
  await w.sql("insert into {ws}._device (device, entity, record, since) values ($1, 'guest', $2, $3)", [
    device,
    zoe,
    at,
  ]);
  await w.sql(
    `insert into {ws}._device_claim (operation, device, entity, record, at) values ($1, $1, 'guest', $2, $3)`,
    [device, zoe, at],
  );
  await w.sql(
    `insert into {ws}._fact (id, type, at, received_at, source, source_id, data) values ($1, 'page.visited', $2, $2, 'web', 'x', $3)`,
    ["20000000-0000-7000-8000-000000000001", at, { device, page: marker }],
  );
  await w.sql(
    `insert into {ws}._alike (id, rule, one, other, at, operation, reason) values ($1, 'r', least($2::uuid, $3::uuid), greatest($2::uuid, $3::uuid), $4, $1, $5)`,
    [device, zoe, other, at, `Not ${marker}`],
  );
  const mail = (n: number, from: string, to: string, record: string | null) =>
    w.sql(
      `insert into {ws}._mail (id, direction, from_address, to_addresses, subject, text, headers, at, entity, record)
       values ($1, 'in', $2, $3, $4, $5, '{}', $6, 'guest', $7)`,
      [`30000000-0000-7000-8000-00000000000${n}`, from, [to], `To ${to}`, `Written to ${to}`, at, record],
    );
  await mail(1, address, "hotel@example.com", null);
  await mail(2, "otto@example.com", address, other);
  await w.sql(
    `insert into {ws}._sending (id, effect_key, message_id, status, address, domain, to_addresses, from_address, subject, text, at, due_at, record, entity)
     values ($1, 'k1', '<m1>', 'accepted', $2, 'example.com', $3, 'hotel@example.com', $4, $4, $5, $5, $6, 'guest')`,
    ["40000000-0000-7000-8000-000000000001", address, [address], `Dear ${marker}`, at, zoe],
  );
  const file = async (id: string, record: string | null, bytes: string) => {
    await w.sql(
      `insert into {ws}._file (id, name, type, size_bytes, sha256, entity, record, at, complete) values ($1, $2, 'text/plain', $3, '', $4, $5, $6, true)`,
      [id, `${marker}.txt`, bytes.length, record && "ent_guest", record, at],
    );
    await w.sql("insert into {ws}._file_chunk (file, part, bytes) values ($1, 0, $2)", [id, Buffer.from(bytes)]);
  };
  await file("50000000-0000-7000-8000-000000000001", zoe, `Passport of ${marker}`);
  await file("50000000-0000-7000-8000-000000000002", null, `name,email\nZoe,${address}\n`);
  await w.sql(
    `insert into {ws}._export (id, operation, request, status, rows, file, created_at, by) values ($1, $1, '{"entity":"guest"}', 'done', 1, $2, $3, $4)`,
    ["60000000-0000-7000-8000-000000000001", "50000000-0000-7000-8000-000000000002", at, w.admin.id],
  );
  await w.sql(
    "insert into {ws}._notification (id, for_user, at, title, record, entity) values ($1, $2, $3, $4, $5, 'guest')",
    [...["70000000-0000-7000-8000-000000000001", w.admin.id, at, `${marker} waits`, zoe]],
  );
}

test("what is kept of a person is had as one file, and erased until nothing in the database tells of her, whoever dies and whatever is undone", async () => {
  await plant();
  const clerk = await w.user("Clara");
  for (const path of ["person", "erasure"])
    expect((await clerk.get(`/api/records/guest/${zoe}/${path}`)).status).toBe(403);
  expect((await w.admin.get(`/api/records/stay/${zoe}/erasure`)).json.code).toBe("person.none");

  const fetched = await w.fetch(
    new Request(`http://localhost/api/records/guest/${zoe}/person`, { headers: { authorization: await keyOf() } }),
  );
  expect(fetched.headers.get("content-type")).toBe("application/zip");
  const files = unzip(new Uint8Array(await fetched.arrayBuffer()), { files: 100, bytes: 1e7, depth: 3 });
  const told = JSON.parse(Buffer.from(files.get("person.json")!).toString());
  expect(told).toMatchObject({ record: { name: `Zoe ${marker}`, born: "1990-01-02" }, left_off: [] });
  for (const kind of ["history", "mails", "sendings", "facts", "files", "consents", "lists"])
    expect(told[kind]?.length, kind).toBeGreaterThan(0);
  expect(told.records.map((it: any) => it.entity).sort()).toEqual(["complaint", "wish"]);
  expect(Buffer.from([...files.entries()].find(([name]) => name.startsWith("files/"))![1]).toString()).toContain(
    marker,
  );

  const preview = (await w.admin.get(`/api/records/guest/${zoe}/erasure`)).json;
  expect(preview).toMatchObject({
    erasure: null,
    goes: { mails: 1, sendings: 1, facts: 5, records: [{ entity: "wish", records: 1 }] },
    emptied: [{ entity: "complaint", records: 1 }],
    kept: { records: [{ entity: "stay", records: 1 }], consents: 1 },
  });
  expect(tracesIn(await dump()).length).toBeGreaterThan(15);

  const begun = await w.admin.post(`/api/records/guest/${zoe}/erasure`);
  expect(begun.status, begun.text).toBe(202);
  expect((await w.admin.post(`/api/records/guest/${zoe}/erasure`)).json.code).toBe("person.erased");
  expect(await suppressed(w.pool, w.workspace, "email", [address, "otto@example.com"])).toEqual(new Set([address]));
  // A worker that stops half-way is followed by another.
  for (let tries = 1; (await waitingErasures(w.workspace)).length > 0; tries++) {
    let left = 9;
    const stopping = { get aborted() { return left-- <= 0; } } as AbortSignal; // prettier-ignore
    await workOnErasure(w.workspace, w.clock, begun.json.id, stopping);
    await w.sql(
      "update {ws}._erasure set lease_until = clock_timestamp() - interval '1 second' where status = 'running'",
    );
    expect(tries).toBeLessThan(40);
  }
  expect(tracesIn(await dump())).toEqual([]);
  const after = (await w.admin.get(`/api/records/guest/${zoe}/erasure`)).json;
  expect(after.erasure).toMatchObject({ status: "done", counts: { mails: expect.any(Number) } });

  // What is kept stands, and says nothing of her; what is about others is as it was but for her address.
  const [stay] = await w.sql("select name, price, guest from {ws}.stay");
  expect(stay).toEqual({ name: "Stay of [erased]", price: 300, guest: zoe });
  expect(await w.sql("select name, weight, deleted_at from {ws}.complaint")).toEqual([
    { name: null, weight: 3, deleted_at: null },
  ]);
  expect((await w.admin.get(`/api/records/guest/${other}`)).json.about).toBe("Ask [erased] or [erased] about him");
  expect((await w.sql("select subject from {ws}._mail")).map((it) => it.subject)).toEqual(["To [erased]"]);
  const [proof] = await w.sql("select address, action, wording_hash, purpose from {ws}._consent");
  expect(proof).toMatchObject({ action: "grant", purpose: "pur_news" });
  expect(proof.address).toMatch(/^erased:[0-9a-f]{64}$/);

  // Whatever was done before is taken back by nobody: neither what made her nor what changed her.
  const whys: string[] = [];
  for (const operation of [earlier[2], earlier[0], ...earlier.slice(3)])
    for (const force of [false, true]) {
      const undone = await w.admin.post(`/api/operations/${operation}/undo${force ? "?force=true" : ""}`);
      if (undone.json.conflicts?.some((it: any) => it.id === zoe)) whys.push(undone.json.conflicts[0].why);
    }
  expect(whys).toEqual(["erased", "erased", "erased", "erased"]);
  expect(tracesIn(await dump())).toEqual([]);
  const [shell] = await w.sql("select name, email, about, deleted_at from {ws}.guest where id = $1", [zoe]);
  expect(shell).toMatchObject({ name: "[erased]", email: null, about: null });
  expect(shell.deleted_at).not.toBeNull();
  expect((await w.admin.get("/api/doctor")).json.findings).toEqual([]);
});

test("every table of the engine that tells of records or addresses is searched, or said to tell of nobody", async () => {
  const found = await w.sql(
    `select distinct c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = '{ws}'::regnamespace and c.relkind = 'r' and starts_with(c.relname, '_')
       and (a.attname in ('record', 'person', 'person_record', 'raw', 'sender') or a.attname like '%address%')`,
  );
  expect(found.length).toBeGreaterThan(30);
  const searched = new Set(traces.map(({ table }) => table));
  // Users who left or were given something, addresses of documents, salted hashes, what was undone and who was erased.
  const nobody = ["_dashboard_left", "_given", "_gone", "_suppression", "_undone", "_erased", "_erasure"];
  expect(found.map(({ name }) => name).filter((name) => !searched.has(name) && !nobody.includes(name))).toEqual([]);
});

async function keyOf(): Promise<string> {
  const of = { workspace: "main", user: w.admin.id, name: "bytes", roles: null, expiresAt: null, by: w.admin.id };
  return `Bearer ${(await createKey(w.pool, of, w.clock.now())).key}`;
}
