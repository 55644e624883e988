import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecordWrite } from "engine";
import type { AnyDocument, EntityDocument, Property } from "schemas";
import { publish } from "../../runtime/store/publish.ts";
import { Workspace } from "../../runtime/workspace.ts";
import { newId } from "../../runtime/id.ts";
import { operate } from "../../runtime/store/operation.ts";
import { writeRecords, writeWhatHolds } from "../../runtime/store/write.ts";
import { useForm } from "../../runtime/database/form.ts";
import { dump, harbourDocuments } from "../harbour.ts";
import { world, type Client, type World } from "../world.ts";

let here: World;
let admin: Client;
beforeAll(async () => {
  here = await world({ documents: harbourDocuments });
  admin = here.admin;
});
afterAll(() => here.close());

const ship = async (values: object = {}) => {
  const made = await admin.post("/api/records/ship", { name: "Argo", ...values });
  expect(made.status, made.text).toBe(201);
  return made.json;
};
const harbour = async (name: string, more: object = {}) => {
  const made = await admin.post("/api/records/harbour", { name, ...more });
  expect(made.status, made.text).toBe(201);
  return made.json.id as string;
};
const told = (json: any) => json.problems.map(({ code, path }: { code: string; path: string }) => `${code} ${path}`);
const matching = (version: number) => ({ "if-match": `"${version}"` });

describe("a new record", () => {
  test("is kept with defaults, numbers and shorthand at length", async () => {
    const home = await harbour("Piraeus");
    const answer = await admin.post("/api/records/ship", {
      name: "Argo",
      price: 12.5,
      load: 3,
      home: { id: home, name: "Piraeus" },
      seen: "2026-01-01T09:00:00+09:00",
      papers: { a: [1, null] },
      flags: ["red"],
    });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.headers.get("etag")).toBe('"1"');
    expect(answer.headers.get("trellis-operation")).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.json).toMatchObject({
      name: "Argo",
      price: { amount: "12.5", currency: "USD" },
      load: "3",
      home,
      seen: "2026-01-01T00:00:00.000Z",
      papers: { a: [1, null] },
      flags: ["red"],
      sails: true,
      owner: admin.id,
      version: 1,
    });
    expect(answer.json.number).toMatch(/^S-\d{4}$/);
  });

  test("leaves one row of history and one event", async () => {
    const { id } = await ship();
    const history = await here.sql("select act, version, before, after from {ws}._history where record = $1", [id]);
    expect(history).toHaveLength(1);
    expect(history[0]).toMatchObject({ act: "create", version: 1, before: null, after: { "#fld_name": "Argo" } });
    expect(await here.sql("select type, version from {ws}._event where record = $1", [id])).toEqual([
      { type: "record.created", version: 1 },
    ]);
  });

  test("comes with others: all or none", async () => {
    const many = await admin.post("/api/records/ship", [{ name: "One" }, { name: "Two" }]);
    expect(many.status).toBe(201);
    expect(many.json.items.map(({ name }: any) => name)).toEqual(["One", "Two"]);
    const before = await dump(here);
    const refused = await admin.post("/api/records/ship", [{ name: "Three" }, { nam: "Four", crew: -1 }]);
    expect(told(refused.json)).toEqual(["field.unknown /1/nam", "value.missing /1/name", "value.invalid /1/crew"]);
    expect(refused.json.problems[0].hint).toBe("name");
    expect(await dump(here)).toEqual(before);
  });
});

