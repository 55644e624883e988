import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { AnyDocument } from "schemas";
import { dump, harbourDocuments } from "../harbour.ts";
import { world, type Client, type World } from "../world.ts";

const field = (name: string, field: string, more: object = {}) => ({
  [name]: { $anchor: `fld_${name}`, field, title: name, ...more },
});
const entity = (name: string, properties: object, more: object = {}) => ({
  ...{ $schema: "urn:trellis:entity:1", $id: name, $anchor: `ent_${name}`, type: "object", title: name },
  ...{ name_field: "name", properties: { ...field("name", "text", { unique: true }), ...properties }, ...more },
});
const always = (id: string, target: string, cel?: string) => ({
  ...{ target, meta: { id, title: id } },
  ...(cel === undefined ? {} : { guard: { type: "expr", params: { cel } } }),
});

/** Quays with so much room, and moorings at them; one whose name begins with Round never comes to rest. */
const quayDocuments = [
  entity(
    "quay",
    {
      ...field("room", "integer"),
      ...field("taken", "rollup", { of: "moorings", measure: "sum", value: { cel: "length" } }),
    },
    { rules: [{ $anchor: "rule_room", require: { cel: "coalesce(taken, 0) <= room" }, message: "The quay is full." }] },
  ),
  entity("mooring", {
    ...field("quay", "reference", { to: "quay", inverse: "moorings" }),
    ...field("length", "integer"),
    ...field("stage", "state", { workflow: "mooring_life" }),
  }),
  {
    $schema: "urn:trellis:workflow:1",
    id: "mooring_life",
    initial: "sorting",
    context: { turns: 0 },
    states: {
      sorting: {
        always: [
          always("tr_round", "round", "record.name.startsWith('Round') && context.turns >= 0"),
          always("tr_calm", "calm"),
        ],
        meta: { id: "st_sorting", title: "Sorting" },
      },
      round: {
        entry: [{ type: "set", params: { values: { turns: { cel: "context.turns + 1" } } } }],
        always: [always("tr_back", "sorting")],
        meta: { id: "st_round", title: "Round" },
      },
      calm: { tags: ["end"], meta: { id: "st_calm", title: "Calm" } },
    },
    meta: {
      ...{ id: "wf_mooring", title: "Mooring", format: "wf/1" },
      kind: "pipeline",
      entity: "mooring",
      events: {},
    },
  },
] as unknown as readonly AnyDocument[];

let here: World;
let admin: Client;
let sailor: Client;
beforeAll(async () => {
  here = await world({ documents: [...harbourDocuments, ...quayDocuments] });
  admin = here.admin;
  sailor = await here.user("Sindbad", { roles: ["sailor"] });
});
afterAll(() => here.close());

const bulk = (who: Client, body: unknown, entity = "ship") => who.post(`/api/records/${entity}/bulk`, body);
const shipsOf = async (who: Client, filter: string) =>
  (await who.get(`/api/records/ship?filter=${encodeURIComponent(filter)}&sort=name&limit=500`)).json.items;
const codes = (json: any) => json.problems.map(({ code, path }: any) => `${code} ${path}`);

async function fleet(name: string, count: number, more: (at: number) => object = () => ({})) {
  const given = Array.from({ length: count }, (_, at) => ({ name: `${name} ${at}`, crew: at, ...more(at) }));
  return (await admin.post("/api/records/ship", given)).json.items as { id: string; version: number }[];
}

test("a preview tells what a change by filter would do, and changes nothing", async () => {
  await fleet("Preview", 30, (at) => (at % 10 === 0 ? { price: { amount: "5", currency: "EUR" } } : {}));
  const before = await dump(here);
  const filter = "name.startsWith('Preview')";
  const looked = await bulk(admin, { filter, set: { sold: true }, preview: true });
  expect(looked.status).toBe(200);
  expect(looked.json).toMatchObject({ matched: 30, changed: 0, unchanged: 0, along: 0, refused: 30 });
  expect(looked.json.refusals[0].problems[0]).toMatchObject({ code: "rule.broken" });
  const other = await bulk(admin, { filter, set: { crew: 3 }, preview: true });
  expect(other.json).toMatchObject({ matched: 30, changed: 29, unchanged: 1, refused: 0 });
  expect(other.json.records).toHaveLength(20);
  expect(await dump(here)).toEqual(before);
});

