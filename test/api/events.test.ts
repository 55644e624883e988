import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { world, type Client, type World } from "../world.ts";

let w: World;
let company: string;

beforeAll(async () => {
  w = await world({ templates: ["core", "sales"] });
  company = (await w.admin.post("/api/records/company", { name: "Brightwater" })).json.id;
});
afterAll(() => w.close());

async function deal(values: object = {}, by: Client = w.admin): Promise<string> {
  const answer = await by.post("/api/records/deal", { title: "Pilot", ...values });
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id;
}
const send = (id: string, body: object, by: Client = w.admin, headers: Record<string, string> = {}) =>
  by.post(`/api/records/deal/${id}/events`, body, headers);
const read = async (id: string) => (await w.admin.get(`/api/records/deal/${id}`)).json;
const counts = async () =>
  (
    await w.sql(`select (select count(*) from {ws}._history)::int as history, (select count(*) from {ws}._event)::int as events,
    (select count(*) from {ws}._journal)::int as journal, (select count(*) from {ws}.task)::int as tasks,
    (select count(*) from {ws}._operation)::int as operations`)
  )[0];

describe("a record with a workflow", () => {
  test("begins in the first state, with a run of its own", async () => {
    const id = await deal();
    expect((await read(id)).stage).toBe("prospecting");
    expect(await w.sql("select state, revision from {ws}._run where record = $1", [id])).toEqual([
      { state: "prospecting", revision: 1 },
    ]);
  });

  test("offers its moves, with what they ask for and what follows", async () => {
    const id = await deal();
    await send(id, { type: "deal.advance" });
    const { json } = await w.admin.get(`/api/records/deal/${id}/events`);
    const win = json.find(({ type }: any) => type === "deal.win");
    expect(win).toMatchObject({
      title: "Mark as won",
      workflow: "deal_pipeline",
      target: "won",
      allowed: true,
      blocked: [],
    });
    expect(win.form.map(({ field }: any) => field).sort()).toEqual(["amount", "close_date", "company"]);
    expect(win.follows).toEqual(["Task: Hand over Pilot"]);
    const lose = json.find(({ type }: any) => type === "deal.lose");
    expect(lose.form).toEqual([{ field: "lost_reason", required: true }]);
  });

  test("moves with the values of the form, its history and the task that follows, in one operation", async () => {
    const id = await deal();
    await send(id, { type: "deal.advance" });
    const values = { company, amount: { amount: "900", currency: "USD" }, close_date: "2026-04-01" };
    const answer = await send(id, { type: "deal.win", values });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json).toMatchObject({ stage: "won", probability: "100", company });
    const operation = answer.headers.get("trellis-operation");
    const [task] = await w.sql(
      "select subject, about_entity, about_id, due, owner from {ws}.task where about_id = $1",
      [id],
    );
    expect(task).toMatchObject({
      subject: "Hand over Pilot",
      about_entity: "deal",
      due: "2026-03-05T09:00:00.000Z",
      owner: w.admin.id,
    });
    const history = await w.sql("select act, entity from {ws}._history where operation = $1 order by entity", [
      operation,
    ]);
    expect(history).toEqual([
      { act: "move", entity: "ent_deal" },
      { act: "create", entity: "ent_task" },
    ]);
    const journal = await w.sql("select from_state, to_state, transitions from {ws}._journal where operation = $1", [
      operation,
    ]);
    expect(journal).toEqual([{ from_state: "engaging", to_state: "won", transitions: ["tr_win"] }]);
  });

  test("is put back by undo, with its run and without the task", async () => {
    const id = await deal({ company, amount: { amount: "5", currency: "USD" }, close_date: "2026-04-01" });
    await send(id, { type: "deal.advance" });
    const won = await send(id, { type: "deal.win" });
    const undone = await w.admin.post(`/api/operations/${won.headers.get("trellis-operation")}/undo`);
    expect(undone.status, undone.text).toBeLessThan(300);
    expect(await read(id)).toMatchObject({ stage: "engaging", probability: "40" });
    expect((await w.sql("select state from {ws}._run where record = $1", [id]))[0].state).toBe("engaging");
    expect(await w.sql("select id from {ws}.task where about_id = $1 and deleted_at is null", [id])).toEqual([]);
    expect((await send(id, { type: "deal.win" })).status).toBe(200);
  });
});

