import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { intendDashboards } from "../../runtime/store/dashboard-mails.ts";
import { ringClocks } from "../../runtime/store/ring-clocks.ts";
import { amount, analyticsIn, analyticsWorld, lose, usd, win } from "../fixtures/analytics.ts";
import type { World } from "../world.ts";

/** The tasks of area analytics that speak of campaigns, customers and readers, each by its id in `shared/tasks/tasks.jsonl`, by the API alone. */

let w: World;
const { made, send, change, run, listed, opened, publishes, deal } = analyticsIn(() => w);
beforeAll(async () => {
  w = await analyticsWorld();
});
afterAll(() => w.close());

describe("campaign-roi", () => {
  test("what campaigns brought back: return of the actual cost, none without cost, parts together, converted, each number opening its deals", async () => {
    const company = await made("company", { name: "Kumo" });
    const spring = await made("campaign", { name: "Spring 2026" });
    const fair = await made("campaign", { name: "Spring fair", parent: spring });
    const ad = await made("campaign", { name: "Web ad", parent: spring });
    const cost = (title: string, kind: string, amount: object) =>
      made("campaign_cost", { title, campaign: fair, kind, amount });
    await cost("Booth, planned", "planned", usd(10_000));
    await cost("Booth", "actual", usd(6_400));
    await cost("Hotel in Berlin", "actual", { amount: "4000", currency: "EUR" });
    for (const name of ["Rei", "Aoi", "Jun"])
      await made("campaign_member", { campaign: fair, person: { entity: "lead", id: await made("lead", { name }) } });
    const of = (title: string, value: object, campaign = fair) => ({
      ...{ title, company, campaign, amount: value, close_date: "2026-03-20" },
    });
    const twelve = await deal(of("Twelve", { amount: "9600", currency: "EUR" }), ...win);
    const eight = await deal(of("Eight", usd(8_000)), ...win);
    await deal(of("Open", usd(30_000)));
    await deal(of("Lost", usd(5_000)), lose);
    await deal(of("Three", usd(3_000), ad), ...win);

    const answer = await run("campaign_return");
    const row = (name: string) => answer.rows.find(({ labels }: any) => labels.campaign === name);
    const [booth, web] = [row("Spring fair"), row("Web ad")];
    expect([booth.values.members, booth.values.deals, amount(booth.values.won), amount(booth.values.cost)]).toEqual([
      ...[3, 4, 20_000, 11_400],
    ]);
    expect((Number(booth.values.return) * 100).toFixed(1)).toBe("75.4");
    expect([amount(web.values.won), web.values.cost, web.values.return]).toEqual([3_000, null, null]);
    expect(answer.columns.find(({ id }: any) => id === "return").empty).toBe("no cost");
    expect((await opened(answer, booth, "won")).map(({ id }) => id).toSorted()).toEqual([twelve, eight].toSorted());

    const [whole] = (await run("campaign_return_whole")).rows;
    expect([whole.labels.campaign, amount(whole.values.won), amount(whole.values.cost)]).toEqual([
      ...["Spring 2026", 23_000, 11_400],
    ]);
    expect((Number(whole.values.return) * 100).toFixed(1)).toBe("101.8");

    await send("deal", eight, "deal.reopen");
    const later = await run("campaign_return");
    expect(amount(later.rows.find(({ labels }: any) => labels.campaign === "Spring fair").values.won)).toBe(12_000);
  });
});

