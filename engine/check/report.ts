import type { ReportDocument } from "schemas";
import { accessOf, adminRole } from "../access.ts";
import type { Model } from "../model.ts";
import { fault, Problem, type Fault } from "../problem.ts";
import { keepsNothing } from "../reports/daily.ts";
import { planReport } from "../reports/plan.ts";
import { placeOf } from "./place.ts";

/** What is wrong with a report among the others of its model: it is planned as for somebody who sees everything. */
export function checkReport(document: ReportDocument, model: Model): readonly Fault[] {
  try {
    planReport(model, accessOf(model, [adminRole]), document, { now: new Date(0) });
    const wanted =
      "a date of the records, nothing that every change of them changes, and what has sums by day: counts, sums and averages by choices and references";
    if (!keepsNothing(model, document)) return [];
    return [fault("report.malformed", { wanted, path: "/kept" })].map((it) => placed(document, it));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.faults.map((it) => placed(document, it));
  }
}

const placed = (document: ReportDocument, it: Fault): Fault => ({
  ...it,
  status: 422,
  path: `${placeOf(document)}${it.path}`,
});
