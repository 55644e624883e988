import { expect, test } from "vitest";
import type { CalendarDocument, WorkflowDocument } from "schemas";
import { againFrom } from "./listening.ts";
import { endingOf } from "./passages.ts";
import { sendAt, sendingRules, type SendingRules } from "./sending.ts";

const tokyo = (moment: string) => new Date(`2026-${moment}:00+09:00`).toISOString();
const meta = (more: object) => ({ meta: more }) as unknown as WorkflowDocument;
const window = { days: ["mon", "tue", "wed", "thu"], from: "09:00", to: "17:00" };
const rules = (more: object, purpose?: Parameters<typeof sendingRules>[2]) =>
  sendingRules(meta(more), "notify", purpose);
const sent = (more: object, now: string, exceptions: object = {}) => goes(rules(more), now, exceptions);
const goes = (by: SendingRules, now: string, exceptions: object = {}) =>
  sendAt({
    ...by,
    zone: "Asia/Tokyo",
    now: tokyo(now),
    sent: [],
    calendar: (name) => (name === "jp" ? ({ exceptions } as unknown as CalendarDocument) : undefined),
  });

test("what is due outside of its window goes at the next beginning, on the days that the calendar leaves", () => {
  const send_window = { ...window, calendar: "jp" };
  expect(sent({ send_window }, "06-06T11:00")).toBe(tokyo("06-08T09:00"));
  expect(sent({ send_window }, "06-08T16:59")).toBe(tokyo("06-08T16:59"));
  expect(sent({ send_window }, "06-08T17:00")).toBe(tokyo("06-09T09:00"));
  expect(sent({ send_window }, "06-06T11:00", { "2026-06-08": { title: "Closed" } })).toBe(tokyo("06-09T09:00"));
  const open = { "2026-06-08": { title: "Shorter", hours: ["10:00-12:00"] } };
  expect(sent({ send_window }, "06-06T11:00", open)).toBe(tokyo("06-08T09:00"));
  expect(sent({ send_window, quiet_hours: { from: "20:00", to: "10:00" } }, "06-06T11:00")).toBe(tokyo("06-08T10:00"));
});

test("a journey and the purpose of its mail both have a mail wait: for a moment at which each lets it go", () => {
  const purpose = { quiet_hours: { from: "08:00", to: "12:00" } };
  expect(goes(rules({ send_window: window }, purpose), "06-04T16:00")).toBe(tokyo("06-04T16:00"));
  expect(goes(rules({ send_window: window }, purpose), "06-04T17:00")).toBe(tokyo("06-08T12:00"));
  expect(goes(rules({}, purpose), "06-04T09:00")).toBe(tokyo("06-04T12:00"));
  const capped = rules({}, { caps: [{ max: 1, per: "P1D", over: "skip" }] });
  expect(
    sendAt({
      ...capped,
      zone: "UTC",
      now: tokyo("06-04T09:00"),
      sent: [tokyo("06-03T10:00")],
      calendar: () => undefined,
    }),
  ).toBe(null);
});

test("who may not begin again is told why: under way, once for all, or not before its days are over", () => {
  const run = (status: string, started_at: string) => [{ status, started_at }];
  const now = new Date("2026-05-20T00:00:00Z");
  const begun = "2026-04-28T00:00:00.000Z";
  expect(againFrom(meta({ enrol: {} }), run("active", begun), now)).toEqual({ why: "running", from: null });
  expect(againFrom(meta({ enrol: {} }), run("done", begun), now)).toEqual({ why: "once", from: null });
  const again = meta({ enrol: { again: "after_end", window: "P30D" } });
  expect(againFrom(again, run("done", begun), now)).toEqual({ why: "window", from: "2026-05-28T00:00:00.000Z" });
  expect(againFrom(again, run("done", begun), new Date("2026-05-28T00:00:00Z"))).toBeUndefined();
});

test("how a run began and ended is one of the things that are counted", () => {
  const by = (type: string, data?: object) => ({ type, ...(data ? { data } : {}) });
  expect(endingOf(undefined, "active", by("begin"))).toEqual(["run.begun"]);
  expect(endingOf(undefined, "done", by("begin"))).toEqual(["run.begun", "run.done"]);
  expect(endingOf("active", "active", by("timer"))).toEqual([]);
  expect(endingOf("active", "done", by("exit", { event: "mail.bounced" }))).toEqual(["run.exit:mail.bounced"]);
  expect(endingOf("active", "done", by("exit"))).toEqual(["run.exit:"]);
  expect(endingOf("active", "done", by("goal"))).toEqual(["run.goal"]);
  expect(endingOf("active", "stopped", by("withdraw"))).toEqual(["run.stopped"]);
  expect(endingOf("done", "done", by("report"))).toEqual([]);
});
