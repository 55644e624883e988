import "../seed.ts";
import fc from "fast-check";
import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { areFlipsDue, flipDue } from "../../runtime/store/segment-flips.ts";
import { scoresDrift } from "../../runtime/store/score-check.ts";
import { segmentDrift } from "../../runtime/store/segment-build.ts";
import { audience, segment } from "../fixtures/audience.ts";
import { world, type World } from "../world.ts";

const score = (more: object = {}): AnyDocument =>
  ({
    $schema: "urn:trellis:score:1",
    $id: "interest",
    $anchor: "sco_interest",
    title: "Interest",
    entity: "person",
    fit: [
      { title: "In Tokyo", when: { cel: "prefecture == 'Tokyo'" }, points: 20 },
      { title: "Rich", when: { cel: "doubled >= 200" }, points: 20 },
    ],
    behaviour: [
      { title: "Visits", type: "page.visited", points: 10, cap: 40, window: "P1D", half_life: "P7D" },
      { title: "Prices", type: "page.visited", data: [{ name: "path", op: "starts", value: "/price" }], points: 15 },
    ],
    grades: { fit: [40, 20, 10], behaviour: [40, 20, 10] },
    threshold: { enter: 60, leave: 45 },
    ...more,
  }) as AnyDocument;

let w: World;
beforeAll(async () => {
  const hot = [
    segment("hot", { score: [{ score: "interest" }] }),
    segment("good", { score: [{ score: "interest", grades: ["A1", "A2"] }] }),
  ];
  w = await world({ documents: [...audience, score(), ...hot] });
});
afterAll(() => w.close());

