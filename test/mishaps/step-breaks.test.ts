import type { WorkflowDocument } from "schemas";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { useForm } from "../../runtime/database/form.ts";
import { fireDue } from "../../runtime/store/fire.ts";
import { breaking } from "../fixtures/breaking.ts";
import { errands, plainErrandDocuments } from "../fixtures/errands.ts";
import { brokenLaws } from "../fixtures/invariants.ts";
import { purchaseDocuments } from "../fixtures/purchase.ts";
import { voyageDocuments } from "../fixtures/voyage.ts";
import { dump } from "../harbour.ts";
import { world, type World } from "../world.ts";

/** A process on voyages: somebody looks at the ship, and at the end of a day nobody has to any more. */
const inspection = {
  $schema: "urn:trellis:workflow:1",
  id: "inspection",
  context: {},
  initial: "looking",
  states: {
    looking: {
      entry: [{ type: "record.update", params: { set: { remark: "Looked at" } } }],
      after: { day: [{ target: "over", meta: { id: "tr_over" } }] },
      invoke: {
        id: "look_task",
        src: "human.task",
        input: { title: "Look", assignee: { cel: "record.owner" } },
        onDone: [{ target: "over", meta: { id: "tr_seen" } }],
      },
      meta: { id: "st_looking", title: "Looking" },
    },
    over: { type: "final", meta: { id: "st_over", title: "Over" } },
  },
  meta: {
    id: "wf_inspection",
    title: "Inspection",
    format: "wf/1",
    kind: "process",
    entity: "voyage",
    events: {},
    delays: { day: { title: "A day", duration: "P1D" } },
  },
} as unknown as WorkflowDocument;

let w: World;
beforeAll(async () => {
  w = await world({ documents: [...voyageDocuments, ...purchaseDocuments, ...plainErrandDocuments, inspection] });
});
afterAll(() => w.close());
afterEach(async () => expect(await brokenLaws(w)).toEqual([]));

const ephemeral = ["_idempotency"];
async function voyage(): Promise<string> {
  const { json } = await w.admin.post("/api/records/voyage", { name: "Vega", cargo: 5, due_on: "2026-05-01" });
  return json.id;
}

/**
 * How parts travel, when it breaks, and how many statements a move has at least before its last; where they travel
 * joined, the answer to the last one before the commit comes when the commit is on its way already.
 */
const ways = [
  ["joined", "before", 3],
  ["joined", "after", 1],
  ["single", "before", 8],
  ["single", "after", 8],
] as const;

