import type { WorkflowDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fireDue } from "../../runtime/store/fire.ts";
import { publish } from "../../runtime/store/publish.ts";
import {
  dealFlow,
  dealStates,
  quoteFlow,
  requestFlow,
  state,
  taskDocuments,
  to,
  when,
} from "../fixtures/process-tasks.ts";
import { world, type Client, type World } from "../world.ts";

/**
 * The tasks of people that speak of processes, approvals and time, each by its id in `shared/tasks/tasks.jsonl`, through
 * the API alone. Those of clocks are in `clocks.test.ts`; what needs mail, a portal or routing is with those.
 */

let w: World;
let manager: Client;
/** Who approves, by the titles of what they are asked. */
const levels = new Map<string, Client>();
beforeAll(async () => {
  w = await world({ documents: [...taskDocuments] });
  manager = await w.user("Mari", { roles: ["manager"] });
  levels.set("Level 1", manager);
  levels.set("Level 2", await w.user("Dora", { roles: ["director"] }));
  levels.set("Level 3", await w.user("Bea", { roles: ["board"] }));
});
afterAll(() => w.close());

const tokyo = (moment: string) => new Date(`2026-${moment}:00+09:00`);
async function at(moment: string): Promise<void> {
  w.clock.set(tokyo(moment));
  for (let more = true; more;) {
    const { count, failures } = await fireDue(w.workspace, w.clock.now());
    expect(failures).toEqual([]);
    more = count > 0;
  }
}
async function made(of: string, values: object): Promise<string> {
  const answer = await w.admin.post(`/api/records/${of}`, { name: of, owner: w.admin.id, ...values });
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id;
}
const sending = (id: string, type: string) => w.admin.post(`/api/records/${type.split(".")[0]}/${id}/events`, { type });
async function sent(id: string, type: string) {
  const answer = await sending(id, type);
  expect(answer.status, answer.text).toBe(200);
}
async function change(of: string, id: string, values: object) {
  const { version } = (await w.admin.get(`/api/records/${of}/${id}`)).json;
  const answer = await w.admin.patch(`/api/records/${of}/${id}`, values, { "if-match": `"${version}"` });
  expect(answer.status, answer.text).toBe(200);
}
const stage = async (of: string, id: string) => (await w.admin.get(`/api/records/${of}/${id}`)).json.stage;
const told = async (by: Client, id: string) =>
  (await by.get("/api/notifications")).json.items.filter((it: any) => it.record === id).map((it: any) => it.title);
const waits = async (id: string) =>
  (await w.admin.get(`/api/records/request/${id}/run`)).json.waits.map((it: any) => [it.title, it.due_at]);
const tasksOf = async (id: string) => (await w.admin.get(`/api/tasks?of=all&record=${id}&status=active`)).json.items;
async function publishes(document: WorkflowDocument, more: object = {}) {
  const others = w.workspace.model.documents.filter((it) => !("id" in it) || it.id !== document.id);
  const given = { documents: [...others, document], reason: "Test", author: w.admin.id, now: w.clock.now(), ...more };
  return (await publish(w.workspace, given)).version;
}