describe("what is refused leaves nothing behind", () => {
  test.each<[string, object, number, string]>([
    ["an event that is not legal here", { type: "deal.win" }, 409, "event.refused"],
    ["an event that nobody knows", { type: "deal.wn" }, 400, "event.unknown"],
    ["an event of the machine itself", { type: "xstate.after.1000.deal_pipeline" }, 400, "event.unknown"],
    ["a name of JavaScript's", { type: "constructor" }, 400, "event.unknown"],
    ["no event", {}, 422, "event.malformed"],
    ["a form without what it needs", { type: "deal.lose" }, 422, "value.missing"],
    ["a form with a wrong value", { type: "deal.lose", values: { lost_reason: "bored" } }, 422, "value.invalid"],
    ["a form with an unknown field", { type: "deal.lose", values: { lost_reson: "price" } }, 400, "field.unknown"],
    ["a form that sets the state", { type: "deal.lose", values: { stage: "won" } }, 422, "field.read_only"],
  ])("%s", async (_, body, status, code) => {
    const id = await deal();
    const before = await counts();
    const answer = await send(id, body);
    expect([answer.status, answer.json.code], answer.text).toEqual([status, code]);
    expect(await counts()).toEqual(before);
    expect((await read(id)).stage).toBe("prospecting");
  });

  test("a move that breaks a rule names the fields", async () => {
    const id = await deal();
    await send(id, { type: "deal.advance" });
    const before = await counts();
    const answer = await send(id, { type: "deal.win" });
    expect([answer.status, answer.json.code]).toEqual([422, "rule.broken"]);
    expect(answer.json.problems[0].hint).toBe("company, close_date, amount");
    expect(await counts()).toEqual(before);
  });

  test("a form tells all that is wrong with it at once: values, what is empty, and the rules", async () => {
    const id = await deal();
    await send(id, { type: "deal.advance" });
    const values = { amount: "many", colour: "red", probability: "400" };
    const answer = await send(id, { type: "deal.win", values });
    const told = answer.json.problems.map(({ code, path }: any) => [code, path]);
    expect(told.sort()).toEqual([
      ["field.unknown", "/values/colour"],
      ["rule.broken", "/values/company"],
      ["value.invalid", "/values/amount/amount"],
      ["value.invalid", "/values/probability"],
    ]);
  });

  test("a form's field that the sender may write on other records only", async () => {
    const change = (await w.admin.post("/api/changes", { reason: "A careful seller" })).json.id;
    const role = {
      $schema: "urn:trellis:role:1",
      $id: "careful",
      $anchor: "role_careful",
      title: "Careful",
      entities: {
        deal: {
          create: "own",
          read: "all",
          update: "own",
          fields: { lost_reason: { write: { cel: "title == 'Hers'" } } },
        },
      },
    };
    expect((await w.admin.send("PUT", `/api/documents/role/careful?change=${change}`, { body: role })).status).toBe(
      200,
    );
    expect((await w.admin.post(`/api/changes/${change}/publish`)).status).toBe(200);
    const cara = await w.user("Cara", { roles: ["careful"] });
    const lose = { type: "deal.lose", values: { lost_reason: "price" } };
    const refused = await send(await deal({ title: "Another" }, cara), lose, cara);
    expect([refused.status, refused.json.problems[0].code, refused.json.problems[0].path]).toEqual([
      403,
      "right.missing",
      "/values/lost_reason",
    ]);
    expect((await send(await deal({ title: "Hers" }, cara), lose, cara)).status).toBe(200);
  });

  test("a state that is written by hand, in a new record and in one that stands", async () => {
    const id = await deal();
    const patched = await w.admin.patch(`/api/records/deal/${id}`, { stage: "won" }, { "if-match": '"1"' });
    const created = await w.admin.post("/api/records/deal", { title: "x", stage: "won" });
    for (const answer of [patched, created])
      expect([answer.status, answer.json.code]).toEqual([422, "field.read_only"]);
  });

  test("a stale version, and the second of two who move at once", async () => {
    const id = await deal();
    expect((await send(id, { type: "deal.advance" }, w.admin, { "if-match": '"7"' })).status).toBe(412);
    const answers = await Promise.all([1, 2, 3].map(() => send(id, { type: "deal.advance" })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect((await w.sql("select revision from {ws}._run where record = $1", [id]))[0].revision).toBe(2);
  });

  test("who waited for another's move finds the waits of the run as that has left them", async () => {
    const id = await deal();
    const { schema, pool } = w.workspace;
    const other = await pool.connect();
    const waiting = async () => {
      const { rows } = await pool.query(
        `select exists (select from pg_locks l join pg_stat_activity a using (pid) where not l.granted
           and a.datname = current_database() and a.query like 'with t as%') as is`,
      );
      return rows[0].is as boolean;
    };
    const move = async () => {
      await other.query("begin");
      await other.query(`select from ${schema}.deal where id = $1 for update`, [id]);
      await other.query(`update ${schema}._run set revision = revision + 1 where record = $1`, [id]);
      await other.query(
        `insert into ${schema}._timer (run, name, due_at, event)
         select id, 'elsewhere', '2036-01-01', '{}' from ${schema}._run where record = $1`,
        [id],
      );
      const sent = send(id, { type: "deal.advance" });
      while (!(await waiting())) continue;
      await other.query("commit");
      return sent;
    };
    expect((await move().finally(() => other.release(true))).status).toBe(200);
    const [journal] = await w.sql(
      `select j.revision, j.before from {ws}._journal j join {ws}._run r on r.id = j.run
       where r.record = $1 order by j.revision desc limit 1`,
      [id],
    );
    expect(journal).toMatchObject({ revision: 3, before: { revision: 2, timers: [{ name: "elsewhere" }, {}] } });
  });

  test("an event without the right to it, and a record that is not hers", async () => {
    const mia = await w.user("Mia", { roles: ["seller"] });
    const id = await deal({}, mia);
    await send(id, { type: "deal.lose", values: { lost_reason: "price" } }, mia);
    const offers = (await mia.get(`/api/records/deal/${id}/events`)).json;
    expect(offers).toMatchObject([{ type: "deal.reopen", allowed: false, blocked: [{ code: "right.missing" }] }]);
    expect((await send(id, { type: "deal.reopen" }, mia)).status).toBe(403);
    expect((await send(await deal(), { type: "deal.advance" }, mia)).status).toBe(404);
    expect((await send(id, { type: "deal.reopen" })).json).toMatchObject({ stage: "engaging" });
  });
});
