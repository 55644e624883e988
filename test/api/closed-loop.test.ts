import { afterAll, beforeAll, expect, test } from "vitest";
import type { AnyDocument } from "schemas";
import { publish } from "../../runtime/store/publish.ts";
import { fireDue } from "../../runtime/store/fire.ts";
import { rollupDrift } from "../../runtime/store/rollups.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
let ken: Client;
let leo: Client;
let mio: Client;
beforeAll(async () => {
  w = await world({ templates: ["closed_loop"] });
  ken = await w.user("Ken", { roles: ["seller"] });
  leo = await w.user("Leo", { roles: ["seller"] });
  mio = await w.user("Mio", { roles: ["seller"] });
});
afterAll(() => w.close());

const dayMs = 86_400_000;
async function make(client: Client, entity: string, values: object): Promise<string> {
  const answer = await client.post(`/api/records/${entity}`, values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id as string;
}
const read = async (entity: string, id: string) => (await w.admin.get(`/api/records/${entity}/${id}`)).json;
const send = async (client: Client, entity: string, id: string, type: string, values?: object) => {
  const answer = await client.post(`/api/records/${entity}/${id}/events`, { type, values });
  expect(answer.status, answer.text).toBe(200);
};
const later = async (ms: number) => {
  w.clock.advance(ms);
  expect(await fireDue(w.workspace, w.clock.now())).toMatchObject({ failures: [] });
};
const qualified = async (values: object) => {
  const id = await make(w.admin, "lead", values);
  await send(w.admin, "lead", id, "lead.qualify");
  return id;
};
const taskOf = async (client: Client, record: string) =>
  (await client.get("/api/tasks")).json.items.find((it: any) => it.record === record && it.status === "open");
const answer = async (client: Client, record: string, values: object) =>
  client.post(`/api/tasks/${(await taskOf(client, record)).id}/complete`, { values });
const ownerOf = async (lead: string) => (await read("lead", lead)).owner;
const nurtured = (workflow: string) =>
  w.sql("select record, state, status from {ws}._run where workflow = $1 order by record", [workflow]);
const clientOf = (id: string) => [ken, leo, mio].find((it) => it.id === id)!;

test("a qualified lead goes to whoever has the fewest and is there, to the next when refused or unanswered, and is told when nobody takes it", async () => {
  const from = w.clock.now().toISOString();
  const away = await leo.post("/api/me/delegations", {
    to: ken.id,
    from,
    until: new Date(w.clock.now().getTime() + 300 * dayMs),
  });
  expect(away.status, away.text).toBeLessThan(300);
  const first = await qualified({ name: "One" });
  const second = await qualified({ name: "Two" });
  const owners = [await ownerOf(first), await ownerOf(second)];
  expect(new Set(owners)).toEqual(new Set([ken.id, mio.id]));

  const refused = await answer(clientOf(owners[0]!), first, { decision: "refuse" });
  expect(refused.status).toBe(422);
  await answer(clientOf(owners[0]!), first, { decision: "refuse", reason: "no_capacity" });
  expect(await read("lead", first)).toMatchObject({ owner: owners[1], hand_off_refused: "no_capacity" });
  const taken = await answer(clientOf(owners[1]!), first, { decision: "accept" });
  expect(taken.status, taken.text).toBe(200);
  expect(await read("lead", first)).toMatchObject({ owner: owners[1], hand_off_refused: null });
  expect((await read("lead", first)).accepted_at).not.toBeNull();

  await later(dayMs);
  const next = await ownerOf(second);
  expect(await taskOf(clientOf(next), second)).toMatchObject({ title: "Take Two?" });
  await later(dayMs);
  await later(dayMs);
  const told = await w.admin.get(
    `/api/records/task?${new URLSearchParams({ filter: "subject == 'Nobody has taken Two'" })}`,
  );
  expect(told.json.items).toHaveLength(1);
});

test("a lead becomes company, contact and deal; won and lost return to it, and a lost one is nurtured again when its reason may have passed", async () => {
  const lead = await qualified({
    name: "Rei Ono",
    email: "rei@ono.example",
    company_name: "Ono Kogyo",
    website: "https://ono.example",
    interest: "Lasers",
    job_title: "Buyer",
  });
  const owner = clientOf(await ownerOf(lead));
  await answer(owner, lead, { decision: "accept" });
  await make(owner, "call", { subject: "Talked", about: { entity: "lead", id: lead } });
  const offers = (await owner.get(`/api/records/lead/${lead}/events`)).json.map(({ type }: any) => type);
  expect(offers).not.toContain("lead.convert");
  const converted = await owner.post("/api/records/lead/convert", { conversion: "lead_to_customer", ids: [lead] });
  expect(converted.status, converted.text).toBe(200);
  const { status, company, contact, deal } = await read("lead", lead);
  expect(status).toBe("converted");
  expect(await read("company", company)).toMatchObject({ name: "Ono Kogyo", email: null, owner: owner.id });
  expect(await read("contact", contact)).toMatchObject({ email: "rei@ono.example", job_title: "Buyer", company });
  expect(await read("deal", deal)).toMatchObject({ title: "Lasers", company, contact, owner: owner.id });

  await send(owner, "deal", deal, "deal.lose", { lost_reason: "no_budget" });
  expect(await read("lead", lead)).toMatchObject({ outcome: "lost", outcome_reason: "no_budget" });
  const facts = await w.sql(
    "select entity, type, data->>'reason' as reason from {ws}._fact where type like 'deal.%' order by entity",
  );
  expect(facts).toEqual([
    { entity: "contact", type: "deal.lost", reason: "no_budget" },
    { entity: "lead", type: "deal.lost", reason: "no_budget" },
  ]);
  expect(await nurtured("lost_lead_nurture")).toEqual([{ record: lead, state: "quarter", status: "active" }]);
  expect(await nurtured("lost_contact_nurture"), "nobody is nurtured twice").toEqual([]);
  await later(89 * dayMs);
  expect(await nurtured("lost_lead_nurture")).toMatchObject([{ state: "quarter" }]);
  await later(dayMs);
  expect(await nurtured("lost_lead_nurture")).toMatchObject([{ state: "back_for_less" }]);

  await send(w.admin, "deal", deal, "deal.reopen");
  const { version } = await read("deal", deal);
  const amount = { amount: "100", currency: "USD" };
  await w.admin.patch(
    `/api/records/deal/${deal}`,
    { amount, close_date: "2026-06-30" },
    { "if-match": `"${version}"` },
  );
  await send(w.admin, "deal", deal, "deal.win");
  expect(await read("lead", lead)).toMatchObject({ outcome: "won", outcome_reason: null });
  expect(await nurtured("lost_lead_nurture"), "who has bought is nurtured no more").toMatchObject([{ status: "done" }]);
  const { items } = (await owner.get(`/api/records/company/${company}/timeline?limit=100`)).json;
  const kinds = new Set(items.map(({ type, of, about }: any) => `${type} ${(of ?? about)?.entity ?? "own"}`));
  expect([...kinds].sort()).toEqual([
    "activity deal",
    "fact contact",
    "fact lead",
    "history own",
    "step contact",
    "step deal",
    "step lead",
  ]);
});

test("the contact of a lost deal that came of no lead is nurtured by the reason, and no more once she buys", async () => {
  const early = await make(w.admin, "contact", { name: "Aki Mori", email: "aki@mori.example", owner: ken.id });
  const lost = async (contact: string, lost_reason: string) => {
    const deal = await make(w.admin, "deal", { title: lost_reason, contact, owner: ken.id });
    await send(w.admin, "deal", deal, "deal.lose", { lost_reason });
    return deal;
  };
  const standing = async (record: string) =>
    (await nurtured("lost_contact_nurture")).filter((it) => it.record === record).map(({ state }) => state);
  await lost(early, "timing");
  expect(await standing(early)).toEqual(["two_months"]);
  await later(60 * dayMs);
  expect(await standing(early)).toEqual(["back_in_time"]);

  const [late, never] = await Promise.all(["Late", "Never"].map((name) => make(w.admin, "contact", { name })));
  await lost(never!, "competitor");
  expect(await standing(never!)).toEqual(["over"]);
  const deal = await lost(late!, "no_budget");
  expect(await standing(late!)).toEqual(["quarter"]);
  await send(w.admin, "deal", deal, "deal.reopen");
  const { version } = await read("deal", deal);
  const company = await make(w.admin, "company", { name: "Late Mills" });
  const closing = { company, amount: { amount: "100", currency: "USD" }, close_date: "2027-06-30" };
  await w.admin.patch(`/api/records/deal/${deal}`, closing, { "if-match": `"${version}"` });
  await send(w.admin, "deal", deal, "deal.win");
  const [run] = (await nurtured("lost_contact_nurture")).filter(({ record }) => record === late);
  expect(run).toMatchObject({ status: "done" });
});

test("what was not qualified is nurtured again, unless it is opened before", async () => {
  const one = await make(w.admin, "lead", { name: "Silent" });
  const other = await make(w.admin, "lead", { name: "Back" });
  for (const id of [one, other])
    await send(w.admin, "lead", id, "lead.disqualify", { unqualified_reason: "not_reached" });
  await send(w.admin, "lead", other, "lead.reopen");
  await later(30 * dayMs);
  const runs = await nurtured("unqualified_nurture");
  expect(new Map(runs.map(({ record, state }) => [record, state]))).toEqual(
    new Map([
      [one, "back_to_you"],
      [other, "month"],
    ]),
  );
  expect(runs.find(({ record }) => record === other).status).toBe("done");
});

test("an open complaint stands above the customer's next order, and guards it where the rule is switched on", async () => {
  const company = await make(w.admin, "company", { name: "Aster Mills" });
  const complaint = await make(w.admin, "case", { subject: "Broken pump", type: "complaint", company });
  await make(w.admin, "case", { subject: "How to clean it?", type: "question", company });
  const lines = [{ name: "Pump", quantity: "1", unit_price: "100" }];
  const order = await make(ken, "order", { title: "Pumps", company, lines });
  const banners = async () => (await ken.get(`/api/records/order/${order}/banners`)).json.items;
  expect(await banners()).toEqual([{ tone: "warning", text: "This customer has an open complaint." }]);
  expect(await read("company", company)).toMatchObject({ open_cases: 2 });

  const documents = w.workspace.model.documents.map((it): AnyDocument => {
    if (!("$id" in it) || it.$id !== "order" || !("rules" in it)) return it;
    return { ...it, rules: it.rules?.map(({ off: _, ...rule }) => rule) } as AnyDocument;
  });
  await publish(w.workspace, { documents, reason: "Guard", author: w.admin.id, now: w.clock.now() });
  const confirm = () => ken.post(`/api/records/order/${order}/events`, { type: "order.confirm" });
  expect((await confirm()).json).toMatchObject({
    code: "rule.broken",
    detail: "This customer has an open complaint: settle it before the order is confirmed.",
  });
  await send(w.admin, "case", complaint, "case.cancel", { close_reason: "Taken back" });
  expect(await banners()).toEqual([]);
  const contact = await make(w.admin, "contact", { name: "Ada Aster" });
  const own = await make(w.admin, "case", { subject: "Rude driver", type: "complaint", contact });
  const { version } = await read("order", order);
  await w.admin.patch(`/api/records/order/${order}`, { contact }, { "if-match": `"${version}"` });
  expect(await banners()).toHaveLength(1);
  expect((await confirm()).json).toMatchObject({ code: "rule.broken" });
  await send(w.admin, "case", own, "case.cancel", { close_reason: "Taken back" });
  expect((await confirm()).status).toBe(200);
  const { items } = (await ken.get(`/api/records/company/${company}/timeline`)).json;
  expect(items.map(({ type, of }: any) => of?.entity ?? type)).toEqual(
    expect.arrayContaining(["hidden", "hidden", "order"]),
  );
});

test("what a customer is worth is told in the currency of the workspace by the rate of the day, and a draft is no order", async () => {
  const euro = (from: string, rate: string) => ({ currency: "EUR", from, rate });
  const withRates = (rates: readonly object[]) => {
    const documents = w.workspace.model.documents.map((it): AnyDocument =>
      it.$schema === "urn:trellis:workspace:1" ? ({ ...it, rates } as AnyDocument) : it,
    );
    return publish(w.workspace, { documents, reason: "Rates", author: w.admin.id, now: w.clock.now() });
  };
  await withRates([euro("2026-01-01", "1.1"), euro("2026-07-01", "1.2")]);
  const company = await make(w.admin, "company", { name: "Money Mills" });
  const deal = (amount: string, currency: string, close_date: string | null) =>
    make(w.admin, "deal", { title: `${amount} ${currency}`, company, amount: { amount, currency }, close_date });
  await deal("100", "USD", "2026-02-01");
  const moved = await deal("10", "EUR", "2026-06-30");
  await deal("10", "EUR", null);
  await deal("1000", "JPY", "2026-02-01");
  const worth = async () => (await read("company", company)).open_value;
  expect(await worth()).toBe("123");
  const without = async () => {
    const { open_unrated, won_unrated } = await read("company", company);
    return [open_unrated, won_unrated];
  };
  expect(await without(), "what counts in no sum is told beside it").toEqual([1, 0]);
  const worthy = { id: "worthy", agg: "sum", of: { cel: "amount * 2" }, where: { cel: "amount.amount > 2000" } };
  const report = {
    source: "deal",
    dimensions: [{ id: "stage", path: "stage" }],
    measures: [{ id: "n", agg: "count" }, { id: "value", agg: "sum", of: { cel: "amount" } }, worthy],
    filter: { cel: `company == '${company}'` },
    converted: true,
    layout: { kind: "bar" },
  };
  const told = await w.admin.post("/api/reports/run", { report });
  expect(told.json.unrated, told.text).toEqual({ value: 1 });
  const opened = async (filter: string) => {
    const list = await w.admin.get(`/api/records/deal?${new URLSearchParams({ filter })}`);
    return list.json.items.map(({ title }: any) => title);
  };
  expect(await opened(told.json.unrated_drill.value), "the number opens its records").toEqual(["1000 JPY"]);
  expect(told.json.totals.values.value).toHaveLength(2);
  const rated = { ...report, filter: { cel: `company == '${company}' && amount.currency != 'JPY'` } };
  expect((await w.admin.post("/api/reports/run", { report: rated })).json.unrated).toBeUndefined();
  const run = async (more: object) => {
    const answer = await w.admin.post("/api/reports/run", { report: { ...report, ...more } });
    expect(answer.status, answer.text).toBe(200);
    return answer.json;
  };
  const year = { path: "close_date", first: "2027-01-01", last: "2027-12-31" };
  const compared = await run({ period: year, compare: { shift: -1, unit: "year" } });
  expect([compared.unrated, compared.unrated_before]).toEqual([undefined, { value: 1 }]);
  const open = { cel: "!(stage in ['won', 'lost'])" };
  const falls = { amount: { cel: "amount" }, open, won: { cel: "false" }, lost: { cel: "false" } };
  const period = { first: "2020-01-01", last: "2099-12-31" };
  const form = { dimensions: [], measures: [] };
  const fallen = await run({ ...form, waterfall: falls, layout: { kind: "waterfall" }, period });
  expect([fallen.currency, fallen.unrated]).toEqual(["USD", { amount: 1 }]);
  const touches = [{ source: "deal", of: "id", by: "stage", date: "created_at" }];
  const shares = { amount: { cel: "amount" }, date: "close_date", models: ["first", "linear"], touches };
  const shared = await run({ ...form, attribution: shares, layout: { kind: "attribution" } });
  expect(shared.unrated).toEqual({ first: 1, linear: 1 });
  const buyers = { path: "company", date: "close_date", amount: { cel: "amount" } };
  const half = { path: "close_date", first: "2026-01-01", last: "2026-06-30" };
  const bought = await run({ ...form, customers: buyers, layout: { kind: "customers" }, period: half });
  expect(bought.unrated).toEqual({ amount: 1 });
  const drills = [fallen.unrated_drill.amount, shared.unrated_drill.first, bought.unrated_drill.amount];
  for (const drill of drills) expect(await opened(drill)).toEqual(["1000 JPY"]);
  expect(bought.rows[0].values.amount).toMatchObject({ amount: "111.00", currency: "USD" });
  const daily = await run({ ...form, customers: buyers, layout: { kind: "customers" }, converted: false });
  expect([daily.currency, daily.unrated, daily.rows[0].values.amount.amount]).toEqual(["USD", { amount: 1 }, "111.00"]);
  const doubly = { ...report, ...form, customers: { ...buyers, currency: "title" }, layout: { kind: "customers" } };
  const refused = await w.admin.post("/api/reports/run", { report: doubly });
  expect(refused.json.problems).toMatchObject([{ code: "report.malformed", path: "/customers/currency" }]);
  const { fields } = (await w.admin.get("/api/model")).json.entities.find((it: any) => it.name === "company");
  expect(fields.find((it: any) => it.name === "open_value").unrated).toBe("open_unrated");
  const { version } = await read("deal", moved);
  await w.admin.patch(`/api/records/deal/${moved}`, { close_date: "2026-07-01" }, { "if-match": `"${version}"` });
  expect(await worth()).toBe("124");
  await withRates([
    euro("2026-01-01", "1.1"),
    euro("2026-07-01", "1.3"),
    { ...euro("2026-01-01", "0.01"), currency: "JPY" },
  ]);
  expect(await worth()).toBe("136");
  expect(await without()).toEqual([0, 0]);
  await deal("5", "CHF", "2026-02-01");
  expect(await without()).toEqual([1, 0]);
  expect(await rollupDrift(w.pool, w.workspace)).toEqual([]);

  const lines = [{ name: "Pump", quantity: "1", unit_price: "100" }];
  const order = await make(w.admin, "order", {
    title: "Pumps",
    company,
    currency: "EUR",
    order_date: "2026-05-01",
    lines,
  });
  expect(await read("company", company)).toMatchObject({
    ordered_value: "0",
    last_order_on: null,
    first_order_on: null,
  });
  await send(w.admin, "order", order, "order.confirm");
  expect(await read("company", company)).toMatchObject({ ordered_value: "110", last_order_on: "2026-05-01" });
  const value = await w.admin.post("/api/reports/customer_value/run", {
    parameters: { filter: `company == '${company}'` },
  });
  expect(value.json.rows[0].values.amount, "as its page has it").toEqual({ amount: "110.00", currency: "USD" });
});