describe("what is owed to which campaign", () => {
  test("each model shares exactly what was won among what touched its people before, beside what that cost", async () => {
    const company = await made("company", { name: "Owed" });
    const campaigns: string[] = [];
    for (const name of ["Mail", "Fair", "Talk", "Call"]) campaigns.push(await made("campaign", { name }));
    const contact = await made("contact", { name: "Owed Person", company });
    const of = (title: string, value: string) => ({
      title,
      company,
      amount: { amount: value, currency: "USD" },
      close_date: "2027-05-20",
    });
    w.clock.set(new Date("2027-05-01T09:00:00Z"));
    const first = await deal({ ...of("Owed", "100.01"), contact });
    await made("lead", { name: "Owed Person", campaign: campaigns[0], deal: first });
    for (const [at, day] of [
      [1, "02"],
      [2, "03"],
      [3, "04"],
      [0, "30"],
    ] as const)
      await made("campaign_member", {
        campaign: campaigns[at],
        person: { entity: "contact", id: contact },
        status: "responded",
        responded_at: `2027-05-${day}T10:00:00Z`,
      });
    await made("campaign_cost", { title: "Stand", campaign: campaigns[1], kind: "actual", amount: usd(5) });
    const alone = await deal(of("Nobody's", "50"));
    for (const id of [first, alone]) for (const event of win) await send("deal", id, event);
    const answer = await run("campaign_attribution", { filter: "company.name == 'Owed'" });
    const shares = Object.fromEntries(
      answer.rows.map(({ labels, values }: any) => [
        labels.by,
        ["first", "last", "linear", "u_shaped"].map((id) => amount(values[id] ?? null)),
      ]),
    );
    // What has cost something stands there too.
    expect(shares).toEqual({
      "Spring fair": [null, null, null, null],
      Mail: [100.01, 0, 25.01, 40.01],
      Fair: [0, 0, 25, 10],
      Talk: [0, 0, 25, 10],
      Call: [0, 100.01, 25, 40],
      null: [50, 50, 50, 50],
    });
    for (const id of ["first", "last", "linear", "u_shaped"]) expect(amount(answer.totals.values[id])).toBe(150.01);
    const fair = answer.rows.find(({ labels }: any) => labels.by === "Fair");
    expect([amount(fair.values.cost), Number(fair.values.return_linear), Number(fair.values.return_last)]).toEqual([
      5, 4, -1,
    ]);
    expect((await opened(answer, fair, "linear")).map(({ id }) => id)).toEqual([first]);
    expect((await opened(answer, fair, "cost")).map(({ title }) => title)).toEqual(["Stand"]);
    w.clock.set(new Date("2026-03-02T09:00:00Z"));
  });
});

test("customers: what each is worth, who orders again, and the cohorts of their first order", async () => {
  const companies = [await made("company", { name: "Often" }), await made("company", { name: "Once" })];
  const ordered = [
    [0, "2026-01-10", 100],
    [0, "2026-04-10", 200],
    [0, "2026-08-10", 300],
    [1, "2026-02-01", 50],
    [0, "2026-08-10", 40, "EUR"],
    [1, "2026-02-01", 7000, "JPY"],
  ] as const;
  for (const [at, order_date, booked, currency] of ordered) {
    const id = await made("order", { title: `Order ${order_date}`, company: companies[at], order_date, currency });
    await made("order_line", { order: id, quantity: 1 });
    await send("order", id, "order.confirm");
    await w.sql(`update {ws}."order" set booked = $2 where id = $1`, [id, booked]);
  }
  w.clock.set(new Date("2026-09-01T09:00:00Z"));
  const value = await run("customer_value", { filter: "company.name in ['Often', 'Once']" });
  const of = (name: string) => value.rows.find(({ labels }: any) => labels.customer === name).values;
  expect([of("Often").recency, of("Often").orders, of("Once").recency]).toEqual([22, 3, 212]);
  expect([of("Often").amount, of("Once").amount].map(amount), "by the rate of the day").toEqual([650, 50]);
  expect([value.currency, value.unrated]).toEqual(["USD", { amount: 1 }]);
  expect(value.figures.find(({ id }: any) => id === "repeat").value).toBe(0.5);
  const cohorts = await run("customer_cohorts", { filter: "company.name in ['Often', 'Once']" });
  const cells = cohorts.rows.map(({ keys, values }: any) => [keys.first, keys.age, values.customers]);
  expect(cells).toEqual([
    ["2026-Q1", 0, 2],
    ["2026-Q1", 1, 1],
    ["2026-Q1", 2, 1],
  ]);
  w.clock.set(new Date("2026-03-02T09:00:00Z"));
});

