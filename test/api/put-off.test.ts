import type { WorkflowDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { carried, parcel, parcelDocuments } from "../fixtures/parcels.ts";
import { receiver, type Receiver } from "../fixtures/receiver.ts";
import { world, type World } from "../world.ts";

let w: World;
let there: Receiver;

const night = {
  $schema: "urn:trellis:workflow:1",
  id: "night",
  initial: "asked",
  states: {
    asked: {
      entry: [
        { type: "notify", params: { to: { cel: "record.owner" }, title: { cel: "'Asked for ' + record.name" } } },
        {
          type: "http.call",
          params: { connection: "carrier", name: "ask", method: "POST", url: { cel: "'/asked/' + record.name" } },
        },
      ],
      on: { "http.call.done": [{ target: "over", meta: { id: "tr_over", title: "Over" } }] },
      meta: { id: "st_asked", title: "Asked" },
    },
    over: { type: "final", meta: { id: "st_over", title: "Over" } },
  },
  meta: {
    id: "wf_night",
    title: "Night",
    format: "wf/1",
    kind: "journey",
    entity: "parcel",
    events: {},
    enrol: { on: "hand" },
    goal: { when: { cel: "record.weight > 9" } },
    quiet_hours: { from: "21:00", to: "08:00" },
  },
} as unknown as WorkflowDocument;

beforeAll(async () => {
  there = await receiver();
  w = await world({ documents: [...parcelDocuments(`${there.url}/v1`, {}), night] });
  await w.admin.send("PUT", "/api/connections/carrier", { body: { secret: "token-of-ours" } });
});
afterAll(async () => {
  await there.close();
  await w.close();
});

const called = () => there.received.map(({ path }) => path.split("/").at(-1));
const notices = async () =>
  (await w.admin.get("/api/notifications")).json.items.map((it: { title: string }) => it.title).sort();
const ends = (id: string) =>
  w.sql(
    "select e.status, e.error, r.status as run from {ws}._effect e join {ws}._run r on r.id = e.run where r.record = $1",
    [id],
  );

test("what waits for the morning is neither called nor told for a run that reached its goal in the night, and is where that was undone", async () => {
  w.clock.set(new Date("2026-06-01T23:00:00.000Z"));
  const [goes, reaches, returns] = [
    await parcel(w, { name: "goes" }),
    await parcel(w, { name: "reaches" }),
    await parcel(w, { name: "returns" }),
  ];
  for (const id of [goes, reaches, returns]) {
    const begun = await w.admin.post(`/api/records/parcel/${id}/runs`, { workflow: "night" });
    expect(begun.status, begun.text).toBe(201);
  }
  await carried(w);
  expect(called()).toEqual([]);
  expect(await notices()).toEqual([]);
  const heavy = async (id: string) => {
    const answer = await w.admin.patch(`/api/records/parcel/${id}`, { weight: 10 }, { "if-match": '"1"' });
    expect(answer.status, answer.text).toBe(200);
    return answer.headers.get("trellis-operation");
  };
  await heavy(reaches);
  const undone = await w.admin.post(`/api/operations/${await heavy(returns)}/undo`);
  expect(undone.status, undone.text).toBeLessThan(300);
  w.clock.set(new Date("2026-06-02T08:00:00.000Z"));
  await carried(w);
  expect(called().sort()).toEqual(["goes", "returns"]);
  expect(await notices()).toEqual(["Asked for goes", "Asked for returns"]);
  expect(await ends(reaches)).toEqual([{ status: "skipped", error: "left", run: "done" }]);
  expect(await ends(returns)).toEqual([{ status: "delivered", error: null, run: "done" }]);
});
