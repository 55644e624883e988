import { afterAll, beforeAll, expect, test } from "vitest";
import { fireDue } from "../../runtime/store/fire.ts";
import { collectStatements } from "../fixtures/emitted.ts";
import { nurture, nurtured, nurtureDocuments, type Lead } from "../fixtures/nurture.ts";
import { world, type World } from "../world.ts";

const leadsMost = 120;

let w: World;
let leads: readonly Lead[];
beforeAll(async () => {
  w = await world({ documents: nurtureDocuments });
  const { json: adviser } = await w.admin.post("/api/records/adviser", { name: "Mona", busy: true });
  const given = Array.from({ length: leadsMost }, (_, at) => ({
    number: String(at),
    source: at % 3 === 0 ? "web" : "fair",
    minutes: (at * 37) % 2000,
    no_mail: at % 10 === 0,
    stage: at % 17 === 0 ? "won" : null,
    adviser: at % 2 === 0 ? adviser.id : null,
  }));
  const { json, text } = await w.admin.post("/api/records/prospect", given);
  expect(json.items?.length, text).toBe(leadsMost);
  leads = json.items;
});
afterAll(() => w.close());

const dryRun = (body: object) => w.admin.post("/api/workflows/nurture/dry-run", body);
async function counted(body: object) {
  const { status, json, text } = await dryRun(body);
  expect(status, text).toBe(200);
  return json;
}

/** Every row of the workspace, table by table. */
async function everything(): Promise<readonly unknown[]> {
  const [{ schema }] = await w.sql("select '{ws}' as schema");
  const tables = await w.sql(
    "select tablename as name from pg_tables where schemaname = trim(both '\"' from $1) order by 1",
    [schema],
  );
  const rows = [];
  for (const { name } of tables)
    rows.push([name, await w.sql(`select md5(string_agg(t::text, '|' order by t::text)) from {ws}."${name}" as t`)]);
  return rows;
}

test("a dry run counts what plain loops count, and nothing is stored", async () => {
  const before = await everything();
  const told = await counted({ span: "P30D" });
  expect(told).toMatchObject({
    since: "2026-03-02T09:00:00.000Z",
    until: "2026-04-01T09:00:00.000Z",
    ...nurtured(leads),
  });
  expect(await everything()).toEqual(before);
});

test("a filter and a segment name who is played, whatever the condition of the workflow says", async () => {
  const web = leads.filter((_, at) => at % 3 === 0);
  expect(await counted({ span: "P30D", filter: "source == 'web'" })).toMatchObject(nurtured(web, true));
  const keen = leads.filter(({ minutes }) => minutes >= 1000);
  expect(await counted({ span: "P30D", segment: "keen" })).toMatchObject(nurtured(keen, true));
  const both = keen.filter((it) => web.includes(it));
  expect(await counted({ span: "P30D", segment: "keen", filter: "source == 'web'" })).toMatchObject(
    nurtured(both, true),
  );
  expect(await counted({ span: "P30D", filter: "source == 'nobody'" })).toMatchObject(nurtured([], true));
});

test("a draft is played in the place of what is live, and other records are read for many at once", async () => {
  const draft = structuredClone(nurture) as any;
  draft.states.fork.always[0].guard = { type: "expr", params: { cel: "record.adviser.busy == true" } };
  const { emitted, stop } = collectStatements();
  const told = await counted({ document: draft, filter: "minutes >= 0" });
  stop();
  expect(told.states.short.entered).toBe(leadsMost / 2);
  expect(told.cases).toBe(leadsMost);
  expect(emitted.filter(({ sql }) => sql.includes('"adviser"')).length).toBeLessThan(leadsMost / 10);
  expect(emitted.length).toBeLessThan(leadsMost / 2);
});

test("what begins later is played from there, and the counts of a job are those that are told at once", async () => {
  const body = { span: "P30D", from: "2026-11-02T09:00:00Z" };
  const at = await counted(body);
  expect(at).toMatchObject({ since: "2026-11-02T09:00:00.000Z", ...nurtured(leads) });
  await w.work();
  const queued = await dryRun({ ...body, background: true });
  expect([queued.status, queued.json.runs]).toEqual([202, leadsMost]);
  await expect
    .poll(async () => (await w.admin.get(`/api/operations/${queued.json.operation}`)).json, { timeout: 20_000 })
    .toMatchObject({ status: "done", done: leadsMost, detail: { result: at } });
});

test("all that is wrong with a request is told, and only those may ask who look into workflows", async () => {
  const faults = async (body: object) => {
    const { status, json } = await dryRun(body);
    return [status, (json.problems ?? [json]).map((it: any) => it.path)];
  };
  expect(await faults({ from: "soon", span: "P3Y", filter: 5, segment: "none" })).toEqual([
    400,
    ["/from", "/span", "/filter", "/segment"],
  ]);
  expect(await faults({ quick: true, background: "yes" })).toEqual([400, ["/quick", "/background"]]);
  expect(await faults({ filter: "nothing == 1" })).toEqual([400, ["/filter"]]);
  expect(await faults({ segment: "none" })).toEqual([422, ["/segment"]]);
  const draft = structuredClone(nurture) as any;
  draft.states.slow.after.two_months[0].target = "nowhere";
  expect(await faults({ document: draft })).toEqual([422, ["/document/states/slow/after/two_months/0/target"]]);
  expect((await w.admin.post("/api/workflows/nothing/dry-run", {})).status).toBe(404);
  const mia = await w.user("Mia, who may not", { roles: [] });
  expect((await mia.post("/api/workflows/nurture/dry-run", {})).status).toBe(403);
});

test("waits of minutes that lead round hold nobody else up, and it is said that their cases do not come to an end", async () => {
  const draft = structuredClone(nurture) as any;
  draft.states.short.after = { minutes: [{ target: "fork", meta: { id: "tr_short_fork", title: "Round" } }] };
  draft.meta.delays.minutes = { title: "Ten minutes", duration: "PT10M" };
  let [turns, answered] = [0, false];
  const asked = dryRun({ document: draft, span: "P90D" }).finally(() => (answered = true));
  while (!answered) {
    await new Promise((done) => setImmediate(done));
    turns++;
  }
  const { status, json } = await asked;
  expect([status, json.code]).toEqual([422, "case.endless"]);
  // Of four thousand steps so many are made in one go.
  expect(turns).toBeGreaterThan(4000 / 50);
  expect((await counted({ document: draft, span: "P10D", filter: "minutes < 400" })).waits.minutes).toBeGreaterThan(
    500,
  );
});

test("what was foretold comes true, where nobody does anything", async () => {
  const { until, states, transitions, runs } = await counted({ span: "P30D" });
  for (;;) {
    const [{ due }] = await w.sql("select min(due_at) as due from {ws}._timer where not held");
    if (!due || new Date(due).toISOString() > until) break;
    w.clock.set(new Date(due));
    const { failures } = await fireDue(w.workspace, w.clock.now());
    expect(failures).toEqual([]);
  }
  w.clock.set(new Date(until));
  const { json: came } = await w.admin.get("/api/workflows/nurture/counts");
  expect({ runs, transitions }).toEqual({ runs: came.runs, transitions: came.transitions });
  for (const [name, state] of Object.entries<object>(came.states)) expect(states[name]).toMatchObject(state);
});
