import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dump } from "../harbour.ts";
import { world, type Client, type World } from "../world.ts";

const text = (name: string) => ({ $anchor: `fld_${name}`, field: "text", title: name });
const documents = [
  {
    $schema: "urn:trellis:entity:1",
    $id: "boat",
    $anchor: "ent_boat",
    type: "object",
    title: "Boat",
    name_field: "name",
    properties: {
      name: text("name"),
      code: text("code"),
      secret: text("secret"),
      note: text("note"),
      mark: { ...text("mark"), unique: true },
      crew: { $anchor: "fld_crew", field: "integer", title: "Crew", minimum: 0 },
      sold: { $anchor: "fld_sold", field: "boolean", title: "Sold" },
      captain: { $anchor: "fld_captain", field: "reference", to: "captain", title: "Captain" },
      tow: { $anchor: "fld_tow", field: "reference", to: "boat", title: "Tows", on_delete: "set_null" },
      stage: { $anchor: "fld_stage", field: "state", title: "Stage", workflow: "boat_life" },
    },
    required: ["name"],
    rules: [
      { $anchor: "rule_sold", when: { cel: "sold" }, require: { cel: "code != null" }, message: "Sold by its code." },
    ],
  },
  {
    $schema: "urn:trellis:entity:1",
    $id: "captain",
    $anchor: "ent_captain",
    type: "object",
    title: "Captain",
    name_field: "name",
    properties: { name: text("name") },
  },
  {
    $schema: "urn:trellis:workflow:1",
    id: "boat_life",
    initial: "new",
    states: {
      new: {
        on: { "boat.launch": [{ target: "afloat", meta: { id: "tr_launch", title: "Launch" } }] },
        meta: { id: "st_new", title: "New" },
      },
      afloat: { tags: ["end"], meta: { id: "st_afloat", title: "Afloat" } },
    },
    meta: {
      id: "wf_boat",
      title: "Boat",
      format: "wf/1",
      kind: "pipeline",
      entity: "boat",
      events: { "boat.launch": { title: "Launch", source: "user" } },
    },
  },
  {
    $schema: "urn:trellis:role:1",
    $id: "mate",
    $anchor: "role_mate",
    title: "Mate",
    entities: {
      boat: {
        create: "all",
        read: "all",
        update: "own",
        bypass: "own",
        fields: {
          stage: { read: { cel: "code != 'sealed'" } },
          secret: { read: { cel: "owner == user" }, write: "all" },
          note: { write: { cel: "code != 'closed'" } },
        },
      },
    },
  },
  {
    $schema: "urn:trellis:role:1",
    $id: "clerk",
    $anchor: "role_clerk",
    title: "Clerk",
    entities: { boat: { create: "all", read: "all" } },
  },
  {
    $schema: "urn:trellis:role:1",
    $id: "scout",
    $anchor: "role_scout",
    title: "Scout",
    entities: {
      boat: { create: "all", read: "all", fields: { code: { write: "none" } } },
      captain: { create: "all", read: "own" },
    },
  },
  {
    $schema: "urn:trellis:role:1",
    $id: "pilot",
    $anchor: "role_pilot",
    title: "Pilot",
    entities: {
      boat: { create: "all", read: "all" },
      captain: { read: "all", fields: { name: { read: "own" } } },
    },
  },
] as unknown as readonly AnyDocument[];

let w: World;
let mate: Client;
let clerk: Client;
let scout: Client;
beforeAll(async () => {
  w = await world({ documents });
  await w.work();
  mate = await w.user("Mate", { roles: ["mate"] });
  clerk = await w.user("Clerk", { roles: ["clerk"] });
  scout = await w.user("Scout", { roles: ["scout"] });
});
afterAll(() => w.close());

