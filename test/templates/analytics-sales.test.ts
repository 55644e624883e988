import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataFolder, withoutData } from "../data.ts";
import { amount, analyticsIn, analyticsWorld, usd, win } from "../fixtures/analytics.ts";
import { Chance } from "../fixtures/laws/chance.ts";
import { filled } from "../fixtures/filled.ts";
import type { World } from "../world.ts";

/** The tasks of area analytics that speak of deals and plans, each by its id in `shared/tasks/tasks.jsonl`, by the API alone. */

let w: World;
const { made, send, change, run, listed, opened, publishes, workspaceWith, deal } = analyticsIn(() => w);
beforeAll(async () => {
  w = await analyticsWorld();
});
afterAll(() => w.close());

describe("plan-against-actual", () => {
  test("plan, won, rate, expected and gap by team and month, against the current plan and the first", async () => {
    const [east, west] = [await made("team", { name: "East" }), await made("team", { name: "West" })];
    const company = await made("company", { name: "Sora" });
    const rows = ["2026-04-01", "2026-05-01", "2026-06-01"].flatMap((month) => [
      [month, "East", "3000000"],
      [month, "West", "2000000"],
    ]);
    const form = new FormData();
    const file = [["month", "team", "plan"], ...rows].map((cells) => cells.join("\t")).join("\n");
    form.set("file", new File([file], "plan.tsv", { type: "text/tab-separated-values" }));
    const columns = {
      month: "month",
      team: { to: "team", match: "name" },
      plan: { to: "first_plan", currency: "USD" },
    };
    form.set("plan", JSON.stringify({ entity: "sales_target", columns }));
    const begun = await w.admin.send("POST", "/api/imports", { body: form });
    expect(begun.status, begun.text).toBe(202);
    await w.work();
    await expect
      .poll(async () => (await w.admin.get(`/api/imports/${begun.json.id}`)).json, { timeout: 60_000 })
      .toMatchObject({ status: "done", created: 6 });
    const of = (team: string, value: number, close_date: string, more: object = {}) => ({
      ...{ title: `${value}`, company, team, amount: usd(value), close_date, ...more },
    });
    await deal(of(east, 2_400_000, "2026-04-10"), ...win);
    await deal(of(east, 3_300_000, "2026-05-10"), ...win);
    await deal(of(west, 2_500_000, "2026-04-30"), ...win);
    await deal(of(west, 1_000_000, "2026-05-01"), ...win);
    const open = [await deal(of(east, 4_000_000, "2026-06-30")), await deal(of(west, 1_000_000, "2026-06-05"))];
    await change("deal", open[0]!, { probability: "70" });
    await change("deal", open[1]!, { probability: "40" });
    w.clock.set(new Date("2026-06-01T09:00:00Z"));
    const [target] = await listed("sales_target", `team == "${east}" && month == date("2026-06-01")`);
    await change("sales_target", target.id, { revised: usd(3_500_000) });

    const answer = await run("plan_by_team");
    const cells = Object.fromEntries(
      answer.rows.map(({ keys, values }: any) => [
        `${keys.team === east ? "east" : "west"} ${keys.month}`,
        [
          values.rate === null ? null : Number(values.rate),
          ...["expected", "gap", "first_gap"].map((id) => amount(values[id])),
        ],
      ]),
    );
    expect(cells).toEqual({
      "east 2026-04": [0.8, 2_400_000, -600_000, -600_000],
      "east 2026-05": [1.1, 3_300_000, 300_000, 300_000],
      "east 2026-06": [null, 2_800_000, -700_000, -200_000],
      "west 2026-04": [1.25, 2_500_000, 500_000, 500_000],
      "west 2026-05": [0.5, 1_000_000, -1_000_000, -1_000_000],
      "west 2026-06": [null, 400_000, -1_600_000, -1_600_000],
    });
    const { plan, won, expected } = answer.totals.values;
    expect([plan, won, expected].map(amount)).toEqual([15_500_000, 9_200_000, 12_400_000]);
    const june = answer.rows.find(({ keys }: any) => keys.team === east && keys.month === "2026-06");
    expect((await opened(answer, june, "plan")).map(({ id }) => id)).toEqual([target.id]);
    expect((await opened(answer, june, "expected")).map(({ id }) => id)).toEqual([open[0]]);
    w.clock.set(new Date("2026-03-02T09:00:00Z"));
  });
});

