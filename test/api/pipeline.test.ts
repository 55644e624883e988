import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataFolder } from "../data.ts";
import { importPlans } from "../fixtures/import-plans.ts";
import { generatedOpportunities, realOpportunities, type Opportunities } from "../fixtures/opportunities.ts";
import { world, type Answer, type World } from "../world.ts";

const real = await realOpportunities(dataFolder);
const source: Opportunities = real ?? generatedOpportunities();

test.skipIf(real)("the real export: the shared data sets are not here (TRELLIS_TEST_DATA)", () => undefined);

describe(`the pipeline of ${real ? "the 8,800 real deals" : "a small generated set"}`, () => {
  const { files, answers } = source;
  const plans = importPlans(source);
  let w: World;

  beforeAll(async () => {
    w = await world({ templates: ["core", "sales"] });
    await w.work();
  });
  afterAll(() => w.close());

  async function post(file: string, plan: object): Promise<Answer> {
    const form = new FormData();
    form.set("file", new File([file], "file.csv", { type: "text/csv" }));
    form.set("plan", JSON.stringify(plan));
    return w.admin.post("/api/imports", form);
  }
  async function ended(id: string): Promise<any> {
    for (;;) {
      const { json } = await w.admin.get(`/api/imports/${id}`);
      if (!["queued", "running"].includes(json.status)) return json;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  async function bring(file: string, plan: object): Promise<any> {
    const answer = await post(file, plan);
    expect(answer.status, answer.text).toBe(202);
    return ended(answer.json.id);
  }
  const aggregate = async (body: object, entity = "deal") => {
    const answer = await w.admin.post(`/api/records/${entity}/aggregate`, body);
    expect(answer.status, answer.text).toBe(200);
    return answer.json.rows as any[];
  };
  const won = { filter: "stage == 'won'", measures: { won: "sum(amount)" } };
  const sums = (rows: any[], key: string) =>
    Object.fromEntries(rows.map((row) => [row[key]?.name ?? row[key], Number(row.won.amount)]));
  const dump = async () => {
    const counts: Record<string, unknown> = {};
    for (const table of ["company", "product", "user", "team", "user_team", "deal", "task", "_run", "_timer"])
      counts[table] = (
        await w.sql(
          `select count(*)::int as n, md5(string_agg(t::text, '' order by t::text)) as hash from {ws}."${table}" t`,
        )
      )[0];
    return counts;
  };

  test("companies come with their parents, products, agents with their managers, each in a team", async () => {
    const companies = await bring(files.accounts, plans.companies);
    expect(companies).toMatchObject({ status: "done", created: answers.companies, rejected: 0, problems: [] });
    expect(await aggregate({ filter: "parent != null" }, "company")).toEqual([{ n: answers.parents }]);
    expect(await bring(files.products, plans.products)).toMatchObject({ created: answers.products, rejected: 0 });
    expect(await bring(files.teams, plans.users)).toMatchObject({ created: answers.agents, rejected: 0 });
    expect(await aggregate({ filter: "manager != null" }, "user")).toEqual([{ n: answers.agents }]);
    expect(await aggregate({ filter: "reports.any(r, r.name != null)" }, "user")).toEqual([{ n: answers.managers }]);
    expect(await bring(files.teams, plans.memberships)).toMatchObject({ created: answers.agents, rejected: 0 });
  });

  test("the rehearsal catches the misspelt product, stores nothing, and a value mapping solves it", async () => {
    const { product, ...rest } = plans.deals.columns;
    const { values: _values, ...unmapped } = product;
    const before = await dump();
    const rehearsed = await bring(files.pipeline, {
      ...plans.deals,
      columns: { ...rest, product: unmapped },
      rehearse: true,
    });
    expect(rehearsed).toMatchObject({
      status: "done",
      rejected: answers.misspelt.rows,
      created: answers.deals - answers.misspelt.rows,
    });
    expect(rehearsed.problems).toMatchObject([
      {
        column: "product",
        value: answers.misspelt.written,
        rows: answers.misspelt.rows,
        suggestions: [answers.misspelt.meant],
      },
    ]);
    expect(await dump()).toEqual(before);
    const run = await w.admin.post(`/api/imports/${rehearsed.id}/run`, { plan: plans.deals });
    expect(run.status, run.text).toBe(202);
    expect(await ended(rehearsed.id)).toMatchObject({
      status: "done",
      created: answers.deals,
      rejected: 0,
      problems: [],
    });
  });

  test("each deal stands in its state, with its declared dates as history", async () => {
    const rows = await aggregate({ group: ["stage"] });
    expect(Object.fromEntries(rows.map(({ stage, n }) => [stage, n]))).toEqual(answers.stages);
    expect(await aggregate({ filter: "company == null" })).toEqual([{ n: answers.withoutAccount }]);
    const [sample] = (
      await w.admin.get(`/api/records/deal?${new URLSearchParams({ filter: "stage == 'won'", limit: "1" })}`)
    ).json.items;
    const history = await w.sql(
      "select at, after->>'#fld_stage' as stage from {ws}._history where record = $1 and act = 'move' order by at",
      [sample.id],
    );
    expect(history.map(({ at, stage }) => [at.slice(0, 10), stage])).toEqual([
      [sample.engage_date, "engaging"],
      [sample.close_date, "won"],
    ]);
    const [{ n }] = await w.sql(
      "select count(*)::int as n from {ws}._run r join {ws}.deal d on d.id = r.record where r.state = d.stage",
    );
    expect(n).toBe(answers.deals);
  });

  test("the numbers are those that were counted apart", async () => {
    expect(sums(await aggregate({ ...won, group: [] }), "none")).toEqual({ undefined: answers.wonTotal });
    expect(
      sums(await aggregate({ ...won, group: ["owner.memberships.team.name"] }), "owner.memberships.team.name"),
    ).toEqual(answers.wonByRegion);
    expect(sums(await aggregate({ ...won, group: ["owner.manager"] }), "owner.manager")).toEqual(answers.wonByManager);
    expect(sums(await aggregate({ ...won, group: ["owner"] }), "owner")).toEqual(answers.wonByAgent);
    expect(sums(await aggregate({ ...won, group: [{ field: "close_date", by: "quarter" }] }), "close_date")).toEqual(
      answers.wonByQuarter,
    );
    const closed = await aggregate({
      filter: "stage == 'won' || stage == 'lost'",
      group: ["stage"],
      measures: { n: "count()", days: "avg(close_date - engage_date)" },
    });
    const by = Object.fromEntries(closed.map((row) => [row.stage, row]));
    expect(by.won.n / (by.won.n + by.lost.n)).toBeCloseTo(answers.winRate, 4);
    expect(Number(by.won.days)).toBeCloseTo(answers.meanDays.won, 3);
    expect(Number(by.lost.days)).toBeCloseTo(answers.meanDays.lost, 3);
  });

  test("the same files again create nothing", async () => {
    const before = await dump();
    for (const [file, plan] of [
      [files.accounts, plans.companies],
      [files.products, plans.products],
      [files.teams, plans.users],
      [files.teams, plans.memberships],
      [files.pipeline, plans.deals],
    ] as const)
      expect(await bring(file, plan)).toMatchObject({ status: "done", created: 0, updated: 0, rejected: 0 });
    expect(await dump()).toEqual(before);
  });

  test("undo of the import leaves lists as they were, and all of it in the trash", async () => {
    const ids = (await w.admin.get(`/api/records/deal?limit=500`)).json.items.map(({ id }: any) => id);
    expect(ids.length).toBeGreaterThan(0);
    const operations = (await w.admin.get("/api/operations")).json.items.filter(
      ({ kind, done }: any) => kind === "import" && done > 0,
    );
    const answer = await w.admin.post(`/api/operations/${operations[0].id}/undo`);
    expect(answer.json).toMatchObject({ removed: answers.deals, conflicts: [] });
    expect(await aggregate({})).toEqual([{ n: 0 }]);
    expect(await w.sql("select count(*)::int as n from {ws}.deal where deleted_at is not null")).toEqual([
      { n: answers.deals },
    ]);
  });
});