test("a bulk change writes what holds, tells the rest, and one undo takes it back", async () => {
  const home = (await admin.post("/api/records/harbour", { name: "Bulk home" })).json.id;
  await fleet("Sale", 40, (at) => (at < 25 ? { home, price: { amount: "5", currency: "EUR" } } : {}));
  const before = await shipsOf(admin, "name.startsWith('Sale')");
  const done = await bulk(admin, { filter: "name.startsWith('Sale')", set: { sold: true }, expect: 40 });
  expect(done.json).toMatchObject({ matched: 40, changed: 25, refused: 15 });
  expect(done.headers.get("trellis-operation")).toBe(done.json.operation);
  expect(await shipsOf(admin, "name.startsWith('Sale') && sold == true")).toHaveLength(25);
  const history = await here.sql("select count(*)::int as n from {ws}._history where operation = $1", [
    done.json.operation,
  ]);
  expect(history[0].n).toBe(25);
  const undone = await admin.post(`/api/operations/${done.json.operation}/undo`);
  expect(undone.json).toMatchObject({ restored: 25, conflicts: [] });
  expect(await shipsOf(admin, "name.startsWith('Sale')")).toEqual(before);
});

test("ten thousand records are one change; more are refused", async () => {
  const rows = 10_001;
  await here.sql(
    `insert into {ws}.ship (id, name, crew, sails, created_at, updated_at, version)
     select gen_random_uuid(), 'Many ' || n, n, true, now(), now(), 1 from generate_series(1, $1::int) as n`,
    [rows],
  );
  const many = "name.startsWith('Many')";
  const all = await bulk(admin, { filter: many, set: { load: "2.5" } });
  expect([all.status, all.json.code]).toEqual([413, "bulk.too_many"]);
  const most = await bulk(admin, { filter: `${many} && crew > 1`, set: { load: "2.5" } });
  expect(most.json).toMatchObject({ matched: 10_000, changed: 10_000, refused: 0 });
  await here.sql(`delete from {ws}.ship where name like 'Many %'`);
});

test("what went to the trash along is counted, who is held back stays", async () => {
  const harbours = await admin.post("/api/records/harbour", [{ name: "T1" }, { name: "T2" }, { name: "T3" }]);
  const [t1, t2] = harbours.json.items.map(({ id }: any) => id);
  await admin.post("/api/records/harbour", { name: "T1 pier", parent: t1 });
  await admin.post("/api/records/ship", { name: "Keeps T2", home: t2 });
  const body = { filter: "name in ['T1', 'T2', 'T3']", trash: true };
  const looked = await bulk(admin, { ...body, preview: true }, "harbour");
  expect(looked.json).toMatchObject({ matched: 3, changed: 2, along: 1, refused: 1 });
  expect(looked.json.refusals).toMatchObject([{ id: t2, problems: [{ code: "record.referenced" }] }]);
  const alone = await bulk(admin, { ...body, trash: "alone", preview: true }, "harbour");
  expect(alone.json).toMatchObject({ matched: 3, changed: 1, along: 0, refused: 2 });
  const done = await bulk(admin, { ...body, expect: 3 }, "harbour");
  expect(done.json).toMatchObject({ changed: 2, along: 1, refused: 1 });
  const left = await admin.get(`/api/records/harbour?filter=${encodeURIComponent("name.startsWith('T')")}`);
  expect(left.json.items.map(({ name }: any) => name)).toEqual(["T2"]);
  await admin.post(`/api/operations/${done.json.operation}/undo`);
  const back = await admin.get(`/api/records/harbour?filter=${encodeURIComponent("name.startsWith('T')")}`);
  expect(back.json.items).toHaveLength(4);
});

test("rights bound what is meant and what is written", async () => {
  const own = (await sailor.post("/api/records/ship", { name: "Own" })).json.id;
  const [hidden] = await fleet("Hidden", 1);
  const looked = await bulk(sailor, { ids: [own, hidden!.id], set: { crew: 4 }, preview: true });
  expect(looked.json).toMatchObject({ matched: 1, changed: 1, refused: 0 });
  expect(looked.text).not.toContain(hidden!.id);
  expect(looked.text).not.toContain("secret");
  expect((await bulk(sailor, { filter: "", set: { secret: "x" } })).json.code).toBe("field.unknown");
  expect((await bulk(sailor, { filter: "secret == 'x'", set: { crew: 1 } })).status).toBe(400);
  expect((await bulk(sailor, { filter: "", trash: true, expect: 0 }, "harbour")).status).toBe(403);
});

