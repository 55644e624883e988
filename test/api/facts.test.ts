import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { heard } from "../../runtime/store/heard.ts";
import { attachFacts, recordFacts } from "../../runtime/store/facts.ts";
import { moveDue } from "../../runtime/store/due.ts";
import { engineItself, operate } from "../../runtime/store/operation.ts";
import { world, type Client, type World } from "../world.ts";

const to = (id: string, target: string) => ({ target, meta: { id, title: id } });
const integration = (title: string, more: object = {}) => ({ title, source: "integration", ...more });
const documents = [
  {
    $schema: "urn:trellis:entity:1",
    $id: "prospect",
    $anchor: "ent_prospect",
    type: "object",
    title: "Prospect",
    name_field: "name",
    properties: {
      name: { $anchor: "fld_name", field: "text", title: "Name" },
      budget: { $anchor: "fld_budget", field: "integer", title: "Budget" },
      topic: { $anchor: "fld_topic", field: "text", title: "Topic" },
    },
  },
  {
    $schema: "urn:trellis:role:1",
    $id: "clerk",
    $anchor: "role_clerk",
    title: "Clerk",
    entities: {
      prospect: { create: "all", read: "all", update: "own", fields: { budget: { read: "none", write: "none" } } },
    },
  },
  {
    $schema: "urn:trellis:workflow:1",
    id: "nurture",
    context: { page: null },
    initial: "waiting",
    states: {
      waiting: {
        on: {
          "mail.clicked": [
            { ...to("tr_click", "warm"), guard: { type: "expr", params: { cel: "event.data.link == 'offer'" } } },
          ],
        },
        after: { d3: [to("tr_cold", "cold")] },
        meta: { id: "st_waiting", title: "Waiting" },
      },
      warm: { on: { "paid.late": [to("tr_paid", "cold")] }, meta: { id: "st_warm", title: "Warm" } },
      cold: { type: "final", meta: { id: "st_cold", title: "Cold" } },
    },
    meta: {
      id: "wf_nurture",
      title: "Nurture",
      format: "wf/1",
      kind: "journey",
      entity: "prospect",
      enrol: { on: "event", event: "page.visited", when: { cel: "record.name != 'Bot'" } },
      events: {
        "page.visited": integration("Visited", {
          payload: { type: "object", properties: { page: { type: "string" } } },
        }),
        "mail.clicked": integration("Clicked", {
          payload: { type: "object", properties: { link: { type: "string" } } },
        }),
        "paid.late": integration("Paid", { correlation: { cel: "record.id" } }),
      },
      delays: { d3: { title: "3 days", duration: "P3D" } },
    },
  },
] as unknown as AnyDocument[];

let w: World;
let clerk: Client;
beforeAll(async () => {
  w = await world({ documents });
  clerk = await w.user("Clara", { roles: ["clerk"] });
});
afterAll(() => w.close());

