import { words } from "#lib/words/index.ts";

/** Days that reports are asked for, as the address names them and as `run` takes them. */
export interface Choice {
  readonly key: string;
  readonly title: string;
  readonly period: Readonly<Record<string, unknown>>;
}

const named = [
  ["month", "month", 0, 0],
  ["last-month", "month", -1, -1],
  ["quarter", "quarter", 0, 0],
  ["last-quarter", "quarter", -1, -1],
  ["year", "year", 0, 0],
  ["last-year", "year", -1, -1],
  ["12-months", "month", -12, -1],
] as const;

/** Months, quarters and years near today. */
export const periods = (): readonly Choice[] =>
  named.map(([key, unit, from, to]) => ({ key, title: words.periodNames[key], period: { unit, from, to } }));

/** The period that an address names: one of the above, or from a day to a day. */
export function periodOf(text: string | null): Readonly<Record<string, unknown>> | undefined {
  const [, first, last] = /^(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)$/.exec(text ?? "") ?? [];
  if (first !== undefined && last !== undefined) return { first, last };
  return periods().find(({ key }) => key === text)?.period;
}
