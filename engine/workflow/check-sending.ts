import type { Cap } from "schemas";
import { durationOf } from "../expression/literal.ts";
import type { Fault } from "../problem.ts";
import type { SendingHours } from "./sending.ts";

/** Tells what a place wants that is wrong. */
export type Telling = (wrong: boolean, wanted: string, path: string) => readonly Fault[];

export const spans = "a span of weeks, days, hours, minutes and seconds";
export const isSpan = (text: string): boolean => Number(durationOf(text) ?? 0) > 0;

/** What was sent is counted for so long. */
const capSecondsMost = 366 * 86_400;

/** What is wrong with quiet hours and caps, of a workflow or of a purpose. */
export function sendingFaults(
  {
    quiet_hours,
    caps = [],
  }: Pick<SendingHours, "quiet_hours"> & { readonly caps?: readonly Pick<Cap, "per">[] | undefined },
  told: Telling,
): readonly Fault[] {
  return [
    ...told(
      quiet_hours !== undefined && quiet_hours.from === quiet_hours.to,
      "an end that is not its beginning",
      "quiet_hours/to",
    ),
    ...caps.flatMap(({ per }, at) => [
      ...told(!isSpan(per), spans, `caps/${at}/per`),
      ...told(isSpan(per) && Number(durationOf(per)) > capSecondsMost, "a span of a year at most", `caps/${at}/per`),
    ]),
  ];
}
