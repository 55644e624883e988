import { dailyInputs, dailyOn, type AggregatePlan, type Daily, type PlannedWrite, type Values } from "engine";
import { dailySql, fitDaily, literal, tableOf, type CompiledStatement } from "engine/sql";
import { sqlState } from "../database/begin.ts";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Part } from "./commit.ts";
import { once } from "./once.ts";
import type { Scene } from "./operation.ts";
import { readerOf, type ReadScene } from "./read.ts";

/** Sums by day as they stand. */
export interface DailyState {
  readonly daily: string;
  readonly signature: string;
  readonly relation: string;
  /** The first day that is not summed up. */
  readonly until: string;
  /** They have gone up to the day on which that was asked for. */
  readonly whole: boolean;
}

/** All sums of a workspace. */
export async function readDailies(db: Queryable, schema: string): Promise<readonly DailyState[]> {
  const { rows } = await db.query(`select daily, signature, relation, until::text, whole from ${schema}._daily`);
  return rows as DailyState[];
}

/**
 * A question as it is asked of sums by day, where some are kept that answer it; nothing where the records must tell. Which
 * days are kept is read before the question is asked: more of them than that may be meanwhile, and never fewer.
 */
export async function dailyPlan(
  scene: ReadScene,
  plan: AggregatePlan,
  shape: readonly unknown[],
  statementOf: (plan: AggregatePlan) => CompiledStatement,
): Promise<{ readonly plan: AggregatePlan; readonly statement: CompiledStatement } | undefined> {
  const { model, workspace } = scene;
  const kept = dailyOn(model, plan.entity.name);
  if (kept.length === 0 || plan.asOf !== undefined || plan.search !== undefined) return undefined;
  const states = new Map((await readDailies(workspace.pool, workspace.schema)).map((it) => [it.daily, it]));
  for (const daily of kept.toSorted((one, other) => one.fields.length - other.fields.length)) {
    const state = states.get(daily.key);
    const keeping = { model, schema: workspace.schema, daily, relation: state?.relation ?? "" };
    const signature = once(scene, ["daily signature", daily.key], () => dailySql.dailySignature(keeping));
    if (!state?.whole || state.signature !== signature) continue;
    const found = once(scene, ["daily", state.relation, state.until, ...shape], () => {
      const fitting = fitDaily(readerOf(scene), plan, { keeping, until: state.until }, statementOf);
      return fitting && { plan: fitting, statement: statementOf(fitting) };
    });
    if (found) return found;
  }
  return undefined;
}

/** What is read of sums, unless they were taken away meanwhile: then the records must tell. */
export async function whileKept<Found>(
  { workspace: { pool, schema } }: ReadScene,
  { daily: use }: AggregatePlan,
  read: () => Promise<Found>,
): Promise<Found | undefined> {
  const isGone = (error: unknown) => {
    if (sqlState(error) === "42P01") return undefined;
    throw error;
  };
  const found = await read().catch(isGone);
  const states = await readDailies(pool, schema);
  const stands = states.some((it) => it.relation === use?.keeping.relation && it.signature !== "");
  return stands ? found : undefined;
}

/** A moment or a day in which something of some sums has changed; null for records without one. */
interface Marked {
  readonly daily: Daily;
  readonly at: unknown;
}

/** What marks the days of records as changed, those in which they were and those in which they are. */
export function dailyParts(
  { model, workspace, now }: Pick<Scene, "model" | "workspace" | "now">,
  writes: readonly Pick<PlannedWrite, "entity" | "act" | "before" | "record" | "changed">[],
): readonly Part[] {
  const marked = writes.flatMap(({ entity, act, before, record, changed }) =>
    dailyOn(model, entity).flatMap((daily): readonly Marked[] => {
      const inputs = dailyInputs(daily);
      if (act === "create") return [{ daily, at: record[daily.date.name] }];
      if (!changed.some(({ name }) => inputs.has(name))) return [];
      return [before, record].flatMap((it) => (it ? [{ daily, at: it[daily.date.name] }] : []));
    }),
  );
  return marksOf(workspace.schema, marked, now);
}

/** The same for records that are taken out of their tables. */
export function dailyGone(
  { model, workspace, now }: Pick<Scene, "model" | "workspace" | "now">,
  gone: readonly { readonly entity: string; readonly record: Values }[],
): readonly Part[] {
  const marked = gone.flatMap(({ entity, record }) =>
    dailyOn(model, entity).map((daily) => ({ daily, at: record[daily.date.name] })),
  );
  return marksOf(workspace.schema, marked, now);
}

function marksOf(schema: string, marked: readonly Marked[], now: Date): readonly Part[] {
  const rows = [...new Map(marked.map((it) => [`${it.daily.key} ${String(it.at)}`, it])).values()];
  if (rows.length === 0) return [];
  const of = (isDate: boolean) =>
    rows.map(({ daily, at }) => ((daily.zone === undefined) === isDate ? (at ?? null) : null));
  return [
    {
      sql: `insert into ${schema}._daily_mark (id, daily, day)
       select distinct on (m.daily, 3) m.id, m.daily, coalesce(m.day, (m.moment at time zone m.zone)::date, '-infinity'::date)
       from unnest($1::uuid[], $2::text[], $3::date[], $4::timestamptz[], $5::text[]) as m(id, daily, day, moment, zone)`,
      parameters: [
        rows.map(() => newId(now)),
        rows.map(({ daily }) => daily.key),
        of(true),
        of(false),
        rows.map(({ daily }) => daily.zone ?? "UTC"),
      ],
    },
  ];
}

/** Marks the days of records of which the engine has written some fields by itself. */
export async function markDays(
  tx: Queryable,
  { model, workspace, now }: Pick<Scene, "model" | "workspace" | "now">,
  entity: string,
  ids: readonly string[],
  fields: readonly string[],
): Promise<void> {
  const dailies = dailyOn(model, entity).filter((it) => fields.some((name) => dailyInputs(it).has(name)));
  if (dailies.length === 0) return;
  const days = dailies.map((it) => `(${literal(it.key)}, ${dailySql.dayOf(it, "t")})`);
  const rows = dailies.flatMap(({ key }) => ids.map((record) => ({ key, record })));
  await tx.query(
    `insert into ${workspace.schema}._daily_mark (id, daily, day)
     select m.id, d.daily, d.day from unnest($1::uuid[], $2::uuid[], $3::text[]) as m(id, record, daily)
       join ${tableOf(workspace.schemaName, entity)} as t on t.id = m.record
       join lateral (values ${days.join(", ")}) as d(daily, day) on d.daily = m.daily`,
    [rows.map(() => newId(now)), rows.map(({ record }) => record), rows.map(({ key }) => key)],
  );
}
