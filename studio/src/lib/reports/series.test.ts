import { expect, test } from "vitest";
import { changeOf, severalCurrencies, unratedNotes, unitOf, type Answer, type Row } from "./report.ts";
import { seriesOf } from "./series.ts";

const reader = { locale: "en", timeZone: "UTC", currency: "USD" };
const money = (amount: string, currency: string) => ({ amount, currency });
const row = (stage: string, value: unknown, before?: unknown): Row => ({
  keys: { stage },
  labels: { stage },
  values: { value },
  ...(before === undefined ? {} : { before: { value: before } }),
  drill: ["true"],
});
const dollars = money("40", "USD");
const yen = money("9000", "JPY");
const answer: Answer = {
  title: "Deals",
  kind: "bar",
  layout: { kind: "bar" },
  entities: ["deal"],
  columns: [
    { id: "stage", title: "Stage", role: "dimension", type: "choice" },
    { id: "value", title: "Value", role: "measure", type: "money" },
  ],
  rows: [row("new", dollars), row("won", [yen, dollars]), row("lost", yen)],
  totals: row("", [yen, money("80", "USD")]),
};
const told: Answer = { ...answer, currency: "USD", unrated: { value: 2 }, unrated_before: { value: 1 } };
const column = answer.columns[1]!;

test("a chart in one currency draws what has a rate, and tells whole what stands there", () => {
  const [series] = seriesOf(told, reader).series;
  expect(series!.points.map(({ value }) => value)).toEqual([40, 40, null]);
  expect(series!.points[2]).toMatchObject({ short: "", text: expect.stringContaining("9,000") });
  expect([severalCurrencies(told), unitOf(told, column)]).toEqual([false, "USD"]);
  const text = "2 without a rate · before: 1 without a rate";
  expect(unratedNotes(told, reader)).toEqual([{ titles: "Value", text }]);
  const found = { ...told, unrated_drill: { value: "amount.currency == 'JPY'" } };
  expect(unratedNotes(found, reader)[0]?.href).toBe("/deal?view=all&filter=amount.currency+%3D%3D+%27JPY%27");
});

test("amounts in several currencies stand on no axis together, and none is so much more than another", () => {
  expect(severalCurrencies(answer)).toBe(true);
  expect(severalCurrencies({ ...answer, rows: [row("new", dollars)], totals: row("", dollars) })).toBe(false);
  expect(changeOf(answer, row("new", dollars, yen), column)).toBeUndefined();
  expect(changeOf(answer, row("new", dollars, money("20", "USD")), column)).toBe(1);
  expect(changeOf(told, row("new", [yen, dollars], money("20", "USD")), column)).toBe(1);
});