describe("funnel-and-time-in-stage", () => {
  test("who reached which stage and how long they stood there; each number opens its deals, whatever becomes of the stages", async () => {
    const company = await made("company", { name: "Aoba" });
    const day = (at: number) => w.clock.set(new Date(Date.UTC(2027, 0, at, 9)));
    day(1);
    const ids: string[] = [];
    for (let at = 0; at < 10; at++)
      ids.push(
        await deal({ title: `Chance ${at}`, company, amount: usd(10), close_date: "2027-06-30" }, "deal.advance"),
      );
    const moves: readonly [number, number, string][] = [
      ...[0, 1, 2, 3, 4, 5].map((at): [number, number, string] => [1, at, "deal.propose"]),
      ...[
        [3, 0, "negotiate"],
        [5, 1, "negotiate"],
        [4, 2, "step_back"],
        [10, 2, "propose"],
        [12, 2, "negotiate"],
        [9, 3, "negotiate"],
        [11, 4, "win"],
        [20, 0, "win"],
      ].map(([on, at, type]): [number, number, string] => [on as number, at as number, `deal.${type}`]),
    ];
    for (const [on, at, type] of moves.toSorted(([one], [other]) => one - other)) {
      day(on);
      await send("deal", ids[at]!, type);
    }
    day(32);
    const parameters = { period: { unit: "month", from: -1, to: -1 } };
    const told = async () => {
      const funnel = await run("sales_funnel", parameters);
      const { engaging, proposing, negotiating, won } = funnel.totals.values;
      const stages = await run("time_in_stage", parameters);
      const [{ values }] = stages.rows;
      return { funnel, stages, values, counts: [engaging, proposing, negotiating, won] };
    };
    const { funnel, stages, values, counts } = await told();
    expect(counts).toEqual([10, 6, 4, 2]);
    expect(Number(funnel.totals.values.overall)).toBe(0.2);
    const days = (seconds: string) => Number((Number(seconds) / 86_400).toFixed(2));
    // 2, 4, 5 (3 + 2), 8, 10 and 31 days: the last stands there yet, and is counted up to now.
    expect([days(values.proposing_median), days(values.proposing_p90), values.back]).toEqual([6.5, 20.5, "1"]);
    expect([values.proposing_open, values.engaging_open]).toEqual([1, 4]);
    for (const [id, count] of [
      ["engaging", 10],
      ["proposing", 6],
      ["negotiating", 4],
      ["won", 2],
    ] as const)
      expect((await opened(funnel, funnel.totals, id)).length, id).toBe(count);
    expect((await opened(stages, stages.rows[0], "back")).map(({ id }) => id)).toEqual([ids[2]]);
    expect((await opened(stages, stages.rows[0], "proposing_open")).map(({ id }) => id)).toEqual([ids[5]]);

    const workflow = (it: any) => it.id === "deal_pipeline";
    await publishes((it) => {
      if (workflow(it)) it.states.sale.states.open.states.proposing.meta.title = "Offered";
      return it;
    });
    expect((await told()).counts).toEqual(counts);
  });
});

