import { afterAll, beforeAll, expect, test } from "vitest";
import { analyticsIn } from "../fixtures/analytics.ts";
import { carried } from "../fixtures/parcels.ts";
import { fireDue } from "../../runtime/store/fire.ts";
import { world, type Client, type World } from "../world.ts";

let w: World;
let seller: Client;
let manager: Client;
let director: Client;
let board: Client;
let book: string;
const products = new Map<string, string>();

beforeAll(async () => {
  w = await world({ templates: ["core", "sales"] });
  await analyticsIn(() => w).workspaceWith({ currency: "JPY" });
  manager = await w.user("Mari", { roles: ["sales_manager"] });
  seller = await w.user("Ken", { roles: ["seller"], manager: manager.id });
  director = await w.user("Dana", { roles: ["sales_director"] });
  board = await w.user("Bo", { roles: ["board"] });
  const tiers = [
    ["10", 0],
    ["20", 1],
    ["30", 2],
    ["100", 3],
  ].map(([up_to, levels]) => ({ name: `Up to ${up_to}`, up_to, levels }));
  await make(w.admin, "discount_tier", tiers);
  book = await make(w.admin, "price_book", {
    name: "JPY",
    currency: "JPY",
    smallest: "1",
    rounding: "down",
    tax_rate: "10",
    reduced_tax_rate: "8",
    registration_number: "T1234567890123",
  });
  for (const [name, price] of [
    ["Sensor", "12345"],
    ["Cable", "4567"],
    ["Tea", "198"],
  ] as const) {
    products.set(name, await make(w.admin, "product", { name, list_price: { amount: "99999", currency: "JPY" } }));
    const own = { price_book: book, product: products.get(name)!, unit_price: price };
    await make(w.admin, "price_book_entry", [
      own,
      { ...own, unit_price: "1", min_quantity: "100" },
      { ...own, unit_price: "2", valid_until: "2026-03-01" },
      { ...own, unit_price: "3", valid_from: "2026-03-03" },
    ]);
  }
});
afterAll(() => w.close());