test("from source to revenue: each won deal is worth its amount once, with the first of its leads, in one currency", async () => {
  w.clock.set(new Date("2027-03-01T09:00:00Z"));
  const company = await made("company", { name: "Sources" });
  const worth = (value: object) => ({ title: "Of a lead", company, amount: value, close_date: "2027-03-20" });
  const euros = await deal(worth({ amount: "100", currency: "EUR" }), ...win);
  const dollars = await deal(worth(usd(40)), ...win);
  const [open, lost] = [await deal(worth(usd(700))), await deal(worth(usd(900)), lose)];
  const lead = (source: string | null, more: object) => made("lead", { name: "Of a source", source, ...more });
  const first = [await lead("event", { deal: euros }), await lead("event", { deal: dollars })];
  for (const it of [open, lost]) await lead("event", { deal: it });
  await lead("event", {});
  w.clock.advance(1000);
  // The same deal again, from the same source and from another one.
  await lead("event", { deal: euros });
  await lead("referral", { deal: euros });
  await lead(null, {});
  const answer = await run("source_to_revenue", { filter: "name == 'Of a source'" });
  const told = ({ values: { n, deals, won, revenue, rate } }: any) => [n, deals, won, amount(revenue), Number(rate)];
  const brought = answer.rows.filter(({ values }: any) => values.n > 0);
  expect(Object.fromEntries(brought.map((row: any) => [row.keys.source, told(row)]))).toEqual({
    event: [6, 4, 2, 165, 0.333333333333],
    referral: [1, 1, 1, null, 1],
    null: [1, 0, 0, null, 0],
  });
  expect(told(answer.totals)).toEqual([8, 4, 2, 165, 0.25]);
  const behind = await opened(answer, brought[0], "revenue");
  expect(behind.map(({ id }) => id).toSorted()).toEqual(first.toSorted());
  w.clock.set(new Date("2026-03-02T09:00:00Z"));
});

