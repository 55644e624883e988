import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { arrive, letter } from "../fixtures/tickets.ts";
import { solve } from "../fixtures/solve.ts";
import { world, type Client, type World } from "../world.ts";

vi.setConfig({ testTimeout: 120_000 });

let w: World;
let ken: Client;
let manager: Client;
let director: Client;
let aya: Client;
beforeAll(async () => {
  w = await world({ templates: ["closed_loop"] });
  manager = await w.user("Mari", { roles: ["sales_manager"] });
  director = await w.user("Dana", { roles: ["sales_director"] });
  ken = await w.user("Ken", { roles: ["seller"], manager: manager.id });
  aya = await w.user("Aya", { roles: ["agent"] });
  await w.work();
});
afterAll(() => w.close());

const dayMs = 86_400_000;
const until = (holds: () => Promise<void>) => vi.waitFor(holds, { timeout: 30_000 });
async function make(client: Client, entity: string, values: object): Promise<string> {
  const answer = await client.post(`/api/records/${entity}`, values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id as string;
}
const read = async (entity: string, id: string) => (await w.admin.get(`/api/records/${entity}/${id}`)).json;
const find = async (entity: string, filter: string) =>
  (await w.admin.get(`/api/records/${entity}?${new URLSearchParams({ filter })}`)).json.items;
const send = async (client: Client, entity: string, id: string, type: string, values?: object) => {
  const answer = await client.post(`/api/records/${entity}/${id}/events`, { type, values });
  expect(answer.status, answer.text).toBe(200);
};
async function complete(client: Client, record: string, values: object): Promise<void> {
  const tasks = (await client.get("/api/tasks")).json.items;
  const { id } = tasks.find((it: any) => it.record === record && it.status === "open");
  const answer = await client.post(`/api/tasks/${id}/complete`, { values });
  expect(answer.status, answer.text).toBe(200);
}

/** A mail to somebody in the mailbox of the house, once it has come. */
async function mailTo(address: string, subject: RegExp) {
  const inbox = async () =>
    (await w.admin.get("/api/mailbox")).json.items.filter(({ to }: { to: string }) => to === address);
  await until(async () =>
    expect((await inbox()).map((it: any) => it.subject)).toContainEqual(expect.stringMatching(subject)),
  );
  const { id } = (await inbox()).find((it: any) => subject.test(it.subject));
  return (await w.admin.get(`/api/mailbox/${id}`)).json;
}
async function follow(mail: any): Promise<void> {
  const url = mail.links.find((it: string) => it.includes("/api/mail/to/"));
  const answer = await w.admin.post(`/api/mailbox/${mail.id}/simulate`, { as: "click", url });
  expect(answer.status, answer.text).toBeLessThan(300);
}

/** Somebody asks for a plan, agrees to news, and confirms it by the mail. */
async function visitor(name: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const email = `${name.toLowerCase().replaceAll(" ", ".")}@ono.example`;
  const body = new URLSearchParams({
    ...{ name, email, company_name: "Ono Kogyo", "consent-0": "yes", "consent-1": "yes", ...more },
    altcha: await solve((await w.nobody.get("/f/ask_for_a_plan/-/challenge")).json),
  }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const sent = await w.fetch(new Request("http://localhost/f/ask_for_a_plan", { method: "POST", body, headers }));
  expect(sent.status, await sent.text()).toBe(303);
  const [link = ""] = /\/f\/-\/confirm\/\S+/.exec((await mailTo(email, /confirm/i)).text) ?? [];
  expect((await w.nobody.post(link)).status).toBe(200);
  return (await find("lead", `email == '${email}'`))[0].id;
}

const runsOf = (record: string) =>
  w.sql("select workflow, state, status from {ws}._run where record = $1 order by workflow", [record]);

test("who confirms is written to over weeks; who follows links is qualified by that and offered, who does not is asked whether it is of use", async () => {
  const campaign = await make(w.admin, "campaign", { name: "Spring", utm_campaign: "spring", status: "running" });
  const rei = await visitor("Rei Ono", { phone: "+81 6 1234 5678", interest: "Lasers", "~utm_campaign": "spring" });
  const sue = await visitor("Sue Ono");
  expect(await read("lead", rei)).toMatchObject({ campaign, status: "new", source: "web_form" });
  expect((await read("lead", sue)).campaign).toBeNull();
  const welcome = await mailTo("rei.ono@ono.example", /^Welcome, Rei Ono$/);
  expect(welcome.text).toContain("You asked about Lasers");
  expect((await mailTo("sue.ono@ono.example", /^Welcome, Sue Ono$/)).text).not.toContain("You asked about");
  w.clock.advance(dayMs);
  await follow(welcome);
  const score = async () => (await w.admin.get(`/api/records/lead/${rei}/scores`)).json.items[0];
  expect(await score()).toMatchObject({ value: 55, fit: 30, behaviour: 25, over: false });
  w.clock.advance(3 * dayMs);
  const steps = await mailTo("rei.ono@ono.example", /ask first/);
  await mailTo("sue.ono@ono.example", /ask first/);
  await until(async () => expect((await runsOf(rei)).at(-1).state).toBe("reading"));
  w.clock.advance(3 * dayMs);
  await follow(steps);
  expect(await score()).toMatchObject({ value: 63.7, over: true, grade: "A2" });
  expect((await read("lead", rei)).status).toBe("qualified");
  expect(await runsOf(rei)).toEqual([
    { workflow: "lead_campaign", state: "found", status: "done" },
    { workflow: "lead_hand_off", state: "offered", status: "active" },
    { workflow: "lead_pipeline", state: "qualified", status: "active" },
    { workflow: "welcome_series", state: "keen", status: "done" },
  ]);
  expect((await read("lead", rei)).owner).toBe(ken.id);
  w.clock.advance(7 * dayMs);
  await mailTo("sue.ono@ono.example", /of use to you/);
  expect((await read("lead", sue)).status).toBe("new");
});

test("who was not reached is written to when a month has passed, and is her owner's to call when she follows the link or cannot be written to", async () => {
  const [sue] = await find("lead", "email == 'sue.ono@ono.example'");
  const silent = await make(w.admin, "lead", { name: "Silent Ono" });
  for (const id of [sue.id, silent])
    await send(w.admin, "lead", id, "lead.disqualify", { unqualified_reason: "not_reached" });
  w.clock.advance(30 * dayMs);
  const mail = await mailTo("sue.ono@ono.example", /take it up again/);
  await until(async () => expect(await runsOf(sue.id)).toContainEqual(expect.objectContaining({ state: "reading" })));
  w.clock.advance(60_000);
  await follow(mail);
  const told = async () =>
    (await find("task", "subject.contains('again: ')")).map(({ subject }: any) => subject).sort();
  await until(async () => expect(await told()).toEqual(["Interested again: Sue Ono", "Take up again: Silent Ono"]));
});

test("what is offered to a customer is what her deal is worth, and a quote needs no more than its deal", async () => {
  const company = await make(ken, "company", { name: "Aster Mills" });
  const deal = await make(ken, "deal", { title: "Laser line", company });
  const tiers = [
    ["10", 0],
    ["30", 2],
  ].map(([up_to, levels]) => ({ name: `Up to ${up_to}`, up_to, levels }));
  await make(w.admin, "discount_tier", tiers);
  const quote = await make(ken, "quote", {
    deal,
    currency: "USD",
    lines: [{ name: "Laser", quantity: "4", unit_price: "5000", discount_percent: "25" }],
  });
  expect(await read("quote", quote)).toMatchObject({ title: "Laser line", company, net: "15000" });
  await send(ken, "quote", quote, "quote.submit");
  await complete(manager, quote, { decision: "approve" });
  expect((await read("deal", deal)).amount).toBeNull();
  await complete(director, quote, { decision: "approve" });
  await send(ken, "quote", quote, "quote.send");
  expect((await read("deal", deal)).amount).toEqual({ amount: "15000", currency: "USD" });
});

test("a mail becomes a case whose answer at once keeps no promise; the customer's answer takes up again what waits for her", async () => {
  const company = await make(w.admin, "company", { name: "Kita Foods" });
  const contact = await make(w.admin, "contact", { name: "Nao Kita", email: "nao@kita.example", company });
  await w.admin.send("PUT", "/api/mailboxes/service", { body: { owner: aya.id } });
  w.clock.set(new Date("2026-06-01T09:00:00Z"));
  const from = "Nao Kita <nao@kita.example>";
  const arrived = await arrive(
    w.admin,
    letter({ from, to: "service@example.com", id: "<n1@kita.example>" }),
    "service",
  );
  expect(arrived.status, arrived.text).toBe(201);
  const { record } = arrived.json;
  const at = "2026-06-01T13:00:00.000Z";
  expect(await read("case", record)).toMatchObject({ contact, company, origin: "email", first_response_due: at });
  const told = await mailTo("nao@kita.example", /C-\d+/);
  expect(told.text).toContain("Dear Nao Kita");
  const facts = () =>
    w.sql("select type, data->>'auto' as auto from {ws}._fact where record = $1 order by id", [record]);
  await until(async () => expect((await facts()).at(-1)).toEqual({ type: "mail.sent", auto: "true" }));
  const clock = async (name: string) =>
    (await w.admin.get(`/api/records/case/${record}/clocks`)).json.items.find((it: any) => it.clock === name);
  expect((await clock("first_response")).state).toBe("running");

  w.clock.set(new Date("2026-06-01T10:00:00Z"));
  await send(aya, "case", record, "case.start");
  expect((await aya.post(`/api/records/case/${record}/answers`, { text: "Since when?" })).status).toBe(201);
  await until(async () => expect(await clock("first_response")).toMatchObject({ state: "met", elapsed_ms: 3_600_000 }));
  await send(aya, "case", record, "case.ask");
  expect((await clock("resolution")).state).toBe("paused");
  const answer = letter({ from, to: "service@example.com", inReplyTo: "<n1@kita.example>", text: "Since today." });
  expect((await arrive(w.admin, answer, "service")).json.record).toBe(record);
  expect((await read("case", record)).stage).toBe("in_progress");
  expect((await clock("resolution")).state).toBe("running");
  expect((await clock("next_response")).state).toBe("running");
});

test("one timeline tells a contact's mails, calls, visits, forms, orders, complaints and steps of workflows, and the pages of her and her company what they are worth and what is due", async () => {
  w.clock.set(new Date("2026-07-01T09:00:00Z"));
  const lead = await visitor("Mei Sato", { company_name: "Sato Tools", phone: "+81 6 2222 3333", interest: "Saws" });
  const seen = { type: "page.visited", entity: "lead", record: lead, id: "visit-mei", data: { page: "/saws" } };
  const visited = await w.admin.post("/api/facts", { ...seen, at: w.clock.now().toISOString() });
  expect(visited.status, visited.text).toBeLessThan(300);
  await send(w.admin, "lead", lead, "lead.qualify");
  await complete(ken, lead, { decision: "accept" });
  const converted = await ken.post("/api/records/lead/convert", { conversion: "lead_to_customer", ids: [lead] });
  expect(converted.status, converted.text).toBe(200);
  const { contact, company, deal } = await read("lead", lead);
  await make(ken, "call", { subject: "Talked about saws", about: { entity: "contact", id: contact } });
  const amount = (value: string) => ({ amount: value, currency: "USD" });
  const other = { company, contact, close_date: "2026-07-01" };
  await make(ken, "deal", { title: "Blades", ...other, amount: amount("250") });
  await make(ken, "deal", { title: "Benches", ...other, amount: amount("1000.5") });
  const { version } = await read("deal", deal);
  const worth = { amount: amount("4000"), close_date: "2026-07-01" };
  await ken.patch(`/api/records/deal/${deal}`, worth, { "if-match": `"${version}"` });
  for (const type of ["deal.advance", "deal.win"]) await send(ken, "deal", deal, type);
  const lines = [{ name: "Saw", quantity: "2", unit_price: "1500" }];
  const order = await make(ken, "order", { title: "Saws", company, contact, order_date: "2026-07-01", lines });
  await send(ken, "order", order, "order.confirm");
  const mail = { from: "Mei Sato <mei.sato@ono.example>", to: "service@example.com", id: "<saw@ono.example>" };
  const complaint = (await arrive(w.admin, letter({ ...mail, subject: "The saw is blunt" }), "service")).json.record;
  expect(await read("case", complaint)).toMatchObject({ contact, company });

  const { items } = (await w.admin.get(`/api/records/contact/${contact}/timeline?limit=200`)).json;
  const told = items.map(({ type, fact, subject, record, of, act }: any) =>
    [type, fact ?? subject ?? record?.subject ?? act, of?.entity].filter((it) => it !== undefined && it !== null),
  );
  for (const one of [
    ["mail", "The saw is blunt", "case"],
    ["activity", "Talked about saws"],
    ["fact", "page.visited", "lead"],
    ["fact", "form.submitted", "lead"],
    ["step", "create", "order"],
    ["step", "create", "case"],
    ["step", "move", "deal"],
    ["fact", "deal.won"],
  ])
    expect(told).toContainEqual(one);

  const due = (await read("case", complaint)).next_due;
  expect(due).not.toBeNull();
  const numbers = { open_deals: 2, open_value: "1250.5", won_value: "4000", ordered_value: "3000", open_cases: 1 };
  const stands = { ...numbers, last_order_on: "2026-07-01", case_due: due };
  expect(await read("contact", contact)).toMatchObject(stands);
  expect(await read("company", company)).toMatchObject({ ...stands, first_order_on: "2026-07-01" });
  const scored = async (entity: string, id: string) =>
    (await w.admin.get(`/api/records/${entity}/${id}/scores`)).json.items.map((it: any) => [it.name, it.value]);
  expect(await scored("contact", contact)).toEqual([["engagement", 60]]);
  expect(await scored("company", company)).toEqual([["relationship", 90]]);
  const consents = (await w.admin.get(`/api/consents?entity=contact&record=${contact}`)).json.items;
  expect(consents.filter(({ state }: any) => state === "granted").map(({ purpose }: any) => purpose.name)).toEqual([
    "enquiry",
    "newsletter",
  ]);
  const people = await ken.get(`/api/consents?entity=company&record=${company}&list=contacts`);
  const granted = people.json.items.filter(({ state }: any) => state === "granted");
  expect(granted.map(({ person, purpose }: any) => [person, purpose.name])).toEqual([
    [{ id: contact, name: "Mei Sato" }, "enquiry"],
    [{ id: contact, name: "Mei Sato" }, "newsletter"],
  ]);
  const nobody = [`record=${company}&list=nothing`, `record=${contact}&list=contacts`, `record=${company}&list=leads`];
  const refused = await Promise.all(nobody.map((it) => aya.get(`/api/consents?entity=company&${it}`)));
  expect(refused.map(({ json }) => json.code)).toEqual(["document.list_unknown", "record.missing", "entity.unknown"]);
  await send(aya, "case", complaint, "case.cancel", { close_reason: "Sharpened" });
  expect(await read("contact", contact)).toMatchObject({ open_cases: 0, case_due: null });
  expect(await scored("company", company)).toEqual([["relationship", 100]]);
  // Who sees her own deals alone is told no sum of all.
  const hers = (await ken.get(`/api/records/contact/${contact}`)).json;
  expect(Object.keys(hers).filter((name) => name in numbers && name !== "open_cases")).toEqual([]);
});
