import type { AnyDocument } from "schemas";
import { expect, test } from "vitest";
import { checkReport } from "../check/report.ts";
import { readModel } from "../model.ts";
import { dailyOf } from "./daily.ts";

const offer = {
  ...{ $schema: "urn:trellis:entity:1", $id: "offer", $anchor: "ent_offer", type: "object", title: "Offer" },
  properties: { size: { $anchor: "fld_size", field: "integer", title: "Size" } },
};
const report = (more: object) => ({
  ...{ $schema: "urn:trellis:report:1", $id: "offers", $anchor: "rep_offers", title: "Offers", source: "offer" },
  ...{ kept: "day", dimensions: [{ id: "day", path: "created_at", grain: "day" }], layout: { kind: "table" } },
  measures: [{ id: "n", agg: "count" }],
  ...more,
});

test.each([
  ["the day on which it was made", {}, true],
  ["the day of its last change", { dimensions: [{ id: "day", path: "updated_at", grain: "day" }] }, false],
  ["who has changed it last", { measures: [{ id: "n", agg: "count", where: { cel: "updated_by == user" } }] }, false],
  ["how often it was changed", { measures: [{ id: "n", agg: "sum", of: { cel: "version" } }] }, false],
])("sums of records by %s may be kept by day", (_, more, kept) => {
  const document = report(more) as any;
  const model = readModel([offer, document] as unknown as AnyDocument[]);
  expect(dailyOf(model).length).toBe(kept ? 1 : 0);
  expect(checkReport(document, model).map(({ path }) => path)).toEqual(kept ? [] : ["/report/offers/kept"]);
});