async function made(values: object): Promise<string> {
  const answer = await w.admin.post("/api/records/person", values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id as string;
}
let last = 0;
const visit = (record: string, path = "/", at = w.clock.now().toISOString()) =>
  w.admin.post("/api/facts", { type: "page.visited", entity: "person", record, id: `s-${++last}`, at, data: { path } });
const scoreOf = async (id: string) => (await w.admin.get(`/api/records/person/${id}/scores`)).json.items[0];
const membersOf = async (name: string) =>
  (await w.sql("select record from {ws}._segment_member where segment = $1 order by record", [`seg_${name}`])).map(
    ({ record }) => record,
  );
async function work() {
  while (await areFlipsDue(w.workspace, w.clock.now())) await flipDue(w.workspace, w.clock.now());
}
async function days(n: number) {
  w.clock.advance(n * 86_400_000);
  await work();
}

test("points come by fields and facts, decay exactly, cross a threshold both ways, and say what they are made of", async () => {
  const ann = await made({ name: "Ann", prefecture: "Tokyo", budget: 100 });
  expect(await scoreOf(ann)).toMatchObject({ value: 40, fit: 40, behaviour: 0, grade: "A4", over: false });
  await visit(ann);
  await visit(ann);
  expect(await scoreOf(ann)).toMatchObject({ value: 60, grade: "A2", over: true });
  expect(await membersOf("hot")).toEqual([ann]);
  expect(await membersOf("good")).toEqual([ann]);
  // 20 points are 5 after two half-lives of a week; it is left at 45.
  const { changes_at } = await scoreOf(ann);
  expect(Date.parse(changes_at)).toBeGreaterThan(w.clock.now().getTime());
  await days(13.9);
  expect(await scoreOf(ann)).toMatchObject({ over: true, grade: "A4" });
  expect(await membersOf("good")).toEqual([]);
  await days(0.2);
  expect(await scoreOf(ann)).toMatchObject({ value: 45, over: false });
  expect(await membersOf("hot")).toEqual([]);
  const { items } = (await w.admin.get(`/api/records/person/${ann}/timeline`)).json;
  const crossed = items.filter(({ type, fact }: any) => type === "fact" && fact === "score.crossed");
  expect(crossed.map(({ data }: any) => data.direction)).toEqual(["down", "up"]);
  await visit(ann, "/prices");
  expect((await scoreOf(ann)).contributions).toEqual([
    { part: "fit", title: "In Tokyo", points: 20, times: 1 },
    { part: "fit", title: "Rich", points: 20, times: 1 },
    { part: "behaviour", title: "Visits", points: 15, times: 3 },
    { part: "behaviour", title: "Prices", points: 15, times: 1 },
  ]);
  const clerk = await w.user("Clara", { roles: ["clerk"] });
  expect((await clerk.get(`/api/records/person/${ann}/scores`)).json.items).toEqual([]);
  const hers = (await clerk.get(`/api/records/person/${ann}/timeline`)).json.items;
  expect(hers.filter(({ fact }: any) => fact === "score.crossed")).toEqual([]);
  expect((await clerk.get("/api/segments")).json.items.map(({ name }: any) => name)).not.toContain("hot");
});

test("whatever happens in whatever order, what is kept is what the log comes to; also after a publish", async () => {
  const ids = [await made({ name: "P" }), await made({ name: "Q", prefecture: "Tokyo" })];
  const act = fc.record({
    who: fc.nat(1),
    path: fc.constantFrom("/", "/price"),
    ago: fc.nat(20),
    wait: fc.constantFrom(0, 0, 3),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 8 }), async (acts) => {
      for (const { who, path, ago, wait } of acts) {
        await visit(ids[who]!, path, new Date(w.clock.now().getTime() - ago * 86_400_000).toISOString());
        if (wait > 0) await days(wait);
      }
      expect(await scoresDrift(w.workspace, w.clock.now())).toEqual([]);
      expect(await segmentDrift(w.pool, w.workspace, w.clock.now())).toEqual([]);
    }),
    { numRuns: Number(process.env.TRELLIS_CASES ?? 4) },
  );
  const opened = await w.admin.post("/api/changes", { title: "Score" });
  const changed = score({ fit: [{ title: "Anybody", when: { cel: "name != null" }, points: 33 }] });
  await w.admin.send("PUT", `/api/documents/score/interest?change=${opened.json.id}`, { body: changed });
  const done = await w.admin.post(`/api/changes/${opened.json.id}/publish`, { reason: "test" });
  expect(done.status, done.text).toBe(200);
  await work();
  expect(await scoreOf(ids[0]!)).toMatchObject({ fit: 33 });
  expect(await scoresDrift(w.workspace, w.clock.now())).toEqual([]);
  // What is not as it comes to is found and mended by the doctor.
  const [drifted, missing] = [ids[0], ids[1]];
  await w.sql("update {ws}._score set fit = 1 where record = $1", [drifted]);
  await w.sql("delete from {ws}._score where record = $1", [missing]);
  const { findings } = (await w.admin.get("/api/doctor")).json;
  const [told] = findings.filter(({ kind }: any) => kind === "score");
  expect(told).toMatchObject({ name: "interest", fix: true });
  expect(told.title).toContain("2 records");
  expect((await w.admin.post("/api/doctor/mend")).json.done).toContain('The score "interest" is worked out again.');
  expect((await w.admin.get("/api/doctor")).json.findings).toEqual([]);
  expect(await scoreOf(ids[0]!)).toMatchObject({ fit: 33 });
  expect(await segmentDrift(w.pool, w.workspace, w.clock.now())).toEqual([]);
  const wrong = async (more: object) => {
    const change = await w.admin.post("/api/changes", { title: "Wrong" });
    await w.admin.send("PUT", `/api/documents/score/interest?change=${change.json.id}`, { body: score(more) });
    return (await w.admin.post(`/api/changes/${change.json.id}/publish`, { reason: "test" })).json.problems.map(
      ({ code }: any) => code,
    );
  };
  expect(await wrong({ fit: [{ title: "X", when: { cel: "firm.size > 1" }, points: 1 }] })).toEqual(["score.reaches"]);
  expect(await wrong({ threshold: { enter: 10, leave: 20 } })).toEqual(["score.malformed"]);
});
