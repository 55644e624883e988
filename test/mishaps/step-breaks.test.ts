import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { useForm } from "../../runtime/database/form.ts";
import { fireDue } from "../../runtime/store/fire.ts";
import { purchaseDocuments } from "../fixtures/purchase.ts";
import { voyageDocuments } from "../fixtures/voyage.ts";
import { dump } from "../harbour.ts";
import { world, type World } from "../world.ts";

let w: World;
beforeAll(async () => {
  w = await world({ documents: [...voyageDocuments, ...purchaseDocuments] });
});
afterAll(() => w.close());
afterEach(() => vi.restoreAllMocks());

class Broken extends Error {}

/**
 * Breaks the connection at the statement with this number, before it is sent or after it was answered, as a process that
 * dies there would. Answers how many statements went through in all, and whether it came to that one.
 */
async function breaking(at: number, when: "before" | "after", work: () => Promise<unknown>) {
  let count = 0;
  let broken = false;
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const connect = w.pool.connect.bind(w.pool) as (callback?: unknown) => Promise<any>;
  const wrapped = async () => {
    const connection = await connect();
    const query = connection.query;
    connection.query = async (...given: unknown[]) => {
      if (broken) throw new Broken();
      const own = (count += 1);
      if (own === at && when === "before") broken = true;
      const result = broken ? undefined : await query.apply(connection, given);
      if (own === at) broken = true;
      if (!broken) return result;
      // The server is rid of the connection before anybody looks: what it had not committed is gone.
      await query.call(connection, "select pg_terminate_backend(pg_backend_pid())").catch(() => undefined);
      throw new Broken();
    };
    const release = connection.release;
    connection.release = (error?: unknown) => {
      connection.query = query;
      connection.release = release;
      release.call(connection, broken ? new Broken() : error);
    };
    return connection;
  };
  // A lone query of the pool asks with a callback; only transactions are broken.
  vi.spyOn(w.pool, "connect").mockImplementation(((callback?: unknown) =>
    callback === undefined ? wrapped() : connect(callback)) as never);
  const failed = await work().then(
    () => false,
    () => true,
  );
  vi.restoreAllMocks();
  return { count, broken, failed };
}

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
  ["joined", "after", 2],
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
      const { broken } = await breaking(at, when, send);
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

  test("of a worker's batch leaves each timer as it was or rung once", async () => {
    const later = new Date(w.clock.now().getTime() + 15 * 86_400_000);
    for (let at = 1; ; at++) {
      await w.sql("delete from {ws}._timer");
      const ids = [await voyage(), await voyage()];
      const { broken } = await breaking(at, when, () => fireDue(w.workspace, later));
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
  });
});

test("a connection that breaks anywhere while a task is done leaves it open, or done with what follows once", async () => {
  const buyer = await w.user("Bo", { roles: ["buyer"] });
  let [whole, nothing] = [0, 0];
  for (let at = 1; ; at++) {
    const { id } = (await w.admin.post("/api/records/purchase", { title: "Lorry", amount: "5000" })).json;
    await w.admin.post(`/api/records/purchase/${id}/events`, { type: "purchase.submit" });
    const list = async () => (await w.admin.get(`/api/tasks?of=all&status=all&record=${id}`)).json.items;
    const [{ id: task }] = await list();
    const { broken } = await breaking(at, "after", () =>
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
});
