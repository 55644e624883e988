import { check, readModel, type Model } from "engine";
import type { AnyDocument, EntityDocument, ReportDocument, ValueSetDocument } from "schemas";
import { expect, test } from "vitest";
import { newReport } from "./design.ts";
import { formOf, shownAs } from "./forms.ts";

const entity = (name: string, properties: EntityDocument["properties"]): EntityDocument => ({
  $schema: "urn:trellis:entity:1",
  $id: name,
  $anchor: `ent_${name}`,
  type: "object",
  title: name,
  properties: { name: { $anchor: `fld_${name}_name`, field: "text", title: "Name" }, ...properties },
});
const select = { $anchor: "fld_source", field: "select", title: "Source", value_set: "source" };
const whence: ValueSetDocument = {
  $schema: "urn:trellis:value-set:1",
  $id: "source",
  $anchor: "vs_source",
  title: "Source",
  choices: [{ value: "web", title: "Web" }],
};
const deal = entity("deal", {
  customer: { $anchor: "fld_customer", field: "reference", title: "Customer", to: "company" },
  amount: { $anchor: "fld_amount", field: "money", title: "Amount" },
  closed: { $anchor: "fld_closed", field: "date", title: "Closed" },
});
const lead = entity("lead", {
  deal: { $anchor: "fld_deal", field: "reference", title: "Deal", to: "deal" },
  source: select,
});
const visit = entity("visit", {
  company: { $anchor: "fld_company", field: "reference", title: "Company", to: "company" },
  source: { ...select, $anchor: "fld_kind" },
});
const documents = (...more: readonly EntityDocument[]): readonly AnyDocument[] => [
  whence,
  entity("company", {}),
  deal,
  ...more,
];
const modelOf = (...more: readonly EntityDocument[]): Model => readModel(documents(...more), 1);
const report = newReport("Won", "deal", []);
const sound = (it: ReportDocument, ...more: readonly EntityDocument[]) =>
  expect(check([...documents(...more), it]).filter(({ path }) => path.startsWith("/report/"))).toEqual([]);

test("shown as shares, a report begins with what most likely touched its customers, and back it counts again", () => {
  const shares = shownAs(report, "attribution", modelOf(lead, visit));
  expect(shares.attribution).toMatchObject({
    amount: { cel: "amount" },
    date: "closed",
    touches: [{ source: "lead", of: "deal", by: "source", date: "created_at" }],
  });
  expect(formOf(shares)).toBe("attribution");
  sound(shares, lead, visit);
  const met = shownAs(report, "attribution", modelOf(visit));
  expect(met.attribution?.touches).toEqual([
    { source: "visit", of: "company", key: "customer", by: "source", date: "created_at" },
  ]);
  sound(met, visit);
  const alone = shownAs(report, "attribution", modelOf());
  expect(alone.attribution?.touches).toMatchObject([{ source: "deal", of: "id" }]);
  sound(alone);
  expect(shownAs(shares, "table", modelOf(lead))).toMatchObject({ measures: [{ agg: "count" }] });
  expect(shownAs(shares, "table", modelOf(lead)).attribution).toBeUndefined();
});

test("shown as customers it asks for who bought, when and for how much; shown so again it stays what it is", () => {
  const buyers = shownAs({ ...report, dimensions: [{ id: "by", path: "name" }] }, "customers", modelOf());
  expect(buyers.customers).toEqual({ path: "customer", date: "closed", amount: { cel: "amount" } });
  expect(buyers.dimensions).toBeUndefined();
  sound(buyers);
  const changed = { ...buyers, customers: { ...buyers.customers!, ahead: 12 } };
  expect(shownAs(changed, "customers", modelOf()).customers?.ahead).toBe(12);
  sound(shownAs(changed, "waterfall", modelOf()));
});
