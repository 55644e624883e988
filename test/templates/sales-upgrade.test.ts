import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataFolder } from "../data.ts";
import { importPlans } from "../fixtures/import-plans.ts";
import { generatedOpportunities, realOpportunities, type Opportunities } from "../fixtures/opportunities.ts";
import { world, type World } from "../world.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const real = await realOpportunities(dataFolder);
const source: Opportunities = real ?? generatedOpportunities();

test.skipIf(real)("the real export: the shared data sets are not here (TRELLIS_TEST_DATA)", () => undefined);

/** The first version of the template is installed and filled; then its folder brings the second. */
describe(`the larger sales machine comes to ${real ? "the 8,800 real deals" : "a small generated set"}`, () => {
  const { files, answers } = source;
  let w: World;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trellis-templates-"));
    await cp(at("../../templates/core"), join(folder, "core"), { recursive: true });
    await cp(at("../fixtures/templates/sales-1"), join(folder, "sales"), { recursive: true });
    w = await world({ templates: ["core", "sales"], templatesFolder: folder });
    await w.work();
    const plans = importPlans(source);
    for (const [file, plan] of [
      [files.accounts, plans.companies],
      [files.products, plans.products],
      [files.teams, plans.users],
      [files.pipeline, plans.deals],
    ] as const)
      await bring(file, plan);
    await rm(join(folder, "sales"), { recursive: true });
    await cp(at("../../templates/sales"), join(folder, "sales"), { recursive: true });
  });
  afterAll(async () => {
    await w.close();
    await rm(folder, { recursive: true });
  });

  async function bring(file: string, plan: object): Promise<void> {
    const form = new FormData();
    form.set("file", new File([file], "file.csv", { type: "text/csv" }));
    form.set("plan", JSON.stringify(plan));
    const { json } = await w.admin.post("/api/imports", form);
    for (;;) {
      const { json: it } = await w.admin.get(`/api/imports/${json.id}`);
      if (it.status === "done") return;
      expect(["queued", "running"]).toContain(it.status);
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  const stages = async () => {
    const { json } = await w.admin.post("/api/records/deal/aggregate", {
      group: ["stage"],
      measures: { n: "count()" },
    });
    return Object.fromEntries(json.rows.map(({ stage, n }: { stage: string; n: number }) => [stage, n]));
  };
  const list = async (filter: string) =>
    (await w.admin.get(`/api/records/deal?${new URLSearchParams({ filter, limit: "1" })}`)).json.items;

  test("the upgrade moves every deal, and none loses its place", async () => {
    expect(await stages()).toEqual(answers.stages);
    const begun = performance.now();
    const answer = await w.admin.post("/api/templates/sales/install", {});
    expect(answer.status, answer.text).toBeLessThan(300);
    console.log(`${answers.deals} deals moved in ${Math.round(performance.now() - begun)} ms`);
    expect(await stages()).toEqual(answers.stages);
    const [{ n, values }] = await w.sql(
      `select count(*)::int as n, count(distinct value)::int as values from {ws}._run r
       join {ws}.deal d on d.id = r.record
       where r.state = d.stage and d.approval = 'none' and value->'approval' = '"none"'`,
    );
    expect([n, values]).toEqual([answers.deals, Object.keys(answers.stages).length]);
    const waiting = await w.sql(
      "select split_part(name, '.', 4) as state, count(*)::int as n from {ws}._timer group by 1",
    );
    expect(Object.fromEntries(waiting.map((row) => [row.state, row.n]))).toEqual({
      st_prospecting: answers.stages.prospecting,
      st_engaging: answers.stages.engaging,
    });
  });

  test("a moved deal is proposed, held, taken up where it stood, approved and won", async () => {
    const [deal] = await list("stage == 'engaging' && company != null");
    const send = async (type: string, values?: object) => {
      const answer = await w.admin.post(`/api/records/deal/${deal.id}/events`, { type, ...(values ? { values } : {}) });
      expect(answer.status, answer.text).toBe(200);
      return answer.json;
    };
    expect(await send("deal.propose")).toMatchObject({ stage: "proposing", probability: "60" });
    expect(await send("deal.hold")).toMatchObject({ stage: "on_hold" });
    expect(await send("deal.resume")).toMatchObject({ stage: "proposing" });
    expect(await send("deal.request_approval")).toMatchObject({ stage: "proposing", approval: "requested" });
    const offers = (await w.admin.get(`/api/records/deal/${deal.id}/events`)).json;
    expect(offers.find(({ type }: any) => type === "deal.win").blocked).toMatchObject([
      { code: "guard.fails", why: "The approval of this deal is still open, or was refused." },
    ]);
    expect(await send("deal.approve")).toMatchObject({ approval: "approved" });
    const values = { amount: { amount: "10", currency: "USD" }, close_date: "2026-03-05" };
    expect(await send("deal.win", values)).toMatchObject({ stage: "won", approval: "approved", probability: "100" });
    expect(await send("deal.reopen")).toMatchObject({ stage: "engaging" });
  });

  test("a deal that stands still reminds its owner once", async () => {
    const [deal] = await list("stage == 'prospecting'");
    const told = () => w.sql("select title, for_user from {ws}._notification where record = $1", [deal.id]);
    await w.admin.post("/api/test/clock", { now: new Date(w.clock.now().getTime() + 14 * 86_400_000).toISOString() });
    const due = () => w.sql("select 1 from {ws}._timer where not held and due_at <= $1 limit 1", [w.clock.now()]);
    for (let tries = 0; (await due()).length > 0 && tries < 1200; tries++)
      await new Promise((done) => setTimeout(done, 50));
    expect(await told()).toEqual([
      { title: `${deal.title} has not been engaged for two weeks`, for_user: deal.owner.id ?? deal.owner },
    ]);
    const [{ n }] = await w.sql(
      "select count(*)::int as n from {ws}._notification where title like '%not been engaged%'",
    );
    expect(n).toBe(answers.stages.prospecting);
    expect(w.failures).toEqual([]);
  });

  test("undo of the upgrade brings the first machine back, with every deal where it stands", async () => {
    const [{ number, documents }] = await w.sql(
      "select number, documents from {ws}._version order by number desc limit 1",
    );
    expect(documents.length).toBeGreaterThan(3);
    const stood = await stages();
    const { publish } = await import("../../runtime/store/publish.ts");
    const before = new Map(
      documents.flatMap(({ before, after }: any) => {
        const anchor = (after ?? before).$anchor ?? (after ?? before).meta.id;
        return [[anchor, before]];
      }),
    );
    await publish(w.workspace, {
      documents: (published) =>
        published.flatMap((it: any) => {
          const anchor = it.$anchor ?? it.meta.id;
          return before.has(anchor) ? ((before.get(anchor) ?? []) as any) : [it];
        }),
      reason: "Undo",
      author: w.admin.id,
      now: w.clock.now(),
      undoes: number,
    });
    expect(await stages()).toEqual(stood);
    expect((await w.sql("select distinct value from {ws}._run order by 1")).map(({ value }) => value)).toEqual(
      Object.keys(answers.stages).sort(),
    );
    expect(await w.sql("select 1 from {ws}._timer")).toEqual([]);
  });
});
