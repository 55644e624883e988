import { check, keepNames } from "engine";
import type { AnyDocument, EntityDocument, Enrolment, WorkflowDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { publish } from "../../runtime/store/publish.ts";
import { segmentDrift } from "../../runtime/store/segment-build.ts";
import { areFlipsDue, flipDue } from "../../runtime/store/segment-flips.ts";
import { buildSegments, segmentsWait } from "../../runtime/store/segment-pass.ts";
import { segment } from "../fixtures/audience.ts";
import { journey } from "../fixtures/journeys.ts";
import { world, type World } from "../world.ts";

let w: World;
const field = (name: string, type: string, more: object = {}) => ({
  [name]: { $anchor: `fld_${name}`, field: type, title: name, ...more },
});
const person: EntityDocument = {
  $schema: "urn:trellis:entity:1",
  $id: "person",
  $anchor: "ent_person",
  type: "object",
  title: "Person",
  name_field: "name",
  properties: {
    ...field("name", "text"),
    ...field("email", "email"),
    ...field("renewal", "date"),
    ...field("call_at", "date_time"),
    ...field("vip", "boolean"),
    ...field("year", "formula", { result: "date", value: { cel: "renewal" } }),
  },
  required: ["name"],
} as unknown as EntityDocument;
const by = (id: string, enrol: Enrolment) => journey(id, { entity: "person", enrol });
const renewal = by("renewal", { on: "date", field: "renewal", before: "P14D", again: "after_end" });
const call = by("call", { on: "date", field: "call_at", after: "PT2H", when: { cel: "record.vip == true" } });
const documents: readonly AnyDocument[] = [
  person,
  renewal,
  call,
  segment("called", { where: { cel: "call_at <= now" } }) as AnyDocument,
  by("called", { on: "segment", segment: "called" }),
];

beforeAll(async () => {
  w = await world({ documents });
});
afterAll(() => w.close());

let people = 0;
async function made(values: object): Promise<string> {
  const answer = await w.admin.post("/api/records/person", { name: `P${++people}`, ...values });
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id as string;
}
async function change(id: string, values: object) {
  const { version } = (await w.admin.get(`/api/records/person/${id}`)).json;
  const answer = await w.admin.patch(`/api/records/person/${id}`, values, { "if-match": `"${version}"` });
  expect(answer.status, answer.text).toBe(200);
  return answer;
}
async function until(moment: string) {
  w.clock.set(new Date(moment));
  while (await areFlipsDue(w.workspace, w.clock.now())) await flipDue(w.workspace, w.clock.now());
}
const runs = async (record: string, workflow: string) =>
  (
    await w.sql("select started_at from {ws}._run where record = $1 and workflow = $2 order by started_at", [
      record,
      workflow,
    ])
  ).map(({ started_at }) => new Date(started_at).toISOString().slice(0, 16));

const unbegun = async (record: string, of: string) =>
  (await w.admin.get(`/api/records/person/${record}/journeys`)).json.unbegun.flatMap(
    ({ workflow, why, from }: { workflow: string; why: string; from: string | null }) =>
      workflow === of ? [{ why, from }] : [],
  );

test("time alone brings a record into a segment, and the journey of that segment begins", async () => {
  const ann = await made({ call_at: "2026-03-02T12:00:00Z" });
  await until("2026-03-02T11:59:59Z");
  expect(await runs(ann, "called")).toEqual([]);
  await until("2026-03-02T12:00:00Z");
  expect(await runs(ann, "called")).toEqual(["2026-03-02T12:00"]);
});

describe("a journey that begins by a date field", () => {
  test("begins so long before a day, once, and leaves no trace of a segment", async () => {
    const ann = await made({ renewal: "2026-04-01" });
    await until("2026-03-17T23:59:59Z");
    expect(await runs(ann, "renewal")).toEqual([]);
    expect(await unbegun(ann, "renewal")).toEqual([{ why: "ahead", from: "2026-03-18T00:00:00.000Z" }]);
    expect(await unbegun(ann, "call")).toEqual([{ why: "empty", from: null }]);
    await until("2026-03-18T00:00:00Z");
    await until("2026-03-19T00:00:00Z");
    expect(await runs(ann, "renewal")).toEqual(["2026-03-18T00:00"]);
    expect((await w.sql("select type from {ws}._fact where record = $1", [ann])).length).toBe(0);
    const names = (await w.admin.get("/api/segments")).json.items ?? (await w.admin.get("/api/segments")).json;
    expect(names.map(({ name }: { name: string }) => name)).toEqual(["called"]);
    expect((await w.admin.get(`/api/records/person/${ann}/segments`)).text).not.toContain("renewal");
  });

  test("follows a moved date; what has passed when it is written begins nothing", async () => {
    const [moved, passed, gone] = [
      await made({ renewal: "2026-05-01" }),
      await made({ renewal: "2026-03-25" }),
      await made({ renewal: "2026-05-01" }),
    ];
    await change(moved, { renewal: "2026-05-03" });
    await change(gone, { renewal: null });
    await until("2026-04-18T00:00:00Z");
    expect(await runs(moved, "renewal")).toEqual([]);
    await until("2026-04-19T00:00:00Z");
    expect(await runs(moved, "renewal")).toEqual(["2026-04-19T00:00"]);
    expect([await runs(passed, "renewal"), await runs(gone, "renewal")]).toEqual([[], []]);
    expect(await unbegun(passed, "renewal")).toEqual([{ why: "passed", from: null }]);
    await change(passed, { renewal: "2026-03-30" });
    await change(passed, { renewal: "2026-05-10" });
    await until("2026-04-27T00:00:00Z");
    expect(await runs(passed, "renewal")).toEqual(["2026-04-27T00:00"]);
  });

  test("begins so long after a moment, of those alone of whom its condition is true by then", async () => {
    const [vip, other, late] = [
      await made({ call_at: "2026-04-28T10:00:00Z", vip: true }),
      await made({ call_at: "2026-04-28T10:00:00Z" }),
      await made({ call_at: "2026-04-28T10:00:00Z" }),
    ];
    await until("2026-04-28T11:59:59Z");
    await change(late, { vip: true });
    expect(await runs(vip, "call")).toEqual([]);
    await until("2026-04-28T12:00:00Z");
    await change(other, { vip: true });
    expect([await runs(vip, "call"), await runs(late, "call"), await runs(other, "call")]).toEqual([
      ["2026-04-28T12:00"],
      ["2026-04-28T12:00"],
      [],
    ]);
  });

  test("is played dry as if the moment of each had come, on those of whom its condition is true", async () => {
    const [{ all, vips }] = await w.sql(
      "select count(*)::int as all, count(*) filter (where vip)::int as vips from {ws}.person",
    );
    const counted = async (workflow: string) => {
      const { status, json, text } = await w.admin.post(`/api/workflows/${workflow}/dry-run`, { span: "P1D" });
      expect(status, text).toBe(200);
      return json.cases;
    };
    expect([await counted("call"), await counted("renewal")]).toEqual([vips, all]);
  });

  test("begins again by a later date only where it may, and says why not", async () => {
    const ann = await made({ renewal: "2026-05-20", call_at: "2026-05-01T00:00:00Z", vip: true });
    await until("2026-05-06T00:00:00Z");
    expect(await runs(ann, "renewal")).toEqual(["2026-05-06T00:00"]);
    await change(ann, { renewal: "2026-05-21", call_at: "2026-05-06T10:00:00Z" });
    await until("2026-05-07T00:00:00Z");
    expect([(await runs(ann, "renewal")).length, (await runs(ann, "call")).length]).toEqual([1, 1]);
    for (const workflow of ["renewal", "call"])
      expect(await unbegun(ann, workflow)).toEqual([{ why: "running", from: null }]);
  });

  test("begins nobody by being published, and keeps its moments over other changes of it", async () => {
    const [soon, past] = [await made({ renewal: "2026-07-01" }), await made({ renewal: "2026-05-13" })];
    const later = { ...renewal, meta: { ...renewal.meta, enrol: { ...renewal.meta.enrol!, before: "P7D" } } };
    const next = documents.map((it) => (it === renewal ? (later as AnyDocument) : it));
    await publish(w.workspace, { documents: next, reason: "", author: null, now: w.clock.now(), largeRows: 0 });
    while (await segmentsWait(w.workspace)) await buildSegments(w.workspace, w.clock.now());
    await until("2026-06-23T00:00:00Z");
    expect([await runs(soon, "renewal"), await runs(past, "renewal")]).toEqual([[], []]);
    await until("2026-06-24T00:00:00Z");
    expect([await runs(soon, "renewal"), await runs(past, "renewal")]).toEqual([["2026-06-24T00:00"], []]);
    expect(await segmentDrift(w.pool, w.workspace, w.clock.now())).toEqual([]);
  });

  test("follows the rename of its field", () => {
    const { renewal: property, ...others } = person.properties;
    const after = documents.map((it) =>
      it === person ? { ...person, properties: { ...others, due_on: property! } } : it,
    ) as AnyDocument[];
    const kept = keepNames(documents, after).documents.find((it) => "id" in it && it.id === "renewal");
    expect((kept as WorkflowDocument).meta.enrol?.field).toBe("due_on");
  });

  test("is told what in it does not hold together", () => {
    const at = "/workflow/bad/meta/enrol";
    const cases: readonly (readonly [Enrolment, string])[] = [
      [{ on: "date" }, `workflow.listening ${at}`],
      [{ on: "date", field: "gone" }, `field.unknown ${at}/field`],
      [{ on: "date", field: "name" }, `workflow.delay_form ${at}/field`],
      [{ on: "date", field: "year" }, `workflow.delay_form ${at}/field`],
      [{ on: "date", field: "renewal", before: "PT5H" }, `workflow.listening ${at}/before`],
      [{ on: "date", field: "call_at", after: "P1M" }, `workflow.listening ${at}/after`],
      [{ on: "hand", field: "renewal" }, `workflow.listening ${at}/field`],
      [{ on: "created", after: "P1D" }, `workflow.listening ${at}/after`],
      [{ on: "date", field: "call_at", before: "PT5H" }, ""],
    ];
    for (const [enrol, wanted] of cases) {
      const found = check([...documents, by("bad", enrol)]).map(({ code, path }) => `${code} ${path}`);
      if (wanted === "") expect(found).toEqual([]);
      else expect(found).toContain(wanted);
    }
  });
});