describe("time-limit-in-state", () => {
  test("warns after half of its business hours, and moves on by itself when all are over", async () => {
    await at("05-01T14:00");
    const id = await made("request", {});
    await sent(id, "request.send");
    await at("05-01T15:59");
    expect(await told(w.admin, id)).toEqual([]);
    await at("05-01T16:00");
    expect([await told(w.admin, id), await stage("request", id)]).toEqual([["Half of it is over"], "pending"]);
    await at("05-01T18:00");
    expect([await told(manager, id), await stage("request", id)]).toEqual([["It is over"], "overdue"]);
    const { steps } = (await w.admin.get(`/api/records/request/${id}/run`)).json;
    expect(steps[0]).toMatchObject({ by: null, cause: { type: "timer", title: "The limit" }, to: { key: "overdue" } });
  });

  test("counts over weekends and holidays; who leaves stops it, who comes back begins anew", async () => {
    w.clock.set(tokyo("05-01T16:30"));
    const id = await made("request", {});
    await sent(id, "request.send");
    const due = (warn: string, limit: string) => [
      ["Two hours", tokyo(warn).toISOString()],
      ["The limit", tokyo(limit).toISOString()],
    ];
    expect(await waits(id)).toEqual(due("05-07T09:30", "05-07T11:30"));
    w.clock.set(tokyo("05-01T17:00"));
    await sent(id, "request.back");
    expect(await waits(id)).toEqual([]);
    await sent(id, "request.send");
    expect(await waits(id)).toEqual(due("05-07T10:00", "05-07T12:00"));
  });

  test("a limit that changes is asked of those that run: they keep theirs, or follow it, and go back with it", async () => {
    w.clock.set(tokyo("06-08T10:00"));
    const id = await made("request", {});
    await sent(id, "request.send");
    w.clock.set(tokyo("06-08T11:00"));
    const limit = async () => (await waits(id)).at(-1);
    const due = (hour: string) => ["The limit", tokyo(`06-08T${hour}:00`).toISOString()];
    const changed = async (hours: string, follows: boolean) => {
      const change = (await w.admin.post("/api/changes", { reason: "Another limit" })).json.id;
      await w.admin.send("PUT", `/api/documents/workflow/request?change=${change}`, { body: requestFlow(hours) });
      const planned = async () => (await w.admin.post(`/api/changes/${change}/plan`, {})).json.waits;
      const asked = { workflow: "request", delay: "limit", title: "The limit", count: expect.any(Number) };
      expect(await planned()).toEqual([{ ...asked, follows: false }]);
      if (follows) {
        const mappings = { wf_request: { "delays/limit": "follow" } };
        expect((await w.admin.patch(`/api/changes/${change}`, { mappings })).status).toBe(200);
        expect(await planned()).toEqual([{ ...asked, follows: true }]);
      }
      const published = await w.admin.post(`/api/changes/${change}/publish`, {});
      expect(published.status, published.text).toBe(200);
      return published.json.version;
    };
    await changed("PT5H", false);
    expect(await limit()).toEqual(due("14"));
    const version = await changed("PT6H", true);
    expect(await limit()).toEqual(due("16"));
    const undone = await w.admin.post(`/api/changes/versions/${version}/undo`, {});
    expect(undone.status, undone.text).toBe(200);
    expect(await limit()).toEqual(due("15"));
    const change = (await w.admin.post("/api/changes", {})).json.id;
    for (const wrong of [{ "delays/lim": "follow" }, { "delays/limit": "keep" }]) {
      const refused = await w.admin.patch(`/api/changes/${change}`, { mappings: { wf_request: wrong } });
      expect(refused.json.code).toBe("mapping.wait");
    }
    await at("06-08T15:00");
    expect(await stage("request", id)).toBe("overdue");
  });
});

describe("discount-matrix-approval", () => {
  /** Submits a quote, and has everybody approve who is asked; answers how many were. */
  async function approved(id: string): Promise<number> {
    await sent(id, "quote.submit");
    for (let asked = 0; ; asked++) {
      const [task] = await tasksOf(id);
      if (!task) return asked;
      const answer = await levels
        .get(task.title)!
        .post(`/api/tasks/${task.id}/complete`, { values: { decision: "approve" } });
      expect(answer.status, answer.text).toBe(200);
    }
  }

  test("asks as many levels as the discount is high, exact at the edges; later only what is missing", async () => {
    const asked: number[] = [];
    for (const discount of ["10", "10.01", "20", "20.01", "30", "30.01"])
      asked.push(await approved(await made("quote", { discount })));
    expect(asked).toEqual([0, 1, 1, 2, 2, 3]);
    const id = await made("quote", { discount: "20" });
    expect(await approved(id)).toBe(1);
    await change("quote", id, { discount: "25" });
    expect(await approved(id), "the manager has said yes before").toBe(1);
    await change("quote", id, { discount: "15" });
    expect(await approved(id)).toBe(0);
  });

  test("a tier that changes holds for what is submitted later; who waits keeps the way", async () => {
    const pending = await made("quote", { discount: "11" });
    await sent(pending, "quote.submit");
    expect(await tasksOf(pending)).toHaveLength(1);
    await publishes(quoteFlow(12));
    expect([await stage("quote", pending), (await tasksOf(pending)).length]).toEqual(["manager", 1]);
    expect(await approved(await made("quote", { discount: "11" }))).toBe(0);
    expect(await approved(await made("quote", { discount: "12.01" }))).toBe(1);
  });
});