test("service: volumes, origins, first responses, resolutions, promises and satisfaction are what a handful of cases come to", async () => {
  const [monday, tuesday] = ["2031-06-02", "2031-06-03"];
  const at = (day: string, time: string) => w.clock.set(new Date(`${day}T${time}:00Z`));
  const company = await made("company", { name: "Served" });
  const contact = await made("contact", { name: "Served", email: "served@example.com", company });
  const opens = (values: object) => made("case", { subject: "Served", company, contact, ...values });
  const called = async (id: string) => {
    const fact = { type: "call.answered", entity: "case", record: id, id: `call ${id}`, at: w.clock.now() };
    expect((await w.admin.post("/api/facts", fact)).status).toBeLessThan(300);
  };
  at("2031-05-30", "09:00");
  // On the Friday before: urgent, so that an hour was promised; answered in two, resolved in three.
  const urgent = await opens({ priority: "urgent", type: "incident", origin: "phone" });
  at("2031-05-30", "11:00");
  await ringClocks(w.workspace, w.clock.now());
  await called(urgent);
  at("2031-05-30", "12:00");
  for (const type of ["case.start", "case.resolve"]) await send("case", urgent, type);
  at(monday, "09:00");
  const question = await opens({ origin: "email" });
  const complaint = await opens({ origin: "email", type: "complaint" });
  const waiting = await opens({ origin: "web" });
  const spam = await opens({ origin: "web" });
  await send("case", spam, "case.spam");
  at(monday, "10:00");
  await called(question);
  at(monday, "12:00");
  await called(complaint);
  for (const id of [question, complaint]) await send("case", id, "case.start");
  await send("case", question, "case.ask");
  at(monday, "15:00");
  await send("case", question, "case.resume");
  await send("case", question, "case.resolve");
  at(tuesday, "09:00");
  await ringClocks(w.workspace, w.clock.now());
  await change("case", complaint, { cause: "product", remedy: "apology" });
  await send("case", complaint, "case.resolve");

  const parameters = { filter: "company.name == 'Served'" };
  const rows = async (name: string, counted: string) =>
    (await run(name, parameters)).rows.filter(({ values }: any) => Number(values[counted]) > 0);
  const values = (it: any, ...ids: string[]) =>
    ids.map((id) => (it.values[id] === null ? null : Number(it.values[id])));
  const hours = (it: any, ...ids: string[]) =>
    ids.map((id) => (it.values[id] === null ? null : Number((Number(it.values[id]) / 3600).toFixed(4))));
  const weeks = (await rows("case_volumes", "n")).map((it: any) => [
    it.keys.week,
    ...values(it, "n", "resolved", "complaints"),
  ]);
  expect(weeks).toEqual([
    ["2031-W22", 1, 1, 0],
    ["2031-W23", 3, 2, 1],
  ]);
  const origins = (await rows("cases_by_origin", "n")).map((it: any) => [it.keys.origin, it.keys.type, it.values.n]);
  expect(origins.toSorted()).toEqual([
    ["email", "complaint", 1],
    ["email", "question", 1],
    ["phone", "incident", 1],
    ["web", "question", 1],
  ]);
  const responses = (await run("first_response", parameters)).rows.flatMap((it: any) =>
    it.values.n + it.values.waiting > 0
      ? [[it.keys.priority, ...values(it, "n", "waiting"), ...hours(it, "median", "p90")]]
      : [],
  );
  expect(responses).toEqual([
    ["normal", 2, 1, 2, 2.8],
    ["urgent", 1, 0, 2, 2],
  ]);
  const resolutions = (await rows("resolution", "n")).map((it: any) => [
    it.keys.type,
    ...values(it, "n"),
    ...hours(it, "median", "p90", "waited"),
  ]);
  expect(resolutions).toEqual([
    ["question", 1, 6, 6, 3],
    ["incident", 1, 3, 3, null],
    ["complaint", 1, 24, 24, null],
  ]);
  // Four hours were promised to the one who waits yet: they are over. Of the resolutions all were in time.
  const kept = (await run("promises_kept", parameters)).rows.flatMap((it: any) =>
    it.values.first_over > 0
      ? [[it.keys.priority, ...values(it, "first_over", "first_rate", "resolution_over", "resolution_rate", "broken")]]
      : [],
  );
  expect(kept).toEqual([
    ["normal", 3, 0.666666666667, 2, 1, 1],
    ["urgent", 1, 0, 1, 1, 1],
  ]);
  expect(await listed("case", `id == "${waiting}" && first_response_status == 'breached'`)).toHaveLength(1);

  const aki = await w.user("Aki Rated", { roles: ["agent"] });
  const rated: readonly [asked: string, score: number | null][] = [
    ...([5, 4, 2, null] as const).map((score): [string, number | null] => [tuesday, score]),
    ["2031-02-03", 5],
    ["2031-02-03", 3],
  ];
  for (const [asked, score] of rated) {
    const kept = await w.sql(
      `insert into {ws}.case_rating (id, created_at, updated_at, version, "case", agent, asked_at, score)
       select gen_random_uuid(), now(), now(), 1, $1, $2, $3::timestamptz, $4 returning id`,
      [question, aki.id, `${asked}T09:00:00Z`, score],
    );
    expect(kept).toHaveLength(1);
  }
  const { totals } = await run("csat", { filter: "agent.name == 'Aki Rated'" });
  expect([totals.values, totals.before].map((it) => values({ values: it }, "csat", "answered", "rate"))).toEqual([
    [0.666666666667, 3, 0.75],
    [0.5, 2, 1],
  ]);
  const [agent] = (await run("satisfaction", { filter: "agent.name == 'Aki Rated'" })).rows;
  expect(values(agent, "asked", "answered", "rate", "satisfied", "csat")).toEqual([6, 5, 0.833333333333, 3, 0.6]);
  w.clock.set(new Date("2026-03-02T09:00:00Z"));
});

