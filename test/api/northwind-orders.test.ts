import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "csv-parse/sync";
import { dataFolder, withoutData } from "../data.ts";
import { world, type World } from "../world.ts";

type Row = Readonly<Record<string, string>>;
const folder = join(dataFolder ?? "", "northwind");
const table = async (name: string): Promise<readonly Row[]> =>
  parse(await readFile(join(folder, `${name}.csv`), "utf8"), { columns: true }) as Row[];

test.skipIf(dataFolder)(`Northwind: ${withoutData}`, () => undefined);

describe.skipIf(!dataFolder)("the orders of Northwind, through their lines", () => {
  let w: World;
  let reference: any;
  const names = new Map<string, string>();

  beforeAll(async () => {
    w = await world({ templates: ["core", "sales"] });
    reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8"));
    const bring = async (entity: string, records: readonly object[]) => {
      const answer = await w.admin.post(`/api/records/${entity}`, records);
      expect(answer.status, answer.text).toBe(201);
      return answer.json.items as { id: string }[];
    };
    const [customers, products, orders, details] = await Promise.all(
      ["customers", "products", "orders", "order_details"].map(table),
    );
    const companies = await bring(
      "company",
      customers!.map(({ customer_id, company_name, country }) => ({
        external_id: customer_id,
        name: company_name,
        country,
      })),
    );
    for (const [at, { id }] of companies.entries()) names.set(id, customers![at]!.company_name!);
    const idOf = new Map(customers!.map(({ customer_id }, at) => [customer_id, companies[at]!.id]));
    const made = await bring(
      "product",
      products!.map(({ product_name, product_id }) => ({ external_id: product_id, name: product_name })),
    );
    const productOf = new Map(products!.map(({ product_id }, at) => [product_id, made[at]!.id]));
    const lines = Map.groupBy(details!, ({ order_id }) => order_id);
    const records = orders!.map((order) => ({
      title: order.order_id,
      company: idOf.get(order.customer_id),
      order_date: order.order_date,
      lines: lines.get(order.order_id)!.map(({ product_id, quantity, unit_price, discount }) => ({
        product: productOf.get(product_id),
        quantity,
        unit_price,
        discount_percent: String(Math.round(Number(discount) * 100)),
      })),
    }));
    for (let from = 0; from < records.length; from += 200) await bring("order", records.slice(from, from + 200));
  });
  afterAll(() => w.close());

  const sums = async (body: object) => (await w.admin.post("/api/records/order/aggregate", body)).json.rows;
  const cents = (text: string) => Math.round(Number(text) * 100) / 100;

  test("their totals are those of the reference: in all, by year, by customer", async () => {
    const measures = { net: "sum(net)", gross: "sum(gross)", n: "count()" };
    const [all] = await sums({ measures });
    expect([cents(all.net), cents(all.gross), all.n]).toEqual([
      reference.total_revenue,
      reference.gross_before_discount,
      reference.rows.orders,
    ]);
    const years = [];
    for (const [year] of reference.revenue_by_year) {
      const filter = `order_date >= date('${year}-01-01') && order_date <= date('${year}-12-31')`;
      const [{ net, n }] = await sums({ measures, filter });
      years.push([year, cents(net), n]);
    }
    expect(years).toEqual(reference.revenue_by_year);
    const customers = (await sums({ measures, group: ["company"] }))
      .map(({ company, net, n }: any) => [names.get(company.id ?? company), cents(net), n])
      .sort((one: any, other: any) => other[1] - one[1]);
    expect(customers.slice(0, 10)).toEqual(reference.top10_customers);
  });
});
