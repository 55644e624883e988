import "../seed.ts";
import fc from "fast-check";
import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flipDue, areFlipsDue } from "../../runtime/store/segment-flips.ts";
import { publish } from "../../runtime/store/publish.ts";
import { buildSegments, segmentsWait } from "../../runtime/store/segment-pass.ts";
import { segmentDrift } from "../../runtime/store/segment-build.ts";
import { mendCounts, miscountedSegments } from "../../runtime/store/segment-tally.ts";
import { audience, segment } from "../fixtures/audience.ts";
import { welcome as letter } from "../fixtures/messages.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
beforeAll(async () => {
  w = await world({ documents: [...audience, welcome, hello] });
});
afterAll(() => w.close());

const hello = letter({ entity: "person", subject: "Hello", blocks: [{ id: "a", type: "text", text: "Hello" }] });

/** A journey of whoever comes into the segment of the rich. */
const welcome = {
  $schema: "urn:trellis:workflow:1",
  id: "welcome",
  initial: "hello",
  states: {
    hello: {
      on: {
        "segment.left": [
          {
            target: "over",
            guard: { type: "expr", params: { cel: "event.data.segment == 'rich'" } },
            meta: { id: "tr_left", title: "Left" },
          },
        ],
      },
      meta: { id: "st_hello", title: "Hello" },
    },
    over: { type: "final", meta: { id: "st_over", title: "Over" } },
  },
  meta: {
    id: "wf_welcome",
    title: "Welcome",
    format: "wf/1",
    kind: "journey",
    entity: "person",
    enrol: { on: "segment", segment: "rich", again: "after_end" },
    events: {
      "segment.left": {
        title: "Left",
        source: "integration",
        payload: { type: "object", properties: { segment: { type: "string" } } },
      },
    },
    delays: {},
  },
} as unknown as AnyDocument;

