import { afterAll, beforeAll, expect, test } from "vitest";
import type { RoleDocument } from "schemas";
import { voyageDocuments } from "../fixtures/voyage.ts";
import { world, type World } from "../world.ts";

const sailor: RoleDocument = {
  $schema: "urn:trellis:role:1",
  $id: "sailor",
  $anchor: "role_sailor",
  title: "Sailor",
  entities: { voyage: { create: "own", read: "own", update: "own" } },
};
const blind: RoleDocument = {
  ...sailor,
  $id: "blind",
  $anchor: "role_blind",
  entities: { voyage: { read: "all", fields: { course: { read: "none" } } } },
};

let w: World;
beforeAll(async () => {
  w = await world({ documents: [...voyageDocuments, sailor, blind] });
  await w.work();
});
afterAll(() => w.close());

test("a record tells where it stands, what it waits for and how it came there", async () => {
  const { json: made } = await w.admin.post("/api/records/voyage", { name: "Vega", cargo: 5, due_on: "2026-04-01" });
  const path = `/api/records/voyage/${made.id}`;
  await w.admin.post(`${path}/events`, { type: "voyage.sail" });
  const first = (await w.admin.get(`${path}/run`)).json;
  expect(first).toMatchObject({
    workflow: "voyage",
    title: "Voyage",
    state: { key: "sailing", title: "Sailing" },
    since: "2026-03-02T09:00:00.000Z",
    waits: [{ delay: "overdue", title: "Past its day", state: { title: "Sailing" }, held: false }],
  });
  expect(first.waits[0].due_at).toBe("2026-04-02T00:00:00.000Z");
  expect(first.within.map(({ key }: any) => key)).toEqual(["course", "under_way", "customs", "declared"]);
  await w.admin.post("/api/test/clock", { now: "2026-04-02T00:00:00.000Z" });
  let told = first;
  for (let tries = 0; told.steps.length < 3 && tries < 200; tries++) {
    await new Promise((done) => setTimeout(done, 25));
    told = (await w.admin.get(`${path}/run`)).json;
  }
  expect(told.steps).toMatchObject([
    {
      revision: 3,
      by: null,
      cause: { type: "timer", title: "Past its day" },
      from: { title: "Sailing" },
      to: { title: "Late" },
      version: w.workspace.model.version,
      transitions: [{ id: "tr_overdue", title: "tr_overdue" }],
    },
    {
      by: w.admin.id,
      cause: { type: "voyage.sail", title: "Sail" },
      transitions: [{ id: "tr_sail" }, { id: "tr_declare" }],
    },
    { revision: 1, cause: { type: "begin", title: "The record was made" }, from: null, to: { title: "Loading" } },
  ]);
  expect(new Set(told.steps.map(({ version }: any) => version)).size).toBe(1);
});

test("who may not see the record, or not where it stands, hears nothing of its way", async () => {
  const { json: made } = await w.admin.post("/api/records/voyage", { name: "Vega" });
  const [stranger, unseeing] = [await w.user("Mia", { roles: ["sailor"] }), await w.user("Ben", { roles: ["blind"] })];
  const asked = async (by: typeof stranger) => {
    const { status, json } = await by.get(`/api/records/voyage/${made.id}/run`);
    return [status, json.code];
  };
  expect(await asked(stranger)).toEqual([404, "record.missing"]);
  expect(await asked(unseeing)).toEqual([409, "run.missing"]);
});