describe("what is refused leaves nothing behind", () => {
  const raw = { "content-type": "application/json" };
  const wrong: readonly (readonly [string, unknown, number, string])[] = [
    ["no object", "7", 422, "record.malformed "],
    ["a wrong type", { name: 5 }, 422, "value.invalid /name"],
    ["nothing where something must be", { name: null }, 422, "value.missing /name"],
    ["an empty text where something must be", { name: "" }, 422, "value.missing /name"],
    ["a field of the engine", { name: "A", version: 5 }, 422, "field.read_only /version"],
    ["an id", { name: "A", id: "01890a5d-ac96-774b-bcce-b302099a8057" }, 422, "field.read_only /id"],
    ["a number that the engine gives", { name: "A", number: "S-1" }, 422, "field.read_only /number"],
    ["a formula", { name: "A", dear: true }, 422, "field.read_only /dear"],
    [
      "a reference to nothing",
      { name: "A", home: "01890a5d-ac96-774b-bcce-b302099a8057" },
      422,
      "reference.missing /home",
    ],
    ["a reference that is no id", { name: "A", home: "Piraeus" }, 422, "value.invalid /home"],
    [
      "a reference to another entity",
      { name: "A", home: { entity: "ship", id: "01890a5d-ac96-774b-bcce-b302099a8057" } },
      422,
      "value.invalid /home",
    ],
    ["a broken rule", { name: "A", sold: true }, 422, "rule.broken /price"],
    ["NUL", `{"name":"a\\u0000b"}`, 400, "value.not_text /name"],
    ["half a surrogate", `{"name":"a\\ud800b"}`, 400, "value.not_text /name"],
    ["__proto__", `{"name":"A","__proto__":{"crew":1}}`, 400, "body.name /__proto__"],
    [
      "an amount with three points",
      { name: "A", price: { amount: "1.2.3", currency: "USD" } },
      422,
      "value.invalid /price/amount",
    ],
    ["money below its minimum", { name: "A", price: -5 }, 422, "value.invalid /price/amount"],
    ["a choice that is none", { name: "A", flags: ["green"] }, 422, "value.invalid /flags/0"],
    ["a day that is none", { name: "A", built: "2026-02-30" }, 422, "value.invalid /built"],
  ];
  test.each(wrong)("%s", async (_, body, status, first) => {
    const before = await dump(here);
    const answer = await admin.send("POST", "/api/records/ship", {
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: raw,
    });
    expect(told(answer.json)[0]).toBe(first);
    expect([400, 422]).toContain(answer.status);
    expect(answer.status).toBe(status === 400 ? answer.status : status);
    expect(await dump(here)).toEqual(before);
  });

  test("is told whole: values, fields, references, what is taken and rules, each in its place", async () => {
    const nowhere = "01890a5d-ac96-774b-bcce-b302099a8057";
    await ship({ code: "Taken" });
    const wrong = { crew: "many", colour: 1, number: "S-1", code: "Taken", berth: nowhere, sold: true };
    const all = (at: string) => [
      `field.unknown ${at}/colour`,
      `field.read_only ${at}/number`,
      `value.invalid ${at}/crew`,
      `reference.missing ${at}/berth`,
      `record.duplicate ${at}/code`,
      `rule.broken ${at}/price`,
    ];
    const [one, two] = [await ship(), await ship()];
    const patched = { id: one.id, version: one.version, ...wrong };
    const others = [
      { id: two.id, version: 7, crew: -1 },
      { id: two.id, crew: 1 },
      { id: nowhere, version: 1, crew: 1 },
    ];
    const before = await dump(here);
    const named = { name: "A", ...wrong };
    expect(told((await admin.post("/api/records/ship", named)).json)).toEqual(all(""));
    expect(told((await admin.post("/api/records/ship", [{ name: "B" }, named])).json)).toEqual(all("/1"));
    expect(told((await admin.patch(`/api/records/ship/${one.id}`, wrong, matching(1))).json)).toEqual(all(""));
    expect(told((await admin.patch("/api/records/ship", [patched, ...others])).json)).toEqual([
      ...all("/0"),
      "record.stale /1",
      "records.twice /2",
      "record.missing /3",
    ]);
    expect(told((await admin.patch("/api/records/ship", [patched, others[1]])).json)).toEqual([
      ...all("/0"),
      "record.version_wanted /1/version",
    ]);
    expect(await dump(here)).toEqual(before);
  });

  test("tells no rule that hangs on what does not hold alone", async () => {
    const home = await harbour("Athens");
    const told = async (values: object) =>
      (await admin.post("/api/records/ship", { name: "A", sold: true, ...values })).json.problems.map(
        ({ code, path, hint }: any) => [code, path, hint].join(" ").trim(),
      );
    expect(await told({ price: "dear", home })).toEqual(["value.invalid /price/amount"]);
    expect(await told({ price: "dear" })).toEqual(["value.invalid /price/amount", "rule.broken /home home"]);
    expect(await told({ sold: "yes" })).toEqual(["value.invalid /sold"]);
    expect(await told({ home: "Piraeus", price: 5 })).toEqual(["value.invalid /home"]);
  });

  test("an unknown entity", async () => {
    expect((await admin.post("/api/records/shop", { name: "A" })).json.code).toBe("entity.unknown");
  });
});

