import type { CalendarDocument } from "schemas";
import { checkCalendar } from "../check/calendar.ts";
import { at } from "../check/place.ts";
import type { DocumentKind } from "./document-kind.ts";
import { itself, saidOf, whole } from "./part.ts";

/** A calendar names nothing; delays name it. Its parts are its weeks and each day that differs. */
export const calendar: DocumentKind<CalendarDocument> = {
  check: (document) => checkCalendar(document),
  mentions: () => [],
  parts: (document) => [
    whole(document, document.title, document.$id, "hours", "later", "exceptions"),
    { id: "hours", path: "/hours", what: "Week", title: document.title, values: { ...document.hours } },
    ...Object.entries(document.later ?? {}).map(([day, week]) => ({
      id: `from ${day}`,
      path: at(["later", day]),
      what: "Week from",
      title: day,
      values: { ...week },
    })),
    ...Object.entries(document.exceptions ?? {}).map(([day, exception]) => ({
      id: `day ${day}`,
      path: at(["exceptions", day]),
      what: "Day",
      title: [day, exception.title].filter((it) => it !== undefined).join(" "),
      values: { ...exception },
    })),
  ],
  said: (document) => saidOf(itself, document),
};
