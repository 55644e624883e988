import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyDocument } from "schemas";
import { dump, harbourDocuments, memory } from "../harbour.ts";
import { world, type Answer, type Client, type World } from "../world.ts";

const entity = (name: string, title: string, properties: object, more: object = {}) => ({
  $schema: "urn:trellis:entity:1",
  $id: name,
  $anchor: `ent_${name}`,
  type: "object",
  title,
  properties,
  ...more,
});

/** Voyages of ships, with legs and what was seen on them. */
const documents = [
  ...harbourDocuments,
  entity(
    "voyage",
    "Voyage",
    {
      title: { $anchor: "fld_v_title", field: "text", title: "Title" },
      ship: { $anchor: "fld_v_ship", field: "reference", to: "ship", title: "Ship", inverse: "voyages" },
      from: { $anchor: "fld_v_from", field: "reference", to: "harbour", title: "From" },
      far: { $anchor: "fld_v_far", field: "boolean", title: "Far" },
    },
    { name_field: "title", required: ["title"] },
  ),
  entity(
    "leg",
    "Leg",
    {
      name: { $anchor: "fld_l_name", field: "text", title: "Name" },
      voyage: {
        $anchor: "fld_l_voyage",
        field: "reference",
        to: "voyage",
        title: "Voyage",
        inverse: "legs",
        on_delete: "cascade",
      },
      days: { $anchor: "fld_l_days", field: "integer", title: "Days", minimum: 1 },
      to: { $anchor: "fld_l_to", field: "reference", to: "harbour", title: "To" },
      label: { $anchor: "fld_l_label", field: "text", title: "Label", default: { cel: "voyage.title" } },
      note: { $anchor: "fld_l_note", field: "reference", to: ["ship", "harbour"], title: "Note", inverse: "noted" },
    },
    {
      required: ["name"],
      rules: [
        {
          $anchor: "rule_far",
          when: { cel: "days > 30" },
          require: { cel: "voyage.far == true" },
          message: "A long leg is for far voyages.",
        },
      ],
    },
  ),
] as unknown as readonly AnyDocument[];

let here: World;
let admin: Client;
let sailor: Client;
beforeAll(async () => {
  here = await world({ documents });
  ({ admin } = here);
  sailor = await here.user("Sindbad", { roles: ["sailor"] });
  for (const name of ["Piraeus", "Iolkos"])
    expect((await admin.post("/api/records/harbour", { name })).status).toBe(201);
});
afterAll(() => here.close());

const put = (code: string, body: unknown, who = admin, headers = {}) =>
  who.send("PUT", `/api/records/ship/by/code/${encodeURIComponent(code)}`, { body, headers });
const putMany = (body: unknown, who = admin) => who.send("PUT", "/api/records/ship/by/code", { body });
const told = ({ json }: Answer) =>
  json.problems.map(({ code, path }: { code: string; path: string }) => `${code} ${path}`);
const refused = async (answer: Promise<Answer>, status: number, faults: readonly string[]) => {
  const before = await dump(here);
  const got = await answer;
  expect([got.status, got.json.problems ? told(got) : [got.json.code]], got.text).toEqual([status, faults]);
  expect(await dump(here)).toEqual(before);
};