async function made(values: object, by: Client = w.admin): Promise<string> {
  const answer = await by.post("/api/records/prospect", values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id as string;
}
let last = 0;
const fact = (record: string, type: string, more: object = {}) => ({
  type,
  entity: "prospect",
  record,
  id: `f-${++last}`,
  ...more,
});
const runs = (id: string) =>
  w.sql("select state, status, context->>'page' as page from {ws}._run where record = $1", [id]);

test("a fact begins a journey once however often it is told, and the next moves it as its guard says", async () => {
  const ann = await made({ name: "Ann" });
  const visit = fact(ann, "page.visited", { data: { page: "/pumps" }, at: "2026-03-02T08:00:00Z" });
  const told = await w.admin.post("/api/facts", [visit, visit]);
  expect(told.status, told.text).toBe(201);
  expect(told.json.items.map(({ repeated }: any) => repeated)).toEqual([false, true]);
  expect(told.json.items[0].id).toBe(told.json.items[1].id);
  const again = await w.admin.post("/api/facts", visit);
  expect(again.json.items).toEqual([{ ...told.json.items[0], repeated: true }]);
  expect(await runs(ann)).toEqual([{ state: "waiting", status: "active", page: "/pumps" }]);
  await w.admin.post("/api/facts", [
    fact(ann, "mail.clicked", { data: { link: "imprint" } }),
    // What the workflow does not take is a fact none the less.
    fact(ann, "mail.clicked", { data: { link: 7 } }),
  ]);
  expect((await runs(ann))[0].state).toBe("waiting");
  await w.admin.post("/api/facts", fact(ann, "mail.clicked", { data: { link: "offer" } }));
  expect((await runs(ann))[0].state).toBe("warm");
  await w.admin.post("/api/facts", fact(ann, "paid.late"));
  await moveDue(w.workspace, w.clock.now(), heard);
  expect(await runs(ann)).toEqual([{ state: "cold", status: "done", page: "/pumps" }]);
  const { items } = (await w.admin.get(`/api/records/prospect/${ann}/timeline`)).json;
  const facts = items.filter(({ type }: any) => type === "fact");
  expect(facts.map(({ fact: type }: any) => type).sort()).toEqual([
    ...["mail.clicked", "mail.clicked", "mail.clicked", "page.visited", "paid.late"],
  ]);
  expect(facts.find(({ fact: type }: any) => type === "page.visited")).toMatchObject({
    at: "2026-03-02T08:00:00.000Z",
    source: "api",
    data: { page: "/pumps" },
  });
});

test("two facts of one request follow each other, and whom the condition leaves out does not begin", async () => {
  const [ben, bot] = [await made({ name: "Ben" }), await made({ name: "Bot" })];
  const told = await w.admin.post("/api/facts", [
    fact(ben, "page.visited"),
    fact(bot, "page.visited"),
    fact(ben, "mail.clicked", { data: { link: "offer" } }),
  ]);
  expect(told.status, told.text).toBe(201);
  expect((await runs(ben)).map(({ state }: any) => state)).toEqual(["warm"]);
  expect(await runs(bot)).toEqual([]);
});

test("who may not change a record tells nothing of it, and what is wrong is told at its place with nothing stored", async () => {
  const [hers, others] = [await made({ name: "Hers" }, clerk), await made({ name: "Others" })];
  expect((await clerk.post("/api/facts", fact(hers, "page.visited"))).status).toBe(201);
  const before = (await w.sql("select count(*)::int as n from {ws}._fact"))[0].n;
  const denied = await clerk.post("/api/facts", [fact(hers, "page.visited"), fact(others, "page.visited")]);
  expect(denied.json).toMatchObject({ status: 403, code: "right.missing" });
  const wrong = await w.admin.post("/api/facts", [
    { type: "segment.entered", entity: "prospect", record: hers, id: "x" },
    { type: "page", entity: "prospect", record: "?", at: "2027-01-01", more: 1 },
    7,
  ]);
  expect(wrong.status).toBe(400);
  expect(wrong.json.problems.map(({ path }: any) => path)).toEqual([
    ...["/0/type", "/1/type", "/1/record", "/1/at", "/1/id", "/1/more"],
    ...["/2", "/2/type", "/2/entity", "/2/record", "/2/id"],
  ]);
  const odd = { toString: { no: "text" } };
  const senseless = await w.admin.post("/api/facts", { type: odd, entity: odd, record: odd, source: odd, id: odd });
  expect(senseless.json.problems.map(({ path }: any) => path)).toEqual([
    "/type",
    "/entity",
    "/record",
    "/source",
    "/id",
  ]);
  const unknown = await w.admin.post("/api/facts", fact("01900000-0000-7000-8000-000000000000", "page.visited"));
  expect(unknown.json).toMatchObject({ status: 404, code: "record.missing" });
  expect((await w.sql("select count(*)::int as n from {ws}._fact"))[0].n).toBe(before);
});

test("what a fact says of a field is hidden with the field", async () => {
  const cleo = await made({ name: "Cleo" });
  await w.admin.post(
    "/api/facts",
    fact(cleo, "form.submitted", { data: { topic: "Pumps", values: { budget: 9, name: "Cleo" } } }),
  );
  const seen = async (by: Client) =>
    (await by.get(`/api/records/prospect/${cleo}/timeline`)).json.items.find(({ type }: any) => type === "fact").data;
  expect(await seen(w.admin)).toEqual({ topic: "Pumps", values: { budget: 9, name: "Cleo" } });
  expect(await seen(clerk)).toEqual({ topic: "Pumps", values: { name: "Cleo" } });
});

test("facts of somebody unknown join the record that she turns out to be, and set off nothing", async () => {
  const dora = await made({ name: "Dora" });
  const told = { kind: "facts", title: "Visits", now: w.clock.now(), unbounded: true };
  const visit = (visitor: string, at: string) =>
    ({
      type: "page.visited",
      subject: null,
      at: new Date(at),
      source: "site",
      sourceId: `${visitor} ${at}`,
      data: { visitor },
    }) as const;
  await operate(w.workspace, engineItself, told, (tx, scene) =>
    recordFacts(tx, scene, [visit("v1", "2026-02-01"), visit("v1", "2026-02-02"), visit("v2", "2026-02-03")]),
  );
  const { result } = await operate(w.workspace, engineItself, told, (tx, scene) =>
    attachFacts(tx, scene, { visitor: "v1" }, { entity: "prospect", record: dora }),
  );
  expect(result).toBe(2);
  expect(await runs(dora)).toEqual([]);
  const { items } = (await w.admin.get(`/api/records/prospect/${dora}/timeline`)).json;
  expect(items.filter(({ type }: any) => type === "fact")).toHaveLength(2);
});