describe("a change of a record", () => {
  test("names the version that was seen", async () => {
    const { id } = await ship();
    const before = await dump(here);
    expect((await admin.patch(`/api/records/ship/${id}`, { crew: 4 })).status).toBe(428);
    expect((await admin.patch(`/api/records/ship/${id}`, { crew: 4 }, matching(7))).status).toBe(412);
    expect((await admin.patch(`/api/records/ship/${crypto.randomUUID()}`, { crew: 4 }, matching(1))).status).toBe(404);
    expect((await admin.patch("/api/records/ship/argo", { crew: 4 }, matching(1))).status).toBe(404);
    expect(await dump(here)).toEqual(before);
    const changed = await admin.patch(`/api/records/ship/${id}`, { crew: 4 }, matching(1));
    expect(changed.json).toMatchObject({ crew: 4, version: 2, name: "Argo" });
    expect(changed.headers.get("etag")).toBe('"2"');
  });

  test("keeps only what differs", async () => {
    const { id } = await ship({ load: "1.50", price: { amount: "10", currency: "USD" } });
    const same = await admin.patch(
      `/api/records/ship/${id}`,
      { load: "1.5", price: "10.0", name: "Argo" },
      matching(1),
    );
    expect(same.json.version).toBe(1);
    await admin.patch(`/api/records/ship/${id}`, { load: "2", name: "Argo", crew: null }, matching(1));
    const [, change] = await here.sql("select before, after from {ws}._history where record = $1 order by id", [id]);
    expect(change.after).toEqual({ "#fld_load": "2" });
    expect(change.before).toMatchObject({ "#fld_load": "1.50", version: 1 });
  });

  test("of sixteen at a time loses none", async () => {
    const { id } = await ship({ crew: 0 });
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let done = false; !done;) {
          const [{ version, crew }] = await here.sql(`select version, crew from {ws}.ship where id = $1`, [id]);
          const answer = await admin.patch(`/api/records/ship/${id}`, { crew: crew + 1 }, matching(version));
          expect([200, 412]).toContain(answer.status);
          done = answer.status === 200;
        }
      }),
    );
    const [row] = await here.sql(`select version, crew from {ws}.ship where id = $1`, [id]);
    expect(row).toEqual({ version: 17, crew: 16 });
  });
});

describe("values that no two records share", () => {
  test("are refused by field, with the other record", async () => {
    const first = await ship({ code: "A1" });
    const before = await dump(here);
    const second = await admin.post("/api/records/ship", { name: "B", code: "A1" });
    expect(second.status).toBe(409);
    expect(second.json.problems).toMatchObject([{ code: "record.duplicate", path: "/code", hint: first.id }]);
    const pair = await admin.post("/api/records/ship", [
      { name: "C", code: "A2" },
      { name: "D", code: "A2" },
    ]);
    expect(told(pair.json)).toEqual(["record.duplicate /1/code"]);
    expect(await dump(here)).toEqual(before);
  });

  test("are told by field even when both come at once", async () => {
    const all = await Promise.all(
      Array.from({ length: 8 }, () => admin.post("/api/records/ship", { name: "R", code: "RACE" })),
    );
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(all.filter(({ status }) => status === 409).map(({ json }) => told(json)[0])).toEqual(
      Array(7).fill("record.duplicate /code"),
    );
  });

  test("are free again when their record is in the trash, and keep it there when they are taken", async () => {
    const first = await ship({ code: "T1" });
    expect((await admin.delete(`/api/records/ship/${first.id}`, matching(1))).status).toBe(204);
    await ship({ code: "T1" });
    const before = await dump(here);
    const back = await admin.post(`/api/records/ship/${first.id}/restore`);
    expect(back.status).toBe(409);
    expect(told(back.json)).toEqual(["record.duplicate /code"]);
    expect(await dump(here)).toEqual(before);
  });
});

describe("the trash", () => {
  test("takes along, empties and is held back as references say; restoring brings it all back", async () => {
    const root = await harbour("Root");
    const part = await harbour("Part", { parent: root });
    const { id: guest } = await ship({ berth: part });
    const { id: owner } = await ship({ home: part });
    const before = await dump(here);
    const held = await admin.delete(`/api/records/harbour/${root}`, matching(1));
    expect(held.status).toBe(409);
    expect(held.json.problems).toMatchObject([{ code: "record.referenced" }]);
    expect(await dump(here)).toEqual(before);
    await admin.patch(`/api/records/ship/${owner}`, { home: null }, matching(1));
    expect((await admin.delete(`/api/records/harbour/${root}`, matching(1))).status).toBe(204);
    const trashed = async (id: string) =>
      (await here.sql("select deleted_at is not null as gone from {ws}.harbour where id = $1", [id]))[0].gone;
    expect([await trashed(root), await trashed(part)]).toEqual([true, true]);
    expect((await here.sql("select berth from {ws}.ship where id = $1", [guest]))[0].berth).toBeNull();
    expect((await admin.patch(`/api/records/harbour/${part}`, { name: "X" }, matching(2))).status).toBe(404);
    expect((await admin.post("/api/records/ship", { name: "Z", home: part })).json.code).toBe("reference.missing");
    const back = await admin.post(`/api/records/harbour/${root}/restore`);
    expect(back.status, back.text).toBe(200);
    expect([await trashed(root), await trashed(part)]).toEqual([false, false]);
    expect((await here.sql("select berth from {ws}.ship where id = $1", [guest]))[0].berth).toBe(part);
    expect((await admin.post(`/api/records/harbour/${root}/restore`)).json.code).toBe("record.not_trashed");
  });
});