describe.each(ways)("where parts travel %s, a connection that breaks %s any statement", (form, when, most) => {
  beforeAll(() => useForm(form));
  afterAll(() => useForm("joined"));

  test("of a person's move leaves the move undone or done as a whole, and the next try finds it so", async () => {
    let [whole, nothing] = [0, 0];
    for (let at = 1; ; at++) {
      const id = await voyage();
      const before = await dump(w, ephemeral);
      const send = () => w.admin.post(`/api/records/voyage/${id}/events`, { type: "voyage.sail" });
      const { broken } = await breaking(w, { at, when }, send);
      const [run] = await w.sql("select state, revision from {ws}._run where record = $1", [id]);
      const journal = await w.sql(
        "select 1 from {ws}._journal j join {ws}._run r on r.id = j.run where r.record = $1",
        [id],
      );
      expect(journal).toHaveLength(run.revision);
      if (run.state === "loading") {
        nothing++;
        expect(await dump(w, ephemeral)).toEqual(before);
        expect((await send()).status).toBe(200);
      } else {
        whole++;
        expect((await send()).status).toBe(409);
      }
      expect((await w.admin.get(`/api/records/voyage/${id}`)).json).toMatchObject({
        course: "sailing",
        customs: "declared",
      });
      const timers = await w.sql(
        "select name from {ws}._timer t join {ws}._run r on r.id = t.run where r.record = $1",
        [id],
      );
      expect(timers).toEqual([{ name: "xstate.after.overdue.st_sailing" }]);
      if (!broken) break;
    }
    expect(nothing).toBeGreaterThan(most);
    expect(whole).toBeGreaterThan(0);
  });

  test.runIf(form === "joined" || when === "after")(
    "of a record that begins leaves no record, or one with its run, its wait and its history",
    async () => {
      let [whole, nothing] = [0, 0];
      for (let at = 1; ; at++) {
        const before = await dump(w, ephemeral);
        const { broken } = await breaking(w, { at, when }, () =>
          w.admin.post("/api/records/voyage", { name: `Altair ${form} ${when} ${at}`, cargo: 5 }),
        );
        const made = await w.sql(
          `select r.revision, (select count(*)::int from {ws}._timer t where t.run = r.id) as waits,
           (select count(*)::int from {ws}._history h where h.record = v.id) as history
         from {ws}.voyage v left join {ws}._run r on r.record = v.id where v.name = $1`,
          [`Altair ${form} ${when} ${at}`],
        );
        if (made.length === 0) {
          nothing++;
          expect(await dump(w, ephemeral)).toEqual(before);
        } else {
          whole++;
          expect(made).toEqual([{ revision: 1, waits: 1, history: 1 }]);
        }
        if (!broken) break;
      }
      expect([nothing > 0, whole > 0]).toEqual([true, true]);
    },
  );

  test.runIf(form === "joined")(
    "of a process that somebody begins leaves none, or one with its task, its wait and what it has written",
    async () => {
      let [whole, nothing] = [0, 0];
      for (let at = 1; ; at++) {
        const id = await voyage();
        const before = await dump(w, ephemeral);
        const begin = () => w.admin.post(`/api/records/voyage/${id}/runs`, { workflow: "inspection" });
        const { broken } = await breaking(w, { at, when }, begin);
        const begun = await w.sql(
          `select r.revision, (select count(*)::int from {ws}._timer t where t.run = r.id) as waits,
           (select count(*)::int from {ws}._task k where k.run = r.id) as tasks
         from {ws}._run r where r.record = $1 and r.workflow = 'inspection'`,
          [id],
        );
        const { remark } = (await w.admin.get(`/api/records/voyage/${id}`)).json;
        if (begun.length === 0) {
          nothing++;
          expect(await dump(w, ephemeral)).toEqual(before);
          expect((await begin()).status).toBe(201);
        } else {
          whole++;
          expect([begun, remark]).toEqual([[{ revision: 1, waits: 1, tasks: 1 }], "Looked at"]);
          expect((await begin()).status).toBe(409);
        }
        if (!broken) break;
      }
      expect([nothing > 0, whole > 0]).toEqual([true, true]);
    },
  );

  test.each(form === "joined" ? (["batch", "single"] as const) : (["batch"] as const))(
    "of a worker's %s moves leaves each timer as it was or rung once",
    async (by) => {
      const later = new Date(w.clock.now().getTime() + 15 * 86_400_000);
      for (let at = 1; ; at++) {
        await w.sql("delete from {ws}._timer");
        const ids = [await voyage(), await voyage()];
        const { broken } = await breaking(w, { at, when }, () => fireDue(w.workspace, later, by));
        // A backend that was ended lets go of its rows a moment after its client has heard of it.
        const told = async () => {
          while ((await fireDue(w.workspace, new Date(later.getTime() + 3_600_000))).count > 0);
          return w.sql(
            "select count(*)::int as n, count(distinct record)::int as records from {ws}._notification where record = any($1)",
            [ids],
          );
        };
        await expect.poll(told, { timeout: 30_000, message: `statement ${at}` }).toEqual([{ n: 2, records: 2 }]);
        expect(await w.sql("select 1 from {ws}._timer")).toEqual([]);
        if (!broken) break;
      }
    },
  );
});

test.each(["before", "after"] as const)(
  "a connection that breaks %s any statement of a wave leaves all of it as it was, or moved once",
  async (when) => {
    const later = new Date(w.clock.now().getTime() + 86_400_000);
    let [whole, nothing] = [0, 0];
    let ids = await errands(w, 130);
    for (let at = 1; ; at++) {
      const { broken } = await breaking(w, { at, when }, () => fireDue(w.workspace, later, "cohort"));
      const stand = await w.sql(
        "select revision, count(*)::int as n from {ws}._run where record = any($1) group by 1",
        [ids],
      );
      const moved = stand[0]?.revision === 2;
      expect(stand, `statement ${at}`).toEqual([{ revision: moved ? 2 : 1, n: ids.length }]);
      if (moved) whole++;
      else nothing++;
      if (!broken) break;
      if (moved) ids = await errands(w, 130);
    }
    expect([nothing > 1, whole > 0]).toEqual([true, true]);
  },
);

test.each(["before", "after"] as const)(
  "a connection that breaks %s any statement while a task is done leaves it open, or done with what follows once",
  async (when) => {
    const buyer = await w.user("Bo", { roles: ["buyer"] });
    let [whole, nothing] = [0, 0];
    for (let at = 1; ; at++) {
      const { id } = (await w.admin.post("/api/records/purchase", { title: "Lorry", amount: "5000" })).json;
      await w.admin.post(`/api/records/purchase/${id}/events`, { type: "purchase.submit" });
      const list = async () => (await w.admin.get(`/api/tasks?of=all&status=all&record=${id}`)).json.items;
      const [{ id: task }] = await list();
      const { broken } = await breaking(w, { at, when }, () =>
        buyer.post(`/api/tasks/${task}/complete`, { values: { decision: "approve" } }),
      );
      const told = (await list()).map(({ invocation, status }: any) => `${invocation} ${status}`).sort();
      const { stage } = (await w.admin.get(`/api/records/purchase/${id}`)).json;
      const done = stage === "decision";
      expect(told).toEqual(done ? ["decision_task open", "review_task done"] : ["review_task open"]);
      if (done) whole++;
      else nothing++;
      if (!broken) break;
    }
    expect(nothing).toBeGreaterThan(3);
    expect(whole).toBeGreaterThan(0);
  },
);
