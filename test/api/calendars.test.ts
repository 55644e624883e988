import type { CalendarDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { harbourDocuments } from "../harbour.ts";
import { world, type World } from "../world.ts";

vi.setConfig({ testTimeout: 120_000 });

let w: World;

beforeAll(async () => {
  w = await world({ documents: harbourDocuments });
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

async function draft(document: CalendarDocument) {
  const change = (await w.admin.post("/api/changes", { reason: "Test" })).json.id;
  const path = `/api/documents/calendar/${document.$id}?change=${change}`;
  return { change, answer: await w.admin.send("PUT", path, { body: document }) };
}

describe("a calendar", () => {
  test("is published, read and taken back like any document", async () => {
    const { change } = await draft(quay);
    const published = await w.admin.post(`/api/changes/${change}/publish`);
    expect(published.status, published.text).toBe(200);
    expect((await w.admin.get("/api/documents/calendar/quay")).json).toEqual(quay);
    const undone = await w.admin.post(`/api/versions/${published.json.version}/undo`, {});
    expect(undone.status, undone.text).toBe(200);
    expect((await w.admin.get("/api/documents/calendar/quay")).status).toBe(404);
  });

  test("that cannot be counted in is not published", async () => {
    const { change, answer } = await draft({ ...quay, hours: { mon: ["18:00-09:00"] }, time_zone: "Asia/Edo" });
    expect(answer.status).toBe(200);
    const refused = await w.admin.post(`/api/changes/${change}/publish`);
    expect(refused.status).toBe(422);
    expect(refused.json.problems.map(({ code, path }: any) => `${code} ${path}`)).toEqual([
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
