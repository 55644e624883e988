import { planAggregate, type AggregatePlan } from "engine";
import { aggregateStatement, currencyStatement, summedStatement, ungrouped } from "engine/sql";
import { dailyPlan, whileKept } from "./daily.ts";
import { namedWhereAlike, type NamedStatement } from "./named.ts";
import { once } from "./once.ts";
import { readerOf, rowsOf, type ReadScene } from "./read.ts";

/** A longer request is planned each time. */
export const keptLength = 4000;

type Row = Record<string, unknown> & { _mixed?: string[] | null };

/** Groups with their measures, and beside them what was asked for of all records and of those in no group. */
export interface Aggregated {
  readonly rows: readonly unknown[];
  readonly totals?: unknown;
  readonly other?: unknown;
}

/** Groups and measures. A measure of money over several currencies is a list, one amount for each. */
export async function aggregate(
  scene: ReadScene,
  entity: string,
  body: Readonly<Record<string, unknown>>,
  most?: number,
): Promise<Aggregated> {
  const make = () => {
    const plan = planAggregate(scene.model, scene.access, entity, body, most);
    const summed = plan.totals || plan.other;
    const statement = (summed ? summedStatement : aggregateStatement)(readerOf(scene), plan);
    return { plan, summed, statement: namedWhereAlike(scene.model, statement) };
  };
  const asked = JSON.stringify(body);
  const shape = ["aggregate", entity, asked, most, scene.now.getUTCFullYear()];
  const { plan, summed, statement } = asked.length > keptLength ? make() : once(scene, shape, make);
  const statementOf = (it: AggregatePlan) => (summed ? summedStatement : aggregateStatement)(readerOf(scene), it);
  const sums = asked.length > keptLength ? undefined : await dailyPlan(scene, plan, shape, statementOf);
  if (sums) {
    const found = await whileKept(scene, sums.plan, () => answer(scene, sums.plan, sums.statement));
    if (found) return found;
  }
  return answer(scene, plan, statement);
}

async function answer(scene: ReadScene, plan: AggregatePlan, statement: NamedStatement): Promise<Aggregated> {
  if (!plan.totals && !plan.other) {
    const found = await rowsOf<{ row: Row }>(scene, statement);
    const rows = found.map(({ row }) => row);
    await parted(scene, plan, rows);
    return { rows: rows.map(shown) };
  }
  const [found] = await rowsOf<{ rows: Row[]; totals?: Row; other?: Row | null }>(scene, statement);
  const { rows = [], totals, other } = found ?? {};
  await parted(scene, plan, rows);
  if (totals) await parted(scene, ungrouped(plan), [totals]);
  if (other) await parted(scene, ungrouped(plan), [other], plan);
  return {
    rows: rows.map(shown),
    ...(totals ? { totals: shown(totals) } : {}),
    ...(plan.other ? { other: other ? shown(other) : null } : {}),
  };
}

/** Puts amounts by currency where rows hold several. */
async function parted(
  scene: ReadScene,
  plan: AggregatePlan,
  rows: readonly Row[],
  without?: AggregatePlan,
): Promise<void> {
  const mixed = new Set(rows.flatMap(({ _mixed }) => _mixed ?? []));
  const keyOf = (row: Row) => JSON.stringify(plan.group.map(({ name }) => row[name]));
  for (const measure of plan.measures.filter(({ name }) => mixed.has(name))) {
    const parts = await rowsOf<{ row: Row }>(scene, currencyStatement(readerOf(scene), plan, measure, without));
    const byGroup = Map.groupBy(parts, ({ row }) => keyOf(row));
    for (const row of rows)
      if (row._mixed?.includes(measure.name))
        row[measure.name] = (byGroup.get(keyOf(row)) ?? []).map(({ row: part }) => ({
          amount: part._amount,
          currency: part._currency,
        }));
  }
}

const shown = ({ _mixed, ...row }: Row): unknown => row;
