import type { Found, ReportAnswer } from "./answer.ts";
import { all, quoted, these } from "./drill.ts";
import type { Block, ReportPlan } from "./plan.ts";
import { partsOf } from "./purse.ts";

type Body = Readonly<Record<string, unknown>>;

/**
 * Asks of how many records of a block the amount is told in its own currency, because that has no rate: by each measure
 * of money that has such amounts in the total of what `body` asked. Nothing where all have theirs.
 */
export function unratedBody(
  { rates, types, document }: ReportPlan,
  { plan }: Block,
  body: Body,
  { totals }: Found,
): Body | undefined {
  if (!rates) return undefined;
  const measures = [...document.measures, ...(document.joined ?? []).flatMap((it) => it.measures)];
  const asked = plan.measures.flatMap(({ name }) => {
    const { of, where } = measures.find(({ id }) => id === name) ?? {};
    const parts = types.get(name)?.kind === "money" ? partsOf((totals as Body)[name]) : [];
    const without = parts.map(({ currency }) => currency).filter((it) => !rates.worth.has(it));
    if (!of || without.length === 0) return [];
    const foreign = `(${of.cel}).currency in [${without.map(quoted).join(", ")}]`;
    return [[name, { of: "count()", filter: all([where?.cel, foreign]) }] as const];
  });
  const { filter, as_of } = body;
  const bounds = { ...(filter === undefined ? {} : { filter }), ...(as_of === undefined ? {} : { as_of }) };
  return asked.length === 0 ? undefined : { measures: Object.fromEntries(asked), ...bounds };
}

/** What an answer says of records without a rate, which are the same for all of some measures; nothing where there are none. */
export function unratedBy(
  measures: readonly string[],
  ids: readonly string[],
): Pick<ReportAnswer, "unrated" | "unrated_drill"> {
  if (ids.length === 0) return {};
  const by = <Value>(value: Value) => Object.fromEntries(measures.map((it) => [it, value]));
  const drill = these(ids);
  return { unrated: by(ids.length), ...(drill === null ? {} : { unrated_drill: by(drill) }) };
}

/** The conditions that find exactly the records that such a question counts, by the measure; none of records as they were. */
export function unratedDrill({ filter, as_of, measures }: Body): Readonly<Record<string, string>> {
  if (as_of !== undefined) return {};
  const asked = Object.entries(measures as Readonly<Record<string, { readonly filter: string }>>);
  return Object.fromEntries(asked.map(([name, it]) => [name, all([filter as string | undefined, it.filter])]));
}