describe("a record by a value that tells it apart", () => {
  test("is made where there is none, and changed where there is one; what is not named stays", async () => {
    const made = await put("A-1", { name: "Argo", crew: 50 });
    expect([made.status, made.headers.get("etag")]).toEqual([201, '"1"']);
    expect(made.headers.get("location")).toBe(`/api/records/ship/${made.json.id}`);
    const changed = await put("A-1", { code: "A-1", crew: 51 });
    expect([changed.status, changed.headers.get("etag")]).toEqual([200, '"2"']);
    expect(changed.json).toMatchObject({ id: made.json.id, name: "Argo", crew: 51, code: "A-1" });
    expect((await put("A-1", { crew: 51 })).headers.get("etag")).toBe('"2"');
    const undone = await admin.post(`/api/operations/${changed.headers.get("trellis-operation")}/undo`);
    expect(undone.status, undone.text).toBe(200);
    expect((await admin.get(`/api/records/ship/${made.json.id}`)).json.crew).toBe(50);
  });

  test("holds to the version that was seen", async () => {
    await put("A-2", { name: "Argo" });
    expect((await put("A-2", { crew: 1 }, admin, { "if-match": '"1"' })).status).toBe(200);
    expect((await put("A-2", { crew: 2 }, admin, { "if-match": '"1"' })).status).toBe(412);
    expect((await put("A-none", { name: "Argo" }, admin, { "if-match": '"1"' })).status).toBe(404);
  });

  test("is one, however many ask for it at once", async () => {
    const all = await Promise.all(Array.from({ length: 12 }, (_, crew) => put("A-3", { name: "Argo", crew })));
    expect(all.map(({ status }) => status).sort(), all.map(({ text }) => text).join("\n")).toEqual([
      ...Array(11).fill(200),
      201,
    ]);
    expect(new Set(all.map(({ json }) => json.id)).size).toBe(1);
    const [{ n, v }] = await here.sql(`select count(*)::int as n, max(version) as v from {ws}.ship where code = 'A-3'`);
    expect([n, v]).toEqual([1, 12]);
  });

  test("many at once: all of them or none, in their order", async () => {
    await put("B-2", { name: "Two" });
    const answer = await putMany([
      { code: "B-1", name: "One" },
      { code: "B-2", crew: 2 },
      { code: "B-3", name: "Three", home: { match: { name: "Iolkos" } } },
    ]);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json).toMatchObject({ created: 2, updated: 1 });
    expect(answer.json.items.map((it: any) => [it.code, it.name, it._names?.home])).toEqual([
      ["B-1", "One", null],
      ["B-2", "Two", null],
      ["B-3", "Three", "Iolkos"],
    ]);
    await refused(putMany([{ code: "B-9", name: 5 }, { name: "x" }, { code: "B-9" }, 7]), 422, [
      "value.invalid /0/name",
      "value.missing /1/code",
      "records.twice /2",
      "record.malformed /3",
    ]);
    await refused(putMany([{ code: "B-9", name: 5 }, { code: "B-8" }, { code: "B-2", crew: -1 }]), 422, [
      "value.invalid /0/name",
      "value.missing /1/name",
      "value.invalid /2/crew",
    ]);
    const listed = await putMany([
      { code: "B-4", name: "Four", voyages: [{ title: "Out" }, { title: "Back" }] },
      { code: "B-5", name: "Five" },
    ]);
    expect(listed.json).toMatchObject({ created: 2, updated: 0, items: [{ code: "B-4" }, { code: "B-5" }] });
    const nowhere = "01890a5d-ac96-774b-bcce-b302099a8057";
    await refused(
      putMany([
        { name: "x", crew: -1, colour: 1 },
        { code: "B-8", crew: -1, berth: nowhere, sold: true },
        { code: "B-2", crew: -1, berth: nowhere, home: { match: { name: "Atlantis" } } },
        { code: "B-8", load: "heavy" },
      ]),
      422,
      [
        "value.missing /0/code",
        "field.unknown /0/colour",
        "value.invalid /0/crew",
        "value.missing /1/name",
        "value.invalid /1/crew",
        "reference.missing /1/berth",
        "rule.broken /1/price",
        "value.invalid /2/crew",
        "reference.missing /2/home",
        "reference.missing /2/berth",
        "value.invalid /3/load",
        "records.twice /3",
      ],
    );
    await refused(putMany({ code: "B-9" }), 400, ["body.malformed "]);
  });

  test("is refused by a field that tells no records apart, and where the value is another", async () => {
    const by = (field: string, who = admin) =>
      who.send("PUT", `/api/records/ship/by/${field}/x`, { body: { name: "x" } });
    await refused(by("name"), 422, ["upsert.not_unique "]);
    await refused(by("number"), 422, ["upsert.not_unique "]);
    await refused(by("nothing"), 400, ["field.unknown "]);
    await refused(by("secret", sailor), 400, ["field.unknown "]);
    await refused(put("C-1", { name: "x", code: "C-2" }), 422, ["upsert.value /code"]);
    await refused(put("x".repeat(21), { name: "x" }), 422, ["value.invalid /code"]);
  });

  test("that the caller does not see is somebody's, and neither shown nor changed", async () => {
    await put("D-1", { name: "Hidden" });
    await refused(put("D-1", { name: "Mine now" }, sailor), 409, ["record.duplicate /code"]);
    expect((await put("D-2", { name: "Hers" }, sailor)).status).toBe(201);
    await refused(put("D-2", { load: "5" }, sailor), 403, ["right.missing /load"]);
    const harbour = sailor.send("PUT", "/api/records/harbour/by/name/Samos", { body: {} });
    await refused(harbour, 403, ["right.missing "]);
  });
});

describe("references by what their records hold", () => {
  test("are found among the records that the writer sees", async () => {
    const made = await admin.post("/api/records/ship", { name: "Argo", home: { match: { name: "Piraeus" } } });
    expect(made.json._names.home).toBe("Piraeus");
    const patch = { home: { match: { name: "Iolkos" } }, berth: { match: { name: "Piraeus" } } };
    const changed = await admin.patch(`/api/records/ship/${made.json.id}`, patch, { "if-match": '"1"' });
    expect(changed.json._names).toMatchObject({ home: "Iolkos", berth: "Piraeus" });
    const entry = { text: "Seen", about: { entity: "harbour", match: { name: "Piraeus" } } };
    expect((await admin.post("/api/records/entry", entry)).json._names.about).toBe("Piraeus");
    await put("E-1", { name: "Hidden" });
    const about = { text: "Seen", about: { entity: "ship", match: { code: "E-1" } } };
    await refused(sailor.post("/api/records/entry", about), 422, ["reference.missing /about"]);
  });

  test("that lead nowhere, or to several, are told with all else that is wrong", async () => {
    for (const crew of [1, 2]) await admin.post("/api/records/ship", { name: "Twin", crew });
    const given = [
      { text: 5, about: { entity: "ship", match: { name: "Twin" } } },
      { text: "b", about: { entity: "ship", match: { name: "Twin", crew: 3 } } },
      { text: "c", about: { entity: "voyage", match: { title: "x" } } },
      { text: "d", about: { entity: "ship", match: { nam: "x" } } },
      { text: "e", about: { entity: "ship", match: {} } },
      { text: "f", about: { entity: "ship", match: { crew: "many" } } },
    ];
    const answer = await admin.post("/api/records/entry", given);
    expect([answer.status, told(answer).sort()], answer.text).toEqual([
      422,
      [
        "field.unknown /3/about/match/nam",
        "reference.ambiguous /0/about",
        "reference.entity /2/about/entity",
        "reference.match /4/about/match",
        "reference.missing /1/about",
        "value.invalid /0/text",
        "value.invalid /5/about/match/crew",
      ],
    ]);
    const secret = { text: "x", about: { entity: "ship", match: { secret: "x" } } };
    await refused(sailor.post("/api/records/entry", secret), 400, ["field.unknown /about/match/secret"]);
  });
});