test("a dashboard goes by mail at the time of each one's own day, as she may see it, once, until she wants it no more", async () => {
  const ken = await w.user("Ken", { roles: ["seller"] });
  const mari = await w.user("Mari", { roles: ["sales_manager"] });
  for (const { id } of [ken, mari])
    await w.sql(`update {ws}."user" set email = $1 where id = $2`, [`${id}@example.com`, id]);
  await w.sql(`update {ws}."user" set locale = 'ja', time_zone = 'Asia/Tokyo' where id = $1`, [ken.id]);
  const mails = { roles: ["seller", "sales_manager"], at: "07:30", calendar: "service_hours" };
  await publishes((it) => (it.$schema === "urn:trellis:dashboard:1" && it.$id === "sales" ? { ...it, mails } : it));
  const company = await made("company", { name: "Mailed" });
  await deal({ title: "Ken's", company, owner: ken.id, amount: usd(4321), close_date: "2029-03-20" });
  const yen = { amount: "5000", currency: "JPY" };
  await deal({ title: "Without a rate", company, owner: ken.id, amount: yen, close_date: "2029-03-20" });
  const sent = async (moment: string) => {
    w.clock.set(new Date(moment));
    await intendDashboards(w.workspace, "https://crm.example", w.clock.now());
    const rows = await w.sql(
      `select s.id, s.effect_key, s.subject, s.text, s.html, s.to_addresses[1] as to from {ws}._sending s
       where s.effect_key like 'dashboard:%' order by s.id`,
    );
    return rows.filter(({ effect_key }) => [ken, mari].some(({ id }) => effect_key.includes(id)));
  };
  // Wednesday, 7 March 2029, 7:31 in Tokyo, is Tuesday evening in the workspace's own zone.
  expect(await sent("2029-03-06T22:29:00Z")).toEqual([]);
  const [first, ...others] = await sent("2029-03-06T22:31:00Z");
  expect(others).toEqual([]);
  expect(first.effect_key).toContain(ken.id);
  expect(first.text).toContain("ダッシュボードを開く: https://crm.example/dashboards/sales");
  expect(first.text).toContain("4,321");
  expect(first.text).toContain("レートなし 1 件");
  expect((await sent("2029-03-06T22:32:00Z")).length).toBe(1);
  const second = (await sent("2029-03-07T07:45:00Z")).at(-1);
  expect(second.effect_key).toContain(mari.id);
  expect(second.text).toContain("Open the dashboard");
  expect(second.text).not.toContain("4,321");

  expect((await ken.get("/api/dashboards/sales/mail")).json).toEqual({ wanted: true, at: "07:30" });
  expect((await ken.send("PUT", "/api/dashboards/sales/mail", { body: { wanted: false } })).status).toBe(200);
  expect((await ken.send("PUT", "/api/dashboards/sales/mail", { body: { wanted: 1 } })).status).toBe(400);
  expect((await w.nobody.get("/api/dashboards/sales/mail")).status).toBe(401);
  expect((await w.admin.get("/api/dashboards/sales/mail")).status).toBe(404);
  expect((await sent("2029-03-07T22:31:00Z")).length).toBe(2);
  // Saturday is no working day of the calendar.
  expect((await sent("2029-03-10T07:45:00Z")).length).toBe(2);
  await ken.send("PUT", "/api/dashboards/sales/mail", { body: { wanted: true } });
  expect((await sent("2029-03-12T22:31:00Z")).length).toBe(3);
  w.clock.set(new Date("2026-03-02T09:00:00Z"));
});

test("every shipped report runs, for an admin and for those whom it is for", async () => {
  const marketer = await w.user("Emi", { roles: ["marketer"] });
  const seller = await w.user("Ken", { roles: ["seller"] });
  const agent = await w.user("Aki", { roles: ["agent"] });
  for (const [template, who] of [
    ["sales", seller],
    ["marketing", marketer],
    ["closed_loop", marketer],
    ["service", agent],
  ] as const) {
    const folder = fileURLToPath(new URL(`../../templates/${template}/reports`, import.meta.url));
    for (const file of (await readdir(folder).catch(() => [])).map((it) => it.replace(".json", "")))
      for (const reader of [w.admin, who]) expect((await run(file, {}, reader)).title).toBeTruthy();
  }
});
