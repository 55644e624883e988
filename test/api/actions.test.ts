import type { Action } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { carried, parcel, parcelDocuments, sent } from "../fixtures/parcels.ts";
import { receiver, type Receiver } from "../fixtures/receiver.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
let there: Receiver;
let [una, bo, cy]: readonly Client[] = [];

const cel = (text: string) => ({ cel: text });
const assigned = (params: Readonly<Record<string, unknown>>): Action => ({ type: "assign", params });

beforeAll(async () => {
  there = await receiver();
  w = await world({
    documents: [
      ...parcelDocuments(there.url, {
        turn: [assigned({ team: "Depot", otherwise: cel("record.created_by") })],
        load: [assigned({ team: "Depot", by: "load", rotation: "loads" })],
        hours: [assigned({ team: "Depot", rotation: "hours", hours: "depot" })],
        skill: [assigned({ team: "Depot", rotation: "skills", skill: { field: "locale", value: "ja" } })],
        find: [
          {
            type: "lookup",
            params: { entity: "parcel", match: { number: "N-1" }, fields: ["name", "weight"], into: "found" },
          },
          { type: "calculate", params: { into: "total", value: cel("context.found.weight + record.weight") } },
          {
            type: "record.update",
            params: { set: { weight: cel("context.total") } },
          },
        ],
        link: [
          { type: "lookup", params: { entity: "parcel", match: { number: "BOX" }, into: "found" } },
          { type: "record.link", params: { field: "within", to: cel("context.found.id") } },
          {
            type: "record.update",
            params: { set: { number: cel("record.within.within.name"), weight: cel("record.within.weight + 1") } },
          },
        ],
        each: [
          {
            type: "for_each",
            params: {
              entity: "parcel",
              match: { within: cel("record.id") },
              most: 3,
              set: { number: cel("record.name") },
              create: { entity: "parcel", link: "within", values: { name: "Slip" } },
            },
          },
        ],
        light: [
          {
            type: "for_each",
            params: {
              entity: "parcel",
              match: { within: cel("record.id") },
              where: "weight < 3 && name != 'Slip'",
              set: { number: "light" },
            },
          },
        ],
        call_all: [
          { type: "notify", params: { role: "admin", title: "For all who keep this" } },
          { type: "notify", params: { queue: "dispatch", title: "For who dispatches" } },
        ],
        print: [
          {
            type: "document.create",
            params: {
              title: cel("'Packing list of ' + record.name"),
              name: "list",
              text: ["Handle with care – fragile.", cel("record.number")],
              lines: { entity: "parcel", match: { within: cel("record.id") }, columns: ["name", "weight"] },
              keep: { file: "/id" },
            },
          },
        ],
        tell: [
          {
            type: "webhook",
            params: { connection: "port", event: "parcel.ready", data: { weight: cel("record.weight") } },
          },
        ],
      }),
      {
        $schema: "urn:trellis:connection:1",
        $id: "port",
        $anchor: "con_port",
        title: "Port",
        channel: "webhook",
        url: `${there.url}/hook`,
        entities: {},
      },
      {
        $schema: "urn:trellis:calendar:1",
        $id: "depot",
        $anchor: "cal_depot",
        title: "Depot",
        time_zone: "UTC",
        hours: { mon: ["08:00-12:00"] },
      },
    ],
  });
  const team = (await w.admin.post("/api/records/team", { name: "Depot" })).json.id;
  [una, bo, cy] = await Promise.all(["Una", "Bo", "Cy"].map((name) => w.user(name, { teams: [team] })));
});
afterAll(async () => {
  await there.close();
  await w.close();
});

const people = () => [una!.id, bo!.id, cy!.id].sort();
const ownerOf = async (id: string) => (await w.admin.get(`/api/records/parcel/${id}`)).json.owner;