describe("a record with what stands in its lists", () => {
  const voyage = {
    title: "To Colchis",
    far: true,
    ship: { match: { code: "F-1" } },
    from: { match: { name: "Iolkos" } },
    legs: [
      { name: "Out", days: 40, to: { match: { name: "Piraeus" } } },
      { name: "Back", days: 2 },
    ],
  };

  test("is one operation, and one undo takes it back", async () => {
    await put("F-1", { name: "Argo" });
    const before = await dump(here, memory);
    const made = await admin.post("/api/records/voyage", voyage);
    expect(made.status, made.text).toBe(201);
    const legs = (await admin.get(`/api/records/leg?filter=voyage == '${made.json.id}'&sort=days`)).json.items;
    expect(legs.map((it: any) => [it.name, it._names.voyage, it.label])).toEqual([
      ["Back", "To Colchis", "To Colchis"],
      ["Out", "To Colchis", "To Colchis"],
    ]);
    const operation = made.headers.get("trellis-operation");
    const undone = await admin.post(`/api/operations/${operation}/undo`);
    expect(undone.status, undone.text).toBe(200);
    expect(await dump(here, memory)).toEqual(before);
  });

  test("goes down several levels, with lists of several kinds", async () => {
    const ship = await admin.post("/api/records/ship", {
      name: "Deep",
      voyages: [{ title: "First", legs: [{ name: "Only" }] }, { title: "Second" }],
      noted: [{ name: "Noted" }],
    });
    expect(ship.status, ship.text).toBe(201);
    const of = async (filter: string) => (await admin.get(`/api/records/leg?filter=${filter}`)).json.items;
    expect((await of(`voyage.ship == '${ship.json.id}'`)).map((it: any) => it.name)).toEqual(["Only"]);
    expect((await of("name == 'Noted'"))[0].note).toEqual({ entity: "ship", id: ship.json.id });
  });

  test("is refused whole, with all that is wrong at its place", async () => {
    const wrong = {
      title: 5,
      from: { match: { name: "Atlantis" } },
      legs: [{ name: "Out", days: 0 }, { days: 1 }, { name: "x", voyage: null }, 7],
    };
    const answer = await admin.post("/api/records/voyage", [voyage, wrong]);
    expect([answer.status, told(answer).sort()], answer.text).toEqual([
      422,
      [
        "list.reference /1/legs/2/voyage",
        "record.malformed /1/legs/3",
        "reference.missing /1/from",
        "value.invalid /1/legs/0/days",
        "value.invalid /1/title",
        "value.missing /1/legs/1/name",
      ],
    ]);
    const nowhere = "01890a5d-ac96-774b-bcce-b302099a8057";
    const both = [
      { ...voyage, title: 5, legs: [{ name: "Out", days: 40, to: nowhere }] },
      { title: 5, far: false, legs: [{ name: 5, days: 40 }] },
      { title: "x", far: "maybe", legs: [{ days: 40, label: "x" }] },
      { title: "x", legs: {}, from: nowhere },
    ];
    await refused(admin.post("/api/records/voyage", both), 422, [
      "value.invalid /0/title",
      "reference.missing /0/legs/0/to",
      "value.invalid /1/title",
      "value.invalid /1/legs/0/name",
      "rule.broken /1/legs/0",
      "value.invalid /2/far",
      "value.missing /2/legs/0/name",
      "list.malformed /3/legs",
      "reference.missing /3/from",
    ]);
    const { far: _, ...near } = voyage;
    await refused(admin.post("/api/records/voyage", near), 422, ["rule.broken /legs/0"]);
    await refused(admin.post("/api/records/voyage", { title: "x", legs: {} }), 422, ["list.malformed /legs"]);
    const many = { title: "x", legs: Array.from({ length: 1000 }, (_, at) => ({ name: `Leg ${at}` })) };
    await refused(admin.post("/api/records/voyage", many), 413, ["records.too_many "]);
    await refused(sailor.post("/api/records/ship", { name: "x", voyages: [] }), 400, ["field.unknown /voyages"]);
  });
});