test("bad requests are refused with all that is wrong, and nothing is written", async () => {
  const before = await dump(here);
  const cases: [unknown, string[]][] = [
    [{}, ["bulk.malformed ", "bulk.malformed "]],
    [{ filter: "", set: { crew: "many" } }, ["value.invalid /set/crew"]],
    [{ filter: "", set: {} }, ["bulk.malformed /set"]],
    [{ filter: "crew >", set: { crew: 1 } }, ["expression.syntax /filter"]],
    [{ filter: "crew >", set: { crew: "many" } }, ["value.invalid /set/crew", "expression.syntax /filter"]],
    [{ filter: "", set: { crew: "many" }, expect: 1 }, ["value.invalid /set/crew", "bulk.moved "]],
    [
      { filter: "", set: { crew: "many", colour: 1, berth: "01890a5d-ac96-774b-bcce-b302099a8057" } },
      ["field.unknown /set/colour", "value.invalid /set/crew", "reference.missing /set/berth"],
    ],
    [{ ids: ["x"], set: { crew: 1 } }, ["bulk.malformed /ids"]],
    [{ ids: [], set: { number: "S-1" } }, ["field.read_only /set/number"]],
    [
      { filter: "", set: { crew: 1 }, trash: true, colour: 1 },
      ["query.unknown /colour", "bulk.malformed ", "bulk.malformed /expect"],
    ],
    [{ filter: "", set: { crew: 1 }, expect: 1 }, ["bulk.moved "]],
    [{ filter: "", trash: true, expect: 1 }, ["bulk.moved "]],
    [{ filter: "", trash: true }, ["bulk.malformed /expect"]],
  ];
  for (const [body, wanted] of cases) {
    const answer = await bulk(admin, body);
    expect([answer.status < 500, codes(answer.json)]).toEqual([true, wanted]);
  }
  expect(await dump(here)).toEqual(before);
});

test("many records are changed each by its own values, all or none", async () => {
  const [one, two, three] = await fleet("Each", 3);
  const patch = (body: unknown) => admin.patch("/api/records/ship", body);
  const before = await dump(here);
  const refused = await patch([
    { id: one!.id, version: 1, crew: 8 },
    { id: two!.id, version: 7, crew: 8 },
    { id: one!.id, version: 1, crew: 9 },
    { id: three!.id, version: 1, crew: -1, code: 7 },
    { id: "nobody", version: 1 },
  ]);
  expect(codes(refused.json)).toEqual([
    "record.stale /1",
    "records.twice /2",
    "value.invalid /3/code",
    "value.invalid /3/crew",
    "record.missing /4",
  ]);
  expect((await patch([{ id: one!.id, crew: 1 }])).json.code).toBe("record.version_wanted");
  expect((await patch({ id: one!.id })).status).toBe(400);
  expect(await dump(here)).toEqual(before);
  const done = await patch([
    { id: one!.id, version: 1, crew: 8 },
    { id: two!.id, version: 1, name: "Renamed" },
  ]);
  expect(done.status).toBe(200);
  expect(done.json.items).toMatchObject([
    { id: one!.id, version: 2, crew: 8 },
    { id: two!.id, version: 2, name: "Renamed" },
  ]);
  const undone = await admin.post(`/api/operations/${done.json.operation}/undo`);
  expect(undone.json.restored).toBe(2);
});

test("what one record gives away another one of the same list takes, in whatever order, and one undo gives it back", async () => {
  const [one, two, three] = await fleet("Code", 3, (at) => ({ code: `G${at}` }));
  const codesNow = async () => (await shipsOf(admin, "name.startsWith('Code')")).map(({ code }: any) => code);
  for (const [first, second] of [
    [one, two],
    [two, one],
  ] as const) {
    const versions = new Map((await shipsOf(admin, "name.startsWith('Code')")).map((it: any) => [it.id, it.version]));
    const of = (ship: typeof one, code: string) => ({ id: ship!.id, version: versions.get(ship!.id), code });
    const [codeOfFirst, codeOfSecond] = first === one ? ["G0", "G1"] : ["G1", "G0"];
    const done = await admin.patch("/api/records/ship", [
      of(first, codeOfSecond),
      of(second, "G2"),
      of(three, codeOfFirst),
    ]);
    expect(done.status, done.text).toBe(200);
    expect(await codesNow()).toEqual(first === one ? ["G1", "G2", "G0"] : ["G2", "G0", "G1"]);
    const undone = await admin.post(`/api/operations/${done.json.operation}/undo`);
    expect(undone.json).toMatchObject({ restored: 3, conflicts: [] });
    expect(await codesNow()).toEqual(["G0", "G1", "G2"]);
  }
});

