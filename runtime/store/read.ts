import {
  planAggregate,
  planList,
  planShape,
  problem,
  type Access,
  type Entity,
  type ListPlan,
  type Model,
  type Principal,
  type Shape,
} from "engine";
import {
  aggregateStatement,
  bind,
  countOf,
  countStatement,
  currencyStatement,
  listStatement,
  recordStatement,
  type CompiledStatement,
  type Reader,
  type SlotName,
} from "engine/sql";
import { sqlState } from "../database/begin.ts";
import type { Workspace } from "../workspace.ts";
import { openCursor, sealCursor } from "./cursor.ts";
import { secretOf } from "./secret.ts";

/** Who reads, by which model, and when. */
export interface ReadScene {
  readonly workspace: Workspace;
  readonly model: Model;
  readonly access: Access;
  readonly principal: Principal;
  readonly now: Date;
}

/** What the slots of statements stand for in this scene. */
export function slotsOf({
  model,
  principal,
  now,
}: Pick<ReadScene, "model" | "principal" | "now">): Readonly<Record<SlotName, unknown>> {
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: model.workspace.time_zone, dateStyle: "short" }).format(
    now,
  );
  return { user: principal.id, now: now.toISOString(), today };
}

const readerOf = ({ workspace, model, access }: ReadScene): Reader => ({ model, schema: workspace.schema, access });

async function rowsOf<Row>(scene: ReadScene, statement: CompiledStatement): Promise<Row[]> {
  const { rows } = await scene.workspace.pool.query(statement.sql, [...bind(statement.parameters, slotsOf(scene))]);
  return rows as Row[];
}

/** The tables have moved under a statement that was planned by an older model. */
const moved = new Set(["42703", "42P01", "0A000"]);

/** Plans and reads; once more by the newest model where the tables have changed in between. */
export async function reading<Result>(
  scene: ReadScene,
  accessOf: (model: Model) => Access,
  work: (scene: ReadScene) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(scene);
  } catch (error) {
    if (!moved.has(sqlState(error) ?? "")) throw error;
    const before = scene.model.version;
    const model = await scene.workspace.refresh();
    if (model.version === before) throw error;
    return work({ ...scene, model, access: accessOf(model) });
  }
}

interface ListRow {
  readonly record: string;
  readonly id: string;
  readonly [key: string]: string | null;
}

/** A page of records as JSON text: `items`, `next`, and `count` where it was asked for. */
export async function list(scene: ReadScene, entity: string, query: Readonly<Record<string, string>>): Promise<string> {
  const plan = planList(scene.model, scene.access, entity, query);
  const key = await secretOf(scene.workspace.pool, "cursor");
  const bound = { plan, principal: scene.principal.id, model: scene.model.version };
  const after = plan.cursor === undefined ? undefined : openCursor(key, bound, plan.cursor);
  const [rows, count] = await Promise.all([
    rowsOf<ListRow>(scene, listStatement(readerOf(scene), plan, after)),
    counted(scene, plan),
  ]);
  const page = rows.slice(0, plan.limit);
  const last = rows.length > plan.limit ? page.at(-1) : undefined;
  const next = last
    ? sealCursor(key, bound, { keys: plan.order.map((_, at) => last[`k${at}`] ?? null), id: last.id })
    : null;
  const tail = count ? `,"count":${JSON.stringify(count)}` : "";
  return `{"items":[${page.map(({ record }) => record).join(",")}],"next":${JSON.stringify(next)}${tail}}`;
}

async function counted(scene: ReadScene, plan: ListPlan) {
  if (plan.count === "none") return undefined;
  const statement = countStatement(readerOf(scene), plan);
  if (plan.count !== "estimate") return countOf(plan, (await rowsOf<{ n: number }>(scene, statement))[0]?.n ?? 0);
  const explained = await rowsOf<Record<string, unknown>>(scene, {
    ...statement,
    sql: `explain (format json) ${statement.sql}`,
  });
  return { value: rowsExpected(Object.values(explained[0] ?? {})[0]), more: false };
}

/** The rows that the planner expects below its count, at whatever depth they stand. */
function rowsExpected(plan: unknown): number {
  let node = (plan as [{ Plan: PlanNode }])[0].Plan;
  while (node["Node Type"] === "Aggregate" && node.Plans?.[0]) node = node.Plans[0];
  return node["Plan Rows"];
}

interface PlanNode {
  readonly "Node Type": string;
  readonly "Plan Rows": number;
  readonly Plans?: readonly PlanNode[];
}

/** A record as JSON text with its version. Throws `record.missing` where the reader sees none. */
export async function getRecord(
  scene: ReadScene,
  entity: string,
  id: string,
  query: Readonly<Record<string, string>>,
): Promise<{ text: string; version: number }> {
  const plan = planShape(scene.model, scene.access, entity, query);
  const found = await oneRecord(scene, plan.entity, plan.shape, id);
  if (!found) throw problem("record.missing", { entity });
  return found;
}

async function oneRecord(scene: ReadScene, entity: Entity, shape: Shape, id: string) {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return undefined;
  const [row] = await rowsOf<{ record: string; version: number }>(
    scene,
    recordStatement(readerOf(scene), entity, shape, id),
  );
  return row && { text: row.record, version: row.version };
}

/** Groups and measures. A measure of money over several currencies is a list, one amount for each. */
export async function aggregate(
  scene: ReadScene,
  entity: string,
  body: Readonly<Record<string, unknown>>,
): Promise<{ rows: readonly unknown[] }> {
  const plan = planAggregate(scene.model, scene.access, entity, body);
  const found = await rowsOf<{ row: Record<string, unknown> & { _mixed: string[] | null } }>(
    scene,
    aggregateStatement(readerOf(scene), plan),
  );
  const rows = found.map(({ row }) => row);
  const mixed = new Set(rows.flatMap(({ _mixed }) => _mixed ?? []));
  for (const measure of plan.measures.filter(({ name }) => mixed.has(name))) {
    const parts = await rowsOf<{ row: Record<string, unknown> }>(
      scene,
      currencyStatement(readerOf(scene), plan, measure),
    );
    const keyOf = (row: Record<string, unknown>) => JSON.stringify(plan.group.map(({ name }) => row[name]));
    const byGroup = Map.groupBy(parts, ({ row }) => keyOf(row));
    for (const row of rows)
      if (row._mixed?.includes(measure.name))
        row[measure.name] = (byGroup.get(keyOf(row)) ?? []).map(({ row: part }) => ({
          amount: part._amount,
          currency: part._currency,
        }));
  }
  return { rows: rows.map(({ _mixed, ...row }) => row) };
}