async function made(entity: string, values: object, by: Client = w.admin): Promise<string> {
  const answer = await by.post(`/api/records/${entity}`, values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id as string;
}
async function change(entity: string, id: string, values: object) {
  const { version } = (await w.admin.get(`/api/records/${entity}/${id}`)).json;
  const answer = await w.admin.patch(`/api/records/${entity}/${id}`, values, { "if-match": `"${version}"` });
  expect(answer.status, answer.text).toBe(200);
  return answer;
}
let last = 0;
const visit = (record: string, path: string, at = w.clock.now().toISOString()) =>
  w.admin.post("/api/facts", { type: "page.visited", entity: "person", record, id: `v-${++last}`, at, data: { path } });
const membersOf = async (name: string) =>
  (await w.sql("select record from {ws}._segment_member where segment = $1 order by record", [`seg_${name}`])).map(
    ({ record }) => record,
  );
async function days(n: number) {
  w.clock.advance(n * 86_400_000);
  while (await areFlipsDue(w.workspace, w.clock.now())) await flipDue(w.workspace, w.clock.now());
}
const drift = async () => [
  ...(await segmentDrift(w.pool, w.workspace, w.clock.now())),
  ...(await miscountedSegments(w.workspace)),
];
const runs = (id: string) => w.sql("select state, status from {ws}._run where record = $1 order by started_at", [id]);

test("a write brings records in and takes them out, journeys begin and hear by it, and it says why", async () => {
  const ann = await made("person", { name: "Ann", budget: 200, prefecture: "Osaka" });
  const ben = await made("person", { name: "Ben", budget: 20, prefecture: "Osaka" });
  expect(await membersOf("rich")).toEqual([ann]);
  expect(await membersOf("doubled")).toEqual([ann]);
  expect(await runs(ann)).toEqual([{ state: "hello", status: "active" }]);
  await change("person", ben, { budget: 50 });
  expect(await membersOf("doubled")).toEqual([ann, ben].sort());
  const shown = (await w.admin.get(`/api/records/person/${ann}/segments`)).json.items;
  expect(shown.find(({ name }: any) => name === "rich")).toMatchObject({ member: true, cause: "write" });
  const why = (await w.admin.get(`/api/records/person/${ben}/segments/rich/why`)).json;
  expect(why).toMatchObject({ member: false, flips_at: null });
  expect(why.clauses[0].parts).toEqual([
    { text: "budget >= 100", holds: false, values: [{ name: "budget", title: "budget", value: "50" }] },
    { text: "prefecture != null", holds: true, values: [{ name: "prefecture", title: "prefecture", value: "Osaka" }] },
  ]);
  await change("person", ann, { prefecture: null });
  expect(await membersOf("rich")).toEqual([]);
  expect(await runs(ann)).toEqual([{ state: "over", status: "done" }]);
  const { items } = (await w.admin.get(`/api/records/person/${ann}/timeline`)).json;
  const facts = items.filter(({ type, data }: any) => type === "fact" && data.segment === "rich");
  expect(facts.map(({ fact }: any) => fact).sort()).toEqual(["segment.entered", "segment.left"]);
  const back = await change("person", ann, { prefecture: "Kyoto" });
  expect(await membersOf("rich")).toEqual([ann]);
  await w.admin.post(`/api/operations/${back.headers.get("trellis-operation")}/undo`);
  expect(await membersOf("rich")).toEqual([]);
  await w.admin.delete(`/api/records/person/${ben}`, { "if-match": '"2"' });
  expect(await membersOf("doubled")).toEqual([ann]);
  expect(await drift()).toEqual([]);
});

/** Publishes a segment; answers what the plan told of it. */
const publishWith = async (document: AnyDocument & { $id: string }) => {
  const opened = await w.admin.post("/api/changes", { title: "Segment" });
  await w.admin.send("PUT", `/api/documents/segment/${document.$id}?change=${opened.json.id}`, { body: document });
  const plan = await w.admin.post(`/api/changes/${opened.json.id}/plan`);
  const done = await w.admin.post(`/api/changes/${opened.json.id}/publish`, { reason: "test" });
  expect(done.status, done.text).toBe(200);
  return plan.json;
};

/** Task dynamic-segment. */
test("sleepers of Tokyo: what is previewed, kept, filtered for and counted is the same, and time alone brings somebody in", async () => {
  const tokyo = Array.from({ length: 40 }, (_, at) => ({
    name: `T${at}`,
    prefecture: "Tokyo",
    email: `t${at}@example.com`,
  }));
  const others = Array.from({ length: 160 }, (_, at) => ({
    name: `O${at}`,
    prefecture: "Nara",
    email: `o${at}@example.com`,
  }));
  const answer = await w.admin.post("/api/records/person", [...tokyo, ...others]);
  const people = answer.json.items as { id: string; name: string }[];
  const ids = people.filter(({ name }) => name.startsWith("T")).map(({ id }) => id);
  const consent = (records: readonly string[], action: string) => {
    const word = { entity: "person", purpose: "news", channel: "email", action, proof: "On paper" };
    return w.admin.post(
      "/api/consents",
      records.map((record) => ({ ...word, record })),
    );
  };
  const granted = await consent(ids, "grant");
  expect(granted.status, granted.text).toBe(201);
  const day = (ago: number) => new Date(w.clock.now().getTime() - ago * 86_400_000).toISOString().slice(0, 10);
  const bought = ids
    .slice(25)
    .map((person, at) => ({ person, won: true, price: 1, closed_on: day(at === 0 ? 179 : 20) }));
  await w.admin.post("/api/records/purchase", bought);
  await w.admin.patch(
    "/api/records/person",
    ids.slice(0, 3).map((id) => ({ id, version: 1, bounced: true })),
  );
  const document = audience.find((it) => "$id" in it && it.$id === "sleepers");
  const preview = await w.admin.post("/api/segments/preview", document);
  expect(preview.json, preview.text).toMatchObject({ count: 22 });
  const kept = await membersOf("sleepers");
  expect(kept).toEqual(ids.slice(3, 25).sort());
  const filtered = async (filter: string) =>
    (await w.admin.get(`/api/records/person?limit=500&fields=id&filter=${encodeURIComponent(filter)}`)).json.items
      .map(({ id }: any) => id)
      .sort();
  expect(await filtered("in_segment('sleepers')")).toEqual(kept);
  const [winner, leaver, late] = [ids[3]!, ids[4]!, ids[25]!];
  const copied = { in: [{ segment: "sleepers", at: w.clock.now().toISOString() }] };
  await publishWith(segment("sleepers_copy", copied) as any);
  expect(await membersOf("sleepers_copy")).toEqual(kept);
  // Who comes or goes at the very moment of the copy has come or gone.
  w.clock.set(new Date(w.clock.now().getTime() + 1000));
  await made("purchase", { person: winner, won: true, price: 5, closed_on: day(0) });
  expect(await membersOf("sleepers")).toHaveLength(21);
  await consent([leaver], "withdraw");
  expect(await membersOf("sleepers")).toHaveLength(20);
  const due = (
    await w.sql("select due_at from {ws}._segment_due where segment = 'seg_sleepers' and record = $1", [late])
  )[0].due_at;
  expect(new Date(due).toISOString()).toBe(`${day(-1)}T00:00:00.000Z`);
  await days(1);
  expect(await membersOf("sleepers")).toEqual([...ids.slice(5, 25), late].sort());
  expect(await membersOf("sleepers_copy")).toEqual(kept);
  expect(await filtered("in_segment('sleepers_copy')")).toEqual(kept);
  expect(
    (await w.admin.get(`/api/records/person/${late}/segments`)).json.items.find(({ name }: any) => name === "sleepers")
      .cause,
  ).toBe("time");
  expect(await drift()).toEqual([]);
});

test("counts of facts in a window, exactly when they leave it, and segments of segments", async () => {
  const cleo = await made("person", { name: "Cleo", budget: 500, prefecture: "Nara", trial_ends: "2027-01-01" });
  const now = w.clock.now().getTime();
  await visit(cleo, "/price/a", new Date(now - 6 * 86_400_000).toISOString());
  await visit(cleo, "/imprint");
  expect(await membersOf("keen")).toEqual([]);
  await visit(cleo, "/price/list");
  expect(await membersOf("keen")).toEqual([cleo]);
  expect(await membersOf("rich_and_keen")).toEqual([cleo]);
  expect((await w.admin.get(`/api/records/person/${cleo}/segments/keen/why`)).json.flips_at).toBe(
    new Date(now + 86_400_000).toISOString(),
  );
  await days(0.99);
  expect(await membersOf("keen")).toEqual([cleo]);
  await days(0.01);
  expect(await membersOf("keen")).toEqual([]);
  expect(await membersOf("rich_and_keen")).toEqual([]);
  expect(await drift()).toEqual([]);
});

test("who may not read what a segment is made of does not learn of it: not by list, filter, preview, record or timeline", async () => {
  const clerk = await w.user("Clara", { roles: ["clerk"] });
  const own = await w.user("Otto", { roles: ["own_only"] });
  const dora = await made("person", { name: "Dora", budget: 900, prefecture: "Nara" });
  const names = async (by: Client) => (await by.get("/api/segments")).json.items.map(({ name }: any) => name);
  expect(await names(w.admin)).toHaveLength(10);
  // She reads some purchases, and so no sum of them.
  expect((await names(clerk)).sort()).toEqual(["keen", "trial_over"]);
  const filter = `/api/records/person?filter=${encodeURIComponent("in_segment('rich')")}`;
  expect((await clerk.get(filter)).json).toMatchObject({ status: 400, code: "segment.unknown" });
  expect((await w.admin.get(filter)).json.items.map(({ id }: any) => id)).toContain(dora);
  const rich = audience.find((it) => "$id" in it && it.$id === "rich");
  expect((await clerk.post("/api/segments/preview", rich)).status).toBe(403);
  expect(
    (await clerk.get(`/api/records/person/${dora}/segments`)).json.items.map(({ name }: any) => name),
  ).not.toContain("rich");
  expect((await clerk.get(`/api/records/person/${dora}/segments/rich/why`)).json.code).toBe("segment.unknown");
  const { items } = (await clerk.get(`/api/records/person/${dora}/timeline`)).json;
  expect(items.filter(({ type }: any) => type === "fact").map(({ data }: any) => data.segment)).not.toContain("rich");
  // What she sees of the records bounds the preview and the number of members.
  expect((await own.post("/api/segments/preview", rich)).json).toEqual({ count: 0, sample: [] });
  expect((await own.get("/api/segments")).json.items.every(({ members }: any) => members === null)).toBe(true);
});

test("a publish builds a new version beside the old, the plan says who comes and goes, and journeys hear only where asked", async () => {
  const [eve] = [await made("person", { name: "Eve", budget: 70, prefecture: "Nara" })];
  const before = await membersOf("rich");
  const plan = await publishWith(segment("rich", { where: { cel: "budget >= 60 && budget < 800" } }) as any);
  const after = await membersOf("rich");
  expect(after).toContain(eve);
  const [told] = plan.segments.filter(({ segment: name }: any) => name === "rich");
  expect(told).toMatchObject({
    members: after.length,
    joiners: after.filter((it) => !before.includes(it)).length,
    leavers: before.filter((it) => !after.includes(it)).length,
  });
  expect(await runs(eve)).toEqual([]);
  await publishWith(segment("rich", { where: { cel: "budget >= 75" } }) as any);
  await publishWith(segment("rich", { where: { cel: "budget >= 60" }, journeys: "at_once" }) as any);
  await days(0);
  expect(await runs(eve)).toEqual([{ state: "hello", status: "active" }]);
  expect(await drift()).toEqual([]);
  const wrong = async (more: object) => {
    const document = segment("wrong", more);
    return (await w.admin.post("/api/segments/preview", document)).json.code;
  };
  expect(await wrong({})).toBe("segment.empty");
  expect(await wrong({ where: { cel: "year(today) == 2026" } })).toBe("segment.clock");
  expect(await wrong({ where: { cel: "user.name == name" } })).toBe("segment.asker");
  expect(await wrong({ in: [{ segment: "wrong" }] })).toBe("segment.circle");
  expect(await wrong({ in: [{ segment: "none" }] })).toBe("segment.unknown");
});

test("members are counted as they come and go, and what is counted wrong is counted anew", async () => {
  await w.sql("delete from {ws}._passage where workflow = 'segment.' and counted <> 'seg_rich'");
  const wrong = await miscountedSegments(w.workspace);
  expect(wrong).toContain("sleepers");
  expect(wrong).not.toContain("rich");
  expect(await mendCounts(w.workspace, w.clock.now())).toEqual(wrong);
  expect(await drift()).toEqual([]);
});

const act = fc.oneof(
  fc.record({ do: fc.constant("budget"), who: fc.nat(4), value: fc.constantFrom(null, 1, 50, 60, 100, 200) }),
  fc.record({
    do: fc.constant("trial_ends"),
    who: fc.nat(4),
    value: fc.constantFrom(null, "2026-03-05", "2026-04-20"),
  }),
  fc.record({ do: fc.constant("firm"), who: fc.nat(4), value: fc.nat(2) }),
  fc.record({ do: fc.constant("size"), who: fc.nat(1), value: fc.constantFrom(10, 60) }),
  fc.record({ do: fc.constant("buy"), who: fc.nat(4), value: fc.constantFrom(5, 10) }),
  fc.record({ do: fc.constant("visit"), who: fc.nat(4), value: fc.constantFrom("/price", "/other") }),
  fc.record({ do: fc.constant("days"), who: fc.constant(0), value: fc.constantFrom(1, 6.5, 40) }),
);

/** Publishes all segments anew as one does over many records, when nobody is kept in any of them. */
async function builtAnew(rich: string): Promise<void> {
  await w.sql("delete from {ws}._segment_member");
  await w.sql("delete from {ws}._passage where workflow = 'segment.'");
  await w.sql("delete from {ws}._segment_due");
  const documents = w.workspace.model.documents.map((it) => {
    if (!("$anchor" in it) || it.$schema !== "urn:trellis:segment:1") return it;
    const of = it.$id === "rich" ? { where: { cel: rich }, journeys: "later" as const } : {};
    return { ...it, title: `${it.title}.`, ...of } as AnyDocument;
  });
  const publication = { documents, reason: "", author: null, now: w.clock.now(), largeRows: 0 };
  await publish(w.workspace, publication);
}
const buildSome = (most: number) => buildSegments(w.workspace, w.clock.now(), most);
const building = async () => (await w.admin.get("/api/segments")).json.items.filter((it: any) => it.building);

test("over many records a segment is built beside what is written, and journeys hear of nobody until it is whole", async () => {
  const seeds = Array.from({ length: 6 }, (_, at) => ({
    name: `B${at}`,
    budget: at === 0 ? 1 : 500,
    prefecture: "Nara",
  }));
  const ids = (await w.admin.post("/api/records/person", seeds)).json.items.map(({ id }: any) => id) as string[];
  await w.sql("delete from {ws}._run");
  await builtAnew("budget >= 90 && prefecture != null");
  expect(await building()).toHaveLength(10);
  // Whoever sends to it now would miss those who are not looked at yet.
  const send = async (meant: object) => {
    const { status, json } = await w.admin.post("/api/messages/welcome/broadcasts", meant);
    return [status, json.code ?? json.total];
  };
  for (const open of [{ segment: "rich" }, { filter: "!(budget > 5 && in_segment('rich'))" }])
    expect(await send(open)).toEqual([409, "segment.building"]);
  expect(await send({ filter: "budget > 999999" })).toEqual([201, 0]);
  expect(await drift()).toEqual([]);
  await buildSome(3);
  await change("person", ids[0]!, { budget: 700 });
  const fresh = await made("person", { name: "Fresh", budget: 800, prefecture: "Nara" });
  await change("person", ids[1]!, { name: "Still" });
  await days(0);
  expect(await w.sql("select record from {ws}._run")).toEqual([]);
  while (await segmentsWait(w.workspace)) await buildSome(3);
  expect(await building()).toEqual([]);
  expect(await send({ segment: "rich" })).toEqual([201, 0]);
  expect(await drift()).toEqual([]);
  expect(await membersOf("rich")).toEqual(expect.arrayContaining([...ids, fresh]));
  await days(0);
  expect((await w.sql("select record from {ws}._run")).map(({ record }) => record).sort()).toEqual(
    [ids[0], fresh].sort(),
  );
  // A segment that is no more is taken apart beside as well.
  const documents = w.workspace.model.documents.filter((it) => !("$anchor" in it && it.$anchor === "seg_doubled"));
  await publish(w.workspace, { documents, reason: "", author: null, now: w.clock.now(), largeRows: 0 });
  expect(await membersOf("doubled")).not.toEqual([]);
  while (await segmentsWait(w.workspace)) await buildSome(2);
  expect(await membersOf("doubled")).toEqual([]);
  // Whom an address belongs to is found along an index.
  const [{ indexdef }] = await w.sql(
    "select indexdef from pg_indexes where tablename = 'person' and indexdef like '%lower(btrim(email))%'",
  );
  expect(indexdef).toContain("btree");
});

test("whatever is done in whatever order, segments have whom their conditions say", async () => {
  const firms = [await made("firm", { name: "A", size: 10 }), await made("firm", { name: "B", size: 60 }), null];
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 10 }), fc.boolean(), async (acts, beside) => {
      const people = (
        await w.admin.post(
          "/api/records/person",
          Array.from({ length: 5 }, (_, at) => ({
            name: `P${at}`,
            prefecture: "Nara",
            seen_at: w.clock.now().toISOString(),
          })),
        )
      ).json.items as { id: string }[];
      if (beside) await builtAnew(acts.length % 2 === 0 ? "budget >= 55 && prefecture != null" : "budget >= 2");
      for (const { do: what, who, value } of acts) {
        const { id } = people[who]!;
        if (beside) await buildSome(7);
        if (what === "days") await days(value as number);
        else if (what === "visit") await visit(id, value as string);
        else if (what === "buy")
          await made("purchase", { person: id, won: true, price: value, closed_on: "2026-03-01" });
        else if (what === "size") await change("firm", firms[who]!, { size: value });
        else await change("person", id, { [what]: what === "firm" ? firms[value as number] : value });
        expect(await drift(), JSON.stringify(acts)).toEqual([]);
      }
      while (await segmentsWait(w.workspace)) await buildSome(9);
      expect(await drift(), JSON.stringify(acts)).toEqual([]);
    }),
    { numRuns: Number(process.env.TRELLIS_CASES ?? 6) },
  );
});