test("the parts of a step are the same joined or one by one", async () => {
  const life = async (code: string) => {
    const home = await harbour(`Home ${code}`);
    const { id } = await ship({ code, berth: home });
    await admin.patch(`/api/records/ship/${id}`, { crew: 3 }, matching(1));
    await admin.delete(`/api/records/harbour/${home}`, matching(1));
    await admin.post(`/api/records/harbour/${home}/restore`);
    return here.sql(
      `select h.act, h.version, e.type from {ws}._history h join {ws}._event e on e.record = h.record and e.version = h.version
       where h.record = any($1) order by h.record, h.version`,
      [[id, home]],
    );
  };
  const joined = await life("J1");
  useForm("single");
  const single = await life("J2");
  useForm("joined");
  expect(single).toEqual(joined);
  expect(joined).toHaveLength(7);
});

test("an import writes what holds and is told what does not, and numbers have no gaps", async () => {
  const principal = { id: admin.id, name: "Ada", roles: ["admin"], via: "engine" } as const;
  const now = here.clock.now();
  const create = (values: object): RecordWrite => ({
    act: "create",
    entity: "ship",
    id: newId(now),
    after: { ...values },
  });
  const rows = [
    create({ name: "W1", code: "W1" }),
    create({ name: "W2", code: "W1" }),
    create({ name: "W3", home: newId(now) }),
    create({ name: "W4", sold: true }),
    create({ name: "W5", code: "W5" }),
  ];
  const { result } = await operate(here.workspace, principal, { kind: "import", title: "Rows", now }, (tx, scene) =>
    writeWhatHolds(tx, scene, rows),
  );
  expect(result.writes.map(({ record }) => record.name)).toEqual(["W1", "W5"]);
  expect([...result.faults].map(([at, [first]]) => `${at} ${first?.code}`).sort()).toEqual([
    "1 record.duplicate",
    "2 reference.missing",
    "3 rule.broken",
  ]);
  const [first, last] = result.writes.map(({ record }) => Number(String(record.number).slice(2)));
  expect(last).toBe((first ?? 0) + 1);
  const before = await dump(here);
  const none = operate(here.workspace, principal, { kind: "import", title: "Rows", now }, (tx, scene) =>
    writeRecords(tx, scene, rows),
  );
  await expect(none).rejects.toThrow();
  expect(await dump(here)).toEqual(before);
});

test("nobody points at a record that goes to the trash at the same moment", async () => {
  for (let round = 0; round < 12; round++) {
    const home = await harbour(`Race ${round}`);
    const [gone, pointing] = await Promise.all([
      admin.delete(`/api/records/harbour/${home}`, matching(1)),
      admin.post("/api/records/ship", { name: "Racer", home }),
    ]);
    expect([`204 422`, `409 201`]).toContain(`${gone.status} ${pointing.status}`);
  }
});

test("a write planned by an older model is planned again by the newer", async () => {
  const elsewhere = new Workspace("main", here.workspace.schemaName, here.pool);
  const { documents } = await elsewhere.refresh();
  const next = documents.map((it) => {
    if (!("$id" in it) || it.$id !== "harbour") return it;
    const depth: Property = { $anchor: "fld_depth", field: "integer", title: "Depth" };
    return { ...it, properties: { ...(it as EntityDocument).properties, depth } };
  });
  await publish(elsewhere, {
    documents: next as AnyDocument[],
    reason: "Depths",
    author: admin.id,
    now: here.clock.now(),
  });
  expect(here.workspace.model.version).toBeLessThan(elsewhere.model.version);
  const made = await admin.post("/api/records/harbour", { name: "Deep", depth: 40 });
  expect(made.json).toMatchObject({ name: "Deep", depth: 40 });
});

describe("one record or five hundred", () => {
  test("take the same number of statements", async () => {
    const home = await harbour("Many");
    const count = async (n: number) => {
      const seen: string[] = [];
      const connect = here.pool.connect.bind(here.pool) as () => Promise<any>;
      const spied = new WeakSet();
      (here.pool as any).connect = async (...given: unknown[]) => {
        if (given.length > 0) return (connect as any)(...given);
        const client = await connect();
        if (!spied.has(client)) {
          const query = client.query;
          client.query = (...args: unknown[]) => {
            seen.push(String((args[0] as any)?.text ?? args[0]));
            return query.apply(client, args);
          };
          spied.add(client);
        }
        return client;
      };
      const records = Array.from({ length: n }, (_, at) => ({ name: `S${at}`, home, code: `N${n}-${at}` }));
      const answer = await admin.post("/api/records/ship", records);
      (here.pool as any).connect = connect;
      expect(answer.status, answer.text).toBe(201);
      return seen.filter((text) => !/auth|principal/.test(text)).length;
    };
    const one = await count(1);
    expect(await count(500)).toBe(one);
    expect(one).toBeLessThan(16);
  });
});