async function make(client: Client, entity: string, values: object): Promise<string> {
  const answer = await client.post(`/api/records/${entity}`, values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id as string;
}
const read = async (entity: string, id: string) => (await w.admin.get(`/api/records/${entity}/${id}`)).json;
const find = async (entity: string, filter: string) =>
  (await w.admin.get(`/api/records/${entity}?${new URLSearchParams({ filter, sort: "created_at,id" })}`)).json.items;
const send = (client: Client, entity: string, id: string, type: string, more: object = {}) =>
  client.post(`/api/records/${entity}/${id}/events`, { type, ...more });
const moved = async (client: Client, entity: string, id: string, type: string) => {
  const answer = await send(client, entity, id, type);
  expect(answer.status, answer.text).toBe(200);
  return answer;
};

/** A quote of one line of 10,000 with this discount. */
async function offering(line: object): Promise<string> {
  const lines = [{ name: "Work", quantity: "1", unit_price: "10000", ...line }];
  return make(seller, "quote", { title: "Offer", currency: "JPY", smallest: "1", lines });
}
const openTask = async (client: Client, record: string) =>
  (await client.get("/api/tasks")).json.items.find((it: any) => it.record === record && it.status === "open");
async function decide(client: Client, record: string, decision = "approve") {
  const task = await openTask(client, record);
  const answer = await client.post(`/api/tasks/${task.id}/complete`, { values: { decision } });
  expect(answer.status, answer.text).toBe(200);
}

test("quote-japanese-tax: prices of the book, lines rounded down, tax once per rate, and an accepted quote keeps them", async () => {
  const company = await make(seller, "company", { name: "Ono Kogyo", address: "1-2-3 Namba, Osaka" });
  const line = (name: string, quantity: string, more: object = {}) => ({
    product: products.get(name)!,
    quantity,
    ...more,
  });
  const quote = await make(seller, "quote", {
    title: "Sensors",
    company,
    price_book: book,
    valid_until: "2026-03-31",
    lines: [
      line("Sensor", "3", { discount_percent: "5" }),
      line("Cable", "1"),
      line("Tea", "10", { tax_class: "reduced" }),
    ],
  });
  const lines = await find("quote_line", `quote == "${quote}"`);
  expect(lines.map(({ name, unit_price, net }: any) => [name, unit_price, net])).toEqual([
    ["Sensor", "12345", "35183"],
    ["Cable", "4567", "4567"],
    ["Tea", "198", "1980"],
  ]);
  const totals = { net: "41730", net_standard: "39750", tax_standard: "3975", tax_reduced: "158", total: "45863" };
  expect(await read("quote", quote)).toMatchObject({ ...totals, currency: "JPY", status: "draft" });

  await moved(seller, "quote", quote, "quote.submit");
  await moved(seller, "quote", quote, "quote.send");
  expect((await read("quote", quote)).status).toBe("sent");
  const files = async () => (await seller.get(`/api/records/quote/${quote}/files`)).json.items;
  expect(await carried(w)).toBe(1);
  expect(await files()).toMatchObject([{ type: "application/pdf" }]);
  const [made] = await w.sql("select effects from {ws}._journal where to_state = 'sent' order by at desc limit 1");
  const asked = made.effects.find((effect: any) => effect.do === "document.create").params;
  expect(asked.text).toEqual(
    expect.arrayContaining([
      "10 % on 39750: 3975",
      "8 % on 1980: 158",
      "Total: 45863 JPY",
      "Registration number: T1234567890123",
    ]),
  );
  expect(asked.table.rows.map((row: any) => row.at(-1))).toEqual(["35183", "4567", "1980"]);
  const locked = await seller.patch(
    `/api/records/quote_line/${lines[0].id}`,
    { quantity: "4" },
    { "if-match": `"${lines[0].version}"` },
  );
  expect(locked.json).toMatchObject({ code: "rule.broken" });
  await moved(seller, "quote", quote, "quote.accept");
  const [entry] = await find("price_book_entry", `product == "${products.get("Sensor")}" && unit_price == 12345`);
  await w.admin.patch(
    `/api/records/price_book_entry/${entry.id}`,
    { unit_price: "20000" },
    { "if-match": `"${entry.version}"` },
  );
  expect(await read("quote", quote)).toMatchObject({ ...totals, status: "accepted" });
  const { version } = await read("price_book", book);
  await w.admin.patch(`/api/records/price_book/${book}`, { rounding: "half_up" }, { "if-match": `"${version}"` });
  expect(await read("quote", quote)).toMatchObject({ ...totals, rounding: "down" });

  const [order] = await find("order", `quote == "${quote}"`);
  expect(order).toMatchObject({ ...totals, company, status: "draft", title: "Sensors", bill_to: "1-2-3 Namba, Osaka" });
  const copies = await find("order_line", `order == "${order.id}"`);
  expect(copies.map(({ name, net, source_line }: any) => [name, net, source_line])).toEqual(
    lines.map(({ id, name, net }: any) => [name, net, id]),
  );
  for (const event of ["confirm", "deliver", "invoice", "complete"])
    await moved(seller, "order", order.id, `order.${event}`);
  expect(await read("order", order.id)).toMatchObject({
    status: "completed",
    delivered_date: "2026-03-02",
    booked: "41730",
  });
  expect((await send(seller, "order", order.id, "order.cancel")).status).toBe(409);
  expect(await read("company", company)).toMatchObject({ ordered_value: "41730", last_order_on: "2026-03-02" });
});

test("the price is that of the quantity, in force today; without one in the book it is the product's own", async () => {
  const quote = await make(seller, "quote", {
    title: "Many",
    price_book: book,
    lines: [
      { product: products.get("Tea")!, quantity: "99" },
      { product: products.get("Tea")!, quantity: "100" },
      { product: products.get("Tea")!, quantity: "1", unit_price: "150" },
      {
        product: await make(w.admin, "product", { name: "Cup", list_price: { amount: "500", currency: "JPY" } }),
        quantity: "1",
      },
    ],
  });
  const lines = await find("quote_line", `quote == "${quote}"`);
  expect(lines.map(({ unit_price, list_price, net }: any) => [unit_price, list_price, net])).toEqual([
    ["198", "99999", "19602"],
    ["1", "99999", "100"],
    ["150", "99999", "150"],
    [null, "500", "500"],
  ]);
});

test("discount-matrix-approval: levels by tiers, exact at the edges, and asked again only for what is missing", async () => {
  const levels = async (line: object) => {
    const quote = await offering(line);
    await moved(seller, "quote", quote, "quote.submit");
    return [(await read("quote", quote)).levels, quote] as const;
  };
  const asked: number[] = [];
  for (const percent of ["10", "10.01", "20", "20.01", "30", "30.01"])
    asked.push((await levels({ discount_percent: percent }))[0]);
  expect(asked).toEqual([0, 1, 1, 2, 2, 3]);
  expect((await levels({ discount_amount: "2001" }))[0]).toBe(2);

  const [, quote] = await levels({ discount_percent: "20" });
  expect((await read("quote", quote)).status).toBe("level_first");
  await decide(manager, quote);
  expect(await read("quote", quote)).toMatchObject({ status: "approved", approved_levels: 1 });
  const again = async (percent: string) => {
    await moved(seller, "quote", quote, "quote.edit");
    const [line] = await find("quote_line", `quote == "${quote}"`);
    await seller.patch(
      `/api/records/quote_line/${line.id}`,
      { discount_percent: percent },
      { "if-match": `"${line.version}"` },
    );
    await moved(seller, "quote", quote, "quote.submit");
    return (await read("quote", quote)).status;
  };
  expect(await again("25")).toBe("level_second");
  expect(await openTask(manager, quote)).toBeUndefined();
  await decide(director, quote);
  expect((await read("quote", quote)).status).toBe("approved");
  expect(await again("12")).toBe("approved");

  const [, large] = await levels({ discount_percent: "40" });
  const [tier] = await find("discount_tier", "levels == 0");
  await w.admin.patch(`/api/records/discount_tier/${tier.id}`, { up_to: "12" }, { "if-match": `"${tier.version}"` });
  expect((await levels({ discount_percent: "11" }))[0]).toBe(0);
  await decide(manager, large);
  await decide(director, large);
  await decide(board, large, "reject");
  expect(await read("quote", large)).toMatchObject({ status: "draft", approved_levels: 2 });
});

test("a quote is revised into its next version with the same lines, and expires a day after its last", async () => {
  const quote = await make(seller, "quote", {
    title: "Offer",
    valid_until: "2026-03-05",
    lines: [{ name: "Work", quantity: "2", unit_price: "100" }],
  });
  await moved(seller, "quote", quote, "quote.submit");
  await moved(seller, "quote", quote, "quote.send");
  const answer = await moved(seller, "quote", quote, "quote.revise");
  const [next] = await find("quote", `replaces == "${quote}"`);
  expect(next).toMatchObject({ revision: 2, status: "draft", total: "200", valid_until: "2026-03-05" });
  expect((await read("quote", quote)).status).toBe("superseded");
  const undone = await w.admin.post(`/api/operations/${answer.headers.get("trellis-operation")}/undo`);
  expect(undone.json).toMatchObject({ removed: 2, conflicts: [] });
  expect((await read("quote", quote)).status).toBe("sent");
  w.clock.advance(5 * 86_400_000);
  expect(await fireDue(w.workspace, w.clock.now())).toMatchObject({ failures: [] });
  expect((await read("quote", quote)).status).toBe("expired");
});

test("rights hold down to the lines: another seller sees none of it, and nobody writes an approval by hand", async () => {
  const quote = await offering({ discount_percent: "15" });
  const other = await w.user("Leo", { roles: ["seller"] });
  expect((await other.get(`/api/records/quote/${quote}`)).status).toBe(404);
  expect(
    (await other.get(`/api/records/quote_line?${new URLSearchParams({ filter: `quote == "${quote}"` })}`)).json.items,
  ).toEqual([]);
  const { version } = await read("quote", quote);
  const byHand = await seller.patch(
    `/api/records/quote/${quote}`,
    { approved_levels: 3 },
    { "if-match": `"${version}"` },
  );
  expect(byHand.json).toMatchObject({ code: "field.read_only" });
  expect((await send(seller, "quote", await make(seller, "quote", { title: "Empty" }), "quote.submit")).status).toBe(
    409,
  );
});
