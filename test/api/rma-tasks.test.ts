import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { analyticsIn } from "../fixtures/analytics.ts";
import { Browser, page } from "../fixtures/portal.ts";
import { world, type Client, type World } from "../world.ts";

/**
 * Task rma-exchange, with the shipped templates and through the API alone: of one order the third piece comes back and is
 * exchanged first, of another the old piece never comes. One story, told in the order of its days.
 */

vi.setConfig({ testTimeout: 120_000 });

/** An order of three pieces, and the return of the third. */
interface Story {
  readonly order: string;
  readonly asset: string;
  readonly ticket: string;
  readonly rma: string;
  readonly line: string;
}

let w: World;
let sal: Client;
let aki: Client;
let company: string;
let contact: string;
let comes: Story;
let stays: Story;

const { run, workspaceWith } = analyticsIn(() => w);
const yen = (amount: number) => ({ amount: String(amount), currency: "JPY" });
const at = (moment: string) => w.clock.set(new Date(`2026-${moment}:00+09:00`));
const until = (holds: () => Promise<void>) => vi.waitFor(holds, { timeout: 30_000 });
async function made(client: Client, entity: string, values: object): Promise<string> {
  const answer = await client.post(`/api/records/${entity}`, values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id;
}
const read = async (entity: string, id: string) => (await aki.get(`/api/records/${entity}/${id}`)).json;
const found = async (entity: string, filter: string) =>
  (await aki.get(`/api/records/${entity}?${new URLSearchParams({ filter })}`)).json.items;
const sending = (entity: string, id: string, type: string, values?: object) =>
  aki.post(`/api/records/${entity}/${id}/events`, { type, values });
async function sent(entity: string, id: string, type: string, values?: object): Promise<void> {
  const answer = await sending(entity, id, type, values);
  expect(answer.status, answer.text).toBe(200);
}
const tasksOn = async (record: string) =>
  (await sal.get("/api/tasks")).json.items.filter((it: any) => it.record === record && it.status === "open");
async function decides(record: string, decision: string): Promise<void> {
  const [{ id }] = await tasksOn(record);
  const answer = await sal.post(`/api/tasks/${id}/complete`, { values: { decision } });
  expect(answer.status, answer.text).toBe(200);
}
const mails = async () => {
  const { items } = (await w.admin.get("/api/mailbox")).json;
  const own = items.filter(({ to, subject }: any) => to === "hana@aoba.example" && subject.includes("RMA-"));
  return Promise.all(own.map(async ({ id }: any) => (await w.admin.get(`/api/mailbox/${id}`)).json));
};

async function returned(name: string, serials: readonly string[]): Promise<Story> {
  at("05-11T10:00");
  const product = await made(w.admin, "product", { name });
  const lines = [{ name, product, quantity: "3", unit_price: "20000" }];
  const order = await made(w.admin, "order", { title: name, company, contact, currency: "JPY", lines });
  const [{ id: order_line }] = await found("order_line", `order == '${order}'`);
  for (const type of ["order.confirm", "order.deliver"])
    expect((await w.admin.post(`/api/records/order/${order}/events`, { type })).status).toBe(200);
  const delivered = { delivered_on: "2026-05-11", warranty_until: "2027-05-10", price: yen(20_000) };
  const assets: string[] = [];
  for (const serial of serials)
    assets.push(await made(aki, "asset", { serial, product, company, contact, order, order_line, ...delivered }));
  const asset = assets.at(-1)!;
  at("06-01T10:00");
  const ticket = await made(aki, "case", { subject: `${name} is dead`, type: "return", company, contact, asset });
  const rma = await made(aki, "return_request", { case: ticket, order, reason: "product" });
  const line = await made(aki, "return_line", { request: rma, asset });
  expect(await read("return_line", line)).toMatchObject({ order_line, delivered: 3, returned_before: 0 });
  return { order, asset, ticket, rma, line };
}

beforeAll(async () => {
  w = await world({ templates: ["closed_loop"] });
  await workspaceWith({ currency: "JPY", time_zone: "Asia/Tokyo" });
  sal = await w.user("Sal", { roles: ["service_manager"] });
  aki = await w.user("Aki", { roles: ["agent"], manager: sal.id });
  company = await made(w.admin, "company", { name: "Aoba Instruments" });
  const hana = { name: "Hana Mori", email: "hana@aoba.example", language: "ja", company };
  contact = await made(w.admin, "contact", hana);
  comes = await returned("Sensor X", ["SN-001", "SN-002", "SN-003"]);
  stays = await returned("Sensor Y", ["SY-001", "SY-002", "SY-003"]);
  await w.work();
});
afterAll(() => w.close());

test("a return has a number on case, order, asset and the customer's page, and above 10,000 the manager approves it", async () => {
  const { order, asset, ticket, rma, line } = comes;
  const { number, email } = await read("return_request", rma);
  expect([number, email]).toEqual([expect.stringMatching(/^RMA-\d{5}$/), "hana@aoba.example"]);
  for (const filter of [`case == '${ticket}'`, `order == '${order}'`])
    expect((await found("return_request", filter)).map((it: any) => it.number)).toEqual([number]);
  expect((await found("return_line", `asset == '${asset}' && request.number == '${number}'`)).length).toBe(1);
  const lists = ["case", "order", "asset"].map((it) => w.workspace.model.layouts.get(it)!.related!);
  for (const related of lists) expect(related.map(({ list }) => list)).toContain("returns");
  const browser = await Browser.signedIn(w, "hana@aoba.example");
  expect((await browser.get(`${page}/return_request`)).text).toContain(number);

  await sent("return_line", line, "line.decide", { remedy: "exchange" });
  const refused = await sending("return_line", line, "line.exchange", { replacement: "SN-104" });
  expect(refused.json).toMatchObject({ code: "event.refused", detail: expect.stringContaining("is approved") });
  await sent("return_request", rma, "return.accept");
  expect(await read("return_request", rma)).toMatchObject({ stage: "eligible", value: "20000" });
  expect((await sending("return_request", rma, "return.approve")).json.code).toBe("right.missing");
  await decides(rma, "approve");
  expect((await read("return_request", rma)).stage).toBe("approved");

  const other = await made(aki, "case", { subject: "A cable too many", company, contact });
  const small = await made(aki, "return_request", { case: other });
  await made(aki, "return_line", { request: small, name: "Cable", delivered: 1, price: yen(10_000) });
  await sent("return_request", small, "return.accept");
  expect((await read("return_request", small)).stage).toBe("approved");
  expect(await tasksOn(small)).toEqual([]);
  await made(aki, "return_line", { request: small, name: "Plug", delivered: 1, price: yen(1) });
  await sent("return_request", small, "return.accept");
  expect((await tasksOn(small)).length, "it comes to more than was approved").toBe(1);
});

test("the exchange is the customer's with the same warranty, and the old piece is expected back", async () => {
  at("06-02T10:00");
  await sent("return_line", comes.line, "line.exchange", { replacement: "SN-104" });
  const [exchange] = await found("asset", "serial == 'SN-104'");
  expect(exchange).toMatchObject({ company, contact, warranty_until: "2027-05-10", stage: "in_use" });
  expect(exchange).toMatchObject({ order: comes.order, delivered_on: "2026-06-02", sent_for: comes.line });
  expect(await read("asset", comes.asset)).toMatchObject({ stage: "return_expected", replaced_by: exchange.id });
  expect(await read("return_line", comes.line)).toMatchObject({ goods: "awaiting", must_arrive_on: "2026-06-16" });

  await sent("return_request", stays.rma, "return.accept");
  await decides(stays.rma, "approve");
  await sent("return_line", stays.line, "line.decide", { remedy: "exchange" });
  await sent("return_line", stays.line, "line.exchange", { replacement: "SY-104" });
});

test("what arrives and is defective is set apart, nothing is charged, return and case end, and the customer is told", async () => {
  const { rma, line, asset, ticket } = comes;
  at("06-10T10:00");
  await sent("return_line", line, "line.receive", { received: 1 });
  expect(await read("asset", asset)).toMatchObject({ stage: "returned", returned_on: "2026-06-10" });
  await sent("return_line", line, "line.inspect", { finding: "defective" });
  expect(await read("asset", asset)).toMatchObject({ stage: "quarantine", finding: "defective" });
  await sent("return_line", line, "line.dispose", { decision: "vendor" });
  await until(async () => expect((await read("case", ticket)).stage).toBe("resolved"));
  const request = await read("return_request", rma);
  expect(request).toMatchObject({ stage: "settled", charged: "0", fee: null });
  expect([(await read("return_line", line)).charge, await tasksOn(line)]).toEqual([null, []]);
  await sent("case", ticket, "case.close");
  expect((await read("case", ticket)).stage).toBe("closed");
  await until(async () => expect((await mails()).length).toBe(1));
  const [mail] = await mails();
  expect(mail.subject).toBe(`ご返品 ${request.number} の手続きが完了しました`);
  expect(mail.text).toContain("料金は発生しません");
});

test("a second return of a piece and more pieces than were delivered are refused; its story reads sold, returned, replaced", async () => {
  const { ticket, asset } = comes;
  const request = await made(aki, "return_request", { case: ticket });
  const again = await aki.post("/api/records/return_line", { request, asset, delivered: 3 });
  expect(again.json).toMatchObject({
    code: "rule.broken",
    detail: "This asset comes back, or has come back, by another return.",
  });
  const more = await aki.post("/api/records/return_line", { request, name: "Sensor X", delivered: 3, quantity: 4 });
  expect(more.json).toMatchObject({
    code: "rule.broken",
    detail: "No more comes back than was delivered and has not come back yet.",
  });
  const { items, names } = (await aki.get(`/api/records/asset/${asset}/timeline?limit=100`)).json;
  const own = items.filter(({ type }: any) => type === "history").toReversed();
  expect(own[0]).toMatchObject({ act: "create", after: { delivered_on: "2026-05-11", order: comes.order } });
  const stages = own.flatMap(({ after }: any) => after.stage ?? []);
  expect(stages).toEqual(["in_use", "return_expected", "returned", "quarantine"]);
  expect(own.flatMap(({ after }: any) => (after.replaced_by ? names[after.replaced_by] : []))).toEqual(["SN-104"]);
  const around = items.filter(({ type, of }: any) => type === "step" && of.entity === "return_line");
  expect(around.length, "its return line tells the same from its side").toBeGreaterThan(3);
});

test("a line is split where its pieces go two ways, and no more comes back or is refunded than the order says", async () => {
  const order = await made(w.admin, "order", {
    ...{ title: "Six cables", company, contact, currency: "JPY", smallest: "1", tax_rate: "10" },
    lines: [{ name: "Cable", quantity: "6", unit_price: "999" }],
  });
  const [{ id: order_line }] = await found("order_line", `order == '${order}'`);
  const ticket = await made(aki, "case", { subject: "Cables", company, contact });
  const request = await made(aki, "return_request", { case: ticket, order });
  const asked = { request, order_line, quantity: 5, price: yen(1098) };
  const early = await aki.post("/api/records/return_line", asked);
  expect(early.json.code, "nothing is delivered").toBe("rule.broken");
  for (const type of ["order.confirm", "order.deliver", "order.invoice", "order.complete"])
    expect((await w.admin.post(`/api/records/order/${order}/events`, { type })).status).toBe(200);
  expect((await aki.get(`/api/records/order/${order}`)).json).toMatchObject({ total: "6593", paid: "6593" });
  const wrong = await aki.post("/api/records/return_line", { ...asked, delivered: 60 });
  expect(wrong.json).toMatchObject({ code: "rule.broken", detail: "Delivered is what the order says." });

  const line = await made(aki, "return_line", asked);
  expect(await read("return_line", line)).toMatchObject({ delivered: 6, name: "Cable" });
  await sent("return_request", request, "return.accept");
  await sent("return_line", line, "line.expect");
  await sent("return_line", line, "line.receive", { received: 3 });
  expect((await sending("return_line", line, "line.split", { split_off: 5 })).json.code).toBe("event.refused");
  await sent("return_line", line, "line.split", { split_off: 2 });
  await sent("return_line", line, "line.split", { split_off: 1 });
  const parts = await found("return_line", `request == '${request}'`);
  const told = ({ quantity, received, goods, split_from }: any) => [
    quantity,
    received,
    goods,
    split_from?.id ?? split_from,
  ];
  expect(parts.map(told).sort()).toEqual([
    [1, 1, "received", line],
    [2, 0, "awaiting", line],
    [2, 2, "received", null],
  ]);
  const ordered = async () => (await read("order_line", order_line)).returned;
  expect([await ordered(), (await read("return_request", request)).quantity]).toEqual(["5", "5"]);

  const other = await made(aki, "return_request", { case: ticket, order });
  expect(await read("return_request", other)).toMatchObject({ paid: yen(6593), refunded_before: yen(0) });
  const more = await Promise.all(
    [1, 2, 3].map(() => aki.post("/api/records/return_line", { request: other, order_line, quantity: 1 })),
  );
  expect(more.map(({ status }) => status).sort(), "one of three has a piece left").toEqual([201, 422, 422]);
  expect([await ordered(), more.find(({ status }) => status === 422)?.json.detail]).toEqual([
    "6",
    "No more comes back than was delivered and has not come back yet.",
  ]);
  const refund = async (entity: string, id: string, amount: number) =>
    aki.patch(
      `/api/records/${entity}/${id}`,
      { refund: yen(amount) },
      { "if-match": `"${(await read(entity, id)).version}"` },
    );
  const last = more.find(({ status }) => status === 201)!.json.id;
  expect((await refund("return_line", line, 6000)).status).toBe(200);
  expect((await refund("return_line", last, 594)).json.detail).toBe(
    "No more is refunded than was paid for the line and not refunded yet.",
  );
  expect((await refund("return_line", last, 593)).status).toBe(200);
  expect((await refund("return_request", request, 6001)).json.detail).toBe(
    "No more is refunded than the lines of the return come to, in their currency.",
  );
  expect((await refund("return_request", request, 6000)).status).toBe(200);
  const dollars = { refund: { amount: "1", currency: "USD" } };
  const { version } = await read("return_request", other);
  const foreign = await aki.patch(`/api/records/return_request/${other}`, dollars, { "if-match": `"${version}"` });
  expect(foreign.json.problems.map((it: any) => it.detail)).toContain("Money goes back in the currency of the order.");
  await sent("return_request", other, "return.review");
  expect((await sal.post(`/api/records/return_request/${other}/events`, { type: "return.reject" })).status).toBe(200);
  expect(await ordered(), "what is refused does not come back").toBe("5");
});

test("who takes back the last step of a line takes back what it told the return and the case", async () => {
  const ticket = await made(aki, "case", { subject: "Wrong colour", type: "return", company, contact });
  const rma = await made(aki, "return_request", { case: ticket });
  const line = await made(aki, "return_line", { request: rma, name: "Shade", delivered: 1, price: yen(500) });
  await sent("return_request", rma, "return.accept");
  await sent("return_line", line, "line.expect");
  await sent("return_line", line, "line.receive", { received: 1 });
  await sent("return_line", line, "line.inspect", { finding: "no_fault" });
  await sent("return_line", line, "line.decide", { remedy: "credit" });
  await sent("return_line", line, "line.remedy");
  const before = [await read("return_line", line), await read("return_request", rma), await read("case", ticket)];
  const disposed = await sending("return_line", line, "line.dispose", { decision: "restock" });
  await until(async () => expect((await read("case", ticket)).stage).toBe("resolved"));
  expect((await read("return_request", rma)).stage).toBe("settled");
  const operation = disposed.headers.get("trellis-operation");
  const undone = await aki.post(`/api/operations/${operation}/undo`);
  expect(undone.json, undone.text).toMatchObject({ restored: 3, removed: 0, conflicts: [] });
  expect([await read("return_line", line), await read("return_request", rma), await read("case", ticket)]).toEqual(
    before,
  );
});

test("of two returns of one piece that come at once, one is refused", async () => {
  const product = await made(w.admin, "product", { name: "Lamp" });
  const asset = await made(aki, "asset", { serial: "LA-1", product });
  const ticket = await made(aki, "case", { subject: "The lamp is dead", company });
  const requests = await Promise.all([1, 2].map(() => made(aki, "return_request", { case: ticket })));
  const spares = await Promise.all(["Bulb", "Foot"].map((name) => made(w.admin, "product", { name })));
  // Neither is written before both have been looked at, or one waits for the other.
  const holding = await w.pool.connect();
  await holding.query(`begin; lock table ${w.workspace.schema}._history in share mode`);
  const lines = requests.map((request, at) =>
    aki.post("/api/records/return_line", { request, asset, product: spares[at], delivered: 1 }),
  );
  const waiting = "select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock'";
  await until(async () => expect((await w.sql(waiting))[0].n).toBeGreaterThanOrEqual(2));
  await holding.query("commit");
  holding.release();
  expect((await Promise.all(lines)).map(({ status }) => status).sort()).toEqual([201, 422]);
});

test("a charge is proposed the day after the last one, and is the manager's to make", async () => {
  const { line, rma, asset } = stays;
  at("06-16T23:59");
  expect([(await read("return_line", line)).goods, await tasksOn(line)]).toEqual(["awaiting", []]);
  at("06-17T00:00");
  await until(async () => expect((await tasksOn(line)).length).toBe(1));
  const [task] = await tasksOn(line);
  expect([task.kind, task.title]).toEqual(["approval", "Charge 20000 JPY for SY-003?"]);
  expect(await read("return_line", line)).toMatchObject({ goods: "charge_proposed", charge: null });
  expect(await read("return_request", rma)).toMatchObject({ stage: "approved", charged: "0" });
  await decides(line, "charge");
  expect(await read("return_line", line)).toMatchObject({ goods: "charged", charge: yen(20_000) });
  expect((await read("asset", asset)).stage, "she keeps what she pays for").toBe("in_use");
  await until(async () => expect((await read("return_request", rma)).stage).toBe("settled"));
  expect((await read("return_request", rma)).charged).toBe("20000");
  await until(async () => expect((await mails()).length).toBe(2));
});

test("a report tells returns by product and cause: one of three", async () => {
  const { rows } = await run("returns_by_cause", {}, aki);
  const row = rows.find(({ labels }: any) => labels.product === "Sensor X");
  expect([row.keys.cause, Number(row.values.returned), Number(row.values.sold)]).toEqual(["product", 1, 3]);
  expect(Number(row.values.share)).toBeCloseTo(1 / 3);
});
