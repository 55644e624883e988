import type { AnyDocument, CalendarDocument, WorkflowDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { fireDue } from "../../runtime/store/fire.ts";
import { voyageDocuments, voyageWorkflow } from "../fixtures/voyage.ts";
import { world, type World } from "../world.ts";

vi.setConfig({ testTimeout: 120_000 });

let w: World;

beforeAll(async () => {
  w = await world({ documents: voyageDocuments });
});
afterAll(() => w.close());

const spans = ["09:00-18:00"];
const quay: CalendarDocument = {
  $schema: "urn:trellis:calendar:1",
  $id: "quay",
  $anchor: "cal_quay",
  title: "Quay",
  time_zone: "Asia/Tokyo",
  hours: { mon: spans, tue: spans, wed: spans, thu: spans, fri: spans },
};

async function draft(...documents: readonly AnyDocument[]) {
  const change = (await w.admin.post("/api/changes", { reason: "Test" })).json.id;
  for (const document of documents) {
    const [kind, name] = "$id" in document ? [document.$schema.split(":")[2], document.$id] : ["workflow", document.id];
    const answer = await w.admin.send("PUT", `/api/documents/${kind}/${name}?change=${change}`, { body: document });
    if (answer.status !== 200) return { change, answer };
  }
  return { change, answer: await w.admin.post(`/api/changes/${change}/publish`) };
}

async function publish(...documents: readonly AnyDocument[]) {
  const { answer } = await draft(...documents);
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
}

describe("a calendar", () => {
  test("is published, read and taken back like any document", async () => {
    const { version } = await publish(quay);
    expect((await w.admin.get("/api/documents/calendar/quay")).json).toEqual(quay);
    const undone = await w.admin.post(`/api/versions/${version}/undo`, {});
    expect(undone.status, undone.text).toBe(200);
    expect((await w.admin.get("/api/documents/calendar/quay")).status).toBe(404);
  });

  test("that cannot be counted in is not published", async () => {
    const { answer } = await draft({ ...quay, hours: { mon: ["18:00-09:00"] }, time_zone: "Asia/Edo" });
    expect(answer.status).toBe(422);
    expect(answer.json.problems.map(({ code, path }: any) => `${code} ${path}`)).toEqual([
      "calendar.zone /calendar/quay/time_zone",
      "calendar.span /calendar/quay/hours/mon/0",
    ]);
    expect((await w.admin.get("/api/documents/calendar/quay")).status).toBe(404);
  });

  test("of no form is no draft either", async () => {
    const { answer } = await draft({ ...quay, hours: { mon: ["nine to five"] } });
    expect(answer.status).toBe(422);
    expect(answer.json.problems[0].path).toBe("/calendar/quay/hours/mon/0");
  });
});

describe("a wait in business time", () => {
  const idle = (delay: object): WorkflowDocument => ({
    ...voyageWorkflow,
    meta: {
      ...voyageWorkflow.meta,
      delays: { ...voyageWorkflow.meta.delays, idle: { title: "Idle for four hours", ...delay } },
    },
  });
  const voyage = async (): Promise<string> =>
    (await w.admin.post("/api/records/voyage", { name: "Vega", cargo: 5 })).json.id;
  const due = async (id: string) => {
    const [timer] = await w.sql(
      "select t.due_at from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = $1",
      [id],
    );
    return timer && new Date(timer.due_at as string).toISOString();
  };
  const told = async (id: string) => (await w.sql("select id from {ws}._notification where record = $1", [id])).length;
  const clock = async (now: string) => expect((await w.admin.post("/api/test/clock", { now })).status).toBe(200);
  const golden = { "2030-05-06": { title: "A day off" } };

  test("names a calendar that there is, and counts no weeks", async () => {
    await publish(quay);
    const codes = async (delay: object) =>
      (await draft(idle(delay))).answer.json.problems.map(({ code, path }: any) => `${code} ${path.split("/").at(-1)}`);
    expect(await codes({ duration: "PT4H", calendar: "key" })).toEqual(["calendar.unknown calendar"]);
    expect(await codes({ duration: "P1W", calendar: "quay" })).toEqual(["workflow.delay_form duration"]);
  });

  test("is over at its moment, not before: nights, weekends and holidays do not count", async () => {
    await publish({ ...quay, exceptions: golden }, idle({ duration: "PT4H", calendar: "quay" }));
    // A Friday, 16:30 in Tokyo; the Monday is off.
    await clock("2030-05-03T07:30:00.000Z");
    const id = await voyage();
    expect(await due(id)).toBe("2030-05-07T02:30:00.000Z");
    await clock("2030-05-07T02:29:59.999Z");
    await fireDue(w.workspace, w.clock.now());
    expect(await told(id)).toBe(0);
    await clock("2030-05-07T02:30:00.000Z");
    await fireDue(w.workspace, w.clock.now());
    expect(await told(id)).toBe(1);
  });

  test("is counted anew when its calendar is published anew, and again when that is taken back", async () => {
    await clock("2030-05-10T07:30:00.000Z");
    const id = await voyage();
    expect(await due(id)).toBe("2030-05-13T02:30:00.000Z");
    const { version } = await publish({ ...quay, exceptions: { ...golden, "2030-05-13": {} } });
    expect(await due(id)).toBe("2030-05-14T02:30:00.000Z");
    await w.admin.post(`/api/versions/${version}/undo`, {});
    expect(await due(id)).toBe("2030-05-13T02:30:00.000Z");
  });

  test("by a clock is kept with its run, and counted anew as well", async () => {
    const budget = { cel: "duration('PT4H')" };
    const clocked = idle({ clock: "loading", budget, calendar: "quay" });
    const { states } = JSON.parse(JSON.stringify(clocked)) as any;
    states.course.states.under_way.states.loading.meta.clock = { start: ["loading"] };
    await publish({ ...clocked, states });
    await clock("2030-05-17T07:30:00.000Z");
    const id = await voyage();
    expect(await due(id)).toBe("2030-05-20T02:30:00.000Z");
    const { version } = await publish({ ...quay, exceptions: { ...golden, "2030-05-20": {} } });
    expect(await due(id)).toBe("2030-05-21T02:30:00.000Z");
    await w.admin.post(`/api/versions/${version}/undo`, {});
    await clock("2030-05-20T02:30:00.000Z");
    await fireDue(w.workspace, w.clock.now());
    expect(await told(id)).toBe(1);
  });

  test("follows its calendar when that is called otherwise, which cannot go while it is counted by", async () => {
    const id = await voyage();
    const before = await due(id);
    const { $id: _, ...rest } = quay;
    const change = (await w.admin.post("/api/changes", { reason: "Test" })).json.id;
    await w.admin.send("DELETE", `/api/documents/calendar/quay?change=${change}`);
    const gone = await w.admin.post(`/api/changes/${change}/publish`);
    expect(gone.json.problems.map(({ code }: any) => code)).toEqual(["calendar.unknown"]);
    await publish({ ...rest, $id: "pier", exceptions: golden } as CalendarDocument);
    const workflow = (await w.admin.get(`/api/documents/workflow/${voyageWorkflow.id}`)).json;
    expect(workflow.meta.delays.idle.calendar).toBe("pier");
    expect(await due(id)).toBe(before);
  });
});

describe("holidays", () => {
  const of = async (place: string, year: number) =>
    (await w.admin.get(`/api/holidays/${place}?year=${year}&language=en`)).json.items as any[];

  test("are those of a country and what lies in it", async () => {
    const { items } = (await w.admin.get("/api/holidays")).json;
    expect(items).toContainEqual({ code: "JP", title: "日本" });
    const { places } = (await w.admin.get("/api/holidays/DE?year=2026")).json;
    expect(places).toContainEqual({ code: "DE-BE", title: "Berlin" });
    expect((await w.admin.get("/api/holidays/DE-BY?year=2026")).json.places).toContainEqual({
      code: "DE-BY-A",
      title: "Stadt Augsburg",
    });
  });

  test("tell those that are off for everybody from those that close nothing, and the half from the whole", async () => {
    const germany = await of("DE", 2026);
    const on = (date: string) => germany.filter((it) => it.date === date);
    expect(on("2026-12-25")).toEqual([{ date: "2026-12-25", title: "Christmas Day", type: "public" }]);
    expect(on("2026-12-24")[0]).toMatchObject({ type: "bank", from: "14:00" });
    expect(on("2026-11-11")[0]).toMatchObject({ type: "observance" });
    expect(on("2026-11-15")[0]).toMatchObject({ type: "observance" });
  });

  test("include the days that stand for others", async () => {
    expect((await of("JP", 2026)).filter(({ date }) => date === "2026-05-06")).toMatchObject([{ type: "public" }]);
    expect((await of("NZ", 2026)).filter(({ date }) => date === "2026-04-27")).toMatchObject([{ type: "public" }]);
  });

  test.each([
    ["XX?year=2026", 404, "holidays.place"],
    ["DE-XX?year=2026", 404, "holidays.place"],
    ["DE-BY-A-B?year=2026", 404, "holidays.place"],
    ["constructor", 404, "holidays.place"],
    ["DE?year=1492", 422, "holidays.year"],
    ["DE?year=soon", 422, "holidays.year"],
  ])("are not known of %s", async (path, status, code) => {
    const answer = await w.admin.get(`/api/holidays/${path}`);
    expect([answer.status, answer.json.code ?? answer.json.problems[0].code]).toEqual([status, code]);
  });
});