test("of many that went to the trash together, one comes back alone, with what went because of it", async () => {
  const [one, other] = (await admin.post("/api/records/harbour", [{ name: "Back" }, { name: "Stays" }])).json.items;
  const part = (await admin.post("/api/records/harbour", { name: "Pier", parent: one.id })).json.id;
  const [guest, stranger] = await fleet("Moored", 2, (at) => ({ berth: at === 0 ? part : other.id }));
  const ids = [one.id, other.id];
  expect((await bulk(admin, { ids, trash: true }, "harbour")).json).toMatchObject({ changed: 2, along: 3 });
  await admin.send("PATCH", `/api/records/ship/${guest!.id}`, { body: { crew: 7 }, headers: { "if-match": '"2"' } });
  expect((await admin.post(`/api/records/harbour/${one.id}/restore`)).status).toBe(200);
  const harbours = (await admin.get("/api/records/harbour?sort=name&limit=500")).json.items.map(
    ({ name }: any) => name,
  );
  expect(harbours).toEqual(expect.arrayContaining(["Back", "Pier"]));
  expect(harbours).not.toContain("Stays");
  const berth = async (id: string) => (await admin.get(`/api/records/ship/${id}`)).json.berth;
  expect([await berth(guest!.id), await berth(stranger!.id)]).toEqual([part, null]);
});

describe("what is refused because of what follows from it", () => {
  const quay = async (name: string) => (await admin.post("/api/records/quay", { name, room: 10 })).json.id as string;
  const taken = async (id: string) => Number((await admin.get(`/api/records/quay/${id}`)).json.taken);

  test("is told by the place of each record that has a part in it", async () => {
    const [full, free] = [await quay("Full"), await quay("Free")];
    const made = await admin.post("/api/records/mooring", [
      { name: "One", quay: full, length: 6 },
      { name: "Two", quay: free, length: 6 },
      { name: "Three", quay: full, length: 6 },
    ]);
    expect(codes(made.json)).toEqual(["rule.broken /0", "rule.broken /2"]);
    const round = await admin.post("/api/records/mooring", [
      { name: "Four", quay: free, length: 1 },
      { name: "Round", quay: free, length: 1 },
    ]);
    expect(codes(round.json)).toEqual(["run.failed /1"]);
    expect([await taken(full), await taken(free)]).toEqual([0, 0]);
  });

  test("is left out of a bulk change, record by record, and the others are changed", async () => {
    const id = await quay("Bulk");
    const given = ["a", "b", "c"].map((name) => ({ name, quay: id, length: 1 }));
    const { items } = (await admin.post("/api/records/mooring", given)).json;
    const ids = items.map((it: any) => it.id);
    const done = await bulk(admin, { ids, set: { length: 5 } }, "mooring");
    expect(done.json).toMatchObject({ matched: 3, changed: 1, refused: 2 });
    expect(done.json.refusals.map(({ problems }: any) => problems[0].detail)).toEqual(
      Array(2).fill("The quay is full."),
    );
    expect(await taken(id)).toBe(7);
  });

  test("is left out of an import with its row, and a rehearsal tells the same", async () => {
    await here.work();
    const [full, free] = [await quay("Port"), await quay("Starboard")];
    const text =
      "name,quay,length\nIn,Port,6\nOver,Port,6\nFits,Port,4\nRound it goes,Starboard,1\nOther,Starboard,1\n";
    const plan = {
      entity: "mooring",
      columns: { name: "name", quay: { to: "quay", match: "name" }, length: "length" },
    };
    const imported = async (more: object) => {
      const form = new FormData();
      form.set("file", new File([text], "moorings.csv"));
      form.set("plan", JSON.stringify({ ...plan, ...more }));
      const { json } = await admin.send("POST", "/api/imports", { body: form });
      return vi.waitFor(async () => {
        const told = (await admin.get(`/api/imports/${json.id}`)).json;
        expect(["done", "failed"]).toContain(told.status);
        return told;
      }, 30_000);
    };
    const problems = [
      { detail: "The quay is full.", first: 2, rows: 1 },
      { code: "run.failed", first: 4, rows: 1 },
    ];
    expect(await imported({ rehearse: true })).toMatchObject({ status: "done", created: 3, rejected: 2, problems });
    expect([await taken(full), await taken(free)]).toEqual([0, 0]);
    const done = await imported({});
    expect(done).toMatchObject({ status: "done", created: 3, rejected: 2, problems });
    expect((await admin.get(done.errors_url)).text).toMatch(/Over,.*2.*The quay is full/);
    expect([await taken(full), await taken(free)]).toEqual([10, 1]);
  });
});
