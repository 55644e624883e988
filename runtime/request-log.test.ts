import { expect, test } from "vitest";
import { openRequestLog, type LogLevel } from "./request-log.ts";

const asked = { request: "r1", method: "GET", route: "/api/records/:entity", caller: "u1" };
const answers = [
  { ...asked, status: 200, ms: 3.2 },
  { ...asked, status: 404, ms: 3.2 },
  { ...asked, status: 200, ms: 1500.4 },
  { ...asked, status: 503, ms: 0.4 },
];

function told(level: LogLevel): readonly unknown[] {
  const lines: unknown[] = [];
  const hear = openRequestLog((severity, event, facts) => lines.push([severity, event, facts]), level, 1000);
  for (const answer of answers) hear(answer);
  return lines;
}

test("the log tells of all requests, of slow and failed ones, or of none", () => {
  const slow = ["warn", "request", { ...asked, status: 200, ms: 1500 }];
  const failed = ["warn", "request", { ...asked, status: 503, ms: 0 }];
  expect(told("off")).toEqual([]);
  expect(told("slow")).toEqual([slow, failed]);
  expect(told("all")).toEqual([
    ["info", "request", { ...asked, status: 200, ms: 3 }],
    ["info", "request", { ...asked, status: 404, ms: 3 }],
    slow,
    failed,
  ]);
});