describe("what became of the pipeline", () => {
  const falls = {
    amount: "amount",
    open: "stage in ['prospecting', 'engaging', 'proposing', 'negotiating', 'on_hold']",
  };
  const waterfall = (more: object = {}) => ({
    source: "deal",
    measures: [],
    waterfall: Object.fromEntries(
      Object.entries({ ...falls, won: "stage == 'won'", lost: "stage == 'lost'" }).map(([key, cel]) => [key, { cel }]),
    ),
    filter: { cel: "company.name == 'Fall'" },
    converted: true,
    layout: { kind: "waterfall" },
    ...more,
  });
  const draft = async (report: object) => {
    const answer = await w.admin.post("/api/reports/run", { report });
    expect(answer.status, answer.text).toBe(200);
    return answer.json;
  };

  test("Q6: opening and all that came less all that went is closing, exactly, for every period and owner; each bar opens its records", async () => {
    const chance = new Chance(6);
    const random = () => chance.next();
    const company = await made("company", { name: "Fall" });
    const sellers = [w.admin, await w.user("Mio", { roles: ["seller"] })];
    const day = (at: number) => w.clock.set(new Date(Date.UTC(2028, 0, at, 12)));
    const deals: string[] = [];
    for (let at = 1; at <= 90; at += 2) {
      day(at);
      if (random() < 0.45 || deals.length < 3) {
        const value =
          random() < 0.15
            ? undefined
            : { amount: (random() * 1000).toFixed(2), currency: random() < 0.3 ? "EUR" : "USD" };
        const owner = sellers[Math.floor(random() * 2)]!.id;
        deals.push(
          await made("deal", {
            title: `Fall ${at}`,
            company,
            owner,
            close_date: "2028-12-01",
            ...(value ? { amount: value } : {}),
          }),
        );
        continue;
      }
      const id = deals[Math.floor(random() * deals.length)]!;
      const what = Math.floor(random() * 6);
      const values = { amount: { amount: (random() * 1000).toFixed(2), currency: "USD" } };
      if (what < 2) await change("deal", id, values);
      else if (what === 2) await change("deal", id, { owner: sellers[Math.floor(random() * 2)]!.id });
      else {
        const events = ["deal.advance", "deal.hold", "deal.resume", "deal.win", "deal.reopen"];
        const type = what === 5 ? "deal.lose" : events[Math.floor(random() * events.length)]!;
        await w.admin.post(`/api/records/deal/${id}/events`, {
          type,
          ...(what === 5 ? { values: { lost_reason: "no_budget" } } : {}),
        });
      }
    }
    day(92);
    const asOf = async (day: string | undefined, dimensions: object[]) => {
      const open = {
        source: "deal",
        dimensions,
        measures: [{ id: "open", agg: "sum", of: { cel: "amount" } }],
        converted: true,
        layout: { kind: "table" },
        filter: { cel: `company.name == 'Fall' && ${falls.open}` },
        ...(day ? { as_of: day } : {}),
      };
      return draft(open);
    };
    /** Ten thousandths: a rate of 1.25 makes four places of two. */
    const units = (value: any) => Math.round(Number(value?.amount ?? 0) * 10_000);
    const sum = (rows: any[]) => rows.reduce((total, { values }) => total + units(values.amount), 0);
    const periods = [
      ["2028-01-11", "2028-01-31"],
      ["2028-02-01", "2028-02-29"],
      ["2028-03-01", "2028-04-30"],
    ];
    let moved = 0;
    for (const [first, last] of periods)
      for (const dimensions of [[], [{ id: "owner", path: "owner" }]]) {
        const { rows } = await draft(waterfall({ dimensions, period: { first, last } }));
        const before = new Date(Date.parse(first!) - 86_400_000).toISOString().slice(0, 10);
        const [opening, closing] = [
          await asOf(before, dimensions),
          await asOf(last! > "2028-04-01" ? undefined : last, dimensions),
        ];
        for (const [name, group] of Object.entries(Object.groupBy(rows as any[], ({ keys }) => String(keys.owner)))) {
          const bar = (step: string) => group!.filter(({ keys }) => keys.step === step);
          expect(sum(group!.filter(({ keys }) => keys.step !== "closing"))).toBe(sum(bar("closing")));
          const at = ({ rows, totals }: any) =>
            name === "undefined" ? totals : rows.find(({ keys }: any) => keys.owner === name);
          for (const [step, then] of [
            ["opening", opening],
            ["closing", closing],
          ] as const)
            expect(sum(bar(step))).toBe(units(at(then)?.values.open));
          moved += group!.filter(
            ({ keys, values }) => values.n > 0 && !["opening", "closing"].includes(keys.step),
          ).length;
          for (const { values, drill } of group!.filter(({ values }) => values.n > 0))
            expect((await listed("deal", drill[0])).length).toBe(values.n);
        }
      }
    expect(moved).toBeGreaterThan(20);
    const refused = await w.admin.post("/api/reports/run", { report: waterfall() });
    expect(refused.json.problems.map(({ path }: any) => path)).toEqual(["/period"]);
    w.clock.set(new Date("2026-03-02T09:00:00Z"));
  });
});

