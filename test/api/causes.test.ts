import { afterAll, beforeAll, expect, test } from "vitest";
import type { EntityDocument, WorkflowDocument } from "schemas";
import { fireDue } from "../../runtime/store/fire.ts";
import { dump } from "../harbour.ts";
import { world, type World } from "../world.ts";

/** A ring: it makes the next one as long as its number has not come to its last. */
const ring = {
  $schema: "urn:trellis:entity:1",
  $id: "ring",
  $anchor: "ent_ring",
  type: "object",
  title: "Ring",
  name_field: "name",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    number: { $anchor: "fld_number", field: "integer", title: "Number" },
    last: { $anchor: "fld_last", field: "integer", title: "Last" },
    twins: { $anchor: "fld_twins", field: "boolean", title: "Twins" },
    waits: { $anchor: "fld_waits", field: "boolean", title: "Waits" },
    due_on: { $anchor: "fld_due_on", field: "date", title: "Due on" },
    stage: { $anchor: "fld_stage", field: "state", title: "Stage", workflow: "ring" },
  },
  required: ["name"],
  rules: [{ $anchor: "rule_beast", require: { cel: "number != 666" }, message: "No ring has this number." }],
} as unknown as EntityDocument;

const next = {
  type: "record.create",
  params: {
    entity: "ring",
    values: {
      name: "Next",
      number: { cel: "record.number + 1" },
      last: { cel: "record.last" },
      twins: { cel: "record.twins" },
    },
  },
};
const to = (id: string, target: string, cel: string, actions: readonly object[] = []) => ({
  target,
  guard: { type: "expr", params: { cel } },
  actions,
  meta: { id },
});

const workflow = {
  $schema: "urn:trellis:workflow:1",
  id: "ring",
  initial: "open",
  states: {
    open: {
      always: [
        to("tr_wait", "waiting", "record.waits == true"),
        to("tr_two", "closed", "record.twins == true && record.number < record.last", [next, next]),
        to("tr_one", "closed", "record.number < record.last", [next]),
      ],
      after: {
        due: [
          {
            actions: [{ type: "record.update", params: { set: { due_on: "2026-06-01" } } }],
            meta: { id: "tr_again" },
          },
        ],
      },
      meta: { id: "st_open", title: "Open" },
    },
    waiting: {
      after: { soon: [{ target: "closed", actions: [next], meta: { id: "tr_late" } }] },
      meta: { id: "st_waiting", title: "Waiting" },
    },
    closed: { tags: ["end"], meta: { id: "st_closed", title: "Closed", outcome: "won" } },
  },
  meta: {
    id: "wf_ring",
    title: "Rings",
    format: "wf/1",
    kind: "pipeline",
    entity: "ring",
    events: {},
    delays: { soon: { title: "Soon", duration: "PT1H" }, due: { title: "Due", until: "due_on" } },
  },
} as unknown as WorkflowDocument;

let w: World;
beforeAll(async () => {
  w = await world({ documents: [ring, workflow] });
});
afterAll(() => w.close());

const make = (values: object) => w.admin.post("/api/records/ring", { name: "First", number: 0, ...values });
const count = async () => (await w.sql('select count(*)::int as n from {ws}."ring"'))[0].n as number;

test("records that workflows make because of each other are made sixteen steps far, all in one operation", async () => {
  expect((await make({ last: 16 })).status).toBe(201);
  expect(await count()).toBe(17);
  expect(await w.sql("select distinct operation from {ws}._journal")).toHaveLength(1);
});

test("what stands against a record that one of many makes is told at the place of that one", async () => {
  const before = await dump(w);
  const many = [0, 664, 0].map((number) => ({ name: "First", number, last: number === 0 ? 0 : 666 }));
  const { status, json } = await w.admin.post("/api/records/ring", many);
  expect([status, json.problems.map(({ code, path }: any) => `${code} ${path}`)]).toEqual([422, ["rule.broken /1"]]);
  expect(await dump(w)).toEqual(before);
});

test("one step further nothing at all is done, and the answer says what would have gone on", async () => {
  const before = await dump(w);
  const { status, json } = await make({ last: 1000 });
  expect([status, json.code]).toEqual([409, "run.too_far"]);
  expect(json.detail).toContain('yet another "Ring"');
  expect(await dump(w)).toEqual(before);
});

test("where each makes two the step ends before it has made the world full", async () => {
  const before = await dump(w);
  expect((await make({ last: 16, twins: true })).json.code).toBe("run.too_long");
  expect(await dump(w)).toEqual(before);
});

test("a wait that begins it is tried five times, and then a person is asked", async () => {
  const { id } = (await make({ last: 1000, waits: true })).json;
  const before = await count();
  for (let tries = 1; tries <= 5; tries++) {
    w.clock.advance(3_600_000);
    const { failures } = await fireDue(w.workspace, w.clock.now());
    expect(failures).toMatchObject([{ faults: [{ code: "run.too_far" }] }]);
  }
  w.clock.advance(3_600_000);
  expect(await fireDue(w.workspace, w.clock.now())).toEqual({ count: 0, failures: [] });
  expect(await count()).toBe(before);
  expect((await w.admin.get(`/api/records/ring/${id}`)).json.stage).toBe("waiting");
  const { items } = (await w.admin.get(`/api/incidents?record=${id}`)).json;
  expect(items).toMatchObject([{ title: "Soon", error: expect.stringContaining("16 records far") }]);
});

test("a wait that moves the day that it waits for waits for the new day", async () => {
  const { id } = (await make({ last: 0, due_on: "2026-03-20" })).json;
  w.clock.set(new Date("2026-03-20T09:00:00.000Z"));
  expect(await fireDue(w.workspace, w.clock.now())).toEqual({ count: 1, failures: [] });
  const due = await w.sql("select t.due_at from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = $1", [
    id,
  ]);
  expect(due.map(({ due_at }) => new Date(due_at).toISOString())).toEqual(["2026-06-01T00:00:00.000Z"]);
  expect(await fireDue(w.workspace, w.clock.now())).toEqual({ count: 0, failures: [] });
});