/** A file of boats brought in by somebody: its end, or what the plan was refused for. */
async function imported(who: Client, csv: string, more: object = {}): Promise<any> {
  const columns = Object.fromEntries(
    csv
      .split("\n", 1)[0]!
      .split(",")
      .map((name) => [name, name]),
  );
  const form = new FormData();
  form.set("file", new File([csv], "boats.csv"));
  form.set("plan", JSON.stringify({ entity: "boat", match: ["name"], columns, ...more }));
  const begun = await who.send("POST", "/api/imports", { body: form });
  if (begun.status !== 202) return begun.json.problems.map(({ code, path }: any) => `${code} ${path}`);
  for (;;) {
    const { json } = await who.get(`/api/imports/${begun.json.id}`);
    if (!["queued", "running"].includes(json.status)) return json;
    await new Promise((done) => setTimeout(done, 20));
  }
}
const made = async (values: object, who = w.admin) => (await who.post("/api/records/boat", values)).json.id as string;
const boat = async (name: string) =>
  (await w.sql("select code, note, tow, stage from {ws}.boat where name = $1", [name]))[0];
const codes = ({ problems }: any) => problems.map(({ code }: { code: string }) => code);

test("a row changes no record that its importer sees and may not change; what stands there already is no change", async () => {
  await made({ name: "Argo", code: "A1" });
  await made({ name: "Mine", code: "M1" }, mate);
  const csv = "name,code\nArgo,Taken\nMine,M2\nFresh,F1\n";
  const rehearsed = await imported(mate, csv, { rehearse: true });
  expect(rehearsed).toMatchObject({ created: 1, updated: 1, rejected: 1 });
  const done = await imported(mate, csv);
  expect(done).toMatchObject({ status: "done", created: 1, updated: 1, rejected: 1 });
  expect(codes(done)).toEqual(["right.missing"]);
  expect([(await boat("Argo")).code, (await boat("Mine")).code]).toEqual(["A1", "M2"]);
  expect(await imported(mate, "name,code\nArgo,A1\n")).toMatchObject({ unchanged: 1, rejected: 0 });
  expect(await imported(clerk, "name,code\nMine,M3\nNew one,N1\n")).toMatchObject({
    created: 1,
    updated: 0,
    rejected: 1,
  });
  expect((await boat("Mine")).code).toBe("M2");
});

test("a field that its importer may write on some records only is written on those alone", async () => {
  await made({ name: "Open", code: "open" }, mate);
  await made({ name: "Shut", code: "closed" }, mate);
  expect(await imported(mate, "name,note\nOpen,Seen\nShut,Seen\n")).toMatchObject({ updated: 1, rejected: 1 });
  expect([(await boat("Open")).note, (await boat("Shut")).note]).toEqual(["Seen", null]);
  const refused = await imported(mate, "name,code,note\nShut too,closed,Seen\n");
  expect(refused).toMatchObject({ status: "failed", created: 0 });
  expect(await boat("Shut too")).toBeUndefined();
});

test("a row is told all that stands against it: cells, names, references, rules and what is taken", async () => {
  await made({ name: "Docked", mark: "D1" });
  const csv = [
    "name,mark,crew,owner,sold",
    "First,F1,2,Mate,false",
    "Second,D1,many,Nobody,true",
    "Third,D1,-1,Mate,true",
    "Fourth,F1,many,Mate,false",
    "Docked,D1,-1,Mate,true",
    "Sixth,S1,-1,Mate,false",
    "Seventh,S1,3,Mate,false",
  ].join("\n");
  const columns = { name: "name", mark: "mark", crew: "crew", owner: { to: "owner", match: "name" }, sold: "sold" };
  const answer = await imported(w.admin, csv, { columns, missing: "reject" });
  expect(answer).toMatchObject({ created: 2, updated: 0, rejected: 5 });
  const told = answer.problems.map(({ first, rows, column, code }: any) => `${first} ${rows} ${column} ${code}`);
  expect(told.sort()).toEqual(
    [
      "2 1 owner reference.unknown",
      "2 2 crew value.unreadable",
      "2 3  rule.broken",
      "2 3 mark record.duplicate",
      "3 3 crew value.invalid",
      "4 1 mark record.duplicate",
      "6 1 mark record.duplicate",
    ].sort(),
  );
});

test("nothing is found by a field that is hidden on some records, and nothing of it is proposed", async () => {
  await made({ name: "Holder", secret: "gold" });
  const before = await dump(w);
  expect(await imported(mate, "secret,code\ngold,X\n", { match: ["secret"] })).toEqual(["field.unknown /match/0"]);
  const tow = { name: "name", tow: { to: "tow", match: "secret" } };
  expect(await imported(mate, "name,tow\nTug,golf\n", { columns: tow })).toEqual(["field.unknown /columns/tow/match"]);
  expect(await dump(w)).toEqual(before);
});