describe("assign", () => {
  test("gives each the same, also where many ask at once", async () => {
    const ids = await Promise.all(Array.from({ length: 9 }, () => parcel(w)));
    const answers = await Promise.all(ids.map((id) => sent(w, id, "turn")));
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
    const owners = await Promise.all(ids.map(ownerOf));
    expect(people().map((id) => owners.filter((it) => it === id).length)).toEqual([3, 3, 3]);
  });

  test("passes over who is away, and gives it to another where nobody is there", async () => {
    const until = new Date(w.clock.now().getTime() + 86_400_000).toISOString();
    for (const one of [una!, bo!]) {
      const away = await one.post("/api/me/delegations", { to: cy!.id, until });
      expect(away.status, away.text).toBeLessThan(300);
    }
    const first = await parcel(w);
    await sent(w, first, "turn");
    expect(await ownerOf(first)).toBe(cy!.id);
    await w.sql('update {ws}."user" set active = false where id = $1', [cy!.id]);
    const second = await parcel(w);
    await sent(w, second, "turn");
    expect(await ownerOf(second)).toBe(w.admin.id);
    await w.sql('update {ws}."user" set active = true where id = $1', [cy!.id]);
    await w.sql("update {ws}._delegation set ended_at = at");
  });

  test("looks at how many each has that are not closed", async () => {
    await w.sql("delete from {ws}._rotation");
    const [a, b, c] = people();
    await w.sql("update {ws}.parcel set owner = $1", [w.admin.id]);
    const busy = await parcel(w, { owner: a });
    await parcel(w, { owner: c });
    for (const id of [await parcel(w, { owner: b }), await parcel(w, { owner: b })]) await sent(w, id, "close");
    const one = await parcel(w);
    await sent(w, one, "load");
    expect(await ownerOf(one)).toBe(b);
    await sent(w, busy, "close");
    const two = await parcel(w);
    await sent(w, two, "load");
    expect(await ownerOf(two)).toBe(a);
  });

  test("asks for a skill, and for hours where each is", async () => {
    await w.sql("update {ws}.\"user\" set locale = 'ja', time_zone = 'Asia/Tokyo' where id = $1", [bo!.id]);
    await w.sql("update {ws}.\"user\" set time_zone = 'America/New_York' where id = $1", [cy!.id]);
    for (let n = 0; n < 2; n++) {
      const skilled = await parcel(w);
      await sent(w, skilled, "skill");
      expect(await ownerOf(skilled)).toBe(bo!.id);
      // It is nine on a Monday morning in UTC: evening in Tokyo, night in New York.
      const open = await parcel(w);
      await sent(w, open, "hours");
      expect(await ownerOf(open)).toBe(una!.id);
    }
  });
});

describe("what the database knows", () => {
  test("is looked up, seen by what follows in the same step, and calculated with", async () => {
    await parcel(w, { number: "N-1", weight: 7 });
    const id = await parcel(w, { weight: 5 });
    const moved = await sent(w, id, "find");
    expect(moved.status, moved.text).toBe(200);
    expect(moved.json).toMatchObject({ weight: 12 });
    const none = await sent(w, await parcel(w), "link");
    expect([none.status, none.json.within]).toEqual([200, null]);
  });

  test("links records, and does something for each of a list, so many at most", async () => {
    const ship = await parcel(w, { name: "Ship" });
    const box = await parcel(w, { name: "Box", number: "BOX", weight: 4, within: ship });
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) {
      ids.push(await parcel(w));
      const linked = await sent(w, ids.at(-1)!, "link");
      // What follows in the same step reads through the reference, and further.
      expect(linked.json).toMatchObject({ within: box, number: "Ship", weight: 5 });
    }
    const done = await sent(w, box, "each");
    expect(done.status, done.text).toBe(200);
    const numbers = await w.sql("select number from {ws}.parcel where id = any($1::uuid[])", [ids]);
    expect(numbers.filter(({ number }) => number === "Box")).toHaveLength(3);
    const slips = await w.sql("select within from {ws}.parcel where name = 'Slip'");
    expect(slips).toHaveLength(3);
    const undone = await w.admin.post(`/api/operations/${done.headers.get("trellis-operation")}/undo`, {});
    expect(undone.status, undone.text).toBe(200);
    expect(await w.sql("select 1 from {ws}.parcel where name = 'Slip'")).toEqual([]);
  });
});

test("a condition says for which of a list something is done", async () => {
  const box = await parcel(w);
  const parts = [1, 2, 3, 4].map((weight) => ({ name: weight === 2 ? "Slip" : `L${weight}`, weight, within: box }));
  const made = (await w.admin.post("/api/records/parcel", parts)).json.items as readonly { readonly id: string }[];
  expect((await sent(w, box, "light")).status).toBe(200);
  const numbers = await w.sql("select number from {ws}.parcel where id = any($1) order by weight", [
    made.map(({ id }) => id),
  ]);
  expect(numbers.map(({ number }) => number)).toEqual(["light", null, null, null]);
});

test("everybody who has a role is told, and everybody who takes from a queue", async () => {
  const team = (await w.admin.post("/api/records/team", { name: "Dispatch" })).json.id;
  const dispatcher = await w.user("Dirk");
  await w.admin.post("/api/records/user_team", { user: dispatcher.id, team });
  await w.admin.post("/api/records/user", { name: "dispatch", queue_of: team });
  const id = await parcel(w);
  expect((await sent(w, id, "call_all")).status).toBe(200);
  const told = async (by: typeof dispatcher) =>
    (await by.get("/api/notifications")).json.items.filter((it: any) => it.record === id).map((it: any) => it.title);
  expect([await told(w.admin), await told(dispatcher)]).toEqual([["For all who keep this"], ["For who dispatches"]]);
});

