import { expect, test } from "vitest";
import { readLogEvents, readLogFile, suggestLogColumns } from "./log-file.ts";

const read = (text: string) => {
  const file = readLogFile(text)!;
  const columns = suggestLogColumns(file);
  return { columns, ...readLogEvents(file, columns, "Europe/Berlin") };
};

test("a log is read by the names of its columns, whatever parts its cells", () => {
  const { columns, events, unread } = read(
    '\uFEFFResource;Case ID;Activity;Complete Timestamp\r\n"Val; 1";7;Resolve;2024/07/01 10:00:00.000\r\n\r\n;7;Close;2024-07-02T10:00:00Z\r\n',
  );
  expect(columns).toEqual({ case: 1, activity: 2, at: 3, resource: 0 });
  expect(events).toEqual([
    { case: "7", activity: "Resolve", at: "2024-07-01T08:00:00.000Z", resource: "Val; 1" },
    { case: "7", activity: "Close", at: "2024-07-02T10:00:00.000Z" },
  ]);
  expect(unread).toBe(0);
});

test("columns whose names tell nothing are taken in their order, and rows that tell no event are counted", () => {
  const { columns, events, unread } = read("a,b,c\n1,Sail,2024-07-01\n1,,2024-07-02\n1,Land,soon\n");
  expect(columns).toEqual({ case: 0, activity: 1, at: 2, resource: undefined });
  expect([events.length, unread]).toEqual([1, 2]);
});

test("months come first where a day of the file says so", () => {
  const at = (day: string) =>
    read(`case,activity,time\n1,Sail,03/04/2024 12:00\n1,Land,${day}/2024 12:00\n`).events[0]?.at;
  expect([at("05/06"), at("05/16")]).toEqual(["2024-04-03T10:00:00.000Z", "2024-03-04T11:00:00.000Z"]);
});

test("what has no rows, or too few columns, is no log", () => {
  expect([readLogFile("case,activity,time\n"), readLogFile("case,time\n1,2"), readLogFile("")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
