import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AnyDocument } from "schemas";
import { fireDue } from "../../runtime/store/fire.ts";
import { passageDrift } from "../../runtime/store/passages.ts";
import { publish } from "../../runtime/store/publish.ts";
import { greeting, guest, longer } from "../fixtures/greetings.ts";
import { world, type World } from "../world.ts";

let w: World;
beforeEach(async () => {
  w = await world({ documents: [guest(), greeting()] });
});
afterEach(async () => {
  const drift = await passageDrift(w.pool, w.workspace);
  await w.close();
  expect(drift, "counters say what the journal does").toEqual([]);
});

const anchorOf = (it: any) => it.$anchor ?? it.meta.id;
async function go(changed: readonly AnyDocument[], more: object = {}) {
  const anchors = new Set(changed.map(anchorOf));
  const documents = [...w.workspace.model.documents.filter((it) => !anchors.has(anchorOf(it))), ...changed];
  return publish(w.workspace, { documents, reason: "Test", author: w.admin.id, now: w.clock.now(), ...more });
}
async function begun(name: string, values: object = {}): Promise<string> {
  const { json } = await w.admin.post("/api/records/guest", { name, ...values });
  await begins(json.id);
  return json.id;
}
const begin = (id: string) => w.admin.post(`/api/records/guest/${id}/runs`, { workflow: "greeting" });
async function begins(id: string) {
  const answer = await begin(id);
  expect(answer.status, answer.text).toBeLessThan(300);
}
const wave = (id: string) => w.admin.post(`/api/records/guest/${id}/events`, { type: "guest.wave" });
const read = async (id: string) => (await w.admin.get(`/api/records/guest/${id}`)).json;
const states = async (...ids: string[]) => {
  const rows = await w.sql("select record, state from {ws}._run where record = any($1::uuid[])", [ids]);
  return ids.map((id) => rows.find((row: any) => row.record === id)?.state);
};
const versions = () =>
  w.sql("select version, follows from {ws}._workflow_version where workflow = 'greeting' order by 1");
async function days(n: number, by?: Parameters<typeof fireDue>[2]) {
  w.clock.advance(n * 86_400_000);
  for (let left = 30; left > 0; left -= 1) await fireDue(w.workspace, w.clock.now(), by);
}
const firstOf = ([{ version }]: readonly any[]) => version;
const moves = { mappings: { wf_greeting: { "runs/": "move" } } };

describe("runs of a journey stay with the version by which they began", () => {
  test("through waits and events, while others begin by the new one", async () => {
    const [ann, bea] = [await begun("Ann"), await begun("Bea", { mood: "glad" })];
    await go([longer()]);
    const cat = await begun("Cat", { mood: "glad" });
    expect((await wave(cat)).status, "nobody waves any more").toBe(400);
    const offers = (await w.admin.get(`/api/records/guest/${bea}/events`)).json;
    expect(JSON.stringify(offers)).toContain("guest.wave");
    expect((await wave(bea)).status).toBe(200);
    expect((await begin(bea)).status, "once is once, by whichever version").toBe(409);
    await days(3);
    expect(await states(ann, bea, cat)).toEqual(["over", "waved", "second"]);
    expect([(await read(ann)).heard, (await read(cat)).heard]).toEqual(["goodbye", "once more"]);
    await days(3);
    expect(await states(cat)).toEqual(["over"]);
    const { runs } = (await w.admin.get(`/api/records/guest/${ann}/journeys`)).json;
    expect(runs[0]).toMatchObject({ state: { title: "Over" } });
    expect(new Set(runs[0].steps.map(({ version }: any) => version)).size).toBe(1);
  });

  test.each(["single", "batch", "cohort"] as const)("in waves as one by one (%s)", async (by) => {
    const early = await Promise.all(Array.from({ length: 140 }, (_, at) => begun(`Early ${at}`)));
    await go([longer()]);
    const late = await Promise.all(Array.from({ length: 140 }, (_, at) => begun(`Late ${at}`)));
    await days(3, by);
    expect(new Set(await states(...early))).toEqual(new Set(["over"]));
    expect(new Set(await states(...late))).toEqual(new Set(["second"]));
  });

  test("however many versions come, until none of theirs is left", async () => {
    const ann = await begun("Ann");
    const first = await go([longer()]);
    const bea = await begun("Bea");
    const third = longer();
    third.states.second.after.d3 = [{ target: "over", meta: { id: "tr_over", title: "On" }, actions: [] }];
    third.states.hello.after.d3[0].actions = [];
    expect((await plan(third)).runs).toMatchObject([
      { state: "hello", count: 1, stays: true, by: null },
      { state: "hello", count: 1, stays: true, by: firstOf(await versions()) },
    ]);
    const second = await go([third]);
    const version = firstOf(await versions());
    expect(await versions()).toEqual([
      { version, follows: null },
      { version: first.version, follows: null },
      { version: second.version, follows: null },
    ]);
    const cat = await begun("Cat");
    await days(3);
    expect([
      await states(ann, bea, cat),
      (await read(ann)).heard,
      (await read(bea)).heard,
      (await read(cat)).heard,
    ]).toEqual([["over", "second", "second"], "goodbye", "once more", null]);
    const last = await go([longer()]);
    expect(await versions()).toEqual([
      { version, follows: last.version },
      { version: first.version, follows: null },
      { version: second.version, follows: null },
      { version: last.version, follows: null },
    ]);
  });

  test("and count the time that it says", async () => {
    const ann = await begun("Ann");
    const quick = greeting();
    quick.meta.delays.d3.duration = "P1D";
    await go([quick]);
    const bea = await begun("Bea");
    await days(1);
    expect(await states(ann, bea)).toEqual(["hello", "over"]);
    await days(2);
    expect(await states(ann)).toEqual(["over"]);
  });

  test("unless the change moves them, or goes the same way as before", async () => {
    const ann = await begun("Ann");
    const named = greeting();
    named.states.hello.meta.title = "Good day";
    named.meta.enrol.again = "after_end";
    await go([named]);
    expect((await versions()).map(({ follows }: any) => follows !== null)).toEqual([true, false]);
    const planned = await plan(longer());
    expect(planned.runs).toMatchObject([{ state: "hello", count: 1, stays: true, needs_mapping: false }]);
    await go([longer()], moves);
    await days(3);
    expect([await states(ann), (await read(ann)).heard]).toEqual([["second"], "once more"]);
  });
});