test("a connection is told by a signed message, once it is switched on", async () => {
  const id = await parcel(w, { weight: 3 });
  await sent(w, id, "tell");
  await carried(w);
  expect((await w.admin.get(`/api/incidents?record=${id}`)).json.items).toMatchObject([{ error: "unbound" }]);
  await w.admin.send("PUT", "/api/connections/port", { body: {} });
  const [incident] = (await w.admin.get(`/api/incidents?record=${id}`)).json.items;
  await w.admin.post(`/api/incidents/${incident.id}/retry`);
  await carried(w);
  const [{ body, headers }] = there.received as [any];
  expect(JSON.parse(body)).toMatchObject({ type: "parcel.ready", data: { entity: "parcel", id, weight: "3" } });
  expect(headers["webhook-signature"]).toMatch(/^v1,/);
});

test("a document is made once, hangs on its record, and is for whoever sees that", async () => {
  const box = await parcel(w, { name: "Crate" });
  for (const weight of [1, 2]) await parcel(w, { within: box, weight });
  await sent(w, box, "print");
  expect(await carried(w)).toBe(1);
  const [file, ...others] = (await w.admin.get(`/api/records/parcel/${box}/files`)).json.items;
  expect([file.name, file.type, others]).toEqual(["list.pdf", "application/pdf", []]);
  const run = await w.sql("select context->>'file' as file from {ws}._run where record = $1", [box]);
  expect(run).toEqual([{ file: file.id }]);
  const answer = await w.admin.get(`/api/files/${file.id}`);
  expect([answer.status, answer.text.slice(0, 5)]).toEqual([200, "%PDF-"]);
  expect(answer.headers.get("content-length")).toBe(String(file.size_bytes));
  const member = await w.user("Mo");
  expect((await member.get(`/api/files/${file.id}`)).status).toBe(404);
  expect((await member.get(`/api/records/parcel/${box}/files`)).status).toBe(404);
  for (const [path, code] of [
    ["/api/files/nonsense", "file.missing"],
    [`/api/files/${box}`, "file.missing"],
    ["/api/records/parcel/nonsense/files", "record.missing"],
    [`/api/records/nothing/${box}/files`, "entity.unknown"],
  ] as const) {
    const none = await w.admin.get(path);
    expect([path, none.status, none.json.code]).toEqual([path, 404, code]);
  }
  const gone = await w.admin.post("/api/records/parcel", { name: "Gone" });
  await sent(w, gone.json.id, "print");
  await carried(w);
  expect(await w.sql("select 1 from {ws}._file where record = $1", [gone.json.id])).toHaveLength(1);
  const undone = await w.admin.post(`/api/operations/${gone.headers.get("trellis-operation")}/undo`, {});
  expect(undone.status, undone.text).toBe(200);
  const left = "select 1 from {ws}._file_chunk c where not exists (select from {ws}._file f where f.id = c.file)";
  expect(await w.sql(`select 1 from {ws}._file where record = $1 union all ${left}`, [gone.json.id])).toEqual([]);
  const other = await parcel(w, { name: "箱" });
  await sent(w, other, "print");
  await carried(w);
  expect((await w.admin.get(`/api/incidents?record=${other}`)).json.items).toMatchObject([{ error: "font" }]);
});

describe("at publish", () => {
  test("a parameter that names what is not there is found at its place, with a way out", async () => {
    const standing = w.workspace.model.workflows.get("parcel")!;
    const change = (await w.admin.post("/api/changes", { reason: "Wrong" })).json.id;
    const wrong = structuredClone(standing) as any;
    wrong.states.open.on["parcel.tell"][0].actions = [
      { type: "assign", params: { role: "agnet", hours: "depto", skill: { field: "skils", value: 1 } } },
      { type: "http.call", params: { connection: "port", method: "POST", url: "/x", repeats: "check_then_act" } },
      { type: "lookup", params: { entity: "parcl", match: { nam: "x" }, into: "$scene" } },
      {
        type: "for_each",
        params: { entity: "parcel", match: { nam: "x" }, where: "weigth > 3", most: 9999, set: { id: "x" } },
      },
      { type: "record.link", params: { field: "weight", to: "x" } },
    ];
    wrong.meta.events["http.call.done"] = { title: "Mine", source: "user" };
    await w.admin.send("PUT", `/api/documents/workflow/parcel?change=${change}`, { body: wrong });
    const { json } = await w.admin.post(`/api/changes/${change}/check`, {});
    const at = "/states/open/on/parcel.tell/0/actions/";
    const told = (json.problems as { path: string; code: string; hint?: string }[])
      .map(({ path, code, hint }) =>
        [path.split(at)[1] ?? path.slice(path.indexOf("/meta")), code, hint ?? ""].join(" ").trim(),
      )
      .sort();
    expect(told).toEqual(
      [
        "/meta/events/http.call.done workflow.event_engine",
        "0/params/hours workflow.document depot",
        "0/params/role workflow.document",
        "0/params/skill/field field.unknown",
        "1/params workflow.params",
        "1/params/connection workflow.document",
        "2/params/entity document.entity_unknown parcel",
        "2/params/into workflow.params",
        "3/params/match/nam field.unknown name",
        "3/params/most workflow.params",
        "3/params/set/id field.read_only",
        "3/params/where field.unknown weight",
        "4/params/field field.unknown",
      ].sort(),
    );
  });
});