describe("stale-deal-policy", () => {
  test("a silence of 14 days makes one task, one of 21 days is told to the manager, a call ends both", async () => {
    await at("06-01T07:00");
    const heard = (day: string) => ({ heard_at: tokyo(day).toISOString() });
    const [d13, d14, d20] = [
      await made("offer", heard("05-19T08:00")),
      await made("offer", heard("05-18T08:00")),
      await made("offer", heard("05-12T08:00")),
    ];
    const won = await made("offer", heard("05-02T07:00"));
    await sent(won, "offer.win");
    const count = async () => Promise.all([d13, d14, d20, won].map(async (id) => (await tasksOf(id)).length));
    // The server is down at eight, and back at ten.
    await at("06-01T10:00");
    expect(await count()).toEqual([0, 1, 1, 0]);
    const filter = "stage == 'open' && heard_at <= now - duration('P13D') && heard_at > now - duration('P14D')";
    const tomorrow = (await w.admin.get(`/api/records/offer?${new URLSearchParams({ filter })}`)).json.items;
    expect(tomorrow.map(({ id }: any) => id)).toEqual([d13]);
    expect((await tasksOf(d14))[0].due_at).toBe(tokyo("06-03T10:00").toISOString());
    expect(await told(manager, d20)).toEqual([]);
    await at("06-02T08:00");
    expect(await count()).toEqual([1, 1, 1, 0]);
    expect([await told(manager, d20), await told(manager, d14)]).toEqual([["Silent"], []]);
    await change("offer", d14, heard("06-02T08:00"));
    expect(await count()).toEqual([1, 0, 1, 0]);
    await at("06-09T12:00");
    expect(await told(manager, d14)).toEqual([]);
    expect(await told(manager, d20), "nobody is told twice").toEqual(["Silent"]);
  });
});

describe("insert-step-into-running-process", () => {
  const legal = state("st_legal", {
    invoke: {
      id: "review",
      src: "human.task",
      input: { role: "legal", title: "Review" },
      onDone: [to("tr_reviewed", "closed")],
    },
  });
  const after = dealFlow(
    dealStates(
      {
        "deal.close": [to("tr_close", "closed", when("record.amount <= 1000000")), to("tr_legal", "legal")],
      },
      { legal },
    ),
    [],
  );

  test("those inside go on, large ones through the new step, and nobody is lost on the way back", async () => {
    const inside = async (amount: string, ...types: readonly string[]) => {
      const id = await made("deal", { amount });
      for (const type of types) await sent(id, type);
      return id;
    };
    const proposed = await inside("5");
    const [large, small] = [await inside("2000000", "deal.on"), await inside("500000", "deal.on")];
    const asking = await inside("3000000", "deal.on", "deal.ask");
    const before = w.workspace.model.version;
    const change = (await w.admin.post("/api/changes", { reason: "Legal" })).json.id;
    await w.admin.send("PUT", `/api/documents/workflow/deal?change=${change}`, { body: after });
    const { runs } = (await w.admin.post(`/api/changes/${change}/plan`, {})).json;
    expect(runs.map((it: any) => [it.state, it.count, it.to])).toEqual([
      ["propose", 1, "propose"],
      ["negotiate", 2, "negotiate"],
      ["asking", 1, "asking"],
    ]);
    const published = await w.admin.post(`/api/changes/${change}/publish`, {});
    expect(published.status, published.text).toBe(200);
    await sent(large, "deal.close");
    await sent(small, "deal.close");
    expect(await Promise.all([large, small, proposed].map((id) => stage("deal", id)))).toEqual([
      "legal",
      "closed",
      "propose",
    ]);
    expect((await sending(large, "deal.close")).json.code).toBe("event.refused");
    expect((await tasksOf(large)).map((it: any) => it.title)).toEqual(["Review"]);
    const [approval] = await tasksOf(asking);
    expect((await manager.post(`/api/tasks/${approval.id}/complete`, { values: {} })).status).toBe(200);
    await sent(asking, "deal.close");
    expect(await stage("deal", asking)).toBe("legal");
    const { steps } = (await w.admin.get(`/api/records/deal/${asking}/run`)).json;
    expect(steps.map((it: any) => [it.to.key, it.version])).toEqual([
      ["legal", published.json.version],
      ["negotiate", published.json.version],
      ["asking", before],
      ["negotiate", before],
      ["propose", before],
    ]);
    const undo = (body: object) => w.admin.post(`/api/changes/versions/${published.json.version}/undo`, body);
    expect((await undo({})).json.code).toBe("undo.needs_mapping");
    const back = await undo({ mapping: { legal: "negotiate" } });
    expect(back.status, back.text).toBeLessThan(300);
    expect([await stage("deal", large), await tasksOf(large)]).toEqual(["negotiate", []]);
    await sent(large, "deal.close");
    expect(await stage("deal", large)).toBe("closed");
  });
});
