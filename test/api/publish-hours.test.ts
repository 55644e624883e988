import { afterAll, beforeAll, expect, test } from "vitest";
import type { AnyDocument } from "schemas";
import { journey } from "../fixtures/journeys.ts";
import { world, type World } from "../world.ts";

const hand = { enrol: { on: "hand" }, quiet_hours: { from: "21:00", to: "08:00" } };
const before = journey("night_school", hand);
const after = structuredClone(before) as any;
after.meta.delays.soon = { title: "Soon", duration: "PT3H" };
after.states.hello.after.soon = [{ target: "over", meta: { id: "tr_soon", title: "Soon" } }];
after.states.hello.invoke = {
  id: "look",
  src: "human.task",
  input: { title: { cel: "'Look on ' + string(today)" } },
  onDone: [{ target: "over", meta: { id: "tr_looked", title: "Looked" } }],
};

const desk = (from: string, to: string) => ({
  $schema: "urn:trellis:calendar:1",
  $id: "desk",
  $anchor: "cal_desk",
  title: "Desk",
  time_zone: "Asia/Tokyo",
  hours: Object.fromEntries(["mon", "tue", "wed", "thu", "fri"].map((day) => [day, [`${from}-${to}`]])),
});
const counted = journey("desk_hours", {
  ...hand,
  quiet_hours: { ...hand.quiet_hours, zone: { cel: "record.zone" } },
  delays: { d3: { title: "4 hours", duration: "PT4H", calendar: "desk" } },
});

let w: World;
beforeAll(async () => {
  const contact = {
    $schema: "urn:trellis:entity:1",
    $id: "contact",
    $anchor: "ent_contact",
    type: "object",
    title: "Contact",
    name_field: "name",
    properties: {
      name: { $anchor: "fld_contact_name", field: "text", title: "Name" },
      zone: { $anchor: "fld_contact_zone", field: "text", title: "Zone" },
    },
  };
  w = await world({
    documents: [contact, before, desk("09:00", "18:00"), counted] as unknown as readonly AnyDocument[],
  });
  const { json } = await w.admin.get("/api/documents/workspace/workspace");
  await published("workspace/workspace", { ...json, time_zone: "Asia/Tokyo" });
});
afterAll(() => w.close());

async function published(name: string, body: object, mappings?: object): Promise<void> {
  const change = (await w.admin.post("/api/changes", { reason: "Given" })).json.id;
  const put = await w.admin.send("PUT", `/api/documents/${name}?change=${change}`, { body });
  expect(put.status, put.text).toBeLessThan(300);
  if (mappings) await w.admin.send("PATCH", `/api/changes/${change}`, { body: { mappings } });
  const made = await w.admin.post(`/api/changes/${change}/publish`, {});
  expect(made.status, made.text).toBe(200);
}

test("waits and tasks that a publish begins keep the quiet hours and the day of the workspace", async () => {
  w.clock.set(new Date("2026-03-02T16:00:00.000Z"));
  const { id } = (await w.admin.post("/api/records/contact", { name: "Ann" })).json;
  const begun = await w.admin.post(`/api/records/contact/${id}/runs`, { workflow: "night_school" });
  expect(begun.status, begun.text).toBeLessThan(300);
  await published("workflow/night_school", after, { [after.meta.id]: { "runs/": "move" } });
  const timers = await w.sql("select name, due_at from {ws}._timer where name like '%soon%'");
  expect(timers.map(({ due_at }) => new Date(due_at).toISOString())).toEqual(["2026-03-02T23:00:00.000Z"]);
  expect(await w.sql("select title from {ws}._task")).toEqual([{ title: "Look on 2026-03-03" }]);
});

test("waits that a calendar counts anew keep the quiet hours of the person's own zone, and come back as they were", async () => {
  w.clock.set(new Date("2026-03-03T16:00:00.000Z"));
  const begun = ["Asia/Tokyo", "Europe/London"].map(async (zone) => {
    const { id } = (await w.admin.post("/api/records/contact", { name: "Ben", zone })).json;
    await w.admin.post(`/api/records/contact/${id}/runs`, { workflow: "desk_hours" });
  });
  await Promise.all(begun);
  const dues = async () =>
    (
      await w.sql(
        `select t.due_at from {ws}._timer t join {ws}._run r on r.id = t.run join {ws}.contact c on c.id = r.record
         where r.workflow = 'desk_hours' order by c.zone`,
      )
    ).map(({ due_at }) => new Date(due_at).toISOString());
  // One o'clock in the afternoon in Tokyo is four in the morning in London.
  expect(await dues()).toEqual(["2026-03-04T04:00:00.000Z", "2026-03-04T08:00:00.000Z"]);
  await published("calendar/desk", desk("18:00", "23:00"));
  expect(await dues()).toEqual(["2026-03-04T23:00:00.000Z", "2026-03-04T13:00:00.000Z"]);
  await published("calendar/desk", desk("09:00", "18:00"));
  expect(await dues()).toEqual(["2026-03-04T04:00:00.000Z", "2026-03-04T08:00:00.000Z"]);
});
