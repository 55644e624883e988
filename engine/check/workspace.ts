import type { WorkspaceDocument } from "schemas";
import { isTimeZone } from "../locale.ts";
import { fault, type Fault } from "../problem.ts";
import { placeOf } from "./place.ts";

/** Whether days begin somewhere, and what each other currency is worth is said once for a day. */
export function checkWorkspace(document: WorkspaceDocument): readonly Fault[] {
  const { currency: own, time_zone: zone, rates = [] } = document;
  const wanted = (text: string, at: number, member: string) =>
    fault("document.malformed", { wanted: text, path: placeOf(document, "rates", at, member) });
  const said = new Set<string>();
  return [
    ...(isTimeZone(zone) ? [] : [fault("calendar.zone", { zone, path: placeOf(document, "time_zone") })]),
    ...rates.flatMap(({ currency, from }, at) => {
      if (currency === own) return [wanted(`is the currency of the workspace, which needs no rate`, at, "currency")];
      const known = said.has(`${currency} ${from}`);
      said.add(`${currency} ${from}`);
      return known ? [wanted(`says again what ${currency} is worth from ${from} on`, at, "from")] : [];
    }),
  ];
}
