import { afterAll, beforeAll, expect, test } from "vitest";
import type { AnyDocument } from "schemas";
import { world, type Client, type World } from "../world.ts";

/** A bid whose cost is hidden from clerks: it guards a move, is written by actions, and is asked for on the way. */
const documents = [
  {
    $schema: "urn:trellis:entity:1",
    $id: "bid",
    $anchor: "ent_bid",
    type: "object",
    title: "Bid",
    properties: {
      title: { $anchor: "fld_title", field: "text", title: "Title" },
      cost: { $anchor: "fld_cost", field: "integer", title: "Cost price" },
      place: { $anchor: "fld_place", field: "text", title: "Place" },
      stage: { $anchor: "fld_stage", field: "state", title: "Stage", workflow: "bid_way" },
      audit: { $anchor: "fld_audit", field: "state", title: "Audit", workflow: "bid_way", region: "audit" },
    },
    required: ["title"],
  },
  {
    $schema: "urn:trellis:workflow:1",
    id: "bid_way",
    description: "Kept within the cost price",
    context: { cost_limit: 10 },
    type: "parallel",
    states: {
      main: {
        initial: "draft",
        states: {
          draft: {
            entry: [{ type: "record.update", params: { set: { cost: "7" } } }],
            on: {
              "bid.send": [
                {
                  target: "sent",
                  guard: { type: "expr", params: { cel: "record.cost > 50 && record.place == 'Kobe'" } },
                  meta: { id: "tr_send", title: "Send", form: [{ field: "cost" }, { field: "place" }] },
                },
              ],
              "bid.cheat": [{ target: "sent", meta: { id: "tr_cheat", title: "Cost nothing" } }],
            },
            after: {
              wait: [{ guard: { type: "expr", params: { cel: "record.cost > 1" } }, meta: { id: "tr_wait" } }],
            },
            meta: { id: "st_draft", title: "Draft" },
          },
          sent: { meta: { id: "st_sent", title: "Sent", requires: ["title", "cost"] }, tags: ["end"] },
        },
        meta: { id: "rg_main", title: "Main", main: true },
      },
      audit: {
        initial: "unseen",
        states: { unseen: { meta: { id: "st_unseen", title: "Audit of the cost" } } },
        meta: { id: "rg_audit", title: "Audit" },
      },
    },
    meta: {
      id: "wf_bid_way",
      title: "Way of a bid",
      format: "wf/1",
      kind: "pipeline",
      entity: "bid",
      events: {
        "bid.send": { title: "Send", source: "user" },
        "bid.cheat": { title: "Cost nothing", source: "user", right: "bid.cheat" },
      },
      delays: { wait: { title: "As the cost says", at: { cel: "record.created_at + duration('P1D')" } } },
    },
  },
  {
    $schema: "urn:trellis:role:1",
    $id: "clerk",
    $anchor: "rol_clerk",
    title: "Clerk",
    entities: {
      bid: {
        create: "all",
        read: "all",
        update: "all",
        fields: { cost: { read: "none", write: "none" }, audit: { read: "none" } },
        events: { "bid.cheat": "none" },
      },
    },
  },
  {
    $schema: "urn:trellis:role:1",
    $id: "scribe",
    $anchor: "rol_scribe",
    title: "Scribe",
    entities: { bid: { create: "all", read: "all", update: "all", fields: { stage: { read: "none" } } } },
  },
] as unknown as readonly AnyDocument[];

let w: World;
let clerk: Client;

beforeAll(async () => {
  w = await world({ documents });
  clerk = await w.user("Ken", { roles: ["clerk"] });
});
afterAll(() => w.close());

const workflowFor = async (client: Client) => (await client.get("/api/model")).json.workflows[0];

test("a reader knows the states that she sees and the moves that she may make, and nothing of what is behind them", async () => {
  const told = await workflowFor(clerk);
  expect(JSON.stringify(told)).not.toMatch(/cost/i);
  expect(told).toEqual({
    $schema: "urn:trellis:workflow:1",
    id: "bid_way",
    type: "parallel",
    states: {
      main: {
        initial: "draft",
        states: {
          draft: {
            on: {
              "bid.send": [{ target: "sent", meta: { id: "tr_send", title: "Send", form: [{ field: "place" }] } }],
            },
            meta: { id: "st_draft", title: "Draft" },
          },
          sent: { tags: ["end"], meta: { id: "st_sent", title: "Sent", requires: ["title"] } },
        },
        meta: { id: "rg_main", title: "Main", main: true },
      },
    },
    meta: {
      id: "wf_bid_way",
      title: "Way of a bid",
      format: "wf/1",
      kind: "pipeline",
      entity: "bid",
      events: { "bid.send": { title: "Send", source: "user" } },
    },
    order: ["draft", "sent"],
    aside: [],
    regions: {},
  });
});

test("who designs workflows has the whole of them", async () => {
  const told = await workflowFor(w.admin);
  expect(told).toMatchObject({ context: { cost_limit: 10 }, regions: { audit: ["unseen"] } });
  expect(told.states.main.states.draft.on["bid.send"][0].guard.params.cel).toContain("record.cost");
});

test("the interface as its caller may use it names neither what is hidden nor what she may not send", async () => {
  const told = (await clerk.get("/api/openapi.json")).text;
  expect(told.split("bid.send")).toHaveLength(2);
  expect(/cost|bid\.cheat|"audit"/i.exec(told)).toBeNull();
});

test("why a move is not open is told without what is hidden", async () => {
  const { id } = (await clerk.post("/api/records/bid", { title: "Crane" })).json;
  const send = (offers: any[]) => offers.find(({ type }) => type === "bid.send").blocked[0];
  const hers = await clerk.get(`/api/records/bid/${id}/events`);
  expect(send(hers.json)).toEqual({
    code: "guard.fails",
    guard: null,
    why: `What stands against it is not shown to you; record.place == 'Kobe' (Place is empty)`,
  });
  const refused = await clerk.post(`/api/records/bid/${id}/events`, { type: "bid.send" });
  expect([refused.status, refused.text.includes("ost")]).toEqual([409, false]);
  const all = send((await w.admin.get(`/api/records/bid/${id}/events`)).json);
  expect(all.guard).toContain("record.cost > 50");
  expect(all.why).toContain("Cost price is ");
});

test("why a move is refused names the state to who reads it", async () => {
  const scribe = await w.user("Yui", { roles: ["scribe"] });
  const { id } = (await w.admin.post("/api/records/bid", { title: "Quay" })).json;
  const cheat = (by: Client) => by.post(`/api/records/bid/${id}/events`, { type: "bid.cheat" });
  expect((await cheat(scribe)).status).toBe(200);
  expect([(await cheat(w.admin)).json.detail, (await cheat(scribe)).json.detail]).toEqual([
    '"Cost nothing" leads nowhere from Sent.',
    '"Cost nothing" leads nowhere from where this stands.',
  ]);
});