async function plan(document: any, place = "workflow/greeting") {
  const { id } = (await w.admin.post("/api/changes", { reason: "Look" })).json;
  await w.admin.send("PUT", `/api/documents/${place}?change=${id}`, { body: document });
  const answer = await w.admin.post(`/api/changes/${id}/plan`, {});
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
}

describe("a version with which runs stay", () => {
  test("follows what is renamed", async () => {
    const ann = await begun("Ann", { mood: "glad" });
    await go([longer()]);
    const { mood, heard } = (guest() as any).properties;
    const renamed: any = guest({ temper: mood, told: heard });
    delete renamed.properties.mood;
    delete renamed.properties.heard;
    const next = longer();
    next.states.hello.after.d3[0].actions[0].params.set = { told: "once more" };
    await go([
      { ...renamed, $id: "visitor" },
      { ...next, id: "greetings", meta: { ...next.meta, entity: "visitor" } },
    ]);
    const event = await w.admin.post(`/api/records/visitor/${ann}/events`, { type: "guest.wave" });
    expect(event.status, event.text).toBe(200);
    expect(await states(ann)).toEqual(["waved"]);
  });

  test("keeps a change from taking away what it uses, unless its runs move", async () => {
    const ann = await begun("Ann", { mood: "glad" });
    await go([longer()]);
    const without: any = guest();
    delete without.properties.mood;
    const { problems } = await plan(without, "entity/guest");
    expect(problems.map(({ code }: any) => code)).toContain("publish.runs_keep");
    await expect(go([without])).rejects.toMatchObject({ faults: [{ code: "publish.runs_keep" }] });
    expect((await wave(ann)).status, "nothing has changed").toBe(200);
    const bea = await begun("Bea");
    await go([without]);
    expect(await states(ann, bea)).toEqual(["waved", "hello"]);
  });

  test("lets its runs go when a change moves them, though nothing else changes", async () => {
    const ann = await begun("Ann");
    await go([longer()]);
    const { version } = await go([], moves);
    const without: any = guest();
    delete without.properties.mood;
    await go([without]);
    const undone = await undo(version);
    expect([undone.status, undone.json.code], "it reads the mood").toEqual([422, "publish.runs_keep"]);
    await days(3);
    expect(await states(ann)).toEqual(["second"]);
    expect((await undo(version)).json.code).toBe("undo.runs_moved");
  });

  test("is the published one again when the version behind it is taken back, and takes in who began by that", async () => {
    const ann = await begun("Ann");
    const { version } = await go([longer()]);
    const [bea, cat] = [await begun("Bea"), await begun("Cat")];
    await days(3);
    expect(await states(ann, bea, cat)).toEqual(["over", "second", "second"]);
    const undone = { undoes: version, mappings: { wf_greeting: { second: "hello" } } };
    await expect(go([greeting()], { undoes: version })).rejects.toMatchObject({
      faults: [{ code: "undo.needs_mapping" }],
    });
    await go([greeting()], undone);
    expect(await states(bea, cat)).toEqual(["hello", "hello"]);
    expect((await versions()).slice(0, -1).every(({ follows }: any) => follows !== null)).toBe(true);
    await days(3);
    expect(await states(bea, cat)).toEqual(["over", "over"]);
  });
});

const undo = (version: number) => w.admin.post(`/api/versions/${version}/undo`, {});