test("records of an entity that its importer does not read are found by no name, and none is proposed", async () => {
  await w.admin.post("/api/records/captain", { name: "Ahab" });
  const csv = "name,captain\nPequod,Ahab\nRachel,Ahabb\n";
  const refused = ["entity.unknown /columns/captain/entity"];
  expect(await imported(clerk, csv, { rehearse: true })).toEqual(refused);
  const columns = { name: "name", captain: { to: "captain", entity: "captain", missing: "create" } };
  expect(await imported(clerk, csv, { columns })).toEqual(refused);
  expect(await imported(w.admin, csv, { rehearse: true })).toMatchObject({ created: 1, rejected: 1 });
});

test("hidden records are found by no name, and none is proposed; a field that is never written is no column", async () => {
  await w.admin.post("/api/records/captain", { name: "Hook" });
  const csv = "name,captain\nRoger,Hook\nJolly,Hooks\n";
  const { rejected, problems } = await imported(scout, csv, { rehearse: true });
  expect([rejected, problems.map(({ code, suggestions }: any) => [code, suggestions])]).toEqual([
    2,
    [
      ["reference.unknown", []],
      ["reference.unknown", []],
    ],
  ]);
  expect(await imported(scout, "name,code\nRoger,R1\n")).toEqual(["field.read_only /columns/code/to"]);
});

test("a name that hides on some records finds none of them: a file names them by their ids", async () => {
  const { id } = (await w.admin.post("/api/records/captain", { name: "Nemo" })).json;
  const pilot = await w.user("Pilot", { roles: ["pilot"] });
  const { created, problems } = await imported(pilot, `name,captain\nNautilus,Nemo\nKepler,${id}\n`);
  expect([created, problems.map(({ code, value }: any) => `${code} ${value}`)]).toEqual([
    1,
    ["reference.unknown Nemo"],
  ]);
});

test("a row that says what stands there is no change, though its field hides on others' records", async () => {
  await made({ name: "Known", secret: "tar" }, mate);
  expect(await imported(mate, "name,secret\nKnown,tar\n")).toMatchObject({ updated: 0, unchanged: 1 });
});

test("rows that name each other are linked where their records are new, or may be changed", async () => {
  await made({ name: "Anchored" });
  const done = await imported(clerk, "name,tow\nTug,Barge\nBarge,\nAnchored,Tug\n");
  expect(done).toMatchObject({ created: 2, rejected: 1 });
  const barge = (await w.sql("select id from {ws}.boat where name = 'Barge'"))[0].id;
  expect([(await boat("Tug")).tow, (await boat("Anchored")).tow]).toEqual([barge, null]);
});

test("a record comes in mid-life only where the right to bypass its workflow covers it", async () => {
  expect(await imported(mate, "name,stage\nAfloat,afloat\n")).toMatchObject({ created: 1 });
  expect((await boat("Afloat")).stage).toBe("afloat");
  const csv = `name,stage,owner\nOf another,afloat,${w.admin.id}\n`;
  const columns = { name: "name", stage: "stage", owner: { to: "owner", match: "id" } };
  expect(await imported(mate, csv, { columns })).toMatchObject({ status: "failed", created: 0 });
  expect(await boat("Of another")).toBeUndefined();
});

test("in which state a record stands is not told by a file where it hides from its importer", async () => {
  await made({ name: "Shown", code: "Open" }, mate);
  await made({ name: "Sealed", code: "sealed" }, mate);
  const csv = "name,stage\nShown,new\nSealed,new\nSealed,afloat\n";
  const { unchanged, rejected, problems } = await imported(mate, csv);
  expect([unchanged, rejected, problems.map(({ code, value }: any) => `${code} ${value}`)]).toEqual([
    1,
    2,
    ["import.state_moved new", "import.state_moved afloat"],
  ]);
  const details = problems.map(({ detail }: any) => detail);
  expect(new Set(details).size, details.join()).toBe(1);
  expect((await imported(mate, "name,stage\nShown,afloat\n")).problems[0].detail).toContain('"new"');
});
