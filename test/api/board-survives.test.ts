import { afterAll, beforeAll, expect, test } from "vitest";
import { settled } from "../fixtures/stones.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
let ken: Client;
let cards: string[];

beforeAll(async () => {
  w = await world({ templates: ["core", "sales"] });
  ken = await w.user("Ken", { roles: ["sales_manager"] });
  cards = [];
  for (let at = 0; at < 5; at++) {
    const made = await ken.post("/api/records/deal", { title: `Card ${at}` });
    const { id } = made.json;
    for (const type of ["deal.advance", "deal.propose", ...(at < 4 ? ["deal.negotiate"] : [])])
      expect((await ken.post(`/api/records/deal/${id}/events`, { type })).status).toBe(200);
    cards.push(id);
  }
});
afterAll(() => w.close());

const document = async (kind: string, name: string) => (await w.admin.get(`/api/documents/${kind}/${name}`)).json;
const publish = async (documents: readonly (readonly [kind: string, name: string, body: any])[]) => {
  const { id } = (await w.admin.post("/api/changes", { reason: "Test" })).json;
  for (const [kind, name, body] of documents) {
    const put = await w.admin.send("PUT", `/api/documents/${kind}/${name}?change=${id}`, { body });
    expect(put.status, put.text).toBe(200);
  }
  const plan = (await w.admin.post(`/api/changes/${id}/plan`, {})).json;
  const answer = await settled(w, await w.admin.post(`/api/changes/${id}/publish`, {}));
  expect(answer.status, answer.text).toBe(200);
  return plan;
};
const board = async (by: Client) => {
  const { views, workflows } = (await by.get("/api/model")).json;
  const view = views.find((it: any) => it.$anchor === "view_deal_board");
  const { rows } = (await by.post("/api/records/deal/aggregate", { group: [view.group], measures: { n: "count()" } }))
    .json;
  const counts = Object.fromEntries(rows.map((it: any) => [it[view.group], it.n]));
  const [flow] = workflows.filter((it: any) => it.id === "deal_pipeline");
  return { title: view.title, type: view.type, columns: flow.order as string[], counts };
};

test("a board that is called otherwise is still a board, for every user", async () => {
  const before = await board(ken);
  await publish([["view", "deal_board", { ...(await document("view", "deal_board")), title: "East board" }]]);
  for (const by of [w.admin, ken]) expect(await board(by)).toEqual({ ...before, title: "East board" });
});

test("a new stage is an empty column, and a renamed one keeps its cards, its filters and its reports", async () => {
  await publish([
    [
      "view",
      "hot",
      {
        $schema: "urn:trellis:view:1",
        $id: "hot",
        $anchor: "view_hot",
        title: "Hot",
        entity: "deal",
        type: "table",
        filter: { cel: "stage == 'negotiating'" },
      },
    ],
  ]);
  const flow = await document("workflow", "deal_pipeline");
  const open = flow.states.sale.states.open;
  const { negotiating, ...others } = open.states;
  const trial = {
    on: { "deal.negotiate": [{ target: "closing", meta: { id: "tr_trial_ends" } }] },
    tags: ["open"],
    meta: { id: "st_trial", title: "Trial" },
  };
  const closing = { ...negotiating, meta: { ...negotiating.meta, title: "Closing" } };
  // What stood behind the proposal stays behind the renamed stage; nothing else of the workflow is written anew.
  const states = Object.entries<any>(others).flatMap(([key, state]) =>
    key === "proposing"
      ? [
          [key, state],
          ["trial", trial],
          ["closing", closing],
        ]
      : [[key, state]],
  );
  open.states = Object.fromEntries(states);
  open.states.proposing.on["deal.try"] = [{ target: "trial", meta: { id: "tr_try" } }];
  flow.meta.events["deal.try"] = { title: "Try", source: "user" };
  const plan = await publish([["workflow", "deal_pipeline", flow]]);
  const differences = plan.documents.find((it: any) => it.kind === "workflow").differences.map((it: any) => it.title);
  expect(differences).toEqual(
    expect.arrayContaining([
      'State "Trial" is new.',
      'State "Closing" is called "closing" now, no longer "negotiating".',
      'State "Negotiating": title is "Closing" now, no longer "Negotiating".',
    ]),
  );
  expect(plan.rewrites).toContainEqual(
    expect.objectContaining({ kind: "view", name: "hot", after: "stage == 'closing'" }),
  );

  const { columns, counts } = await board(ken);
  const at = columns.indexOf("proposing");
  expect(columns.slice(at, at + 3)).toEqual(["proposing", "trial", "closing"]);
  expect(counts).toEqual({ proposing: 1, closing: 4 });
  const { filter } = await document("view", "hot");
  const query = new URLSearchParams({ filter: filter.cel, count: "exact" });
  expect((await ken.get(`/api/records/deal?${query}`)).json.count.value).toBe(4);
});

test("a card is moved to the new stage, and the history has the entry", async () => {
  const [card] = cards.slice(4);
  const moved = await ken.post(`/api/records/deal/${card}/events`, { type: "deal.try" });
  expect([moved.status, moved.json.stage]).toEqual([200, "trial"]);
  const [first] = (await w.admin.get(`/api/records/deal/${card}/history`)).json.items;
  expect(first).toMatchObject({ act: "move", before: { stage: "proposing" }, after: { stage: "trial" } });
  expect((await board(ken)).counts).toEqual({ trial: 1, closing: 4 });
});