/** As `longer`, where guests nod to go on, and one wait more begins at once. */
function nodding(): any {
  const document = longer();
  const { hello, second } = document.states;
  const meta = (id: string) => ({ id, title: id });
  document.meta.events = { "guest.nod": { title: "Nod", source: "user" } };
  document.meta.delays.d9 = { ...document.meta.delays.d3, duration: "P9D" };
  hello.after.d9 = [{ target: "over", meta: meta("tr_late") }];
  hello.on = { "guest.nod": [{ target: "second", meta: meta("tr_nod") }] };
  second.on = { "guest.nod": [{ target: "over", meta: meta("tr_nod_again") }] };
  return document;
}
const nod = (id: string) => w.admin.post(`/api/records/guest/${id}/events`, { type: "guest.nod" });
const waits = (id: string) =>
  w.sql("select name, due_at from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = $1 order by 1", [id]);
/** All that is kept of the run of a guest. */
const whole = (id: string) =>
  w.sql(
    `select to_jsonb(r) as run, (select jsonb_agg(t order by t.name) from {ws}._timer t where t.run = r.id) as waits,
       (select jsonb_agg(j order by j.revision) from {ws}._journal j where j.run = r.id) as steps
     from {ws}._run r where r.record = $1`,
    [id],
  );

describe("the undo of a version that moved runs", () => {
  test("takes those back to their version that it left where they were", async () => {
    const ann = await begun("Ann", { mood: "glad" });
    await go([longer()]);
    const { id } = (await w.admin.post("/api/changes", { reason: "All by the new one" })).json;
    expect((await w.admin.patch(`/api/changes/${id}`, moves)).status).toBe(200);
    const planned = (await w.admin.post(`/api/changes/${id}/plan`, {})).json;
    expect(planned.runs).toMatchObject([{ state: "hello", to: "hello", count: 1, stays: false, may_stay: true }]);
    const published = await w.admin.post(`/api/changes/${id}/publish`, {});
    expect(published.status, published.text).toBe(200);
    const { version } = published.json;
    expect((await wave(ann)).status, "nobody waves any more").toBe(400);
    expect((await w.admin.get(`/api/versions/${version}`)).json.runs).toMatchObject([{ back: 1, examples: [] }]);
    const undone = await undo(version);
    expect(undone.status, undone.text).toBe(200);
    expect((await wave(ann)).status).toBe(200);
  });

  test("takes those back that it put elsewhere, under the names of today, and tells which have gone on", async () => {
    const ids = [];
    for (const name of ["Ann", "Bea", "Cat", "Dan"]) ids.push(await begun(name, { mood: "glad" }));
    const [ann = "", bea = "", cat = "", dan = ""] = ids;
    const before = await Promise.all([ann, dan].map(whole));
    await go([nodding()]);
    const eve = await begun("Eve", { mood: "glad" });
    const { version } = await go([], moves);
    expect((await waits(ann)).map(({ name }: any) => name)).toHaveLength(2);
    for (const id of [bea, cat, cat]) expect((await nod(id)).status).toBe(200);
    const { mood, heard } = (guest() as any).properties;
    const renamed: any = guest({ temper: mood, heard });
    delete renamed.properties.mood;
    await go([renamed]);
    const [told] = (await w.admin.get(`/api/versions/${version}`)).json.runs;
    expect(told).toMatchObject({ workflow: "greeting", back: 2, gone_on: { step: 1, end: 1, publish: 0 } });
    const why = new Map(told.examples.map(({ record, why }: any) => [record, why]));
    expect([why.size, why.get(bea), why.get(cat)]).toEqual([2, "step", "end"]);
    const undone = await undo(version);
    expect(undone.status, undone.text).toBe(200);
    expect(await Promise.all([ann, dan].map(whole))).toEqual(before);
    expect([await states(ann, bea, cat, dan, eve)]).toEqual([["hello", "second", "over", "hello", "hello"]]);
    expect((await wave(ann)).status, "by its version, which reads what is called temper now").toBe(200);
    for (const id of [bea, eve]) expect((await nod(id)).status, "by the published one").toBe(200);
    expect((await undo(version)).json.code).toBe("undo.runs_moved");
    await days(3);
    expect([await states(ann, dan), (await read(dan)).heard]).toEqual([["waved", "over"], "goodbye"]);
  });

  test("takes each back to the version by which it went, where it takes a document back too", async () => {
    const ann = await begun("Ann", { mood: "glad" });
    await go([longer()]);
    const bea = await begun("Bea", { mood: "glad" });
    const { version } = await go([nodding()], moves);
    expect([(await wave(ann)).status, (await nod(bea)).status]).toEqual([400, 200]);
    const undone = await undo(version);
    expect(undone.status, undone.text).toBe(200);
    expect([(await wave(bea)).status, (await wave(ann)).status]).toEqual([400, 200]);
    expect(await states(ann, bea)).toEqual(["waved", "second"]);
  });

  test("lets those stay that stayed", async () => {
    const ann = await begun("Ann", { mood: "glad" });
    await go([longer()]);
    const { version } = await go([nodding()]);
    const bea = await begun("Bea");
    expect((await undo(version)).status).toBe(200);
    expect([(await nod(bea)).status, (await wave(ann)).status]).toEqual([400, 200]);
  });
});
