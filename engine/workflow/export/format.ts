import type { Delay, Guard, WorkflowDocument } from "schemas";
import { durationOf } from "../../expression/literal.ts";
import { guardText } from "../guards.ts";

/** A form in which other tools read a workflow. */
export interface WorkflowFormat {
  readonly name: string;
  readonly label: string;
  /** Of the file that holds it. */
  readonly extension: string;
  readonly mediaType: string;
  readonly write: (document: WorkflowDocument) => string;
}

/** How long a wait is in milliseconds; nothing where that hangs on the record, the calendar or a clock. */
export function fixedMs({ duration, calendar }: Delay): number | undefined {
  const seconds = duration === undefined || calendar !== undefined ? undefined : durationOf(duration);
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** A wait in words that any tool can show. */
export function delayText(name: string, delay: Delay | undefined): string {
  return delay?.title ?? delay?.duration ?? delay?.at?.cel ?? delay?.until ?? name;
}

/** What stands behind the name of a transition: its guard. */
export const guardNote = (guard: Guard | undefined): string => (guard ? ` [${guardText(guard)}]` : "");