describe("fiscal-year-april", () => {
  test.skipIf(dataFolder === undefined)(
    `years from April on, called after their first month or their last (${withoutData})`,
    async () => {
      const csv = await readFile(join(dataFolder!, "crm-sales-opportunities/sales_pipeline.csv"), "utf8");
      const sold = (parse(csv, { columns: true }) as Record<string, string>[]).filter((it) => it.deal_stage === "Won");
      await filled(
        w,
        "deal",
        sold.map((it) => ({
          ...{ title: it.opportunity_id, stage: "won", close_date: it.close_date, probability: 100 },
          ...{ amount: it.close_value, amount_currency: "USD" },
        })),
      );
      await made("sales_target", { month: "2017-05-01", person: w.admin.id, first_plan: usd(3_000_000) });
      w.clock.set(new Date("2018-02-01T09:00:00Z"));
      const quarters = async () =>
        (await run("won_by_quarter", { period: { first: "2017-03-01", last: "2017-12-31" } })).rows
          .filter(({ values }: any) => values.n > 0)
          .map(({ keys, values }: any) => [keys.quarter, amount(values.won), values.n]);
      const sums = [
        [1_134_672, 531],
        [3_086_111, 1254],
        [2_982_255, 1257],
        [2_802_496, 1196],
      ];
      const named = (...names: readonly string[]) => names.map((name, at) => [name, ...sums[at]!]);
      const calendar = named("2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4");
      expect(await quarters()).toEqual(calendar);

      await workspaceWith({ fiscal_year_start: 4, fiscal_year_named: "first" });
      expect(await quarters()).toEqual(named("FY2016-Q4", "FY2017-Q1", "FY2017-Q2", "FY2017-Q3"));
      w.clock.set(new Date("2017-04-01T09:00:00Z"));
      const now = await run("won_by_quarter", { period: { unit: "quarter", from: 0, to: 0 } });
      expect([now.rows.map(({ keys }: any) => keys.quarter), now.period]).toEqual([
        ["FY2017-Q1"],
        { first: "2017-04-01", last: "2017-06-30" },
      ]);
      expect(now.rows[0].values.plan).toEqual(usd(3_000_000));
      const last = await run("won_by_quarter", { period: { unit: "year", from: -1, to: -1 } });
      expect(last.period).toEqual({ first: "2016-04-01", last: "2017-03-31" });

      w.clock.set(new Date("2018-02-01T09:00:00Z"));
      await workspaceWith({ fiscal_year_named: "last" });
      expect(await quarters()).toEqual(named("FY2017-Q4", "FY2018-Q1", "FY2018-Q2", "FY2018-Q3"));
      await workspaceWith({ fiscal_year_start: 1 });
      expect(await quarters()).toEqual(calendar);
      expect((await listed("sales_target", 'month == date("2017-05-01")')).length).toBe(1);
      w.clock.set(new Date("2026-03-02T09:00:00Z"));
    },
    60_000,
  );
});
